//! Random histories: every store ends as the one in memory does.

use super::*;
use crate::row::Remote;
use crate::store::entry::{Failure, FailureKind, Request, RequestKind};
use crate::store::system::{Grave, Settled};
use crate::store::{Replaced, SameVersion};

both!(random_histories_end_as_in_memory);

/// One step, with all that it depends on, so that it can be taken in two stores.
#[derive(Debug, Clone)]
enum Step {
    Insert(Row, bool),
    Put(StoredRow),
    Remove(&'static str),
    RemoveAll,
    Apply(Vec<Row>, Vec<usize>, SameVersion),
    Entry(Box<Entry>),
    Sequence,
    RemoveEntry(Sequence),
    Settle(Settled, Timestamp),
    Bury(Grave, Timestamp),
    Meta(&'static str, Option<&'static str>),
}

const IDS: [&str; 5] = ["a", "b", "c", "d", "e"];

fn any<T: Clone>(rng: &mut fastrand::Rng, of: &[T]) -> T {
    of[rng.usize(..of.len())].clone()
}

fn any_row(rng: &mut fastrand::Rng) -> Row {
    let id = any(rng, &IDS);
    let mut row = if rng.bool() { full_item(id) } else { item(id, any(rng, &["", "x", "y"])) };
    row.version = version(any(rng, &["v1", "v2", ""]));
    row
}

fn any_entry(rng: &mut fastrand::Rng) -> Entry {
    let sequence = Sequence(rng.i64(1..12));
    let row = any_row(rng);
    let mut entry = entry(sequence, row.id());
    entry.made = Sequence(rng.i64(1..=sequence.0));
    entry.base = any(rng, &[Base::None, Base::Tombstone, Base::Row(row.clone())]);
    entry.candidate = any(rng, &[None, Some(Remote::Deleted(None)), Some(Remote::Row(row.clone()))]);
    let request = Request {
        kind: RequestKind::Insert,
        columns: vec![TITLE],
        if_match: version("v"),
        wish: Some(row),
        kept: Vec::new(),
        tombstone: None,
        key: None,
    };
    entry.request = any(rng, &[None, Some(request)]);
    let failure = Failure { kind: FailureKind::Refused, status: Some(403), message: "no".to_owned() };
    entry.failure = any(rng, &[None, Some(failure)]);
    entry
}

fn any_step(rng: &mut fastrand::Rng) -> Step {
    match rng.usize(..11) {
        0 => Step::Insert(any_row(rng), rng.bool()),
        1 => {
            let replaced = any(rng, &[None, Some(Replaced::Unversioned), version("v0").map(Replaced::Version)]);
            let entry = any(rng, &[None, Some(Sequence(3))]);
            Step::Put(StoredRow { row: any_row(rng), replaced, entry })
        }
        2 => Step::Remove(any(rng, &IDS)),
        3 => Step::RemoveAll,
        4 | 5 => {
            let mut rows: Vec<Row> = (0..rng.usize(..6)).map(|_| any_row(rng)).collect();
            rows.iter_mut().for_each(|row| row.deleted = rng.usize(..4) == 0);
            let skip = (0..rows.len()).filter(|_| rng.usize(..4) == 0).collect();
            Step::Apply(rows, skip, any(rng, &[SameVersion::Keep, SameVersion::Rewrite]))
        }
        6 => Step::Entry(Box::new(any_entry(rng))),
        7 => Step::Sequence,
        8 => Step::RemoveEntry(Sequence(rng.i64(1..12))),
        9 => {
            let (at, old) = (instant(rng.i64(0..9)), instant(rng.i64(0..9)));
            let deleted = rng.bool();
            let note = Settled {
                table: ITEM.name().to_owned(),
                id: any(rng, &IDS).to_owned(),
                version: None,
                updated_at: None,
                deleted,
                at,
            };
            if rng.bool() { Step::Settle(note, old) } else { Step::Bury(Grave { row: any_row(rng), at }, old) }
        }
        _ => Step::Meta(any(rng, &["k", "l"]), any(rng, &[None, Some("1"), Some("2")])),
    }
}

/// Takes a step and tells all that it answered.
fn take(step: &Step, tx: &mut dyn StoreWrite) -> Result<String, Error> {
    Ok(match step {
        Step::Insert(row, linked) => {
            let entry = linked.then_some(Sequence(5));
            format!("{:?}", tx.insert_row(&batch(std::slice::from_ref(row)), 0, entry)?)
        }
        Step::Put(row) => format!("{:?}", tx.put_row(row)?),
        Step::Remove(id) => format!("{:?}", tx.remove_row(&ITEM, id)?),
        Step::RemoveAll => format!("{:?}", tx.remove_rows(&ITEM, None)?),
        Step::Apply(rows, skip, same) => format!("{:?}", tx.apply(&batch(rows), skip, *same)?),
        Step::Entry(entry) => format!("{:?}", tx.put_entry(entry)?),
        Step::Sequence => format!("{:?}", tx.next_sequence()?),
        Step::RemoveEntry(sequence) => format!("{:?}", tx.remove_entry(*sequence)?),
        Step::Settle(settled, old) => format!("{:?}", tx.put_settled(settled, *old)?),
        Step::Bury(grave, old) => format!("{:?}", tx.put_grave(grave, *old)?),
        Step::Meta(key, value) => format!("{:?}", tx.put_meta(key, *value)?),
    })
}

/// All that can be read, as text.
async fn seen(store: &Shared) -> String {
    read(store, |tx| {
        let mut seen = String::new();
        for id in IDS {
            seen += &format!("{:?} {:?}\n", tx.row(&ITEM, id)?, tx.entry_of(&ITEM, id)?);
        }
        let mut after = Sequence(0);
        while let Some(entry) = tx.next_entry(after, Sequence(8))? {
            after = entry.sequence;
            seen += &format!("{entry:?}\n");
        }
        seen += &format!("{:?} {:?} {:?}\n", tx.pending(None)?, tx.last_sequence()?, tx.settle_mark()?);
        seen += &format!("{:?} {:?} {:?}", tx.settled_since("item", 2)?, tx.graves("item")?, tx.meta("k")?);
        Ok(seen)
    })
    .await
}

async fn random_histories_end_as_in_memory(store: Shared) {
    let reference = memory().await;
    let seed = fastrand::u64(..);
    let mut rng = fastrand::Rng::with_seed(seed);
    for turn in 0..150 {
        let steps: Vec<Step> = (0..rng.usize(1..5)).map(|_| any_step(&mut rng)).collect();
        let fails = rng.usize(..5) == 0;
        let mut answers = Vec::new();
        for store in [&reference, &store] {
            let steps = steps.clone();
            let work = move |tx: &mut dyn StoreWrite| {
                let answers = steps.iter().map(|step| take(step, tx)).collect::<Result<Vec<_>, _>>()?;
                if fails { Err(Error::app(std::fmt::Error)) } else { Ok(answers) }
            };
            let answer = super::super::write(&**store, Durability::Process, ChangeSource::Local, work).await;
            answers.push(answer.map_err(|error| error.kind()));
        }
        assert_eq!(answers[0], answers[1], "seed {seed}, turn {turn}: {steps:?}");
        assert_eq!(seen(&reference).await, seen(&store).await, "seed {seed}, turn {turn}: {steps:?}");
    }
}
