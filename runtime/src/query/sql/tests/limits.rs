//! Long lists, wide filters and deep ones.

use super::*;
use crate::query::random::EVERY;

#[test]
fn long_lists_and_wide_filters_pass_the_limits_of_sqlite() {
    let connection = open();
    let rows: Vec<CellRow> = (0..200_i64)
        .map(|n| row(&format!("i{n:03}"), &[(1, text(&format!("it's {n}"))), (3, Value::Integer(n))]))
        .collect();
    let mut rows = rows;
    rows[199][3] = Value::Integer(i64::MIN);
    rows[1][4] = Value::Real(39_999.0 * 0.1);
    insert(&connection, &rows);
    let select_ids = |filter: Tree| {
        ids(&connection, &select(&SCHEMA, &Selection { filter: Some(filter), ..Selection::default() }).unwrap())
    };

    let mut list: Vec<Literal> = (100..5_000_i64).map(|n| literal(1, text(&format!("it's {n}")))).collect();
    assert_eq!(select_ids(Tree::In { term: column(1), list: list.clone() }).len(), 100);
    // NUL cannot go through JSON, so every element is a constant of its own.
    list.push(literal(1, text("a\0b")));
    assert_eq!(select_ids(Tree::In { term: column(1), list: list.clone() }).len(), 100);

    let wide: Vec<Tree> =
        (150..2_000).chain([i64::MIN]).map(|n| compare(3, Comparison::Eq, Value::Integer(n))).collect();
    assert_eq!(select_ids(Tree::Or(wide.clone())).len(), 50);
    let excluded = wide.into_iter().take(1_000).map(|tree| Tree::Not(Box::new(tree))).collect();
    assert_eq!(select_ids(Tree::And(excluded)).len(), 151);

    // Past the first parameters each of these stands in the text, and is still itself.
    let reals = (0..40_000).map(|n| compare(4, Comparison::Eq, Value::Real(f64::from(n) * 0.1))).collect();
    assert_eq!(select_ids(Tree::Or(reals)), ["i001"]);
}

/// The rows of a table with columns of every type, each with one value.
pub(super) fn open_every(rows: &[Vec<Value>]) -> Connection {
    let connection = connection();
    let columns = EVERY.columns().iter().map(|column| {
        let stored = match column.column_type() {
            ColumnType::Bool | ColumnType::I32 | ColumnType::I64 | ColumnType::Timestamp => "INTEGER",
            ColumnType::F64 => "REAL",
            ColumnType::Bytes => "BLOB",
            _ => "TEXT",
        };
        format!("{} {stored}", quoted(column.sql_name()))
    });
    let columns: Vec<String> = columns.collect();
    let name = quoted(EVERY.name());
    connection
        .execute_batch(&format!(
            "CREATE TABLE {name} ({}, \"__version\" TEXT, \"__updated_at\" INTEGER, \"__created_at\" INTEGER) STRICT",
            columns.join(", ")
        ))
        .unwrap();
    let parameters = vec!["?"; columns.len()].join(", ");
    let mut statement =
        connection.prepare(&format!("INSERT INTO {name} VALUES ({parameters}, NULL, NULL, NULL)")).unwrap();
    for row in rows {
        statement.execute(params_from_iter(row.iter().map(bound))).unwrap();
    }
    drop(statement);
    connection
}

