//! What stands around the tables: health, metrics, limits, CORS.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;
use synctable_server::{Config, Dialect, Server, todoitem_table};

use super::engines::Rows;
use super::http::{get, send, send_json};

fn server(settle: impl FnOnce(Config) -> Config) -> Server {
    Server::start(settle(Config::new(vec![todoitem_table()]))).unwrap()
}

#[test]
fn health_needs_no_version_and_no_token() {
    let server = server(|config| config.dialect(Dialect::V3));
    assert_eq!(get(server.port(), "/tables/todoitem").status, 400, "the tables do need one");
    for path in ["/healthz", "/readyz", "/metrics"] {
        let answer = get(server.port(), path);
        assert_eq!((answer.status, answer.body.is_empty()), (200, false), "{path}");
        assert_eq!(send(server.port(), "POST", path, &[], None).status, 405, "{path}");
    }
}

#[test]
fn a_server_whose_database_is_gone_lives_but_is_not_ready() {
    let Some(rows) = Rows::postgres("service::a_server_whose_database_is_gone_lives_but_is_not_ready") else { return };
    let server = server(|config| config.database(rows.database()));
    assert_eq!(get(server.port(), "/readyz").status, 200);
    drop(rows);
    let answer = get(server.port(), "/readyz");
    assert_eq!(answer.status, 503);
    assert!(String::from_utf8(answer.body).unwrap().contains("database"), "it says why");
    assert_eq!(get(server.port(), "/healthz").status, 200);
}

