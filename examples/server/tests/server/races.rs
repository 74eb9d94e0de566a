//! What holds when many clients write at once.

use std::sync::Barrier;
use std::thread;

use serde_json::{Value, json};
use synctable_server::{Config, Dialect, Server, todoitem_table};

use super::http::{get, send_json};

const WRITERS: usize = 8;

fn server(dialect: Dialect) -> Server {
    Server::start(Config::new(vec![todoitem_table()]).dialect(dialect)).unwrap()
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

#[test]
fn versions_and_stamps_never_repeat_and_follow_the_order_of_commits() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Config::new(vec![todoitem_table()]).db_file(folder.path().join("rows.sqlite"))).unwrap();
    let port = server.port();
    let versions: Vec<Vec<String>> = together(|writer| {
        (0..25)
            .map(|number| {
                let row = json!({"id": format!("{writer}-{number}"), "title": "x"});
                let answer = send_json(port, "POST", "/tables/todoitem", &[], &row);
                assert_eq!(answer.status, 201);
                answer.json()["version"].as_str().unwrap().to_owned()
            })
            .collect()
    });
    // A writer's own writes are committed one after the other; versions are base64 of big-endian stamps, all of one length.
    let stamp = |version: &String| {
        use base64::Engine as _;
        let bytes: [u8; 8] = base64::engine::general_purpose::STANDARD.decode(version).unwrap().try_into().unwrap();
        i64::from_be_bytes(bytes)
    };
    for own in &versions {
        let stamps: Vec<i64> = own.iter().map(stamp).collect();
        assert!(stamps.is_sorted_by(|a, b| a < b), "{stamps:?}");
    }
    let mut all: Vec<&String> = versions.iter().flatten().collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), WRITERS * 25, "no two writes have one stamp");
}

#[test]
fn stamps_go_on_after_the_newest_row_is_gone_and_the_server_has_restarted() {
    let folder = tempfile::tempdir().unwrap();
    let table = synctable_server::TableDefinition::new("plain").column("title", synctable_server::ColumnType::Text);
    let config = Config::new(vec![table]).db_file(folder.path().join("rows.sqlite"));
    let server = Server::start(config.clone()).unwrap();
    let first = send_json(server.port(), "POST", "/tables/plain", &[], &json!({"id": "a"})).json();
    assert_eq!(send_json(server.port(), "DELETE", "/tables/plain/a", &[], &Value::Null).status, 204);
    drop(server);
    let server = Server::start(config).unwrap();
    let second = send_json(server.port(), "POST", "/tables/plain", &[], &json!({"id": "a"})).json();
    assert_ne!(first["version"], second["version"]);
    assert!(first["updatedAt"].as_str() <= second["updatedAt"].as_str());
}

#[test]
fn of_writers_with_one_if_match_exactly_one_wins() {
    for dialect in [Dialect::Toolkit, Dialect::V3] {
        let server = server(dialect);
        let port = server.port();
        let version_header = ("ZUMO-API-VERSION", "3.0.0");
        let mut row =
            send_json(port, "POST", "/tables/todoitem", &[version_header], &json!({"id": "a", "title": "0"})).json();
        for _ in 0..20 {
            let tag = format!("\"{}\"", row["version"].as_str().unwrap());
            let answers = together(|writer| {
                let body = json!({"id": "a", "title": format!("writer {writer}")});
                send_json(port, "PUT", "/tables/todoitem/a", &[version_header, ("If-Match", &tag)], &body)
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
    let server = server(Dialect::Toolkit);
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
