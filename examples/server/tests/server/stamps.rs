//! Stamps increase in the order of commits: a client that reads on from the last stamp it has seen misses nothing.

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
const WRITES: usize = 40;
const READERS: usize = 4;
/// Servers over one PostgreSQL, each with connections and a clock of its own.
const SERVERS: usize = 4;
/// The longest that a transaction stays open between its stamp and its commit.
const LONGEST_HOLD: Duration = Duration::from_millis(20);

/// Lets writers write and readers read until the writers have ended; gives the number of rows, and how many of them each
/// reader lacks or has as they were.
fn missed(servers: &[Server], rng: &mut fastrand::Rng) -> (usize, Vec<usize>) {
    let ports: Vec<u16> = servers.iter().map(Server::port).collect();
    let balancer = Balancer::new(ports.clone(), rng.fork());
    let busy = AtomicUsize::new(WRITERS);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let readers: Vec<Device> = (0..READERS).map(|_| runtime.block_on(Device::open(&balancer))).collect();
    thread::scope(|scope| {
        for number in 0..WRITERS {
            let (rng, ports, busy) = (rng.fork(), &ports, &busy);
            scope.spawn(move || {
                // Counted down when it fails too: the readers would not end.
                let _end = OnDrop(busy);
                write(number, rng, ports);
            });
        }
        runtime.block_on(async {
            while busy.load(Ordering::SeqCst) > 0 {
                for reader in &readers {
                    assert!(reader.pull().await);
                }
            }
            for reader in &readers {
                assert!(reader.pull().await);
            }
        });
    });
    let rows = servers[0].store().rows("todoitem").unwrap();
    let live: Vec<(&str, &str)> =
        rows.iter().filter(|row| row["deleted"] == false).map(|row| (text(&row["id"]), text(&row["title"]))).collect();
    let missed = runtime.block_on(async {
        let mut missed = Vec::new();
        for reader in &readers {
            let held = reader.rows().await;
            let held: Vec<(&str, &str)> = held.iter().map(|row| (row.id.as_str(), row.title.as_str())).collect();
            let lacking = live.iter().filter(|row| !held.contains(row)).count();
            let left_over = held.iter().filter(|(id, _)| !live.iter().any(|(live, _)| live == id)).count();
            missed.push(lacking + left_over);
        }
        missed
    });
    (rows.len(), missed)
}

struct OnDrop<'a>(&'a AtomicUsize);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Inserts, changes and deletes rows, each time over the next server.
fn write(number: usize, mut rng: fastrand::Rng, ports: &[u16]) {
    let mut connections: Vec<Kept> = ports.iter().map(|_| Kept::default()).collect();
    let mut live: Vec<String> = Vec::new();
    for write in 0..WRITES {
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
    let (count, missed) = missed(&[server], &mut rng);
    assert_eq!(missed, [0; READERS], "of {count} rows");
}

#[test]
fn readers_that_never_look_back_have_every_row_of_several_servers_over_postgresql() {
    const NAME: &str = "stamps::readers_that_never_look_back_have_every_row_of_several_servers_over_postgresql";
    let Some(rows) = Rows::postgres(NAME) else { return };
    let mut rng = seed("stamps of PostgreSQL");
    let (count, missed) = missed(&servers(&rows, Stamps::InCommitOrder, &mut rng), &mut rng);
    assert_eq!(missed, [0; READERS], "of {count} rows");
}

/// What shows that the test above looks at something.
#[test]
fn readers_that_never_look_back_miss_rows_when_stamps_are_those_of_a_clock() {
    const NAME: &str = "stamps::readers_that_never_look_back_miss_rows_when_stamps_are_those_of_a_clock";
    let Some(rows) = Rows::postgres(NAME) else { return };
    let mut rng = seed("stamps of a clock");
    let (count, missed) = missed(&servers(&rows, Stamps::FromClock, &mut rng), &mut rng);
    println!("stamps of a clock: of {count} rows the readers miss {missed:?}");
    assert!(missed.iter().any(|missed| *missed > 0), "no reader misses any of {count} rows");
}
