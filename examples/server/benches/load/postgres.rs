//! The same SQL on PostgreSQL: through the bare driver, and in bare axum handlers.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use deadpool_postgres::{Manager, Object, Pool};
use tokio_postgres::NoTls;

use crate::http::{Row, Top};
use crate::measure::per_second;
use crate::rows::{self, Action};
use crate::{Options, Result, http};

pub(crate) const COLUMNS: &str = r#""id", "updatedAt", "deleted", "title", "complete", "priority", "dueAt""#;
/// How many connections to the database there are at most.
pub(crate) const POOL: usize = 16;

pub(crate) fn pool(url: &str) -> Result<Pool> {
    Ok(Pool::builder(Manager::new(url.parse()?, NoTls)).max_size(POOL).build()?)
}

fn read(row: &tokio_postgres::Row) -> Row {
    Row {
        id: row.get(0),
        updated_at: row.get(1),
        deleted: row.get(2),
        title: row.get(3),
        complete: row.get(4),
        priority: row.get(5),
        due: row.get(6),
    }
}

async fn one(client: &Object, id: &str) -> Result<Option<Row>> {
    let statement = client.prepare_cached(&format!(r#"SELECT {COLUMNS} FROM "load" WHERE "id" = $1"#)).await?;
    Ok(client.query_opt(&statement, &[&id]).await?.as_ref().map(read))
}

async fn page(client: &Object, top: i64) -> Result<Vec<Row>> {
    let sql = format!(r#"SELECT {COLUMNS} FROM "load" WHERE NOT "deleted" ORDER BY "id" LIMIT $1"#);
    let statement = client.prepare_cached(&sql).await?;
    Ok(client.query(&statement, &[&top]).await?.iter().map(read).collect())
}

/// Writes a row in one transaction with its stamp.
async fn write(client: &mut Object, mut row: Row, sql: &str) -> Result<Row> {
    let stamp = client
        .prepare_cached("UPDATE __stamps SET last = greatest($1, last + 1) WHERE table_name = 'load' RETURNING last")
        .await?;
    let found = client.prepare_cached(&format!(r#"SELECT {COLUMNS} FROM "load" WHERE "id" = $1"#)).await?;
    let written = client.prepare_cached(sql).await?;
    let transaction = client.transaction().await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() / 100;
    row.updated_at = transaction.query_one(&stamp, &[&i64::try_from(now)?]).await?.get(0);
    transaction.query_opt(&found, &[&row.id]).await?;
    transaction
        .execute(
            &written,
            &[&row.id, &row.updated_at, &row.deleted, &row.title, &row.complete, &row.priority, &row.due],
        )
        .await?;
    transaction.commit().await?;
    Ok(row)
}

async fn insert(client: &mut Object, row: Row) -> Result<Row> {
    write(
        client,
        row,
        &format!(r#"INSERT INTO "load" ({COLUMNS}, "createdAt") VALUES ($1, $2, $3, $4, $5, $6, $7, $2)"#),
    )
    .await
}

async fn update(client: &mut Object, row: Row) -> Result<Row> {
    write(
        client,
        row,
        r#"UPDATE "load" SET "updatedAt" = $2, "deleted" = $3, "title" = $4, "complete" = $5, "priority" = $6, "dueAt" = $7 WHERE "id" = $1"#,
    )
    .await
}

/// The driver alone, over as many connections to the database as the pool has.
pub(crate) fn driver(url: &str, action: Action, connections: usize, options: &Options) -> Result<f64> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (time, rows) = (options.time, options.rows);
    runtime.block_on(async {
        let pool = pool(url)?;
        let mut clients = Vec::new();
        for _ in 0..connections.min(POOL) {
            let client = pool.get().await?;
            one(&client, &rows::id(0)).await?;
            clients.push(client);
        }
        let start = Instant::now();
        let tasks: Vec<_> = clients
            .into_iter()
            .enumerate()
            .map(|(seed, mut client)| {
                tokio::spawn(async move {
                    let mut random = fastrand::Rng::with_seed(seed as u64);
                    let mut done = 0;
                    while start.elapsed() < time {
                        let row = random.u64(..rows);
                        match action {
                            Action::Get => drop(one(&client, &rows::id(row)).await?),
                            Action::List(top) => drop(page(&client, top.cast_signed()).await?),
                            Action::Insert => {
                                let row = serde_json::from_str(&rows::body(&rows::new_id(), row))?;
                                drop(insert(&mut client, row).await?);
                            }
                            Action::Update => {
                                let row = serde_json::from_str(&rows::body(&rows::id(row), row))?;
                                drop(update(&mut client, row).await?);
                            }
                        }
                        done += 1;
                    }
                    Result::Ok(done)
                })
            })
            .collect();
        let mut done = 0;
        for task in tasks {
            done += task.await??;
        }
        Ok(per_second(done, start.elapsed()))
    })
}

fn answer(answer: Result<Response>) -> Response {
    answer.unwrap_or_else(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response())
}

/// Handlers that run the SQL over a pool of connections.
pub(crate) fn routes(url: &str) -> Result<Router> {
    let list = async |State(pool): State<Pool>, Query(Top { top }): Query<Top>| {
        let rows = async { Ok(http::list(page(&pool.get().await?, top).await?.into_iter()).into_response()) };
        answer(rows.await)
    };
    let read = async |State(pool): State<Pool>, Path(id): Path<String>| {
        let found = async {
            Ok(match one(&pool.get().await?, &id).await? {
                Some(row) => http::row(StatusCode::OK, &row).into_response(),
                None => StatusCode::NOT_FOUND.into_response(),
            })
        };
        answer(found.await)
    };
    let create = async |State(pool): State<Pool>, axum::Json(row): axum::Json<Row>| {
        let made = async {
            let row = insert(&mut pool.get().await?, row).await?;
            Ok(http::row(StatusCode::CREATED, &row).into_response())
        };
        answer(made.await)
    };
    let replace = async |State(pool): State<Pool>, axum::Json(row): axum::Json<Row>| {
        let made = async {
            let row = update(&mut pool.get().await?, row).await?;
            Ok(http::row(StatusCode::OK, &row).into_response())
        };
        answer(made.await)
    };
    Ok(Router::new()
        .route("/tables/load", get(list).post(create))
        .route("/tables/load/{id}", get(read).put(replace))
        .with_state(pool(url)?))
}
