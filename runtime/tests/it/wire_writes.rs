//! Each verb in each dialect: what goes out, and what each answer means (protocol.md 3 to 8).

use synctable::wire::answer::{Body, Delivery};
use synctable::wire::{Dialect, TransportErrorKind, WriteRequest};
use synctable::{Constant, Row, TableSchema};

use crate::wire_script::{Reply, Script, TODO_COLUMNS, fails, json, outcome, reply, todo, version};

const N2: Dialect = Dialect::NodeV2;
const D2: Dialect = Dialect::DotNetV2;
const V3: Dialect = Dialect::DatasyncV3;
const TK: Dialect = Dialect::Toolkit;

#[derive(Debug, Clone, Copy)]
enum Verb {
    Insert,
    Update,
    NarrowUpdate,
    Delete,
    Undelete,
    NarrowUndelete,
}

/// Writes the row `t1` (title "New", complete) over version `MQ==`, of which the title was changed.
async fn write(dialect: Dialect, verb: Verb, replies: Vec<Reply>) -> (Vec<String>, String) {
    let script = Script::new(replies);
    let (row, base) = (todo("t1", "New"), version("MQ=="));
    let (id, if_match) = ("t1", Some(&base));
    let request = match verb {
        Verb::Insert => WriteRequest::Insert { row: &row },
        Verb::Update => WriteRequest::Update { id, changed: &[1], row: &row, if_match },
        Verb::NarrowUpdate => WriteRequest::NarrowUpdate { id, changed: &[1], row: &row, if_match },
        Verb::Delete => WriteRequest::Delete { id, if_match },
        Verb::Undelete => WriteRequest::Undelete { id, row: &row, if_match },
        Verb::NarrowUndelete => WriteRequest::NarrowUndelete { id, row: &row, if_match },
    };
    let delivery = script.table(dialect).write(&request).await;
    (script.sent(), outcome(&delivery))
}

/// The server's row as each generation writes it.
fn server_row(dialect: Dialect, version: &str, deleted: bool) -> String {
    let created = r#","createdAt":"2026-11-22T04:14:24.615Z""#;
    let (created, updated) = match dialect {
        Dialect::NodeV2 => (created, "2026-11-22T04:14:25.400Z"),
        Dialect::DotNetV2 => (created, "2026-11-22T04:14:25.4Z"),
        Dialect::DatasyncV3 => ("", "2026-11-22T04:14:25.400+00:00"),
        Dialect::Toolkit => ("", "2026-11-22T04:14:25.400Z"),
    };
    format!(
        r#"{{"title":"New","complete":true,"id":"t1"{created},"updatedAt":"{updated}","version":"{version}","deleted":{deleted}}}"#
    )
}

fn with_tag(status: u16, tag: &str, body: &str) -> Reply {
    reply(status, &format!("content-type: application/json; charset=utf-8\netag: {tag}"), body)
}

const LIVE: &str = "row t1 New Mg== 2026-11-22T04:14:25.400Z";

