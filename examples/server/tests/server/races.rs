//! What holds when many clients write at once.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use serde_json::{Value, json};
use synctable_server::{ColumnType, Config, Database, Dialect, Server, TableDefinition, todoitem_table};

use super::engines::on_each;
use super::http::{get, send_json};

const WRITERS: usize = 8;

fn server(dialect: Dialect, database: &Database) -> Server {
    Server::start(Config::new(vec![todoitem_table()]).dialect(dialect).database(database.clone())).unwrap()
}

fn together<T: Send>(work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(WRITERS);
    thread::scope(|scope| {
        let handles: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (barrier, work) = (&barrier, &work);
                scope.spawn(move || {
                    barrier.wait();
                    work(writer)
                })
            })
            .collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).collect()
    })
}

/// Versions are base64 of the stamp, big-endian.
fn stamp(row: &Value) -> i64 {
    let version = base64::engine::general_purpose::STANDARD.decode(row["version"].as_str().unwrap()).unwrap();
    i64::from_be_bytes(version.try_into().unwrap())
}

/// Far enough in the future that the machine's clock does not catch up.
fn held() -> SystemTime {
    SystemTime::now() + Duration::from_secs(3600)
}

#[test]
fn stamps_increase_in_the_order_of_commits_though_the_clock_stands_still() {
    on_each("races::stamps_increase_in_the_order_of_commits_though_the_clock_stands_still", stamps_increase);
}

fn stamps_increase(database: &Database) {
    let server = server(Dialect::Toolkit, database);
    let port = server.port();
    server.store().hold_clock(held());
    let stamps: Vec<Vec<i64>> = together(|writer| {
        (0..25)
            .map(|number| {
                let row = json!({"id": format!("{writer}-{number}"), "title": "x"});
                let answer = send_json(port, "POST", "/tables/todoitem", &[], &row);
                assert_eq!(answer.status, 201);
                stamp(&answer.json())
            })
            .collect()
    });
    // A writer's own writes are committed one after the other.
    assert!(stamps.iter().all(|own| own.is_sorted_by(|a, b| a < b)), "{stamps:?}");
    let mut all: Vec<i64> = stamps.concat();
    all.sort_unstable();
    assert_eq!(all, (all[0]..all[0] + 25 * WRITERS as i64).collect::<Vec<_>>(), "each write is 100 ns after the last");
    let rows = server.store().rows("todoitem").unwrap();
    let instants: BTreeSet<&str> = rows.iter().map(|row| row["updatedAt"].as_str().unwrap()).collect();
    assert!(instants.len() <= 2, "on the wire they are cut to milliseconds: {instants:?}");
    server.store().hold_clock(SystemTime::UNIX_EPOCH);
    let late = send_json(port, "PUT", "/tables/todoitem/0-0", &[], &json!({"id": "0-0"})).json();
    assert_eq!(stamp(&late), all[all.len() - 1] + 1, "a clock that goes back does not turn stamps back");
}

#[test]
fn stamps_go_on_after_the_newest_row_is_gone_and_the_server_has_restarted() {
    on_each("races::stamps_go_on_after_the_newest_row_is_gone_and_the_server_has_restarted", stamps_go_on);
}

fn stamps_go_on(database: &Database) {
    let table = TableDefinition::new("plain").column("title", ColumnType::Text);
    let config = Config::new(vec![table]).database(database.clone());
    let server = Server::start(config.clone()).unwrap();
    server.store().hold_clock(held());
    let first = send_json(server.port(), "POST", "/tables/plain", &[], &json!({"id": "a"})).json();
    assert_eq!(send_json(server.port(), "DELETE", "/tables/plain/a", &[], &Value::Null).status, 204);
    drop(server);
    let server = Server::start(config).unwrap();
    let second = send_json(server.port(), "POST", "/tables/plain", &[], &json!({"id": "a"})).json();
    assert!(stamp(&second) > stamp(&first), "{second} after {first}");
}

#[test]
fn of_writers_with_one_if_match_exactly_one_wins() {
    on_each("races::of_writers_with_one_if_match_exactly_one_wins", one_writer_wins);
}

fn one_writer_wins(database: &Database) {
    for dialect in [Dialect::Toolkit, Dialect::V3] {
        let server = server(dialect, database);
        let port = server.port();
        let version_header = ("ZUMO-API-VERSION", "3.0.0");
        let (id, address) = (dialect.to_string(), format!("/tables/todoitem/{dialect}"));
        let mut row =
            send_json(port, "POST", "/tables/todoitem", &[version_header], &json!({"id": id, "title": "0"})).json();
        for _ in 0..20 {
            let tag = format!("\"{}\"", row["version"].as_str().unwrap());
            let answers = together(|writer| {
                let body = json!({"id": id, "title": format!("writer {writer}")});
                send_json(port, "PUT", &address, &[version_header, ("If-Match", &tag)], &body)
            });
            let won: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
            assert_eq!(won.len(), 1);
            row = won[0].json();
            for lost in answers.iter().filter(|answer| answer.status != 200) {
                assert_eq!((lost.status, lost.json()), (412, row.clone()), "the losers get the winner's row");
            }
        }
    }
}

#[test]
fn of_inserts_of_one_id_exactly_one_wins() {
    on_each("races::of_inserts_of_one_id_exactly_one_wins", one_insert_wins);
}

fn one_insert_wins(database: &Database) {
    let server = server(Dialect::Toolkit, database);
    let port = server.port();
    for round in 0..20 {
        let answers = together(|writer| {
            send_json(
                port,
                "POST",
                "/tables/todoitem",
                &[],
                &json!({"id": format!("r{round}"), "title": format!("writer {writer}")}),
            )
        });
        let won: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert_eq!(won.len(), 1);
        for lost in answers.iter().filter(|answer| answer.status != 201) {
            assert_eq!((lost.status, lost.json()), (409, won[0].json()), "the losers get the winner's row");
        }
    }
    assert_eq!(get(port, "/tables/todoitem?$count=true").json()["count"], 20);
}
