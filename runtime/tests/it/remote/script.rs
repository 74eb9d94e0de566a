//! The requests of each generation, and answers that no server of ours gives.

use std::sync::Arc;

use synctable::wire::{Dialect, TransportErrorKind};
use synctable::{ErrorKind, Id, RemoteClient, RemoteRow, RemoteTable, SyncTable, Version};

use crate::wire_script::{Reply, Script, Shared, fails, json, reply, version};

#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "todoitem")]
struct Todo {
    id: Id,
    title: Option<String>,
    count: i32,
    #[sync(system)]
    version: Option<Version>,
}

fn play(dialect: Dialect, replies: impl IntoIterator<Item = Reply>) -> (Arc<Script>, RemoteTable<Todo>) {
    let script = Script::new(replies);
    let client = RemoteClient::builder("https://example.com").dialect(dialect).transport(Shared(Arc::clone(&script)));
    (script, client.build().unwrap().table())
}

fn todo() -> Todo {
    Todo { id: "a".parse().unwrap(), title: Some("T".into()), count: 2, version: Some(version("v1")) }
}

fn body(id: &str, count: i32, version: &str) -> String {
    format!(r#"{{"id":"{id}","title":"T","count":{count},"version":"{version}"}}"#)
}

fn list(dialect: Dialect, rows: &str, count: Option<u64>) -> Reply {
    let count = count.map_or("null".to_owned(), |count| count.to_string());
    let name = if matches!(dialect, Dialect::NodeV2 | Dialect::DotNetV2) { "results" } else { "items" };
    json(200, format!(r#"{{"{name}":[{rows}],"count":{count}}}"#))
}

#[tokio::test]
async fn what_each_generation_is_asked() {
    for (dialect, api, update, replace, undelete, count) in [
        (
            Dialect::NodeV2,
            " version=2.0.0",
            "PATCH",
            "PATCH",
            "POST /tables/todoitem/a version=2.0.0",
            "$top=1&$inlinecount=allpages",
        ),
        (
            Dialect::DotNetV2,
            " version=2.0.0",
            "PATCH",
            "PATCH",
            r#"PATCH /tables/todoitem/a?__includeDeleted=true version=2.0.0 {"deleted":false}"#,
            "$top=1&$inlinecount=allpages",
        ),
        (
            Dialect::DatasyncV3,
            " version=3.0.0",
            "PATCH",
            "PUT",
            r#"PATCH /tables/todoitem/a version=3.0.0 {"deleted":false}"#,
            "$top=0&$count=true",
        ),
        (
            Dialect::Toolkit,
            "",
            "PUT",
            "PUT",
            r#"PUT /tables/todoitem/a?__includeDeleted=true if-match="v2" {"id":"a","title":"T","count":2}"#,
            "$top=0&$count=true",
        ),
    ] {
        let is_toolkit = dialect == Dialect::Toolkit;
        let row = || json(200, body("a", 2, "v2"));
        let mut replies = vec![json(201, body("a", 2, "v1")), row(), row()];
        if is_toolkit {
            replies.push(row()); // read before it is put back
        }
        replies.extend([row(), reply(204, "", ""), list(dialect, "", Some(5))]);
        let (script, todos) = play(dialect, replies);
        todos.insert(todo()).await.unwrap();
        assert_eq!(todos.update(&todo()).await.unwrap().version.unwrap().as_str(), "v2");
        todos.replace(&todo()).force().await.unwrap();
        todos.undelete(&todo().id).await.unwrap();
        todos.delete(&todo().id).if_version(&version("v2")).await.unwrap();
        assert_eq!(todos.count(&Todo::query().filter(|t| t.count.gt(1))).await.unwrap(), 5);
        let whole = r#"{"id":"a","title":"T","count":2}"#;
        let part = r#"{"title":"T","count":2}"#;
        let of = |method: &str| if method == "PUT" { whole } else { part };
        let mut expected = vec![
            format!("POST /tables/todoitem{api} {whole}"),
            format!("{update} /tables/todoitem/a if-match=\"v1\"{api} {}", of(update)),
            format!("{replace} /tables/todoitem/a{api} {}", of(replace)),
        ];
        if is_toolkit {
            expected.push("GET /tables/todoitem/a?__includeDeleted=true".to_owned());
        }
        expected.push(undelete.to_owned());
        expected.push(format!("DELETE /tables/todoitem/a if-match=\"v2\"{api}"));
        let sent = script.sent();
        assert_eq!(sent[..sent.len() - 1], expected, "{dialect}");
        let counted = sent.last().unwrap();
        assert!(counted.contains("count%20gt%201") && counted.contains(count), "{dialect}: {counted}");
        assert!(!counted.contains("__includeDeleted"), "{dialect}: {counted}");
    }
}

#[tokio::test]
async fn a_toolkit_row_that_nothing_is_known_of_is_read_before_it_is_put() {
    let server = r#"{"id":"a","title":"old","count":1,"secret":"kept","version":"v1"}"#;
    let (script, todos) = play(Dialect::Toolkit, [json(200, server), json(200, body("a", 2, "v2"))]);
    todos.update(&todo()).await.unwrap();
    assert_eq!(
        script.sent(),
        [
            "GET /tables/todoitem/a",
            r#"PUT /tables/todoitem/a if-match="v1" {"id":"a","secret":"kept","title":"T","count":2}"#
        ]
    );
}

#[tokio::test]
async fn pages_are_asked_for_until_all_rows_are_there() {
    for dialect in Dialect::ALL {
        let rows = |ids: &[&str]| ids.iter().map(|id| body(id, 1, "v")).collect::<Vec<_>>().join(",");
        // The server gives two rows at once and does not know how many there are.
        let (script, todos) = play(
            dialect,
            [
                list(dialect, &rows(&["a", "b"]), None),
                list(dialect, &rows(&["c", "d"]), None),
                list(dialect, &rows(&["e"]), None),
                list(dialect, "", None),
            ],
        );
        let all = todos.list(&Todo::query().skip(3)).await.unwrap();
        assert_eq!(all.len(), 5, "{dialect}");
        let sent = script.sent();
        for (request, part) in sent.iter().zip(["$skip=3&$top=1000&", "$skip=5&$top=1000&", "$skip=7&", "$skip=8&"]) {
            assert!(request.contains(part), "{dialect}: {request}");
        }
        // With a count there is no request more than needed, and a take is never exceeded.
        let (script, todos) =
            play(dialect, [list(dialect, &rows(&["a", "b"]), Some(100)), list(dialect, &rows(&["c", "d"]), Some(100))]);
        let some = todos.list(&Todo::query().take(3)).await.unwrap();
        assert_eq!(some.len(), 3, "{dialect}");
        let sent = script.sent();
        assert!(sent[0].contains("$top=3&") && sent[1].contains("$skip=2&$top=1&"), "{dialect}: {sent:?}");
        let (script, todos) = play(dialect, []);
        assert!(todos.list(&Todo::query().take(0)).await.unwrap().is_empty());
        assert!(script.sent().is_empty(), "{dialect}: no rows need no request");
        // A server that knows no `$skip` is found out.
        let same = || list(dialect, &rows(&["a", "b"]), None);
        let (_, todos) = play(dialect, [same(), same()]);
        assert_eq!(todos.list(&Todo::query()).await.unwrap_err().kind(), ErrorKind::Decode, "{dialect}");
    }
}

#[tokio::test]
async fn a_conflict_without_the_row_asks_for_it() {
    for dialect in Dialect::ALL {
        let truth = if dialect == Dialect::NodeV2 {
            list(dialect, &body("a", 9, "v9"), Some(1))
        } else {
            json(200, body("a", 9, "v9"))
        };
        // N2 echoes the request, D2 sends an error object, others may send nothing.
        let conflict = json(409, r#"{"id":"a","title":"T","count":2}"#);
        let (script, todos) = play(dialect, [conflict.clone(), truth.clone()]);
        let error = todos.insert(todo()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Exists, "{dialect}: {error}");
        let Some(RemoteRow::Live(row)) = error.remote::<Todo>().unwrap() else { panic!("{error}") };
        assert_eq!((row.count, script.sent().len()), (9, 2), "{dialect}");

        let (_, todos) = play(dialect, [json(412, "{}"), truth]);
        let error = todos.update(&todo()).await;
        if dialect == Dialect::Toolkit {
            continue; // read first: the conflict is seen before anything is sent
        }
        let error = error.unwrap_err();
        assert_eq!((error.kind(), error.remote_version().map(Version::as_str)), (ErrorKind::Conflict, Some("v9")));

        // What the server has cannot be told: the conflict is one all the same.
        let (_, todos) = play(dialect, [json(412, "{}"), json(400, "{}")]);
        let error = todos.delete(&todo().id).if_version(&version("v1")).await.unwrap_err();
        assert_eq!((error.kind(), error.remote::<Todo>().unwrap()), (ErrorKind::Conflict, None), "{dialect}");
        assert!(std::error::Error::source(&error).is_some());

        // The row is as the condition wants it: something else is refused.
        let unchanged = json(409, body("a", 9, "v1"));
        let (_, todos) = play(dialect, [unchanged]);
        let error = todos.update(&todo()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Rejected, "{dialect}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_is_sent_once_and_says_whether_it_may_have_arrived() {
    for dialect in Dialect::ALL {
        for (answer, kind, may_have_arrived) in [
            (fails(TransportErrorKind::Unanswered), ErrorKind::Offline, true),
            (fails(TransportErrorKind::Unsent), ErrorKind::Offline, false),
            (json(503, "{}"), ErrorKind::Busy, true),
            (json(500, "{}"), ErrorKind::Busy, true),
            (json(429, "{}"), ErrorKind::Busy, false),
            (json(401, "{}"), ErrorKind::Unauthorized, false),
            (json(403, "{}"), ErrorKind::Rejected, false),
            (json(400, r#"{"error":"bad","message":"bad"}"#), ErrorKind::Rejected, false),
            (reply(200, "content-type: text/html", "<html>"), ErrorKind::Decode, true),
            (json(200, r#"{"id":"a","count":"many"}"#), ErrorKind::Decode, true),
            (json(200, r#"{"id":"b","count":1}"#), ErrorKind::Decode, true),
        ] {
            let (script, todos) = play(dialect, [answer.clone()]);
            let error = todos.insert(todo()).await.unwrap_err();
            assert_eq!((error.kind(), error.may_have_arrived()), (kind, may_have_arrived), "{dialect}: {error:?}");
            assert_eq!((error.table(), error.row()), (Some("todoitem"), Some("a")), "{dialect}: {error:?}");
            assert_eq!(script.sent().len(), 1, "{dialect}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_is_repeated_while_its_failure_may_pass() {
    for dialect in Dialect::ALL {
        let (script, todos) = play(
            dialect,
            [json(503, ""), fails(TransportErrorKind::Unanswered), list(dialect, &body("a", 1, "v"), Some(1))],
        );
        assert_eq!(todos.list(&Todo::query()).await.unwrap().len(), 1, "{dialect}");
        assert_eq!(script.sent().len(), 3, "{dialect}");
        let (script, todos) = play(dialect, [json(503, ""), json(503, ""), json(503, "")]);
        let error = todos.list(&Todo::query()).await.unwrap_err();
        assert_eq!((error.kind(), error.may_have_arrived()), (ErrorKind::Busy, false), "{dialect}");
        assert_eq!(script.sent().len(), 3, "{dialect}");
        let (script, todos) = play(dialect, [json(400, "{}")]);
        assert_eq!(todos.list(&Todo::query()).await.unwrap_err().kind(), ErrorKind::Rejected, "{dialect}");
        assert_eq!(script.sent().len(), 1, "{dialect}");
    }
}

#[tokio::test]
async fn a_bare_404_is_proved_by_a_read_of_the_table() {
    // A wrong address answers like a missing row.
    let (script, todos) = play(Dialect::Toolkit, [reply(404, "", ""), reply(404, "", "")]);
    let error = todos.delete(&todo().id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
    assert_eq!(script.sent(), ["DELETE /tables/todoitem/a", "GET /tables/todoitem?$top=1"]);
    let (script, todos) =
        play(Dialect::Toolkit, [reply(404, "", ""), list(Dialect::Toolkit, "", Some(0)), reply(404, "", "")]);
    for _ in 0..2 {
        assert_eq!(todos.delete(&todo().id).await.unwrap_err().kind(), ErrorKind::NotFound);
    }
    assert_eq!(script.sent().len(), 3, "once proved is enough");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_an_error() {
    for dialect in Dialect::ALL {
        let rows = format!(r#"{},{{"id":"b","title":"T","count":"many","version":"v"}}"#, body("a", 1, "v"));
        let (_, todos) = play(dialect, [list(dialect, &rows, Some(2))]);
        let error = todos.list(&Todo::query()).await.unwrap_err();
        assert_eq!((error.kind(), error.table(), error.row()), (ErrorKind::Decode, Some("todoitem"), Some("b")));
        assert!(error.message().contains("column `count`"), "{error}");
        let (_, todos) = play(dialect, [list(dialect, &rows, Some(2))]);
        let mut stream = todos.stream(&Todo::query());
        assert_eq!(stream.next().await.unwrap().unwrap_err().kind(), ErrorKind::Decode);
        assert!(stream.next().await.is_none(), "{dialect}: an error ends the stream");
    }
}

#[tokio::test]
async fn an_integer_that_the_server_would_change_is_not_sent() {
    #[derive(Debug, Clone, Default, SyncTable)]
    #[sync(table = "todoitem")]
    struct Big {
        id: Id,
        count: i64,
    }
    let script = Script::new([]);
    let client = RemoteClient::builder("https://example.com").dialect(Dialect::NodeV2);
    let bigs = client.transport(Shared(Arc::clone(&script))).build().unwrap().table::<Big>();
    let error = bigs.insert(Big { id: "a".parse().unwrap(), count: (1 << 53) + 1 }).await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_arrived()), (ErrorKind::Invalid, false), "{error}");
    let error = bigs.update(&Big { id: "a".parse().unwrap(), count: i64::MIN }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert!(script.sent().is_empty());
}

#[tokio::test]
async fn deleted_rows_and_parameters_are_sent_when_they_are_asked_for() {
    for dialect in Dialect::ALL {
        let deleted = r#"{"id":"a","title":null,"count":1,"version":"v","deleted":true}"#;
        let (script, todos) = play(dialect, [list(dialect, deleted, Some(1)), list(dialect, "", Some(0))]);
        let query = Todo::query().parameter("re gion&", "north & +ü#").parameter("b", "1").parameter("b", "2");
        assert_eq!(todos.list(&query.clone().include_deleted()).await.unwrap().len(), 1, "{dialect}");
        assert_eq!(todos.count(&query).await.unwrap(), 0, "{dialect}");
        let sent = script.sent();
        let parameters = "&b=2&re%20gion%26=north%20%26%20%2B%C3%BC%23";
        assert!(sent[0].contains(&format!("&__includeDeleted=true{parameters}")), "{dialect}: {sent:?}");
        assert!(sent[1].contains(parameters) && !sent[1].contains("__includeDeleted"), "{dialect}: {sent:?}");
    }
}

#[tokio::test]
async fn parameters_of_the_protocol_are_refused_before_anything_is_sent() {
    for dialect in Dialect::ALL.map(Some).into_iter().chain([None]) {
        let script = Script::new([]);
        let mut builder = RemoteClient::builder("https://example.com").transport(Shared(Arc::clone(&script)));
        if let Some(dialect) = dialect {
            builder = builder.dialect(dialect);
        }
        let todos = builder.build().unwrap().table::<Todo>();
        for name in ["", "$filter", "$", "__includeDeleted", "__x"] {
            let query = Todo::query().parameter(name, "x");
            for error in [
                todos.list(&query).await.unwrap_err(),
                todos.list(&query.clone().take(0)).await.unwrap_err(),
                todos.count(&query).await.unwrap_err(),
                todos.page(&query).await.unwrap_err(),
                todos.stream(&query).next().await.unwrap().unwrap_err(),
            ] {
                assert_eq!((error.kind(), error.table()), (ErrorKind::Invalid, Some("todoitem")), "{name}: {error}");
            }
        }
        if dialect == Some(Dialect::DatasyncV3) {
            // There an option need not have its `$`.
            for name in ["top", "Filter", "INLINECOUNT".trim_start_matches("INLINE")] {
                let error = todos.list(&Todo::query().parameter(name, "1")).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Invalid, "{name}: {error}");
            }
        }
        assert!(script.sent().is_empty());
    }
}

#[tokio::test]
async fn functions_that_node_answers_wrongly_on_sqlite_are_refused_if_it_is_known() {
    #[derive(Debug, Clone, SyncTable)]
    #[sync(table = "todoitem")]
    struct Timed {
        id: Id,
        title: String,
        count: i32,
        at: synctable::Timestamp,
    }
    let query = Timed::query;
    let queries = [
        (query().filter(|t| t.title.starts_with("a")), "startswith"),
        (query().filter(|t| t.count.eq(1).or(!t.title.ends_with("a"))), "endswith"),
        (query().filter(|t| t.count.eq(1)).filter(|t| t.title.contains("a")), "substringof"),
        (query().filter(|t| t.count.rem(2).eq(1)), "mod"),
        (query().filter(|t| t.count.eq(t.title.index_of("a"))), "indexof"),
        (query().filter(|t| t.title.trim().len().gt(2)), "length"),
        (query().filter(|t| t.at.year().eq(2024)), "year"),
        (query().filter(|t| t.at.month().eq(2)), "month"),
        (query().filter(|t| t.at.day().eq(2)), "day"),
        (query().filter(|t| t.at.hour().eq(2)), "hour"),
        (query().filter(|t| t.at.minute().eq(2)), "minute"),
        (query().filter(|t| t.at.second().add(1).is_in([2, 3])), "second"),
    ];
    for dialect in Dialect::ALL {
        for (query, function) in &queries {
            let script = Script::new([list(dialect, "", Some(0)), list(dialect, "", Some(0))]);
            let builder = || RemoteClient::builder("https://example.com").dialect(dialect);
            let sqlite = builder().node_on_sqlite().transport(Shared(Arc::clone(&script))).build().unwrap();
            let listed = sqlite.table::<Timed>().list(query).await;
            if dialect == Dialect::NodeV2 {
                let error = listed.unwrap_err();
                assert_eq!((error.kind(), error.table()), (ErrorKind::Unsupported, Some("todoitem")), "{error}");
                assert!(error.message().contains(&format!("`{function}`")), "{error}");
                assert!(error.message().contains("node-v2"), "{error}");
                assert!(script.requests().is_empty());
            } else {
                listed.unwrap();
            }
            let unknown = builder().transport(Shared(Arc::clone(&script))).build().unwrap();
            unknown.table::<Timed>().list(query).await.unwrap();
        }
    }
}
