use super::*;
use crate::row::KeptCell;
use crate::store::entry::{Entry, FailureKind, Request, RequestKind, Sequence};
use crate::table::{ColumnDef, MergeRule, Rule, TableSchema};
use crate::value::{ColumnType, Id, Value, Version};

const NAME: usize = 1;
const COUNT: usize = 2;
const HERE: usize = 3;

static TABLE: TableSchema = TableSchema::new(
    "resolved",
    &[
        ColumnDef::id("id"),
        ColumnDef::new::<String>("name", "name").rule(Rule::MaxLength(6)),
        ColumnDef::new::<i64>("count", "count").merge(MergeRule::Sum),
        ColumnDef::new::<i64>("here", "here").default_stored(crate::value::ValueRef::Integer(0)).local_only(),
    ],
);

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn row(name: &str, count: i64, version: &str) -> Row {
    let mut row = Row::new(&TABLE);
    row.values = vec![text("a"), text(name), Value::Integer(count), Value::Integer(0)];
    row.version = Version::parse(version);
    row.updated_at = version.strip_prefix('v').and_then(|number| Timestamp::from_ticks(number.parse().unwrap()));
    row
}

fn at_home(mut row: Row, here: i64) -> Row {
    row.values[HERE] = Value::Integer(here);
    row
}

fn kept(cell: &str) -> Vec<KeptCell> {
    vec![KeptCell { name: "gone".to_owned(), column_type: ColumnType::Text, value: text(cell) }]
}

/// A conflict as an answer makes it.
fn conflict(base: Base, wish: Option<Row>, remote: Remote) -> Case {
    let mut entry = Entry::new(Sequence(1), TABLE.name(), Id::parse("a").unwrap(), base);
    entry.sent = true;
    entry.absent = wish.is_none();
    let mut case = Case { schema: &TABLE, entry, wish };
    case.conflict(Some(412), remote);
    case
}

fn base() -> Row {
    let mut base = at_home(row("A", 1, "v1"), 7);
    base.set_kept(kept("theirs"));
    base
}

fn edited() -> Row {
    let mut wish = at_home(row("ours", 2, ""), 9);
    wish.set_kept(kept("ours"));
    wish
}

fn theirs() -> Row {
    row("theirs", 1, "v5")
}

fn deleted() -> Remote {
    Remote::Deleted(None)
}

/// What follows: the kind of request, the version that it wants and the columns that it carries.
fn next(case: &Case) -> Option<(RequestKind, Option<String>, Vec<usize>)> {
    match case.next() {
        Step::Send(request, _) => {
            let Request { kind, if_match, columns, .. } = *request;
            Some((kind, if_match.map(|version| version.as_str().to_owned()), columns))
        }
        _ => None,
    }
}

fn resolved(mut case: Case, resolution: Resolution<Row>) -> (Case, After) {
    let remote = case.entry.candidate.clone().unwrap();
    let after = case.resolve(&remote, resolution).unwrap();
    assert!(case.entry.candidate.is_none() || matches!(after, After::Failed), "what was seen is settled");
    (case, after)
}

fn seen(version: &str) -> Option<String> {
    Some(version.to_owned())
}

#[test]
fn an_update_against_a_row() {
    let case = || conflict(Base::Row(base()), Some(edited()), Remote::Row(theirs()));
    let (local, after) = resolved(case(), Resolution::KeepLocal);
    assert_eq!(after, After::Plan(None));
    assert_eq!(
        next(&local),
        Some((RequestKind::Update, seen("v5"), vec![NAME, COUNT])),
        "re-sent for the version seen"
    );
    let Step::Send(request, _) = local.next() else { panic!("{local:?}") };
    assert_eq!(request.kept, ["gone"], "what was written to a column of before is still sent");
    assert_eq!(local.wish, Some(edited()));

    let (remote, after) = resolved(case(), Resolution::KeepRemote);
    assert!(matches!(after, After::Plan(Some(Remote::Row(row))) if row.values[NAME] == text("theirs")));
    assert_eq!(remote.next(), Step::Vanish);
    let wish = remote.wish.unwrap();
    assert_eq!((&wish.values[NAME], &wish.values[HERE]), (&text("theirs"), &Value::Integer(9)));
    assert_eq!(wish.kept(), kept("theirs"), "the edit of a column of before is dropped too");

    let (merged, _) = resolved(case(), Resolution::Merge(at_home(row("both", 1, "v1"), 0)));
    assert_eq!(next(&merged), Some((RequestKind::Update, seen("v5"), vec![NAME])));
    let wish = merged.wish.unwrap();
    assert_eq!((&wish.values[NAME], &wish.values[HERE]), (&text("both"), &Value::Integer(9)));
    assert_eq!(wish.kept(), kept("ours"));

    let (same, _) = resolved(case(), Resolution::Merge(theirs()));
    assert_eq!(
        same.entry.base,
        Base::Row({
            let mut row = at_home(theirs(), 7);
            row.set_kept(kept("theirs"));
            row
        })
    );
}

