//! Writes rows, each request in one transaction that also gives the stamp.

use rusqlite::types::{Value as Cell, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params_from_iter};

use synctable::testing::Value;
use synctable::testing::eval::holds;
use synctable::testing::typed::Typed;

use super::StoreError;
use super::schema::{StoredTable, quoted};
use crate::Dialect;
use crate::body::{BodyFault, Members};
use crate::conditions::{Conditions, Verdict};
use crate::projection::{Projection, version_text};
use crate::value;

/// A row as the table holds it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredRow {
    pub(crate) id: String,
    /// Units of 100 ns since 1970.
    pub(crate) updated_at: i64,
    pub(crate) deleted: bool,
    /// In the order of the table's columns.
    pub(crate) cells: Vec<Cell>,
}

impl StoredRow {
    pub(crate) fn version(&self) -> String {
        version_text(self.updated_at)
    }

    /// Returns a member that a filter may name.
    fn value(&self, table: &StoredTable, name: &str) -> Value {
        let Some((name, column_type)) = table.lookup(name) else { return Value::Null };
        let cell = match name.as_str() {
            "id" => ValueRef::Text(self.id.as_bytes()),
            "updatedAt" => ValueRef::Integer(self.updated_at),
            "deleted" => ValueRef::Integer(i64::from(self.deleted)),
            name => table
                .columns()
                .iter()
                .position(|column| column.name() == name)
                .map_or(ValueRef::Null, |at| (&self.cells[at]).into()),
        };
        value::to_value(cell, column_type.kind())
    }

    pub(crate) fn json(&self, projection: &Projection) -> String {
        let mut out = String::new();
        projection.write(&mut out, &self.id, self.updated_at, self.deleted, |column| (&self.cells[column]).into());
        out
    }
}

/// The rows that a request can see.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// Tombstones are among them.
    pub(crate) tombstones: bool,
    /// What holds for them.
    pub(crate) rows: Option<Typed>,
}

impl View {
    fn has(&self, table: &StoredTable, row: &StoredRow) -> bool {
        self.rows.as_ref().is_none_or(|rows| holds(rows, &|name| row.value(table, name)))
    }
}

/// What a row becomes.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) cells: Vec<Cell>,
    pub(crate) deleted: bool,
}

/// How a request on one row ended.
#[derive(Debug)]
pub(crate) enum Outcome<R> {
    /// The row as it is now.
    Done(StoredRow),
    /// The row is gone, or is a tombstone now.
    Removed,
    /// There is a row with that id, a tombstone perhaps.
    Exists(StoredRow),
    /// There is a row with that id, which the request cannot see.
    Taken,
    Missing,
    /// The row is a tombstone and tombstones were not asked for.
    Gone,
    /// A condition of the request does not hold for this row.
    Failed(StoredRow),
    /// The reader has this row already.
    NotModified,
    /// The change does not fit the row.
    Refused(R),
}

/// Gives the stamp of a write: the clock, or 100 ns more than the last stamp of the table.
///
/// Invariant: transactions that write are serialised, so stamps increase in the order of commits.
fn stamp(transaction: &Transaction<'_>, table: &StoredTable) -> Result<i64, rusqlite::Error> {
    transaction
        .prepare_cached("UPDATE __stamps SET last = max(?1, last + 1) WHERE table_name = ?2 RETURNING last")?
        .query_row((table.clock().now(), table.name()), |row| row.get(0))
}

fn read_row(connection: &Connection, table: &StoredTable, id: &str) -> Result<Option<StoredRow>, rusqlite::Error> {
    connection
        .prepare_cached(&format!("SELECT {} FROM {} WHERE \"id\" = ?1", table.sql_columns(), table.sql_name()))?
        .query_row([id], |row| {
            let cells = (0..table.columns().len()).map(|column| row.get(column + 3)).collect::<Result<_, _>>()?;
            Ok(StoredRow { id: row.get(0)?, updated_at: row.get(1)?, deleted: row.get(2)?, cells })
        })
        .optional()
}

fn insert_row(transaction: &Transaction<'_>, table: &StoredTable, row: &StoredRow) -> Result<(), rusqlite::Error> {
    let places: Vec<String> = (1..=3 + row.cells.len()).map(|place| format!("?{place}")).collect();
    let sql = format!("INSERT INTO {} ({}) VALUES ({})", table.sql_name(), table.sql_columns(), places.join(", "));
    let cells = row_cells(row);
    transaction.prepare_cached(&sql)?.execute(params_from_iter(cells))?;
    Ok(())
}

fn update_row(transaction: &Transaction<'_>, table: &StoredTable, row: &StoredRow) -> Result<(), rusqlite::Error> {
    let mut sql = format!("UPDATE {} SET \"updatedAt\" = ?2, \"deleted\" = ?3", table.sql_name());
    for (at, column) in table.columns().iter().enumerate() {
        sql.push_str(&format!(", {} = ?{}", quoted(column.name()), at + 4));
    }
    sql.push_str(" WHERE \"id\" = ?1");
    transaction.prepare_cached(&sql)?.execute(params_from_iter(row_cells(row)))?;
    Ok(())
}

fn row_cells(row: &StoredRow) -> Vec<Cell> {
    let mut cells =
        vec![Cell::Text(row.id.clone()), Cell::Integer(row.updated_at), Cell::Integer(i64::from(row.deleted))];
    cells.extend(row.cells.iter().cloned());
    cells
}

fn in_transaction<T>(
    connection: &mut Connection,
    table: &StoredTable,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, rusqlite::Error>,
) -> Result<T, StoreError> {
    let failed = |error| StoreError::sqlite(format!("cannot write table '{}'", table.name()), error);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let result = work(&transaction).map_err(failed)?;
    transaction.commit().map_err(failed)?;
    Ok(result)
}

