//! Requests put together from pieces at random: whatever comes, no server breaks and none takes long.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;
use synctable_server::{Config, Database, Dialect, Server, wire_tables};

use super::engines::{Rows, on_engines};
use super::http;

const METHODS: [&str; 8] = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE"];

const PATHS: [&str; 14] = [
    "/tables/todoitem",
    "/tables/kitchen",
    "/tables/todoitem/a",
    "/tables/kitchen/k",
    "/tables/TODOITEM/",
    "/tables/todoitem/%00",
    "/tables/todoitem/%FF",
    "/tables/todoitem/%2F%27%22%3Cb%3E",
    "/tables/todoitem/a/b",
    "/tables/todoitem/..",
    "/tables/<script>",
    "/tables",
    "/tables//",
    "//",
];

const TOKENS: [&str; 76] = [
    "title",
    "complete",
    "id",
    "updatedAt",
    "createdAt",
    "deleted",
    "version",
    "text",
    "flag",
    "int32",
    "int64",
    "double",
    "decimal",
    "instant",
    "guid",
    "bytes",
    "date",
    "time",
    "nope",
    "eq",
    "ne",
    "gt",
    "le",
    "and",
    "or",
    "not",
    "in",
    "add",
    "sub",
    "mul",
    "div",
    "mod",
    "(",
    "(",
    ")",
    ")",
    ",",
    "'x'",
    "'it''s'",
    "'",
    "\"",
    "null",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "-",
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999",
    "1e308",
    "1e999",
    "1.5M",
    "1.5f",
    "7L",
    "datetimeoffset'2024-01-01T00:00:00Z'",
    "datetime'x'",
    "guid'x'",
    "2024-02-29",
    "2024-01-01T00:00:00Z",
    "0f8fad5b-d9cb-469f-a165-70867728950e",
    "cast(",
    ",Edm.DateTimeOffset)",
    "contains(",
    "substringof(",
    "replace(",
    "substring(",
    "length(",
    "year(",
    "round(",
    "concat(",
    "\u{0}",
    "🥛",
    "+",
    "desc",
];

const NAMES: [&str; 14] = [
    "$filter",
    "$filter",
    "$filter",
    "$orderby",
    "$select",
    "$top",
    "$skip",
    "$count",
    "$inlinecount",
    "$TOP",
    "top",
    "__includeDeleted",
    "zumo-api-version",
    "$frob",
];

const HEADERS: [(&str, &str); 20] = [
    ("If-Match", "*"),
    ("If-Match", "\"AAAA\""),
    ("If-Match", "W/\"AAAA\""),
    ("If-Match", "\"AAAA\", \"BBBB\""),
    ("If-Match", "\"\\"),
    ("If-None-Match", "*"),
    ("If-None-Match", "\"AAAA"),
    ("If-Modified-Since", "yesterday"),
    ("If-Unmodified-Since", "Sat, 01 Jan 2050 00:00:00 GMT"),
    ("X-ZUMO-Options", "nextLink=path"),
    ("X-ZUMO-Options", "include:deleted"),
    ("Prefer", "return=minimal"),
    ("Authorization", "Bearer x.y.z"),
    ("X-ZUMO-AUTH", "abc"),
    ("Content-Type", "application/json"),
    ("Content-Type", "application/json; charset=utf-16"),
    ("Content-Type", "application/json-patch+json"),
    ("Content-Type", "text/plain"),
    ("Content-Type", ";;="),
    ("Accept", "text/html"),
];

const VALUES: [&str; 26] = [
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1.5",
    "1e400",
    "9223372036854775808",
    "\"\"",
    "\"x\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"2024-02-30\"",
    "\"0001-01-01T00:00:00-23:59\"",
    "\"9999-12-31T23:59:59.9999999+00:00\"",
    "\"24:00:00\"",
    "\"AAE\"",
    "\"AAEC\"",
    "\"NaN\"",
    "[]",
    "{}",
    "[[[[1]]]]",
    "{\"a\":{\"b\":null}}",
    "\"🥛\"",
    "nul",
    "",
];

fn query() -> impl Strategy<Value = String> {
    let value = prop::collection::vec((prop::sample::select(&TOKENS[..]), any::<bool>()), 0..14).prop_map(|tokens| {
        let joined: String = tokens
            .into_iter()
            .map(|(token, space)| if space { format!("{token} ") } else { token.to_owned() })
            .collect();
        http::encode_query(&joined).replace('&', "%26")
    });
    prop::collection::vec((prop::sample::select(&NAMES[..]), value), 0..4).prop_map(|options| {
        let options: Vec<_> = options.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if options.is_empty() { String::new() } else { format!("?{}", options.join("&")) }
    })
}

