//! Random writes, pushes and pulls: what is told adds up to what is stored, at every step.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_core::Stream;
use serde_json::json;
use synctable::{
    ChangeEvent, ChangeKind, ChangeSource, Changes, Events, LocalStore, MemoryStore, Query, SqliteStore, SyncContext,
    SyncEvent, Table,
};

use crate::world::net::{status, work};
use crate::world::tables::Item;
use crate::world::{Meet, World, id, open};

type Notice = (String, ChangeKind, ChangeSource);

/// All that waits in a feed, without waiting for more.
fn waiting<S: Stream + Unpin>(stream: &mut S) -> Vec<S::Item> {
    let mut context = Context::from_waker(Waker::noop());
    let mut all = Vec::new();
    while let Poll::Ready(Some(next)) = Pin::new(&mut *stream).poll_next(&mut context) {
        all.push(next);
    }
    all
}

struct Run {
    world: World,
    context: SyncContext,
    items: Table<Item>,
    changes: Changes,
    events: Events,
    random: fastrand::Rng,
    /// The rows that the notices have left until now.
    present: BTreeSet<String>,
    /// A number that no write has used.
    fresh: i64,
}

/// Invariant 34: as many operations are counted as there are.
async fn count_holds(context: &SyncContext) {
    loop {
        let before = context.pending().await.unwrap();
        let count = context.pending_count().await.unwrap();
        // Nothing was committed in between.
        if context.pending().await.unwrap().len() == before.len() {
            assert_eq!(count, before.len() as u64);
            return;
        }
    }
}

impl Run {
    async fn new(seed: u64, store: impl LocalStore) -> Self {
        let world = World::v3();
        let context = open(&world, store).await;
        let (mut changes, events) = (context.changes(), context.events());
        // A store of its own may say once that anything may have changed before.
        waiting(&mut changes);
        Self {
            items: context.table(),
            world,
            changes,
            events,
            random: fastrand::Rng::with_seed(seed),
            present: BTreeSet::new(),
            fresh: 0,
            context,
        }
    }

    fn item(&mut self, id_text: &str) -> Item {
        self.fresh += 1;
        Item { id: id(id_text), name: format!("name {}", self.fresh), count: self.fresh }
    }

    fn some_id(&mut self) -> String {
        format!("r{}", self.random.u32(0..8))
    }

    async fn ids(&self) -> BTreeSet<String> {
        let rows = self.items.list(&Query::new()).await.unwrap();
        rows.into_iter().map(|item| item.id.to_string()).collect()
    }

    /// The notices since the last call, each a step from the rows that the last one left.
    async fn notices(&mut self) -> Vec<Notice> {
        let mut notices = Vec::new();
        for event in waiting(&mut self.changes) {
            let change = match event {
                ChangeEvent::Row(change) => change,
                other => panic!("so few changes are told one by one: {other:?}"),
            };
            let text = change.id().to_string();
            let fits = match change.kind() {
                ChangeKind::Inserted => self.present.insert(text.clone()),
                ChangeKind::Updated => self.present.contains(&text),
                ChangeKind::Deleted => self.present.remove(&text),
                other => panic!("{other:?}"),
            };
            assert!(fits, "{change:?} follows on what was told before");
            notices.push((text, change.kind(), change.source()));
        }
        assert_eq!(self.present, self.ids().await, "the notices lead to what is stored");
        notices
    }

    /// One to three local writes in one transaction, or alone; gives what must be told of them.
    async fn write(&mut self) -> Vec<Notice> {
        let mut planned = self.present.clone();
        let (mut expected, mut writes) = (Vec::new(), Vec::new());
        for _ in 0..self.random.u32(1..4) {
            let text = self.some_id();
            let item = self.item(&text);
            let is_delete = self.random.bool();
            let kind = match (planned.contains(&text), is_delete) {
                (true, true) => ChangeKind::Deleted,
                (true, false) => ChangeKind::Updated,
                (false, _) => ChangeKind::Inserted,
            };
            if kind == ChangeKind::Deleted {
                planned.remove(&text)
            } else {
                planned.insert(text.clone())
            };
            expected.push((text, kind, ChangeSource::Local));
            writes.push((kind, item));
        }
        let fails = self.random.u32(0..4) == 0;
        let done = self.context.transaction(move |tx| {
            for (kind, item) in writes {
                match kind {
                    ChangeKind::Deleted => tx.delete::<Item>(&item.id)?,
                    ChangeKind::Inserted => drop(tx.insert(item)?),
                    _ => drop(tx.upsert(item)?),
                }
            }
            if fails { Err(synctable::Error::app(std::io::Error::other("changed my mind"))) } else { Ok(()) }
        });
        let done = done.await;
        assert_eq!(done.is_err(), fails, "{done:?}");
        if fails { Vec::new() } else { expected }
    }

