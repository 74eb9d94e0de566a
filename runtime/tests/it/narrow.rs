//! Narrow tables against the reference server: what is asked for, what updates leave alone, what
//! inserts send for columns that no struct has.

use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use synctable::store::{LocalStore as _, StoreRead};
use synctable::wire::{
    BoxFuture, Method, Request, ReqwestTransport, Response, Transport, TransportError, TransportErrorKind,
};
use synctable::{Id, MemoryStore, PushReport, RemoteRow, Status, SyncContext, SyncTable, Table};
use synctable_server::{ColumnType, Config, Dialect, Server, TableDefinition};

const DIALECTS: [Dialect; 2] = [Dialect::Toolkit, Dialect::V3];

/// A client that knows what is ordered.
#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "orders", narrow, on_insert(region = "EU", "level" = -3, rate = 1.5, checked = true))]
struct Item {
    id: Id,
    item: String,
}

/// A client that knows how many.
#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "orders", narrow)]
struct Amount {
    id: Id,
    amount: Option<i32>,
}

/// Says nothing of other columns but by its constants.
#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "orders", on_insert(region = "EU", level = 1))]
struct Undeclared {
    id: Id,
    item: String,
}

fn server(dialect: Dialect) -> Server {
    let orders = TableDefinition::new("orders")
        .column("item", ColumnType::Text)
        .column("amount", ColumnType::Int32)
        .required("region", ColumnType::Text)
        .required("level", ColumnType::Int32)
        .column("rate", ColumnType::Double)
        .column("checked", ColumnType::Bool)
        .column("secret", ColumnType::Text)
        .soft_delete();
    let server = Server::start(Config::new(vec![orders]).dialect(dialect)).unwrap();
    let row = json!({"id": "a", "item": "milk", "amount": 1, "region": "EU", "level": 7, "secret": "kept"});
    server.store().seed("orders", &[row]).unwrap();
    server
}

fn row(server: &Server, id: &str) -> Json {
    server.store().row("orders", id).unwrap().unwrap()
}

/// Passes requests on, notes them, and loses the first reply to a POST if it is told to.
#[derive(Debug, Clone)]
struct Wire(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    transport: ReqwestTransport,
    sent: Mutex<Vec<String>>,
    loses_a_reply: Mutex<bool>,
}

impl Wire {
    fn new() -> Self {
        let transport = ReqwestTransport::new().unwrap();
        Self(Arc::new(Inner { transport, sent: Mutex::default(), loses_a_reply: Mutex::new(false) }))
    }

    /// What was sent since the last call, as `METHOD path body`.
    fn sent(&self) -> Vec<String> {
        std::mem::take(&mut self.0.sent.lock().unwrap())
    }

    fn lose_a_reply(&self) {
        *self.0.loses_a_reply.lock().unwrap() = true;
    }
}

impl Transport for Wire {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let (_, path) = request.url.split_once("/tables").unwrap();
        let tag = request.headers.get("if-match").map(|tag| format!(" {tag}")).unwrap_or_default();
        let body = str::from_utf8(&request.body).unwrap();
        self.0.sent.lock().unwrap().push(format!("{} {path}{tag} {body}", request.method));
        let is_lost = request.method == Method::Post && std::mem::take(&mut *self.0.loses_a_reply.lock().unwrap());
        Box::pin(async move {
            let response = self.0.transport.send(request).await;
            if is_lost {
                Err(TransportError::new(TransportErrorKind::Unanswered, "the reply is lost"))
            } else {
                response
            }
        })
    }
}

/// A device that has pulled the table.
struct Device<T> {
    context: SyncContext,
    table: Table<T>,
    store: MemoryStore,
    wire: Wire,
}

impl<T: SyncTable + Clone> Device<T> {
    async fn new(server: &Server) -> Self {
        let (store, wire) = (MemoryStore::new(), Wire::new());
        let builder = SyncContext::builder(&server.url()).store(store.clone()).transport(wire.clone());
        let context = builder.table::<T>().open().await.unwrap();
        let device = Self { table: context.table(), context, store, wire };
        device.pulls().await;
        device
    }

    async fn pulls(&self) {
        self.context.sync().await.unwrap().into_result().unwrap();
    }

    async fn pushes(&self) {
        self.context.push().await.unwrap().into_result().unwrap();
    }

