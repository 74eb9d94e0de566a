CREATE TABLE "place" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "at" TEXT,
  "way" TEXT,
  "marks" TEXT,
  "counts" TEXT DEFAULT '{}',
  "extra" TEXT,
  "words" TEXT DEFAULT '["a"]',
  "__version" TEXT,
  "__updated_at" INTEGER,
  "__created_at" INTEGER,
  "__replaced" TEXT,
  "__op" INTEGER
) STRICT;
