//! `import`: documents from files and servers, as the program is called.

#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use synctable::{Date, Decimal, Id, SyncContext, SyncTable, TimeOfDay, Timestamp, Uuid};
use synctable_codegen::document::{Documents, Kind};
use synctable_server::{ColumnType, Config, Dialect, Server, TableDefinition};

#[path = "../../runtime/tests/support/http.rs"]
mod http;
#[path = "../../runtime/tests/support/node.rs"]
mod node;

#[derive(Debug)]
struct Called {
    code: i32,
    out: String,
    err: String,
}

fn call(arguments: &[&str]) -> Called {
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-synctable")).arg("import").args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Called { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
}

fn workspace(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn openapi() -> String {
    workspace("codegen-cli/tests/data/inventory.openapi.json").to_str().unwrap().to_owned()
}

/// The columns of the first table: name, `?` if it may be null, kind.
fn columns(documents: &Documents) -> Vec<String> {
    let columns = documents.tables()[0].columns().iter();
    columns
        .map(|column| {
            format!("{}{} {:?}", column.wire_name(), if column.is_nullable() { "?" } else { "" }, column.kind())
        })
        .collect()
}

#[test]
fn an_openapi_document_gives_the_document_in_schemas() {
    let printed = call(&["--openapi", &openapi(), "InventoryItem"]);
    assert_eq!((printed.code, printed.err.as_str()), (0, ""));
    let checked_in = std::fs::read_to_string(workspace("schemas/inventory_item.json")).unwrap();
    assert!(printed.out == checked_in, "schemas/inventory_item.json is another one: import it anew\n{}", printed.out);
    let documents = Documents::parse("inventory_item.json", printed.out).unwrap();
    assert_eq!(
        columns(&documents),
        [
            "id Id",
            "sku Text",
            "name Text",
            "quantity I32",
            "unitPrice Decimal",
            "weightKg? F64",
            "discontinued Bool",
            "condition Text",
            "lastCountedAt? Timestamp",
            "availableFrom? Date",
            "serial? Uuid",
            "photo? Bytes",
            "dimensions? Json",
            "tags? Json",
            "supplierId? Text",
        ]
    );
}

#[test]
fn each_table_goes_into_a_file_and_none_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("schemas");
    let into = out.to_str().unwrap();
    let written = call(&["--openapi", &openapi(), "--out", into]);
    let path = |name: &str| out.join(name);
    let expected = ["inventory_item.json", "supplier.json"].map(|name| format!("wrote {}\n", path(name).display()));
    assert_eq!((written.code, written.out), (0, expected.concat()));
    assert!(written.err.contains("note: supplier.rating: "), "{}", written.err);
    let generated = synctable_codegen::configure().schemas(&out).generate().unwrap();
    assert!(
        generated.text().contains("pub struct InventoryItem {") && generated.text().contains("pub enum SupplierRating")
    );

    std::fs::write(path("supplier.json"), "mine").unwrap();
    std::fs::remove_file(path("inventory_item.json")).unwrap();
    let refused = call(&["--openapi", &openapi(), "--out", into]);
    assert_eq!((refused.code, refused.out.as_str()), (3, ""));
    assert!(refused.err.contains("supplier.json is there already: say `--force`"), "{}", refused.err);
    assert_eq!(std::fs::read_to_string(path("supplier.json")).unwrap(), "mine");
    assert!(!path("inventory_item.json").exists(), "all files or none");
    assert_eq!(call(&["--openapi", &openapi(), "--out", into, "--force"]).code, 0);
    assert_eq!(Documents::find([&out]).unwrap().tables().len(), 2);
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 2, "nothing else is left");
}

#[test]
fn json_has_the_documents_and_what_was_not_seen() {
    let called = call(&["--openapi", &openapi(), "supplier", "--json"]);
    assert_eq!(called.code, 0, "{called:?}");
    let printed: Value = serde_json::from_str(&called.out).unwrap();
    let document = &printed["documents"][0];
    assert_eq!(
        (&document["table"], &document["file"], &printed["skipped"]),
        (&json!("supplier"), &Value::Null, &json!([]))
    );
    assert_eq!(document["notes"][0]["column"], "rating");
    assert_eq!(document["document"]["title"], "Supplier");
}

