//! Queries: every store selects the same rows as the one in memory, which is read by eye.

use super::*;
use crate::query::predicate::{Comparison, Literal, Refusal, Term, TextTest, Tree};
use crate::query::{Direction, Selection};

both!(
    nulls_compare_as_in_odata_v4,
    every_comparison_selects_as_the_store_in_memory,
    orders_and_bounds_are_as_in_memory,
    system_columns_can_be_asked,
    selected_rows_are_appended,
    only_selected_cells_are_filled,
    a_column_of_another_table_cannot_be_selected,
    what_cannot_be_asked_is_refused_whatever_the_rows_are,
);

fn column(index: usize) -> Term {
    Term::Column(&ITEM.columns()[index])
}

fn literal(index: usize, value: Value) -> Term {
    Term::Literal(Literal::of(&ITEM.columns()[index], value))
}

fn compare(index: usize, comparison: Comparison, value: Value) -> Tree {
    Tree::Compare { left: column(index), comparison, right: literal(index, value) }
}

fn rows() -> Vec<Row> {
    let mut rows = vec![full_item("full"), item("bare", "")];
    let texts = ["a", "A", "ä", "%", "a_c", "abc", "\u{1F600}", "\u{FFFD}"];
    for (number, title) in texts.into_iter().enumerate() {
        let mut row = item(&format!("r{number}"), title);
        row.values[WHOLE] = Value::Integer([-1, 0, 1, i64::MAX][number % 4]);
        row.values[REAL] = Value::Real([-0.5, 0.0, 1.0, 1e18][number % 4]);
        row.values[PRICE] = text(["9.5", "10", "-1", "-10"][number % 4]);
        row.values[BYTES] = Value::Blob(vec![number as u8; number]);
        row.values[AT] = Value::Integer(number as i64 % 3 - 1);
        row.values[DONE] = Value::Integer(number as i64 % 2);
        if number % 3 == 0 {
            row.values[NOTE] = text("x");
        }
        row.version = version("v1").filter(|_| number % 2 == 0);
        rows.push(row);
    }
    rows
}

async fn filled(store: &Shared) {
    write(store, |tx| rows().into_iter().try_for_each(|row| tx.put_row(&stored(row)))).await;
}

async fn selected(store: &Shared, query: Selection) -> Vec<String> {
    read(store, move |tx| {
        let mut out = RowBatch::new(&ITEM);
        tx.select(&ITEM, &query, &mut out)?;
        let counted = tx.count(&ITEM, &query)?;
        assert!(query.take.is_some() || query.skip > 0 || counted == out.len() as u64, "{query:?}");
        Ok(out.iter().map(|row| row.id().to_owned()).collect())
    })
    .await
}

async fn filtered(store: &Shared, filter: Tree) -> Vec<String> {
    selected(store, Selection { filter: Some(filter), ..Selection::default() }).await
}

async fn nulls_compare_as_in_odata_v4(store: Shared) {
    use Comparison::{Eq, Ge, Le, Ne};
    let mut null = item("null", "");
    null.values[NOTE] = Value::Null;
    let mut one = item("one", "");
    one.values[WHOLE] = Value::Integer(1);
    write(&store, move |tx| {
        tx.put_row(&stored(null))?;
        tx.put_row(&stored(one))
    })
    .await;
    let none: [&str; 0] = [];
    assert_eq!(filtered(&store, compare(WHOLE, Eq, Value::Null)).await, ["null"]);
    assert_eq!(filtered(&store, compare(WHOLE, Ne, Value::Null)).await, ["one"]);
    assert_eq!(filtered(&store, compare(WHOLE, Ne, Value::Integer(1))).await, ["null"]);
    assert_eq!(filtered(&store, compare(WHOLE, Le, Value::Null)).await, none);
    assert_eq!(filtered(&store, compare(WHOLE, Ge, Value::Integer(0))).await, ["one"]);
    let not = Tree::Not(Box::new(compare(WHOLE, Ge, Value::Integer(0))));
    assert_eq!(filtered(&store, not).await, ["null"]);
    assert_eq!(filtered(&store, Tree::And(vec![])).await, ["null", "one"]);
    assert_eq!(filtered(&store, Tree::Or(vec![])).await, none);
}