#[tokio::test]
async fn what_each_verb_sends_and_how_success_reads() {
    const WHOLE: &str = r#"{"id":"t1","title":"New","complete":true}"#;
    let version_of = |dialect| match dialect {
        Dialect::NodeV2 | Dialect::DotNetV2 => " version=2.0.0",
        Dialect::DatasyncV3 => " version=3.0.0",
        Dialect::Toolkit => "",
    };
    let tagged = r#" if-match="MQ==""#;
    let patch = r#"{"title":"New"}"#;
    let live = r#"{"deleted":false}"#;
    let row = "/tables/todoitem/t1";
    let with_deleted = "/tables/todoitem/t1?__includeDeleted=true";
    for dialect in Dialect::ALL {
        let version = version_of(dialect);
        let update = match dialect {
            Dialect::Toolkit => format!("PUT {row}{tagged}{version} {WHOLE}"),
            Dialect::NodeV2 | Dialect::DotNetV2 | Dialect::DatasyncV3 => {
                format!("PATCH {row}{tagged}{version} {patch}")
            }
        };
        let undelete = match dialect {
            Dialect::NodeV2 => format!("POST {row}{tagged}{version}"),
            Dialect::DotNetV2 => format!("PATCH {with_deleted}{tagged}{version} {live}"),
            Dialect::DatasyncV3 => format!("PATCH {row}{tagged}{version} {live}"),
            Dialect::Toolkit => format!("PUT {with_deleted}{tagged} {WHOLE}"),
        };
        let delete = (
            format!("DELETE {row}{tagged}{version}"),
            match dialect {
                Dialect::NodeV2 => {
                    (with_tag(200, "\"Mg==\"", &server_row(dialect, "Mg==", true)), format!("200 {LIVE} deleted"))
                }
                Dialect::DotNetV2 | Dialect::DatasyncV3 | Dialect::Toolkit => {
                    (reply(204, "", ""), "204 none".to_owned())
                }
            },
        );
        let success =
            |status| (with_tag(status, "\"Mg==\"", &server_row(dialect, "Mg==", false)), format!("{status} {LIVE}"));
        let undeleted = if dialect == N2 { 201 } else { 200 };
        for (verb, (request, (answer, expected))) in [
            (Verb::Insert, (format!("POST /tables/todoitem{version} {WHOLE}"), success(201))),
            (Verb::Update, (update, success(200))),
            (Verb::Delete, delete),
            (Verb::Undelete, (undelete, success(undeleted))),
        ] {
            let (sent, came) = write(dialect, verb, vec![answer]).await;
            assert_eq!((sent, came), (vec![request], expected), "{dialect} {verb:?}");
        }
    }
}

#[tokio::test]
async fn headers_of_every_request() {
    let script = Script::new([json(204, "")]);
    let client = script.builder().dialect(V3).header("X-ZUMO-AUTH", "token").header("X-App", "1").build().unwrap();
    let table = client.table(&crate::wire_script::TODO);
    table.write(&WriteRequest::Delete { id: "t1", if_match: None }).await;
    let headers = &script.requests()[0].headers;
    for (name, value) in [
        ("accept", "application/json"),
        ("accept-encoding", "gzip"),
        ("x-zumo-auth", "token"),
        ("x-app", "1"),
        ("zumo-api-version", "3.0.0"),
    ] {
        assert_eq!(headers.get(name), Some(value), "{name}");
    }
    assert_eq!(headers.get("if-match"), None);
    assert!(headers.get("user-agent").is_some_and(|agent| agent.starts_with("synctable/")));
    assert!(!format!("{:?}", script.requests()[0]).contains("token"), "secrets are not shown");
}

