//! The meaning of the SQL against a small evaluator of the tree, on random rows and filters.

mod functions;

use std::cmp::Ordering;

use proptest::prelude::*;

use super::limits::open_every;
use super::*;
use crate::query::random::{EVERY, Random};

/// A row and the columns that it has cells of.
struct Cells<'a> {
    columns: &'a [ColumnDef],
    cells: &'a CellRow,
}

/// What a filter means, written from OData's rules and not from the SQL.
fn holds(tree: &Tree, row: &Cells<'_>) -> bool {
    match tree {
        Tree::Constant(holds) => *holds,
        Tree::And(trees) => trees.iter().all(|tree| holds(tree, row)),
        Tree::Or(trees) => trees.iter().any(|tree| holds(tree, row)),
        Tree::Not(tree) => !holds(tree, row),
        Tree::Compare { left, comparison, right } => {
            let ((column_type, left), (_, right)) = (cell(left, row), cell(right, row));
            let order = match (&left, &right) {
                (Value::Null, Value::Null) => None,
                (Value::Null, _) | (_, Value::Null) => {
                    return *comparison == Comparison::Ne;
                }
                _ => Some(order_of(column_type, &left, &right)),
            };
            match comparison {
                Comparison::Eq => order != Some(Ordering::Less) && order != Some(Ordering::Greater),
                Comparison::Ne => order == Some(Ordering::Less) || order == Some(Ordering::Greater),
                Comparison::Lt => order == Some(Ordering::Less),
                Comparison::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                Comparison::Gt => order == Some(Ordering::Greater),
                Comparison::Ge => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            }
        }
        Tree::In { term, list } => {
            let (_, value) = cell(term, row);
            list.iter().any(|literal| *literal.value() == value)
        }
        Tree::Text { test, term, pattern } => match (cell(term, row).1, cell(pattern, row).1) {
            (Value::Text(text), Value::Text(pattern)) => match test {
                TextTest::StartsWith => text.starts_with(&pattern),
                TextTest::EndsWith => text.ends_with(&pattern),
                TextTest::Contains => text.contains(&pattern),
            },
            _ => false,
        },
        Tree::Holds(term) => cell(term, row).1 == Value::Integer(1),
        Tree::Refused(refusal) => panic!("{}", refusal.message()),
    }
}

fn cell(term: &Term, row: &Cells<'_>) -> (ColumnType, Value) {
    match term {
        Term::Column(column) => {
            let index = row.columns.iter().position(|other| other == *column).unwrap();
            (column.column_type(), row.cells[index].clone())
        }
        Term::Literal(literal) => (literal.column_type(), literal.value().clone()),
        Term::Call { function, arguments, result } => {
            let arguments: Vec<Value> = arguments.iter().map(|argument| cell(argument, row).1).collect();
            (*result, functions::meaning(*function, &arguments))
        }
    }
}

fn order_of(column: ColumnType, left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Integer(left), Value::Integer(right)) => left.cmp(right),
        (Value::Real(left), Value::Real(right)) => left.partial_cmp(right).unwrap(),
        (Value::Text(left), Value::Text(right)) if column == ColumnType::Decimal => {
            left.parse::<Decimal>().unwrap().cmp(&right.parse().unwrap())
        }
        (Value::Text(left), Value::Text(right)) => left.chars().cmp(right.chars()),
        (Value::Blob(left), Value::Blob(right)) => left.cmp(right),
        other => panic!("{other:?}"),
    }
}

/// Rows that match, by evaluation.
fn expected(selection: &Selection, rows: &[CellRow]) -> Vec<String> {
    let of = |cells| Cells { columns: &COLUMNS, cells };
    let mut rows: Vec<&CellRow> =
        rows.iter().filter(|cells| selection.filter.as_ref().is_none_or(|tree| holds(tree, &of(cells)))).collect();
    rows.sort_by(|left, right| {
        let keys = selection.order.iter().map(|(column, direction)| {
            let index = COLUMNS.iter().position(|other| other == *column).unwrap();
            let order = order_of(column.column_type(), &left[index], &right[index]);
            if *direction == Direction::Descending { order.reverse() } else { order }
        });
        keys.fold(Ordering::Equal, Ordering::then).then_with(|| order_of(ColumnType::Id, &left[0], &right[0]))
    });
    rows.into_iter()
        .skip(selection.skip as usize)
        .take(selection.take.unwrap_or(u64::MAX) as usize)
        .map(|row| match &row[0] {
            Value::Text(id) => id.clone(),
            other => panic!("{other:?}"),
        })
        .collect()
}

/// Few different characters, so that patterns are found; and those that SQL and OData stumble over.
fn any_text() -> impl Strategy<Value = String> {
    let alphabet = vec!['a', 'A', 'b', '%', '_', '\'', '"', 'é', 'É', 'ß', '日', '🦀', '\u{ffff}', '\0', ' '];
    prop::collection::vec(prop::sample::select(alphabet), 0..4).prop_map(|chars| chars.into_iter().collect())
}

