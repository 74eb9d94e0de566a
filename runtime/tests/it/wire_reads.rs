//! Pages and truths in each dialect: what goes out, and how each shape reads (protocol.md 3.5 and 7).

use std::time::Duration;

use synctable::wire::{Dialect, PageRequest};
use synctable::{ColumnDef, ErrorKind, RowBatch, SystemColumn, TableSchema};

use crate::wire_script::{ALL_ROWS, Reply, Script, TODO, TODO_COLUMNS, json, line, reply, truth};

const HTML: &str = "content-type: text/html; charset=utf-8";
const PROBLEM: &str = "content-type: application/problem+json; charset=utf-8";

fn row(id: &str, deleted: bool) -> String {
    format!(
        r#"{{"id":"{id}","title":"T","complete":null,"updatedAt":"2026-11-22T04:14:25.400Z","version":"v","deleted":{deleted}}}"#
    )
}

fn shown_row(id: &str) -> String {
    format!("{id} T v 2026-11-22T04:14:25.400Z")
}

#[tokio::test]
async fn what_a_list_asks() {
    let request = PageRequest {
        filter: Some("(title eq 'a&b') and (updatedAt ge cast(2024-01-02T03:04:05.678Z,Edm.DateTimeOffset))"),
        order: "updatedAt,id",
        select: Some(&[&TODO_COLUMNS[1], SystemColumn::UpdatedAt.column()]),
        ..PageRequest::EVERY
    };
    let filter =
        "$filter=(title%20eq%20'a%26b')%20and%20(updatedAt%20ge%20cast(2024-01-02T03:04:05.678Z,Edm.DateTimeOffset))";
    for (dialect, select, count, version, empty) in [
        (Dialect::NodeV2, "", "$inlinecount=allpages", " version=2.0.0", r#"{"results":[],"count":0}"#),
        (
            Dialect::DotNetV2,
            "&$select=id,title,updatedAt",
            "$inlinecount=allpages",
            " version=2.0.0",
            r#"{"results":[],"count":0}"#,
        ),
        (
            Dialect::DatasyncV3,
            "&$select=id,title,updatedAt",
            "$count=true",
            " version=3.0.0",
            r#"{"items":[],"count":0,"nextLink":null}"#,
        ),
        (Dialect::Toolkit, "&$select=id,title,updatedAt", "$count=true", "", r#"{"items":[],"count":0}"#),
    ] {
        let script = Script::new([json(200, empty)]);
        let page = script.table(dialect).page(&request, RowBatch::new(&TODO)).await.unwrap();
        assert_eq!((page.row_count(), page.count), (0, Some(0)));
        let expected = format!(
            "GET /tables/todoitem?{filter}&$orderby=updatedAt,id{select}&$top=1000&{count}&__includeDeleted=true{version}"
        );
        assert_eq!(script.sent(), [expected], "{dialect}");
    }
}

#[tokio::test]
async fn what_is_asked_of_a_narrow_table() {
    static NARROW: TableSchema = TableSchema::new("todoitem", &TODO_COLUMNS).narrow();
    let named = "$select=id,title,complete,version,updatedAt";
    for (dialect, select, in_row) in [
        (Dialect::NodeV2, String::new(), String::new()),
        (Dialect::DotNetV2, format!("&{named},createdAt,deleted"), format!("&{named},createdAt,deleted")),
        (Dialect::DatasyncV3, format!("&{named},deleted"), String::new()),
        (Dialect::Toolkit, format!("&{named},deleted"), String::new()),
    ] {
        let list = match dialect {
            Dialect::NodeV2 | Dialect::DotNetV2 => r#"{"results":[],"count":0}"#,
            Dialect::DatasyncV3 | Dialect::Toolkit => r#"{"items":[],"count":0}"#,
        };
        let truth = if dialect == Dialect::NodeV2 { list.to_owned() } else { row("t1", false) };
        let script = Script::new([json(200, list), json(200, truth)]);
        let table = script.builder().dialect(dialect).build().unwrap().table(&NARROW);
        table.page(&ALL_ROWS, RowBatch::new(&NARROW)).await.unwrap();
        table.truth("t1").await.unwrap();
        let sent = script.sent();
        assert!(sent[0].contains(&format!("$orderby=updatedAt,id{select}&$top=50&")), "{dialect}: {}", sent[0]);
        if dialect == Dialect::NodeV2 {
            assert!(!sent[1].contains("$select"), "{}", sent[1]);
        } else {
            let row = format!("GET /tables/todoitem/t1?__includeDeleted=true{in_row}");
            assert_eq!(sent[1].split(" version=").next().unwrap(), row, "{dialect}");
        }
    }
}

#[tokio::test]
async fn every_shape_of_a_page() {
    let (a, b) = (row("a", false), row("b", true));
    for (body, count) in [
        (format!("[{a},{b}]"), None),
        (format!(r#"{{"results":[{a},{b}],"count":7}}"#), Some(7)),
        (format!(r#"{{"items":[{a},{b}],"count":7,"nextLink":"$skip=2"}}"#), Some(7)),
        (format!(r#"{{"count":7,"Items":[{a},{b}]}}"#), Some(7)),
        (format!(r#"{{"items":[{a},{b}],"count":null,"nextLink":"https://evil.example.net/"}}"#), None),
        (format!(r#"{{"items":[{a},{b}],"count":-1}}"#), None),
        (format!(r#"{{"items":[{a},{b}],"count":"7"}}"#), None),
        (format!("\u{FEFF}  {{\"items\" : [ {a} ,\n{b} ] }}\n"), None),
    ] {
        let script =
            Script::new([reply(200, "content-type: application/json\ndate: Sun, 22 Nov 2026 03:42:03 GMT", &body)]);
        let mut batch = RowBatch::new(&TODO);
        batch.push();
        let page = script.table(Dialect::Toolkit).page(&ALL_ROWS, batch).await.unwrap();
        let lines: Vec<_> = page.rows.iter().map(|row| line(&row.to_row())).collect();
        assert_eq!(lines, [shown_row("a"), format!("{} deleted", shown_row("b"))], "{body}");
        assert_eq!(page.count, count, "{body}");
        assert_eq!(page.bytes, body.len() as u64);
        assert_eq!(page.date.unwrap().to_millis_string(), "2026-11-22T03:42:03.000Z");
        assert!(!page.has_unknown_members);
        assert_eq!(script.sent().len(), 1, "no link is followed");
    }
}

#[tokio::test]
async fn an_empty_array_hides_an_error() {
    for (dialect, kind) in [
        (Dialect::NodeV2, ErrorKind::Rejected),
        (Dialect::DotNetV2, ErrorKind::Rejected),
        (Dialect::DatasyncV3, ErrorKind::Decode),
        (Dialect::Toolkit, ErrorKind::Decode),
    ] {
        let script = Script::new([json(200, "[]")]);
        let request = PageRequest { filter: Some("nope eq 1"), ..ALL_ROWS };
        let failure = script.table(dialect).page(&request, RowBatch::new(&TODO)).await.unwrap_err();
        assert_eq!(failure.error.kind(), kind, "{dialect}");
        assert_eq!(failure.error.message().contains("nope"), kind == ErrorKind::Rejected, "{failure}");
        assert!(!failure.is_transient);
    }
}

#[tokio::test]
async fn refusals_of_a_list() {
    let cases: [(Dialect, Reply, ErrorKind, &str, bool); 14] = [
        (Dialect::NodeV2, reply(404, HTML, "<pre>Cannot GET</pre>"), ErrorKind::Rejected, "Cannot GET", false),
        (Dialect::NodeV2, json(500, r#"{"error":"bad (at index 3)"}"#), ErrorKind::Busy, "bad (at index 3)", true),
        (
            Dialect::NodeV2,
            json(400, r#"{"error":"You cannot request more than 1000 records"}"#),
            ErrorKind::Rejected,
            "1000 records",
            true,
        ),
        (Dialect::NodeV2, reply(401, HTML, "You must be logged in"), ErrorKind::Unauthorized, "logged in", false),
        (Dialect::DotNetV2, json(400, r#"{"message":"bad"}"#), ErrorKind::Rejected, "bad", true),
        (
            Dialect::DatasyncV3,
            json(400, r#""The query is invalid""#),
            ErrorKind::Rejected,
            "The query is invalid",
            false,
        ),
        (Dialect::DatasyncV3, reply(400, PROBLEM, r#"{"title":"Bad"}"#), ErrorKind::Rejected, "Bad", true),
        (
            Dialect::Toolkit,
            json(400, r#"{"code":"400","message":"bad query"}"#),
            ErrorKind::Rejected,
            "bad query",
            true,
        ),
        (Dialect::Toolkit, reply(403, "", ""), ErrorKind::Rejected, "refuses", false),
        (Dialect::Toolkit, reply(414, "", ""), ErrorKind::Rejected, "refuses", false),
        (Dialect::Toolkit, reply(503, "retry-after: 9", ""), ErrorKind::Busy, "cannot answer now", false),
        (Dialect::Toolkit, reply(429, "retry-after: 99999", ""), ErrorKind::Busy, "cannot answer now", false),
        (
            Dialect::Toolkit,
            reply(302, "location: https://portal.example.net/", ""),
            ErrorKind::Busy,
            "elsewhere",
            false,
        ),
        (Dialect::Toolkit, reply(304, "", ""), ErrorKind::Decode, "out of turn", false),
    ];
    for (dialect, answer, kind, words, own_form) in cases {
        let status = answer.as_ref().unwrap().status;
        let wait =
            answer.as_ref().unwrap().headers.get("retry-after").map(|value| value.parse::<u64>().unwrap().min(3600));
        let script = Script::new([answer]);
        let failure = script.table(dialect).page(&ALL_ROWS, RowBatch::new(&TODO)).await.unwrap_err();
        assert_eq!(failure.error.kind(), kind, "{dialect} {status}");
        assert_eq!(failure.error.status(), Some(status));
        assert_eq!(failure.error.table(), Some("todoitem"));
        assert!(failure.error.to_string().contains(words), "{failure}");
        assert!(failure.error.to_string().ends_with("at https://example.com/tables/todoitem"), "{failure}");
        assert_eq!(failure.own_form, own_form, "{dialect} {status}");
        assert_eq!(failure.is_transient, kind == ErrorKind::Busy);
        assert_eq!(failure.retry_after, wait.map(Duration::from_secs));
    }
}

#[tokio::test]
async fn the_truth_in_each_dialect() {
    let list = r#"GET /tables/todoitem?$filter=id%20eq%20'o''k'&$top=2&$inlinecount=allpages&__includeDeleted=true version=2.0.0"#;
    let none = r#"{"results":[],"count":0}"#;
    let live = row("o'k", false);
    let dead = row("o'k", true);
    for (answer, expected) in [
        (json(200, none), "none".to_owned()),
        (json(200, format!(r#"{{"results":[{live}],"count":1}}"#)), format!("live {}", shown_row("o'k"))),
        (json(200, format!(r#"{{"results":[{dead}],"count":1}}"#)), format!("gone {} deleted", shown_row("o'k"))),
        (
            json(200, format!(r#"{{"results":[{}],"count":1}}"#, live.replace("null", "\"yes\""))),
            "unreadable o'k: column `complete`: expected true or false, found `yes`".to_owned(),
        ),
    ] {
        let script = Script::new([answer]);
        assert_eq!(truth(&script.table(Dialect::NodeV2).truth("o'k").await.unwrap()), expected);
        assert_eq!(script.sent(), [list]);
    }

    for (dialect, version) in
        [(Dialect::DotNetV2, " version=2.0.0"), (Dialect::DatasyncV3, " version=3.0.0"), (Dialect::Toolkit, "")]
    {
        let tagged = "content-type: application/json\netag: \"tag\"";
        for (answer, expected) in [
            (json(200, &live), format!("live {}", shown_row("o'k"))),
            (reply(200, tagged, &live), format!("live {}", shown_row("o'k").replace(" v ", " tag "))),
            (json(200, &dead), format!("gone {} deleted", shown_row("o'k"))),
            (reply(410, "", ""), "gone -".to_owned()),
        ] {
            let script = Script::new([answer]);
            assert_eq!(truth(&script.table(dialect).truth("o'k").await.unwrap()), expected);
            assert_eq!(script.sent(), [format!("GET /tables/todoitem/o%27k?__includeDeleted=true{version}")]);
        }
    }
}

#[tokio::test]
async fn a_bare_404_is_proved_once() {
    let items = || json(200, r#"{"items":[],"count":null}"#);
    let script = Script::new([reply(404, "", ""), items(), reply(404, "", ""), reply(404, "", "")]);
    let table = script.table(Dialect::Toolkit);
    for _ in 0..3 {
        assert_eq!(truth(&table.truth("t1").await.unwrap()), "none");
    }
    let read = "GET /tables/todoitem/t1?__includeDeleted=true";
    assert_eq!(script.sent(), [read, "GET /tables/todoitem?$top=1", read, read]);

    // A wrong address is no missing row.
    let script = Script::new([reply(404, "", ""), reply(404, "", "")]);
    let failure = script.table(Dialect::Toolkit).truth("t1").await.unwrap_err();
    assert_eq!((failure.error.kind(), failure.error.status()), (ErrorKind::Rejected, Some(404)));
    assert_eq!(failure.error.row(), Some("t1"));

    // V3 says that it means the row.
    let script = Script::new([reply(404, PROBLEM, r#"{"title":"Not Found","status":404}"#)]);
    assert_eq!(truth(&script.table(Dialect::DatasyncV3).truth("t1").await.unwrap()), "none");
    assert_eq!(script.sent().len(), 1);
}

#[tokio::test]
async fn truths_that_are_none() {
    for (dialect, answer, kind) in [
        (Dialect::Toolkit, json(200, row("other", false)), ErrorKind::Decode),
        (Dialect::Toolkit, json(200, "{}"), ErrorKind::Decode),
        (Dialect::Toolkit, json(200, ""), ErrorKind::Decode),
        (Dialect::Toolkit, reply(200, HTML, row("t1", false)), ErrorKind::Decode),
        (Dialect::Toolkit, reply(401, "", ""), ErrorKind::Unauthorized),
        (Dialect::Toolkit, reply(500, "", ""), ErrorKind::Busy),
        (Dialect::NodeV2, json(200, format!(r#"{{"results":[{}],"count":1}}"#, row("T1", false))), ErrorKind::Decode),
        (Dialect::NodeV2, json(200, "[]"), ErrorKind::Rejected),
    ] {
        let about = format!("{answer:?}");
        let script = Script::new([answer]);
        let failure = script.table(dialect).truth("t1").await.unwrap_err();
        assert_eq!((failure.error.kind(), failure.error.row()), (kind, Some("t1")), "{about}");
    }
    for id in ["", ".", ".."] {
        let failure = Script::new([]).table(Dialect::Toolkit).truth(id).await.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::Invalid, "{id}");
    }
}

#[tokio::test]
async fn whether_the_table_answers() {
    for (body, answers) in [
        ("[]", true),
        (r#"{"items":[]}"#, true),
        (r#"{"results":[],"count":0}"#, true),
        (r#"{"error":"no"}"#, false),
        ("<html>", false),
        ("", false),
    ] {
        let script = Script::new([json(200, body)]);
        assert_eq!(script.table(Dialect::NodeV2).answers().await.is_ok(), answers, "{body}");
        assert_eq!(script.sent(), ["GET /tables/todoitem?$top=1 version=2.0.0"]);
    }
}

#[tokio::test]
async fn reads_follow_redirects_to_the_same_origin() {
    let page = || json(200, r#"{"items":[],"count":0}"#);
    for status in [301, 302, 303, 307, 308] {
        let script = Script::new([reply(status, "location: /moved/todoitem?x=1#f", ""), page()]);
        script.table(Dialect::Toolkit).page(&ALL_ROWS, RowBatch::new(&TODO)).await.unwrap();
        assert_eq!(script.sent()[1], "GET /moved/todoitem?x=1");
    }
    for location in
        ["http://example.com/x", "https://example.com:8443/x", "//evil.example.net", "https://a:b@example.com/"]
    {
        let script = Script::new([reply(302, &format!("location: {location}"), "")]);
        let failure = script.table(Dialect::Toolkit).page(&ALL_ROWS, RowBatch::new(&TODO)).await.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::Busy, "{location}");
        assert_eq!(script.sent().len(), 1, "{location}");
    }
}

#[tokio::test]
async fn endpoints_paths_and_routes() {
    static PLAIN: TableSchema = TableSchema::new("Todo Item", &COLUMNS);
    static ROUTED: TableSchema = TableSchema::new("todoitem", &COLUMNS).route("/api/todo/");
    static COLUMNS: [ColumnDef; 1] = [ColumnDef::id("id")];
    for (endpoint, tables_path, table, expected) in [
        ("https://example.com", "tables", &PLAIN, "https://example.com/tables/Todo%20Item?$top=1"),
        ("https://example.com/app/", "/api/v1/", &PLAIN, "https://example.com/app/api/v1/Todo%20Item?$top=1"),
        ("https://example.com/app", "", &PLAIN, "https://example.com/app/Todo%20Item?$top=1"),
        ("https://example.com/app", "tables", &ROUTED, "https://example.com/app/api/todo?$top=1"),
    ] {
        let script = Script::new([json(200, "[]")]);
        let builder = synctable::wire::WireClient::builder(endpoint).transport(script.clone()).tables_path(tables_path);
        let client = builder.dialect(Dialect::Toolkit).build().unwrap();
        client.table(table).answers().await.unwrap();
        assert_eq!(script.requests()[0].url, expected);
    }
}

#[test]
fn headers_of_the_app_are_checked() {
    let builder = || Script::new([]).builder();
    for (name, value) in [
        ("", "x"),
        ("a b", "x"),
        ("a:", "x"),
        ("x", "a\r\nb: c"),
        ("If-Match", "x"),
        ("content-type", "x"),
        ("zumo-api-version", "3"),
    ] {
        let error = builder().header(name, value).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{name}");
        assert!(!error.to_string().contains("b: c"));
    }
    assert!(builder().header("X-ZUMO-AUTH", "a b").build().is_ok());
}

#[tokio::test]
async fn traffic_is_counted() {
    let script = Script::new([json(200, r#"{"items":[]}"#), json(204, "")]);
    let table = script.table(Dialect::Toolkit);
    table.answers().await.unwrap();
    let row = crate::wire_script::todo("t1", "x");
    table.write(&synctable::wire::WriteRequest::Insert { row: &row }).await;
    let traffic = table.client().traffic();
    assert_eq!((traffic.requests, traffic.received_bytes), (2, 12));
    assert_eq!(traffic.sent_bytes, script.requests()[1].body.len() as u64);
}

#[tokio::test]
async fn a_look_shows_the_list_or_the_refusal_as_it_came() {
    let table = |replies: Vec<Reply>| {
        let script = Script::new(replies);
        (script.table(Dialect::NodeV2), script)
    };
    let node = "content-type: text/html\nx-zumo-server-version: node-4.0.2";
    let page = "<html><head><title>Error</title></head><pre>Cannot GET /x</pre></html>";
    let (todo, script) = table(vec![json(200, r#"{"results":[],"count":0}"#), reply(404, node, page)]);
    let found = todo.look(Dialect::NodeV2, &[("$filter", "title eq 'a&b'"), ("$top", "1")]).await.unwrap();
    assert!(found.is_success());
    assert_eq!(found.json.as_deref(), Some(r#"{"results":[],"count":0}"#));
    let missing = todo.look(Dialect::Toolkit, &[]).await.unwrap();
    assert!(!missing.is_success());
    assert_eq!((missing.status, missing.json, missing.message.as_str()), (404, None, "Cannot GET /x"));
    assert_eq!(missing.server.as_deref(), Some("node-4.0.2"));
    assert_eq!(
        script.sent(),
        [
            "GET /tables/todoitem?$filter=title%20eq%20'a%26b'&$top=1&$inlinecount=allpages&__includeDeleted=true version=2.0.0",
            "GET /tables/todoitem?$count=true&__includeDeleted=true",
        ]
    );
    for (answer, kind) in [
        (reply(200, "content-type: text/html", page), ErrorKind::Decode),
        (reply(401, "", ""), ErrorKind::Unauthorized),
        (reply(503, "", ""), ErrorKind::Busy),
        (reply(302, "location: https://elsewhere.example/", ""), ErrorKind::Busy),
    ] {
        let failure = table(vec![answer]).0.look(Dialect::Toolkit, &[]).await.unwrap_err();
        assert_eq!(failure.error.kind(), kind);
    }
}