#[test]
fn lists_of_every_length_and_type_find_their_elements() {
    let hidden = [
        (3, Value::Integer(-7)),
        (5, Value::Integer(i64::MIN)),
        (7, Value::Real(0.1 + 0.2)),
        (8, Value::Real(5e-324)),
        (1, text("it's \"%_ 日")),
        (2, text("a\0b")),
        (9, text("-0.01")),
        (11, Value::Integer(-1)),
        (12, text("2024-02-29")),
        (15, Value::Blob(vec![0, 255])),
    ];
    let mut cells = vec![Value::Null; EVERY.columns().len()];
    for (index, value) in &hidden {
        cells[*index] = value.clone();
    }
    let connection = open_every(&[cells]);
    let found = |filter: &Tree| {
        let sql = count(&EVERY, &filtered(filter.clone())).unwrap();
        let mut statement = connection.prepare(&sql.text).unwrap();
        let bindings = params_from_iter(sql.bindings.iter().map(bound));
        statement.query_row(bindings, |row| row.get::<_, i64>(0)).unwrap() == 1
    };
    let other = |value: &Value, n: i64| match value {
        Value::Integer(_) => Value::Integer(n + 1_000),
        Value::Real(_) => Value::Real(n as f64 + 0.3),
        Value::Blob(_) => Value::Blob(n.to_be_bytes().to_vec()),
        _ => text(&n.to_string()),
    };
    for (index, value) in hidden {
        let column = &EVERY.columns()[index];
        for length in [1, 16, 17, 40_000] {
            let mut list: Vec<Literal> = (0..length).map(|n| Literal::of(column, other(&value, n))).collect();
            let tree = |list: &[Literal]| Tree::In { term: Term::Column(column), list: list.to_vec() };
            assert!(!found(&tree(&list)), "{} of {length}", column.name());
            *list.last_mut().unwrap() = Literal::of(column, value.clone());
            assert!(found(&tree(&list)), "{} of {length}", column.name());
            list.pop();
            list.push(Literal::of(column, Value::Null));
            assert!(!found(&tree(&list)), "{} of {length}", column.name());
        }
    }
}

fn call(function: Function, arguments: Vec<Term>, result: ColumnType) -> Term {
    Term::Call { function, arguments, result }
}

fn of_text(function: Function, arguments: Vec<Term>) -> Term {
    call(function, arguments, ColumnType::Text)
}

fn whole(function: Function, arguments: Vec<Term>) -> Term {
    call(function, arguments, ColumnType::I32)
}

/// Ways in which a text is computed from a text: each argument of each kind of function, and the
/// operators that are SQLite's own.
const COMPUTED: [fn(Term) -> Term; 11] = [
    |term| of_text(Function::ToLower, vec![term]),
    |term| of_text(Function::Concat, vec![term, column(1)]),
    |term| of_text(Function::Concat, vec![column(1), term]),
    |term| of_text(Function::Replace, vec![term, column(1), column(2)]),
    |term| of_text(Function::Replace, vec![column(1), term, column(2)]),
    |term| of_text(Function::Replace, vec![column(1), column(2), term]),
    |term| of_text(Function::Substring, vec![column(1), whole(Function::IndexOf, vec![term, column(2)])]),
    |term| of_text(Function::Substring, vec![column(1), whole(Function::IndexOf, vec![column(2), term])]),
    |term| of_text(Function::Substring, vec![column(1), column(3), whole(Function::Length, vec![term])]),
    |term| {
        let place = whole(Function::IndexOf, vec![column(2), term]);
        let sum = whole(Function::Add, vec![Term::Literal(Literal::typed(ColumnType::I32, Value::Integer(1))), place]);
        of_text(Function::Substring, vec![column(1), sum])
    },
    |term| {
        let place = call(Function::Add, vec![column(3), whole(Function::Length, vec![term])], ColumnType::I64);
        of_text(Function::Substring, vec![column(1), column(3), place])
    },
];

/// Conditions on a text that is computed.
const LEAVES: [fn(Term) -> Tree; 8] = [
    |term| Tree::Compare { left: column(1), comparison: Comparison::Eq, right: term },
    |term| Tree::Compare { left: term, comparison: Comparison::Lt, right: column(2) },
    |term| Tree::Compare { left: column(1), comparison: Comparison::Ne, right: of_text(Function::Trim, vec![term]) },
    |term| listed(term, 3),
    |term| listed(term, 17),
    |term| Tree::Text { test: TextTest::Contains, term: column(1), pattern: term },
    |term| Tree::Text { test: TextTest::EndsWith, term, pattern: Term::Literal(Literal::text("a")) },
    |term| Tree::Text { test: TextTest::StartsWith, term: term.clone(), pattern: term },
];