fn body() -> impl Strategy<Value = Option<String>> {
    let names = [
        "id",
        "title",
        "complete",
        "text",
        "flag",
        "int32",
        "int64",
        "double",
        "decimal",
        "instant",
        "guid",
        "bytes",
        "date",
        "time",
        "version",
        "updatedAt",
        "createdAt",
        "deleted",
        "ID",
        "nope",
        "op",
        "path",
        "value",
    ];
    let members =
        prop::collection::vec((prop::sample::select(names.to_vec()), prop::sample::select(&VALUES[..])), 0..6);
    let object = members.prop_map(|members| {
        let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    });
    prop_oneof![
        2 => Just(None),
        6 => object.clone().prop_map(Some),
        1 => object.prop_map(|object| Some(format!("[{object}]"))),
        1 => prop::sample::select(vec!["", "{", "\u{feff}{}", "/*", "[]", "\"x\"", "null", "{}{}"]).prop_map(|text| Some(text.to_owned())),
    ]
}

/// A server of each dialect on an engine, with the database of each; none, and a word on stderr, without the engine.
fn servers(rows: impl Fn() -> Option<Rows>) -> Option<Vec<(Dialect, Server, Rows)>> {
    let start = |dialect: Dialect| {
        let rows = rows()?;
        let config = Config::new(wire_tables()).database(rows.database()).dialect(dialect);
        let server = Server::start(config).unwrap();
        server.store().seed("todoitem", &[json!({"id": "a", "title": "Milk"})]).unwrap();
        server.store().seed("kitchen", &[json!({"id": "k", "text": "x", "instant": "2024-02-29T12:34:56Z"})]).unwrap();
        Some((dialect, server, rows))
    };
    Dialect::ALL.into_iter().map(start).collect()
}

fn no_request_breaks(servers: &[(Dialect, Server, Rows)]) {
    let versions = prop::sample::select(vec!["2.0.0", "3.0.0", "2.0.0", "3.0.0", "1.0", ""]);
    let requests = (
        prop::sample::select(&METHODS[..]),
        prop::sample::select(&PATHS[..]),
        query(),
        prop::collection::vec(prop::sample::select(&HEADERS[..]), 0..4),
        versions,
        body(),
    );
    let asked = TestRunner::new(ProptestConfig { cases: 400, ..ProptestConfig::default() }).run(
        &requests,
        |(method, path, query, mut headers, version, body)| {
            let target = format!("{path}{query}");
            if !version.is_empty() {
                headers.push(("ZUMO-API-VERSION", version));
            }
            if body.is_some() && !headers.iter().any(|(name, _)| *name == "Content-Type") {
                headers.push(("Content-Type", "application/json"));
            }
            for (dialect, server, _) in servers {
                let begun = Instant::now();
                let answer = http::send(server.port(), method, &target, &headers, body.as_deref());
                prop_assert!(
                    answer.status < 500,
                    "{dialect}: {method} {target} {headers:?} {body:?} is {}",
                    answer.status
                );
                prop_assert!(begun.elapsed() < Duration::from_secs(10), "{dialect}: {method} {target} {body:?}");
            }
            Ok(())
        },
    );
    asked.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn no_request_breaks_a_server() {
    no_request_breaks(&servers(|| Some(Rows::sqlite())).unwrap());
}

#[test]
fn no_request_breaks_a_server_over_postgres() {
    if let Some(servers) = servers(|| Rows::postgres("hostile::no_request_breaks_a_server_over_postgres")) {
        no_request_breaks(&servers);
    }
}

on_engines!(the_longest_filters_are_answered);

fn the_longest_filters_are_answered(database: &Database) {
    let server = Server::start(Config::new(wire_tables()).database(database.clone()).dialect(Dialect::NodeV2)).unwrap();
    server.store().seed("todoitem", &[json!({"id": "a", "title": "Milk"})]).unwrap();
    for (name, filter) in [
        ("or", vec!["id%20eq%20'x'"; 500].join("%20or%20")),
        ("and", vec!["complete"; 900].join("+and+")),
        ("add", format!("int32{}%20eq%201", "%20add%201".repeat(1200))),
        ("not", format!("{}complete", "not+".repeat(3000))),
        ("parentheses", format!("{}complete{}", "(".repeat(3000), ")".repeat(3000))),
        ("comparisons", vec!["complete"; 1300].join("+eq+")),
        ("calls", format!("{}title{}%20eq%20'x'", "trim(".repeat(1000), ")".repeat(1000))),
        ("quotes", format!("title%20eq%20'{}'", "''".repeat(6000))),
    ] {
        let begun = Instant::now();
        let target = format!("/tables/todoitem?$filter={filter}");
        let answer = http::send(server.port(), "GET", &target, &[("ZUMO-API-VERSION", "2.0.0")], None);
        let expected = if matches!(name, "or" | "and" | "quotes") { 200 } else { 400 };
        assert_eq!(answer.status, expected, "{name}: {}", String::from_utf8_lossy(&answer.body));
        assert!(begun.elapsed() < Duration::from_secs(10), "{name}");
    }
}
