//! Checks at write time: every local write is held to the rules of its columns.

use std::str::FromStr as _;

use serde_json::json;
use synctable::{
    ColumnValue, Decimal, Error, ErrorKind, Id, MemoryStore, MergeRule, Number, RowBatch, Rule, SqliteStore,
    SyncContext, SyncTable, Table, Transaction, ValueRef,
};
use synctable_server::{ColumnType, Config, Server, TableDefinition};

#[derive(Debug, Clone, Default, PartialEq, ColumnValue)]
struct Code(String);

#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "orders")]
struct Order {
    id: Id,
    #[sync(min_length = 1, max_length = 3)]
    title: String,
    #[sync(rename = "shortCode", min_length = 2)]
    code: Option<Code>,
    #[sync(min = -9223372036854775807, exclusive_max = 9223372036854775807)]
    stock: i64,
    #[sync(min = 0, max = 100, multiple_of = 5)]
    percent: Option<i32>,
    #[sync(exclusive_min = -0.5, max = 0.1)]
    ratio: f64,
    #[sync(min = 0, multiple_of = 0.01, max = 99999999999999999999.99)]
    price: Option<Decimal>,
}

#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(local)]
struct Note {
    id: Id,
    #[sync(max_length = 3)]
    text: String,
}

fn order() -> Order {
    Order { title: "abc".into(), ..Order::default() }
}

async fn open(store: impl synctable::LocalStore) -> SyncContext {
    SyncContext::builder("http://127.0.0.1:9").store(store).table::<Order>().table::<Note>().open().await.unwrap()
}

async fn memory() -> (SyncContext, Table<Order>) {
    let context = open(MemoryStore::new()).await;
    let orders = context.table::<Order>();
    (context, orders)
}

fn invalid<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    error.to_string()
}

#[tokio::test]
async fn an_insert_names_every_broken_rule_and_writes_nothing() {
    let (context, orders) = memory().await;
    let id = Id::parse("o1").unwrap();
    let row = Order {
        id: id.clone(),
        title: "äöüß".into(),
        code: Some(Code("x".into())),
        stock: i64::MAX,
        percent: Some(-3),
        ratio: 0.5,
        price: Some(Decimal::from_str("0.005").unwrap()),
    };
    assert_eq!(
        invalid(orders.insert(row).await),
        "orders/o1: column `title` breaks `max_length = 3`: found 4 characters; \
         column `shortCode` breaks `min_length = 2`: found 1 character; \
         column `stock` breaks `exclusive_max = 9223372036854775807`: found 9223372036854775807; \
         column `percent` breaks `min = 0`: found -3; \
         column `percent` breaks `multiple_of = 5`: found -3; \
         column `ratio` breaks `max = 0.1`: found 0.5; \
         column `price` breaks `multiple_of = 0.01`: found 0.005"
    );
    assert_eq!(orders.get(&id).await.unwrap(), None);
    assert_eq!(context.pending_count().await.unwrap(), 0);
}

#[tokio::test]
async fn the_limits_themselves_and_null_pass() {
    let (_, orders) = memory().await;
    let price = Decimal::from_str("99999999999999999999.99").unwrap();
    for row in [
        Order { title: "äöü".into(), stock: i64::MAX - 1, percent: Some(100), ratio: 0.1, ..order() },
        Order { title: "🦀".into(), stock: i64::MIN + 1, percent: Some(0), price: Some(price), ..order() },
        Order { code: None, percent: None, price: None, ..order() },
    ] {
        orders.insert(row).await.unwrap();
    }
    assert!(invalid(orders.insert(Order { stock: i64::MIN, ..order() }).await).contains("-9223372036854775808"));
    assert!(invalid(orders.insert(Order { title: String::new(), ..order() }).await).contains("found 0 characters"));
    let long = Decimal::from_str("99999999999999999999.990000000000000000001").unwrap();
    assert!(invalid(orders.insert(Order { price: Some(long), ..order() }).await).contains("max = "));
}

#[tokio::test]
async fn edit_update_and_upsert_are_held_to_the_rules() {
    let (context, orders) = memory().await;
    let kept = orders.insert(order()).await.unwrap();
    let pending = context.pending_count().await.unwrap();
    let broken = Order { title: "abcd".into(), ..kept.clone() };
    invalid(orders.edit(&kept.id, |row| row.title = "abcd".into()).await);
    invalid(orders.update(&broken).await);
    invalid(orders.upsert(broken).await);
    invalid(orders.upsert(Order { id: Id::parse("new").unwrap(), title: "abcd".into(), ..order() }).await);
    assert_eq!(orders.list(&Order::query()).await.unwrap(), [kept]);
    assert_eq!(context.pending_count().await.unwrap(), pending);
}

#[tokio::test]
async fn local_tables_are_held_to_their_rules() {
    let (context, _) = memory().await;
    let notes = context.table::<Note>();
    let note = notes.insert(Note { text: "abc".into(), ..Note::default() }).await.unwrap();
    invalid(notes.insert(Note { text: "abcd".into(), ..Note::default() }).await);
    invalid(notes.edit(&note.id, |note| note.text.push('d')).await);
    assert_eq!(notes.list(&Note::query()).await.unwrap(), [note]);
}