#[test]
fn metrics_count_requests_rows_and_time_by_bounded_labels() {
    let server = server(|config| config);
    let port = server.port();
    for id in ["a", "b", "c"] {
        assert_eq!(send_json(port, "POST", "/tables/TODOITEM", &[], &json!({"id": id})).status, 201);
    }
    assert_eq!(get(port, "/tables/todoitem").status, 200);
    assert_eq!(get(port, "/tables/todoitem/nope").status, 404);
    assert_eq!(send(port, "FROB", "/tables/unknown-table", &[], None).status, 404);
    let text = String::from_utf8(get(port, "/metrics").body).unwrap();
    for line in [
        r#"synctable_requests_total{method="POST",table="todoitem",status="2xx"} 3"#,
        r#"synctable_requests_total{method="GET",table="todoitem",status="2xx"} 1"#,
        r#"synctable_requests_total{method="GET",table="todoitem",status="4xx"} 1"#,
        r#"synctable_requests_total{method="other",table="",status="4xx"} 1"#,
        r#"synctable_request_seconds_count{method="POST",table="todoitem"} 3"#,
        // Three answers to inserts with their row, and a page of three.
        r#"synctable_rows_sent_total{table="todoitem"} 6"#,
        "synctable_requests_in_flight 1",
        "synctable_requests_abandoned_total 0",
        "# EOF",
    ] {
        assert!(text.lines().any(|written| written == line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("unknown-table") && !text.contains("FROB"), "{text}");
}

#[test]
fn metrics_have_the_names_of_the_manual() {
    let server = server(|config| config);
    let _ = send_json(server.port(), "POST", "/tables/todoitem", &[], &json!({"id": "a"}));
    let text = String::from_utf8(get(server.port(), "/metrics").body).unwrap();
    let manual = include_str!("../../../../docs/server.md");
    let written: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    assert_eq!(written.len(), 5, "{text}");
    for name in written {
        assert!(manual.contains(&format!("| `{name}` |")) || manual.contains(&format!("| `{name}_total` |")), "{name}");
    }
}

#[test]
fn a_caller_who_asks_too_often_is_told_when_to_come_back() {
    let server = server(|config| config.rate_limit("2/h".parse().unwrap()));
    let port = server.port();
    for _ in 0..2 {
        assert_eq!(get(port, "/tables/todoitem").status, 200);
    }
    let refused = get(port, "/tables/todoitem");
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert_eq!((refused.status, (1700..=1800).contains(&seconds)), (429, true), "{seconds}");
    assert_eq!(get(port, "/healthz").status, 200, "health is not limited");
}

#[test]
fn pages_of_known_origins_may_ask_and_read_the_headers_that_count() {
    let server =
        server(|config| config.cors_origin("https://app.example".parse().unwrap()).rate_limit("4/h".parse().unwrap()));
    let port = server.port();
    let preflight = |origin: &str| {
        let headers = [
            ("Origin", origin),
            ("Access-Control-Request-Method", "PUT"),
            ("Access-Control-Request-Headers", "if-match,content-type,x-zumo-auth"),
        ];
        send(port, "OPTIONS", "/tables/todoitem/a", &headers, None)
    };
    for _ in 0..10 {
        let answer = preflight("https://app.example");
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some("https://app.example")));
        assert!(answer.header("access-control-allow-methods").unwrap().contains("PUT"));
        assert_eq!(answer.header("access-control-allow-headers"), Some("if-match,content-type,x-zumo-auth"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
    assert_eq!(preflight("https://evil.example").header("access-control-allow-origin"), None);
    let row = json!({"id": "a"});
    let answer = send_json(port, "POST", "/tables/todoitem", &[("Origin", "https://app.example")], &row);
    let exposed = answer.header("access-control-expose-headers").unwrap();
    for name in ["etag", "link", "location", "retry-after"] {
        assert!(exposed.split(',').any(|exposed| exposed.trim() == name), "{name} is not in {exposed}");
    }
    let foreign = send(port, "GET", "/tables/todoitem", &[("Origin", "https://evil.example")], None);
    assert_eq!((foreign.status, foreign.header("access-control-allow-origin")), (200, None));
    for _ in 0..3 {
        let refused = send(port, "GET", "/tables/todoitem", &[("Origin", "https://app.example")], None);
        if refused.status == 429 {
            assert_eq!(
                refused.header("access-control-allow-origin"),
                Some("https://app.example"),
                "a page may read a refusal"
            );
            return;
        }
    }
    panic!("the limit counts requests of pages");
}

#[test]
fn an_answer_that_takes_too_long_is_503_and_a_head_that_does_closes_the_connection() {
    let server =
        server(|config| config.request_timeout(Duration::from_millis(50)).head_timeout(Duration::from_millis(50)));
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    let head = "POST /tables/todoitem HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let answer = super::http::read_answer(stream);
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    for sent in ["", "GET /tables/todo"] {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
        stream.write_all(sent.as_bytes()).unwrap();
        let mut rest = Vec::new();
        // It is closed without an answer, or with 408.
        let _ = stream.read_to_end(&mut rest);
        assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"), "{rest:?}");
    }
    assert_eq!(get(server.port(), "/healthz").status, 200);
}

#[test]
fn what_is_too_large_is_refused() {
    let server = server(|config| config.body_limit_bytes(1000));
    let port = server.port();
    let row = json!({"id": "a", "title": "x".repeat(1000)});
    assert_eq!(send_json(port, "POST", "/tables/todoitem", &[], &row).status, 413);
    assert_eq!(get(port, &format!("/tables/todoitem?$filter=title%20eq%20'{}'", "x".repeat(8200))).status, 414);
    assert_eq!(send(port, "GET", "/tables/todoitem", &[("X-Long", &"x".repeat(70_000))], None).status, 431);
    let deep = format!("/tables/todoitem?$filter={}complete{}", "(".repeat(60), ")".repeat(60));
    assert_eq!(get(port, &deep).status, 400);
    let many = vec!["complete"; 200].join("%20or%20");
    assert_eq!(get(port, &format!("/tables/todoitem?$filter={many}")).status, 400);
    assert_eq!(get(port, "/tables/todoitem?$top=128001").status, 400);
    assert_eq!(get(port, "/tables/todoitem").status, 200);
}
