//! Rules of V3 and the Toolkit that no recording shows.

use serde_json::json;
use synctable_server::{ColumnType, Config, Dialect, Server, TableDefinition, wire_tables};

use super::http::{self, Answer, encode_query};

const BOTH: [Dialect; 2] = [Dialect::V3, Dialect::Toolkit];

fn server(dialect: Dialect) -> Server {
    let server = Server::start(Config::new(wire_tables()).dialect(dialect)).unwrap();
    server.store().seed("todoitem", &[json!({"id": "a", "title": "Milk", "complete": false})]).unwrap();
    server
}

fn ask(server: &Server, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut all = vec![("ZUMO-API-VERSION", "3.0.0")];
    if !body.is_empty() && !headers.iter().any(|(name, _)| *name == "Content-Type") {
        all.push(("Content-Type", "application/json"));
    }
    all.extend_from_slice(headers);
    http::send(server.port(), method, target, &all, (!body.is_empty()).then_some(body))
}

/// The protocol's table 3.2: V3 has no way to a tombstone but the PATCH that brings it back.
#[test]
fn a_write_of_v3_reaches_no_tombstone_by_asking_for_them() {
    let row = r#"{"id":"a","title":"Back","complete":false}"#;
    for (method, target, option, body, v3, toolkit) in [
        ("PUT", "/tables/todoitem/a", "", row, 410, 410),
        ("PUT", "/tables/todoitem/a?__includedeleted=true", "", row, 410, 200),
        ("PUT", "/tables/todoitem/a", "include:deleted", row, 410, 410),
        ("PATCH", "/tables/todoitem/a?__includedeleted=true", "", r#"{"title":"x"}"#, 410, 405),
        ("PATCH", "/tables/todoitem/a", "include:deleted", r#"{"title":"x"}"#, 410, 405),
        ("PATCH", "/tables/todoitem/a", "", r#"{"deleted":false}"#, 200, 405),
        ("DELETE", "/tables/todoitem/a?__includedeleted=true", "", "", 410, 410),
        ("GET", "/tables/todoitem/a?__includedeleted=true", "", "", 200, 200),
        ("GET", "/tables/todoitem/a", "include:deleted", "", 200, 410),
    ] {
        let found = BOTH.map(|dialect| {
            let server = server(dialect);
            assert_eq!(ask(&server, "DELETE", "/tables/todoitem/a", &[], "").status, 204);
            let headers: Vec<_> = Some(("X-ZUMO-Options", option)).filter(|_| !option.is_empty()).into_iter().collect();
            ask(&server, method, target, &headers, body).status
        });
        assert_eq!(found, [v3, toolkit], "{method} {target} {option}");
    }
}

#[test]
fn a_patch_that_changes_what_the_server_sets_is_refused_before_its_conditions() {
    let server = server(Dialect::V3);
    let stale = [("If-Match", "\"AAAA\"")];
    let patch = |headers: &[(&str, &str)], body: &str| ask(&server, "PATCH", "/tables/todoitem/a", headers, body);
    let body = r#"{"title":"x","version":"AAAA"}"#;
    let refused = patch(&stale, body);
    assert_eq!(refused.status, 400, "{refused:?}");
    assert_eq!(refused.json()["errors"]["patch./version"], json!(["AAAA"]));
    assert_eq!(patch(&stale, r#"{"title":"x"}"#).status, 412);
    assert_eq!(ask(&server, "DELETE", "/tables/todoitem/a", &[], "").status, 204);
    assert_eq!(patch(&[], body).status, 400);
    assert_eq!(patch(&[], r#"{"title":"x"}"#).status, 410);
    assert_eq!(ask(&server, "PATCH", "/tables/todoitem/none", &[], body).status, 404);
}

#[test]
fn a_date_beside_a_tag_does_not_count() {
    const LONG_AGO: &str = "Sat, 01 Jan 2000 00:00:00 GMT";
    for dialect in BOTH {
        let server = server(dialect);
        let put = |headers: &[(&str, &str)]| {
            ask(&server, "PUT", "/tables/todoitem/a", headers, r#"{"id":"a","title":"x","complete":false}"#).status
        };
        let read = ask(&server, "GET", "/tables/todoitem/a", &[], "");
        let tag = read.header("etag").unwrap();
        assert_eq!(put(&[("If-Unmodified-Since", LONG_AGO)]), 412, "{dialect}");
        assert_eq!(put(&[("If-Match", tag), ("If-Unmodified-Since", LONG_AGO)]), 200, "{dialect}");
        let far_ahead = ("If-Modified-Since", "Sat, 01 Jan 2050 00:00:00 GMT");
        let get = |headers: &[(&str, &str)]| ask(&server, "GET", "/tables/todoitem/a", headers, "").status;
        assert_eq!(get(&[far_ahead]), 304, "{dialect}");
        assert_eq!(get(&[far_ahead, ("If-None-Match", "\"AAAA\"")]), 200, "{dialect}");
    }
}

#[test]
fn what_rows_do_not_have_cannot_be_asked_for() {
    for (dialect, created, literal) in [
        (Dialect::Toolkit, 400, "cast(2020-01-01T00:00:00Z,Edm.DateTimeOffset)"),
        (Dialect::V3, 400, "cast(2020-01-01T00:00:00Z,Edm.DateTimeOffset)"),
        (Dialect::NodeV2, 200, "datetimeoffset'2020-01-01T00:00:00Z'"),
        (Dialect::DotNetV2, 200, "datetimeoffset'2020-01-01T00:00:00Z'"),
    ] {
        let server = server(dialect);
        let version = if created == 200 { "2.0.0" } else { "3.0.0" };
        for query in
            [format!("$filter=createdAt ge {literal}"), "$orderby=createdAt".into(), "$select=createdAt".into()]
        {
            let target = format!("/tables/todoitem?{}", encode_query(&query));
            let answer = http::send(server.port(), "GET", &target, &[("ZUMO-API-VERSION", version)], None);
            assert_eq!(answer.status, created, "{dialect} {query}");
        }
    }
}

#[test]
fn a_link_is_a_path_where_that_is_asked_for_beside_other_options_too() {
    let server = Server::start(Config::new(wire_tables()).dialect(Dialect::V3).page_size(1)).unwrap();
    server.store().seed("todoitem", &["a", "b"].map(|id| json!({"id": id, "complete": false}))).unwrap();
    for (options, path) in [
        ("nextLink=path", true),
        ("NEXTLINK=PATH", true),
        ("include:deleted, nextLink=path", true),
        ("include:deleted", false),
    ] {
        let page = ask(&server, "GET", "/tables/todoitem?$count=true", &[("X-ZUMO-Options", options)], "").json();
        let link = page["nextLink"].as_str().unwrap();
        assert_eq!(link.starts_with("/tables/todoitem?"), path, "{options}: {link}");
        assert_eq!(link.starts_with(&server.url()), !path, "{options}: {link}");
    }
}

#[test]
fn the_toolkit_reads_what_is_json_by_its_suffix() {
    let server = server(Dialect::Toolkit);
    for (content_type, status) in [
        ("application/json", 201),
        ("APPLICATION/JSON; charset=UTF-8", 201),
        ("application/merge-patch+json", 201),
        ("application/vnd.x+json; charset=utf-8", 201),
        ("application/+json", 415),
        ("text/json", 415),
        ("text/plain", 415),
        ("application/jsonp", 415),
    ] {
        let headers = [("Content-Type", content_type)];
        let answer = ask(&server, "POST", "/tables/todoitem", &headers, r#"{"title":"x"}"#);
        assert_eq!(answer.status, status, "{content_type}");
    }
}

#[test]
fn a_wrong_version_is_named_where_it_stands() {
    let server = server(Dialect::V3);
    let title = |target: &str, headers: &[(&str, &str)]| {
        let answer = http::send(server.port(), "GET", target, headers, None);
        assert_eq!(answer.status, 400, "{target}");
        answer.json()["title"].as_str().unwrap().to_owned()
    };
    let path = "/tables/todoitem";
    assert_eq!(title(path, &[]), "Missing ZUMO-API-VERSION");
    assert_eq!(title(path, &[("ZUMO-API-VERSION", "4.0")]), "Invalid ZUMO-API-VERSION Header");
    let in_query = "/tables/todoitem?zumo-api-version=4.0";
    assert_eq!(title(in_query, &[("ZUMO-API-VERSION", "3.0.0")]), "Invalid ZUMO-API-VERSION Query Parameter");
}

#[test]
fn an_enumeration_is_read_by_place_and_written_by_name() {
    let sizes = TableDefinition::new("shirts").column("size", ColumnType::Enum(&["small", "large"]));
    let server = Server::start(Config::new(vec![sizes])).unwrap();
    let post = |size: &str| ask(&server, "POST", "/tables/shirts", &[], &format!("{{\"size\":{size}}}"));
    assert_eq!(post("1").json()["size"], "large");
    assert_eq!(post("\"small\"").json()["size"], "small");
    assert_eq!(post("2").status, 400);
}
