//! One transaction that writes rows of a table, in two round trips.
//!
//! It first takes the stamps: an update of the table's row of `__stamps`, whose lock is held until the commit can be seen by all. Whoever
//! writes the table next, in this or in another process, gets later stamps only then; so stamps increase in the order of commits, and a
//! reader that has seen a stamp misses none before it. The price is that the commits of one table follow one another, and that is why many
//! writes share one.

use std::collections::{BTreeSet, HashMap};

use deadpool_postgres::Object;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Statement};

use super::fault::Fault;
use super::list::stored_row;
use super::schema::{columns_sql, delete_sql, insert_sql, table_sql, update_sql};
use super::{PostgresOptions, Stamps, replies};
use crate::store::batch::{Batch, Written};
use crate::store::clock::Clock;
use crate::store::reply::{Keyed, Reply};
use crate::store::{CellRef, StoreError, StoredRow, StoredTable};

/// Takes stamps in their order, of the clock of the database unless a test holds that of the server.
///
/// That clock counts microseconds; the 100 ns on top of it keep stamps off whole milliseconds, to which they are cut on the wire, as those of
/// a clock that counts 100 ns are but for one in ten thousand.
const TAKE_STAMPS: &str = "UPDATE __stamps SET last = greatest(coalesce($1::bigint, (extract(epoch FROM clock_timestamp()) * 10000000)::bigint + 1), last + 1) + $2::bigint - 1
    WHERE table_name = $3 RETURNING last - $2::bigint + 1";

/// Answers that are kept, by user and key.
type Known = HashMap<(String, String), Reply>;

/// What a transaction is about.
pub(super) struct Scope<'s> {
    pub(super) table: &'s StoredTable,
    pub(super) clock: &'s Clock,
    pub(super) options: &'s PostgresOptions,
    /// How many stamps it may need.
    pub(super) stamps: usize,
    /// The rows that it may meet.
    pub(super) ids: BTreeSet<&'s str>,
    /// The names of the requests that have one.
    pub(super) keyed: Vec<&'s Keyed>,
}

/// Runs a transaction to its end; a connection that it cannot end is closed.
pub(super) async fn run<T>(client: Object, scope: &Scope<'_>, work: impl FnOnce(&mut Batch) -> T) -> Result<T, Fault> {
    let result = attempt(&client, scope, work).await;
    let is_usable = match &result {
        Ok(_) => true,
        Err(Fault::Unknown(_)) => false,
        // What is refused before the commit leaves the transaction open.
        Err(_) => client.batch_execute("ROLLBACK").await.is_ok(),
    };
    if !is_usable {
        drop(Object::take(client));
    }
    result
}

async fn attempt<T>(client: &Object, scope: &Scope<'_>, work: impl FnOnce(&mut Batch) -> T) -> Result<T, Fault> {
    let (first_stamp, found, known) = begin(client, scope).await.map_err(Fault::before_commit)?;
    let mut batch = Batch::new(found, first_stamp).knows(known);
    let result = work(&mut batch);
    if let Some(hold) = &scope.options.hold {
        tokio::time::sleep(hold.time()).await;
    }
    let written = batch.finish();
    if written.is_empty() {
        client.batch_execute("ROLLBACK").await.map_err(Fault::before_commit)?;
        return Ok(result);
    }
    if client.is_closed() {
        let error = StoreError::unavailable("the connection to the database broke in a transaction");
        return Err(Fault::Again(error));
    }
    commit(client, scope.table, &written).await?;
    Ok(result)
}

