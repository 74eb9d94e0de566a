//! What goes into bodies and paths, and what is refused before it leaves.

use synctable::wire::answer::Delivery;
use synctable::wire::{Dialect, WriteRequest};
use synctable::{ColumnDef, ErrorKind, Row, TableSchema, Timestamp, Value};

use crate::wire_script::{Script, json, todo, version};

const N2: Dialect = Dialect::NodeV2;
const D2: Dialect = Dialect::DotNetV2;
const V3: Dialect = Dialect::DatasyncV3;
const TK: Dialect = Dialect::Toolkit;

static WIDE_COLUMNS: [ColumnDef; 6] = [
    ColumnDef::id("id"),
    ColumnDef::new::<i64>("count", "count"),
    ColumnDef::new::<Option<Timestamp>>("due", "dueAt"),
    ColumnDef::new::<Json>("tags", "tags"),
    ColumnDef::new::<Option<String>>("note", "note").local_only(),
    ColumnDef::new::<Option<f64>>("share", "share"),
];
static WIDE: TableSchema = TableSchema::new("wide", &WIDE_COLUMNS).route("api/v1/wide table");

/// A JSON column without a derive.
struct Json;

impl synctable::ColumnValue for Json {
    const TYPE: synctable::ColumnType = synctable::ColumnType::Json;

    fn write(&self, cell: synctable::CellWriter<'_>) -> Result<(), synctable::ValueError> {
        cell.null();
        Ok(())
    }

    fn read(_: synctable::ValueRef<'_>) -> Result<Self, synctable::ValueError> {
        Ok(Self)
    }
}

fn wide(count: i64) -> Row {
    let mut row = Row::new(&WIDE);
    let due: Timestamp = "2024-02-29T12:34:56.789Z".parse().unwrap();
    row.values = vec![
        Value::Text("a/b".into()),
        Value::Integer(count),
        Value::Integer(due.ticks()),
        Value::Text(r#"{"a":[1]}"#.into()),
        Value::Text("stays here".into()),
        Value::Real(0.1),
    ];
    row.version = Some(version("MQ=="));
    row.updated_at = Some(due);
    row.created_at = Some(due);
    row.deleted = true;
    row
}

#[tokio::test]
async fn bodies_hold_the_columns_of_the_server_only() {
    for (dialect, tags) in [(N2, r#""{\"a\":[1]}""#), (D2, r#"{"a":[1]}"#), (V3, r#"{"a":[1]}"#), (TK, r#"{"a":[1]}"#)]
    {
        let script = Script::new([json(204, "")]);
        let table = script.builder().dialect(dialect).build().unwrap().table(&WIDE);
        table.write(&WriteRequest::Insert { row: &wide(7) }).await;
        let request = &script.requests()[0];
        assert_eq!(request.url, "https://example.com/api/v1/wide%20table");
        let expected =
            format!(r#"{{"id":"a/b","count":7,"dueAt":"2024-02-29T12:34:56.789Z","tags":{tags},"share":0.1}}"#);
        assert_eq!(str::from_utf8(&request.body).unwrap(), expected, "{dialect}");
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_not() {
    let exact = 1i64 << 53;
    for (dialect, count, leaves) in [
        (N2, exact, true),
        (N2, -exact, true),
        (N2, exact + 1, false),
        (N2, -exact - 1, false),
        (N2, i64::MIN, false),
        (D2, i64::MAX, true),
        (V3, i64::MIN, true),
        (TK, exact + 1, true),
    ] {
        let script = Script::new(leaves.then(|| json(204, "")));
        let table = script.builder().dialect(dialect).build().unwrap().table(&WIDE);
        let delivery = table.write(&WriteRequest::Insert { row: &wide(count) }).await;
        assert_eq!(script.sent().len(), usize::from(leaves), "{dialect} {count}");
        assert_eq!(matches!(delivery, Delivery::Unsendable(_)), !leaves, "{dialect} {count}");
    }
    let row = todo("", "x");
    for id in ["", ".", ".."] {
        for request in [
            WriteRequest::Delete { id, if_match: None },
            WriteRequest::Update { id, changed: &[1], row: &row, if_match: None },
            WriteRequest::NarrowUpdate { id, changed: &[1], row: &row, if_match: None },
            WriteRequest::Insert { row: &todo(id, "x") },
        ] {
            let script = Script::new([]);
            match script.table(TK).write(&request).await {
                Delivery::Unsendable(error) => assert_eq!(error.kind(), ErrorKind::Invalid),
                other => panic!("{id}: {other:?}"),
            }
        }
    }
    // Only the id, only local columns, or none at all: there is nothing to change.
    for changed in [&[][..], &[0], &[4]] {
        let script = Script::new([]);
        let table = script.builder().dialect(N2).build().unwrap().table(&WIDE);
        let row = wide(1);
        let delivery = table.write(&WriteRequest::Update { id: "a", changed, row: &row, if_match: None }).await;
        assert!(matches!(delivery, Delivery::Unsendable(_)), "{changed:?}");
    }
}

#[tokio::test]
async fn ids_are_encoded_in_the_path() {
    let script = Script::new([json(204, "")]);
    script.table(N2).write(&WriteRequest::Delete { id: "a/b?c#d e+ü%", if_match: None }).await;
    assert_eq!(script.sent(), ["DELETE /tables/todoitem/a%2Fb%3Fc%23d%20e%2B%C3%BC%25 version=2.0.0"]);
}
