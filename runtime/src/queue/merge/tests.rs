use proptest::prelude::*;

use super::*;
use crate::table::{TableSchema, form};
use crate::value::{Timestamp, ValueError, ValueRef};

const PLAIN: usize = 1;
const LOCAL: usize = 2;
const REMOTE: usize = 3;
const MAX: usize = 4;
const MIN: usize = 5;
const SUM: usize = 6;
const SMALL: usize = 7;
const EXACT: usize = 8;
const REAL: usize = 9;
const UNION: usize = 10;
const MADE: usize = 11;
const HERE: usize = 12;
const AT: usize = 13;

fn longest(
    base: Option<ValueRef<'_>>,
    local: ValueRef<'_>,
    remote: ValueRef<'_>,
    merged: CellWriter<'_>,
) -> Result<(), ValueError> {
    let (ValueRef::Text(local), ValueRef::Text(remote)) = (local, remote) else {
        return Err(ValueError::new("no text"));
    };
    assert_ne!(local, "panic");
    merged.text(&format!("{}|{local}|{remote}", if base.is_some() { "base" } else { "new" }));
    Ok(())
}

static TABLE: TableSchema = TableSchema::new(
    "merged",
    &[
        ColumnDef::id("id"),
        ColumnDef::new::<Option<String>>("plain", "plain"),
        ColumnDef::new::<Option<String>>("local", "local").merge(MergeRule::Local),
        ColumnDef::new::<Option<String>>("remote", "remote").merge(MergeRule::Remote),
        ColumnDef::new::<Option<i64>>("max", "max").merge(MergeRule::Max),
        ColumnDef::new::<Option<Decimal>>("min", "min").merge(MergeRule::Min),
        ColumnDef::new::<Option<i64>>("sum", "sum").merge(MergeRule::Sum),
        ColumnDef::new::<Option<u8>>("small", "small").merge(MergeRule::Sum),
        ColumnDef::new::<Option<Decimal>>("exact", "exact").merge(MergeRule::Sum),
        ColumnDef::new::<Option<f64>>("real", "real").merge(MergeRule::Sum),
        form::json::<Option<Vec<serde_json::Value>>>().column("union", "union").merge(MergeRule::Union),
        ColumnDef::new::<Option<String>>("made", "made").merge(MergeRule::Function(longest)),
        ColumnDef::new::<Option<String>>("here", "here").local_only(),
        ColumnDef::new::<Option<Timestamp>>("at", "at"),
    ],
);

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn row(cells: &[(usize, Value)]) -> Row {
    let mut row = Row::new(&TABLE);
    row.values[0] = text("a");
    for (index, value) in cells {
        row.values[*index] = value.clone();
    }
    row
}

/// One column merged alone: its value, or nothing if it stays open.
fn merged(column: usize, base: Option<Value>, local: Value, remote: Value) -> Option<Value> {
    let base = base.map(|base| row(&[(column, base)]));
    let Merged { row, open } =
        three_way(base.as_ref(), &row(&[(column, local)]), &row(&[(column, remote)]), Additions::Known);
    if open.is_empty() { Some(row.values[column].clone()) } else { None }
}

#[test]
fn each_side_keeps_the_columns_that_it_alone_changed() {
    let base = row(&[(PLAIN, text("p")), (SUM, Value::Integer(1)), (HERE, text("h"))]);
    let local = row(&[(PLAIN, text("ours")), (SUM, Value::Integer(1)), (HERE, text("mine"))]);
    let remote = row(&[(PLAIN, text("p")), (SUM, Value::Integer(5)), (HERE, Value::Null)]);
    let merged = three_way(Some(&base), &local, &remote, Additions::Known);
    assert_eq!(merged.open, [0_usize; 0]);
    assert_eq!(merged.row.values[PLAIN], text("ours"));
    assert_eq!(merged.row.values[SUM], Value::Integer(5));
    assert_eq!(merged.row.values[HERE], text("mine"), "what never leaves the device stays");
}

#[test]
fn a_column_without_a_rule_that_both_changed_stays_open() {
    let was = || Some(text("p"));
    assert_eq!(merged(PLAIN, was(), text("ours"), text("theirs")), None);
    assert_eq!(merged(PLAIN, was(), text("same"), text("same")), Some(text("same")));
    assert_eq!(merged(PLAIN, None, text("ours"), text("theirs")), None, "both made the row");
    assert_eq!(merged(PLAIN, None, text("same"), text("same")), Some(text("same")));
}

