//! What derived tables and column types do.

use synctable::{
    ColumnType, ColumnValue, Id, RowBatch, RowVersion, SyncTable, TableKind, Timestamp, Value, ValueRef, Version,
};

#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "todoitem")]
struct TodoItem {
    id: Id,
    title: String,
    complete: bool,
    #[sync(rename = "dueAt", index)]
    due: Option<Timestamp>,
    #[sync(system)]
    version: Option<Version>,
}

#[derive(Debug, Clone, PartialEq, ColumnValue)]
struct TrackId(Id);

#[derive(Debug, Clone, Copy, PartialEq, ColumnValue)]
#[sync(rename_all = "lowercase")]
enum Priority {
    Low,
    High,
}

#[derive(Debug, Clone, PartialEq, ColumnValue)]
enum Genre {
    Rock,
    #[sync(other)]
    Other(String),
}

#[derive(Debug, Clone, Copy, PartialEq, ColumnValue)]
struct Flag(bool);

#[derive(Debug, PartialEq, SyncTable)]
struct Track {
    id: Id,
    parent: Option<TrackId>,
    priority: Priority,
    genre: Option<Genre>,
    flag: Flag,
    #[sync(json)]
    tags: Vec<String>,
    #[sync(json, default)]
    more: Vec<i32>,
    #[sync(default = 7)]
    rank: i32,
    #[sync(skip)]
    cached: usize,
    #[sync(local)]
    seen: Option<bool>,
    #[sync(system)]
    deleted: bool,
    #[sync(references = Self)]
    other: Option<Id>,
    #[sync(references = TodoItem)]
    todo: Option<String>,
}

#[test]
fn round() {
    let mut batch = RowBatch::new(TodoItem::SCHEMA);
    let item = TodoItem { id: Id::new(), title: "Milk".into(), ..TodoItem::default() };
    item.write_row(&mut batch.push()).unwrap();
    assert_eq!(TodoItem::read_row(batch.get(0).unwrap()).unwrap(), item);
    assert_eq!(item.version(), RowVersion::Declared(None));
    let query =
        TodoItem::query().filter(|t| t.complete.eq(false).and(t.title.starts_with("Buy"))).order_by(|t| t.due.asc());
    println!("{query:?}");
    let query = Track::query().filter(|t| {
        t.parent.is_null().and(t.parent.starts_with("x")).and(t.priority.gt(Priority::Low)).and(t.tags.is_null())
    });
    println!("{query:?}");
    assert_eq!(Track::SCHEMA.kind(), TableKind::Synced);
    assert_eq!(Priority::read(ValueRef::Text("low")).unwrap(), Priority::Low);
    assert_eq!(Flag::TYPE, ColumnType::Bool);
    assert_eq!(Value::of(&Genre::Other("x".into())).unwrap(), Value::Text("x".into()));
}