fn values() -> [(usize, Vec<Value>); 8] {
    let texts = ["", "a", "A", "a_c", "%", "_", "\u{1F600}", "naïve"].map(text);
    let with_null = |values: Vec<Value>| values.into_iter().chain([Value::Null]).collect::<Vec<_>>();
    [
        (0, vec![text("bare"), text("r3"), text("nobody")]),
        (TITLE, with_null(texts.to_vec())),
        (WHOLE, with_null([0, 1, i64::MAX, i64::MIN].map(Value::Integer).to_vec())),
        (REAL, with_null([0.0, -0.0, -0.5, 0.1 + 0.2, 1e18].map(Value::Real).to_vec())),
        (PRICE, with_null(["9.5", "10", "-10", "0"].map(text).to_vec())),
        (BYTES, with_null(vec![Value::Blob(vec![]), Value::Blob(vec![3, 3, 3])])),
        (AT, with_null([0, 1].map(Value::Integer).to_vec())),
        (NOTE, with_null(vec![text("x"), text("")])),
    ]
}

fn trees() -> Vec<Tree> {
    use Comparison::{Eq, Ge, Gt, Le, Lt, Ne};
    let mut trees = vec![Tree::Constant(true), Tree::Constant(false)];
    for (index, values) in values() {
        for comparison in [Eq, Ne, Lt, Le, Gt, Ge] {
            for value in &values {
                trees.push(compare(index, comparison, value.clone()));
                trees.push(Tree::Compare { left: literal(index, value.clone()), comparison, right: column(index) });
            }
            trees.push(Tree::Compare { left: column(index), comparison, right: column(index) });
        }
        for length in 0..=values.len() {
            let list =
                values[..length].iter().map(|value| Literal::of(&ITEM.columns()[index], value.clone())).collect();
            trees.push(Tree::In { term: column(index), list });
        }
    }
    for test in [TextTest::StartsWith, TextTest::EndsWith, TextTest::Contains] {
        for pattern in ["", "a", "A", "_", "%", "bc", "ï", "\0", "\u{1F600}"] {
            for index in [TITLE, NOTE] {
                let pattern = Term::Literal(Literal::text(pattern));
                trees.push(Tree::Text { test, term: column(index), pattern });
            }
        }
        trees.push(Tree::Text { test, term: column(TITLE), pattern: column(NOTE) });
        trees.push(Tree::Text { test, term: column(TITLE), pattern: literal(TITLE, Value::Null) });
    }
    let simple = trees.clone();
    trees.extend(simple.iter().cloned().map(|tree| Tree::Not(Box::new(tree))));
    for (left, right) in simple.iter().zip(simple.iter().rev()) {
        trees.push(Tree::And(vec![left.clone(), Tree::Not(Box::new(right.clone()))]));
        trees.push(Tree::Not(Box::new(Tree::Or(vec![left.clone(), right.clone()]))));
    }
    trees
}

async fn every_comparison_selects_as_the_store_in_memory(store: Shared) {
    let reference = memory().await;
    filled(&store).await;
    filled(&reference).await;
    for tree in trees() {
        let expected = filtered(&reference, tree.clone()).await;
        assert_eq!(filtered(&store, tree.clone()).await, expected, "{tree:?}");
    }
}

async fn orders_and_bounds_are_as_in_memory(store: Shared) {
    let reference = memory().await;
    filled(&store).await;
    filled(&reference).await;
    for index in [0, TITLE, WHOLE, REAL, PRICE, AT, NOTE] {
        for direction in [Direction::Ascending, Direction::Descending] {
            for (skip, take) in [(0, None), (2, None), (0, Some(3)), (8, Some(5)), (0, Some(0)), (99, Some(u64::MAX))] {
                let order = vec![(&ITEM.columns()[index], direction), (&ITEM.columns()[DONE], Direction::Descending)];
                let query = Selection { order, skip, take, ..Selection::default() };
                let expected = selected(&reference, query.clone()).await;
                assert_eq!(selected(&store, query.clone()).await, expected, "{query:?}");
            }
        }
    }
    let prices = Selection { order: vec![(&ITEM.columns()[PRICE], Direction::Ascending)], ..Selection::default() };
    let ordered = selected(&store, prices).await;
    assert_eq!(ordered, ["bare", "full", "r3", "r7", "r2", "r6", "r0", "r4", "r1", "r5"], "decimals order by value");
}

