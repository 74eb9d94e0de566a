//! Parameters of pulls, and what a pull warns of.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use synctable::wire::Dialect;
use synctable::{ErrorKind, Id, MemoryStore, PullWarning, Status, SyncContext, SyncTable};
use synctable_server::{ColumnType, Config, Server, TableDefinition};

use crate::wire_script::{Script, Shared, json as reply};

#[derive(Debug, Clone, SyncTable)]
#[sync(table = "note")]
struct Note {
    id: Id,
    text: String,
}

async fn scripted(script: &Arc<Script>, dialect: Option<Dialect>) -> SyncContext {
    let builder = SyncContext::builder("https://example.com").transport(Shared(Arc::clone(script)));
    let builder = match dialect {
        Some(dialect) => builder.dialect(dialect),
        None => builder,
    };
    builder.store(MemoryStore::new()).table::<Note>().open().await.unwrap()
}

#[tokio::test]
async fn parameters_are_sent_with_each_request_and_belong_to_the_name() {
    let note = TableDefinition::new("note").required("text", ColumnType::Text);
    let server = Server::start(Config::new(vec![note])).unwrap();
    server.store().seed("note", &[json!({"id": "a", "text": "t"})]).unwrap();
    let context = SyncContext::builder(&server.url()).store(MemoryStore::new()).table::<Note>().open().await.unwrap();
    let notes = context.table::<Note>();
    let pull = || Note::pull("some").filter(|t| t.text.eq("t")).overlap(Duration::ZERO);
    for (pull, applied, restarted) in [
        (pull().parameter("a", "1"), 1, false),
        (pull().parameter("a", "2").parameter("a", "1"), 0, false),
        (pull().parameter("a", "2"), 0, true),
        (pull().parameter("a", "2").parameter("b", ""), 0, true),
        (pull().parameter("a", "2").parameter("b", ""), 0, false),
        (pull(), 0, true),
        (pull(), 0, false),
    ] {
        let text = format!("{pull:?}");
        let report = notes.pull(pull).await.unwrap();
        assert_eq!(
            (report.status(), report.applied(), report.restarted()),
            (Status::Complete, applied, restarted),
            "{text}"
        );
        assert!(report.warnings().is_empty(), "{text}");
    }

    let page = |rows: &str, count: u64| reply(200, format!(r#"{{"items":[{rows}],"count":{count}}}"#));
    let row = |id: &str, at: u32| {
        format!(r#"{{"id":"{id}","text":"t","updatedAt":"2024-01-01T00:00:0{at}.000Z","version":"v"}}"#)
    };
    let script = Script::new([page(&row("a", 1), 3), page(&row("b", 2), 2), page("", 0), page("", 0)]);
    let context = scripted(&script, Some(Dialect::Toolkit)).await;
    context.table::<Note>().pull(Note::pull("some").parameter("a&", "1 2")).await.unwrap().into_result().unwrap();
    let sent = script.requests();
    assert!(sent.len() >= 3, "{sent:?}");
    for request in sent {
        assert!(request.url.ends_with("&__includeDeleted=true&a%26=1%202"), "{}", request.url);
    }
}

#[tokio::test]
async fn parameters_of_the_protocol_are_refused_before_anything_is_sent() {
    for dialect in [None, Some(Dialect::NodeV2), Some(Dialect::DatasyncV3)] {
        let script = Script::new([]);
        let notes = scripted(&script, dialect).await.table::<Note>();
        let mut names = vec!["", "$top", "__includeDeleted", "__includedeleted"];
        if dialect == Some(Dialect::DatasyncV3) {
            names.push("Top");
        }
        for name in names {
            let error = notes.pull(Note::pull("some").parameter(name, "x")).await.unwrap_err();
            assert_eq!((error.kind(), error.table()), (ErrorKind::Invalid, Some("note")), "{name}: {error}");
        }
        assert!(script.sent().is_empty());
    }
}

#[tokio::test]
async fn a_pull_warns_of_functions_that_node_answers_wrongly_or_refuses_them() {
    for dialect in Dialect::ALL {
        let answer = match dialect {
            Dialect::NodeV2 | Dialect::DotNetV2 => r#"{"results":[],"count":0}"#,
            Dialect::DatasyncV3 | Dialect::Toolkit => r#"{"items":[],"count":0}"#,
        };
        let script = Script::new((0..4).map(|_| reply(200, answer)));
        let notes = scripted(&script, Some(dialect)).await.table::<Note>();
        let pull = || Note::pull("some").filter(|t| t.text.starts_with("a").or(t.text.contains("b")));
        let report = notes.pull(pull()).await.unwrap();
        let warned: Vec<_> = report
            .warnings()
            .iter()
            .map(|warning| {
                let PullWarning::UnreliableFunction { function, .. } = warning else { panic!("{warning}") };
                assert!(warning.to_string().contains(function) && warning.to_string().contains("SQLite"), "{warning}");
                *function
            })
            .collect();
        let expected: &[&str] = if dialect == Dialect::NodeV2 { &["startswith", "substringof"] } else { &[] };
        assert_eq!(warned, expected, "{dialect}");

        let refusing = SyncContext::builder("https://example.com")
            .dialect(dialect)
            .node_on_sqlite()
            .transport(Shared(Arc::clone(&script)))
            .store(MemoryStore::new())
            .table::<Note>();
        let notes = refusing.open().await.unwrap().table::<Note>();
        let before = script.requests().len();
        match notes.pull(pull()).await {
            Err(error) => {
                assert_eq!((dialect, error.kind()), (Dialect::NodeV2, ErrorKind::Unsupported), "{error}");
                assert!(error.message().contains("`starts_with`") && error.message().contains("node-v2"), "{error}");
                assert_eq!(script.requests().len(), before);
            }
            Ok(report) => {
                assert_ne!(dialect, Dialect::NodeV2, "{report}");
                assert!(report.warnings().is_empty());
            }
        }
    }
}
