//! OData text per dialect, null rules, encoding, node counts and the splitting of lists.

mod operators;

use crate::error::ErrorKind;
use crate::query::odata::{Syntax, encoded, filter, id_lists, options, order_by, query_string, too_long};
use crate::query::predicate::{Comparison, Literal, Term, TextTest, Tree};
use crate::query::{Direction, Function, Selection, canonical_text};
use crate::table::{ColumnDef, SystemColumn, TableSchema};
use crate::value::{ColumnType, Date, Decimal, TimeOfDay, Timestamp, Value};
use crate::wire::Dialect;

static ID: ColumnDef = ColumnDef::id("id");
static TITLE: ColumnDef = ColumnDef::new::<Option<String>>("title", "title");
static OTHER: ColumnDef = ColumnDef::new::<Option<String>>("other", "other");
static COMPLETE: ColumnDef = ColumnDef::new::<bool>("complete", "complete");
static SMALL: ColumnDef = ColumnDef::new::<Option<i32>>("small", "small");
static WHOLE: ColumnDef = ColumnDef::new::<i64>("whole", "whole");
static REAL: ColumnDef = ColumnDef::new::<f64>("real", "real");
static PRICE: ColumnDef = ColumnDef::new::<Decimal>("price", "price");
static DUE: ColumnDef = ColumnDef::new::<Timestamp>("due", "dueAt");
static DAY: ColumnDef = ColumnDef::new::<Date>("day", "day");
static TIME: ColumnDef = ColumnDef::new::<TimeOfDay>("time", "time");
static KEY: ColumnDef = ColumnDef::new::<uuid::Uuid>("key", "key");
static DATA: ColumnDef = ColumnDef::new::<Vec<u8>>("data", "data");
static NOTE: ColumnDef = ColumnDef::new::<Option<String>>("note", "note").local_only();

const N2: Syntax = Dialect::NodeV2.syntax();
const D2: Syntax = Dialect::DotNetV2.syntax();
const V3: Syntax = Dialect::DatasyncV3.syntax();
const TK: Syntax = Dialect::Toolkit.syntax();

fn compare(column: &'static ColumnDef, comparison: Comparison, value: Value) -> Tree {
    let right = Term::Literal(Literal::of(column, value));
    Tree::Compare { left: Term::Column(column), comparison, right }
}