#[test]
fn rules_decide_what_both_changed() {
    let was = || Some(text("p"));
    let whole = Value::Integer;
    assert_eq!(merged(LOCAL, was(), text("ours"), text("theirs")), Some(text("ours")));
    assert_eq!(merged(REMOTE, was(), text("ours"), text("theirs")), Some(text("theirs")));
    assert_eq!(merged(MAX, Some(whole(1)), whole(7), whole(-9)), Some(whole(7)));
    assert_eq!(merged(MAX, Some(whole(1)), Value::Null, whole(-9)), Some(whole(-9)), "null is no value");
    assert_eq!(merged(MIN, None, text("10"), text("9.5")), Some(text("9.5")), "by value, not as text");
    assert_eq!(merged(MADE, was(), text("a"), text("b")), Some(text("base|a|b")));
    assert_eq!(merged(MADE, None, text("a"), text("b")), Some(text("new|a|b")));
    assert_eq!(merged(MADE, was(), Value::Null, text("b")), None, "it refuses");
    assert_eq!(merged(MADE, was(), text("panic"), text("b")), None, "it panics");
}

#[test]
fn a_sum_is_exact_or_none() {
    let whole = Value::Integer;
    assert_eq!(merged(SUM, Some(whole(5)), whole(7), whole(4)), Some(whole(6)));
    assert_eq!(merged(SUM, Some(whole(5)), whole(6), whole(6)), Some(whole(7)), "two of one size");
    assert_eq!(merged(SUM, None, whole(2), whole(3)), Some(whole(5)));
    assert_eq!(merged(SUM, Some(Value::Null), whole(2), whole(3)), Some(whole(5)));
    assert_eq!(merged(SUM, Some(whole(0)), whole(i64::MAX), whole(1)), None, "beyond 64 bits");
    assert_eq!(merged(SUM, Some(whole(i64::MAX)), whole(i64::MAX - 1), whole(3)), Some(whole(2)), "the way may be");
    assert_eq!(merged(SMALL, Some(whole(0)), whole(200), whole(100)), None, "beyond the column's type");
    assert_eq!(merged(SMALL, Some(whole(50)), whole(20), whole(20)), None, "below it");
    assert_eq!(merged(SUM, Some(whole(5)), Value::Null, whole(6)), None, "one side took it away");
    assert_eq!(merged(EXACT, Some(text("0.1")), text("0.3"), text("1000.1")), Some(text("1000.3")));
    let (long, tiny) = (format!("1{}", "0".repeat(27)), format!("0.{}1", "0".repeat(27)));
    assert_eq!(merged(EXACT, Some(text("0")), text(&long), text(&tiny)), None, "digits would be cut off");
    let longer = "1234567890123456789012345678901";
    assert_eq!(merged(EXACT, Some(text("0")), text(longer), text("1")), None, "digits would be cut off");
    assert_eq!(merged(REAL, Some(Value::Real(1.5)), Value::Real(2.0), Value::Real(3.0)), Some(Value::Real(3.5)));
    assert_eq!(merged(REAL, None, Value::Real(f64::MAX), Value::Real(f64::MAX)), None, "no number");
}

#[test]
fn a_sum_waits_while_a_reply_is_missing() {
    let base = row(&[(SUM, Value::Integer(5)), (MAX, Value::Integer(5))]);
    let local = row(&[(SUM, Value::Integer(6)), (MAX, Value::Integer(6))]);
    let remote = row(&[(SUM, Value::Integer(7)), (MAX, Value::Integer(7))]);
    assert_eq!(three_way(Some(&base), &local, &remote, Additions::Doubtful).open, [SUM]);
    let untouched = three_way(Some(&base), &base, &remote, Additions::Doubtful);
    assert_eq!((untouched.open.as_slice(), &untouched.row.values[SUM]), (&[][..], &Value::Integer(7)));
}

