//! The SQL against real SQLite: texts, indexes and limits.

mod computed;
mod limits;
mod meaning;

use rusqlite::types::{ToSqlOutput, Value as SqlValue};
use rusqlite::{Connection, params_from_iter};

use super::*;
use crate::query::predicate::{Comparison, Literal, Term, TextTest};
use crate::value::{Date, Decimal, Id, TimeOfDay, Timestamp, decimal};

static COLUMNS: [ColumnDef; 10] = [
    ColumnDef::id("id"),
    ColumnDef::new::<Option<String>>("text", "te\"xt").indexed(),
    ColumnDef::new::<Option<String>>("other", "other"),
    ColumnDef::new::<Option<i64>>("whole", "whole").indexed(),
    ColumnDef::new::<Option<f64>>("real", "real"),
    ColumnDef::new::<Option<bool>>("flag", "flag"),
    ColumnDef::new::<Option<Timestamp>>("at", "at").indexed(),
    ColumnDef::new::<Option<Decimal>>("price", "price"),
    ColumnDef::new::<Option<Date>>("day", "day"),
    ColumnDef::new::<Option<TimeOfDay>>("time", "time"),
];
static SCHEMA: TableSchema = TableSchema::new("it\"ems", &COLUMNS);

const TYPES: [&str; 10] =
    ["TEXT PRIMARY KEY NOT NULL", "TEXT", "TEXT", "INTEGER", "REAL", "INTEGER", "INTEGER", "TEXT", "TEXT", "TEXT"];

/// A connection as the store prepares it.
fn connection() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.create_collation(DECIMAL_COLLATION, decimal::compare).unwrap();
    crate::store::register_functions(&connection).unwrap();
    connection
}

fn open() -> Connection {
    let connection = connection();
    let columns: Vec<String> =
        COLUMNS.iter().zip(TYPES).map(|(column, sql)| format!("{} {sql}", quoted(column.sql_name()))).collect();
    connection
        .execute_batch(&format!(
            "CREATE TABLE \"it\"\"ems\" ({}, \"__version\" TEXT, \"__updated_at\" INTEGER, \"__created_at\" INTEGER,
                \"__deleted\" INTEGER) STRICT, WITHOUT ROWID;
             CREATE INDEX by_text ON \"it\"\"ems\" (\"te\"\"xt\");
             CREATE INDEX by_whole ON \"it\"\"ems\" (whole);
             CREATE INDEX by_at ON \"it\"\"ems\" (at);",
            columns.join(", ")
        ))
        .unwrap();
    connection
}

fn bound(value: &Value) -> ToSqlOutput<'static> {
    ToSqlOutput::Owned(match value {
        Value::Null => SqlValue::Null,
        Value::Integer(value) => SqlValue::Integer(*value),
        Value::Real(value) => SqlValue::Real(*value),
        Value::Text(value) => SqlValue::Text(value.clone()),
        Value::Blob(value) => SqlValue::Blob(value.clone()),
    })
}

type CellRow = Vec<Value>;

fn insert(connection: &Connection, rows: &[CellRow]) {
    connection.execute_batch("DELETE FROM \"it\"\"ems\"").unwrap();
    let mut statement =
        connection.prepare("INSERT INTO \"it\"\"ems\" VALUES (?,?,?,?,?,?,?,?,?,?,NULL,NULL,NULL,0)").unwrap();
    for row in rows {
        statement.execute(params_from_iter(row.iter().map(bound))).unwrap();
    }
}

fn ids(connection: &Connection, sql: &SqlText) -> Vec<String> {
    let mut statement = connection.prepare(&sql.text).unwrap_or_else(|error| panic!("{error}: {}", sql.text));
    let rows = statement.query_map(params_from_iter(sql.bindings.iter().map(bound)), |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn plan(connection: &Connection, filter: Tree) -> String {
    // Counting leaves the choice of the index to the condition alone.
    let sql = count(&SCHEMA, &filtered(filter)).unwrap();
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text)).unwrap();
    let rows = statement
        .query_map(params_from_iter(sql.bindings.iter().map(bound)), |row| row.get::<_, String>("detail"))
        .unwrap();
    rows.map(Result::unwrap).collect::<Vec<_>>().join("; ")
}

