CREATE TABLE "todoitem" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "title" TEXT NOT NULL DEFAULT '',
  "complete" INTEGER NOT NULL DEFAULT 0,
  "dueAt" INTEGER,
  "__version" TEXT,
  "__updated_at" INTEGER,
  "__created_at" INTEGER,
  "__replaced" TEXT,
  "__op" INTEGER
) STRICT;
CREATE INDEX "__index|todoitem|dueAt" ON "todoitem" ("dueAt");
