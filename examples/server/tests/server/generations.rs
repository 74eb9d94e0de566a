//! Rules of the dialects of version 2 that no recording shows, row by row.

use serde_json::{Value, json};
use synctable_server::{ColumnType, Config, Dialect, Server, TableDefinition, wire_tables};

use super::http::{self, Answer, encode_query};

fn server(dialect: Dialect) -> Server {
    let server = Server::start(Config::new(wire_tables()).dialect(dialect)).unwrap();
    server.store().seed("todoitem", &[json!({"id": "a", "title": "Milk", "complete": false})]).unwrap();
    server.store().seed("kitchen", &[kitchen()]).unwrap();
    server
}

fn kitchen() -> Value {
    json!({"id": "k", "text": "it's", "flag": true, "int32": 7, "int64": 42, "double": 3.0, "decimal": 1.5,
        "instant": "2024-02-29T12:34:56.400Z", "guid": "0f8fad5b-d9cb-469f-a165-70867728950e", "bytes": "AAEC",
        "date": "2024-02-29", "time": "12:34:56.789"})
}

fn ask(server: &Server, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut all = vec![("ZUMO-API-VERSION", "2.0.0")];
    if !body.is_empty() && !headers.iter().any(|(name, _)| *name == "Content-Type") {
        all.push(("Content-Type", "application/json"));
    }
    all.extend_from_slice(headers);
    http::send(server.port(), method, target, &all, (!body.is_empty()).then_some(body))
}

