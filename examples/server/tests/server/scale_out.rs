//! Several server processes over one PostgreSQL, behind a client that takes them in turn.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use base64::Engine as _;
use serde_json::Value;
use synctable::Id;
use tokio::sync::Barrier;

use super::device::{Acknowledged, Balancer, Device, TodoItem};
use super::engines::Rows;
use super::http::get;
use super::process::{Process, seed};

const SERVERS: usize = 3;
const DEVICES: usize = 4;
/// Servers that are killed, one after the other.
const KILLS: usize = 3;
/// Rounds of push and pull that a device may need once all servers are there.
const MOST_ROUNDS: usize = 50;

/// Keeps each state of each row, the work of the database itself: what a server does twice stands here twice.
const HISTORY: &str = r#"
    CREATE TABLE history (id text, stamp bigint, title text, deleted boolean);
    CREATE FUNCTION remember() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO history VALUES (NEW."id", NEW."updatedAt", NEW."title", NEW."deleted"); RETURN NULL; END';
    CREATE TRIGGER remember AFTER INSERT OR UPDATE ON todoitem FOR EACH ROW EXECUTE FUNCTION remember();
"#;

/// Writes, pushes and pulls until it is told to stop; then pushes what is pending, and pulls once the others have done so too.
async fn work(
    device: Device,
    number: usize,
    mut rng: fastrand::Rng,
    stop: &AtomicBool,
    ended: &Barrier,
) -> Vec<TodoItem> {
    let mut titles = 0;
    while !stop.load(Ordering::Relaxed) {
        for _ in 0..rng.usize(1..4) {
            write(&device, number, &mut titles, &mut rng).await;
        }
        device.push().await;
        device.pull().await;
    }
    let mut rounds = 0;
    while device.pending().await > 0 {
        rounds += 1;
        assert!(rounds < MOST_ROUNDS, "device {number} still has something pending");
        device.push().await;
        device.pull().await;
    }
    ended.wait().await;
    assert!(device.pull().await, "all servers are there");
    assert_eq!(device.pending().await, 0, "a pull alone writes nothing");
    device.rows().await
}

/// One write to a row of any device, with a title that no other write has.
async fn write(device: &Device, number: usize, titles: &mut usize, rng: &mut fastrand::Rng) {
    *titles += 1;
    let title = format!("{number}-{titles}");
    let rows = device.rows().await;
    if rows.len() < 20 || rng.u32(..10) < 4 {
        device.items.insert(TodoItem { id: Id::default(), title, complete: false }).await.unwrap();
        return;
    }
    let id = rows[rng.usize(..rows.len())].id.clone();
    if rng.u32(..10) == 0 {
        device.items.delete(&id).await.unwrap();
    } else {
        device.items.edit(&id, move |row| row.title = title).await.unwrap();
    }
}

#[test]
fn of_three_servers_one_is_killed_and_nothing_is_lost_or_done_twice() {
    let Some(rows) = Rows::postgres("scale_out::of_three_servers_one_is_killed_and_nothing_is_lost_or_done_twice")
    else {
        return;
    };
    let mut rng = seed("scale out");
    let start = || Process::start(&rows.argument());
    // They start at once, and make the tables at once.
    let mut servers: Vec<Process> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..SERVERS).map(|_| scope.spawn(start)).collect();
        starting.into_iter().map(|server| server.join().unwrap()).collect()
    });
    let Rows::Postgres(database) = &rows else { unreachable!("these rows are in PostgreSQL") };
    database.execute(HISTORY).unwrap();
    let balancer = Balancer::new(servers.iter().map(|server| server.port), rng.fork());
    let (stop, ended) = (AtomicBool::new(false), Barrier::new(DEVICES));
    let db = rows.argument();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let held = runtime.block_on(async {
        let mut devices = Vec::new();
        for number in 0..DEVICES {
            devices.push(work(Device::open(&balancer).await, number, rng.fork(), &stop, &ended));
        }
        let kills = async {
            for kill in 0..KILLS {
                balancer.wait(rng.usize(20..60)).await;
                let at = kill % SERVERS;
                servers.remove(at).kill();
                balancer.set(at, None);
                balancer.wait(rng.usize(20..60)).await;
                let db = db.clone();
                servers.insert(at, tokio::task::spawn_blocking(move || Process::start(&db)).await.unwrap());
                balancer.set(at, Some(servers[at].port));
            }
            balancer.wait(20 * SERVERS).await;
            stop.store(true, Ordering::Relaxed);
        };
        tokio::join!(all(devices), kills).0
    });
    let page = get(servers[0].port, "/tables/todoitem").json();
    let items: Vec<TodoItem> = page["items"].as_array().unwrap().iter().map(item).collect();
    for (number, held) in held.iter().enumerate() {
        assert_eq!(*held, sorted(items.clone()), "device {number} has what the servers have");
    }
    let history = database.query("SELECT id, stamp, title, deleted FROM history").unwrap();
    let text = |cell: &Option<String>| cell.clone().unwrap_or_default();
    let mut states = BTreeSet::new();
    for row in &history {
        assert!(states.insert((text(&row[0]), text(&row[2]), text(&row[3]))), "{row:?} was written twice");
    }
    let stamps: BTreeSet<(String, String)> = history.iter().map(|row| (text(&row[0]), text(&row[1]))).collect();
    let acknowledged = balancer.acknowledged();
    for Acknowledged { id, version } in &acknowledged {
        let found = match version {
            Some(version) => stamps.contains(&(id.clone(), stamp(version).to_string())),
            None => history.iter().any(|row| text(&row[0]) == *id && text(&row[3]) == "t"),
        };
        assert!(found, "the write of {id} that made {version:?} was acknowledged and is lost");
    }
    println!(
        "scale out: {} acknowledged writes of {DEVICES} devices to {} rows over {SERVERS} servers, {KILLS} killed: none lost, none twice",
        acknowledged.len(),
        items.len()
    );
}

/// Runs futures at once.
async fn all<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut futures: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, result) in futures.iter_mut().filter(|(_, result)| result.is_none()) {
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                *result = Some(value);
            }
        }
        if futures.iter().all(|(_, result)| result.is_some()) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    futures.into_iter().filter_map(|(_, result)| result).collect()
}

fn item(row: &Value) -> TodoItem {
    TodoItem {
        id: row["id"].as_str().unwrap().parse().unwrap(),
        title: row["title"].as_str().unwrap().to_owned(),
        complete: row["complete"].as_bool().unwrap(),
    }
}

fn sorted(mut rows: Vec<TodoItem>) -> Vec<TodoItem> {
    rows.sort_by(|a, b| a.id.as_str().cmp(b.id.as_str()));
    rows
}

/// Versions are base64 of the stamp, big-endian.
fn stamp(version: &str) -> i64 {
    let bytes = base64::engine::general_purpose::STANDARD.decode(version).unwrap();
    i64::from_be_bytes(bytes.try_into().unwrap())
}
