//! Pulls from the reference server: pages, ties, tombstones, names, narrow tables, rows that cannot be read.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;
use synctable::wire::Dialect;
use synctable::{ErrorKind, Id, MemoryStore, Predicate, Status, SyncContext, SyncTable, Table, Version};
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

fn definition() -> TableDefinition {
    TableDefinition::new("note")
        .column("text", ColumnType::Text)
        .column("number", ColumnType::Int32)
        .column("secret", ColumnType::Text)
        .soft_delete()
}

fn server() -> Server {
    Server::start(Config::new(vec![definition()])).unwrap()
}

async fn device(server: &Server) -> (SyncContext, Table<Note>) {
    let context = SyncContext::builder(&server.url()).store(MemoryStore::new()).table::<Note>().open().await.unwrap();
    let notes = context.table();
    (context, notes)
}

fn seed(server: &Server, range: std::ops::Range<i32>) {
    let rows: Vec<_> = range.map(|n| json!({"id": format!("n{n:06}"), "text": format!("t{n}"), "number": n})).collect();
    server.store().seed("note", &rows).unwrap();
}

async fn count(notes: &Table<Note>) -> u64 {
    notes.count(&Note::query()).await.unwrap()
}

#[tokio::test]
async fn every_row_comes_once_over_many_pages_and_the_next_pull_is_one_request() {
    let server = server();
    // Stamps of a while ago: those of the second in which a pull began are asked for again.
    for chunk in 0..42 {
        server.store().hold_clock(UNIX_EPOCH + Duration::from_secs(1_700_000_000 + chunk));
        seed(&server, (chunk as i32 * 30)..(chunk as i32 * 30 + 30).min(1234));
    }
    server.store().release_clock();
    let (_, notes) = device(&server).await;
    let report = notes.pull(Note::pull("all")).await.unwrap();
    assert_eq!((report.status(), report.applied()), (Status::Complete, 1234));
    assert_eq!(count(&notes).await, 1234);

    let again = notes.pull(Note::pull("all").overlap(Duration::ZERO)).await.unwrap();
    assert_eq!((again.applied(), again.requests()), (0, 1));
    seed(&server, 1230..1240);
    let news = notes.pull(Note::pull("all")).await.unwrap();
    assert_eq!((news.applied(), count(&notes).await), (10, 1240));
}

#[tokio::test]
async fn more_rows_of_one_millisecond_than_a_page_all_come() {
    let server = server();
    server.store().hold_clock(UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    seed(&server, 0..950);
    server.store().release_clock();
    let (_, notes) = device(&server).await;
    for page_size in [7, 1000] {
        notes.purge(Note::purge()).await.unwrap();
        let report = notes.pull(Note::pull("all").page_size(page_size)).await.unwrap();
        assert_eq!((report.status(), count(&notes).await), (Status::Complete, 950));
    }
}

#[tokio::test]
async fn deleted_rows_disappear_also_in_the_first_pull() {
    let server = server();
    seed(&server, 0..10);
    let (_, notes) = device(&server).await;
    notes.pull(Note::pull("all")).await.unwrap().into_result().unwrap();
    server.store().seed("note", &[json!({"id": "n000003", "deleted": true})]).unwrap();
    let report = notes.pull(Note::pull("all")).await.unwrap();
    assert_eq!((report.deleted(), count(&notes).await), (1, 9));
    let (_, fresh) = device(&server).await;
    fresh.pull(Note::pull("all")).await.unwrap().into_result().unwrap();
    assert_eq!(count(&fresh).await, 9);
}

#[tokio::test]
async fn a_name_with_another_filter_begins_anew_and_says_so() {
    let server = server();
    seed(&server, 0..20);
    let (_, notes) = device(&server).await;
    let below = |bound: i32| Note::pull("some").filter(move |n| n.number.lt(bound));
    assert!(!notes.pull(below(5)).await.unwrap().restarted());
    assert_eq!(count(&notes).await, 5);
    let report = notes.pull(below(10)).await.unwrap();
    assert!(report.restarted());
    assert_eq!(count(&notes).await, 10);
    assert!(!notes.pull(below(10)).await.unwrap().restarted());
}

#[tokio::test]
async fn a_filter_that_the_server_finds_too_long_is_reported_as_that() {
    let server = server();
    seed(&server, 0..3);
    let (_, notes) = device(&server).await;
    let filter =
        |n: <Note as SyncTable>::Columns| Predicate::any((0..60).map(|number| n.number.eq(number).and(n.text.ne("x"))));
    let report = notes.pull(Note::pull("long").filter(filter)).await.unwrap();
    assert_ne!(report.status(), Status::Complete);
    let message = report.stopped_by().unwrap().to_string();
    assert!(message.contains("100"), "{message}");
    // Local reads know no such limit.
    assert_eq!(notes.list(&Note::query().filter(filter)).await.unwrap().len(), 0);
}

#[tokio::test]
async fn an_unreadable_row_is_set_aside_and_read_again_when_it_changes() {
    #[derive(Debug, Clone, SyncTable)]
    #[sync(table = "note")]
    struct Strict {
        id: Id,
        text: i32,
    }
    let server = server();
    server.store().seed("note", &[json!({"id": "a", "text": "no number"}), json!({"id": "b"})]).unwrap();
    let context = SyncContext::builder(&server.url()).store(MemoryStore::new()).table::<Strict>().open().await.unwrap();
    let notes = context.table::<Strict>();
    let report = notes.pull(Strict::pull("all")).await.unwrap();
    assert_eq!((report.status(), report.quarantined()), (Status::WithFailures, 2));
    let aside = context.quarantined().await.unwrap();
    assert_eq!(aside.len(), 2);
    assert!(aside.iter().any(|row| row.id == "a" && row.error.contains("text") && row.raw.contains("no number")));
    // The token has passed them: nothing is asked again until the server changes them.
    let report = notes.pull(Strict::pull("all").overlap(Duration::ZERO)).await.unwrap();
    assert_eq!(report.requests(), 1);
}

/// An update on the Toolkit carries the whole row: columns that the struct lacks must survive it.
#[tokio::test]
async fn an_update_keeps_the_columns_that_the_struct_lacks() {
    for dialect in [Dialect::Toolkit, Dialect::DatasyncV3] {
        let config = Config::new(vec![definition()]).dialect(match dialect {
            Dialect::DatasyncV3 => synctable_server::Dialect::V3,
            _ => synctable_server::Dialect::Toolkit,
        });
        let server = Server::start(config).unwrap();
        server.store().seed("note", &[json!({"id": "a", "text": "one", "number": 1, "secret": "kept"})]).unwrap();
        let (context, notes) = device(&server).await;
        notes.pull(Note::pull("all")).await.unwrap().into_result().unwrap();
        let id = Id::parse("a").unwrap();
        notes.edit(&id, |note| note.text = "two".to_owned()).await.unwrap();
        context.push().await.unwrap().into_result().unwrap();
        let row = server.store().row("note", "a").unwrap().unwrap();
        assert_eq!((&row["text"], &row["number"], &row["secret"]), (&json!("two"), &json!(1), &json!("kept")));
        assert_eq!(context.dialect(), Some(dialect));
    }
}

#[tokio::test]
async fn a_store_belongs_to_one_server_and_one_user() {
    let (first, second) = (server(), server());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.db");
    let open = |url: String, user: &'static str| {
        SyncContext::builder(&url).store_path(path.clone()).user(user).table::<Note>().open()
    };
    let context = open(first.url(), "ann").await.unwrap();
    assert_eq!(context.sync().await.unwrap().status(), Status::Complete);
    drop(context);
    let other_server = open(second.url(), "ann").await.unwrap_err();
    assert_eq!(other_server.kind(), ErrorKind::Schema);
    let other_user = open(first.url(), "bob").await.unwrap_err();
    assert_eq!(other_user.kind(), ErrorKind::Schema);
    assert!(!other_user.to_string().contains("ann"));
    open(first.url(), "ann").await.unwrap();
}

