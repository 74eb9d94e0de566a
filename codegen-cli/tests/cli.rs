//! The program as it is called: what it prints about stores of the real runtime, and its exit codes.

#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use synctable::wire::Dialect;
use synctable::{Id, Status, SyncContext, SyncTable, Table, Timestamp};
use synctable_server::{Config, Server, todoitem_table};

#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "todoitem")]
struct TodoItem {
    id: Id,
    title: String,
    complete: bool,
}

/// The same table as an app sees it that allows items without a title.
#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "todoitem")]
struct Untitled {
    id: Id,
    title: Option<String>,
    complete: bool,
}

#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "setting", local)]
struct Setting {
    id: Id,
    value: String,
}

fn call<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cargo-synctable")).args(arguments).output().unwrap()
}

fn inspect(store: &Path, more: &[&str]) -> Output {
    call([OsStr::new("inspect"), store.as_os_str()].into_iter().chain(more.iter().map(OsStr::new)))
}

/// What was printed by a call that ended well.
fn printed(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    text(&output.stdout)
}

/// The message of a call that ended with this code and printed nothing else.
fn refused(output: &Output, code: i32) -> String {
    let message = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(code), 0), "{message}");
    message
}

fn as_json(output: &Output) -> Value {
    serde_json::from_str(&printed(output)).unwrap()
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

fn todo(id_text: &str, title: &str) -> TodoItem {
    TodoItem { id: id(id_text), title: title.to_owned(), complete: false }
}

async fn open(path: &Path, endpoint: &str) -> (SyncContext, Table<TodoItem>) {
    let builder = SyncContext::builder(endpoint).store_path(path).user("ada");
    let context = builder.table::<TodoItem>().table::<Setting>().open().await.unwrap();
    let items = context.table::<TodoItem>();
    (context, items)
}

/// A store with a conflict, an update, a delete and an insert pending, a row in quarantine, a delta token.
async fn eventful(path: &Path, endpoint: &str) -> SyncContext {
    let other = path.with_extension("other");
    let other = SyncContext::builder(endpoint).store_path(other).table::<Untitled>().open().await.unwrap();
    let theirs = other.table::<Untitled>();
    theirs.insert(Untitled { id: id("untitled"), ..Default::default() }).await.unwrap();

    let (context, items) = open(path, endpoint).await;
    for (each, title) in [("milk", "Milk"), ("bread", "Bread"), ("eggs", "Eggs")] {
        items.insert(todo(each, title)).await.unwrap();
    }
    context.push().await.unwrap().into_result().unwrap();
    other.sync().await.unwrap().into_result().unwrap();
    items.edit(&id("milk"), |item| item.title = "Oat milk".to_owned()).await.unwrap();
    theirs.edit(&id("milk"), |item| item.title = Some("Soy milk".to_owned())).await.unwrap();
    other.push().await.unwrap().into_result().unwrap();
    let report = context.push().await.unwrap();
    assert!(report.failed().len() == 1 && report.failed()[0].is_conflict(), "{report}");
    let pulled = items.pull(TodoItem::pull("open").filter(|t| t.complete.eq(false))).await.unwrap();
    assert_eq!(pulled.quarantined(), 1, "{pulled}");

    items.edit(&id("bread"), |item| item.title = "Rye bread".to_owned()).await.unwrap();
    items.edit(&id("bread"), |item| item.complete = true).await.unwrap();
    items.delete(&id("eggs")).await.unwrap();
    items.insert(todo("tea", "Tea")).await.unwrap();
    context.table::<Setting>().insert(Setting { id: id("theme"), value: "dark".to_owned() }).await.unwrap();
    context
}

#[tokio::test]
async fn a_store_is_shown_while_its_app_runs_and_after() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a b%20?.db");
    let server = Server::start(Config::new(vec![todoitem_table()])).unwrap();
    let context = eventful(&path, &server.url()).await;
    let running = as_json(&inspect(&path, &["--json"]));
    let text = printed(&inspect(&path, &[]));
    let token = running["deltaTokens"][0].clone();
    let quarantined = running["quarantined"][0].clone();
    let fingerprint = |table: usize| running["tables"][table]["fingerprint"].as_str().unwrap();

    let operation = |sequence: i64, kind: &str, id: &str, revision: u64| {
        json!({
            "sequence": sequence, "table": "todoitem", "id": id, "kind": kind, "revision": revision, "attempts": 0,
            "unanswered": false, "conflict": false, "failure": null,
        })
    };
    let mut conflict = operation(4, "update", "milk", 1);
    // The pull pushes first, so it is sent once more.
    conflict["attempts"] = 2.into();
    conflict["conflict"] = true.into();
    conflict["failure"] = json!({"kind": "conflict", "status": 412, "message": "the row has changed on the server"});
    let expected = json!({
        "format": 3,
        "endpoint": server.url(),
        "dialect": "toolkit",
        "user": "ada",
        "tables": [
            {"name": "setting", "synced": false, "rows": 1, "fingerprint": fingerprint(0)},
            {"name": "todoitem", "synced": true, "rows": 3, "fingerprint": fingerprint(1)},
        ],
        "pending": [
            conflict,
            operation(5, "update", "bread", 2),
            operation(6, "delete", "eggs", 1),
            operation(7, "insert", "tea", 1),
        ],
        "deltaTokens": [{
            "table": "todoitem", "query": "open", "filter": token["filter"], "token": token["token"],
            "readAt": token["readAt"],
        }],
        "quarantined": [{
            "table": "todoitem", "id": "untitled", "error": quarantined["error"], "raw": quarantined["raw"],
            "at": quarantined["at"],
        }],
    });
    assert_eq!(running, expected);
    let [filter, token, error, raw, since] =
        [&token["filter"], &token["token"], &quarantined["error"], &quarantined["raw"], &quarantined["at"]]
            .map(|value| value.as_str().unwrap());
    let raw: Value = serde_json::from_str(raw).unwrap();
    let instant = |text: &str| text.parse::<Timestamp>().unwrap();
    assert!(filter.contains("complete"), "{filter}");
    assert!(error.contains("`title` is null"), "{error}");
    assert_eq!(raw["id"], "untitled");
    assert!(instant(token) >= instant(raw["updatedAt"].as_str().unwrap()), "{token}");
    assert!(instant(since) <= Timestamp::now(), "{since}");
    let expected = format!(
        "\
format    3
endpoint  {}
dialect   toolkit
user      ada

tables: 2
  setting: 1 row, local, schema {}
  todoitem: 3 rows, 4 pending, 1 conflict, schema {}

pending operations: 4
  4 update todoitem/milk: revision 1, 2 attempts
    conflict (status 412): the row has changed on the server
  5 update todoitem/bread: revision 2, 0 attempts
  6 delete todoitem/eggs: revision 1, 0 attempts
  7 insert todoitem/tea: revision 1, 0 attempts

delta tokens: 1
  todoitem/open: {token}, filter {filter}

quarantined rows: 1
  todoitem/untitled: {error} (since {since})
",
        server.url(),
        fingerprint(0),
        fingerprint(1),
    );
    assert_eq!(text, expected);

    drop(context);
    let before = files(folder.path());
    assert_eq!(as_json(&inspect(&path, &["--json"])), running);
    assert!(files(folder.path()) == before, "a store that rests was touched");
}

