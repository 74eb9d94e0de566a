//! What the clients of the three generations send, request by request, as two devices that share a table.

use serde_json::{Value, json};
use synctable_server::{Config, Dialect, Server, wire_tables};

use super::http::{self, Answer};

/// A device: the server that it talks to, and what it sends with every request.
struct Device<'a> {
    server: &'a Server,
    headers: &'a [(&'a str, &'a str)],
}

const C2: [(&str, &str); 5] = [
    ("ZUMO-API-VERSION", "2.0.0"),
    ("X-ZUMO-INSTALLATION-ID", "7a3e0a8e-3d8e-4cb8-8f34-5c9f4cf5a3a5"),
    ("X-ZUMO-VERSION", "ZUMO/4.2 (lang=Managed; os=Linux)"),
    ("X-ZUMO-FEATURES", "TT,OL"),
    ("Accept", "application/json"),
];
const C3: [(&str, &str); 3] =
    [("ZUMO-API-VERSION", "3.0.0"), ("X-ZUMO-Options", "nextLink=path"), ("Accept", "application/json")];
const CT: [(&str, &str); 1] = [("Accept", "application/json")];

impl Device<'_> {
    fn send(&self, method: &str, path: &str, version: Option<&str>, body: Option<&Value>) -> Answer {
        let tag = version.map(|version| format!("\"{version}\""));
        let mut headers = self.headers.to_vec();
        headers.extend(tag.as_deref().map(|tag| ("If-Match", tag)));
        headers.extend(body.map(|_| ("Content-Type", "application/json; charset=utf-8")));
        let target = format!("/tables/todoitem{path}");
        http::send(self.server.port(), method, &target, &headers, body.map(ToString::to_string).as_deref())
    }

    fn ask(&self, method: &str, path: &str, version: Option<&str>, body: Option<&Value>, status: u16) -> Value {
        let answer = self.send(method, path, version, body);
        assert_eq!(answer.status, status, "{method} {path} {body:?}: {}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }
}

fn version(row: &Value) -> String {
    row["version"].as_str().unwrap().to_owned()
}

/// Starts a server; its table has a text and a truth value.
fn server(dialect: Dialect) -> Server {
    Server::start(Config::new(wire_tables()).dialect(dialect)).unwrap()
}

fn seed(server: &Server, count: usize) {
    let rows: Vec<_> =
        (0..count).map(|at| json!({"id": format!("s{at:03}"), "title": "Seed", "complete": at % 2 == 1})).collect();
    server.store().seed("todoitem", &rows).unwrap();
}

/// An instant as .NET's format `o` writes it, encoded.
fn seven_digits(stamp: &str) -> String {
    let plain = stamp.trim_end_matches("+00:00").trim_end_matches('Z');
    let (seconds, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    format!("{}.{fraction:0<7}%2B00%3A00", seconds.replace(':', "%3A"))
}

/// Pulls as the client of version 2: pages by `$skip` or by the link, begins anew at the largest stamp it has seen.
fn pull_v2(device: &Device<'_>, since: &str) -> (Vec<Value>, String) {
    let (mut rows, mut token, mut skip) = (Vec::<Value>::new(), since.to_owned(), 0);
    for _ in 0..50 {
        let query = format!(
            "?$filter=(not(complete)%20and%20(updatedAt%20ge%20datetimeoffset'{}'))&$orderby=updatedAt&$skip={skip}&$top=50&__includeDeleted=true",
            seven_digits(&token)
        );
        let mut answer = device.send("GET", &query, None, None);
        let mut page = Vec::new();
        loop {
            assert_eq!(answer.status, 200, "{query}: {}", String::from_utf8_lossy(&answer.body));
            let part = answer.json();
            let part = part.as_array().expect("without a count the list is bare");
            page.extend(part.iter().cloned());
            let link = answer.header("link").map(|link| link.strip_suffix("; rel=next").unwrap().to_owned());
            let Some(link) = link.filter(|_| !part.is_empty()) else { break };
            let path = link.strip_prefix(&format!("{}/tables/todoitem", device.server.url())).unwrap().to_owned();
            answer = device.send("GET", &path, None, None);
        }
        let Some(last) = page.iter().filter_map(|row| row["updatedAt"].as_str()).max().map(str::to_owned) else {
            return (rows, token);
        };
        skip = if last > token { 0 } else { skip + page.len() };
        token = token.max(last);
        for row in page {
            rows.retain(|known| known["id"] != row["id"]);
            rows.push(row);
        }
    }
    panic!("the pull does not end");
}

#[test]
fn the_client_of_version_2_is_understood() {
    for dialect in [Dialect::NodeV2, Dialect::DotNetV2, Dialect::Header] {
        let server = server(dialect);
        let (one, two) = (Device { server: &server, headers: &C2 }, Device { server: &server, headers: &C2 });
        let node = dialect != Dialect::DotNetV2;
        // Insert, with a member left out for its default; the reply is lost and the same comes again.
        let milk = json!({"id": "milk", "title": "Milk"});
        let row = one.ask("POST", "", None, Some(&milk), 201);
        assert!(row["createdAt"].is_string() && row["deleted"] == false, "{row}");
        let conflict = one.send("POST", "", None, Some(&milk));
        assert_eq!((conflict.status, conflict.json().get("version")), (409, None), "{dialect}: no row of the server");
        let truth = one.ask("GET", "?$filter=id%20eq%20'milk'&__includeDeleted=true", None, None, 200);
        assert_eq!(truth[0]["version"], row["version"]);
        // Update; the reply is lost and the same comes again, then the other device is late.
        let change = json!({"id": "milk", "title": "Oat milk", "complete": false});
        let changed = two.ask("PATCH", "/milk", Some(&version(&row)), Some(&change), 200);
        assert_eq!((&changed["title"], &changed["createdAt"]), (&json!("Oat milk"), &row["createdAt"]));
        assert_eq!(two.ask("PATCH", "/milk", Some(&version(&row)), Some(&change), 412), changed);
        let late = json!({"id": "milk", "title": "Goat milk"});
        let current = one.ask("PATCH", "/milk", Some(&version(&row)), Some(&late), 412);
        assert_eq!(current, changed, "{dialect}: the conflict shows the row");
        let merged = one.ask("PATCH", "/milk", Some(&version(&current)), Some(&late), 200);
        // Filtered pulls, from the beginning and on.
        seed(&server, 120);
        let (rows, token) = pull_v2(&two, "1970-01-01T00:00:00Z");
        assert_eq!(rows.len(), 61, "{dialect}: milk, and the seeds that are not complete");
        two.ask("DELETE", "/milk", Some(&version(&row)), None, 412);
        let deleted = two.send("DELETE", "/milk", Some(&version(&merged)), None);
        assert_eq!(deleted.status, if node { 200 } else { 204 }, "{dialect}");
        two.ask("DELETE", "/milk", Some(&version(&merged)), None, 404);
        two.ask("PATCH", "/milk", None, Some(&late), 404);
        let (rows, _) = pull_v2(&one, &token);
        let tombstone = rows.iter().find(|row| row["id"] == "milk").expect("the tombstone is pulled");
        assert_eq!(tombstone["deleted"], true);
        // After a purge everything comes again.
        assert_eq!(pull_v2(&one, "1970-01-01T00:00:00Z").0.len(), 61, "{dialect}");
        let undeleted = one.ask("POST", "/milk", None, None, if node { 201 } else { 200 });
        assert_eq!((&undeleted["deleted"], &undeleted["title"]), (&json!(false), &json!("Goat milk")));
    }
}

/// Pulls as the later clients: follows the link to the end.
fn pull(device: &Device<'_>, query: &str) -> Vec<Value> {
    let mut target = format!("?{query}");
    let mut rows = Vec::new();
    for _ in 0..50 {
        let page = device.ask("GET", &target, None, None, 200);
        rows.extend(page["items"].as_array().unwrap().iter().cloned());
        assert!(page["count"].is_u64(), "{page}");
        let Some(link) = page["nextLink"].as_str() else { return rows };
        target = format!("?{}", link.rsplit('?').next().unwrap());
    }
    panic!("the pull does not end");
}

/// The queries of the later clients: first the user's own, then behind a stamp.
fn first_query(include_deleted: bool) -> String {
    let deleted = if include_deleted { "&__includedeleted=true" } else { "" };
    format!("$filter=not%28complete%29&$orderby=updatedAt&$count=true{deleted}")
}

fn delta_query(stamp: &str) -> String {
    let stamp = stamp.replace("+00:00", "Z").replace(':', "%3A");
    format!(
        "$filter=%28not%28complete%29%20and%20%28updatedAt%20gt%20cast%28{stamp}%2CEdm.DateTimeOffset%29%29%29&$orderby=updatedAt&$count=true&__includedeleted=true"
    )
}

fn largest_stamp(rows: &[Value]) -> String {
    rows.iter().filter_map(|row| row["updatedAt"].as_str()).max().unwrap().to_owned()
}

/// What both later clients do; `sent` makes the body of an update from the row that the device has.
fn later_client(dialect: Dialect, headers: &[(&str, &str)], first: &str, sent: impl Fn(&Value) -> Value) {
    let server = server(dialect);
    let (one, two) = (Device { server: &server, headers }, Device { server: &server, headers });
    let milk = json!({"id": "milk", "title": "Milk"});
    let inserted = one.ask("POST", "", None, Some(&milk), 201);
    assert_eq!(inserted["complete"], false, "a member that is left out has its default");
    assert_eq!(one.ask("POST", "", None, Some(&milk), 409), inserted, "a lost reply shows the own row");
    let mut mine = inserted.clone();
    mine["title"] = json!("Oat milk");
    let changed = two.ask("PUT", "/milk", Some(&version(&inserted)), Some(&sent(&mine)), 200);
    assert_eq!(two.ask("PUT", "/milk", Some(&version(&inserted)), Some(&sent(&mine)), 412), changed);
    // The client wins: without a tag, and with the stale version in the body.
    mine["title"] = json!("Goat milk");
    let current = one.ask("PUT", "/milk", Some(&version(&inserted)), Some(&sent(&mine)), 412);
    assert_eq!(current, changed);
    let won = one.ask("PUT", "/milk", None, Some(&sent(&mine)), 200);
    assert_eq!(won["title"], "Goat milk");
    seed(&server, 350);
    let rows = pull(&two, first);
    assert_eq!(rows.len(), 176, "{dialect}: milk, and the seeds that are not complete");
    let token = largest_stamp(&rows);
    assert_eq!(two.send("DELETE", "/milk", Some(&version(&changed)), None).status, 412);
    assert_eq!(two.send("DELETE", "/milk", Some(&version(&won)), None).status, 204);
    assert_eq!(two.send("DELETE", "/milk", Some(&version(&won)), None).status, 410);
    assert_eq!(one.send("PUT", "/milk", None, Some(&sent(&mine))).status, 410);
    let rows = pull(&one, &delta_query(&token));
    assert!(rows.iter().any(|row| row["id"] == "milk" && row["deleted"] == true), "{rows:?}");
    // After a purge everything comes again; the tombstone where it is asked for.
    let again = pull(&one, first).len();
    assert_eq!(again, if first.contains("__includedeleted") { 176 } else { 175 });
}

#[test]
fn the_client_of_version_3_is_understood() {
    for dialect in [Dialect::V3, Dialect::Header] {
        later_client(
            dialect,
            &C3,
            &first_query(false),
            |row| json!({"id": row["id"], "title": row["title"], "complete": row["complete"], "version": row["version"]}),
        );
    }
}

#[test]
fn the_client_of_the_toolkit_is_understood() {
    for dialect in [Dialect::Toolkit, Dialect::Header] {
        // `complete` is false, so this client leaves it out.
        later_client(
            dialect,
            &CT,
            &first_query(true),
            |row| json!({"id": row["id"], "title": row["title"], "updatedAt": row["updatedAt"], "version": row["version"]}),
        );
    }
}