/// An address at which nobody ever answered does not bind the store, even if the dialect was said.
#[tokio::test]
async fn an_address_without_an_answer_can_be_corrected() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    let open = |url: &str| {
        let builder = SyncContext::builder(url).store_path(folder.path().join("notes.db")).dialect(Dialect::Toolkit);
        builder.table::<Note>().open()
    };
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let context = open(&format!("http://127.0.0.1:{port}")).await.unwrap();
    context.table().insert(Note { text: "kept".to_owned(), ..Note::default() }).await.unwrap();
    assert_eq!(context.push().await.unwrap().status(), Status::Offline);
    drop(context);
    let context = open(&server.url()).await.unwrap();
    assert_eq!(context.sync().await.unwrap().status(), Status::Complete);
    assert_eq!(server.store().rows("note").unwrap().len(), 1);
}

/// Writers on the server while a device pulls again and again: in the end it has just the server's rows.
#[tokio::test]
async fn pulls_beside_a_writer_lose_nothing() {
    let server = server();
    seed(&server, 0..500);
    let (_, notes) = device(&server).await;
    let store = server.store();
    let writer = std::thread::spawn(move || {
        for round in 0..40 {
            let rows: Vec<_> = (0..25)
                .map(|n| {
                    let number = (round * 37 + n * 11) % 700;
                    json!({"id": format!("n{number:06}"), "text": format!("r{round}"), "number": round, "deleted": n % 9 == 0})
                })
                .collect();
            store.seed("note", &rows).unwrap();
        }
    });
    while !writer.is_finished() {
        notes.pull(Note::pull("all").page_size(17).overlap(Duration::ZERO)).await.unwrap().into_result().unwrap();
    }
    writer.join().unwrap();
    notes.pull(Note::pull("all").overlap(Duration::ZERO)).await.unwrap().into_result().unwrap();
    let here: Vec<_> =
        notes.list(&Note::query()).await.unwrap().into_iter().map(|note| (note.id.to_string(), note.text)).collect();
    let there: Vec<_> = server
        .store()
        .rows("note")
        .unwrap()
        .into_iter()
        .filter(|row| row["deleted"] != json!(true))
        .map(|row| (row["id"].as_str().unwrap().to_owned(), row["text"].as_str().unwrap_or_default().to_owned()))
        .collect();
    assert_eq!(here, there);
}