#[tokio::test]
async fn what_is_not_committed_is_not_shown_and_nobody_waits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (context, items) = open(&path, "http://127.0.0.1:9").await;
    items.insert(todo("milk", "Milk")).await.unwrap();
    let store = path.clone();
    let within = context
        .transaction(move |tx| {
            tx.insert(todo("bread", "Bread"))?;
            Ok(inspect(&store, &["--json"]))
        })
        .await
        .unwrap();
    let rows = |output: &Output| as_json(output)["tables"][1]["rows"].clone();
    assert_eq!(rows(&within), 1);
    assert_eq!(rows(&inspect(&path, &["--json"])), 2);
    assert_eq!(context.pending_count().await.unwrap(), 2);
}

#[tokio::test]
async fn a_request_whose_answer_is_lost_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    // Takes each request and hangs up; ends with the test's process.
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.read(&mut [0; 4096]);
        }
    });
    let builder = SyncContext::builder(&endpoint).store_path(&path).dialect(Dialect::NodeV2).table::<TodoItem>();
    let context = builder.open().await.unwrap();
    context.table::<TodoItem>().insert(todo("milk", "Milk")).await.unwrap();
    assert_eq!(context.push().await.unwrap().status(), Status::Offline);
    let shown = as_json(&inspect(&path, &["--json"]));
    let operation = &shown["pending"][0];
    assert_eq!((&operation["unanswered"], &operation["kind"]), (&json!(true), &json!("insert")), "{shown}");
    let attempts = operation["attempts"].as_u64().unwrap();
    assert!(attempts > 0, "{shown}");
    let text = printed(&inspect(&path, &[]));
    assert!(text.contains(", unanswered\n"), "{text}");
}