#[test]
fn sources_that_cannot_be_read_and_arguments_that_make_no_sense() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = folder.path().join("api.yaml");
    std::fs::write(&yaml, "openapi: 3.0.0\n").unwrap();
    let yaml = yaml.to_str().unwrap();
    for (arguments, code, part) in [
        (&["--openapi", yaml][..], 3, "YAML is not read"),
        (&["--openapi", "/nowhere/api.json"], 3, "/nowhere/api.json: cannot read"),
        (&["--openapi", &openapi(), "suplier"], 3, "the tables are: inventoryitem, supplier"),
        (&["--openapi", &openapi()], 2, "say `--out DIR`"),
        (&["--sqlite", yaml], 3, "cannot be read as an SQLite database"),
        (&["--server", "http://127.0.0.1:9", "todo"], 4, "could not be reached"),
        (&["--server", "http://127.0.0.1:9"], 2, "TABLE"),
        (&["--openapi", yaml, "--sqlite", yaml], 2, "cannot be used with"),
        (&[], 2, "--openapi"),
    ] {
        let called = call(arguments);
        assert_eq!((called.code, called.out.as_str()), (code, ""), "{arguments:?}: {}", called.err);
        assert!(called.err.contains(part), "{part} in {}", called.err);
    }
}

/// A column of each type, as the store of an app has it.
#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "note")]
struct Note {
    id: Id,
    text: String,
    done: bool,
    level: i32,
    size: Option<i64>,
    ratio: f64,
    #[sync(index)]
    at: Timestamp,
    day: Option<Date>,
    time: Option<TimeOfDay>,
    key: Option<Uuid>,
    price: Option<Decimal>,
    photo: Option<Vec<u8>>,
    #[sync(json)]
    extra: Option<synctable::JsonValue>,
    #[sync(references = Note)]
    parent: Option<Id>,
}

#[tokio::test]
async fn a_store_of_ours_tells_the_types_that_sqlite_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a #50% store?.db");
    let context = SyncContext::builder("http://127.0.0.1:9").store_path(&path).table::<Note>().open().await.unwrap();
    context.table::<Note>().insert(Note { text: "a".into(), ..Note::default() }).await.unwrap();
    // While the app runs, and after.
    let running = call(&["--sqlite", path.to_str().unwrap()]);
    drop(context);
    let files = || std::fs::read_dir(folder.path()).unwrap().count();
    let before = files();
    let called = call(&["--sqlite", path.to_str().unwrap()]);
    assert_eq!((files(), &running.out), (before, &called.out));
    assert_eq!(called.code, 0, "{called:?}");
    let documents = Documents::parse("note.json", &called.out).unwrap();
    assert_eq!(
        columns(&documents),
        [
            "id Id",
            "text Text",
            "done Bool",
            "level I32",
            "size? I64",
            "ratio F64",
            "at Timestamp",
            "day? Date",
            "time? TimeOfDay",
            "key? Uuid",
            "price? Decimal",
            "photo? Bytes",
            "extra? Json",
            "parent? Id",
        ]
    );
    let table = &documents.tables()[0];
    assert!(table.columns()[6].is_indexed() && !table.columns()[1].is_indexed());
    assert!(table.columns().iter().all(|column| column.default().is_none()), "{}", called.out);
}

fn things() -> TableDefinition {
    TableDefinition::new("things")
        .column("title", ColumnType::Text)
        .required("count", ColumnType::Int32)
        .column("ratio", ColumnType::Double)
        .column("dueAt", ColumnType::Instant)
        .column("day", ColumnType::Date)
        .column("key", ColumnType::Guid)
        .column("blank", ColumnType::Bytes)
        .soft_delete()
}

