CREATE TABLE "track" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "rating" TEXT NOT NULL DEFAULT 'PG-13',
  "genre" TEXT,
  "after" TEXT,
  "cover" TEXT NOT NULL DEFAULT 'hard-rock',
  "__version" TEXT,
  "__updated_at" INTEGER,
  "__created_at" INTEGER,
  "__replaced" TEXT,
  "__op" INTEGER
) STRICT;