/// Takes the stamps, finds the rows and the answers that are kept.
async fn begin(client: &Object, scope: &Scope<'_>) -> Result<(i64, Vec<StoredRow>, Known), Error> {
    let table = scope.table;
    let mut find = format!("SELECT {} FROM {} WHERE \"id\" = ANY($1)", columns_sql(table), table_sql(table));
    if scope.options.stamps == Stamps::FromClock {
        find.push_str(" FOR UPDATE");
    }
    let find = client.prepare_cached(&find).await?;
    let ids: Vec<CellRef<'_>> = scope.ids.iter().copied().map(CellRef::Text).collect();
    let parameters: [&(dyn ToSql + Sync); 1] = [&ids];
    let find_known = replies::Find::prepare(client, &scope.keyed).await?;
    let (stamp, rows, known) = match scope.options.stamps {
        Stamps::InCommitOrder => {
            let take = client.prepare_cached(TAKE_STAMPS).await?;
            let (now, name) = (scope.clock.held(), table.name());
            let stamps = i64::try_from(scope.stamps).unwrap_or(i64::MAX);
            let taken: [&(dyn ToSql + Sync); 3] = [&now, &stamps, &name];
            // All are sent at once; the rows are looked up when the lock is there, so they are those of the last commit.
            let (begun, stamp, rows, known) = tokio::join!(
                biased;
                client.batch_execute("BEGIN"),
                client.query_one(&take, &taken),
                client.query(&find, &parameters),
                replies::find(client, find_known.as_ref()),
            );
            begun?;
            (stamp?.try_get(0)?, rows?, known?)
        }
        Stamps::FromClock => {
            let stamp = scope.clock.now();
            let (begun, rows, known) = tokio::join!(
                biased;
                client.batch_execute("BEGIN"),
                client.query(&find, &parameters),
                replies::find(client, find_known.as_ref()),
            );
            begun?;
            (stamp, rows?, known?)
        }
    };
    Ok((stamp, rows.iter().map(stored_row).collect::<Result<_, _>>()?, known))
}

/// Writes the rows and commits, all sent at once.
async fn commit(client: &Object, table: &StoredTable, written: &Written) -> Result<(), Fault> {
    let (inserted, updated) = (columns_of(table, &written.inserted), columns_of(table, &written.updated));
    let prepared = async {
        let insert = prepare_for(client, &written.inserted, || insert_sql(table)).await?;
        let update = prepare_for(client, &written.updated, || update_sql(table)).await?;
        let remove = prepare_for(client, &written.removed, || delete_sql(table)).await?;
        let keep = replies::Keep::prepare(client, &written.replies).await?;
        Ok((insert, update, remove, keep))
    };
    let (insert, update, remove, keep) = prepared.await.map_err(Fault::before_commit)?;
    let (inserted, updated) = (as_parameters(&inserted), as_parameters(&updated));
    let ids: Vec<CellRef<'_>> = written.removed.iter().map(|id| CellRef::Text(id)).collect();
    let removed: [&(dyn ToSql + Sync); 1] = [&ids];
    let (inserted, updated, removed, kept, committed) = tokio::join!(
        biased;
        execute(client, insert.as_ref(), &inserted),
        execute(client, update.as_ref(), &updated),
        execute(client, remove.as_ref(), &removed),
        replies::keep(client, keep.as_ref(), &written.replies),
        client.batch_execute("COMMIT"),
    );
    for result in [inserted, updated, removed, kept] {
        match result {
            Ok(()) => {}
            // The commit that was sent behind a refused statement rolls back.
            Err(error) if error.as_db_error().is_some() => return Err(Fault::before_commit(error)),
            Err(error) => return Err(Fault::of_commit(error)),
        }
    }
    committed.map_err(Fault::of_commit)
}

/// Prepares a statement, unless it has nothing to do.
async fn prepare_for<R>(client: &Object, rows: &[R], sql: impl FnOnce() -> String) -> Result<Option<Statement>, Error> {
    if rows.is_empty() { Ok(None) } else { client.prepare_cached(&sql()).await.map(Some) }
}

async fn execute(
    client: &Object,
    statement: Option<&Statement>,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<(), Error> {
    match statement {
        Some(statement) => client.execute(statement, parameters).await.map(drop),
        None => Ok(()),
    }
}

/// Turns rows into arrays of the values of each column.
fn columns_of<'r>(table: &StoredTable, rows: &'r [StoredRow]) -> Vec<Vec<CellRef<'r>>> {
    let mut columns: Vec<Vec<CellRef<'r>>> = vec![
        rows.iter().map(|row| CellRef::Text(&row.id)).collect(),
        rows.iter().map(|row| CellRef::Int(row.updated_at)).collect(),
        rows.iter().map(|row| CellRef::Int(i64::from(row.deleted))).collect(),
        rows.iter().map(|row| CellRef::Int(row.created_at)).collect(),
    ];
    columns.extend((0..table.columns().len()).map(|at| rows.iter().map(|row| (&row.cells[at]).into()).collect()));
    columns
}

fn as_parameters<'p>(columns: &'p [Vec<CellRef<'p>>]) -> Vec<&'p (dyn ToSql + Sync)> {
    columns.iter().map(|column| column as &(dyn ToSql + Sync)).collect()
}
