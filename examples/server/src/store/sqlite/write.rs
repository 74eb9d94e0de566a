//! Writes rows, several requests in one transaction that also gives the stamps.

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Transaction, TransactionBehavior, params_from_iter};

use super::schema::{SYSTEM_COLUMNS, columns_sql, table_sql};
use super::{failed, replies};
use crate::store::clock::Clock;
use crate::store::table::quoted;
use crate::store::write::{Seed, Step, Write};
use crate::store::{Cell, CellRef, Change, Outcome, StoreError, StoredRow, StoredTable};

/// Gives the stamp of a write: the clock, or 100 ns more than the last stamp of the table.
///
/// Invariant: transactions that write are serialised, so stamps increase in the order of commits.
fn stamp(transaction: &Transaction<'_>, table: &StoredTable, clock: &Clock) -> Result<i64, rusqlite::Error> {
    transaction
        .prepare_cached("UPDATE __stamps SET last = max(?1, last + 1) WHERE table_name = ?2 RETURNING last")?
        .query_row((clock.now(), table.name()), |row| row.get(0))
}

fn find_sql(table: &StoredTable) -> String {
    format!("SELECT {} FROM {} WHERE \"id\" = ?1", columns_sql(table), table_sql(table))
}

/// Reads one row.
pub(super) fn read_row(
    connection: &Connection,
    table: &StoredTable,
    id: &str,
) -> Result<Option<StoredRow>, rusqlite::Error> {
    connection
        .prepare_cached(table.find_sql(find_sql))?
        .query_row([id], |row| {
            let cells = (0..table.columns().len())
                .map(|column| row.get_ref(column + SYSTEM_COLUMNS).map(|value| CellRef::from(value).to_cell()))
                .collect::<Result<_, _>>()?;
            let (updated_at, created_at) = (row.get(1)?, row.get(3)?);
            Ok(StoredRow { id: row.get(0)?, created_at, updated_at, deleted: row.get(2)?, cells })
        })
        .optional()
}

fn insert_row(transaction: &Transaction<'_>, table: &StoredTable, row: &StoredRow) -> Result<(), rusqlite::Error> {
    let places: Vec<String> = (1..=SYSTEM_COLUMNS + row.cells.len()).map(|place| format!("?{place}")).collect();
    let sql = format!("INSERT INTO {} ({}) VALUES ({})", table_sql(table), columns_sql(table), places.join(", "));
    transaction.prepare_cached(&sql)?.execute(params_from_iter(row_cells(row)))?;
    Ok(())
}

/// Writes over a row; the stamp of its insert stays.
fn update_row(transaction: &Transaction<'_>, table: &StoredTable, row: &StoredRow) -> Result<(), rusqlite::Error> {
    let mut sql = format!("UPDATE {} SET \"updatedAt\" = ?2, \"deleted\" = ?3", table_sql(table));
    for (at, column) in table.columns().iter().enumerate() {
        sql.push_str(&format!(", {} = ?{}", quoted(column.name()), at + 1 + SYSTEM_COLUMNS));
    }
    sql.push_str(" WHERE \"id\" = ?1");
    transaction.prepare_cached(&sql)?.execute(params_from_iter(row_cells(row)))?;
    Ok(())
}

fn row_cells(row: &StoredRow) -> Vec<Cell> {
    let mut cells = vec![
        Cell::Text(row.id.clone()),
        Cell::Int(row.updated_at),
        Cell::Int(i64::from(row.deleted)),
        Cell::Int(row.created_at),
    ];
    cells.extend(row.cells.iter().cloned());
    cells
}

fn in_transaction<T>(
    connection: &mut Connection,
    table: &StoredTable,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, rusqlite::Error>,
) -> Result<T, StoreError> {
    let failed = failed(format!("cannot write table '{}'", table.name()));
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&failed)?;
    let result = work(&transaction).map_err(&failed)?;
    transaction.commit().map_err(&failed)?;
    Ok(result)
}

