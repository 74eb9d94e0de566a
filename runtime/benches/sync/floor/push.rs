//! Floors of the push: bare POSTs, and POSTs with the store's half of each.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Bytes;
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinSet;

use crate::Result;
use crate::floor::pull::client;
use crate::floor::write::fill_queue;
use crate::measure::rate_of;
use crate::rows::Item;
use crate::store::{Pragmas, Transactions, check_count, open};
use crate::world::{World, fresh_file};
use crate::writer::{Asked, Writer};

/// Bodies of inserts as a client sends them.
pub(crate) fn bodies(rows: &[Item]) -> Result<Arc<Vec<Bytes>>> {
    let bodies: serde_json::Result<Vec<_>> = rows.iter().map(|row| Ok(Bytes::from(serde_json::to_vec(row)?))).collect();
    Ok(Arc::new(bodies?))
}

/// POSTs the bodies, `lanes` in flight, and parses each answer.
pub(crate) fn post(world: &World, url: &str, bodies: &Arc<Vec<Bytes>>, lanes: usize) -> Result<f64> {
    let (url, bodies, client) = (url.to_owned(), Arc::clone(bodies), client()?);
    rate_of(bodies.len() as u64, || {
        world.run(async move {
            let next = Arc::new(AtomicUsize::new(0));
            let mut tasks = JoinSet::<Result<()>>::new();
            for _ in 0..lanes {
                let (client, url, bodies, next) = (client.clone(), url.clone(), Arc::clone(&bodies), Arc::clone(&next));
                tasks.spawn(async move {
                    while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let answer = send(&client, &url, body.clone()).await?;
                        std::hint::black_box(Answer::read(&answer)?);
                    }
                    Ok(())
                });
            }
            while let Some(lane) = tasks.join_next().await {
                lane??;
            }
            Ok(())
        })
    })
}

/// POSTs a queue in order, each when the commit of the one before is done; that commit stores the answer, takes the
/// operation out and reads the next one.
pub(crate) fn pushstore(world: &World, url: &str, rows: &[Item], pragmas: Pragmas) -> Result<f64> {
    with_queue(world, rows, pragmas, FIRST, |writer, [first, _]| {
        let (url, client) = (url.to_owned(), client()?);
        Ok(async move {
            let mut operation = Some(first);
            while let Some(Operation { sequence, payload }) = operation {
                let answer = send(&client, &url, payload.into()).await?;
                operation = writer.ask((sequence, answer)).await?;
            }
            Ok(())
        })
    })
}

/// POSTs a queue in order with one commit an operation, as [`pushstore`], while the commit of the one before is under
/// way: each commit reads the operation after the next.
pub(crate) fn pushstore_ahead(world: &World, url: &str, rows: &[Item], pragmas: Pragmas) -> Result<f64> {
    with_queue(world, rows, pragmas, SECOND, |writer, [first, second]| {
        let (url, client) = (url.to_owned(), client()?);
        Ok(async move {
            let Operation { mut sequence, payload } = first;
            let mut answer = send(&client, &url, payload.into()).await?;
            let mut following = Some(second);
            while let Some(next) = following {
                let sent = send(&client, &url, next.payload.into());
                (following, answer) = tokio::try_join!(writer.ask((sequence, answer)), sent)?;
                sequence = next.sequence;
            }
            writer.ask((sequence, answer)).await?;
            Ok(())
        })
    })
}

/// Measures the future that `push` makes of a writer thread over a filled queue and its first two operations.
fn with_queue<F>(
    world: &World,
    rows: &[Item],
    pragmas: Pragmas,
    next: &'static str,
    push: impl FnOnce(Settler, [Operation; 2]) -> Result<F>,
) -> Result<f64>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let (_folder, path) = fresh_file()?;
    let connection = open(&path, pragmas)?;
    fill_queue(&connection, rows)?;
    let first = connection.query_row(FIRST, [], Operation::read)?;
    let second = connection.query_row(SECOND, [], Operation::read)?;
    let (writer, thread) = Writer::start(move |answers| settle(&connection, next, answers));
    let push = push(writer, [first, second])?;
    let rate = rate_of(rows.len() as u64, || world.run(push));
    thread.join().expect("the writer thread does not panic")?;
    check_count(&path, "operations", 0)?;
    rate
}

const FIRST: &str = "SELECT sequence, payload FROM operations ORDER BY sequence LIMIT 1";
const SECOND: &str = "SELECT sequence, payload FROM operations ORDER BY sequence LIMIT 1 OFFSET 1";

/// Takes the sequence of an operation with its answer, and gives the operation to send next.
type Settler = Writer<(i64, Bytes), Option<Operation>>;

struct Operation {
    sequence: i64,
    payload: String,
}

impl Operation {
    fn read(row: &Row<'_>) -> rusqlite::Result<Operation> {
        Ok(Operation { sequence: row.get(0)?, payload: row.get(1)? })
    }
}

fn settle(
    connection: &Connection,
    next: &str,
    mut answers: Receiver<Asked<(i64, Bytes), Option<Operation>>>,
) -> Result<()> {
    let mut store = connection.prepare("UPDATE items SET updatedAt = ?2, version = ?3 WHERE id = ?1")?;
    let mut take_out = connection.prepare("DELETE FROM operations WHERE sequence = ?1")?;
    let mut next = connection.prepare(next)?;
    let mut transactions = Transactions::on(connection)?;
    while let Some(((sequence, answer), done)) = answers.blocking_recv() {
        let Answer { id, updated_at, version } = Answer::read(&answer)?;
        let operation = transactions.run(|| {
            store.execute(params![id, updated_at, version])?;
            take_out.execute([sequence])?;
            Ok(next.query_row([], Operation::read).optional()?)
        })?;
        done.send(operation).map_err(|_| "the asker is gone")?;
    }
    Ok(())
}

async fn send(client: &Client, url: &str, body: Bytes) -> Result<Bytes> {
    let request = client.post(format!("{url}/tables/todoitem")).header(CONTENT_TYPE, "application/json");
    Ok(request.body(body).send().await?.error_for_status()?.bytes().await?)
}

/// What a push needs of an answered row.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    id: &'a str,
    updated_at: &'a str,
    version: &'a str,
}

impl<'a> Answer<'a> {
    fn read(body: &'a [u8]) -> Result<Answer<'a>> {
        Ok(serde_json::from_slice(body)?)
    }
}
