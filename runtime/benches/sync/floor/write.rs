//! Floors of a local write: one row, the row with its operation, and the hop to the writer thread.

use rusqlite::{Connection, Statement, params};

use crate::Result;
use crate::floor::pull::bind_item;
use crate::measure::rate_of;
use crate::rows::Item;
use crate::store::{Pragmas, Transactions, insert_sql, open};
use crate::world::{World, fresh_file};
use crate::writer::Writer;

const LOOKUP: &str = "SELECT sequence FROM operations WHERE tbl = 'items' AND item = ?1";

/// One row a commit through a prepared statement.
pub(crate) fn raw_insert(rows: &[Item], pragmas: Pragmas) -> Result<f64> {
    let (_folder, path) = fresh_file()?;
    let connection = open(&path, pragmas)?;
    let mut insert = connection.prepare(&insert_sql())?;
    rate_of(rows.len() as u64, || {
        for row in rows {
            bind_item(&mut insert, row)?;
        }
        Ok(())
    })
}

/// The row and its operation in one transaction.
pub(crate) fn row_and_operation(rows: &[Item], pragmas: Pragmas) -> Result<f64> {
    let (_folder, path) = fresh_file()?;
    insert_with_operation(&open(&path, pragmas)?, rows)
}

/// The same where the queue has no index on table and row.
pub(crate) fn row_and_operation_without_index(rows: &[Item], pragmas: Pragmas) -> Result<f64> {
    let (_folder, path) = fresh_file()?;
    let connection = open(&path, pragmas)?;
    connection.execute_batch("DROP INDEX operations_item")?;
    insert_with_operation(&connection, rows)
}

fn insert_with_operation(connection: &Connection, rows: &[Item]) -> Result<f64> {
    let mut insert = connection.prepare(&insert_sql())?;
    let mut enqueue = connection.prepare("INSERT INTO operations (tbl, item, kind) VALUES ('items', ?1, 1)")?;
    let mut transactions = Transactions::on(connection)?;
    rate_of(rows.len() as u64, || {
        for row in rows {
            transactions.run(|| {
                bind_item(&mut insert, row)?;
                Ok(enqueue.execute([&row.id])?)
            })?;
        }
        Ok(())
    })
}

/// A look for an operation of the row, the row, and the operation with the row as JSON, in one transaction.
pub(crate) fn lookup_row_and_operation(rows: &[Item], pragmas: Pragmas) -> Result<f64> {
    let (_folder, path) = fresh_file()?;
    let connection = open(&path, pragmas)?;
    let mut tracked = TrackedInsert::on(&connection)?;
    let mut transactions = Transactions::on(&connection)?;
    rate_of(rows.len() as u64, || {
        for row in rows {
            transactions.run(|| tracked.run(row))?;
        }
        Ok(())
    })
}

struct TrackedInsert<'c> {
    lookup: Statement<'c>,
    insert: Statement<'c>,
    enqueue: Statement<'c>,
}

impl<'c> TrackedInsert<'c> {
    fn on(connection: &'c Connection) -> Result<TrackedInsert<'c>> {
        let enqueue = "INSERT INTO operations (tbl, item, kind, payload) VALUES ('items', ?1, 1, ?2)";
        Ok(TrackedInsert {
            lookup: connection.prepare(LOOKUP)?,
            insert: connection.prepare(&insert_sql())?,
            enqueue: connection.prepare(enqueue)?,
        })
    }

    fn run(&mut self, row: &Item) -> Result<()> {
        if self.lookup.exists([&row.id])? {
            return Err(format!("row {} has an operation before it was written", row.id).into());
        }
        bind_item(&mut self.insert, row)?;
        self.enqueue.execute(params![row.id, serde_json::to_string(row)?])?;
        Ok(())
    }
}

/// A write to a row that has an operation: the look, the row, and the operation's JSON, in one transaction.
pub(crate) fn coalescing_update(rows: &[Item], pragmas: Pragmas) -> Result<f64> {
    let (_folder, path) = fresh_file()?;
    let connection = open(&path, pragmas)?;
    fill_queue(&connection, rows)?;
    let mut lookup = connection.prepare(LOOKUP)?;
    let mut update = connection.prepare("UPDATE items SET title = ?2, complete = ?3 WHERE id = ?1")?;
    let mut rewrite = connection.prepare("UPDATE operations SET payload = ?2 WHERE sequence = ?1")?;
    let mut transactions = Transactions::on(&connection)?;
    rate_of(rows.len() as u64, || {
        for row in rows {
            transactions.run(|| {
                let sequence: i64 = lookup.query_row([&row.id], |found| found.get(0))?;
                update.execute(params![row.id, row.title, !row.complete])?;
                Ok(rewrite.execute(params![sequence, serde_json::to_string(row)?])?)
            })?;
        }
        Ok(())
    })
}

/// Every row with its operation, in one transaction.
pub(crate) fn fill_queue(connection: &Connection, rows: &[Item]) -> Result<()> {
    let mut tracked = TrackedInsert::on(connection)?;
    Transactions::on(connection)?.run(|| rows.iter().try_for_each(|row| tracked.run(row)))
}

/// Every row in one transaction of the caller, nothing tracked.
pub(crate) fn batch_untracked(rows: &[Item]) -> Result<f64> {
    let (_folder, path) = fresh_file()?;
    crate::floor::pull::bulk(&open(&path, Pragmas::NORMAL)?, &insert_sql(), rows)
}

/// Every row with its operation in one transaction of the caller.
pub(crate) fn batch_tracked(rows: &[Item]) -> Result<f64> {
    let (_folder, path) = fresh_file()?;
    let connection = open(&path, Pragmas::NORMAL)?;
    rate_of(rows.len() as u64, || fill_queue(&connection, rows))
}

/// An empty job to the writer thread and its answer back, one awaited at a time.
pub(crate) fn empty_job(world: &World, jobs: u64) -> Result<f64> {
    type Job = Box<dyn FnOnce() + Send>;
    let (writer, thread) = Writer::<Job, ()>::start(|mut jobs| {
        while let Some((job, done)) = jobs.blocking_recv() {
            job();
            done.send(()).map_err(|()| "the asker is gone")?;
        }
        Ok(())
    });
    let rate = rate_of(jobs, || {
        world.run(async move {
            for _ in 0..jobs {
                writer.ask(Box::new(|| ())).await?;
            }
            Ok(())
        })
    });
    thread.join().expect("the writer thread does not panic")?;
    rate
}