#[test]
fn an_insert_against_a_row() {
    let case = || conflict(Base::None, Some(at_home(row("ours", 2, ""), 9)), Remote::Row(theirs()));
    let (local, _) = resolved(case(), Resolution::KeepLocal);
    assert_eq!(next(&local), Some((RequestKind::Update, seen("v5"), vec![NAME, COUNT])));
    let (remote, _) = resolved(case(), Resolution::KeepRemote);
    assert_eq!(remote.next(), Step::Vanish);
    assert_eq!(remote.wish.unwrap(), at_home(theirs(), 9));
    let (merged, _) = resolved(case(), Resolution::Merge(row("both", 3, "")));
    assert_eq!(next(&merged), Some((RequestKind::Update, seen("v5"), vec![NAME, COUNT])));
}

#[test]
fn an_update_against_a_deletion() {
    let case = || conflict(Base::Row(base()), Some(edited()), deleted());
    for resolution in [Resolution::KeepLocal, Resolution::Merge(row("both", 3, ""))] {
        let name = if resolution == Resolution::KeepLocal { "ours" } else { "both" };
        let (again, after) = resolved(case(), resolution);
        assert_eq!((after, &again.entry.base), (After::Plan(None), &Base::Tombstone));
        assert_eq!(again.next(), Step::Ask(crate::queue::plan::Question::MakeAgain));
        assert_eq!(again.wish.unwrap().values[NAME], text(name));
    }
    let (remote, after) = resolved(case(), Resolution::KeepRemote);
    assert_eq!((after, &remote.wish), (After::Plan(Some(deleted())), &None));
    assert_eq!(remote.next(), Step::Vanish);
}

#[test]
fn a_deletion_against_a_row() {
    let case = || conflict(Base::Row(base()), None, Remote::Row(theirs()));
    let (local, _) = resolved(case(), Resolution::KeepLocal);
    assert_eq!(next(&local), Some((RequestKind::Delete, seen("v5"), vec![])));
    let (remote, _) = resolved(case(), Resolution::KeepRemote);
    assert_eq!(remote.next(), Step::Vanish);
    let wish = remote.wish.unwrap();
    assert_eq!((&wish.values[NAME], &wish.values[HERE]), (&text("theirs"), &Value::Integer(7)), "it comes back whole");
    let (merged, _) = resolved(case(), Resolution::Merge(row("both", 1, "")));
    assert_eq!(next(&merged), Some((RequestKind::Update, seen("v5"), vec![NAME])));
    let foreign = conflict(Base::None, None, Remote::Row(theirs()));
    assert_eq!(next(&resolved(foreign, Resolution::KeepLocal).0), Some((RequestKind::Delete, seen("v5"), vec![])));
}

#[test]
fn deferring_and_aborting_change_nothing() {
    for (wish, remote) in
        [(Some(edited()), Remote::Row(theirs())), (Some(edited()), deleted()), (None, Remote::Row(theirs()))]
    {
        for resolution in [Resolution::Defer, Resolution::Abort] {
            let case = conflict(Base::Row(base()), wish.clone(), remote.clone());
            assert_eq!(resolved(case.clone(), resolution), (case, After::Failed));
        }
    }
}

#[test]
fn a_state_that_came_after_the_one_seen_stays_the_candidate() {
    let mut case = conflict(Base::Row(base()), Some(edited()), Remote::Row(theirs()));
    let seen_then = case.entry.candidate.clone().unwrap();
    let later = Remote::Row(row("later", 1, "v8"));
    case.entry.candidate = Some(later.clone());
    let mut local = case.clone();
    local.resolve(&seen_then, Resolution::KeepLocal).unwrap();
    assert_eq!(local.entry.candidate, Some(later.clone()));
    assert_eq!(next(&local).unwrap().1, seen("v5"), "never written over what was not seen");
    let earlier = Remote::Row(row("earlier", 1, "v3"));
    case.entry.candidate = Some(earlier);
    case.resolve(&seen_then, Resolution::KeepRemote).unwrap();
    assert_eq!(case.entry.candidate, None);
}