    async fn edits(&self, change: impl FnOnce(&mut T) + Send + 'static) {
        self.table.edit(&id("a"), change).await.unwrap().unwrap();
    }

    async fn sees(&self) -> T {
        self.table.get(&id("a")).await.unwrap().unwrap()
    }

    /// What the store keeps of the table's other columns, for later versions of the app.
    async fn note(&self) -> Option<String> {
        let note = Arc::new(Mutex::new(None));
        let found = Arc::clone(&note);
        let look = move |snapshot: &mut dyn StoreRead| {
            *found.lock().unwrap() = snapshot.meta("narrow|orders")?;
            Ok(())
        };
        self.store.read(Box::new(look)).await.unwrap();
        note.lock().unwrap().take()
    }
}

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

fn is_one_conflict(report: &PushReport) -> bool {
    report.status() == Status::WithFailures && report.failed().len() == 1 && report.failed()[0].is_conflict()
}

#[tokio::test]
async fn lists_ask_for_the_columns_of_the_struct_and_what_a_pull_needs() {
    for dialect in DIALECTS {
        let server = server(dialect);
        let device = Device::<Item>::new(&server).await;
        let lists: Vec<_> = device.wire.sent().into_iter().filter(|sent| sent.contains("$orderby")).collect();
        assert!(!lists.is_empty());
        for list in lists {
            assert!(list.contains("&$select=id,item,version,updatedAt,deleted&"), "{dialect}: {list}");
        }
        assert_eq!(device.sees().await.item, "milk");
        assert_eq!(device.note().await.as_deref(), Some("added"), "{dialect}: only what was asked for came");
        // Tombstones and new rows come as they do to others.
        let rows = [json!({"id": "b", "item": "tea", "region": "EU", "level": 1}), json!({"id": "a", "deleted": true})];
        server.store().seed("orders", &rows).unwrap();
        device.pulls().await;
        let items: Vec<_> = device.table.list(&Item::query()).await.unwrap().into_iter().map(|row| row.item).collect();
        assert_eq!(items, ["tea"], "{dialect}");
    }
}

#[tokio::test]
async fn the_first_update_leaves_alone_what_the_struct_lacks() {
    for dialect in DIALECTS {
        let server = server(dialect);
        let device = Device::<Item>::new(&server).await;
        device.wire.sent();
        device.edits(|row| row.item = "oat milk".to_owned()).await;
        device.pushes().await;
        let row = row(&server, "a");
        assert_eq!((&row["item"], &row["amount"], &row["secret"]), (&json!("oat milk"), &json!(1), &json!("kept")));
        assert_eq!((&row["region"], &row["level"]), (&json!("EU"), &json!(7)), "no update sends a constant");
        let methods: Vec<_> =
            device.wire.sent().iter().map(|sent| sent.split(' ').next().unwrap().to_owned()).collect();
        let expected = if dialect == Dialect::Toolkit { vec!["GET", "PUT"] } else { vec!["PATCH"] };
        assert_eq!(methods, expected, "{dialect}");
        assert_eq!(device.note().await.as_deref(), Some("seen"), "the server may want whole rows one day");
    }
}

#[tokio::test]
async fn of_two_clients_that_edit_one_column_the_second_has_a_conflict() {
    for dialect in DIALECTS {
        let server = server(dialect);
        let (first, second) = (Device::<Item>::new(&server).await, Device::<Item>::new(&server).await);
        first.edits(|row| row.item = "oat milk".to_owned()).await;
        second.edits(|row| row.item = "soy milk".to_owned()).await;
        first.pushes().await;
        let after_first = row(&server, "a");
        let report = second.context.push().await.unwrap();
        assert!(is_one_conflict(&report), "{dialect}: {report}");
        assert_eq!(row(&server, "a"), after_first, "{dialect}: the first edit stands");
        let pending = second.context.pending().await.unwrap();
        assert_eq!(pending[0].local::<Item>().unwrap().unwrap().item, "soy milk", "{dialect}: and so does the wish");
        let Some(RemoteRow::Live(remote)) = pending[0].remote::<Item>().unwrap() else { panic!("{pending:?}") };
        assert_eq!(remote.item, "oat milk", "{dialect}");
        // It stays one however often it is pushed, and after a pull.
        assert!(is_one_conflict(&second.context.push().await.unwrap()), "{dialect}");
        let _ = second.context.sync().await.unwrap();
        assert_eq!(second.sees().await.item, "soy milk", "{dialect}");
        assert_eq!(row(&server, "a"), after_first, "{dialect}");

        // The app decides: the server's row, and then its own wish upon it.
        let pending = second.context.pending().await.unwrap();
        second.context.discard(&pending[0]).await.unwrap();
        assert_eq!(second.sees().await.item, "oat milk", "{dialect}");
        second.edits(|row| row.item = "soy milk".to_owned()).await;
        second.pushes().await;
        let row = row(&server, "a");
        assert_eq!((&row["item"], &row["amount"], &row["secret"]), (&json!("soy milk"), &json!(1), &json!("kept")));
    }
}

