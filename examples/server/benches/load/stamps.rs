//! What it costs that stamps increase in the order of commits: inserts over PostgreSQL.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use synctable_server::cluster::{Cluster, TestDatabase};
use synctable_server::{Database, PostgresOptions, Stamps, Store, router};

use crate::client::Load;
use crate::http::{Row, Served};
use crate::measure::{Group, Verdict, per_second};
use crate::postgres::{COLUMNS, POOL, pool};
use crate::rows::{self, Action};
use crate::{CONNECTIONS, Options, Result};

/// Measures inserts without stamps, with those of a clock, and with those in the order of commits.
pub(crate) fn measure(options: &Options, cluster: &Cluster, verdicts: &mut Vec<Verdict>) -> Result<()> {
    if !CONNECTIONS.iter().any(|connections| title(*connections).contains(&options.filter)) {
        return Ok(());
    }
    let bare = cluster.database();
    // It makes the table.
    drop(open(&bare, Stamps::InCommitOrder)?);
    let (ordered, clock) = (cluster.database(), cluster.database());
    let serve = |database, stamps| Served::start(router(&rows::config(), open(database, stamps)?));
    let (in_order, of_clock) = (serve(&ordered, Stamps::InCommitOrder)?, serve(&clock, Stamps::FromClock)?);
    for connections in CONNECTIONS {
        let title = title(connections);
        if !title.contains(&options.filter) {
            continue;
        }
        let load = |server: &Served| {
            let (address, action, rows, time) = (server.address, Action::Insert, options.rows, options.time);
            Load { address, action, connections, rows, time }.run()
        };
        let mut group = Group::new(title, "inserts/s");
        group.case("driver, no stamps", || plain(&bare.url(), connections, options));
        group.case("stamps of a clock", || load(&of_clock));
        group.case("stamps in order", || load(&in_order));
        group.show_speed("stamps in order", "stamps of a clock");
        group.show_speed("stamps in order", "driver, no stamps");
        verdicts.extend(group.measure(options.runs)?.print());
    }
    Ok(())
}

fn title(connections: usize) -> String {
    format!("postgres stamps {connections} connections")
}

fn open(database: &TestDatabase<'_>, stamps: Stamps) -> Result<Store> {
    let options = PostgresOptions { stamps, ..PostgresOptions::default() };
    Ok(Store::open_with(&Database::Postgres(database.url()), &rows::tables(), options)?)
}

/// Inserts through the bare driver, each row in a transaction of its own.
fn plain(url: &str, connections: usize, options: &Options) -> Result<f64> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let time = options.time;
    runtime.block_on(async {
        let pool = pool(url)?;
        let sql = format!(r#"INSERT INTO "load" ({COLUMNS}, "createdAt") VALUES ($1, $2, $3, $4, $5, $6, $7, $2)"#);
        let mut clients = Vec::new();
        for _ in 0..connections.min(POOL) {
            let client = pool.get().await?;
            let insert = client.prepare_cached(&sql).await?;
            clients.push((client, insert));
        }
        let start = Instant::now();
        let tasks: Vec<_> = clients
            .into_iter()
            .map(|(client, insert)| {
                tokio::spawn(async move {
                    let mut done = 0;
                    while start.elapsed() < time {
                        let row: Row = serde_json::from_str(&rows::body(&rows::new_id(), done))?;
                        let stamp = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() / 100)?;
                        client
                            .execute(
                                &insert,
                                &[&row.id, &stamp, &row.deleted, &row.title, &row.complete, &row.priority, &row.due],
                            )
                            .await?;
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