fn column(index: usize) -> Term {
    Term::Column(&COLUMNS[index])
}

fn literal(index: usize, value: Value) -> Literal {
    Literal::of(&COLUMNS[index], value)
}

fn compare(index: usize, comparison: Comparison, value: Value) -> Tree {
    Tree::Compare { left: column(index), comparison, right: Term::Literal(literal(index, value)) }
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn text_test(test: TextTest, pattern: &str) -> Tree {
    Tree::Text { test, term: column(1), pattern: Term::Literal(Literal::text(pattern)) }
}

fn row(id: &str, cells: &[(usize, Value)]) -> CellRow {
    let mut row = vec![Value::Null; COLUMNS.len()];
    row[0] = text(id);
    for (index, value) in cells {
        row[*index] = value.clone();
    }
    row
}

#[test]
fn selections_become_text() {
    let selection = Selection {
        columns: None,
        filter: Some(Tree::And(vec![
            compare(3, Comparison::Ge, Value::Integer(7)),
            Tree::Not(Box::new(compare(1, Comparison::Eq, Value::Null))),
        ])),
        order: vec![(&COLUMNS[7], Direction::Descending), (&COLUMNS[1], Direction::Ascending)],
        skip: 2,
        take: Some(u64::MAX),
        ..Selection::default()
    };
    let sql = select(&SCHEMA, &selection).unwrap();
    let columns = columns(&SCHEMA, &selection).unwrap();
    assert_eq!(
        columns,
        r#""id", "te""xt", "other", "whole", "real", "flag", "at", "price", "day", "time", "__version", "__updated_at", "__created_at", 0"#
    );
    assert_eq!(
        sql.text,
        format!(
            r#"SELECT {columns} FROM "it""ems" WHERE (("whole" >= ?1) AND (("te""xt" IS NULL) IS NOT TRUE)) ORDER BY "price" COLLATE synctable_decimal DESC, "te""xt", "id" LIMIT ?2 OFFSET ?3"#
        )
    );
    assert_eq!(sql.bindings, [Value::Integer(7), Value::Integer(i64::MAX), Value::Integer(2)]);

    let by_id = Selection { order: vec![(&COLUMNS[0], Direction::Descending)], skip: 1, ..Selection::default() };
    let sql = select(&SCHEMA, &by_id).unwrap();
    assert!(sql.text.ends_with(r#" FROM "it""ems" ORDER BY "id" DESC LIMIT ?1 OFFSET ?2"#), "{}", sql.text);
    assert_eq!(sql.bindings, [Value::Integer(-1), Value::Integer(1)]);

    let version = SystemColumn::Version.column();
    let filter = Tree::Compare {
        left: Term::Column(version),
        comparison: Comparison::Ne,
        right: Term::Literal(Literal::of(version, Value::Null)),
    };
    assert_eq!(
        count(&SCHEMA, &filtered(filter)).unwrap().text,
        r#"SELECT count(*) FROM "it""ems" WHERE ("__version" IS NOT NULL)"#
    );
    assert_eq!(count(&SCHEMA, &Selection::default()).unwrap().text, r#"SELECT count(*) FROM "it""ems""#);
}

fn filtered(filter: Tree) -> Selection {
    Selection { filter: Some(filter), ..Selection::default() }
}

#[test]
fn deleted_rows_are_told_apart_where_a_table_keeps_them() {
    static KEEP: TableSchema = TableSchema::new("it\"ems", &COLUMNS).keep_deleted();
    let deleted = SystemColumn::Deleted.column();
    let literal = Term::Literal(Literal::typed(ColumnType::Bool, Value::Integer(1)));
    let filter = Tree::Compare { left: Term::Column(deleted), comparison: Comparison::Eq, right: literal };
    let order = vec![(deleted, Direction::Ascending)];
    let selection = Selection { columns: Some(const { &[SystemColumn::Deleted.column()] }), order, ..filtered(filter) };
    let all = Selection { include_deleted: true, ..selection.clone() };
    let text = |schema, selection| select(schema, selection).unwrap().text;
    assert_eq!(
        [text(&KEEP, &all), text(&KEEP, &selection), text(&SCHEMA, &all)],
        [
            r#"SELECT "__deleted" FROM "it""ems" WHERE ("__deleted" = ?1) AND "__deleted" < 2 ORDER BY "__deleted", "id""#,
            r#"SELECT "__deleted" FROM "it""ems" WHERE ("__deleted" = ?1) AND "__deleted" = 0 ORDER BY "__deleted", "id""#,
            r#"SELECT 0 FROM "it""ems" WHERE (0 = ?1) ORDER BY "id""#,
        ]
    );
    assert_eq!(
        count(&KEEP, &Selection::default()).unwrap().text,
        r#"SELECT count(*) FROM "it""ems" WHERE "__deleted" = 0"#
    );
}

#[test]
fn only_the_selected_columns_are_read() {
    const SOME: &[&ColumnDef] = &[SystemColumn::Deleted.column(), &COLUMNS[7], SystemColumn::Version.column()];
    let text = |schema, columns: &'static [&'static ColumnDef]| {
        let filter = Some(compare(3, Comparison::Eq, Value::Integer(1)));
        select(schema, &Selection { columns: Some(columns), filter, ..Selection::default() }).unwrap().text
    };
    let rest = r#" FROM "it""ems" WHERE ("whole" = ?1) ORDER BY "id""#;
    assert_eq!(text(&SCHEMA, SOME), format!(r#"SELECT 0, "price", "__version"{rest}"#));
    assert_eq!(text(&SCHEMA, &[]), format!("SELECT NULL{rest}"));
    static LOCAL: TableSchema = TableSchema::new("it\"ems", &COLUMNS).local();
    assert_eq!(text(&LOCAL, SOME), format!(r#"SELECT 0, "price", NULL{rest}"#));

    static OTHER: ColumnDef = ColumnDef::new::<i32>("elsewhere", "elsewhere");
    let error = select(&SCHEMA, &Selection { columns: Some(const { &[&OTHER] }), ..Selection::default() }).unwrap_err();
    assert!(error.to_string().contains("`elsewhere`"), "{error}");
}

#[test]
fn plain_conditions_use_the_index() {
    let connection = open();
    let list = |values: Vec<Value>| Tree::In {
        term: column(1),
        list: values.into_iter().map(|value| literal(1, value)).collect(),
    };
    let lower = |literal| Term::Call {
        function: Function::ToLower,
        arguments: vec![Term::Literal(literal)],
        result: ColumnType::Text,
    };
    let computed = Tree::Compare {
        left: Term::Call { function: Function::Trim, arguments: vec![column(2)], result: ColumnType::Text },
        comparison: Comparison::Eq,
        right: Term::Literal(Literal::text("a")),
    };
    for (filter, index) in [
        (compare(1, Comparison::Eq, text("a")), "by_text"),
        (compare(1, Comparison::Eq, Value::Null), "by_text"),
        (compare(3, Comparison::Lt, Value::Integer(7)), "by_whole"),
        (compare(6, Comparison::Ge, Value::Integer(7)), "by_at"),
        (text_test(TextTest::StartsWith, "a%"), "by_text"),
        (list(vec![text("a"), text("b")]), "by_text"),
        (list((0..1000).map(|n| text(&n.to_string())).collect()), "by_text"),
        (
            Tree::Compare {
                left: Term::Literal(literal(3, Value::Integer(7))),
                comparison: Comparison::Lt,
                right: column(3),
            },
            "by_whole",
        ),
        (
            Tree::And(vec![
                Tree::Not(Box::new(compare(5, Comparison::Eq, Value::Integer(1)))),
                compare(6, Comparison::Gt, Value::Integer(7)),
            ]),
            "by_at",
        ),
        (Tree::Or(vec![compare(1, Comparison::Eq, text("a")), compare(1, Comparison::Eq, Value::Null)]), "by_text"),
        (list(vec![text("a"), Value::Null]), "by_text"),
        (Tree::And(vec![computed.clone(), compare(3, Comparison::Le, Value::Integer(7))]), "by_whole"),
        (Tree::And(vec![compare(1, Comparison::Eq, text("a")), computed]), "by_text"),
        (Tree::Compare { left: column(1), comparison: Comparison::Eq, right: lower(literal(1, text("A"))) }, "by_text"),
    ] {
        let plan = plan(&connection, filter.clone());
        assert!(plan.contains(&format!("INDEX {index} (")), "{filter:?}: {plan}");
    }
    let by_id = compare(0, Comparison::Gt, text("m"));
    assert!(plan(&connection, by_id).starts_with("SEARCH it\"ems USING PRIMARY KEY (id>?)"));
}

#[test]
fn an_order_by_an_indexed_column_needs_no_sorting() {
    let connection = open();
    for direction in [Direction::Ascending, Direction::Descending] {
        let order = vec![(&COLUMNS[3], direction)];
        let sql = select(&SCHEMA, &Selection { order, take: Some(5), ..Selection::default() }).unwrap();
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text)).unwrap();
        let rows = statement
            .query_map(params_from_iter(sql.bindings.iter().map(bound)), |row| row.get::<_, String>("detail"))
            .unwrap();
        let plan = rows.map(Result::unwrap).collect::<Vec<_>>().join("; ");
        assert!(plan.contains("USING INDEX by_whole"), "{direction:?}: {plan}");
        // Ties come by id: at most those are sorted.
        assert!(!plan.contains("B-TREE FOR ORDER BY"), "{direction:?}: {plan}");
    }
}

#[test]
fn the_bound_of_a_prefix_is_tight() {
    let past = condition::past_prefix;
    assert_eq!(past("ab").as_deref(), Some("ac"));
    assert_eq!(past("a\u{10ffff}").as_deref(), Some("b"));
    assert_eq!(past("\u{d7ff}").as_deref(), Some("\u{e000}"));
    assert_eq!(past("\u{7f}").as_deref(), Some("\u{80}"));
    assert_eq!(past("\u{10ffff}\u{10ffff}"), None);
}

/// The id column's type is the schema's, so ids sort as text does.
#[test]
fn every_column_value_has_a_stored_form_that_the_table_takes() {
    let connection = open();
    let id = Id::new();
    let values = [
        Value::of(&id).unwrap(),
        Value::of(&"x".to_owned()).unwrap(),
        Value::Null,
        Value::of(&7_i64).unwrap(),
        Value::of(&0.5_f64).unwrap(),
        Value::of(&true).unwrap(),
        Value::of(&Timestamp::MAX).unwrap(),
        Value::of(&"7.5".parse::<Decimal>().unwrap()).unwrap(),
        Value::of(&Date::new(2024, 2, 29).unwrap()).unwrap(),
        Value::of(&TimeOfDay::MIDNIGHT).unwrap(),
    ];
    insert(&connection, &[values.to_vec()]);
    for (index, value) in values.into_iter().enumerate() {
        let selection = Selection { filter: Some(compare(index, Comparison::Eq, value)), ..Selection::default() };
        assert_eq!(ids(&connection, &select(&SCHEMA, &selection).unwrap()), [id.as_str()], "{}", COLUMNS[index].name());
    }
}
