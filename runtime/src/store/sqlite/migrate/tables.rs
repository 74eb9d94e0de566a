//! Brings the tables of an open file to those of the app: all of it planned before anything is
//! touched, all of it done in one transaction.

use std::collections::HashMap;

use rusqlite::{Connection, TransactionBehavior};

use super::watch::Watch;
use super::{MIGRATING, mismatch, queue, stored, watch};
use crate::error::{Error, ErrorKind};
use crate::store::definition::KeptColumn;
use crate::store::migration::{self, Change, MigrationPlan};
use crate::store::sqlite::connection::{integer_pragma, run};
use crate::store::sqlite::failure::Fails;
use crate::store::sqlite::notes;
use crate::store::system::{FORMAT, key};
use crate::store::{check_names, ddl};
use crate::table::TableSchema;

/// The columns that each table keeps of earlier versions of the app.
pub(in crate::store::sqlite) type Kept = HashMap<&'static str, Vec<KeptColumn>>;

/// Brings an open file to these tables, in one transaction; a process that ends before its commit
/// leaves the file as it was.
pub(in crate::store::sqlite) fn migrate(
    conn: &Connection,
    schemas: &[&'static TableSchema],
) -> Result<(Kept, Watch), Error> {
    check_names(schemas)?;
    // Else the rows of other programs that refer to a table would go with it when it is copied; a
    // transaction cannot set it.
    let enforces = integer_pragma(conn, "foreign_keys")?;
    conn.pragma_update(None, "foreign_keys", 0).doing(MIGRATING)?;
    let migrated = within_transaction(conn, schemas);
    conn.pragma_update(None, "foreign_keys", enforces).doing(MIGRATING)?;
    migrated
}

fn within_transaction(conn: &Connection, schemas: &[&'static TableSchema]) -> Result<(Kept, Watch), Error> {
    let transaction = rusqlite::Transaction::new_unchecked(conn, TransactionBehavior::Immediate).doing(MIGRATING)?;
    run(conn, ddl::SYSTEM, MIGRATING)?;
    queue::add_columns(conn)?;
    let mut plans = Vec::new();
    for &schema in schemas {
        plans.push((schema, plan(conn, schema).map_err(|error| error.in_table(schema.name()))?));
    }
    if let Some(error) = refusal(&plans) {
        return Err(error);
    }
    let mut kept = Kept::new();
    let mut watch = Watch::default();
    for (schema, plan) in &plans {
        let text = execute(conn, schema, plan).map_err(|error| error.in_table(schema.name()))?;
        watch.add(schema.name(), text);
        kept.insert(schema.name(), plan.after().kept());
    }
    if integer_pragma(conn, "user_version")? < i64::from(FORMAT) {
        conn.pragma_update(None, "user_version", FORMAT).doing(MIGRATING)?;
    }
    watch.begin(conn)?;
    #[cfg(test)]
    crate::store::sqlite::tests::fault::point("commit");
    transaction.commit().doing(MIGRATING)?;
    Ok((kept, watch))
}

/// Holds the tables against those of a file that is only read; `unfit` makes the error of steps that
/// would be needed.
pub(super) fn fit(
    conn: &Connection,
    schemas: &[&'static TableSchema],
    unfit: impl Fn(&str) -> Error,
) -> Result<(Kept, Watch), Error> {
    check_names(schemas)?;
    let mut plans = Vec::new();
    for &schema in schemas {
        plans.push((schema, plan(conn, schema).map_err(|error| error.in_table(schema.name()))?));
    }
    if let Some(error) = refusal(&plans) {
        return Err(error);
    }
    let mut kept = Kept::new();
    for (schema, plan) in &plans {
        if let Some(step) = plan.steps().first() {
            return Err(unfit(&step.to_string()).in_table(schema.name()));
        }
        kept.insert(schema.name(), plan.after().kept());
    }
    Ok((kept, Watch::default()))
}

fn plan(conn: &Connection, schema: &TableSchema) -> Result<MigrationPlan, Error> {
    let before = notes::meta(conn, &key::schema(schema.name()))?;
    match (stored::name(conn, schema)?, before) {
        (None, None) => migration::creation(schema),
        (None, Some(_)) => {
            Err(mismatch("the table was removed from the file: put a copy of the file in its place, or move it away"))
        }
        (Some(name), _) if name != schema.name() => Err(mismatch(format!(
            "the file has the table as `{name}`: keep the case of a table's name from version to version"
        ))),
        (Some(_), None) => Err(mismatch("the file has a table of this name that is not ours: rename one of them")),
        (Some(name), Some(text)) => migration::plan(&stored::definition(conn, &name, &text)?, schema),
    }
}

/// One error of all that is refused; it is in the table of the first.
fn refusal(plans: &[(&'static TableSchema, MigrationPlan)]) -> Option<Error> {
    let refused: Vec<_> = plans.iter().filter(|(_, plan)| !plan.refusals().is_empty()).collect();
    let (first, _) = refused.first()?;
    let mut texts = Vec::new();
    for (schema, plan) in &refused {
        let place = if schema.name() == first.name() { String::new() } else { format!("table `{}`: ", schema.name()) };
        texts.extend(plan.refusals().iter().map(|refusal| format!("{place}{refusal}")));
    }
    Some(Error::new(ErrorKind::Schema, texts.join("; ")).in_table(first.name()))
}

fn run_all(conn: &Connection, texts: &[String]) -> Result<(), Error> {
    for text in texts {
        run(conn, text, MIGRATING)?;
        #[cfg(test)]
        crate::store::sqlite::tests::fault::point(text);
    }
    Ok(())
}

/// Gives the text of the definition that the file has now.
fn execute(conn: &Connection, schema: &TableSchema, plan: &MigrationPlan) -> Result<String, Error> {
    for step in plan.steps() {
        if *step.change() == Change::TableRebuilt {
            let attachments = stored::attachments(conn, schema.name())?;
            // Else the last statement would refuse views of other programs on the table that is
            // missing for this moment.
            conn.pragma_update(None, "legacy_alter_table", true).doing(MIGRATING)?;
            let copied = run_all(conn, step.sql()).and_then(|()| run_all(conn, &attachments));
            conn.pragma_update(None, "legacy_alter_table", false).doing(MIGRATING)?;
            copied?;
        } else {
            run_all(conn, step.sql())?;
        }
    }
    queue::follow(conn, schema, plan)?;
    if plan.changes_columns() && schema.is_synced() {
        // What could not be read as the table was may be readable now.
        let unread = !notes::quarantined(conn, Some(schema.name()))?.is_empty();
        if plan.refetches() || unread {
            notes::put_meta(conn, &key::refetch(schema.name()), Some(""))?;
            // Rows that an unfinished pull has read anew lack the columns that come now.
            notes::remove_unfinished_tokens(conn, schema.name())?;
        }
    }
    let narrow = key::narrow(schema.name());
    if plan.refetches() && notes::meta(conn, &narrow)?.is_none() {
        // Rows from before hold a default in place of the server's value: where an update carries the
        // whole row, it would send that.
        notes::put_meta(conn, &narrow, Some(key::ADDED))?;
    }
    let text = plan.after().to_text()?;
    let schema_key = key::schema(schema.name());
    if notes::meta(conn, &schema_key)?.as_deref() != Some(&text) {
        notes::put_meta(conn, &schema_key, Some(&text))?;
        watch::count_change(conn)?;
    }
    Ok(text)
}
