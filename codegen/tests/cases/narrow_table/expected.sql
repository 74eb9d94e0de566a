CREATE TABLE "order" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "itemName" TEXT NOT NULL DEFAULT '',
  "notes" TEXT DEFAULT '["new"]',
  "type" INTEGER,
  "seen" INTEGER NOT NULL DEFAULT 0,
  "__version" TEXT,
  "__updated_at" INTEGER,
  "__created_at" INTEGER,
  "__replaced" TEXT,
  "__op" INTEGER
) STRICT;
