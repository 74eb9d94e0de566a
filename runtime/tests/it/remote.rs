//! Online tables: against the reference server, and request by request for all four generations.

mod reads;
mod script;
mod writes;

use serde_json::{Value as Json, json};
use synctable::{Id, RemoteClient, RemoteTable, SyncTable, Version};
use synctable_server::{ColumnType, Config, Dialect, Server, TableDefinition};

const DIALECTS: [Dialect; 4] = [Dialect::Toolkit, Dialect::V3, Dialect::NodeV2, Dialect::DotNetV2];

/// Those whose pages follow the id, with limits of filters, 410 for a tombstone, and a PUT.
const LATER: [Dialect; 2] = [Dialect::Toolkit, Dialect::V3];

#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "note")]
struct Note {
    id: Id,
    text: String,
    number: Option<i32>,
    #[sync(system)]
    version: Option<Version>,
}

impl Note {
    fn new(id: &str, text: &str) -> Self {
        Self { id: parse(id), text: text.to_owned(), ..Self::default() }
    }
}

/// The same table without a version, and without a column of the server.
#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "note")]
struct Text {
    id: Id,
    text: String,
}

fn parse(id: &str) -> Id {
    id.parse().unwrap()
}

fn config() -> Config {
    let note = TableDefinition::new("note")
        .required("text", ColumnType::Text)
        .column("number", ColumnType::Int32)
        .soft_delete();
    Config::new(vec![note])
}

fn server(dialect: Dialect) -> Server {
    Server::start(config().dialect(dialect)).unwrap()
}

fn notes<T: SyncTable>(server: &Server) -> RemoteTable<T> {
    RemoteClient::builder(&server.url()).build().unwrap().table()
}

fn seed(server: &Server, count: i32) {
    let rows: Vec<_> =
        (0..count).map(|n| json!({"id": format!("n{n:04}"), "text": format!("t{n}"), "number": n})).collect();
    server.store().seed("note", &rows).unwrap();
}

fn row(server: &Server, id: &str) -> Json {
    server.store().row("note", id).unwrap().unwrap()
}
