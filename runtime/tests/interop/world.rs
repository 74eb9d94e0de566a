//! A backend with an empty database, and devices that sync with it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rusqlite::Connection;
use serde_json::{Value, json};
use synctable::store::SqliteStore;
use synctable::wire::Dialect;
use synctable::{Id, SyncContext, SyncContextBuilder, SyncTable, Table, Timestamp};
use tempfile::TempDir;

use crate::http::Peer;
use crate::node::{self, Node};

#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "todoitem")]
pub(crate) struct TodoItem {
    pub(crate) id: Id,
    pub(crate) title: Option<String>,
    pub(crate) complete: bool,
    #[sync(rename = "dueAt")]
    pub(crate) due: Option<Timestamp>,
}

impl TodoItem {
    /// An item with a title, and an id that the library makes.
    pub(crate) fn titled(title: &str) -> Self {
        Self { title: Some(title.to_owned()), ..Self::default() }
    }

    /// An item with an id of the app's choice.
    pub(crate) fn named(id: &str, title: &str) -> Self {
        Self { id: id.parse().unwrap(), ..Self::titled(title) }
    }
}

/// A running or stopped backend.
pub(crate) struct World {
    node: Option<Node>,
    port: u16,
    folder: TempDir,
}

impl World {
    /// Starts a backend with an empty database; none, and a word on stderr, if it is not installed.
    pub(crate) fn start(test: &str) -> Option<Self> {
        if !node::installed(test) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let node = Node::start(&folder.path().join("backend.db"), 0);
        Some(Self { port: node.port(), node: Some(node), folder })
    }

    /// Kills the backend; its database stays.
    pub(crate) fn stop(&mut self) {
        self.node = None;
    }

    /// Takes the running backend out, for who wants to kill it at a moment of its choice.
    pub(crate) fn take_node(&mut self) -> Node {
        self.node.take().unwrap()
    }

    /// Starts the backend anew over its database, on its port.
    pub(crate) fn restart(&mut self) {
        self.node = Some(Node::start(&self.folder.path().join("backend.db"), self.port));
    }

    /// Runs SQL on the backend's database while the backend is stopped, as its operator might.
    pub(crate) fn operate(&mut self, sql: &str) {
        self.stop();
        Connection::open(self.folder.path().join("backend.db")).unwrap().execute_batch(sql).unwrap();
        self.restart();
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn peer(&self) -> Peer {
        Peer { port: self.port, dialect: Dialect::NodeV2 }
    }

    /// The file of a device's store.
    pub(crate) fn store(&self, device: &str) -> PathBuf {
        self.folder.path().join(format!("{device}.db"))
    }

    /// Begins to describe a device; the store is its own file.
    pub(crate) fn builder(&self, device: &str) -> SyncContextBuilder {
        SyncContext::builder(&self.url()).store(SqliteStore::at(self.store(device)))
    }

    /// Opens a device with the to-do table.
    pub(crate) async fn device(&self, device: &str) -> (SyncContext, Table<TodoItem>) {
        let context = self.builder(device).table::<TodoItem>().open().await.unwrap();
        let items = context.table::<TodoItem>();
        (context, items)
    }

    /// The to-do rows of the backend by id, those that are deleted left out.
    pub(crate) fn live(&self) -> BTreeMap<String, Value> {
        let rows = self.peer().rows("todoitem").into_iter().filter(|row| row["deleted"] != json!(true));
        rows.map(|row| (row["id"].as_str().unwrap().to_owned(), row)).collect()
    }

    /// Compares what a device shows with what the backend has.
    pub(crate) async fn assert_same(&self, items: &Table<TodoItem>) {
        let wire = |due: &Value| due.as_str().map(|due| due.parse::<Timestamp>().unwrap());
        let theirs: Vec<TodoItem> = self
            .live()
            .into_iter()
            .map(|(id, row)| TodoItem {
                id: id.parse().unwrap(),
                title: row["title"].as_str().map(str::to_owned),
                complete: row["complete"].as_bool().unwrap(),
                due: wire(&row["dueAt"]),
            })
            .collect();
        let ours = items.list(&TodoItem::query().order_by(|item| item.id.asc())).await.unwrap();
        assert_eq!(ours, theirs);
    }
}