#[tokio::test]
async fn a_transaction_writes_nothing_of_a_row_that_breaks_a_rule() {
    let folder = tempfile::tempdir().unwrap();
    let context = open(SqliteStore::at(folder.path().join("orders.db"))).await;
    let orders = context.table::<Order>();
    let insert = |tx: &mut Transaction<'_>, title: &str| tx.insert(Order { title: title.into(), ..Order::default() });
    let result = context
        .transaction(move |tx| {
            insert(tx, "a")?;
            insert(tx, "abcd")
        })
        .await;
    invalid(result);
    assert_eq!(orders.count(&Order::query()).await.unwrap(), 0);
    assert_eq!(context.pending_count().await.unwrap(), 0);
    // One that goes on after the refusal keeps what was written beside it.
    context
        .transaction(move |tx| {
            insert(tx, "b")?;
            invalid(insert(tx, "abcd"));
            Ok(())
        })
        .await
        .unwrap();
    let titles: Vec<_> = orders.list(&Order::query()).await.unwrap().into_iter().map(|row| row.title).collect();
    assert_eq!(titles, ["b"]);
    assert_eq!(context.pending_count().await.unwrap(), 1);
}

#[tokio::test]
async fn rows_of_the_server_are_not_refused_and_only_what_a_write_changes_is_checked() {
    let definition = TableDefinition::new("orders")
        .column("title", ColumnType::Text)
        .column("stock", ColumnType::Int64)
        .column("ratio", ColumnType::Double)
        .column("percent", ColumnType::Int32)
        .soft_delete();
    let server = Server::start(Config::new(vec![definition])).unwrap();
    let row = json!({"id": "o1", "title": "too long", "stock": 0, "ratio": 7.5, "percent": 3});
    server.store().seed("orders", &[row]).unwrap();
    let context = SyncContext::builder(&server.url()).store(MemoryStore::new()).table::<Order>().open().await.unwrap();
    let orders = context.table::<Order>();
    assert_eq!(orders.pull(Order::full_pull()).await.unwrap().applied(), 1);
    let id = Id::parse("o1").unwrap();

    let row = orders.edit(&id, |row| row.stock = 7).await.unwrap().unwrap();
    assert_eq!((row.title.as_str(), row.ratio, row.stock), ("too long", 7.5, 7));
    orders.update(&Order { stock: 8, ..row.clone() }).await.unwrap();
    orders.upsert(Order { stock: 9, ..row.clone() }).await.unwrap();
    let error = invalid(orders.edit(&id, |row| row.title.push('!')).await);
    assert_eq!(error, "orders/o1: column `title` breaks `max_length = 3`: found 9 characters");
    orders.edit(&id, |row| row.title = "ok".into()).await.unwrap();
    invalid(orders.edit(&id, |row| row.title = "too long".into()).await);
    // What the server has goes out of a deleted row as it came, and back in by an insert it does not.
    orders.delete(&id).await.unwrap();
    invalid(orders.insert(Order { stock: 1, ..row }).await);
}

#[test]
fn the_schema_carries_rules_and_merge_rules() {
    #[derive(Debug, SyncTable)]
    struct Merged {
        id: Id,
        #[sync(max_length = 7, min_length = 1, merge = joined)]
        text: Option<String>,
        #[sync(merge = "sum", multiple_of = 2)]
        count: i32,
        #[sync(json, merge = "union")]
        tags: Vec<String>,
    }

    #[allow(clippy::option_option, reason = "an unknown base is not a base of null")]
    fn joined(base: Option<Option<String>>, local: Option<String>, remote: Option<String>) -> Option<String> {
        Some(format!("{base:?} {local:?} {remote:?}"))
    }

    let [id, text, count, tags] = Merged::SCHEMA.columns() else { panic!("four columns") };
    let rules: Vec<_> = text.rules().collect();
    assert_eq!(rules, [Rule::MinLength(1), Rule::MaxLength(7)]);
    assert_eq!(count.rules().collect::<Vec<_>>(), [Rule::MultipleOf(Number::new("2"))]);
    assert!(id.rules().next().is_none() && id.merge_rule().is_none());
    assert!(matches!(count.merge_rule(), Some(MergeRule::Sum)));
    assert!(matches!(tags.merge_rule(), Some(MergeRule::Union)));
    let Some(MergeRule::Function(merge)) = text.merge_rule() else { panic!("{text:?}") };
    let mut batch = RowBatch::new(Merged::SCHEMA);
    let (local, remote) = (ValueRef::Text("a"), ValueRef::Null);
    merge(None, local, remote, batch.push().cell(1)).unwrap();
    merge(Some(ValueRef::Null), local, remote, batch.push().cell(1)).unwrap();
    assert!(merge(None, ValueRef::Integer(1), remote, batch.push().cell(1)).is_err());
    let texts: Vec<_> = batch.iter().take(2).map(|row| row.get::<String>(1).unwrap()).collect();
    assert_eq!(texts, [r#"None Some("a") None"#, r#"Some(None) Some("a") None"#]);
}