#[tokio::test]
async fn a_fresh_store_has_empty_sections() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    drop(SyncContext::builder("http://127.0.0.1:9").store_path(&path).table::<TodoItem>().open().await.unwrap());
    let shown = |path: &Path| printed(&call([OsStr::new("synctable"), OsStr::new("inspect"), path.as_os_str()]));
    let fingerprint = |path: &Path| as_json(&inspect(path, &["--json"]))["tables"][0]["fingerprint"].clone();
    let of_items = fingerprint(&path);
    let expected = format!(
        "\
format    3
endpoint  none yet
dialect   none yet
user      none

tables: 1
  todoitem: 0 rows, 0 pending, 0 conflicts, schema {}

pending operations: 0

delta tokens: 0

quarantined rows: 0
",
        of_items.as_str().unwrap()
    );
    assert_eq!(shown(&path), expected);
    // The fingerprint is of the shape: the same in another file, another for another shape.
    let (same, other) = (folder.path().join("same.db"), folder.path().join("other.db"));
    drop(SyncContext::builder("http://127.0.0.1:9").store_path(&same).table::<TodoItem>().open().await.unwrap());
    drop(SyncContext::builder("http://127.0.0.1:9").store_path(&other).table::<Untitled>().open().await.unwrap());
    assert_eq!(fingerprint(&same), of_items);
    assert_ne!(fingerprint(&other), of_items);
    assert_eq!(of_items.as_str().unwrap().len(), 16);
}

#[test]
fn what_is_no_store_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    // The header of an empty SQLite database of another program, in the mode of a write-ahead log.
    let mut foreign = vec![0; 4096];
    foreign[..16].copy_from_slice(b"SQLite format 3\0");
    foreign[16..24].copy_from_slice(&[16, 0, 2, 2, 0, 64, 32, 32]);
    foreign[31] = 1;
    foreign[59] = 1;
    foreign[100] = 13;
    foreign[105..107].copy_from_slice(&[16, 0]);
    let mut newer = foreign.clone();
    newer[68..72].copy_from_slice(b"SyTb");
    newer[63] = 99;
    let mut other = foreign.clone();
    other[68..72].copy_from_slice(b"Else");
    let contents: [(&str, &[u8], &str); 5] = [
        ("empty", b"", "the file is empty"),
        (
            "text",
            b"not a database, though longer than a hundred bytes; not a database, though longer than a hundred",
            "not an SQLite database",
        ),
        ("unmarked", &foreign, "not marked as a store"),
        ("other", &other, "a database of another program"),
        ("newer", &newer, "the store has format 99"),
    ];
    for (name, content, _) in contents {
        std::fs::write(path(name), content).unwrap();
    }
    let before = files(folder.path());
    for (name, _, expected) in contents {
        let message = refused(&inspect(&path(name), &[]), 3);
        assert!(message.starts_with("error: ") && message.contains(expected), "{name}: {message}");
        assert!(message.contains(path(name).to_str().unwrap()), "{message}");
    }
    assert!(refused(&inspect(folder.path(), &[]), 3).contains("a folder"));
    assert!(refused(&inspect(&path("missing.db"), &["--json"]), 3).contains("there is no such file"));
    assert!(files(folder.path()) == before, "a file was made or changed");
}

#[test]
fn arguments_that_make_no_sense_end_with_2() {
    for arguments in [&[][..], &["inspect"], &["inspekt", "a.db"], &["inspect", "a.db", "--xml"], &["synctable"]] {
        let message = refused(&call(arguments), 2);
        assert!(message.contains("Usage: cargo synctable"), "{arguments:?}: {message}");
    }
    let help = printed(&call(["inspect", "--help"]));
    assert!(help.contains("--json") && help.contains("Exit codes:") && help.contains("  3  invalid input"), "{help}");
}
