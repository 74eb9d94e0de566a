CREATE TABLE "track" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "after" TEXT,
  "rating" TEXT NOT NULL DEFAULT '',
  "genre" TEXT,
  "length" REAL NOT NULL DEFAULT 0,
  "note" TEXT,
  "flag" INTEGER NOT NULL DEFAULT 0,
  "judgement" TEXT,
  "__version" TEXT,
  "__updated_at" INTEGER,
  "__created_at" INTEGER,
  "__replaced" TEXT,
  "__op" INTEGER
) STRICT;