    /// What another device does.
    fn elsewhere(&mut self) {
        let text = self.some_id();
        let item = self.item(&text);
        let is_delete = self.random.bool();
        self.world.server(|server| {
            if is_delete && server.live("item", &text).is_some() {
                server.delete("item", &text);
            } else {
                server.put("item", &text, json!({ "name": item.name, "count": item.count }));
            }
        });
    }

    /// What the next sync meets; at each request that comes through, the count is checked.
    fn meet(&mut self) {
        self.world.heal();
        let fault = match self.random.u32(0..10) {
            0 => Some(Meet::LostReply),
            1 => Some(Meet::LostRequest),
            2 => Some(Meet::Unsent),
            3 => Some(status(403)),
            4 => Some(status(500)),
            _ => None,
        };
        if let Some(fault) = fault {
            let (times, method) = (self.random.usize(1..5), ["*", "POST", "PATCH", "DELETE"][self.random.usize(0..4)]);
            self.world.times(times, method, "*", fault);
        }
        let context = self.context.clone();
        let check = work(move || {
            let context = context.clone();
            async move { count_holds(&context).await }
        });
        self.world.always("*", "*", Meet::ThenWork(check));
    }

    async fn push(&mut self) {
        self.meet();
        let report = self.context.push().await.unwrap();
        let events = waiting(&mut self.events);
        let count = |is: fn(&SyncEvent) -> bool| events.iter().filter(|event| is(event)).count();
        assert_eq!(count(|event| matches!(event, SyncEvent::OperationDone { .. })) as u64, report.done());
        assert_eq!(count(|event| matches!(event, SyncEvent::OperationFailed { .. })), report.failed().len());
        let changed = count(|event| matches!(event, SyncEvent::OperationChanged { .. }));
        assert_eq!(changed, report.changed_meanwhile().len());
        let conflicts = report.failed().iter().filter(|failed| failed.is_conflict()).count();
        assert_eq!(count(|event| matches!(event, SyncEvent::ConflictFound { .. })), conflicts);
        ends_once(&events);
    }

    async fn pull(&mut self) {
        self.meet();
        let before = self.context.counters();
        let report = self.items.pull(Item::pull("all").overlap(Duration::ZERO)).await.unwrap();
        let (mut applied, mut deleted) = (0, 0);
        let events = waiting(&mut self.events);
        for event in &events {
            if let SyncEvent::PagesApplied { applied: more, deleted: gone, .. } = event {
                (applied, deleted) = (applied + more, deleted + gone);
            }
        }
        assert_eq!((applied, deleted), (report.applied(), report.deleted()));
        ends_once(&events);
        let notices = self.notices().await;
        let of_pull = notices.iter().filter(|(_, _, source)| *source == ChangeSource::Pull).count();
        assert_eq!(of_pull as u64, report.applied() + report.deleted(), "one notice a row that changed: {notices:?}");
        let after = self.context.counters();
        assert_eq!(after.rows_applied - before.rows_applied, report.applied() + report.deleted());
    }

    async fn step(&mut self) {
        match self.random.u32(0..8) {
            0..=2 => {
                let expected = self.write().await;
                assert_eq!(self.notices().await, expected, "each local change once, in order, after the commit");
            }
            3 | 4 => self.elsewhere(),
            5 => self.push().await,
            6 => self.pull().await,
            _ => {
                let pending = self.context.pending().await.unwrap();
                if let Some(operation) = pending.first() {
                    self.context.discard(operation).await.unwrap();
                }
            }
        }
        self.notices().await;
        count_holds(&self.context).await;
    }
}

/// Each start has one end, after it, and what began last ends first.
fn ends_once(events: &[SyncEvent]) {
    let mut open = Vec::new();
    for event in events {
        match event {
            SyncEvent::PushStarted { .. } => open.push("push"),
            SyncEvent::PullStarted { .. } => open.push("pull"),
            SyncEvent::PushEnded { .. } => assert_eq!(open.pop(), Some("push"), "{events:?}"),
            SyncEvent::PullEnded { .. } => assert_eq!(open.pop(), Some("pull"), "{events:?}"),
            SyncEvent::Missed { .. } => panic!("so few events are all told"),
            _ => assert!(!open.is_empty(), "{event:?} lies in nothing"),
        }
    }
    assert!(open.is_empty(), "{events:?}");
}

async fn run(seed: u64, steps: usize, store: impl LocalStore) {
    let mut run = Run::new(seed, store).await;
    for _ in 0..steps {
        run.step().await;
    }
}

#[tokio::test(start_paused = true)]
async fn notices_events_and_counts_add_up_in_memory() {
    for seed in 0..60 {
        println!("seed {seed}");
        run(seed, 60, MemoryStore::new()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn notices_events_and_counts_add_up_in_sqlite() {
    for seed in 0..6 {
        println!("seed {seed}");
        run(seed, 60, SqliteStore::in_memory()).await;
    }
}
