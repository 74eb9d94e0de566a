//! The queue's rows and requests follow the columns of their table.

use rusqlite::{Connection, OptionalExtension, params};

use super::MIGRATING;
use crate::error::Error;
use crate::store::codec::follow::{self, ChangedColumns};
use crate::store::migration::MigrationPlan;
use crate::store::sqlite::failure::Fails;
use crate::store::sqlite::notes;
use crate::store::system::key;
use crate::table::TableSchema;

/// Adds the columns that the queue of a file of an earlier format lacks.
pub(super) fn add_columns(conn: &Connection) -> Result<(), Error> {
    for (name, definition) in [("written_at", "INTEGER"), ("doubtful", "INTEGER NOT NULL DEFAULT 0")] {
        let text = "SELECT count(*) > 0 FROM pragma_table_info('__operations') WHERE name = ?1";
        let is_there: bool = conn.query_row(text, [name], |row| row.get(0)).doing(MIGRATING)?;
        if !is_there {
            let text = format!("ALTER TABLE \"__operations\" ADD COLUMN {name} {definition}");
            conn.execute_batch(&text).doing(MIGRATING)?;
        }
    }
    Ok(())
}

/// Rewrites what the queue and the graves keep of a table.
pub(super) fn follow(conn: &Connection, schema: &TableSchema, plan: &MigrationPlan) -> Result<(), Error> {
    let changed = ChangedColumns { renamed: plan.renamed(), removed: plan.removed(), restored: plan.restored() };
    let is_same = changed.renamed.is_empty() && changed.removed.is_empty() && changed.restored.is_empty();
    if is_same || !schema.is_synced() {
        return Ok(());
    }
    entries(conn, schema, &changed)?;
    graves(conn, schema, &changed)?;
    if !changed.removed.is_empty() {
        // The server's rows have a member that the table lacks from now on: where an update carries
        // the whole row, it would erase it.
        notes::put_meta(conn, &key::narrow(schema.name()), Some("removed"))?;
    }
    Ok(())
}

fn entries(conn: &Connection, schema: &TableSchema, changed: &ChangedColumns<'_>) -> Result<(), Error> {
    let mut next = conn
        .prepare(
            "SELECT sequence, base, request, candidate FROM \"__operations\" WHERE \"table\" = ?1 AND sequence > ?2 \
             ORDER BY sequence LIMIT 1",
        )
        .doing(MIGRATING)?;
    let mut put = conn
        .prepare("UPDATE \"__operations\" SET base = ?2, request = ?3, candidate = ?4 WHERE sequence = ?1")
        .doing(MIGRATING)?;
    // The empty text is a deleted row.
    let row = |text: Option<String>| {
        text.map(|text| if text.is_empty() { Ok(text) } else { follow::row(&text, changed) }).transpose()
    };
    let mut after = i64::MIN;
    loop {
        let entry = next.query_row(params![schema.name(), after], |entry| {
            let texts: [Option<String>; 3] = [entry.get(1)?, entry.get(2)?, entry.get(3)?];
            Ok((entry.get::<_, i64>(0)?, texts))
        });
        let Some((sequence, [base, request, candidate])) = entry.optional().doing(MIGRATING)? else { return Ok(()) };
        let request = request.map(|text| follow::request(&text, changed)).transpose()?;
        put.execute(params![sequence, row(base)?, request, row(candidate)?]).doing(MIGRATING)?;
        after = sequence;
    }
}

fn graves(conn: &Connection, schema: &TableSchema, changed: &ChangedColumns<'_>) -> Result<(), Error> {
    let mut all = conn.prepare("SELECT id, \"row\" FROM \"__graves\" WHERE \"table\" = ?1").doing(MIGRATING)?;
    let graves = all.query_map([schema.name()], |row| Ok((row.get(0)?, row.get(1)?))).doing(MIGRATING)?;
    let graves: Vec<(String, String)> = graves.collect::<Result<_, _>>().doing(MIGRATING)?;
    let mut put =
        conn.prepare("UPDATE \"__graves\" SET \"row\" = ?3 WHERE \"table\" = ?1 AND id = ?2").doing(MIGRATING)?;
    for (id, row) in graves {
        put.execute(params![schema.name(), id, follow::row(&row, changed)?]).doing(MIGRATING)?;
    }
    Ok(())
}