fn any_value(index: usize) -> BoxedStrategy<Value> {
    let two_53 = 1_i64 << 53;
    let second = 17_000_000_000_000_000_i64;
    let value = match index {
        0..=2 => any_text().prop_map(Value::Text).boxed(),
        3 => prop::sample::select(vec![i64::MIN, -two_53 - 1, -two_53, -1, 0, 1, 2, two_53, two_53 + 1, i64::MAX])
            .prop_map(Value::Integer)
            .boxed(),
        4 => prop::sample::select(vec![-1e300, -1.5, -0.0, 0.0, 0.1, 0.3, 0.1 + 0.2, 1.5, two_53 as f64, 5e-324])
            .prop_map(Value::Real)
            .boxed(),
        5 => (0..2_i64).prop_map(Value::Integer).boxed(),
        6 => (second..second + 4).prop_map(Value::Integer).boxed(),
        7 => prop::sample::select(vec![
            "-10",
            "-9.5",
            "-0.01",
            "0",
            "0.009",
            "0.01",
            "2",
            "10",
            "10.5",
            "9007199254740993",
        ])
        .prop_map(text)
        .boxed(),
        8 => prop::sample::select(vec!["0001-01-01", "1999-12-31", "2024-02-29", "9999-12-31"]).prop_map(text).boxed(),
        _ => prop::sample::select(vec!["00:00:00.0000000", "09:59:59.9999999", "10:00:00.0000000"])
            .prop_map(text)
            .boxed(),
    };
    if index == 0 { value } else { prop_oneof![1 => Just(Value::Null), 4 => value].boxed() }
}

fn any_row() -> impl Strategy<Value = CellRow> {
    (0..COLUMNS.len()).map(any_value).collect::<Vec<_>>()
}

fn any_comparison() -> impl Strategy<Value = Comparison> {
    prop::sample::select(vec![
        Comparison::Eq,
        Comparison::Ne,
        Comparison::Lt,
        Comparison::Le,
        Comparison::Gt,
        Comparison::Ge,
    ])
}

fn any_leaf() -> impl Strategy<Value = Tree> {
    let compared = (0..COLUMNS.len(), any_comparison(), any::<bool>()).prop_flat_map(|(index, comparison, turned)| {
        any_value(index).prop_map(move |value| {
            let (left, right) = (column(index), Term::Literal(literal(index, value)));
            let (left, right) = if turned { (right, left) } else { (left, right) };
            Tree::Compare { left, comparison, right }
        })
    });
    let columns =
        any_comparison().prop_map(|comparison| Tree::Compare { left: column(1), comparison, right: column(2) });
    let listed = (0..COLUMNS.len(), prop_oneof![0..4_usize, 15..20_usize]).prop_flat_map(|(index, count)| {
        prop::collection::vec(any_value(index), count).prop_map(move |values| Tree::In {
            term: column(index),
            list: values.into_iter().map(|value| literal(index, value)).collect(),
        })
    });
    let tests = prop::sample::select(vec![TextTest::StartsWith, TextTest::EndsWith, TextTest::Contains]);
    let pattern = prop_oneof![
        4 => any_text().prop_map(|text| Term::Literal(Literal::text(&text))),
        1 => Just(Term::null(&COLUMNS[1])),
        2 => Just(column(2)),
    ];
    let tested = (tests, 0..2_usize, pattern).prop_map(|(test, index, pattern)| Tree::Text {
        test,
        term: column(index),
        pattern,
    });
    prop_oneof![
        6 => compared,
        1 => columns,
        3 => listed,
        4 => tested,
        1 => any::<bool>().prop_map(Tree::Constant),
    ]
}

fn any_tree() -> impl Strategy<Value = Tree> {
    any_leaf().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::And),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::Or),
            inner.prop_map(|tree| Tree::Not(Box::new(tree))),
        ]
    })
}

fn any_selection() -> impl Strategy<Value = Selection> {
    let direction = prop::sample::select(vec![Direction::Ascending, Direction::Descending]);
    let key = (0..COLUMNS.len(), direction).prop_map(|(index, direction)| (&COLUMNS[index], direction));
    (any_tree(), prop::collection::vec(key, 0..3), 0..4_u64, prop::option::of(0..12_u64)).prop_map(
        |(filter, order, skip, take)| Selection { filter: Some(filter), order, skip, take, ..Selection::default() },
    )
}

/// As the functions are written here, from what they promise.
#[test]
fn computed_filters_mean_what_their_functions_promise() {
    let seed = fastrand::u64(..);
    let mut random = Random::new(seed, EVERY.columns());
    let rows: Vec<CellRow> = (0..40).map(|number| random.row(number)).collect();
    let connection = open_every(&rows);
    for turn in 0..4_000 {
        let filter = random.tree(turn % 3);
        let sql = select(&EVERY, &Selection { filter: Some(filter.clone()), ..Selection::default() }).unwrap();
        let meant = rows.iter().filter(|cells| holds(&filter, &Cells { columns: EVERY.columns(), cells }));
        let meant: Vec<Value> = meant.map(|cells| cells[0].clone()).collect();
        let found: Vec<Value> = ids(&connection, &sql).into_iter().map(Value::Text).collect();
        assert_eq!(found, meant, "seed {seed}: {filter:?}: {}", sql.text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// SQLite gives the rows that the filter means, in the order that it means.
    #[test]
    fn sql_means_what_the_tree_means(
        rows in prop::collection::vec(any_row(), 1..30),
        selections in prop::collection::vec(any_selection(), 8),
    ) {
        let connection = open();
        let mut rows = rows;
        rows.retain(|row| row[0] != text(""));
        rows.sort_by(|left, right| order_of(ColumnType::Id, &left[0], &right[0]));
        rows.dedup_by(|left, right| left[0] == right[0]);
        insert(&connection, &rows);
        for selection in selections {
            let sql = select(&SCHEMA, &selection).unwrap();
            prop_assert_eq!(ids(&connection, &sql), expected(&selection, &rows), "{}", sql.text);

            let sql = count(&SCHEMA, &selection).unwrap();
            let counted: i64 = connection
                .query_row(&sql.text, params_from_iter(sql.bindings.iter().map(bound)), |row| row.get(0))
                .unwrap();
            let all = Selection { filter: selection.filter, ..Selection::default() };
            prop_assert_eq!(counted as usize, expected(&all, &rows).len());
        }
    }
}