#[tokio::test]
async fn answers_without_success() {
    const ECHO: &str = r#"{"id":"t1","title":"New","complete":true}"#;
    const PROBLEM: &str = "content-type: application/problem+json; charset=utf-8";
    const HTML: &str = "content-type: text/html; charset=utf-8";
    let missing = r#"{"error":"The item does not exist"}"#;
    let not_found = r#"{"type":"x","title":"Not Found","status":404}"#;
    let gone = r#"{"type":"x","title":"Gone","status":410}"#;
    let conflict = |dialect, status| with_tag(status, "\"Mg==\"", &server_row(dialect, "Mg==", false));
    let row = |status| format!("{status} {LIVE}");
    let none = |text: &str| text.to_owned();
    let cases: Vec<(Dialect, Verb, Reply, String)> = vec![
        // 409 to an insert: the server's row on V3 and TK only.
        (N2, Verb::Insert, with_tag(409, "W/\"2-l9Fw\"", ECHO), none("409 none foreign")),
        (N2, Verb::Insert, conflict(N2, 409), none("409 none foreign")),
        (D2, Verb::Insert, json(409, r#"{"message":"duplicate"}"#), none("409 none `duplicate`")),
        (V3, Verb::Insert, conflict(V3, 409), row(409)),
        (TK, Verb::Insert, conflict(TK, 409), row(409)),
        // Outdated versions.
        (N2, Verb::Update, conflict(N2, 412), row(412)),
        (N2, Verb::Update, conflict(N2, 409), row(409)),
        (D2, Verb::Update, json(412, server_row(D2, "Mg==", false)), row(412)),
        (V3, Verb::Update, conflict(V3, 412), row(412)),
        (TK, Verb::Update, conflict(TK, 412), row(412)),
        (TK, Verb::Update, conflict(TK, 409), row(409)),
        (N2, Verb::Delete, conflict(N2, 412), row(412)),
        (D2, Verb::Delete, json(412, server_row(D2, "Mg==", false)), row(412)),
        (V3, Verb::Delete, conflict(V3, 412), row(412)),
        (TK, Verb::Delete, conflict(TK, 412), row(412)),
        (N2, Verb::Undelete, conflict(N2, 412), row(412)),
        (V3, Verb::Undelete, with_tag(412, "\"Mg==\"", &server_row(V3, "Mg==", true)), format!("412 {LIVE} deleted")),
        // Missing and deleted rows.
        (N2, Verb::Update, json(404, missing), none("404 none `The item does not exist`")),
        (N2, Verb::Delete, json(404, missing), none("404 none `The item does not exist`")),
        (
            N2,
            Verb::Update,
            reply(404, HTML, "<html><pre>Cannot PATCH /x</pre></html>"),
            none("404 none foreign `Cannot PATCH /x`"),
        ),
        (D2, Verb::Update, reply(404, "", ""), none("404 none foreign")),
        (
            D2,
            Verb::Update,
            json(404, r#"{"Message":"No HTTP resource was found"}"#),
            none("404 none foreign `No HTTP resource was found`"),
        ),
        (V3, Verb::Update, reply(404, PROBLEM, not_found), none("404 none `Not Found`")),
        (V3, Verb::Update, reply(404, "", ""), none("404 none foreign")),
        (V3, Verb::Update, reply(410, PROBLEM, gone), none("410 none `Gone`")),
        (TK, Verb::Update, reply(404, "", ""), none("404 none foreign")),
        (TK, Verb::Update, reply(410, "", ""), none("410 none foreign")),
        (TK, Verb::Delete, reply(410, "", ""), none("410 none foreign")),
        // Refusals.
        (N2, Verb::Insert, json(400, r#"{"error":"Cannot update item"}"#), none("400 none `Cannot update item`")),
        (N2, Verb::Insert, reply(401, HTML, "You must be logged in"), none("401 none foreign `You must be logged in`")),
        (
            N2,
            Verb::Insert,
            json(401, r#"{"name":"JsonWebTokenError","message":"jwt malformed"}"#),
            none("401 none `jwt malformed`"),
        ),
        (
            N2,
            Verb::Insert,
            reply(405, "content-type: text/plain", "Method insert is not allowed"),
            none("405 none foreign `Method insert is not allowed`"),
        ),
        (N2, Verb::Update, json(500, r#"{"error":"SQLITE_ERROR"}"#), none("500 none `SQLITE_ERROR`")),
        (D2, Verb::Insert, json(400, r#"{"message":"bad","modelState":{}}"#), none("400 none `bad`")),
        (
            V3,
            Verb::Insert,
            reply(400, PROBLEM, r#"{"title":"Invalid","errors":{"Title":["too long"]}}"#),
            none("400 none `Invalid Title: too long`"),
        ),
        (V3, Verb::Update, json(400, r#""not a patch""#), none("400 none foreign `not a patch`")),
        (
            V3,
            Verb::Update,
            reply(415, PROBLEM, r#"{"title":"Unsupported Media Type"}"#),
            none("415 none `Unsupported Media Type`"),
        ),
        (TK, Verb::Insert, json(400, r#"[{"errorMessage":"too long"}]"#), none("400 none `too long`")),
        (TK, Verb::Update, reply(405, "allow: DELETE, GET, PUT", ""), none("405 none foreign")),
        (TK, Verb::Insert, reply(500, "", ""), none("500 none foreign")),
        (TK, Verb::Update, reply(403, "", ""), none("403 none foreign")),
        (TK, Verb::Update, reply(451, "", ""), none("451 none foreign")),
        // From what stands in between.
        (
            TK,
            Verb::Update,
            reply(503, HTML, "<h1>Service Unavailable</h1>"),
            none("503 none foreign `Service Unavailable`"),
        ),
        (TK, Verb::Update, reply(429, "", ""), none("429 none foreign")),
        (TK, Verb::Update, reply(304, "", ""), none("304 none foreign")),
        (TK, Verb::Insert, reply(302, "location: https://portal.example.net/", ""), none("302 none foreign")),
        // Conflict bodies that are not the server's row.
        (TK, Verb::Update, json(412, server_row(TK, "", false)), none("412 none foreign")),
        (TK, Verb::Update, with_tag(412, "\"Mg==\"", ECHO), none("412 none foreign")),
        (TK, Verb::Update, json(412, server_row(TK, "Mg==", false).replace("t1", "t2")), none("412 none foreign")),
        (TK, Verb::Update, json(412, "[]"), none("412 none foreign")),
        (TK, Verb::Update, reply(412, HTML, server_row(TK, "Mg==", false)), none("412 none foreign")),
        (
            TK,
            Verb::Update,
            json(412, server_row(TK, "Mg==", false).replace("true", "7")),
            none("412 unreadable t1: column `complete`: expected true or false, found `7`"),
        ),
    ];
    for (dialect, verb, answer, expected) in cases {
        let about = format!("{dialect} {verb:?} {answer:?}");
        let (_, came) = write(dialect, verb, vec![answer]).await;
        // Messages of foreign bodies are of no interest where the body is HTML around a row.
        let came = if came.starts_with("412 none foreign") { "412 none foreign".to_owned() } else { came };
        assert_eq!(came, expected, "{about}");
    }
}

#[tokio::test]
async fn successes_that_are_none() {
    const HTML: &str = "content-type: text/html";
    let cut = &server_row(TK, "Mg==", false)[..60];
    let cases: Vec<(Reply, &str)> = vec![
        (json(200, ""), "200 none"),
        (reply(204, "", ""), "204 none"),
        (json(200, server_row(TK, "Mg==", false).replace("t1", "t2")), "200 wrong id t2"),
        (
            json(200, server_row(TK, "Mg==", false).replace("\"New\"", "[1]")),
            "200 unreadable t1: column `title`: expected a single value, found `[1]`",
        ),
        (reply(200, HTML, server_row(TK, "Mg==", false)), "unanswered decode"),
        (reply(200, HTML, "<html>sign in</html>"), "unanswered decode"),
        (json(200, cut), "unanswered decode"),
        (json(200, "[]"), "unanswered decode"),
        (json(200, "{}"), "unanswered decode"),
        (json(200, "null"), "unanswered decode"),
        (json(200, [0xFF, 0xFE]), "unanswered decode"),
        (json(200, r#"{"id":7,"title":"x"}"#), "unanswered decode"),
        (json(200, format!("{} x", server_row(TK, "Mg==", false))), "unanswered decode"),
        (
            reply(200, "content-type: application/json\ncontent-length: 900", server_row(TK, "Mg==", false)),
            "unanswered offline",
        ),
        (reply(200, "content-type: application/json\ncontent-encoding: br", "x"), "unanswered decode"),
        (fails(TransportErrorKind::Unsent), "unsent offline"),
        (fails(TransportErrorKind::Unanswered), "unanswered offline"),
        (fails(TransportErrorKind::TooLarge), "unanswered decode"),
    ];
    for (answer, expected) in cases {
        let about = format!("{answer:?}");
        let (_, came) = write(TK, Verb::Update, vec![answer]).await;
        assert_eq!(came, expected, "{about}");
    }
}

#[tokio::test]
async fn strong_tags_are_versions_and_weak_ones_are_not() {
    let body = server_row(TK, "Mg==", false);
    for (tag, expected) in [("\"TAG\"", "TAG"), ("W/\"TAG\"", "Mg=="), ("TAG", "Mg=="), (r#""a\"b""#, "a\"b")] {
        let (_, came) = write(TK, Verb::Update, vec![with_tag(200, tag, &body)]).await;
        assert_eq!(came, format!("200 row t1 New {expected} 2026-11-22T04:14:25.400Z"), "{tag}");
    }
    let script = Script::new([json(204, "")]);
    let odd = version("a\"b");
    script.table(TK).write(&WriteRequest::Delete { id: "t1", if_match: Some(&odd) }).await;
    assert_eq!(script.sent(), [r#"DELETE /tables/todoitem/t1 if-match="a\"b""#]);
}

#[tokio::test]
async fn a_narrow_update_keeps_what_the_table_lacks() {
    let read = r#"{"title":"Old","complete":false,"extra":{"a":1.50},"id":"t1","updatedAt":"2026-11-22T04:14:25.400Z","version":"MQ==","deleted":false}"#;
    let done = with_tag(200, "\"Mg==\"", &server_row(TK, "Mg==", false));
    let (sent, came) = write(TK, Verb::NarrowUpdate, vec![with_tag(200, "\"MQ==\"", read), done.clone()]).await;
    assert_eq!(
        sent,
        [
            "GET /tables/todoitem/t1",
            r#"PUT /tables/todoitem/t1 if-match="MQ==" {"complete":false,"extra":{"a":1.50},"id":"t1","title":"New"}"#,
        ]
    );
    assert_eq!(came, format!("200 {LIVE}"));

    // Another version: told as a conflict, and nothing is written.
    let (sent, came) = write(TK, Verb::NarrowUpdate, vec![with_tag(200, "\"OTHER\"", read)]).await;
    assert_eq!((sent.len(), came.as_str()), (1, "412 row t1 Old OTHER 2026-11-22T04:14:25.400Z"));

    for (answer, expected) in [
        (reply(404, "", ""), "404 none foreign"),
        (reply(410, "", ""), "410 none foreign"),
        (reply(503, "", ""), "503 none foreign"),
        (json(200, "{}"), "unanswered decode"),
        (json(200, read.replace("t1", "t2")), "unanswered decode"),
        (fails(TransportErrorKind::Unsent), "unsent offline"),
    ] {
        let (sent, came) = write(TK, Verb::NarrowUpdate, vec![answer]).await;
        assert_eq!((sent.len(), came.as_str()), (1, expected));
    }

    let (sent, _) = write(TK, Verb::NarrowUndelete, vec![with_tag(200, "\"MQ==\"", read), done.clone()]).await;
    assert_eq!(
        sent,
        [
            "GET /tables/todoitem/t1?__includeDeleted=true",
            r#"PUT /tables/todoitem/t1?__includeDeleted=true if-match="MQ==" {"extra":{"a":1.50},"id":"t1","title":"New","complete":true}"#,
        ]
    );

    // Where there is PATCH, one request does it.
    let (sent, _) = write(V3, Verb::NarrowUpdate, vec![done]).await;
    assert_eq!(sent, [r#"PATCH /tables/todoitem/t1 if-match="MQ==" version=3.0.0 {"title":"New"}"#]);
}

#[tokio::test]
async fn inserts_carry_the_constants_of_the_table_and_nothing_else_does() {
    static CONSTANTS: [(&str, Constant); 5] = [
        ("region", Constant::Text("E\"U")),
        ("level", Constant::Integer(-3)),
        ("rate", Constant::Float(2.0)),
        ("checked", Constant::Bool(true)),
        ("big", Constant::Integer(1 << 53)),
    ];
    static TABLE: TableSchema = TableSchema::new("todoitem", &TODO_COLUMNS).on_insert(&CONSTANTS);
    let mut row = Row::new(&TABLE);
    row.values = todo("t1", "New").values;
    let constants = r#""region":"E\"U","level":-3,"rate":2.0,"checked":true,"big":9007199254740992"#;
    for dialect in Dialect::ALL {
        let answer = with_tag(200, "\"Mg==\"", &server_row(dialect, "Mg==", false));
        let script = Script::new([answer.clone(), answer.clone(), answer]);
        let table = script.builder().dialect(dialect).build().unwrap().table(&TABLE);
        table.write(&WriteRequest::Insert { row: &row }).await;
        table.write(&WriteRequest::Update { id: "t1", changed: &[1], row: &row, if_match: None }).await;
        table.write(&WriteRequest::Undelete { id: "t1", row: &row, if_match: None }).await;
        let sent = script.sent();
        let body = format!(r#"{{"id":"t1","title":"New","complete":true,{constants}}}"#);
        assert!(sent[0].starts_with("POST /tables/todoitem ") && sent[0].ends_with(&body), "{dialect}: {}", sent[0]);
        assert!(sent[1..].iter().all(|sent| !sent.contains("region")), "{dialect}: {sent:?}");
    }

    // N2 keeps numbers as doubles: what it would change does not leave.
    static BEYOND: [(&str, Constant); 1] = [("big", Constant::Integer((1 << 53) + 1))];
    static WIDE: TableSchema = TableSchema::new("todoitem", &TODO_COLUMNS).on_insert(&BEYOND);
    let script = Script::new([]);
    let wide = script.builder().dialect(N2).build().unwrap().table(&WIDE);
    let Delivery::Unsendable(error) = wide.write(&WriteRequest::Insert { row: &row }).await else { panic!("it left") };
    assert!(error.to_string().contains("the constant `big` is 9007199254740993"), "{error}");
}

#[tokio::test]
async fn redirects_of_writes() {
    let done = || json(200, server_row(TK, "Mg==", false));
    for (status, location, requests) in [
        (307, "https://example.com/other/t1", 2),
        (308, "/other/t1", 2),
        (301, "/other/t1", 1),
        (302, "/other/t1", 1),
        (303, "/other/t1", 1),
        (307, "http://example.com/other/t1", 1),
        (307, "https://example.com:444/other/t1", 1),
        (307, "https://evil.example.net/t1", 1),
        (307, "//evil.example.net/t1", 1),
        (307, "https://user@example.com/t1", 1),
        (307, "\\\\evil.example.net/t1", 1),
    ] {
        let redirect = reply(status, &format!("location: {location}"), "");
        let replies = if requests == 2 { vec![redirect, done()] } else { vec![redirect] };
        let (sent, came) = write(TK, Verb::Update, replies).await;
        assert_eq!(sent.len(), requests, "{status} {location}");
        if requests == 2 {
            assert_eq!(sent[1], sent[0].replace("/tables/todoitem/", "/other/"), "{status} {location}");
            assert_eq!(came, format!("200 {LIVE}"));
        } else {
            assert_eq!(came, format!("{status} none foreign"));
        }
    }
    // A loop ends.
    let around = || reply(307, "location: /tables/todoitem/t1", "");
    let (sent, came) = write(TK, Verb::Update, std::iter::repeat_with(around).take(6).collect()).await;
    assert_eq!((sent.len(), came.as_str()), (6, "307 none foreign"));
}

#[tokio::test]
async fn waits_that_the_server_asks_for() {
    let script = Script::new([reply(503, "retry-after: 7", "")]);
    let Delivery::Answered(answer) = script.table(TK).write(&WriteRequest::Delete { id: "t1", if_match: None }).await
    else {
        panic!("an answer came");
    };
    assert_eq!(answer.retry_after, Some(std::time::Duration::from_secs(7)));
    assert!(matches!(answer.body, Body::None));
}

#[tokio::test]
async fn members_that_the_table_lacks_are_told() {
    for (body, expected) in [
        (server_row(N2, "Mg==", false), false),
        (server_row(TK, "Mg==", false).replace("\"id\"", "\"more\":null,\"id\""), true),
    ] {
        let script = Script::new([json(200, body)]);
        let row = todo("t1", "New");
        let request = WriteRequest::Update { id: "t1", changed: &[1], row: &row, if_match: None };
        let Delivery::Answered(answer) = script.table(N2).write(&request).await else { panic!("an answer came") };
        let Body::Row(row) = answer.body else { panic!("a row came") };
        assert_eq!(row.has_unknown_members, expected);
    }
}
