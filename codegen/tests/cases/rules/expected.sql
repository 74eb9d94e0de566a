CREATE TABLE "orders" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "title" TEXT NOT NULL DEFAULT '',
  "customer" TEXT,
  "count" INTEGER NOT NULL DEFAULT 1,
  "stock" INTEGER,
  "progress" REAL NOT NULL DEFAULT 0,
  "price" TEXT,
  "tags" TEXT,
  "seen" INTEGER NOT NULL DEFAULT 0,
  "__version" TEXT,
  "__updated_at" INTEGER,
  "__created_at" INTEGER,
  "__replaced" TEXT,
  "__op" INTEGER
) STRICT;
CREATE INDEX "__index|orders|seen" ON "orders" ("seen");