fn listed(term: Term, length: usize) -> Tree {
    let texts = (0..length).map(|n| Literal::text(&n.to_string()));
    Tree::In { term, list: texts.chain([literal(1, Value::Null)]).collect() }
}

/// Ways in which a condition stands in another.
const JOINED: [fn(Tree) -> Tree; 7] = [
    |tree| Tree::Not(Box::new(tree)),
    |tree| Tree::And(vec![compare(3, Comparison::Ne, Value::Integer(1)), tree]),
    |tree| Tree::Or(vec![compare(3, Comparison::Ne, Value::Integer(1)), tree]),
    |tree| Tree::And(vec![tree, text_test(TextTest::StartsWith, "a")]),
    |tree| Tree::Or(vec![Tree::Not(Box::new(compare(1, Comparison::Eq, text("a")))), tree]),
    |tree| wide(tree, 17),
    |tree| wide(tree, 300),
];

fn wide(tree: Tree, length: i64) -> Tree {
    let mut trees: Vec<Tree> = (1..length).map(|n| compare(3, Comparison::Ne, Value::Integer(n))).collect();
    trees.push(tree);
    Tree::Or(trees)
}

/// Whether a filter compiles; if so, every statement that the store makes of it must be one.
fn compiles(connection: &Connection, tree: &Tree) -> bool {
    let Ok(condition) = condition(&SCHEMA, tree) else { return false };
    let order = vec![(&COLUMNS[7], Direction::Descending), (&COLUMNS[1], Direction::Ascending)];
    let rows = Selection { filter: Some(tree.clone()), order, skip: 1, take: Some(1), ..Selection::default() };
    let removal =
        format!("DELETE FROM \"it\"\"ems\" WHERE {} AND \"__version\" IS NULL RETURNING \"id\"", condition.text);
    for text in [removal, count(&SCHEMA, &rows).unwrap().text, select(&SCHEMA, &rows).unwrap().text] {
        if let Err(error) = connection.prepare(&text) {
            panic!("{error}: {text}");
        }
    }
    true
}

/// SQLite before 3.46 bounds the stack of its parser: the check bites with such a version.
#[test]
fn what_compiles_is_executable_whatever_it_nests() {
    let connection = open();
    let deepen = |mut tree: Tree, mut join: Box<dyn FnMut(Tree) -> Tree>| {
        let mut levels = 0;
        while compiles(&connection, &tree) {
            tree = join(tree);
            levels += 1;
            assert!(levels < 100);
        }
        levels
    };
    for join in JOINED {
        assert!(deepen(compare(3, Comparison::Eq, Value::Integer(1)), Box::new(join)) >= 8);
    }
    for leaf in LEAVES {
        for compute in COMPUTED {
            let mut term = column(1);
            let mut levels = 0;
            while compiles(&connection, &leaf(term.clone())) {
                term = compute(term);
                levels += 1;
            }
            assert!(levels >= 4, "{levels}: {term:?}");
        }
    }
    let mut rng = fastrand::Rng::with_seed(7);
    for _ in 0..300 {
        let term = (0..rng.usize(..8)).fold(column(1), |term, _| COMPUTED[rng.usize(..COMPUTED.len())](term));
        let tree = LEAVES[rng.usize(..LEAVES.len())](term);
        let mut rng = rng.fork();
        // The widest only now and then: each is 300 conditions more.
        let join = move |tree| {
            let ways = JOINED.len() - usize::from(rng.u8(..8) > 0);
            JOINED[rng.usize(..ways)](tree)
        };
        deepen(tree, Box::new(join));
    }
}

#[test]
fn a_filter_that_is_too_deep_is_refused_and_names_its_table() {
    let tree = (0..500).fold(Tree::Constant(true), |tree, _| Tree::Not(Box::new(tree)));
    let error = count(&SCHEMA, &filtered(tree.clone())).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Invalid);
    assert_eq!(error.table(), Some("it\"ems"));
    assert!(error.to_string().contains("26 levels"), "{error}");
}