#[test]
fn a_union_has_each_item_once() {
    let union = |local: &str, remote: &str| merged(UNION, Some(text("[]")), text(local), text(remote));
    assert_eq!(union("[1,2,2]", "[3,2.0,2]"), Some(text("[3,2.0,2,1]")), "the texts of the items stay");
    assert_eq!(union(r#"[{"a":1,"b":2}]"#, r#"[{"b":2,"a":1},"x"]"#), Some(text(r#"[{"b":2,"a":1},"x"]"#)));
    assert_eq!(union("[12345678901234567890123]", "[]"), Some(text("[12345678901234567890123]")), "one side alone");
    assert_eq!(union("{}", "[1]"), None, "no array");
    assert_eq!(merged(UNION, Some(text("[]")), Value::Null, text("[1]")), Some(text("[1]")));
}

#[test]
fn an_instant_is_untouched_if_the_wire_cuts_it() {
    let fine = Value::Integer(10_000 * 7 + 123);
    let cut = Value::Integer(10_000 * 7);
    let other = Value::Integer(10_000 * 8);
    assert_eq!(merged(AT, Some(fine.clone()), other.clone(), cut.clone()), Some(other.clone()), "they cut our own");
    assert_eq!(merged(AT, Some(other), fine, cut.clone()), Some(cut), "the same, as far as the wire carries it");
}

#[test]
fn a_column_that_was_added_since_is_merged_without_a_base() {
    let known = |cells: &[(usize, Value)], lacking: usize| {
        let cells = row(cells).values.into_iter().enumerate();
        Row::from_known(&TABLE, cells.map(|(index, value)| (index != lacking).then_some(value))).unwrap()
    };
    let local = row(&[(PLAIN, text("ours"))]);
    let base = known(&[], PLAIN);
    let remote = row(&[(PLAIN, text("theirs"))]);
    assert_eq!(three_way(Some(&base), &local, &remote, Additions::Known).open, [PLAIN]);
    let remote = known(&[], PLAIN);
    let merged = three_way(Some(&base), &local, &remote, Additions::Known);
    assert_eq!((merged.open.as_slice(), &merged.row.values[PLAIN]), (&[][..], &text("ours")));
}

fn cell(column: usize) -> BoxedStrategy<Value> {
    let some = match column {
        MAX | SUM => (-5_i64..5).prop_map(Value::Integer).boxed(),
        SMALL => (0_i64..255).prop_map(Value::Integer).boxed(),
        MIN | EXACT => (-50_i64..50)
            .prop_map(|tenths| {
                let number: Decimal = format!("{tenths}e-1").parse().unwrap();
                text(number.as_str())
            })
            .boxed(),
        REAL => (-5_i32..5).prop_map(|whole| Value::Real(f64::from(whole))).boxed(),
        UNION => proptest::collection::vec(0_u8..4, 0..4)
            .prop_map(|items| text(&format!("{items:?}").replace(' ', "")))
            .boxed(),
        AT => (0_i64..30_000).prop_map(Value::Integer).boxed(),
        _ => "[ab]{0,2}".prop_map(|chars| text(&chars)).boxed(),
    };
    prop_oneof![1 => Just(Value::Null), 6 => some].boxed()
}

fn any_row() -> impl Strategy<Value = Row> {
    (1..=AT).map(cell).collect::<Vec<_>>().prop_map(|cells| {
        let mut row = row(&[]);
        row.values.splice(1.., cells);
        row
    })
}

fn same_set(left: &Value, right: &Value) -> bool {
    let items = |value: &Value| match value {
        Value::Text(text) => {
            let mut items: Vec<u8> = serde_json::from_str(text).unwrap();
            items.sort_unstable();
            Some(items)
        }
        _ => None,
    };
    items(left) == items(right)
}

proptest! {
    #[test]
    fn what_one_side_left_alone_never_conflicts(base in any_row(), other in any_row(), doubtful in any::<bool>()) {
        let additions = if doubtful { Additions::Doubtful } else { Additions::Known };
        let ours = three_way(Some(&base), &other, &base, additions);
        let theirs = three_way(Some(&base), &base, &other, additions);
        prop_assert!(ours.open.is_empty() && theirs.open.is_empty());
        for (index, _) in TABLE.data_columns() {
            prop_assert_eq!(&ours.row.values[index], &other.values[index], "the local edit of {}", index);
            prop_assert!(theirs.row.same_on_the_wire(&other, index), "the remote edit of {}", index);
        }
        prop_assert_eq!(&theirs.row.values[HERE], &base.values[HERE]);
    }

    #[test]
    fn edits_of_different_columns_are_both_kept(base in any_row(), local in any_row(), remote in any_row(), split in any::<[bool; 14]>()) {
        let (mut ours, mut theirs) = (base.clone(), base.clone());
        for (index, _) in TABLE.data_columns() {
            let (side, from) = if split[index] { (&mut ours, &local) } else { (&mut theirs, &remote) };
            side.values[index].clone_from(&from.values[index]);
        }
        let merged = three_way(Some(&base), &ours, &theirs, Additions::Known);
        prop_assert!(merged.open.is_empty());
        for (index, _) in TABLE.data_columns() {
            let edited = if split[index] { &ours } else { &theirs };
            prop_assert!(merged.row.same_on_the_wire(edited, index));
        }
    }

    #[test]
    fn the_sides_can_be_swapped(base in proptest::option::of(any_row()), left in any_row(), right in any_row()) {
        let one = three_way(base.as_ref(), &left, &right, Additions::Known);
        let other = three_way(base.as_ref(), &right, &left, Additions::Known);
        for index in [MAX, MIN, SUM, SMALL, EXACT, REAL, UNION] {
            prop_assert_eq!(one.open.contains(&index), other.open.contains(&index));
            let (one, other) = (&one.row.values[index], &other.row.values[index]);
            let is_open_or_same = merged(index, base.as_ref().map(|base| base.values[index].clone()), left.values[index].clone(), right.values[index].clone()).is_none() || one == other;
            prop_assert!(if index == UNION { same_set(one, other) || one == other || is_open_or_same } else { is_open_or_same }, "{}: {:?} {:?}", index, one, other);
        }
    }

    #[test]
    fn a_merge_that_was_sent_is_no_conflict_again(base in any_row(), local in any_row(), remote in any_row()) {
        let merged = three_way(Some(&base), &local, &remote, Additions::Known);
        // The server has taken the merged row: from there on it is the base and both sides.
        let again = three_way(Some(&remote), &merged.row, &remote, Additions::Known);
        prop_assert!(again.open.is_empty());
        prop_assert_eq!(again.row, merged.row);
    }
}