#[test]
fn a_merged_row_is_held_to_the_rules_but_for_what_a_side_has() {
    let long = || row("too long", 1, "v5");
    let mut case = conflict(Base::Row(base()), Some(edited()), Remote::Row(long()));
    let remote = case.entry.candidate.clone().unwrap();
    let before = case.clone();
    let error = case.resolve(&remote, Resolution::Merge(row("longer!", 1, ""))).unwrap_err();
    assert_eq!((error.kind(), error.row()), (ErrorKind::Invalid, Some("a")));
    assert!(error.message().contains("column `name` breaks `max_length = 6`"), "{error}");
    assert_eq!(case, before);
    assert!(case.resolve(&remote, Resolution::Merge(row("too long", 4, ""))).is_ok(), "the server has it so");
}

fn decided(case: &Case, policy: ConflictPolicy) -> Result<Resolution<Row>, String> {
    case.decide(policy, &case.entry.candidate.clone().unwrap())
}

#[test]
fn policies_decide_without_the_app() {
    let mut case = conflict(Base::Row(base()), Some(edited()), Remote::Row(theirs()));
    assert_eq!(decided(&case, ConflictPolicy::Fail), Ok(Resolution::Defer));
    assert_eq!(decided(&case, ConflictPolicy::LocalWins), Ok(Resolution::KeepLocal));
    assert_eq!(decided(&case, ConflictPolicy::RemoteWins), Ok(Resolution::KeepRemote));
    assert!(decided(&case, ConflictPolicy::NewestWins).is_err(), "the time of the write is not known");
    for (written, expected) in [(4, Resolution::KeepRemote), (5, Resolution::KeepRemote), (6, Resolution::KeepLocal)] {
        case.entry.written_at = Timestamp::from_ticks(written);
        assert_eq!(decided(&case, ConflictPolicy::NewestWins), Ok(expected));
    }
    let gone = conflict(Base::Row(base()), Some(edited()), deleted());
    assert!(decided(&gone, ConflictPolicy::NewestWins).is_err());
    assert_eq!(decided(&gone, ConflictPolicy::Merge), Err("one side deleted it".to_owned()));
}

#[test]
fn the_merge_policy_merges_or_says_which_columns_both_changed() {
    let both = conflict(Base::Row(base()), Some(edited()), Remote::Row(theirs()));
    assert_eq!(decided(&both, ConflictPolicy::Merge), Err("both sides changed `name`".to_owned()));
    let ours = row("ours", 3, "");
    let case = conflict(Base::Row(base()), Some(ours), Remote::Row(row("A", 5, "v5")));
    let Ok(Resolution::Merge(merged)) = decided(&case, ConflictPolicy::Merge) else { panic!("it merges") };
    assert_eq!(merged.values[NAME..=COUNT], [text("ours"), Value::Integer(7)]);
    let mut doubtful = case;
    doubtful.entry.doubtful = true;
    assert_eq!(decided(&doubtful, ConflictPolicy::Merge), Err("both sides changed `count`".to_owned()));
}

#[test]
fn equal_changes_of_a_sum_are_two_changes() {
    let request = |case: &Case| {
        let Step::Send(request, _) = case.next() else { panic!("{case:?}") };
        *request
    };
    let clash = |wish: Row, row: Row| {
        let entry = Entry::new(Sequence(1), TABLE.name(), Id::parse("a").unwrap(), Base::Row(base()));
        let mut case = Case { schema: &TABLE, entry, wish: Some(wish) };
        let sent = request(&case);
        let reply =
            crate::queue::answer::Reply::Clash { status: 412, truth: Some(Remote::Row(row)), message: String::new() };
        let after = case.settle(&sent, crate::queue::plan::Novelty::New, reply);
        (after, case.entry.failure.map(|failure| failure.kind))
    };
    let (after, failure) = clash(row("A", 2, ""), row("A", 2, "v5"));
    assert_eq!((after, failure), (After::Failed, Some(FailureKind::Conflict)), "another device counted too");
    let (after, failure) = clash(row("B", 1, ""), row("B", 1, "v5"));
    assert!(matches!(after, After::Plan(Some(_))) && failure.is_none(), "the sum was not touched");
}
