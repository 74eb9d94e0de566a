//! What the recordings do not hold: limits, restarts, bad input, V3's forms of links.

use serde_json::{Value, json};
use synctable_server::{
    ColumnType, Config, Database, Dialect, Server, Store, TableDefinition, todoitem_table, wire_tables,
};

use super::engines::on_engines;
use super::http::{encode_query, get, send, send_json};

on_engines!(
    a_stopped_server_comes_back_with_its_rows_on_the_same_port,
    rows_survive_and_new_columns_are_added,
    pages_are_followed_to_the_end_in_both_dialects,
    an_incremental_pull_reads_on_from_a_stamp,
    a_request_that_does_not_fit_is_refused_and_never_a_500,
    a_filter_of_sixteen_comparisons_fits_and_one_of_seventeen_does_not,
    the_v3_link_takes_the_path_form_and_times_keep_their_digits,
    seeds_are_all_or_nothing,
    v3_undeletes_by_a_patch_that_says_so,
    a_seeded_row_wins_over_what_a_client_believes,
);

fn config(database: &Database) -> Config {
    Config::new(vec![todoitem_table()]).database(database.clone())
}

fn server(database: &Database) -> Server {
    Server::start(config(database)).unwrap()
}

fn rows(count: usize) -> Vec<Value> {
    (0..count).map(|number| json!({"id": format!("i{number:04}"), "title": format!("Item {number}")})).collect()
}

fn a_stopped_server_comes_back_with_its_rows_on_the_same_port(database: &Database) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = config(database);
    let server = Server::start(config.clone()).unwrap();
    let (port, store) = (server.port(), server.store());
    assert_eq!(send_json(port, "POST", "/tables/todoitem", &[], &json!({"id": "a", "title": "Milk"})).status, 201);
    runtime.block_on(server.stop());
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err(), "nobody listens");
    let server = Server::start_with(config.port(port), store).unwrap();
    assert_eq!(get(server.port(), "/tables/todoitem/a").json()["title"], "Milk");
}

fn rows_survive_and_new_columns_are_added(database: &Database) {
    let narrow = TableDefinition::new("todoitem").column("title", ColumnType::Text).soft_delete();
    let server = Server::start(Config::new(vec![narrow]).database(database.clone())).unwrap();
    assert_eq!(
        send_json(server.port(), "POST", "/tables/todoitem", &[], &json!({"id": "a", "title": "Milk"})).status,
        201
    );
    assert_eq!(send(server.port(), "DELETE", "/tables/todoitem/a", &[], None).status, 204);
    drop(server);
    let server = Server::start(config(database)).unwrap();
    let rows = server.store().rows("todoitem").unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["title"], &rows[0]["deleted"], &rows[0]["complete"]),
        (&json!("Milk"), &json!(true), &json!(false))
    );
    drop(server);
    let other = TableDefinition::new("todoitem").column("title", ColumnType::Int32);
    let error = Server::start(Config::new(vec![other]).database(database.clone())).unwrap_err().to_string();
    assert!(error.contains("todoitem.title"), "{error}");
}

#[test]
fn definitions_that_cannot_be_served_are_refused() {
    for (table, fault) in [
        (TableDefinition::new("a b"), "'a b'"),
        (TableDefinition::new("sqlite_x"), "'sqlite_x'"),
        (TableDefinition::new("t").column("Version", ColumnType::Text), "'t.Version'"),
        (TableDefinition::new("t").column("a", ColumnType::Text).column("A", ColumnType::Text), "'t.A'"),
        (TableDefinition::new("t").column("a\"b", ColumnType::Text), "'t.a\"b'"),
    ] {
        let error = Server::start(Config::new(vec![table])).unwrap_err().to_string();
        assert!(error.contains(fault), "{error}");
    }
    assert!(Server::start(Config::new(vec![TableDefinition::new("t"), TableDefinition::new("T")])).is_err());
}

