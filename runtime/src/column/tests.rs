//! Filters that cannot be asked, and filters as deep as nobody means them.

use super::*;
use crate::query::predicate::Tree;
use crate::query::{Condition as _, canonical_text};
use crate::value::Decimal;

static TEXT: ColumnDef = ColumnDef::new::<Option<String>>("text", "text");
static REAL: ColumnDef = ColumnDef::new::<Option<f64>>("real", "real");
static WHOLE: ColumnDef = ColumnDef::new::<i64>("whole", "whole");
static PRICE: ColumnDef = ColumnDef::new::<Decimal>("price", "price");
static FLAG: ColumnDef = ColumnDef::new::<bool>("flag", "flag");

type Of<V> = Column<(), V>;
const TEXTS: Of<Option<String>> = Column::new(&TEXT);
const REALS: Of<Option<f64>> = Column::new(&REAL);
const WHOLES: Of<i64> = Column::new(&WHOLE);
const PRICES: Of<Decimal> = Column::new(&PRICE);
const FLAGS: Of<bool> = Column::new(&FLAG);

fn refusal(predicate: &Predicate<()>) -> Option<&str> {
    fn of(tree: &Tree) -> Option<&str> {
        match tree {
            Tree::Refused(refusal) => Some(refusal.message()),
            Tree::And(trees) | Tree::Or(trees) => trees.iter().find_map(of),
            Tree::Not(tree) => of(tree),
            _ => None,
        }
    }
    of(predicate.tree())
}

#[test]
fn a_number_that_is_none_is_refused_wherever_it_stands() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for predicate in [
            REALS.eq(number),
            REALS.ne(number),
            REALS.lt(number),
            REALS.le(number),
            REALS.gt(number),
            REALS.ge(number),
            REALS.is_in([1.0, number]),
            REALS.add(number).gt(1.0),
            REALS.gt(WHOLES.to_f64().mul(number)),
            !REALS.eq(number),
            FLAGS.or(REALS.lt(number)),
            Predicate::all([REALS.eq(1.0), REALS.eq(number)]),
        ] {
            let message = refusal(&predicate).unwrap_or_else(|| panic!("{predicate:?}"));
            assert!(message.contains(&number.to_string()), "{message}");
            assert!(message.contains("only finite numbers"), "{message}");
        }
    }
    assert_eq!(refusal(&REALS.eq(f64::MAX).or(REALS.is_in([-0.0]))), None);
}

/// Each step makes a filter or an expression one deeper.
#[test]
fn filters_as_deep_as_memory_allows_are_refused_without_running_out_of_stack() {
    const DEEP: usize = 10_000;
    let work = || {
        let used = |predicate: Predicate<()>| {
            let copy = predicate.clone();
            assert_eq!(copy, predicate);
            assert!(format!("{copy:?}").len() < 20_000);
            assert!(canonical_text(copy.tree()).len() < 20_000);
            let message = refusal(&predicate).unwrap_or_else(|| panic!("{predicate:?}")).to_owned();
            assert!(message.contains("24"), "{message}");
        };
        used((0..DEEP).fold(FLAGS.into_predicate(), |tree, _| !tree));
        used((0..DEEP).fold(FLAGS.into_predicate(), |tree, _| FLAGS.and(FLAGS.or(tree))));
        used((0..DEEP).fold(FLAGS.into_predicate(), |tree, _| tree.and(FLAGS).or(FLAGS)));
        used((0..DEEP).fold(FLAGS.into_predicate(), |tree, _| Predicate::any([Predicate::all([tree])])));
        used((0..DEEP).fold(TEXTS.expression(), |text, _| text.concat("a").retyped()).eq("a"));
        used((0..DEEP).fold(TEXTS.concat("a"), |text, _| TEXTS.concat(text)).contains("a"));
        used((0..DEEP).fold(WHOLES.expression(), |sum, _| sum.add(1)).is_in([1]));
        used((0..DEEP).fold(WHOLES.expression(), |sum, _| WHOLES.mul(sum)).eq(WHOLES));
        used((0..DEEP).fold(PRICES.expression(), |price, _| price.round()).is_null());
    };
    std::thread::Builder::new().stack_size(256 << 10).spawn(work).unwrap().join().unwrap();
}

#[test]
fn wide_filters_are_not_deep() {
    let wide = (0..40_000).fold(WHOLES.eq(0), |tree, number| tree.or(WHOLES.eq(number)));
    assert_eq!(refusal(&wide), None);
    let listed = Predicate::all((0..40_000).map(|number| WHOLES.ne(number)));
    assert_eq!(refusal(&listed), None);
    // A list that goes up into another makes that longer, not deeper.
    assert_eq!(refusal(&(0..100).fold(FLAGS.and(FLAGS), |tree, _| tree.and(FLAGS.and(FLAGS)))), None);
    let deepest = (0..22).fold(wide.and(FLAGS), |tree, _| !tree);
    assert!(refusal(&deepest).is_some(), "a long list is groups of groups, each a level");
}

#[cfg(feature = "sqlite")]
#[test]
fn what_a_filter_may_be_compiles() {
    let step: [fn(Predicate<()>) -> Predicate<()>; 4] = [
        |tree| !tree,
        |tree| FLAGS.and(FLAGS.or(tree)),
        |tree| tree.or(TEXTS.starts_with("a")).and(FLAGS),
        |tree| Predicate::any((0..20).map(|_| WHOLES.eq(1)).chain([tree])),
    ];
    static TABLE: crate::TableSchema = crate::TableSchema::new("t", &[crate::ColumnDef::id("id")]);
    for step in step {
        let mut tree = TEXTS.concat(TEXTS).concat(TEXTS.to_lower()).contains(TEXTS);
        while refusal(&tree).is_none() {
            crate::query::sql::condition(&TABLE, tree.tree()).unwrap();
            tree = step(tree);
        }
    }
}

#[cfg(feature = "derive")]
mod newtypes {
    use crate::query::Query;
    use crate::{ColumnValue, Date, Id, SyncTable, TimeOfDay};

    #[derive(Debug, Clone, Default, PartialEq, ColumnValue)]
    struct Hours(i16);

    #[derive(Debug, Clone, Default, PartialEq, ColumnValue)]
    struct Day(Option<Date>);

    #[derive(Debug, Clone, Default, PartialEq, ColumnValue)]
    struct Start(TimeOfDay);

    #[derive(Debug, Clone, Default, PartialEq, ColumnValue)]
    struct Title(String);

    #[derive(Debug, Clone, Default, SyncTable)]
    struct Job {
        id: Id,
        hours: Hours,
        day: Day,
        start: Start,
        title: Title,
    }

    #[test]
    fn a_type_of_ones_own_has_the_operators_of_what_it_holds() {
        let query: Query<Job> = Job::query()
            .filter(|t| t.hours.add(1).mul(t.hours.sub(2)).gt(0).and(t.hours.le(Hours(8))))
            .filter(|t| t.day.year().eq(2024).and(t.start.hour().lt(12)).and(t.title.to_lower().len().gt(t.day.day())));
        assert_eq!(
            query.selection().filter.as_ref().map(super::canonical_text).as_deref(),
            Some(
                "(and (gt (mul (add [hours] 1) (sub [hours] 2)) 0) (le [hours] 8) (eq (year [day]) 2024) \
             (lt (hour [start]) 12) (gt (len (to_lower [title])) (day [day])))"
            )
        );
    }
}
