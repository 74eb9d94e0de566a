//! The API without async: that it does what the async one does, from wherever it is called.

mod mirror;

use std::sync::mpsc;
use std::time::Duration;

use serde_json::json;
use synctable::blocking::{RemoteClient, SyncContext};
use synctable::{ColumnSubset, ErrorKind, Id, MemoryStore, SqlQuery, SqliteStore, Status, SyncTable, Version};
use synctable_server::{ColumnType, Config, Server, TableDefinition};

#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "note")]
struct Note {
    id: Id,
    text: String,
    number: Option<i32>,
    #[sync(system)]
    version: Option<Version>,
}

#[derive(Debug, Clone, PartialEq, ColumnSubset)]
#[sync(of = Note)]
struct Text {
    text: String,
}

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

fn note(name: &str) -> Note {
    Note { id: id(name), text: format!("text of {name}"), ..Note::default() }
}

fn server() -> Server {
    let definition = TableDefinition::new("note").column("text", ColumnType::Text).column("number", ColumnType::Int32);
    Server::start(Config::new(vec![definition.soft_delete()])).unwrap()
}

fn offline() -> SyncContext {
    let builder = SyncContext::builder("http://127.0.0.1:9").store(SqliteStore::in_memory());
    builder.table::<Note>().open_blocking().unwrap()
}

#[test]
fn a_device_works_offline_and_syncs_without_a_runtime() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str| {
        let builder = SyncContext::builder(&server.url()).store_path(folder.path().join(name));
        builder.table_with::<Note>(|t| t.pull(Note::full_pull())).open_blocking().unwrap()
    };
    let first = open("first.db");
    let notes = first.table::<Note>();
    assert_eq!(notes.insert(note("a")).unwrap(), note("a"));
    notes.upsert(note("b")).unwrap();
    notes.edit(&id("a"), |note| note.number = Some(1)).unwrap();
    let mut b = notes.get(&id("b")).unwrap().unwrap();
    b.number = Some(2);
    notes.update(&b).unwrap();
    let ids = first.transaction(|tx| Ok([tx.insert(note("c"))?.id, tx.insert(note("d"))?.id])).unwrap();
    notes.delete(&ids[1]).unwrap();
    assert_eq!((first.pending_count().unwrap(), first.pending().unwrap().len()), (3, 3));
    first.discard(&first.pending().unwrap()[2]).unwrap();
    assert_eq!(first.push().unwrap().status(), Status::Complete);
    assert!(first.dialect().is_some());

    let second = open("second.db");
    let report = second.sync().unwrap();
    assert_eq!(report.status(), Status::Complete);
    let others = second.table::<Note>();
    assert_eq!(others.count(&Note::query()).unwrap(), 2);
    let texts = others.list(&Note::query().filter(|n| n.number.eq(2)).select::<Text>()).unwrap();
    assert_eq!(texts, [Text { text: "text of b".to_owned() }]);
    let page = others.page(&Note::query().take(1)).unwrap();
    assert_eq!((page.rows().len(), page.total()), (1, Some(2)));
    let sum = SqlQuery::new(format!("SELECT sum({}) FROM {}", Note::COLUMNS.number, Note::SCHEMA));
    assert_eq!(second.sql_rows::<(i64,)>(&sum).unwrap(), [(3,)]);
    assert_eq!(second.sql_rows_with(&sum, |row| row.get::<i64>(0)).unwrap(), [3]);
    assert_eq!(others.pull(Note::pull("again")).unwrap().status(), Status::Complete);
    assert!(second.quarantined().unwrap().is_empty());
    assert_eq!(others.purge(Note::purge()).unwrap().removed(), 2);

    // A handle keeps what it needs.
    drop((first, second));
    assert_eq!(notes.count(&Note::query()).unwrap(), 2);
}

#[test]
fn online_tables_work_without_a_runtime_and_without_a_store() {
    let server = server();
    let rows: Vec<_> = (0..7).map(|n| json!({"id": format!("n{n}"), "text": "t", "number": n})).collect();
    server.store().seed("note", &rows).unwrap();
    let client = RemoteClient::builder(&server.url()).build_blocking().unwrap();
    let notes = client.table::<Note>();
    let numbers: Vec<Option<i32>> = notes.stream(&Note::query()).map(|note| note.unwrap().number).collect();
    assert_eq!(numbers, (0..7).map(Some).collect::<Vec<_>>());
    assert!(client.dialect().is_some());
    assert_eq!(notes.list(&Note::query().filter(|n| n.number.lt(3))).unwrap().len(), 3);
    assert_eq!(notes.page(&Note::query().take(2)).unwrap().total(), Some(7));
    assert_eq!(notes.count(&Note::query()).unwrap(), 7);

    let mut a = notes.insert(note("a")).unwrap();
    let stale = a.clone();
    a.number = Some(5);
    let a = notes.update(&a).send().unwrap();
    let error = notes.update(&stale).send().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(notes.replace(&stale).if_version(a.version.as_ref().unwrap()).send().unwrap().number, None);
    notes.update(&stale).force().send().unwrap();
    assert_eq!(notes.refresh(&a).unwrap().number, None);
    notes.delete(&a.id).send().unwrap();
    assert!(notes.get(&a.id).unwrap().is_none());
    assert_eq!(notes.undelete(&a.id).send().unwrap().text, a.text);

    let gone = RemoteClient::builder("http://127.0.0.1:9").build_blocking().unwrap();
    let mut stream = gone.table::<Note>().stream(&Note::query());
    assert_eq!(stream.next().unwrap().unwrap_err().kind(), ErrorKind::Offline);
}

