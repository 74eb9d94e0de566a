//! Declared references against a backend that has the foreign key.

use std::path::Path;

use rusqlite::Connection;
use synctable::wire::Dialect;
use synctable::{Id, MemoryStore, Push, PushReport, Status, SyncContext, SyncTable};
use synctable_server::{ColumnType, Config, Dialect as Served, Server, TableDefinition};

#[derive(Debug, Clone, SyncTable)]
struct Job {
    id: Id,
    title: String,
}

#[derive(Debug, Clone, SyncTable)]
struct Part {
    id: Id,
    #[sync(references = Job)]
    job: Option<Id>,
    text: String,
}

/// A server whose parts must name a job that is there.
fn server(file: &Path) -> Server {
    let connection = Connection::open(file).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE job (id TEXT NOT NULL PRIMARY KEY, updatedAt INTEGER NOT NULL, deleted INTEGER NOT NULL, \
             title TEXT NOT NULL) STRICT; \
             CREATE TABLE part (id TEXT NOT NULL PRIMARY KEY, updatedAt INTEGER NOT NULL, deleted INTEGER NOT NULL, \
             job TEXT REFERENCES job (id), text TEXT NOT NULL) STRICT;",
        )
        .unwrap();
    drop(connection);
    let tables = vec![
        TableDefinition::new("job").required("title", ColumnType::Text),
        TableDefinition::new("part").column("job", ColumnType::Text).required("text", ColumnType::Text),
    ];
    Server::start(Config::new(tables).dialect(Served::V3).db_file(file)).unwrap()
}

async fn context(server: &Server, lanes: usize) -> SyncContext {
    SyncContext::builder(&server.url())
        .store(MemoryStore::new())
        .dialect(Dialect::DatasyncV3)
        .table::<Job>()
        .table::<Part>()
        .push_lanes(lanes)
        .open()
        .await
        .unwrap()
}

fn part(number: usize, job: &Id) -> Part {
    Part { id: Id::parse(&format!("part-{number}")).unwrap(), job: Some(job.clone()), text: "x".into() }
}

fn complete(report: &PushReport, done: u64) {
    assert_eq!((report.status(), report.done()), (Status::Complete, done), "{report:?}");
}

#[tokio::test]
async fn the_backend_refuses_a_child_without_its_parent() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(&folder.path().join("server.db"));
    let body = r#"{"id":"p","job":"nobody","text":"x"}"#;
    let request = reqwest::Client::new().post(format!("{}/tables/part", server.url()));
    let answer = request
        .header("content-type", "application/json")
        .header("zumo-api-version", "3.0.0")
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 500, "the foreign key is there");
    assert!(server.store().rows("part").unwrap().is_empty());
}

#[tokio::test]
async fn parents_are_inserted_before_and_deleted_after_their_children() {
    for lanes in [1, 8] {
        let folder = tempfile::tempdir().unwrap();
        let server = server(&folder.path().join("server.db"));
        let context = context(&server, lanes).await;
        let (jobs, parts) = (context.table::<Job>(), context.table::<Part>());
        // The children are queued first.
        let ids: Vec<Id> = (0..4).map(|_| Id::new()).collect();
        for number in 0..12 {
            parts.insert(part(number, &ids[number % 4])).await.unwrap();
        }
        for id in &ids {
            jobs.insert(Job { id: id.clone(), title: "T".into() }).await.unwrap();
        }
        complete(&context.push().await.unwrap(), 16);
        assert_eq!(server.store().rows("part").unwrap().len(), 12);

        // A part that moves to a job that is new, and a job that goes with its parts.
        let new = jobs.insert(Job { id: Id::new(), title: "N".into() }).await.unwrap();
        jobs.delete(&ids[0]).await.unwrap();
        for number in 0..12 {
            let id = part(number, &ids[0]).id;
            if number % 4 != 0 {
                continue;
            }
            let to = new.id.clone();
            if number == 0 {
                parts.edit(&id, move |part| part.job = Some(to)).await.unwrap();
            } else {
                parts.delete(&id).await.unwrap();
            }
        }
        complete(&context.push().await.unwrap(), 5);
        let left = server.store().rows("part").unwrap();
        assert_eq!(left.len(), 10, "{lanes} lanes");
        assert!(left.iter().all(|row| row["job"] != ids[0].as_str()));
        assert_eq!(server.store().rows("job").unwrap().len(), 4);
    }
}

#[tokio::test]
async fn edits_that_collapse_never_move_a_parent_behind_its_child() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(&folder.path().join("server.db"));
    let context = context(&server, 1).await;
    let (jobs, parts) = (context.table::<Job>(), context.table::<Part>());
    let job = jobs.insert(Job { id: Id::new(), title: "T".into() }).await.unwrap();
    parts.insert(part(0, &job.id)).await.unwrap();
    // Deleted and written again, the job stands behind its part in the queue.
    jobs.delete(&job.id).await.unwrap();
    jobs.insert(Job { title: "U".into(), ..job.clone() }).await.unwrap();
    jobs.edit(&job.id, |job| job.title = "V".into()).await.unwrap();
    complete(&context.push().await.unwrap(), 2);
    assert_eq!(server.store().rows("job").unwrap()[0]["title"], "V");
    assert_eq!(server.store().rows("part").unwrap().len(), 1);
}

#[tokio::test]
async fn a_push_of_the_children_alone_takes_their_parents_along() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(&folder.path().join("server.db"));
    let context = context(&server, 4).await;
    let (jobs, parts) = (context.table::<Job>(), context.table::<Part>());
    let job = jobs.insert(Job { id: Id::new(), title: "T".into() }).await.unwrap();
    let other = jobs.insert(Job { id: Id::new(), title: "O".into() }).await.unwrap();
    for number in 0..5 {
        parts.insert(part(number, &job.id)).await.unwrap();
    }
    complete(&parts.push().await.unwrap(), 6);
    assert_eq!(server.store().rows("job").unwrap().len(), 1);
    complete(&context.push_with(Push::new()).await.unwrap(), 1);
    assert!(server.store().row("job", other.id.as_str()).unwrap().is_some());
}