#[test]
fn rows_of_a_server_that_tells_its_types() {
    for dialect in [Dialect::Toolkit, Dialect::V3] {
        // Small pages: more than one request is needed.
        let server = Server::start(Config::new(vec![things()]).dialect(dialect).page_size(2)).unwrap();
        let row = |index: usize| json!({"id": format!("r{index}"), "title": "2026-11-21", "count": index, "ratio": 3});
        server.store().seed("things", &(0..5).map(row).collect::<Vec<_>>()).unwrap();
        let called = call(&["--server", &server.url(), "things"]);
        assert_eq!(called.code, 0, "{called:?}");
        let documents = Documents::parse("things.json", &called.out).unwrap();
        assert_eq!(
            columns(&documents),
            [
                "id Id",
                "title Text",
                "count I64",
                "ratio F64",
                "dueAt? Timestamp",
                "day? Date",
                "key? Uuid",
                "blank? Bytes",
            ]
        );
        assert!(
            called.err.contains("note: things: whether the table has soft delete cannot be seen"),
            "{}",
            called.err
        );

        // What was imported matches where it came from.
        let document = server_folder(&called.out);
        let checked = Command::new(env!("CARGO_BIN_EXE_cargo-synctable"))
            .args(["check", "--server", &server.url()])
            .arg(document.path())
            .output()
            .unwrap();
        assert_eq!(checked.status.code(), Some(0), "{}", String::from_utf8_lossy(&checked.stdout));
    }
    let empty = Server::start(Config::new(vec![things()])).unwrap();
    let called = call(&["--server", &empty.url(), "things"]);
    assert_eq!(called.code, 3);
    assert!(called.err.contains("has no rows"), "{}", called.err);
    assert!(call(&["--server", &empty.url(), "thing"]).err.contains("has no table `thing`"));
}

fn server_folder(document: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("things.json"), document).unwrap();
    folder
}

#[test]
fn rows_of_the_node_backend() {
    if !node::installed("rows_of_the_node_backend") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let node = node::Node::start(&folder.path().join("app.db"), 0);
    let peer = http::Peer { port: node.port(), dialect: synctable::wire::Dialect::NodeV2 };
    let milk = json!({"id": "milk", "title": "Milk", "complete": false, "dueAt": "2026-11-22T04:14:25.400Z"});
    assert_eq!(peer.send("POST", "/tables/todoitem", Some(&milk)).status, 201);
    let bread = json!({"id": "bread", "title": "Bread", "complete": true});
    assert_eq!(peer.send("POST", "/tables/todoitem", Some(&bread)).status, 201);
    let before = peer.rows("todoitem");
    let called = call(&["--server", &format!("http://127.0.0.1:{}", node.port()), "todoitem"]);
    assert_eq!(called.code, 0, "{called:?}");
    let documents = Documents::parse("todoitem.json", &called.out).unwrap();
    let mut found = columns(&documents);
    found.sort();
    assert_eq!(found, ["complete Bool", "dueAt? Timestamp", "id Id", "title Text"]);
    assert_eq!(documents.tables()[0].columns()[0].kind(), Kind::Id);
    assert_eq!(peer.rows("todoitem"), before, "nothing is written");

    let kitchen = node::Node::start_with("wire", &folder.path().join("wire.db"), 0);
    let wire = http::Peer { port: kitchen.port(), ..peer };
    assert_eq!(wire.send("POST", "/tables/kitchen", Some(&json!({"id": "a", "int32": 5, "double": 2.5}))).status, 201);
    let called = call(&["--server", &format!("http://127.0.0.1:{}", kitchen.port()), "kitchen"]);
    assert!(called.out.contains("\"softDelete\": false"), "{}", called.out);
    assert!(called.err.contains("note: kitchen.flag: every row that was read has null"), "{}", called.err);
    assert!(called.err.contains("note: kitchen.int32: only whole numbers were seen"), "{}", called.err);
}