fn eq(column: &'static ColumnDef, value: Value) -> Tree {
    compare(column, Comparison::Eq, value)
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn text_test(test: TextTest, pattern: &str) -> Tree {
    Tree::Text { test, term: Term::Column(&TITLE), pattern: Term::Literal(Literal::text(pattern)) }
}

fn list(column: &'static ColumnDef, values: &[Value]) -> Tree {
    let list = values.iter().map(|value| Literal::of(column, value.clone())).collect();
    Tree::In { term: Term::Column(column), list }
}

fn not(tree: Tree) -> Tree {
    Tree::Not(Box::new(tree))
}

fn written(tree: &Tree, syntax: &Syntax) -> String {
    filter(tree, syntax).unwrap().map_or_else(|| "(all)".to_owned(), |filter| filter.text)
}

/// N2, D2 and what V3 and TK have in common.
fn check(tree: &Tree, n2: &str, d2: &str, v3: &str) {
    assert_eq!(written(tree, &N2), n2);
    assert_eq!(written(tree, &D2), d2);
    assert_eq!(written(tree, &V3), v3);
    assert_eq!(written(tree, &TK), v3);
}

#[test]
fn literals_have_the_form_of_the_column_and_the_dialect() {
    let due: Timestamp = "2024-01-02T03:04:05.678Z".parse().unwrap();
    for (column, value, n2, d2, v3) in [
        (&ID, text("o'k"), "'o''k'", "'o''k'", "'o''k'"),
        (&TITLE, text("it's \"é\""), "'it''s \"é\"'", "'it''s \"é\"'", "'it''s \"é\"'"),
        (&COMPLETE, Value::Integer(1), "true", "true", "true"),
        (&SMALL, Value::Integer(-42), "-42", "-42", "-42"),
        (&WHOLE, Value::Integer(42), "42L", "42L", "42L"),
        (&REAL, Value::Real(42.0), "42.0", "42.0", "42.0"),
        (&REAL, Value::Real(-0.5), "-0.5", "-0.5", "-0.5"),
        (&REAL, Value::Real(-0.0), "0.0", "0.0", "0.0"),
        (&REAL, Value::Real(1e300), "1e300", "1e300", "1e300"),
        (&PRICE, text("42.5"), "42.5M", "42.5M", "42.5M"),
        (
            &DUE,
            Value::Integer(due.ticks()),
            "datetimeoffset'2024-01-02T03:04:05.678Z'",
            "datetimeoffset'2024-01-02T03:04:05.678Z'",
            "cast(2024-01-02T03:04:05.678Z,Edm.DateTimeOffset)",
        ),
        (
            &DUE,
            Value::Integer(due.ticks() + 21),
            "datetimeoffset'2024-01-02T03:04:05.6780021Z'",
            "datetimeoffset'2024-01-02T03:04:05.6780021Z'",
            "cast(2024-01-02T03:04:05.6780021Z,Edm.DateTimeOffset)",
        ),
        (&DAY, text("1994-10-14"), "'1994-10-14'", "'1994-10-14'", "cast(1994-10-14,Edm.Date)"),
        (&TIME, text("07:14:00.0000000"), "'07:14:00.000'", "'07:14:00.000'", "cast(07:14:00,Edm.TimeOfDay)"),
        (&TIME, text("18:33:45.8760000"), "'18:33:45.876'", "'18:33:45.876'", "cast(18:33:45.876,Edm.TimeOfDay)"),
        (
            &TIME,
            text("18:33:45.8760001"),
            "'18:33:45.8760001'",
            "'18:33:45.8760001'",
            "cast(18:33:45.8760001,Edm.TimeOfDay)",
        ),
        (
            &KEY,
            text("0f8fad5b-d9cb-469f-a165-70867728950e"),
            "'0f8fad5b-d9cb-469f-a165-70867728950e'",
            "guid'0f8fad5b-d9cb-469f-a165-70867728950e'",
            "cast(0f8fad5b-d9cb-469f-a165-70867728950e,Edm.Guid)",
        ),
    ] {
        let name = column.wire_name();
        let tree = eq(column, value);
        check(&tree, &format!("({name} eq {n2})"), &format!("({name} eq {d2})"), &format!("({name} eq {v3})"));
    }
}

#[test]
fn v2_servers_get_the_null_tests_that_make_logic_two_valued() {
    let ne = compare(&TITLE, Comparison::Ne, text("a"));
    let less = compare(&SMALL, Comparison::Lt, Value::Integer(5));
    for (tree, v2, v3) in [
        (eq(&TITLE, Value::Null), "(title eq null)", "(title eq null)"),
        (compare(&TITLE, Comparison::Ne, Value::Null), "(title ne null)", "(title ne null)"),
        (compare(&SMALL, Comparison::Le, Value::Null), "(id eq null)", "(id eq null)"),
        (eq(&ID, Value::Null), "(id eq null)", "(id eq null)"),
        (ne.clone(), "((title ne 'a') or (title eq null))", "(title ne 'a')"),
        (compare(&ID, Comparison::Ne, text("a")), "(id ne 'a')", "(id ne 'a')"),
        (not(ne), "not((title ne 'a') or (title eq null))", "not(title ne 'a')"),
        (not(eq(&TITLE, text("a"))), "not((title ne null) and (title eq 'a'))", "not(title eq 'a')"),
        (
            not(eq(&COMPLETE, Value::Integer(1))),
            "not((complete ne null) and (complete eq true))",
            "not(complete eq true)",
        ),
        (less.clone(), "(small lt 5)", "(small lt 5)"),
        (not(less.clone()), "not((small ne null) and (small lt 5))", "not((small ne null) and (small lt 5))"),
        (not(not(less)), "not(not((small ne null) and (small lt 5)))", "not(not((small ne null) and (small lt 5)))"),
        (
            not(compare(&WHOLE, Comparison::Lt, Value::Integer(5))),
            "not((whole ne null) and (whole lt 5L))",
            "not(whole lt 5L)",
        ),
        (
            Tree::Compare { left: Term::Column(&TITLE), comparison: Comparison::Ne, right: Term::Column(&OTHER) },
            "not(((title ne null) and (other ne null) and (title eq other)) or ((title eq null) and (other eq null)))",
            "(title ne other)",
        ),
        (
            Tree::Compare {
                left: Term::Literal(Literal::of(&SMALL, Value::Integer(5))),
                comparison: Comparison::Lt,
                right: Term::Column(&SMALL),
            },
            "(small gt 5)",
            "(small gt 5)",
        ),
    ] {
        check(&tree, v2, v2, v3);
    }
}

#[test]
fn text_tests_lists_and_connectives() {
    for (tree, v2, v3) in [
        (text_test(TextTest::StartsWith, "a%"), "startswith(title,'a%')", "startswith(title,'a%')"),
        (text_test(TextTest::EndsWith, "'"), "endswith(title,'''')", "endswith(title,'''')"),
        (text_test(TextTest::Contains, "x"), "substringof('x',title)", "contains(title,'x')"),
        (text_test(TextTest::Contains, ""), "(title ne null)", "(title ne null)"),
        (
            not(text_test(TextTest::Contains, "x")),
            "not((title ne null) and substringof('x',title))",
            "not((title ne null) and contains(title,'x'))",
        ),
        (list(&TITLE, &[text("A"), text("it's")]), "((title eq 'A') or (title eq 'it''s'))", "title in ('A','it''s')"),
        (
            list(&TITLE, &[text("A"), Value::Null, text("B")]),
            "(((title eq 'A') or (title eq 'B')) or (title eq null))",
            "((title in ('A','B')) or (title eq null))",
        ),
        (list(&TITLE, &[Value::Null]), "(title eq null)", "(title eq null)"),
        (list(&TITLE, &[]), "(id eq null)", "(id eq null)"),
        (not(list(&TITLE, &[])), "(all)", "(all)"),
        (
            not(list(&TITLE, &[text("A")])),
            "not((title ne null) and (title eq 'A'))",
            "not((title ne null) and (title in ('A')))",
        ),
        (not(list(&ID, &[text("A")])), "not(id eq 'A')", "not(id in ('A'))"),
        (
            Tree::And(vec![
                Tree::Constant(true),
                Tree::Or(vec![eq(&COMPLETE, Value::Integer(0)), text_test(TextTest::EndsWith, "in (")]),
                eq(&ID, text("a")),
            ]),
            "(((complete eq false) or endswith(title,'in (')) and (id eq 'a'))",
            "(((complete eq false) or endswith(title,'in (')) and (id eq 'a'))",
        ),
        (Tree::Or(vec![eq(&ID, text("a")), Tree::Constant(true)]), "(all)", "(all)"),
        (Tree::And(vec![eq(&ID, text("a")), Tree::Constant(false)]), "(id eq null)", "(id eq null)"),
        (Tree::And(vec![]), "(all)", "(all)"),
        (Tree::Or(vec![]), "(id eq null)", "(id eq null)"),
    ] {
        check(&tree, v2, v2, v3);
    }
}

#[test]
fn what_is_computed_of_null_is_null_and_a_computed_list_is_one_operand() {
    let rest = |of: Value| Term::Call {
        function: Function::Rem,
        arguments: vec![Term::Column(&WHOLE), Term::Literal(Literal::of(&WHOLE, of))],
        result: ColumnType::I64,
    };
    let compare = |left: Term, comparison, right: Term| Tree::Compare { left, comparison, right };
    let constant = |value: Value| Term::Literal(Literal::of(&WHOLE, value));
    let null = || rest(Value::Null);
    for (tree, v3) in [
        (compare(null(), Comparison::Eq, constant(Value::Integer(1))), "(id eq null)"),
        (compare(null(), Comparison::Ne, constant(Value::Integer(1))), "(all)"),
        (compare(Term::Column(&SMALL), Comparison::Eq, null()), "(small eq null)"),
        (compare(null(), Comparison::Ne, Term::Column(&SMALL)), "(small ne null)"),
        (compare(null(), Comparison::Lt, Term::Column(&SMALL)), "(id eq null)"),
        (compare(null(), Comparison::Eq, null()), "(all)"),
        (Tree::In { term: null(), list: vec![Literal::of(&WHOLE, Value::Integer(1))] }, "(id eq null)"),
        (Tree::In { term: null(), list: vec![Literal::of(&WHOLE, Value::Null)] }, "(all)"),
        (
            not(Tree::In { term: rest(Value::Integer(5)), list: vec![Literal::of(&WHOLE, Value::Integer(i64::MIN))] }),
            "not((whole mod 5L) in (-9223372036854775808L))",
        ),
    ] {
        assert_eq!(written(&tree, &V3), v3);
    }
}

#[test]
fn what_a_dialect_cannot_express_is_refused_by_name() {
    let message = |tree: &Tree, syntax: &Syntax| {
        let error = filter(tree, syntax).unwrap_err();
        (error.kind(), error.message().to_owned())
    };
    for syntax in [&N2, &D2, &V3, &TK] {
        let (kind, text) = message(&eq(&DATA, Value::Blob(vec![1])), syntax);
        assert_eq!(kind, ErrorKind::Unsupported);
        assert!(
            text.starts_with(&format!("`eq` with bytes cannot be asked of a `{}` server", syntax.dialect)),
            "{text}"
        );
        let version = eq(SystemColumn::Version.column(), Value::Text("MQ==".to_owned()));
        assert_eq!(message(&version, syntax).0, ErrorKind::Unsupported);
        assert_eq!(message(&eq(&NOTE, Value::Null), syntax).0, ErrorKind::Invalid);
        assert_eq!(message(&eq(&TITLE, Value::Integer(7)), syntax).0, ErrorKind::Invalid);
        // A mistake shows even where constants fold the rest away.
        let folded = Tree::And(vec![Tree::Constant(false), eq(&DATA, Value::Blob(vec![1]))]);
        assert_eq!(message(&folded, syntax).0, ErrorKind::Unsupported);
        let deep = (0..5000).fold(eq(&ID, Value::Null), |tree, _| not(tree));
        assert_eq!(message(&deep, syntax).0, ErrorKind::Invalid);
        assert!(order_by(&[(&DATA, Direction::Ascending)], syntax).is_err());
        assert!(order_by(&[(&COMPLETE, Direction::Ascending)], syntax).unwrap().is_some());
        assert!(order_by(&[(&NOTE, Direction::Ascending)], syntax).is_err());
    }
    let beyond = compare(&WHOLE, Comparison::Lt, Value::Integer((1 << 53) + 1));
    assert_eq!(message(&beyond, &N2).0, ErrorKind::Unsupported);
    assert_eq!(written(&beyond, &V3), "(whole lt 9007199254740993L)");
    assert_eq!(written(&eq(&WHOLE, Value::Integer(-(1 << 53))), &N2), "(whole eq -9007199254740992L)");
}

#[test]
fn options_come_in_order_and_encoded() {
    let selection = Selection {
        columns: None,
        filter: Some(eq(&TITLE, text("a&b #+%?é='1'"))),
        order: vec![(&TITLE, Direction::Descending), (&DUE, Direction::Ascending)],
        skip: 25,
        take: Some(5),
        ..Selection::default()
    };
    let v3 = query_string(&options(&selection, &V3).unwrap());
    let filter = "$filter=(title%20eq%20'a%26b%20%23%2B%25%3F%C3%A9%3D''1''')";
    assert_eq!(v3, format!("{filter}&$orderby=title%20desc,dueAt&$skip=25&$top=5"));
    let n2 = query_string(&options(&selection, &N2).unwrap());
    assert_eq!(n2, format!("{filter}&$orderby=title%20desc,dueAt,id&$skip=25&$top=5"));

    let all = Selection::default();
    assert_eq!(options(&all, &TK).unwrap(), []);
    assert_eq!(options(&all, &D2).unwrap(), [("$orderby", "id".to_owned())]);
    let by_id = [(&ID, Direction::Descending)];
    assert_eq!(order_by(&by_id, &N2).unwrap().as_deref(), Some("id desc"));
    assert_eq!(encoded("cast(2024-01-02T03:04:05.678Z,Edm.Date)"), "cast(2024-01-02T03:04:05.678Z,Edm.Date)");
}

#[test]
fn lists_are_narrowed_where_that_is_safe() {
    const SOME: &[&ColumnDef] = &[&DUE, SystemColumn::CreatedAt.column(), &NOTE, SystemColumn::Version.column()];
    let selection = Selection { columns: Some(SOME), take: Some(1), ..Selection::default() };
    let written = |syntax| query_string(&options(&selection, syntax).unwrap());
    assert_eq!(written(&N2), "$orderby=id&$top=1");
    assert_eq!(written(&D2), "$orderby=id&$top=1&$select=id,dueAt,createdAt,version");
    assert_eq!(written(&V3), "$top=1&$select=id,dueAt,version");
    assert_eq!(written(&TK), written(&V3));
}

#[test]
fn narrow_tables_are_asked_for_their_columns_and_what_a_pull_needs() {
    const COLUMNS: &[ColumnDef] = &[ColumnDef::id("id"), ColumnDef::new::<String>("title", "title"), NOTE];
    static WHOLE: TableSchema = TableSchema::new("t", COLUMNS);
    static NARROW: TableSchema = TableSchema::new("t", COLUMNS).narrow();
    let list = |dialect: Dialect| dialect.narrow_select(&NARROW);
    assert_eq!(list(Dialect::NodeV2), None);
    assert_eq!(list(Dialect::DotNetV2).unwrap(), "id,title,version,updatedAt,createdAt,deleted");
    assert_eq!(list(Dialect::DatasyncV3).unwrap(), "id,title,version,updatedAt,deleted");
    assert_eq!(list(Dialect::Toolkit), list(Dialect::DatasyncV3));
    assert!(Dialect::ALL.iter().all(|dialect| dialect.narrow_select(&WHOLE).is_none()));

    // So many that the filter would not fit beside them.
    let many = (0..400).map(|_| ColumnDef::new::<i32>("a_long_name", "aLongNameOfAColumn"));
    let many: Vec<_> = [ColumnDef::id("id")].into_iter().chain(many).collect();
    let many: &'static TableSchema = Box::leak(Box::new(TableSchema::new("t", many.leak()).narrow()));
    assert_eq!(Dialect::Toolkit.narrow_select(many), None);
}

#[test]
fn nodes_are_counted_as_the_servers_do() {
    let chain = |count: usize| Tree::Or((0..count).map(|n| eq(&ID, text(&n.to_string()))).collect());
    let nodes = |tree: &Tree| filter(tree, &V3).unwrap().map_or(0, |filter| filter.nodes);
    assert!(nodes(&chain(16)) > 100);
    let token = compare(SystemColumn::UpdatedAt.column(), Comparison::Ge, Value::Integer(0));
    let beside = |count| Tree::And(vec![chain(count), token.clone()]);
    assert!(nodes(&beside(13)) <= 100);
    assert!(nodes(&beside(14)) > 100);
    let values: Vec<Value> = (0..500).map(|n| text(&n.to_string())).collect();
    assert!(nodes(&list(&ID, &values)) < 10);

    assert_eq!(too_long(100, 8192, &V3), None);
    assert_eq!(too_long(5000, 8192, &N2), None);
    assert!(too_long(101, 100, &TK).unwrap().contains("101 nodes, at most 100"));
    assert!(too_long(1, 8193, &N2).unwrap().contains("8193 bytes, at most 8192"));
}

#[test]
fn id_lists_name_every_id_once_and_stay_below_the_limits() {
    let ids: Vec<String> = (0..1000).map(|n| format!("é'{n:04}")).collect();
    for syntax in [&N2, &D2, &V3, &TK] {
        let fixed = 400;
        let lists = id_lists(ids.iter().map(String::as_str), syntax, fixed);
        assert!(lists.iter().all(|list| fixed + encoded(list).len() <= 8192));
        let named: Vec<String> =
            lists.iter().flat_map(|list| list.split("'é''").skip(1)).map(|rest| format!("é'{}", &rest[..4])).collect();
        assert_eq!(named, ids);
        if syntax.has_in {
            assert!(lists.len() < 4, "{} lists", lists.len());
        } else {
            assert_eq!(lists.len(), 1000_usize.div_ceil(13));
        }
    }
    let long = ["🦀".repeat(255), "🦀".repeat(255), "🦀".repeat(255)];
    for syntax in [&N2, &V3] {
        let lists = id_lists(long.iter().map(String::as_str), syntax, 100);
        assert!(lists.len() > 1 && lists.iter().all(|list| 100 + encoded(list).len() <= 8192));
    }
    assert_eq!(id_lists(["a", "b"], &V3, 0), ["id in ('a','b')"]);
    assert_eq!(id_lists(["a", "b"], &N2, 0), ["((id eq 'a') or (id eq 'b'))"]);
    assert_eq!(id_lists(["a"], &N2, 0), ["(id eq 'a')"]);
    assert_eq!(id_lists(["a", "b"], &V3, 9000), ["id in ('a')", "id in ('b')"]);
    assert!(id_lists([], &TK, 0).is_empty());
}

#[test]
fn the_canonical_text_tells_filters_apart() {
    let tree = Tree::And(vec![
        not(eq(&TITLE, text("a\" [x]"))),
        list(&SMALL, &[Value::Integer(1), Value::Null]),
        text_test(TextTest::Contains, ""),
        eq(&DATA, Value::Blob(vec![0, 255])),
        compare(&REAL, Comparison::Ge, Value::Real(1.0)),
    ]);
    assert_eq!(
        canonical_text(&tree),
        r#"(and (not (eq [title] "a\" [x]")) (in [small] 1 null) (contains [title] "") (eq [data] x00ff) (ge [real] 1.0))"#
    );
    assert_ne!(canonical_text(&eq(&TITLE, text("1"))), canonical_text(&eq(&TITLE, Value::Integer(1))));
    assert_ne!(canonical_text(&eq(&SMALL, Value::Integer(1))), canonical_text(&eq(&SMALL, Value::Integer(2))));
    assert_ne!(canonical_text(&Tree::And(vec![])), canonical_text(&Tree::Or(vec![])));
}

/// SQLite compares as an N2 server does, which turns operators into SQL one by one: with three-valued
/// logic, and `eq null` as IS NULL.
#[cfg(feature = "sqlite")]
mod three_valued {
    use proptest::prelude::*;
    use rusqlite::{Connection, params_from_iter};

    use super::*;
    use crate::query::sql;

    fn any_leaf() -> impl Strategy<Value = Tree> {
        let comparisons =
            [Comparison::Eq, Comparison::Ne, Comparison::Lt, Comparison::Le, Comparison::Gt, Comparison::Ge];
        let any_text = prop::sample::select(vec![Value::Null, text("a"), text("b")]);
        let any_small = prop::sample::select(vec![Value::Null, Value::Integer(1), Value::Integer(2)]);
        let comparison = prop::sample::select(comparisons.to_vec());
        prop_oneof![
            (comparison.clone(), any_text.clone()).prop_map(|(comparison, value)| compare(&TITLE, comparison, value)),
            (comparison.clone(), any_small).prop_map(|(comparison, value)| compare(&SMALL, comparison, value)),
            comparison.prop_map(|comparison| Tree::Compare {
                left: Term::Column(&TITLE),
                comparison,
                right: Term::Column(&OTHER),
            }),
            prop::collection::vec(any_text, 0..3).prop_map(|values| list(&TITLE, &values)),
            any::<bool>().prop_map(Tree::Constant),
        ]
    }

    fn any_tree() -> impl Strategy<Value = Tree> {
        any_leaf().prop_recursive(4, 16, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Tree::And),
                prop::collection::vec(inner.clone(), 0..3).prop_map(Tree::Or),
                inner.prop_map(not),
            ]
        })
    }

    fn as_sql(odata: &str) -> String {
        let pairs = [
            (" eq null", " IS NULL"),
            (" ne null", " IS NOT NULL"),
            (" eq ", " = "),
            (" ne ", " <> "),
            (" lt ", " < "),
            (" le ", " <= "),
            (" gt ", " > "),
            (" ge ", " >= "),
            ("not(", "NOT ("),
        ];
        pairs.iter().fold(odata.to_owned(), |sql, (from, to)| sql.replace(from, to))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn v2_text_selects_on_an_sql_server_what_the_filter_means(tree in any_tree()) {
            let connection = Connection::open_in_memory().unwrap();
            connection
                .execute_batch(
                    "CREATE TABLE t (id INTEGER PRIMARY KEY, title TEXT, other TEXT, small INTEGER) STRICT;
                     INSERT INTO t (title, other, small)
                     WITH texts (value) AS (VALUES (NULL), ('a'), ('b'))
                     SELECT t1.value, t2.value, n.value FROM texts t1, texts t2, (
                         SELECT NULL AS value UNION ALL VALUES (1), (2)
                     ) n;",
                )
                .unwrap();
            let ids = |condition: &str, bindings: Vec<rusqlite::types::Value>| -> Vec<i64> {
                let mut statement =
                    connection.prepare(&format!("SELECT id FROM t WHERE {condition} ORDER BY id")).unwrap();
                let rows = statement.query_map(params_from_iter(bindings), |row| row.get(0)).unwrap();
                rows.map(Result::unwrap).collect()
            };
            let local = sql::condition(&crate::TableSchema::new("t", const { &[crate::ColumnDef::id("id")] }), &tree).unwrap();
            let bindings = local.bindings.into_iter().map(|value| match value {
                Value::Null => rusqlite::types::Value::Null,
                Value::Integer(value) => rusqlite::types::Value::Integer(value),
                Value::Real(value) => rusqlite::types::Value::Real(value),
                Value::Text(value) => rusqlite::types::Value::Text(value),
                Value::Blob(value) => rusqlite::types::Value::Blob(value),
            });
            let meant = ids(&local.text, bindings.collect());
            for syntax in [&N2, &D2] {
                let text = filter(&tree, syntax).unwrap().map_or_else(|| "1".to_owned(), |filter| filter.text);
                prop_assert_eq!(ids(&as_sql(&text), Vec::new()), meant.clone(), "{}", text);
            }
        }
    }
}