fn pages_are_followed_to_the_end_in_both_dialects(database: &Database) {
    for dialect in [Dialect::Toolkit, Dialect::V3] {
        let server = Server::start(config(database).dialect(dialect).page_size(7)).unwrap();
        server.store().seed("todoitem", &rows(50)).unwrap();
        for (query, expected) in [
            ("$orderby=title desc&$count=true", 50),
            ("$filter=title ne 'it''s + 50%26 é#'", 50),
            ("$top=20&$skip=3", 20),
        ] {
            let mut target = format!("/tables/todoitem?{}", encode_query(query));
            let mut seen = Vec::new();
            for _ in 0..20 {
                let page = send(server.port(), "GET", &target, &[("ZUMO-API-VERSION", "3.0.0")], None).json();
                seen.extend(
                    page["items"]
                        .as_array()
                        .unwrap_or_else(|| panic!("{target}: {page}"))
                        .iter()
                        .map(|row| row["id"].to_string()),
                );
                let Some(link) = page["nextLink"].as_str() else { break };
                target = match dialect {
                    Dialect::Toolkit => format!("/tables/todoitem?{link}"),
                    // The absolute link is not encoded; what separates options is.
                    _ => {
                        let target = link.strip_prefix(&server.url()).unwrap();
                        target
                            .bytes()
                            .map(|b| {
                                if b == b' ' || !b.is_ascii() { format!("%{b:02X}") } else { char::from(b).to_string() }
                            })
                            .collect()
                    }
                };
            }
            let found = seen.len();
            seen.sort();
            seen.dedup();
            assert_eq!((found, seen.len()), (expected, expected), "{dialect} {query}");
        }
    }
}