/// Status of each request on Node and on Web API.
#[test]
fn requests_are_answered_with_the_status_of_their_generation() {
    for (method, target, header, body, node, dotnet) in [
        ("GET", "/tables/nothing", "", "", 404, 404),
        ("GET", "/tables/TODOITEM", "", "", 200, 200),
        ("GET", "/tables/todoitem/", "", "", 200, 200),
        ("GET", "/tables/todoitem/A", "", "", 404, 404),
        ("GET", "/tables/todoitem/%FF", "", "", 400, 400),
        ("HEAD", "/tables/todoitem/a", "", "", 200, 405),
        ("OPTIONS", "/tables/todoitem", "", "", 200, 405),
        ("PUT", "/tables/todoitem/a", "", r#"{"id":"a","title":"x"}"#, 404, 405),
        ("DELETE", "/tables/todoitem", "", "", 400, 405),
        ("DELETE", "/tables/todoitem?$filter=id%20eq%20'a'", "", "", 400, 405),
        ("POST", "/tables/todoitem", "", "{\"id\":\"a\"}", 409, 409),
        ("POST", "/tables/todoitem", "", "{\"id\":\"b\",\"nope\":1}", 400, 400),
        ("POST", "/tables/todoitem", "", "{\"id\":\"c\",\"createdAt\":\"2024-01-01T00:00:00Z\"}", 400, 201),
        ("POST", "/tables/todoitem", "", "{\"id\":\"d\",\"updatedAt\":\"2024-01-01T00:00:00Z\"}", 400, 201),
        ("POST", "/tables/todoitem", "", "{\"id\":5}", 201, 400),
        ("POST", "/tables/todoitem", "", "{\"id\":\"e\",\"complete\":\"maybe\"}", 201, 400),
        ("POST", "/tables/todoitem", "", "[]", 400, 400),
        ("POST", "/tables/todoitem", "", "\"x\"", 400, 400),
        ("POST", "/tables/todoitem", "Content-Type: text/plain", "{}", 400, 415),
        ("POST", "/tables/todoitem", "Content-Type: application/json; charset=utf-16", "{}", 400, 415),
        ("PATCH", "/tables/todoitem", "", "{\"id\":\"a\",\"title\":\"x\"}", 200, 405),
        ("PATCH", "/tables/todoitem", "", "{\"title\":\"x\"}", 404, 405),
        ("PATCH", "/tables/todoitem/a", "", "{}", 400, 200),
        ("PATCH", "/tables/todoitem/a", "", "{\"nope\":null}", 400, 400),
        ("PATCH", "/tables/todoitem/a", "", "{\"id\":\"b\",\"title\":\"x\"}", 400, 400),
        ("PATCH", "/tables/todoitem/a", "", "{\"title\":\"x\",\"version\":\"c3RhbGU=\"}", 409, 409),
        ("PATCH", "/tables/todoitem/a", "", "{\"title\":\"x\",\"updatedAt\":\"2024-01-01T00:00:00Z\"}", 400, 200),
        ("PATCH", "/tables/todoitem/a", "If-Match: *", "{\"title\":\"x\"}", 412, 200),
        ("PATCH", "/tables/todoitem/a", "If-Match: W/\"c3RhbGU=\"", "{\"title\":\"x\"}", 412, 400),
        ("PATCH", "/tables/todoitem/a", "If-Match: \"c3RhbGU=\", \"b2xk\"", "{\"title\":\"x\"}", 412, 400),
        ("PATCH", "/tables/todoitem/a", "If-Match: \"not base64!\"", "{\"title\":\"x\"}", 412, 400),
        ("PATCH", "/tables/todoitem/a", "If-Match: \"c3RhbGU=\"", "{\"title\":\"x\"}", 412, 412),
        ("PATCH", "/tables/todoitem/a", "If-None-Match: *", "{\"title\":\"x\"}", 200, 200),
        (
            "PATCH",
            "/tables/todoitem/a",
            "If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT",
            "{\"title\":\"x\"}",
            200,
            200,
        ),
        ("PATCH", "/tables/todoitem/none", "", "{\"title\":\"x\"}", 404, 404),
        ("GET", "/tables/todoitem/a", "If-Match: \"c3RhbGU=\"", "", 200, 200),
        ("POST", "/tables/todoitem/none", "", "", 404, 404),
        ("POST", "/tables/todoitem/a", "If-Match: \"c3RhbGU=\"", "", 412, 412),
        ("POST", "/tables/kitchen/k", "", "", 400, 400),
        ("GET", "/tables/todoitem?$top=0", "", "", 200, 200),
        ("GET", "/tables/todoitem?$top=abc", "", "", 200, 400),
        ("GET", "/tables/todoitem?$top=-1", "", "", 400, 400),
        ("GET", "/tables/todoitem?$skip=-1", "", "", 200, 400),
        ("GET", "/tables/todoitem?$top=1001", "", "", 400, 400),
        ("GET", "/tables/todoitem?$frob=1", "", "", 200, 400),
        ("GET", "/tables/todoitem?$FILTER=((", "", "", 200, 400),
        ("GET", "/tables/todoitem?$filter=((", "", "", 400, 400),
        ("GET", "/tables/todoitem?$filter=version%20eq%20'x'", "", "", 400, 400),
        ("GET", "/tables/todoitem?$filter=title%20EQ%20'x'", "", "", 400, 400),
        ("GET", "/tables/kitchen?$filter=deleted%20eq%20false", "", "", 400, 200),
        ("DELETE", "/tables/todoitem/a", "", "", 200, 204),
    ] {
        let found = [Dialect::NodeV2, Dialect::DotNetV2].map(|dialect| {
            let server = server(dialect);
            let headers: Vec<_> = header.split_once(": ").into_iter().collect();
            let answer = ask(&server, method, target, &headers, body);
            let version = answer.header("x-zumo-server-version").unwrap_or_default();
            assert!(version.starts_with("node-") || version.starts_with("net-"), "{method} {target}: {version}");
            if answer.status >= 400 && answer.status != 412 && answer.status != 409 && !answer.body.is_empty() {
                let json = answer.json();
                let html = answer.header("content-type").is_some_and(|of| of.starts_with("text/html"));
                assert!(html || json["error"].is_string() || json["message"].is_string(), "{method} {target}: {json}");
            }
            if answer.status == 405 {
                assert!(answer.header("allow").is_some(), "{method} {target}");
            }
            answer.status
        });
        assert_eq!(found, [node, dotnet], "{method} {target} {header} {body}");
    }
}

#[test]
fn a_tombstone_is_as_if_it_were_not_there() {
    for (method, target, body, node, dotnet) in [
        ("DELETE", "/tables/todoitem/a", "", 404, 404),
        ("GET", "/tables/todoitem/a", "", 404, 404),
        ("GET", "/tables/todoitem/a?__includeDeleted=true", "", 404, 200),
        ("PATCH", "/tables/todoitem/a", r#"{"title":"x"}"#, 404, 404),
        ("PATCH", "/tables/todoitem/a?__includeDeleted=true", r#"{"title":"x"}"#, 404, 200),
        ("POST", "/tables/todoitem", r#"{"id":"a","title":"x"}"#, 409, 409),
        ("POST", "/tables/todoitem/a", "", 201, 200),
    ] {
        let found = [Dialect::NodeV2, Dialect::DotNetV2].map(|dialect| {
            let server = server(dialect);
            ask(&server, "DELETE", "/tables/todoitem/a", &[], "");
            ask(&server, method, target, &[], body).status
        });
        assert_eq!(found, [node, dotnet], "{method} {target} {body}");
    }
}

/// The client for JavaScript sends null for each member that its row does not have.
#[test]
fn null_is_the_default_of_a_column_that_is_never_null_to_clients_that_know_of_none() {
    let columns = [
        ("text", ColumnType::Text, json!("")),
        ("flag", ColumnType::Bool, json!(false)),
        ("int32", ColumnType::Int32, json!(0)),
        ("int64", ColumnType::Int64, json!(0)),
        ("double", ColumnType::Double, json!(0)),
        ("decimal", ColumnType::Decimal, json!(0)),
        ("instant", ColumnType::Instant, json!("0001-01-01T00:00:00.000Z")),
        ("guid", ColumnType::Guid, json!("00000000-0000-0000-0000-000000000000")),
        ("bytes", ColumnType::Bytes, json!("")),
        ("date", ColumnType::Date, json!("0001-01-01")),
        ("time", ColumnType::Time, json!("00:00:00")),
        ("kind", ColumnType::Enum(&["open", "done"]), json!("open")),
    ];
    let table = columns
        .iter()
        .fold(TableDefinition::new("strict"), |table, (name, column_type, _)| table.required(*name, *column_type));
    let server = Server::start(Config::new(vec![table]).dialect(Dialect::Header)).unwrap();
    let nulls: serde_json::Map<_, _> = columns.iter().map(|(name, ..)| ((*name).to_owned(), Value::Null)).collect();
    let body = Value::Object(nulls).to_string();
    let inserted = ask(&server, "POST", "/tables/strict", &[], &body);
    assert_eq!(inserted.status, 201, "{}", String::from_utf8_lossy(&inserted.body));
    let row = inserted.json();
    for (name, _, default) in &columns {
        assert_eq!(row[name], *default, "{name}");
    }
    let changed = ask(&server, "PATCH", &format!("/tables/strict/{}", row["id"].as_str().unwrap()), &[], &body);
    assert_eq!((changed.status, &changed.json()["kind"]), (200, &json!("open")));
    // The Toolkit's clients know the model.
    let refused =
        http::send(server.port(), "POST", "/tables/strict", &[("Content-Type", "application/json")], Some(&body));
    assert_eq!(refused.status, 400);
}

#[test]
fn filters_of_version_3_of_odata_are_understood() {
    for dialect in [Dialect::NodeV2, Dialect::DotNetV2, Dialect::Header] {
        let server = server(dialect);
        for (filter, expected) in [
            ("text eq 'it''s'", true),
            ("int64 eq 42L", true),
            ("double eq 3.0f", true),
            ("double lt 1e3", true),
            ("decimal eq 1.5M", true),
            ("substringof('t''s',text)", true),
            ("startswith(text,'it') and endswith(text,'s')", true),
            ("tolower(concat(text,'X')) eq 'it''sx'", true),
            ("replace(text,'it','at') eq 'at''s'", true),
            ("length(text) eq 4 and indexof(text,'t') eq 1", true),
            ("substring(text,1,1) eq 't'", true),
            ("instant eq datetimeoffset'2024-02-29T12:34:56.4000000+00:00'", true),
            ("instant eq datetimeoffset'2024-02-29T14:34:56.4+02:00'", true),
            ("instant ge datetime'2024-02-29T12:34:56.400Z'", true),
            ("instant gt datetimeoffset'2024-02-29T12:34:56.400Z'", false),
            ("createdAt ge datetimeoffset'2020-01-01T00:00:00Z'", true),
            ("guid eq '0f8fad5b-d9cb-469f-a165-70867728950e'", true),
            ("date eq '2024-02-29' and time eq '12:34:56.789'", true),
            ("year(instant) eq 2024 and second(instant) eq 56", true),
            ("not(flag)", false),
            ("text eq null", false),
        ] {
            let answer = ask(&server, "GET", &format!("/tables/kitchen?$filter={}", encode_query(filter)), &[], "");
            assert_eq!(answer.status, 200, "{dialect} {filter}: {}", String::from_utf8_lossy(&answer.body));
            assert_eq!(answer.json().as_array().unwrap().len(), usize::from(expected), "{dialect} {filter}");
        }
        for refused in [
            "contains(text,'x')",
            "text in ('a')",
            "instant ge 2024-02-29T12:34:56Z",
            "instant ge cast(2024-02-29T12:34:56Z,Edm.DateTimeOffset)",
            "instant ge datetimeoffset'garbage'",
        ] {
            let answer = ask(&server, "GET", &format!("/tables/kitchen?$filter={}", encode_query(refused)), &[], "");
            assert_eq!(answer.status, 400, "{dialect} {refused}");
        }
    }
}

/// The dates of Node are those of JavaScript: what is below a millisecond is cut from the row and from the literal alike.
#[test]
fn an_instant_equals_the_text_that_was_stored_on_node_and_on_web_api() {
    const SENT: &str = "2024-02-29T12:34:56.7891234";
    for dialect in [Dialect::NodeV2, Dialect::DotNetV2] {
        let server = server(dialect);
        let body = json!({"id": "i", "instant": format!("{SENT}Z")}).to_string();
        assert_eq!(ask(&server, "POST", "/tables/kitchen", &[], &body).status, 201);
        let found = |comparison: &str| {
            let filter = format!("id eq 'i' and instant {comparison} datetimeoffset'{SENT}+00:00'");
            let list = ask(&server, "GET", &format!("/tables/kitchen?$filter={}", encode_query(&filter)), &[], "");
            list.json().as_array().unwrap().len() == 1
        };
        let found = ["eq", "ge", "le", "ne", "gt", "lt"].map(found);
        assert_eq!(found, [true, true, true, false, false, false], "{dialect}");
    }
}

#[test]
fn what_the_parser_of_node_refuses_is_refused_with_400() {
    let (long, column) = (format!("replace(text,'t','{}') ne 'x'", "y".repeat(101)), "replace(text,'t',text) ne 'x'");
    for (filter, node, dotnet) in [
        ("instant ge datetime'2024-02-29T12:34:56.7891234Z'", 400, 200),
        ("instant ge datetime'2024-02-29T12:34:56.789Z'", 200, 200),
        ("instant ge datetime'2024-02-29T12:34:56Z'", 200, 200),
        (&long, 400, 200),
        (column, 400, 200),
    ] {
        let found = [Dialect::NodeV2, Dialect::DotNetV2].map(|dialect| {
            let target = format!("/tables/kitchen?$filter={}", encode_query(filter));
            ask(&server(dialect), "GET", &target, &[], "").status
        });
        assert_eq!(found, [node, dotnet], "{filter}");
    }
}

#[test]
fn rows_have_the_members_of_their_generation() {
    let members = |dialect: Dialect, table: &str, headers: &[(&str, &str)]| -> Vec<String> {
        let server = server(dialect);
        let row = http::send(server.port(), "GET", table, headers, None).json();
        row.as_object().unwrap().keys().cloned().collect()
    };
    let v2 = [("ZUMO-API-VERSION", "2.0.0")];
    let v3 = [("ZUMO-API-VERSION", "3.0.0")];
    for (dialect, headers, created, deleted) in [
        (Dialect::NodeV2, &v2[..], true, false),
        (Dialect::DotNetV2, &v2[..], true, true),
        (Dialect::V3, &v3[..], false, true),
        (Dialect::Toolkit, &[][..], false, true),
        (Dialect::Header, &v2[..], true, false),
        (Dialect::Header, &v3[..], false, true),
        (Dialect::Header, &[][..], false, true),
    ] {
        let found = members(dialect, "/tables/kitchen/k", headers);
        assert_eq!(found.iter().any(|name| name == "createdAt"), created, "{dialect} {headers:?}");
        assert_eq!(found.iter().any(|name| name == "deleted"), deleted, "{dialect} {headers:?}");
    }
}

#[test]
fn values_look_as_their_generation_writes_them() {
    let node = ask(&server(Dialect::NodeV2), "GET", "/tables/kitchen/k", &[], "");
    let dotnet = ask(&server(Dialect::DotNetV2), "GET", "/tables/kitchen/k", &[], "");
    assert!(String::from_utf8_lossy(&node.body).contains("\"double\":3,"), "{node:?}");
    assert!(String::from_utf8_lossy(&dotnet.body).contains("\"double\":3.0,"), "{dotnet:?}");
    assert_eq!(node.json()["instant"], "2024-02-29T12:34:56.400Z");
    assert_eq!(dotnet.json()["instant"], "2024-02-29T12:34:56.4Z");
    for answer in [&node, &dotnet] {
        let version = answer.json()["version"].as_str().unwrap().to_owned();
        assert_eq!(answer.header("etag"), Some(format!("\"{version}\"").as_str()));
        assert_eq!(answer.header("last-modified"), None);
    }
}

#[test]
fn lists_wrap_and_go_on_as_their_generation() {
    for dialect in [Dialect::NodeV2, Dialect::DotNetV2] {
        let server = Server::start(Config::new(wire_tables()).dialect(dialect)).unwrap();
        let rows: Vec<_> = (0..120).map(|at| json!({"id": format!("{:03}", 999 - at), "title": "x"})).collect();
        server.store().seed("todoitem", &rows).unwrap();
        let list = |query: &str| ask(&server, "GET", &format!("/tables/todoitem?{query}"), &[], "");
        let node = dialect == Dialect::NodeV2;
        let page = list("");
        assert_eq!(page.json().as_array().unwrap().len(), 50, "{dialect}");
        // Without an order Node gives rows as they were inserted.
        assert_eq!(page.json()[0]["id"], if node { "999" } else { "880" });
        assert!(page.header("link").unwrap().starts_with(&server.url()), "{dialect}");
        let counted = list("$inlinecount=allpages&$top=70").json();
        assert_eq!(counted["count"], 120);
        // Node honours a `$top` above the size of a page.
        assert_eq!(counted["results"].as_array().unwrap().len(), if node { 70 } else { 50 }, "{dialect}");
        let empty = list("$filter=id%20eq%20'none'&$inlinecount=allpages");
        assert_eq!(empty.json(), json!({"results": [], "count": 0}));
        assert_eq!(list("$count=true").status, if node { 200 } else { 400 });
        assert_eq!(page.header("etag").is_some_and(|tag| tag.starts_with("W/\"")), node);
    }
}

#[test]
fn tombstones_are_asked_for_in_the_way_of_the_generation() {
    for (option, node, dotnet) in [
        ("__includeDeleted=true", true, true),
        ("__includeDeleted=false", true, false),
        ("__includedeleted=true", false, true),
        ("__INCLUDEDELETED=TRUE", false, true),
        ("__includeDeleted=", false, false),
    ] {
        let found = [Dialect::NodeV2, Dialect::DotNetV2].map(|dialect| {
            let server = server(dialect);
            ask(&server, "DELETE", "/tables/todoitem/a", &[], "");
            let rows = ask(&server, "GET", &format!("/tables/todoitem?{option}"), &[], "").json();
            !rows.as_array().unwrap().is_empty()
        });
        assert_eq!(found, [node, dotnet], "{option}");
    }
}

#[test]
fn the_errors_of_a_query_say_where() {
    let query = "/tables/todoitem?$filter=title%20eq%20'a'%20and%20nope%20eq%201";
    for (dialect, version, member) in [
        (Dialect::Toolkit, "3.0.0", "message"),
        (Dialect::V3, "3.0.0", ""),
        (Dialect::NodeV2, "2.0.0", "error"),
        (Dialect::DotNetV2, "2.0.0", "message"),
    ] {
        let server = server(dialect);
        let answer = http::send(server.port(), "GET", query, &[("ZUMO-API-VERSION", version)], None);
        let json = answer.json();
        let text = if member.is_empty() { json.as_str() } else { json[member].as_str() }.unwrap_or_default();
        assert_eq!(answer.status, 400, "{dialect}");
        assert!(text.contains("'nope'") && text.contains("17") && text.contains("$filter"), "{dialect}: {text}");
    }
}

#[test]
fn a_deleted_row_comes_back_in_the_way_of_the_generation() {
    let server = server(Dialect::DotNetV2);
    ask(&server, "DELETE", "/tables/todoitem/a", &[], "");
    let body = r#"{"deleted":false,"title":"Back"}"#;
    assert_eq!(ask(&server, "PATCH", "/tables/todoitem/a", &[], body).status, 404);
    let back = ask(&server, "PATCH", "/tables/todoitem/a?__includedeleted=true", &[], body);
    assert_eq!((back.status, &back.json()["deleted"], &back.json()["title"]), (200, &json!(false), &json!("Back")));
    assert_eq!(
        ask(&server, "GET", "/tables/todoitem/a?$select=id,title", &[], "").json(),
        json!({"id": "a", "title": "Back"})
    );
}

#[test]
fn a_request_that_is_too_long_and_a_body_that_is_too_large_are_refused() {
    for (dialect, long, large) in [(Dialect::NodeV2, 431, 400), (Dialect::DotNetV2, 414, 201)] {
        let server = server(dialect);
        let filter = "id%20eq%20'x'%20or%20".repeat(1000);
        let answer = ask(&server, "GET", &format!("/tables/todoitem?$filter={filter}id%20eq%20'x'"), &[], "");
        assert_eq!(answer.status, long, "{dialect}");
        let body = json!({"id": "large", "title": "x".repeat(200_000)}).to_string();
        assert_eq!(ask(&server, "POST", "/tables/todoitem", &[], &body).status, large, "{dialect}");
    }
}
