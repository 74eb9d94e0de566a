//! A writer beside a thousand live queries: what it loses to them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use synctable::store::Synchronous as Level;
use synctable::{Error, Id, SqliteStore, SyncContext, SyncTable, Timestamp, Transaction, Watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::Result;
use crate::measure::per_second;
use crate::rows::{Item, stamp_ms};
use crate::store::check_count;
use crate::world::{World, fresh_file};

/// Live queries in all.
pub(crate) const WATCHERS: usize = 1_000;
/// Rows of a transaction, all of one table; the tables take turns.
const ROWS: usize = 100;
/// Rows a second of the paced writer.
const PACE: f64 = 10_000.0;
/// The values of the column that the queries filter by: each transaction concerns every query of its table.
const VALUES: usize = 100;

/// How the writer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// A transaction each 10 ms; at once when it is late.
    Steady,
    /// As fast as it can.
    Full,
}

/// What a figure is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Time {
    /// Rows over all of the time.
    All,
    /// Rows over the time in transactions, waiting for the next one left out.
    Writing,
}

/// A table of the ten.
struct Kind {
    insert: fn(&mut Transaction<'_>, &[Item], usize) -> std::result::Result<(), Error>,
    watch: fn(&SyncContext, usize, Arc<AtomicU64>) -> JoinHandle<()>,
}

macro_rules! tables {
    ($($table:ident),+ $(,)?) => {
        $(
            #[derive(Debug, Clone, SyncTable)]
            struct $table {
                id: Id,
                title: String,
                complete: bool,
                #[sync(index)]
                priority: i64,
                due: Timestamp,
            }
        )+
        const KINDS: &[Kind] = &[$(Kind {
            insert: |tx, items, first| {
                for (place, item) in items.iter().enumerate() {
                    let due = stamp_ms(&item.due_at).map_or(0, u64::cast_signed);
                    tx.insert($table {
                        id: Id::parse(&item.id).map_err(Error::app)?,
                        title: item.title.clone(),
                        complete: item.complete,
                        priority: value(first + place),
                        due: Timestamp::from_millis(due).unwrap_or(Timestamp::MIN),
                    })?;
                }
                Ok(())
            },
            watch: |context, number, given| {
                let query = $table::query()
                    .filter(|t| t.priority.eq(value(number)))
                    .order_by(|t| t.due.desc())
                    .take(20);
                tokio::spawn(consume(context.table::<$table>().watch(&query), given))
            },
        }),+];

        fn with_tables(builder: synctable::SyncContextBuilder) -> synctable::SyncContextBuilder {
            builder$(.table::<$table>())+
        }
    };
}

tables! {
    A, B, C, D, E, F, G, H, I, J
}

fn value(number: usize) -> i64 {
    i64::try_from(number % VALUES).unwrap_or_default()
}

/// Takes every result, as a view would.
async fn consume<R: Send + Sync + 'static>(mut watch: Watch<R>, given: Arc<AtomicU64>) {
    while let Some(Ok(_)) = watch.next().await {
        given.fetch_add(1, Ordering::Relaxed);
    }
}

/// Rows a second of a writer at NORMAL, in transactions of 100, beside so many live queries.
pub(crate) fn write(world: &World, rows: &Arc<[Item]>, watchers: usize, pace: Pace, time: Time) -> Result<f64> {
    let (_folder, path) = fresh_file()?;
    let store = SqliteStore::at(&path).synchronous(Level::Normal);
    // Nothing is sent: the address is that of nobody.
    let builder = with_tables(SyncContext::builder("http://127.0.0.1:9").store(store));
    let items = Arc::clone(rows);
    let rate = world.run(async move {
        let context = builder.open().await?;
        let given = Arc::new(AtomicU64::new(0));
        let mut consumers = JoinSet::new();
        for number in 0..watchers {
            let watch = (KINDS[number % KINDS.len()].watch)(&context, number / KINDS.len(), Arc::clone(&given));
            consumers.spawn(watch);
        }
        while given.load(Ordering::Relaxed) < watchers as u64 {
            tokio::task::yield_now().await;
        }
        let rate = insert(&context, items, pace, time).await?;
        if watchers > 0 && given.load(Ordering::Relaxed) == watchers as u64 {
            return Err("no live query was given a second result".into());
        }
        // The streams end with the context.
        drop(context);
        while consumers.join_next().await.is_some() {}
        Ok(rate)
    })?;
    check_count(&path, "__operations", rows.len() as u64)?;
    Ok(rate)
}

async fn insert(context: &SyncContext, items: Arc<[Item]>, pace: Pace, time: Time) -> Result<f64> {
    let began = Instant::now();
    let mut writing = Duration::ZERO;
    for number in 0..items.len() / ROWS {
        if pace == Pace::Steady {
            #[expect(clippy::cast_precision_loss, reason = "counts of a bench are far below 2^52")]
            let due = began + Duration::from_secs_f64((number * ROWS) as f64 / PACE);
            tokio::time::sleep_until(due).await;
        }
        let from = Instant::now();
        let (items, first) = (Arc::clone(&items), number * ROWS);
        let kind = &KINDS[number % KINDS.len()];
        context.transaction(move |tx| (kind.insert)(tx, &items[first..first + ROWS], first)).await?;
        writing += from.elapsed();
    }
    let rows = (items.len() / ROWS * ROWS) as u64;
    Ok(match time {
        Time::All => per_second(rows, began.elapsed()),
        Time::Writing => per_second(rows, writing),
    })
}