/// What an app may do wrong, or has to do, in the middle of async code.
fn everything(url: &str) {
    let ctx = SyncContext::builder(url).store(SqliteStore::in_memory()).table::<Note>().open_blocking().unwrap();
    let notes = ctx.table::<Note>();
    notes.insert(Note::default()).unwrap();
    assert_eq!(ctx.push().unwrap().status(), Status::Complete);
    // More calls than a task has budget for.
    for _ in 0..300 {
        notes.count(&Note::query()).unwrap();
    }
    assert!(ctx.remote::<Note>().count(&Note::query()).unwrap() > 0);
}

#[tokio::test]
async fn inside_a_runtime_of_one_thread_a_call_works() {
    let server = server();
    everything(&server.url());
    let url = server.url();
    tokio::spawn(async move { everything(&url) }).await.unwrap();
    let url = server.url();
    tokio::task::spawn_blocking(move || everything(&url)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inside_a_runtime_of_many_threads_a_call_works() {
    let server = server();
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let url = server.url();
            tokio::spawn(async move { everything(&url) })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn an_open_context_has_a_blocking_form() {
    let ctx = synctable::SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new());
    let ctx = ctx.table::<Note>().open().await.unwrap();
    let blocking = ctx.blocking().unwrap();
    blocking.table::<Note>().insert(note("a")).unwrap();
    assert_eq!(ctx.pending_count().await.unwrap(), 1);
    assert_eq!(blocking.as_async().pending_count().await.unwrap(), 1);
    assert_eq!(blocking.table::<Note>().as_async().count(&Note::query()).await.unwrap(), 1);
}

#[test]
fn watches_wait_and_end_with_their_context() {
    let ctx = offline();
    let notes = ctx.table::<Note>();
    let mut live = notes.watch(&Note::query().filter(|n| n.number.gt(1)));
    let mut pending = ctx.watch_pending();
    let mut changes = ctx.changes();
    let (repaint, repainted) = mpsc::channel();
    live.on_change(move || repaint.send(()).unwrap_or_default());
    assert!(live.next().unwrap().unwrap().is_empty());
    assert_eq!(pending.next().unwrap().unwrap(), 0);
    let writer = std::thread::spawn(move || notes.insert(Note { number: Some(2), ..note("a") }).unwrap());
    assert_eq!(live.next().unwrap().unwrap()[0].id, id("a"));
    assert_eq!(pending.next().unwrap().unwrap(), 1);
    let change = format!("{:?}", changes.next().unwrap());
    assert!(change.contains("Inserted"), "{change}");
    assert_eq!((live.latest().unwrap().len(), pending.latest()), (1, Some(1)));
    assert!(live.last_error().is_none() && live.runs() >= 2);
    repainted.recv_timeout(Duration::from_secs(60)).unwrap();
    writer.join().unwrap();

    let numbers = SqlQuery::new(format!("SELECT sum({}) FROM {}", Note::COLUMNS.number, Note::SCHEMA));
    let mut sum = ctx.watch_sql::<(Option<i64>,)>(&numbers, [Note::SCHEMA]);
    assert_eq!(*sum.next().unwrap().unwrap(), [(Some(2),)]);

    // Who waits while the last handle is dropped is told.
    let waiting =
        std::thread::spawn(move || (live.next().is_none(), pending.next().is_none(), changes.next().is_none()));
    drop(ctx);
    assert_eq!(waiting.join().unwrap(), (true, true, true));
    assert!(sum.next().is_none());
}

#[test]
fn many_threads_share_a_context() {
    let ctx = offline();
    let threads: Vec<_> = (0..8)
        .map(|thread| {
            let notes = ctx.table::<Note>();
            std::thread::spawn(move || {
                for number in 0..20 {
                    notes.insert(note(&format!("{thread}-{number}"))).unwrap();
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(ctx.clone().table::<Note>().count(&Note::query()).unwrap(), 160);
}

#[test]
fn a_call_inside_the_stores_own_work_is_an_error_and_no_deadlock() {
    let (done, is_done) = mpsc::channel();
    std::thread::spawn(move || {
        let memory = SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new());
        for ctx in [offline(), memory.table::<Note>().open_blocking().unwrap()] {
            let notes = ctx.table::<Note>();
            let inner = notes.clone();
            let error = ctx.transaction(move |_| inner.insert(note("a"))).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
            notes.insert(note("b")).unwrap();
            let (inner, told) = (notes.clone(), mpsc::channel());
            let tell = told.0;
            let edited = notes.edit(&id("b"), move |note| {
                note.number = Some(1);
                tell.send(inner.count(&Note::query()).map_err(|error| error.kind())).unwrap();
            });
            assert_eq!(edited.unwrap().unwrap().number, Some(1));
            assert_eq!(told.1.recv().unwrap(), Err(ErrorKind::Invalid));
            assert_eq!(notes.count(&Note::query()).unwrap(), 1);
        }
        let ctx = offline();
        let inner = ctx.clone();
        let query = SqlQuery::new("SELECT 1");
        let error = ctx.sql_rows_with(&query, move |_| inner.pending_count()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert_eq!(ctx.pending_count().unwrap(), 0);
        done.send(()).unwrap();
    });
    is_done.recv_timeout(Duration::from_secs(60)).expect("no call waits for itself");
}