#[tokio::test]
async fn edits_of_different_columns_survive_and_so_do_columns_of_neither() {
    for dialect in DIALECTS {
        let server = server(dialect);
        let (items, amounts) = (Device::<Item>::new(&server).await, Device::<Amount>::new(&server).await);
        // One after the other.
        items.edits(|row| row.item = "oat milk".to_owned()).await;
        items.pushes().await;
        amounts.pulls().await;
        amounts.edits(|row| row.amount = Some(2)).await;
        amounts.pushes().await;
        let now = row(&server, "a");
        assert_eq!((&now["item"], &now["amount"], &now["secret"]), (&json!("oat milk"), &json!(2), &json!("kept")));

        // At once: the second is told, and neither edit is lost.
        items.pulls().await;
        items.edits(|row| row.item = "soy milk".to_owned()).await;
        amounts.edits(|row| row.amount = Some(3)).await;
        items.pushes().await;
        let report = amounts.context.push().await.unwrap();
        assert!(is_one_conflict(&report), "{dialect}: {report}");
        let pending = amounts.context.pending().await.unwrap();
        amounts.context.discard(&pending[0]).await.unwrap();
        amounts.edits(|row| row.amount = Some(3)).await;
        amounts.pushes().await;
        let now = row(&server, "a");
        assert_eq!((&now["item"], &now["amount"], &now["secret"]), (&json!("soy milk"), &json!(3), &json!("kept")));
        assert_eq!((&now["region"], &now["level"]), (&json!("EU"), &json!(7)), "{dialect}");
    }
}

#[tokio::test]
async fn inserts_send_the_constants_and_a_repeated_one_the_same_body() {
    for dialect in DIALECTS {
        let server = server(dialect);
        let device = Device::<Item>::new(&server).await;
        device.wire.sent();
        device.wire.lose_a_reply();
        // An id of the app's choice: only the values tell that the row which is there is its own.
        device.table.insert(Item { id: id("new"), item: "tea".to_owned() }).await.unwrap();
        device.pushes().await;
        let posts: Vec<_> = device.wire.sent().into_iter().filter(|sent| sent.starts_with("POST")).collect();
        let body = r#"{"id":"new","item":"tea","region":"EU","level":-3,"rate":1.5,"checked":true}"#;
        let post = format!("POST /orders {body}");
        assert_eq!(posts, [post.as_str(), post.as_str()], "{dialect}");
        let row = row(&server, "new");
        for (name, value) in [
            ("item", json!("tea")),
            ("region", json!("EU")),
            ("level", json!(-3)),
            ("rate", json!(1.5)),
            ("checked", json!(true)),
        ] {
            assert_eq!(row[name], value, "{dialect}");
        }
        assert_eq!(device.table.count(&Item::query()).await.unwrap(), 2);
    }
}

#[tokio::test]
async fn constants_say_that_the_table_has_more_columns() {
    for dialect in DIALECTS {
        let server = server(dialect);
        let device = Device::<Item>::new(&server).await;
        let undeclared = Device::<Undeclared>::new(&server).await;
        drop(device);
        let lists: Vec<_> = undeclared.wire.sent().into_iter().filter(|sent| sent.contains("$orderby")).collect();
        assert!(lists.iter().all(|list| !list.contains("$select")), "{dialect}: only `narrow` narrows lists");
        undeclared.edits(|row| row.item = "cocoa".to_owned()).await;
        undeclared.pushes().await;
        let row = row(&server, "a");
        assert_eq!((&row["item"], &row["secret"], &row["level"]), (&json!("cocoa"), &json!("kept"), &json!(7)));
    }
}