/// Inserts a row, unless there is one with its id.
pub(crate) fn insert(
    connection: &mut Connection,
    table: &StoredTable,
    id: String,
    view: &View,
    change: Change,
) -> Result<Outcome<()>, StoreError> {
    in_transaction(connection, table, |transaction| {
        if let Some(row) = read_row(transaction, table, &id)? {
            return Ok(if view.has(table, &row) { Outcome::Exists(row) } else { Outcome::Taken });
        }
        let row =
            StoredRow { id, updated_at: stamp(transaction, table)?, deleted: change.deleted, cells: change.cells };
        insert_row(transaction, table, &row)?;
        Ok(Outcome::Done(row))
    })
}

/// Reads a row.
pub(crate) fn read(
    connection: &mut Connection,
    table: &StoredTable,
    id: &str,
    view: &View,
    conditions: &Conditions,
    dialect: Dialect,
) -> Result<Outcome<()>, StoreError> {
    let row = read_row(connection, table, id)
        .map_err(|error| StoreError::sqlite(format!("cannot read table '{}'", table.name()), error))?;
    Ok(match row {
        None => Outcome::Missing,
        Some(row) if !view.has(table, &row) => Outcome::Missing,
        Some(row) if is_hidden(table, &row, view) => Outcome::Gone,
        Some(row) => match conditions.check(&row.version(), row.updated_at, dialect) {
            Verdict::Proceed => Outcome::Done(row),
            Verdict::Failed => Outcome::Failed(row),
            Verdict::NotModified => Outcome::NotModified,
        },
    })
}

fn is_hidden(table: &StoredTable, row: &StoredRow, view: &View) -> bool {
    table.is_soft_delete() && row.deleted && !view.tombstones
}

/// Changes a row to what `change` makes of it.
pub(crate) fn update<R>(
    connection: &mut Connection,
    table: &StoredTable,
    id: &str,
    view: &View,
    conditions: &Conditions,
    dialect: Dialect,
    change: impl FnOnce(&StoredRow) -> Result<Change, R>,
) -> Result<Outcome<R>, StoreError> {
    in_transaction(connection, table, |transaction| {
        let found = read_row(transaction, table, id)?.filter(|row| view.has(table, row));
        let Some(row) = found else { return Ok(Outcome::Missing) };
        if is_hidden(table, &row, view) {
            return Ok(Outcome::Gone);
        }
        if conditions.check(&row.version(), row.updated_at, dialect) != Verdict::Proceed {
            return Ok(Outcome::Failed(row));
        }
        let change = match change(&row) {
            Ok(change) => change,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        let row = StoredRow {
            id: row.id,
            updated_at: stamp(transaction, table)?,
            deleted: change.deleted,
            cells: change.cells,
        };
        update_row(transaction, table, &row)?;
        Ok(Outcome::Done(row))
    })
}

/// Deletes a row, leaving a tombstone where the table has them.
pub(crate) fn delete(
    connection: &mut Connection,
    table: &StoredTable,
    id: &str,
    view: &View,
    conditions: &Conditions,
    dialect: Dialect,
) -> Result<Outcome<()>, StoreError> {
    in_transaction(connection, table, |transaction| {
        let found = read_row(transaction, table, id)?.filter(|row| view.has(table, row));
        let Some(mut row) = found else { return Ok(Outcome::Missing) };
        if is_hidden(table, &row, view) {
            return Ok(Outcome::Gone);
        }
        if conditions.check(&row.version(), row.updated_at, dialect) != Verdict::Proceed {
            return Ok(Outcome::Failed(row));
        }
        if table.is_soft_delete() {
            row.updated_at = stamp(transaction, table)?;
            row.deleted = true;
            update_row(transaction, table, &row)?;
        } else {
            transaction
                .prepare_cached(&format!("DELETE FROM {} WHERE \"id\" = ?1", table.sql_name()))?
                .execute([id])?;
        }
        Ok(Outcome::Removed)
    })
}

/// Reads the columns of a body; a member that is not there gives what `absent` returns for the index of its column.
pub(crate) fn read_cells(
    table: &StoredTable,
    members: &Members,
    absent: impl Fn(usize) -> Cell,
) -> Result<Vec<Cell>, BodyFault> {
    let columns = table.columns().iter().enumerate();
    columns
        .map(|(at, column)| members.get(column.name()).map_or_else(|| Ok(absent(at)), |json| value::read(column, json)))
        .collect()
}

/// Inserts or replaces rows in one transaction.
pub(super) fn seed(connection: &mut Connection, table: &StoredTable, bodies: &[String]) -> Result<(), StoreError> {
    let refused = |fault: BodyFault| StoreError::new(format!("a row to seed does not fit: {}", fault.message));
    let mut changes = Vec::with_capacity(bodies.len());
    for body in bodies {
        let members = Members::parse(body.as_bytes()).map_err(refused)?;
        let id: Option<String> = members.get("id").and_then(|json| serde_json::from_str(json).ok());
        let id = id
            .filter(|id| !id.is_empty())
            .ok_or_else(|| StoreError::new(format!("a row to seed has no id: {body}")))?;
        let cells = read_cells(table, &members, |at| value::missing(&table.columns()[at])).map_err(refused)?;
        changes.push((id, Change { cells, deleted: members.get("deleted") == Some("true") }));
    }
    in_transaction(connection, table, |transaction| {
        for (id, change) in changes {
            let known = read_row(transaction, table, &id)?.is_some();
            let row =
                StoredRow { id, updated_at: stamp(transaction, table)?, deleted: change.deleted, cells: change.cells };
            if known { update_row(transaction, table, &row)? } else { insert_row(transaction, table, &row)? }
        }
        Ok(())
    })
}
