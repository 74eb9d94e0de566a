//! Stamps increase in the order of commits: a client that reads on from the last stamp it has seen misses nothing.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use synctable_server::{Config, Database, Hold, PostgresOptions, Server, Stamps, Store, todoitem_table};

use super::device::{Balancer, Device};
use super::engines::Rows;
use super::kept::Kept;
use super::process::{lock, seed};

const WRITERS: usize = 16;
/// Writes of each writer, at least and at most.
const WRITES: usize = 30;
const MOST_WRITES: usize = 3000;
/// How often each reader pulls, at least, before the writers end.
const ROUNDS: usize = 15;
const READERS: usize = 4;
/// Servers over one PostgreSQL, each with connections and a clock of its own.
const SERVERS: usize = 4;
/// The longest that a transaction stays open between its stamp and its commit.
const LONGEST_HOLD: Duration = Duration::from_millis(20);

/// Lets writers write and readers read until the writers have ended; gives for each reader in how much its rows
/// differ from those of the servers.
fn missed(servers: &[Server], rng: &mut fastrand::Rng) -> Vec<usize> {
    let ports: Vec<u16> = servers.iter().map(Server::port).collect();
    let balancer = Balancer::new(ports.clone(), rng.fork());
    let (busy, rounds) = (AtomicUsize::new(WRITERS), AtomicUsize::new(0));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let readers: Vec<Device> = (0..READERS).map(|_| runtime.block_on(Device::open(&balancer))).collect();
    thread::scope(|scope| {
        for number in 0..WRITERS {
            let (rng, ports, busy, rounds) = (rng.fork(), &ports, &busy, &rounds);
            scope.spawn(move || {
                // Counted down when it fails too: the readers would not end.
                let _end = OnDrop(busy);
                write(number, rng, ports, rounds);
            });
        }
        runtime.block_on(async {
            while busy.load(Ordering::SeqCst) > 0 {
                for reader in &readers {
                    assert!(reader.pull().await);
                }
                rounds.fetch_add(1, Ordering::SeqCst);
            }
            for reader in &readers {
                assert!(reader.pull().await);
            }
        });
    });
    let rounds = rounds.load(Ordering::SeqCst);
    assert!(rounds >= ROUNDS, "readers read all the while");
    let rows = servers[0].store().rows("todoitem").unwrap();
    let live: BTreeSet<(&str, &str)> =
        rows.iter().filter(|row| row["deleted"] == false).map(|row| (text(&row["id"]), text(&row["title"]))).collect();
    let missed = readers.iter().map(|reader| {
        let held = runtime.block_on(reader.rows());
        let held: BTreeSet<(&str, &str)> = held.iter().map(|row| (row.id.as_str(), row.title.as_str())).collect();
        held.symmetric_difference(&live).count()
    });
    let missed = missed.collect();
    println!(
        "{} rows of {WRITERS} writers, {READERS} readers, each of which pulled {rounds} times beside the writes; differences: {missed:?}",
        rows.len()
    );
    missed
}

struct OnDrop<'a>(&'a AtomicUsize);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Inserts, changes and deletes rows, each time over the next server, until the readers have read often enough.
fn write(number: usize, mut rng: fastrand::Rng, ports: &[u16], rounds: &AtomicUsize) {
    let mut connections: Vec<Kept> = ports.iter().map(|_| Kept::default()).collect();
    let mut live: Vec<String> = Vec::new();
    for write in (0..MOST_WRITES).take_while(|write| *write < WRITES || rounds.load(Ordering::SeqCst) < ROUNDS) {
        let at = (number + write) % ports.len();
        let title = format!("{number}-{write}");
        let share = rng.u32(..10);
        let (method, target, body, wanted) = if live.is_empty() || share < 5 {
            live.push(title.clone());
            ("POST", "/tables/todoitem".to_owned(), json!({"id": title, "title": title}), 201)
        } else {
            let place = rng.usize(..live.len());
            let id = if share < 9 { live[place].clone() } else { live.swap_remove(place) };
            let target = format!("/tables/todoitem/{id}");
            if share < 9 {
                ("PUT", target, json!({"id": id, "title": title}), 200)
            } else {
                ("DELETE", target, Value::Null, 204)
            }
        };
        let (status, answer) = connections[at].send(ports[at], method, &target, &body).unwrap();
        assert_eq!(status, wanted, "{method} {target}: {answer}");
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Servers over one database whose transactions stay open for random times.
fn servers(rows: &Rows, stamps: Stamps, rng: &mut fastrand::Rng) -> Vec<Server> {
    (0..SERVERS)
        .map(|_| {
            let times = std::sync::Mutex::new(rng.fork());
            let most = u64::try_from(LONGEST_HOLD.as_micros()).unwrap();
            let hold = Hold::new(move || Duration::from_micros(lock(&times).u64(..most)));
            let options = PostgresOptions { stamps, hold: Some(hold) };
            let tables = vec![todoitem_table()];
            let store = Store::open_with(&Database::Postgres(rows.argument()), &tables, options).unwrap();
            Server::start_with(Config::new(tables), store).unwrap()
        })
        .collect()
}

#[test]
fn readers_that_never_look_back_have_every_row_of_sqlite() {
    let mut rng = seed("stamps of SQLite");
    let rows = Rows::sqlite();
    let server = Server::start(Config::new(vec![todoitem_table()]).db_file(rows.argument())).unwrap();
    assert_eq!(missed(&[server], &mut rng), [0; READERS]);
}

#[test]
fn readers_that_never_look_back_have_every_row_of_several_servers_over_postgresql() {
    const NAME: &str = "stamps::readers_that_never_look_back_have_every_row_of_several_servers_over_postgresql";
    let Some(rows) = Rows::postgres(NAME) else { return };
    let mut rng = seed("stamps of PostgreSQL");
    assert_eq!(missed(&servers(&rows, Stamps::InCommitOrder, &mut rng), &mut rng), [0; READERS]);
}

/// What shows that the test above looks at something.
#[test]
fn readers_that_never_look_back_miss_rows_when_stamps_are_those_of_a_clock() {
    const NAME: &str = "stamps::readers_that_never_look_back_miss_rows_when_stamps_are_those_of_a_clock";
    let Some(rows) = Rows::postgres(NAME) else { return };
    let mut rng = seed("stamps of a clock");
    let missed = missed(&servers(&rows, Stamps::FromClock, &mut rng), &mut rng);
    assert!(missed.iter().any(|missed| *missed > 0), "no reader misses any row");
}
