//! Two processes that write and push one file (queue.md 3, invariant 37).

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::{Value, json};
use synctable::wire::Dialect;
use synctable::{Reason, SqliteStore, SyncContext};

use super::child;
use crate::world::id;
use crate::world::tables::Item;

const FILE: &str = "SYNCTABLE_TEST_FILE";
const ENDPOINT: &str = "SYNCTABLE_TEST_ENDPOINT";
const NAME: &str = "SYNCTABLE_TEST_NAME";
/// Rows that each process writes.
const ROWS: usize = 60;

/// The ids that were sent, in order.
type Sent = Arc<Mutex<Vec<String>>>;

async fn insert(State(sent): State<Sent>, Json(mut row): Json<Value>) -> (StatusCode, Json<Value>) {
    let name = row["id"].as_str().unwrap().to_owned();
    let number = {
        let mut sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.push(name);
        sent.len()
    };
    row["version"] = json!(format!("v{number}"));
    row["updatedAt"] = json!("2026-01-01T00:00:00.000Z");
    row["deleted"] = json!(false);
    (StatusCode::CREATED, Json(row))
}

/// What a child does: it writes a row and pushes, again and again, beside the other.
#[tokio::test]
async fn part_of_a_child() {
    let (Ok(file), Ok(endpoint), Ok(name)) = (std::env::var(FILE), std::env::var(ENDPOINT), std::env::var(NAME)) else {
        return;
    };
    let builder = SyncContext::builder(&endpoint).dialect(Dialect::Toolkit).watch_interval(Duration::from_millis(5));
    let context = builder.store(SqliteStore::at(file)).table::<Item>().open().await.unwrap();
    let items = context.table::<Item>();
    let mut pending = context.watch_pending();
    for number in 0..ROWS {
        let row = format!("{name}{number}");
        items.insert(Item { id: id(&row), name: row.clone(), count: 0 }).await.unwrap();
        let operations = context.pending().await.unwrap();
        let sequence =
            operations.iter().find(|operation| *operation.id() == id(&row)).map(synctable::Operation::sequence);
        let report = context.push().await.unwrap();
        let is_elsewhere = report.not_attempted().iter().any(|left| *left.reason() == Reason::PushedElsewhere);
        println!("\nchild {row} {} {} {is_elsewhere}", sequence.unwrap_or_default(), report.done());
    }
    while context.pending_count().await.unwrap() > 0 {
        let report = context.push().await.unwrap();
        println!("\nchild last 0 {} false", report.done());
        if report.done() == 0 {
            pending.next().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_write_and_push_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let sent = Sent::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/tables/item", post(insert)).with_state(Arc::clone(&sent));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let begin = |name: &str| {
        let values = [(FILE, file.to_str().unwrap()), (ENDPOINT, &endpoint), (NAME, name)];
        child("stores::processes::part_of_a_child", &values).stdout(Stdio::piped()).spawn().unwrap()
    };
    let children = [begin("a"), begin("b")];
    let mut sequences = Vec::new();
    let mut done = 0;
    for child in children {
        let output = tokio::task::spawn_blocking(|| child.wait_with_output()).await.unwrap().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}");
        for line in text.lines().filter_map(|line| line.strip_prefix("child ")) {
            let parts: Vec<&str> = line.split(' ').collect();
            sequences.push(parts[1].parse::<i64>().unwrap());
            done += parts[2].parse::<usize>().unwrap();
        }
    }
    serving.abort();
    let sent = sent.lock().unwrap().clone();
    let mut times = BTreeMap::new();
    sent.iter().for_each(|row| *times.entry(row.clone()).or_insert(0) += 1);
    let twice: Vec<_> = times.iter().filter(|(_, times)| **times != 1).collect();
    assert!(twice.is_empty(), "sent more than once: {twice:?}");
    assert_eq!((times.len(), done), (2 * ROWS, 2 * ROWS), "each row once, and each told as done once");
    // What the other had pushed before it was looked at has no number here.
    let given: Vec<i64> = sequences.into_iter().filter(|sequence| *sequence > 0).collect();
    assert_eq!(given.iter().collect::<BTreeSet<_>>().len(), given.len(), "no number is given twice");

    let builder = SyncContext::builder(&endpoint).dialect(Dialect::Toolkit);
    let context = builder.store(SqliteStore::at(&file)).table::<Item>().open().await.unwrap();
    assert_eq!(context.pending_count().await.unwrap(), 0);
    assert_eq!(context.table::<Item>().count(&Item::query()).await.unwrap(), 2 * ROWS as u64);
}
