CREATE TABLE "jobs" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "Type" TEXT NOT NULL DEFAULT '',
  "dueAt" INTEGER,
  "Parent" TEXT,
  "Setting" TEXT NOT NULL DEFAULT '',
  "Tries" INTEGER NOT NULL DEFAULT 3,
  "Rank" INTEGER NOT NULL DEFAULT 200,
  "Share" REAL DEFAULT 0.10000000149011612,
  "Letter" TEXT NOT NULL DEFAULT 'x',
  "Nothing" TEXT NOT NULL DEFAULT (CAST(x'00' AS TEXT)),
  "FactorUsed" REAL NOT NULL DEFAULT 0,
  "Hours" TEXT NOT NULL DEFAULT '',
  "Note" TEXT NOT NULL DEFAULT '',
  "More" TEXT DEFAULT 'it''s',
  "Seen" INTEGER NOT NULL DEFAULT 0,
  "SeenAt" INTEGER,
  "Tags" TEXT DEFAULT '[]',
  "__version" TEXT,
  "__updated_at" INTEGER,
  "__created_at" INTEGER,
  "__replaced" TEXT,
  "__op" INTEGER,
  "__deleted" INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX "__index|jobs|dueAt" ON "jobs" ("dueAt");
CREATE INDEX "__index|jobs|Parent" ON "jobs" ("Parent");
CREATE INDEX "__index|jobs|Letter" ON "jobs" ("Letter");
CREATE TABLE "setting" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "version" INTEGER NOT NULL DEFAULT 0
) STRICT;
