//! `check --server`: documents against the reference server and the real Node backend.

#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use std::io::{Read as _, Write as _};
use std::process::{Command, Output};

use serde_json::{Value, json};
use synctable_server::{ColumnType, Config, Dialect, Server, TableDefinition, document_tables, todoitem_table};
use tempfile::TempDir;

#[path = "../../runtime/tests/support/http.rs"]
mod http;
#[path = "../../runtime/tests/support/node.rs"]
mod node;

/// A folder with documents.
struct Folder(TempDir);

impl Folder {
    fn with(documents: &[(&str, Value)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, document) in documents {
            std::fs::write(folder.path().join(format!("{name}.json")), document.to_string()).unwrap();
        }
        Self(folder)
    }

    fn check(&self, url: &str, more: &[&str]) -> Checked {
        let output = Command::new(env!("CARGO_BIN_EXE_cargo-synctable"))
            .args(["check", "--server", url])
            .args(more)
            .arg(self.0.path())
            .output()
            .unwrap();
        Checked::of(&output)
    }

    /// The report as JSON.
    fn report(&self, url: &str, code: i32) -> Value {
        let checked = self.check(url, &["--json"]);
        assert_eq!(checked.code, code, "{checked:?}");
        serde_json::from_str(&checked.out).unwrap()
    }
}

#[derive(Debug)]
struct Checked {
    code: i32,
    out: String,
    err: String,
}

