CREATE TABLE "place" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "at" TEXT,
  "way" TEXT,
  "tags" TEXT DEFAULT '[]',
  "counters" TEXT DEFAULT '{"visits":0}',
  "drafts" TEXT DEFAULT '[]',
  "__version" TEXT,
  "__updated_at" INTEGER,
  "__created_at" INTEGER,
  "__replaced" TEXT,
  "__op" INTEGER
) STRICT;
