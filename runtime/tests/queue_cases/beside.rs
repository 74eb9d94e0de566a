//! What no recorded case shows: the order of several rows with a delete among them, and edits beside an answer.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use crate::case::{Kind, Profile, Row};
use crate::client::{Class, Client as _, ColumnType, Columns, PushRequest, Setup, Status};
use crate::ours::Ours;
use crate::script::Script;
use crate::server::Server;

fn row(id: &str, text: &str) -> Row {
    json!({"id": id, "text": text}).as_object().cloned().expect("an object")
}

/// A client with rows `a`, `b` and `c`, and the server that they came from.
async fn start(folder: &tempfile::TempDir) -> (Ours, Script, Server) {
    let script = Script::new(Profile::Classic);
    let server = Server::start(script.clone()).await.expect("a loopback port");
    let client = Ours::open(Setup {
        endpoint: server.endpoint.clone(),
        dialect: Profile::Classic,
        store: folder.path().join("store.db"),
        tables: BTreeMap::from([("t".to_owned(), Columns::from([("text".to_owned(), ColumnType::Text)]))]),
        request_timeout: Duration::from_secs(10),
        retry_delay: Duration::from_millis(1),
        overlap: Duration::ZERO,
    })
    .await
    .expect("open");
    for id in ["a", "b", "c"] {
        script.put("t", row(id, "first"));
    }
    assert!(client.full_pull("t").await.expect("pull").complete);
    script.take_recorded();
    (client, script, server)
}

async fn queue(client: &Ours) -> Vec<(Kind, String)> {
    client.pending().await.expect("pending").into_iter().map(|p| (p.kind, p.id)).collect()
}

async fn sent(client: &Ours, script: &Script) -> Vec<String> {
    assert_eq!(client.push(PushRequest::default()).await.expect("push").status, Status::Complete);
    let writes = script.take_recorded().into_iter().filter(|r| r.is_write());
    writes.map(|r| format!("{} {}", r.method, r.path)).collect()
}

#[tokio::test]
async fn a_row_that_is_deleted_goes_to_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let (client, script, _server) = start(&folder).await;
    client.replace("t", row("a", "second")).await.expect("a");
    client.replace("t", row("b", "second")).await.expect("b");
    client.delete("t", "c").await.expect("c");
    client.delete("t", "a").await.expect("a again");
    let expected = [(Kind::Update, "b"), (Kind::Delete, "c"), (Kind::Delete, "a")];
    assert_eq!(queue(&client).await, expected.map(|(kind, id)| (kind, id.to_owned())));
    assert_eq!(sent(&client, &script).await, ["PATCH /tables/t/b", "DELETE /tables/t/c", "DELETE /tables/t/a"]);
}

#[tokio::test]
async fn a_row_that_is_written_again_keeps_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let (client, script, _server) = start(&folder).await;
    client.insert("t", row("d", "first")).await.expect("d");
    client.replace("t", row("a", "second")).await.expect("a");
    client.delete("t", "b").await.expect("b");
    client.replace("t", row("c", "second")).await.expect("c");
    client.replace("t", row("d", "second")).await.expect("d again");
    client.replace("t", row("a", "third")).await.expect("a again");
    client.insert("t", row("b", "anew")).await.expect("b anew");
    let expected = [(Kind::Insert, "d"), (Kind::Update, "a"), (Kind::Update, "b"), (Kind::Update, "c")];
    assert_eq!(queue(&client).await, expected.map(|(kind, id)| (kind, id.to_owned())));
    assert_eq!(
        sent(&client, &script).await,
        ["POST /tables/t", "PATCH /tables/t/a", "PATCH /tables/t/b", "PATCH /tables/t/c"]
    );
}

#[tokio::test]
async fn an_edit_made_while_the_row_is_sent_is_kept_and_sent_next() {
    let folder = tempfile::tempdir().expect("a folder");
    let (client, script, _server) = start(&folder).await;
    client.replace("t", row("a", "sent")).await.expect("a");
    script.hold();
    let pushing = tokio::spawn({
        let client = client.clone();
        async move { client.push(PushRequest::default()).await.expect("push") }
    });
    script.arrival().await;
    client.replace("t", row("a", "newer")).await.expect("a again");
    script.release();
    assert_eq!(pushing.await.expect("push").status, Status::Complete);
    let shown = client.rows("t").await.expect("rows").into_iter().find(|r| r["id"] == "a").expect("a");
    assert_eq!(shown["text"], "newer");
    script.take_recorded();
    assert_eq!(sent(&client, &script).await, ["PATCH /tables/t/a"]);
    assert!(client.pending().await.expect("pending").is_empty());
}

#[tokio::test]
async fn a_write_with_an_outdated_version_is_refused_and_queues_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (client, _script, _server) = start(&folder).await;
    let stored = client.rows("t").await.expect("rows").into_iter().find(|r| r["id"] == "a").expect("a");
    let mut read = row("a", "second");
    read.insert("version".to_owned(), "another".into());
    let refused = client.replace("t", read.clone()).await.expect_err("an outdated version");
    assert_eq!(refused.class, Class::Conflict);
    assert!(queue(&client).await.is_empty());
    read.insert("version".to_owned(), stored["version"].clone());
    client.replace("t", read).await.expect("the stored version");
    assert_eq!(queue(&client).await, [(Kind::Update, "a".to_owned())]);
}