/// Does writes in one transaction, in order, and gives the outcome of each: one that fails leaves the others alone,
/// unless the database takes the whole transaction back.
pub(super) fn write(connection: &mut Connection, clock: &Clock, writes: &[Write]) -> Vec<Result<Outcome, StoreError>> {
    together(connection, clock, writes)
        .unwrap_or_else(|error| writes.iter().map(|write| Err(refused(write, &error))).collect())
}

fn together(
    connection: &mut Connection,
    clock: &Clock,
    writes: &[Write],
) -> Result<Vec<Result<Outcome, StoreError>>, rusqlite::Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut outcomes = Vec::with_capacity(writes.len());
    for write in writes {
        if let Some(outcome) = known(&transaction, write)? {
            outcomes.push(Ok(outcome));
            continue;
        }
        match apply(&transaction, clock, write) {
            Ok(outcome) => {
                keep(&transaction, clock, write, &outcome)?;
                outcomes.push(Ok(outcome));
            }
            Err(error) if transaction.is_autocommit() => return Err(error),
            Err(error) => outcomes.push(Err(refused(write, &error))),
        }
    }
    transaction.commit()?;
    Ok(outcomes)
}

/// Gives the outcome that is kept under the key of a write.
fn known(transaction: &Transaction<'_>, write: &Write) -> Result<Option<Outcome>, rusqlite::Error> {
    let Some(key) = &write.key else { return Ok(None) };
    let reply = replies::find(transaction, key)?;
    if reply.is_none() {
        key.is_new();
    }
    Ok(reply.map(|reply| key.known(&write.table, &reply)))
}

/// Keeps an outcome under the key of its write; where that fails nothing of the transaction may stand.
fn keep(transaction: &Transaction<'_>, clock: &Clock, write: &Write, outcome: &Outcome) -> Result<(), rusqlite::Error> {
    let Some(key) = &write.key else { return Ok(()) };
    replies::keep(transaction, key, &key.reply(&write.table, outcome), clock.now())
}

fn refused(write: &Write, error: &rusqlite::Error) -> StoreError {
    let context = format!("cannot write table '{}'", write.table.name());
    let is_busy = matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked));
    let kind = if is_busy { StoreError::unavailable(context) } else { StoreError::new(context) };
    kind.because(error.to_string())
}

fn apply(transaction: &Transaction<'_>, clock: &Clock, write: &Write) -> Result<Outcome, rusqlite::Error> {
    let table = &*write.table;
    Ok(match write.decide(read_row(transaction, table, &write.id)?) {
        Step::Answer(outcome) => outcome,
        Step::Insert(change) => {
            let stamp = stamp(transaction, table, clock)?;
            let row = write.row(change, stamp, stamp);
            insert_row(transaction, table, &row)?;
            Outcome::Done(row)
        }
        Step::Update { change, created_at } => {
            let row = write.row(change, stamp(transaction, table, clock)?, created_at);
            update_row(transaction, table, &row)?;
            Outcome::Done(row)
        }
        Step::Bury(row) => {
            let change = Change { cells: row.cells, deleted: true };
            let row = write.row(change, stamp(transaction, table, clock)?, row.created_at);
            update_row(transaction, table, &row)?;
            Outcome::Removed(row)
        }
        Step::Remove(row) => {
            transaction
                .prepare_cached(&format!("DELETE FROM {} WHERE \"id\" = ?1", table_sql(table)))?
                .execute([&write.id])?;
            Outcome::Removed(row)
        }
    })
}

/// Inserts or replaces rows in one transaction.
pub(super) fn seed(
    connection: &mut Connection,
    clock: &Clock,
    table: &StoredTable,
    seeds: Vec<Seed>,
) -> Result<(), StoreError> {
    in_transaction(connection, table, |transaction| {
        for seed in seeds {
            let known = read_row(transaction, table, &seed.id)?.is_some();
            let row = seed.row(stamp(transaction, table, clock)?);
            if known { update_row(transaction, table, &row)? } else { insert_row(transaction, table, &row)? }
        }
        Ok(())
    })
}
