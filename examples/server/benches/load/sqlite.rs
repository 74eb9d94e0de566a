//! The same SQL on SQLite: through the bare driver, and in bare axum handlers.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Path as Segment, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use crate::http::{Row, Top};
use crate::measure::per_second;
use crate::rows::{self, Action};
use crate::{Options, Result, http};

const COLUMNS: &str = r#""id", "updatedAt", "deleted", "title", "complete", "priority", "dueAt""#;

fn open(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384;")?;
    Ok(connection)
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        id: row.get(0)?,
        updated_at: row.get(1)?,
        deleted: row.get(2)?,
        title: row.get(3)?,
        complete: row.get(4)?,
        priority: row.get(5)?,
        due: row.get(6)?,
    })
}

fn one(connection: &Connection, id: &str) -> rusqlite::Result<Option<Row>> {
    connection
        .prepare_cached(&format!(r#"SELECT {COLUMNS} FROM "load" WHERE "id" = ?1"#))?
        .query_row([id], read)
        .optional()
}

fn page(connection: &Connection, top: i64) -> rusqlite::Result<Vec<Row>> {
    connection
        .prepare_cached(&format!(r#"SELECT {COLUMNS} FROM "load" WHERE "deleted" = 0 ORDER BY "id" LIMIT ?1"#))?
        .query_map([top], read)?
        .collect()
}

fn insert(connection: &mut Connection, mut row: Row) -> rusqlite::Result<Row> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    one(&transaction, &row.id)?;
    row.updated_at = stamp(&transaction)?;
    transaction
        .prepare_cached(&format!(
            r#"INSERT INTO "load" ({COLUMNS}, "createdAt") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?2)"#
        ))?
        .execute(params![row.id, row.updated_at, row.deleted, row.title, row.complete, row.priority, row.due])?;
    transaction.commit()?;
    Ok(row)
}

fn update(connection: &mut Connection, mut row: Row) -> rusqlite::Result<Row> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    one(&transaction, &row.id)?;
    row.updated_at = stamp(&transaction)?;
    transaction
        .prepare_cached(
            r#"UPDATE "load" SET "updatedAt" = ?2, "deleted" = ?3, "title" = ?4, "complete" = ?5, "priority" = ?6, "dueAt" = ?7 WHERE "id" = ?1"#,
        )?
        .execute(params![row.id, row.updated_at, row.deleted, row.title, row.complete, row.priority, row.due])?;
    transaction.commit()?;
    Ok(row)
}

fn stamp(connection: &Connection) -> rusqlite::Result<i64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() / 100;
    connection
        .prepare_cached("UPDATE __stamps SET last = max(?1, last + 1) WHERE table_name = 'load' RETURNING last")?
        .query_row([i64::try_from(now).unwrap_or(i64::MAX)], |row| row.get(0))
}

/// The driver alone: one thread writes, at most as many read as there are processors.
pub(crate) fn driver(path: &Path, action: Action, connections: usize, options: &Options) -> Result<f64> {
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    let threads = if action.is_read() { connections.min(processors) } else { 1 };
    let mut ready: Vec<Connection> = (0..threads).map(|_| open(path)).collect::<Result<_>>()?;
    let start = Instant::now();
    let mut done = 0;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .zip(ready.drain(..))
            .map(|(seed, mut connection)| {
                scope.spawn(move || -> Result<u64> {
                    let mut random = fastrand::Rng::with_seed(seed as u64);
                    let mut done = 0;
                    while start.elapsed() < options.time {
                        let row = random.u64(..options.rows);
                        match action {
                            Action::Get => drop(one(&connection, &rows::id(row))?),
                            Action::List(top) => drop(page(&connection, top.cast_signed())?),
                            Action::Insert => {
                                let row = serde_json::from_str(&rows::body(&rows::new_id(), row))?;
                                drop(insert(&mut connection, row)?);
                            }
                            Action::Update => {
                                let row = serde_json::from_str(&rows::body(&rows::id(row), row))?;
                                drop(update(&mut connection, row)?);
                            }
                        }
                        done += 1;
                    }
                    Ok(done)
                })
            })
            .collect();
        for thread in threads {
            done += thread.join().map_err(|_| "a thread of the driver panicked")??;
        }
        Result::Ok(())
    })?;
    Ok(per_second(done, start.elapsed()))
}

struct Files {
    path: PathBuf,
    writer: Mutex<Connection>,
}

thread_local! {
    /// The connection by which this worker of the runtime reads.
    static READER: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

fn reading<T>(files: &Files, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
    READER.with_borrow_mut(|reader| {
        let connection = match reader {
            Some(connection) => connection,
            None => reader.insert(open(&files.path)?),
        };
        Ok(work(connection)?)
    })
}

fn writing<T>(files: &Files, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T> {
    Ok(work(&mut files.writer.lock().unwrap_or_else(PoisonError::into_inner))?)
}

fn answer(answer: Result<Response>) -> Response {
    answer.unwrap_or_else(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response())
}

/// Handlers that run the SQL where they are, a connection a worker for reads and one for writes.
pub(crate) fn routes(path: &Path) -> Result<Router> {
    let files = Arc::new(Files { path: path.to_owned(), writer: Mutex::new(open(path)?) });
    let list = async |State(files): State<Arc<Files>>, Query(Top { top }): Query<Top>| {
        answer(
            reading(&files, |connection| page(connection, top))
                .map(|rows| http::list(rows.into_iter()).into_response()),
        )
    };
    let read = async |State(files): State<Arc<Files>>, Segment(id): Segment<String>| {
        answer(reading(&files, |connection| one(connection, &id)).map(|row| match row {
            Some(row) => http::row(StatusCode::OK, &row).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }))
    };
    let create = async |State(files): State<Arc<Files>>, axum::Json(row): axum::Json<Row>| {
        answer(
            writing(&files, |connection| insert(connection, row))
                .map(|row| http::row(StatusCode::CREATED, &row).into_response()),
        )
    };
    let replace = async |State(files): State<Arc<Files>>, axum::Json(row): axum::Json<Row>| {
        answer(
            writing(&files, |connection| update(connection, row))
                .map(|row| http::row(StatusCode::OK, &row).into_response()),
        )
    };
    Ok(Router::new()
        .route("/tables/load", get(list).post(create))
        .route("/tables/load/{id}", get(read).put(replace))
        .with_state(files))
}