/// What an app knew of the orders before it learnt of amounts.
#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "pairs", narrow)]
struct Before {
    id: Id,
    item: String,
}

/// The same table in the app's next version, which knows all.
#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "pairs")]
struct After {
    id: Id,
    item: String,
    amount: Option<i32>,
}

/// Rows from before a column was added hold a default in place of the server's value: an update that
/// carries the whole row would send it.
#[tokio::test]
async fn an_update_before_the_refetch_leaves_the_added_column_alone() {
    let pairs = TableDefinition::new("pairs")
        .column("item", ColumnType::Text)
        .column("amount", ColumnType::Int32)
        .soft_delete();
    let server = Server::start(Config::new(vec![pairs])).unwrap();
    for store in [Some(MemoryStore::new()), None] {
        server.store().seed("pairs", &[json!({"id": "a", "item": "milk", "amount": 5})]).unwrap();
        let (folder, wire) = (tempfile::tempdir().unwrap(), Wire::new());
        let builder = || {
            let builder = SyncContext::builder(&server.url()).transport(wire.clone());
            match &store {
                Some(store) => builder.store(store.clone()),
                None => builder.store_path(folder.path().join("pairs.db")),
            }
        };
        let before = builder().table::<Before>().open().await.unwrap();
        before.sync().await.unwrap().into_result().unwrap();
        drop(before);

        let mut after = builder().table::<After>().open().await.unwrap();
        // How an edit is sent, by the methods of its requests; the amount stays.
        let edit = async |context: &SyncContext, item: &'static str| {
            let change = move |row: &mut After| row.item = item.to_owned();
            context.table::<After>().edit(&id("a"), change).await.unwrap().unwrap();
            wire.sent();
            context.push().await.unwrap().into_result().unwrap();
            let row = server.store().row("pairs", "a").unwrap().unwrap();
            assert_eq!((&row["item"], &row["amount"]), (&json!(item), &json!(5)));
            wire.sent().iter().map(|sent| sent.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(edit(&after, "oat milk").await, ["GET", "PUT"]);
        // Not all rows: what is not among them may still lack the amount.
        let some = After::pull("some").filter(|row| row.item.ne("tea"));
        after.table::<After>().pull(some).await.unwrap().into_result().unwrap();
        assert_eq!(edit(&after, "soy milk").await, ["GET", "PUT"]);
        // It outlasts the process.
        drop(after);
        after = builder().table::<After>().open().await.unwrap();
        assert_eq!(edit(&after, "nut milk").await, ["GET", "PUT"]);
        // All rows: nothing is lacking any more.
        after.table::<After>().pull(After::pull("all")).await.unwrap().into_result().unwrap();
        assert_eq!(edit(&after, "milk").await, ["PUT"]);
        drop(after);
        after = builder().table::<After>().open().await.unwrap();
        assert_eq!(edit(&after, "tea").await, ["PUT"]);
    }
}

/// A later version that forgot to say that the table is narrow.
#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "pairs")]
struct Forgot {
    id: Id,
    item: String,
}

#[tokio::test]
async fn a_table_that_is_no_longer_declared_narrow_is_still_taken_for_it() {
    let pairs = TableDefinition::new("pairs")
        .column("item", ColumnType::Text)
        .column("amount", ColumnType::Int32)
        .soft_delete();
    let server = Server::start(Config::new(vec![pairs])).unwrap();
    server.store().seed("pairs", &[json!({"id": "a", "item": "milk", "amount": 5})]).unwrap();
    let store = MemoryStore::new();
    let builder = || SyncContext::builder(&server.url()).store(store.clone());
    let before = builder().table::<Before>().open().await.unwrap();
    before.sync().await.unwrap().into_result().unwrap();
    drop(before);
    let after = builder().table::<Forgot>().open().await.unwrap();
    let change = |row: &mut Forgot| row.item = "oat milk".to_owned();
    after.table::<Forgot>().edit(&id("a"), change).await.unwrap().unwrap();
    after.push().await.unwrap().into_result().unwrap();
    let row = server.store().row("pairs", "a").unwrap().unwrap();
    assert_eq!((&row["item"], &row["amount"]), (&json!("oat milk"), &json!(5)));
}