impl Checked {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

/// `severity code column` of each finding of the first table.
fn findings(report: &Value) -> Vec<String> {
    let list = report["tables"][0]["findings"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    list.iter()
        .map(|finding| {
            format!("{} {} {}", text(&finding["severity"]), text(&finding["code"]), text(&finding["column"]))
        })
        .collect()
}

/// The document of the reference server's to-do table.
fn todo() -> Value {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/todo_item.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A document with these properties and keywords.
fn document(properties: Value, required: &[&str], sync: Value) -> Value {
    json!({"title": "TodoItem", "type": "object", "properties": properties, "required": required, "x-sync": sync})
}

fn serve(dialect: Dialect, table: TableDefinition) -> Server {
    Server::start(Config::new(vec![table]).dialect(dialect)).unwrap()
}

fn milk() -> Value {
    json!({"id": "milk", "title": "Milk", "complete": false, "dueAt": "2026-11-22T04:14:25.400Z"})
}

const DIALECTS: [Dialect; 2] = [Dialect::Toolkit, Dialect::V3];

#[test]
fn a_server_that_matches_ends_with_0() {
    for dialect in DIALECTS {
        let server = serve(dialect, todoitem_table());
        let folder = Folder::with(&[("todo_item", todo())]);
        let empty = folder.report(&server.url(), 0);
        assert_eq!(
            findings(&empty),
            ["notVerifiable soft-delete -", "notVerifiable null -", "notVerifiable missing-column -"]
        );
        server.store().seed("todoitem", &[milk()]).unwrap();
        let report = folder.report(&server.url(), 0);
        assert_eq!((&report["status"], &report["dialect"]), (&json!("match"), &json!(dialect.to_string())));
        assert_eq!(report["tables"][0]["rowsRead"], 1);
        assert_eq!(findings(&report), ["notVerifiable soft-delete -"]);

        let text = folder.check(&server.url(), &["--dialect", &dialect.to_string()]);
        let document = folder.0.path().join("todo_item.json");
        let expected = format!(
            "\
server   {}
dialect  {dialect}

todoitem ({}): 1 row read
  ok              what the server shows matches the document
  not verifiable  soft delete: servers of the dialect {dialect} send `deleted` in any case [soft-delete]

no drift in 1 table
",
            server.url(),
            document.display()
        );
        assert_eq!((text.code, text.out.as_str(), text.err.as_str()), (0, expected.as_str(), ""));
    }
}

/// The to-do table with one column changed.
fn changed(due: &str, due_type: ColumnType) -> TableDefinition {
    TableDefinition::new("todoitem")
        .column("title", ColumnType::Text)
        .required("complete", ColumnType::Bool)
        .column(due, due_type)
        .soft_delete()
}

#[test]
fn a_column_that_is_changed_on_the_server_is_drift() {
    for dialect in DIALECTS {
        let folder = Folder::with(&[("todo_item", todo())]);
        // A table without rows shows names and types too, since these servers refuse what does not fit.
        let renamed = serve(dialect, changed("dueDate", ColumnType::Instant));
        let retyped = serve(dialect, changed("dueAt", ColumnType::Date));
        let respelled = serve(dialect, changed("dueat", ColumnType::Instant));
        assert_eq!(findings(&folder.report(&renamed.url(), 5))[0], "drift unknown-column dueAt");
        assert_eq!(findings(&folder.report(&retyped.url(), 5))[0], "drift type dueAt");

        renamed.store().seed("todoitem", &[json!({"id": "milk", "title": "Milk", "complete": true})]).unwrap();
        respelled.store().seed("todoitem", &[json!({"id": "milk", "title": "Milk", "complete": true})]).unwrap();
        let found = findings(&folder.report(&renamed.url(), 5));
        assert_eq!(
            found,
            ["drift unknown-column dueAt", "drift missing-column dueDate", "notVerifiable soft-delete -"]
        );
        assert_eq!(findings(&folder.report(&respelled.url(), 5))[0], "drift unknown-column dueAt");

        let text = folder.check(&retyped.url(), &[]);
        assert_eq!(text.code, 5);
        for part in [
            "  drift           dueAt: the document says an instant, the server has date [type]\n",
            "help: change `type` and `format`",
            "\ndrift in 1 of 1 table\n",
        ] {
            assert!(text.out.contains(part), "{part} in\n{}", text.out);
        }
        let text = folder.check(&respelled.url(), &[]);
        assert!(text.out.contains("the server spells it `dueat`"), "{}", text.out);
    }
}

#[test]
fn the_documents_of_schemas_match_their_server_until_one_of_its_columns_changes() {
    let schemas = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas");
    let check = |tables: Vec<TableDefinition>, dialect: Dialect| {
        let server = Server::start(Config::new(tables).dialect(dialect)).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_cargo-synctable"))
            .args(["check", "--server", &server.url(), schemas])
            .output()
            .unwrap();
        Checked::of(&output)
    };
    for dialect in DIALECTS {
        let tables = || document_tables(schemas).unwrap();
        assert!(tables().len() >= 5);
        let matches = check(tables(), dialect);
        assert_eq!((matches.code, matches.out.contains("  warning ")), (0, false), "{}", matches.out);
        for changed in 0..tables().len() {
            let mut tables = tables();
            let table = &tables[changed];
            let (last, others) = table.columns().split_last().unwrap();
            let mut definition = TableDefinition::new(table.name()).soft_delete();
            for column in others {
                definition = definition.column(column.name(), column.column_type());
            }
            let name = table.name().to_owned();
            tables[changed] = definition.column(format!("{}2", last.name()), last.column_type());
            let drifts = check(tables, dialect);
            assert_eq!(drifts.code, 5, "{name}: {}", drifts.out);
            assert_eq!(drifts.out.matches("  drift   ").count(), 1, "{name}: {}", drifts.out);
        }
    }
}

#[test]
fn nulls_are_seen_beyond_the_rows_that_are_read() {
    for dialect in DIALECTS {
        let server = serve(dialect, todoitem_table());
        let item = |index: usize| {
            // Ordered by id the last one, which no page of 100 rows shows.
            let title = if index == 149 { Value::Null } else { json!("Milk") };
            json!({"id": format!("i{index:03}"), "title": title, "complete": false})
        };
        server.store().seed("todoitem", &(0..150).map(item).collect::<Vec<_>>()).unwrap();
        let folder = Folder::with(&[("todo_item", todo())]);
        let report = folder.report(&server.url(), 5);
        assert_eq!(findings(&report), ["drift null title", "notVerifiable soft-delete -"]);
        assert_eq!((&report["tables"][0]["rowsRead"], &report["tables"][0]["rowCount"]), (&json!(100), &json!(150)));

        let mut optional = todo();
        optional["required"] = json!(["id", "complete"]);
        Folder::with(&[("todo_item", optional)]).report(&server.url(), 0);
    }
}

#[test]
fn narrow_documents_miss_only_what_inserts_may_need() {
    let table = || todoitem_table().required("region", ColumnType::Text).column("note", ColumnType::Text);
    for dialect in DIALECTS {
        let server = serve(dialect, table());
        let row =
            json!({"id": "milk", "title": "Milk", "complete": false, "region": "EU", "dueAt": "2026-11-22T04:14:25Z"});
        server.store().seed("todoitem", &[row]).unwrap();
        let check = |sync: Value, code: i32| {
            let properties = json!({"id": {"type": "string"}, "title": {"type": "string"}});
            let found =
                Folder::with(&[("todo", document(properties, &["id", "title"], sync))]).report(&server.url(), code);
            findings(&found).into_iter().filter(|line| !line.contains("soft-delete")).collect::<Vec<_>>()
        };
        assert_eq!(
            check(json!({"table": "todoitem"}), 5),
            ["complete", "dueAt", "note", "region"].map(|name| format!("drift missing-column {name}"))
        );
        assert_eq!(
            check(json!({"table": "todoitem", "narrow": true}), 0),
            ["complete", "dueAt", "region"].map(|name| format!("warning required-column {name}"))
        );
        let constants = json!({"region": "EU", "complete": false, "dueAt": "2026-01-01T00:00:00Z"});
        assert_eq!(check(json!({"table": "todoitem", "narrow": true, "onInsert": constants}), 0), Vec::<String>::new());
        assert_eq!(
            check(json!({"table": "todoitem", "narrow": true, "onInsert": {"regio": "EU", "complete": "no"}}), 5)[..2],
            ["drift type complete", "drift unknown-column regio"]
        );
    }
}

#[test]
fn the_types_that_a_server_names_are_held_against_those_of_the_document() {
    let columns = [
        ("flag", ColumnType::Bool),
        ("count", ColumnType::Int32),
        ("ratio", ColumnType::Double),
        ("price", ColumnType::Decimal),
        ("due", ColumnType::Instant),
        ("day", ColumnType::Date),
        ("at", ColumnType::Time),
        ("key", ColumnType::Guid),
        ("photo", ColumnType::Bytes),
        ("words", ColumnType::Text),
    ];
    let schemas = json!({
        "flag": {"type": "boolean"}, "count": {"type": "integer", "format": "int32"}, "ratio": {"type": "number"},
        "price": {"type": "number", "format": "decimal"}, "day": {"type": "string", "format": "date"},
        "due": {"type": "string", "format": "date-time"},
        "at": {"type": "string", "format": "time"}, "key": {"type": "string", "format": "uuid"},
        "photo": {"type": "string", "format": "byte"}, "words": {"type": "string"},
    });
    for dialect in DIALECTS {
        let table = columns.iter().fold(TableDefinition::new("todoitem"), |table, (name, of)| table.column(*name, *of));
        let server = serve(dialect, table);
        let check = |properties: Value, code: i32| {
            Folder::with(&[("todo", document(properties, &["id"], json!({"table": "todoitem"})))])
                .report(&server.url(), code)
        };
        let with_id = |mut properties: Value| {
            properties["id"] = json!({"type": "string"});
            properties
        };
        check(with_id(schemas.clone()), 0);
        // Both name the types alike.
        let crossed = if dialect == Dialect::Toolkit { &columns[..] } else { &[] };
        for (name, _) in crossed.iter().copied() {
            for (other, schema) in schemas.as_object().unwrap() {
                let doubtful = matches!(
                    (name, other.as_str()),
                    ("price", "ratio") | ("ratio", "price") | ("words", "key" | "photo")
                );
                let code = if name == other || doubtful { 0 } else { 5 };
                check(with_id(json!({ name: schema })), code);
            }
        }
    }
}

#[test]
fn a_text_that_an_enum_does_not_have_is_drift() {
    let server = serve(Dialect::Toolkit, todoitem_table());
    server.store().seed("todoitem", &[milk()]).unwrap();
    let check = |texts: Value, sync: Value, code: i32| {
        let title = json!({"type": "string", "enum": texts, "x-sync": sync});
        let properties = json!({"id": {"type": "string"}, "title": title});
        let sync = json!({"table": "todoitem", "narrow": true});
        findings(&Folder::with(&[("todo", document(properties, &["id", "title"], sync))]).report(&server.url(), code))
    };
    check(json!(["Milk", "Bread"]), json!({}), 0);
    check(json!(["Bread"]), json!({"other": "Other"}), 0);
    assert_eq!(check(json!(["Bread"]), json!({}), 5)[0], "drift enum title");
}

#[test]
fn another_dialect_and_missing_tables_are_drift_and_local_tables_are_left_alone() {
    let server = serve(Dialect::V3, todoitem_table());
    let properties = || json!({"id": {"type": "string"}});
    let other = document(properties(), &["id"], json!({"table": "movies"}));
    let local = document(properties(), &["id"], json!({"table": "settings", "local": true}));
    let named = |mut document: Value, title: &str| {
        document["title"] = json!(title);
        document
    };
    let folder = Folder::with(&[
        ("a_movie", named(other, "Movie")),
        ("b_setting", named(local, "Setting")),
        ("todo_item", todo()),
    ]);
    let report = folder.report(&server.url(), 5);
    let statuses: Vec<_> = report["tables"].as_array().unwrap().iter().map(|table| table["status"].clone()).collect();
    assert_eq!(statuses, ["drift", "local", "match"]);
    assert_eq!(findings(&report), ["drift table -"]);
    assert_eq!(report["dialect"], "v3", "the second table shows it");

    let folder = Folder::with(&[("todo_item", todo())]);
    let wrong = folder.check(&server.url(), &["--dialect", "toolkit"]);
    assert_eq!(wrong.code, 5);
    assert!(wrong.out.contains("the server speaks v3, not toolkit"), "{}", wrong.out);
    assert!(wrong.out.contains("ok              what the server shows"), "{}", wrong.out);
    assert_eq!(folder.check(&server.url(), &["--dialect", "v3"]).code, 0);
}

/// A server that answers every request with these bytes, and keeps what it was asked.
fn answering(answer: &'static str) -> (String, std::sync::mpsc::Receiver<String>) {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (send, asked) = std::sync::mpsc::channel();
    // Ends with the test's process.
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut request = vec![0; 8192];
            let length = stream.read(&mut request).unwrap_or_default();
            let _ = send.send(String::from_utf8_lossy(&request[..length]).into_owned());
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (url, asked)
}

#[test]
fn what_is_no_server_of_tables_ends_with_4_and_tells_no_secret() {
    let folder = Folder::with(&[("todo_item", todo())]);
    let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 24\r\nconnection: close\r\n\r\n<html>please sign</html>";
    let lost = "HTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\ncontent-length: 23\r\nconnection: close\r\n\r\n<html>not here </html>\n";
    let closed = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let broken = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    for (answer, part) in [
        (page, "expected JSON, found `text/html`"),
        (lost, "answers with a page in place of rows (status 404"),
        (closed, "`--header"),
        (broken, "cannot answer now"),
    ] {
        let (url, asked) = answering(answer);
        for form in [&[][..], &["--json"]] {
            let more: Vec<&str> = [&["--header", "Authorization: Bearer s3cret"], form].concat();
            let checked = folder.check(&url, &more);
            assert_eq!((checked.code, checked.out.as_str()), (4, ""), "{checked:?}");
            assert!(checked.err.contains(part), "{part} in {}", checked.err);
            assert!(!checked.err.contains("s3cret"), "{}", checked.err);
        }
        assert!(asked.iter().next().unwrap().to_lowercase().contains("authorization: bearer s3cret"));
    }
    let nobody = folder.check("http://127.0.0.1:9", &[]);
    assert_eq!(nobody.code, 4);
    assert!(nobody.err.contains("could not be reached"), "{}", nobody.err);
    for (url, more) in [
        ("http://user:s3cret@127.0.0.1:9", &[][..]),
        ("http://example.com", &[]),
        ("http://127.0.0.1:9", &["--header", "s3cret"]),
        ("http://127.0.0.1:9", &["--header", "X-Key: s3cret\u{7}"]),
        ("http://127.0.0.1:9", &["--dialect", "v4"]),
    ] {
        let checked = folder.check(url, more);
        assert_eq!(checked.code, 2, "{checked:?}");
        assert!(!checked.err.contains("s3cret"), "{}", checked.err);
    }
    let wrong = Folder::with(&[("todo_item", json!({"title": "TodoItem"}))]);
    assert_eq!(wrong.check("http://127.0.0.1:9", &[]).code, 3);
}

#[test]
fn nothing_is_written_to_the_server() {
    let server = serve(Dialect::Toolkit, changed("dueAt", ColumnType::Text));
    server.store().seed("todoitem", &[milk()]).unwrap();
    let before = server.store().rows("todoitem").unwrap();
    Folder::with(&[("todo_item", todo())]).report(&server.url(), 5);
    assert_eq!(server.store().rows("todoitem").unwrap(), before);
}

/// The Node backend with a set of its tables over an empty database.
fn backend(tables: &str) -> (TempDir, node::Node, http::Peer) {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("backend.db");
    let node = match tables {
        "app" => node::Node::start(&database, 0),
        tables => node::Node::start_with(tables, &database, 0),
    };
    let peer = http::Peer { port: node.port(), dialect: synctable::wire::Dialect::NodeV2 };
    (folder, node, peer)
}

#[test]
fn the_node_backend_matches_and_drifts() {
    if !node::installed("the_node_backend_matches_and_drifts") {
        return;
    }
    let folder = Folder::with(&[("todo_item", todo())]);
    let (_database, _node, peer) = backend("app");
    let url = format!("http://127.0.0.1:{}", peer.port);
    assert_eq!(
        findings(&folder.report(&url, 0)),
        ["notVerifiable type -", "notVerifiable null -", "notVerifiable missing-column -"]
    );
    assert_eq!(peer.send("POST", "/tables/todoitem", Some(&milk())).status, 201);
    let before = peer.rows("todoitem");
    let report = folder.report(&url, 0);
    assert_eq!((findings(&report), &report["dialect"]), (Vec::new(), &json!("node-v2")));
    assert_eq!(peer.rows("todoitem"), before, "nothing is written");

    // The other set has no `dueAt`: one column less.
    let (_database, _node, changed) = backend("wire");
    let changed_url = format!("http://127.0.0.1:{}", changed.port);
    assert_eq!(findings(&folder.report(&changed_url, 5))[0], "drift unknown-column dueAt");
    let milk = json!({"id": "milk", "title": "Milk", "complete": false});
    assert_eq!(changed.send("POST", "/tables/todoitem", Some(&milk)).status, 201);
    let text = folder.check(&changed_url, &[]);
    assert_eq!(text.code, 5);
    assert!(text.out.contains("drift           dueAt: the server has no such column"), "{}", text.out);

    // Types are those of the rows.
    let mut retyped = todo();
    retyped["properties"]["title"] = json!({"type": "integer"});
    let report = Folder::with(&[("todo_item", retyped)]).report(&url, 5);
    assert_eq!(findings(&report), ["drift type title"]);
    let message = report["tables"][0]["findings"][0]["message"].as_str().unwrap();
    assert!(message.contains("the row `milk` with text"), "{message}");

    // `kitchen` has no soft delete, with rows and without.
    let kitchen = document(json!({"id": {"type": "string"}}), &["id"], json!({"table": "kitchen"}));
    let kitchen = Folder::with(&[("kitchen", kitchen)]);
    assert_eq!(findings(&kitchen.report(&changed_url, 5))[0], "drift soft-delete -");
    let missing = document(json!({"id": {"type": "string"}}), &["id"], json!({"table": "nothing"}));
    assert_eq!(findings(&Folder::with(&[("nothing", missing)]).report(&url, 5)), ["drift table -"]);
}

#[test]
fn the_node_backend_hides_unknown_columns_and_they_are_found() {
    if !node::installed("the_node_backend_hides_unknown_columns_and_they_are_found") {
        return;
    }
    let (_database, _node, peer) = backend("app");
    let url = format!("http://127.0.0.1:{}", peer.port);
    // A table with a dynamic schema answers a query for an unknown column with an empty list.
    let loose =
        |properties: Value| Folder::with(&[("loose", document(properties, &["id"], json!({"table": "loose"})))]);
    loose(json!({"id": {"type": "string"}, "text": {"type": "string"}})).report(&url, 0);
    let unknown = loose(json!({"id": {"type": "string"}, "text": {"type": "string"}, "color": {"type": "string"}}));
    assert_eq!(findings(&unknown.report(&url, 5))[0], "drift unknown-column color");
    assert_eq!(peer.send("POST", "/tables/loose", Some(&json!({"id": "a", "text": "x", "color": "red"}))).status, 201);
    assert_eq!(findings(&unknown.report(&url, 0)), Vec::<String>::new());
}