fn an_incremental_pull_reads_on_from_a_stamp(database: &Database) {
    let server = server(database);
    server.store().seed("todoitem", &rows(300)).unwrap();
    let stamp = server.store().row("todoitem", "i0200").unwrap().unwrap()["updatedAt"].as_str().unwrap().to_owned();
    let query = format!(
        "$filter=updatedAt ge cast({stamp},Edm.DateTimeOffset)&$orderby=updatedAt,id&$top=50&$count=true&__includedeleted=true"
    );
    let page = get(server.port(), &format!("/tables/todoitem?{}", encode_query(&query))).json();
    assert!(page["count"].as_u64().is_some_and(|count| (100..=300).contains(&count)), "{page}");
    let ids: Vec<&str> = page["items"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert!(ids.is_sorted(), "rows of one transaction are stamped in order: {ids:?}");
    assert!(ids[0] <= "i0200");
}

fn a_request_that_does_not_fit_is_refused_and_never_a_500(database: &Database) {
    let server = Server::start(Config::new(wire_tables()).database(database.clone()).body_limit_bytes(1000)).unwrap();
    let port = server.port();
    let long = "x".repeat(2000);
    for (body, status) in [
        (r#"{"id":5}"#.to_owned(), 400),
        (r#"{"id":"a\u0000b"}"#.to_owned(), 400),
        (format!(r#"{{"id":"{}"}}"#, "x".repeat(900)), 201),
        (r#"{"id":"b","int32":1.5}"#.to_owned(), 400),
        (r#"{"id":"b","double":1e999}"#.to_owned(), 400),
        (r#"{"id":"b","decimal":"x"}"#.to_owned(), 400),
        (r#"{"id":"b","instant":"0001-01-01T00:00:00+14:00"}"#.to_owned(), 400),
        (r#"{"id":"b","deleted":1}"#.to_owned(), 400),
        (r#"{"id":"b","text":"\ud800"}"#.to_owned(), 400),
        (format!(r#"{{"id":"b","text":"{long}"}}"#), 413),
    ] {
        let answer = send(port, "POST", "/tables/kitchen", &[("Content-Type", "application/json")], Some(&body));
        assert_eq!(answer.status, status, "{body}: {}", String::from_utf8_lossy(&answer.body));
    }
    for content_type in ["text/json", "application/json; charset=utf-16", ""] {
        assert_eq!(
            send(port, "POST", "/tables/kitchen", &[("Content-Type", content_type)], Some("{}")).status,
            415,
            "{content_type}"
        );
    }
    for query in [
        "$filter=%ff",
        "$filter=%zz",
        "$filter=%",
        "$filter=",
        "$filter=int32",
        "$filter=text eq 5",
        "$filter=year(text) eq 1",
        "$filter=bytes lt",
        "$filter=int32 eq 99999999999999999999999999999999999999",
        "$filter=instant eq 2024-02-30T00:00:00Z",
        "$filter='",
        "$filter=a'b'",
        "$orderby=",
        "$orderby=id foo",
        "$select=",
        "$top=",
        "$top=99999999999999999999",
        "$top=1&$top=2",
        "$count=maybe",
        "$filter=cast(1,Edm.Nope) eq 1",
        "$filter=length() eq 1",
        "$filter=version eq 'x'",
        "$filter=\u{1f95b}",
    ] {
        let answer = get(port, &format!("/tables/kitchen?{}", encode_query(query).replace("%25", "%")));
        assert_eq!(answer.status, 400, "{query}: {}", String::from_utf8_lossy(&answer.body));
        assert!(answer.json()["message"].is_string(), "{query}");
    }
    let deep = format!("$filter={}id eq 'a'{}", "(".repeat(2000), ")".repeat(2000));
    assert_eq!(get(port, &format!("/tables/kitchen?{}", encode_query(&deep))).status, 400);
    for target in ["/other", "/tables", "/tables/", "/tables/kitchen/a/b", "/other/kitchen", "/tables/%ff"] {
        assert_eq!(get(port, target).status, 404, "{target}");
    }
    assert_eq!(get(port, "/tables/kitchen/%ff").status, 400);
    assert_eq!(get(port, &format!("/tables/kitchen/{}", "x".repeat(9000))).status, 414);
}

fn a_filter_of_sixteen_comparisons_fits_and_one_of_seventeen_does_not(database: &Database) {
    let server = server(database);
    let chain = |count: usize| (0..count).map(|number| format!("id eq '{number}'")).collect::<Vec<_>>().join(" or ");
    let status =
        |filter: &str| get(server.port(), &format!("/tables/todoitem?$filter={}", encode_query(filter))).status;
    assert_eq!((status(&chain(16)), status(&chain(17))), (200, 400));
    let key = "updatedAt ge cast(2024-01-01T00:00:00.000Z,Edm.DateTimeOffset) and updatedAt lt cast(2024-01-01T00:00:00.001Z,Edm.DateTimeOffset) and id gt 'x'";
    assert_eq!(
        (status(&format!("({}) and {key}", chain(13))), status(&format!("({}) and {key}", chain(14)))),
        (200, 400)
    );
}

fn the_v3_link_takes_the_path_form_and_times_keep_their_digits(database: &Database) {
    let server =
        Server::start(Config::new(wire_tables()).database(database.clone()).dialect(Dialect::V3).page_size(1)).unwrap();
    let version = ("ZUMO-API-VERSION", "3.0.0");
    server
        .store()
        .seed(
            "kitchen",
            &[json!({"id": "a", "time": "12:34:56.7891234", "double": 3}), json!({"id": "b", "time": "12:34:56"})],
        )
        .unwrap();
    let target = "/tables/kitchen?$filter=id%20ne%20'%C3%A9%20%26%20%2B'";
    let page = send(server.port(), "GET", target, &[version, ("X-ZUMO-Options", "nextLink=path")], None);
    assert_eq!(page.status, 200, "{target}");
    let link = page.json()["nextLink"].as_str().unwrap().to_owned();
    assert!(
        link.starts_with("/tables/kitchen?$filter=id%20ne%20") && link.is_ascii() && link.ends_with("$skip=1"),
        "{link}"
    );
    assert_eq!(page.json()["items"][0]["time"], "12:34:56.7891234");
    let next = send(server.port(), "GET", &link, &[version], None).json();
    assert_eq!((&next["items"][0]["id"], &next["items"][0]["time"]), (&json!("b"), &json!("12:34:56")));
}

fn seeds_are_all_or_nothing(database: &Database) {
    let store = Store::open(database, &[todoitem_table()]).unwrap();
    let error =
        store.seed("todoitem", &[json!({"id": "a"}), json!({"id": "b", "complete": "yes"})]).unwrap_err().to_string();
    assert!(error.contains("complete"), "{error}");
    assert!(store.rows("todoitem").unwrap().is_empty());
    assert!(store.rows("nope").is_err());
    store.seed("todoitem", &[json!({"id": "a", "deleted": true}), json!({"id": "a", "title": "back"})]).unwrap();
    assert_eq!(store.row("todoitem", "a").unwrap().unwrap()["title"], "back");
}

#[test]
fn an_idle_connection_does_not_hold_up_the_stop() {
    let server = server(&Database::Memory);
    let mut idle = std::net::TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    std::io::Write::write_all(&mut idle, b"GET /tables/todoitem HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert!(std::io::Read::read(&mut idle, &mut [0; 4096]).unwrap() > 0);
    let before = std::time::Instant::now();
    drop(server);
    assert!(before.elapsed() < std::time::Duration::from_secs(1), "{:?}", before.elapsed());
    assert_eq!(std::io::Read::read(&mut idle, &mut [0; 4096]).unwrap_or(0), 0, "the connection is closed");
}

fn v3_undeletes_by_a_patch_that_says_so(database: &Database) {
    let server = Server::start(config(database).dialect(Dialect::V3)).unwrap();
    let port = server.port();
    let version = ("ZUMO-API-VERSION", "3.0.0");
    server.store().seed("todoitem", &[json!({"id": "a", "title": "Milk", "deleted": true})]).unwrap();
    let patch = |body: Value| send_json(port, "PATCH", "/tables/todoitem/a", &[version], &body);
    assert_eq!(patch(json!({"title": "x"})).status, 410);
    assert_eq!(patch(json!({"deleted": null})).status, 400);
    let row = patch(json!({"deleted": false, "title": "back"})).json();
    assert_eq!((&row["title"], &row["deleted"]), (&json!("back"), &json!(false)));
    let same = patch(json!({"id": "a", "version": row["version"], "updatedAt": row["updatedAt"], "complete": true}));
    assert_eq!((same.status, &same.json()["title"], &same.json()["complete"]), (200, &json!("back"), &json!(true)));
    assert_eq!(patch(json!({"complete": null})).status, 400);
    let json_patch = [version, ("Content-Type", "application/json-patch+json")];
    let body = r#"[{"op":"replace","path":"/title","value":"patched"}]"#;
    let row = send(port, "PATCH", "/tables/todoitem/a", &json_patch, Some(body)).json();
    assert_eq!((&row["title"], &row["complete"]), (&json!("patched"), &json!(true)));
    assert_eq!(send(port, "PUT", "/tables/todoitem/a", &json_patch, Some(body)).status, 415);
    assert_eq!(
        send(port, "GET", "/tables/todoitem/a?ZUMO-API-VERSION=3.0", &[("ZUMO-API-VERSION", "9")], None).status,
        200
    );
}

fn a_seeded_row_wins_over_what_a_client_believes(database: &Database) {
    let server = server(database);
    let row = send_json(server.port(), "POST", "/tables/todoitem", &[], &json!({"id": "a", "title": "mine"})).json();
    server.store().seed("todoitem", &[json!({"id": "a", "title": "elsewhere"})]).unwrap();
    let tag = format!("\"{}\"", row["version"].as_str().unwrap());
    let answer = send_json(server.port(), "PUT", "/tables/todoitem/a", &[("If-Match", &tag)], &json!({"id": "a"}));
    assert_eq!((answer.status, &answer.json()["title"]), (412, &json!("elsewhere")));
    // Without the tag the write goes through, and what the body leaves out takes its default.
    let answer = send_json(server.port(), "PUT", "/tables/todoitem/a", &[], &json!({"id": "a"}));
    assert_eq!(
        (answer.status, &answer.json()["title"], &answer.json()["complete"]),
        (200, &Value::Null, &json!(false))
    );
}