async fn system_columns_can_be_asked(store: Shared) {
    filled(&store).await;
    let versioned = Tree::Compare {
        left: Term::Column(SystemColumn::Version.column()),
        comparison: Comparison::Eq,
        right: Term::Literal(Literal::text("v1")),
    };
    assert_eq!(filtered(&store, versioned).await, ["full", "r0", "r2", "r4", "r6"]);
}

async fn selected_rows_are_appended(store: Shared) {
    filled(&store).await;
    let lengths = read(&store, |tx| {
        let mut out = batch(&[item("before", "")]);
        tx.select(&ITEM, &Selection { take: Some(2), ..Selection::default() }, &mut out)?;
        Ok(out.iter().map(|row| row.id().to_owned()).collect::<Vec<_>>())
    })
    .await;
    assert_eq!(lengths, ["before", "bare", "full"]);
}

async fn only_selected_cells_are_filled(store: Shared) {
    filled(&store).await;
    const SOME: &[&ColumnDef] =
        &[SystemColumn::UpdatedAt.column(), &ITEM_COLUMNS[NOTE], SystemColumn::Deleted.column(), &ITEM_COLUMNS[PRICE]];
    let places = [NOTE, PRICE]
        .into_iter()
        .chain([SystemColumn::UpdatedAt, SystemColumn::Deleted].map(|column| ITEM.columns().len() + column.offset()));
    let places: Vec<usize> = places.collect();
    let (whole, some) = read(&store, |tx| {
        let order = vec![(&ITEM_COLUMNS[TITLE], Direction::Descending)];
        let query =
            Selection { filter: Some(compare(DONE, Comparison::Eq, Value::Integer(0))), order, ..Selection::default() };
        let (mut whole, mut some) = (RowBatch::new(&ITEM), RowBatch::new(&ITEM));
        tx.select(&ITEM, &query, &mut whole)?;
        tx.select(&ITEM, &Selection { columns: Some(SOME), ..query }, &mut some)?;
        Ok((whole, some))
    })
    .await;
    assert!(whole.len() > 3);
    assert_eq!(some.len(), whole.len());
    for (whole, some) in whole.iter().zip(some.iter()) {
        for place in 0..ITEM.columns().len() + SystemColumn::COUNT {
            let expected = if places.contains(&place) { whole.value(place).to_value() } else { Value::Null };
            assert_eq!(some.value(place).to_value(), expected, "cell {place} of {}", whole.id());
        }
    }
    let number = read(&store, |tx| {
        let mut none = RowBatch::new(&ITEM);
        tx.select(&ITEM, &Selection { columns: Some(&[]), ..Selection::default() }, &mut none)?;
        Ok(none.len())
    });
    assert_eq!(number.await, rows().len(), "rows without a column are rows");
}

async fn a_column_of_another_table_cannot_be_selected(store: Shared) {
    static ELSEWHERE: ColumnDef = ColumnDef::new::<String>("elsewhere", "elsewhere");
    let error = read(&store, |tx| {
        let query = Selection { columns: Some(const { &[&ELSEWHERE] }), ..Selection::default() };
        Ok(tx.select(&ITEM, &query, &mut RowBatch::new(&ITEM)).unwrap_err())
    });
    assert_eq!(error.await.kind(), crate::ErrorKind::Schema);
}

/// Also where there is no row, and where the rest of the filter tells the answer.
async fn what_cannot_be_asked_is_refused_whatever_the_rows_are(store: Shared) {
    let refused = || Tree::Refused(Refusal("compares with NaN".to_owned()));
    let filters = || {
        [
            refused(),
            Tree::Not(Box::new(refused())),
            Tree::Or(vec![Tree::Constant(true), refused()]),
            Tree::And(vec![Tree::Constant(false), Tree::Or(vec![refused()])]),
        ]
    };
    for _ in 0..2 {
        for filter in filters() {
            let errors = read(&store, move |tx| {
                let query = Selection { filter: Some(filter), take: Some(0), ..Selection::default() };
                let counted = tx.count(&ITEM, &query).unwrap_err();
                Ok([counted, tx.select(&ITEM, &query, &mut RowBatch::new(&ITEM)).unwrap_err()])
            });
            for error in errors.await {
                assert!(error.kind() == crate::ErrorKind::Invalid && error.message().contains("NaN"), "{error}");
            }
        }
        filled(&store).await;
    }
}
