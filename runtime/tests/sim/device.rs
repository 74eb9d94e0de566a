//! A device: a context over a store that outlives it, and what the app was promised.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use synctable::{
    Conflict, Error, Id, Pull, PullReport, Purge, PurgeReport, PushReport, Resolution, SyncContext, SyncReport,
    SyncTable, TableOptions, Transaction,
};

use crate::action::{self, Conflicts, Setup, Stamps, Work, Writers};
use crate::check::{Cause, Check, Checks, Debt, ensure, ordered};
use crate::history::By;
use crate::look::{ALL, Look};
use crate::net::{Net, Shared};
use crate::step::{Steps, at_once, pause};
use crate::store::{Place, Stepped};
use crate::tables::{Album, Cells, Content, Key, Kind, Track};

/// What a device has begun.
pub(crate) struct Job {
    pub(crate) work: Work,
    pub(crate) steps: Steps<Done>,
    /// What was pending at the call, if nothing was written and nothing else ran since.
    pub(crate) scope: Option<u64>,
}

/// How it ended.
pub(crate) enum Done {
    Push(Result<PushReport, Error>),
    Pull(Result<PullReport, Error>),
    Sync(Result<SyncReport, Error>),
}

/// A write with its row and values.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// With an id of the app, or one that the library makes.
    Insert(Kind, Option<String>, Content),
    Edit(Key, Content),
    Delete(Key),
}

pub(crate) struct Device {
    pub(crate) number: usize,
    pub(crate) place: Place,
    pub(crate) store: Stepped,
    pub(crate) context: SyncContext,
    pub(crate) jobs: Vec<Job>,
    pub(crate) look: Look,
    seen_writes: u64,
    pub(crate) debts: BTreeMap<Key, Debt>,
    /// The rows as the app wrote them last, where it alone decides; none: deleted.
    pub(crate) wanted: BTreeMap<Key, Option<Cells>>,
    /// Tables of which rows were dropped and the tokens kept.
    pub(crate) holed: BTreeSet<Kind>,
    /// Rows that the app has purged, or whose operations it has discarded.
    pub(crate) given_up: BTreeSet<Key>,
    net: Net,
    ids: Arc<AtomicU64>,
}

fn overlap(setup: &Setup) -> Duration {
    match setup.stamps {
        Stamps::Apart | Stamps::Alike => Duration::ZERO,
        Stamps::Swapped => Duration::from_secs(3),
    }
}

fn shaped<T: SyncTable>(pull: Pull<T>, setup: &Setup) -> Pull<T> {
    pull.page_size(setup.page_rows).overlap(overlap(setup))
}

/// Gives the table a handler, if the app of this world has one.
fn options<T: SyncTable + Clone>(table: TableOptions<T>, setup: &Setup, net: &Net) -> TableOptions<T> {
    if setup.conflicts != Conflicts::Handler {
        return table;
    }
    let asked = AtomicU64::new(0);
    let net = net.clone();
    table.resolve_with(move |conflict: Conflict<T>| {
        let asked = asked.fetch_add(1, Ordering::SeqCst);
        net.lock().tally.count("handler asked");
        async move {
            pause().await;
            match (asked % 4, conflict.local()) {
                (0, _) => Resolution::KeepLocal,
                (1, _) => Resolution::KeepRemote,
                (2, Some(local)) => Resolution::Merge(local.clone()),
                _ => Resolution::Defer,
            }
        }
    })
}

fn open(setup: &Setup, store: &Stepped, net: &Net, ids: &Arc<AtomicU64>) -> Result<SyncContext, String> {
    let ids = Arc::clone(ids);
    let mut builder = SyncContext::builder("https://server.example")
        .transport(net.clone())
        .clock(net.time.clone())
        .store(store.clone())
        .ids(move || Id::parse(&format!("new-{}", ids.fetch_add(1, Ordering::SeqCst))).unwrap())
        .table_with::<Album>(|table| options(table.pull(shaped(Album::pull(ALL), setup)), setup, net))
        .table_with::<Track>(|table| options(table.pull(shaped(Track::pull(ALL), setup)), setup, net))
        .push_lanes(setup.lanes);
    if let Conflicts::Policy(policy) = setup.conflicts {
        builder = builder.conflict_policy(policy);
    }
    if !setup.is_untold {
        builder = builder.dialect(setup.dialect);
    }
    let opened = at_once(builder.open()).ok_or("opening waits for something")?;
    opened.map_err(|error| format!("the store cannot be opened: {error}"))
}

impl Device {
    pub(crate) fn new(setup: &Setup, number: usize, mut place: Place, net: Net) -> Result<Self, String> {
        let store = Stepped::open(&mut place);
        let ids = Arc::new(AtomicU64::new(number as u64 * 1000));
        let context = open(setup, &store, &net, &ids)?;
        let look = Look::at(&store)?;
        Ok(Self {
            number,
            place,
            seen_writes: store.writes(),
            store,
            context,
            jobs: Vec::new(),
            look,
            debts: BTreeMap::new(),
            wanted: BTreeMap::new(),
            holed: BTreeSet::new(),
            given_up: BTreeSet::new(),
            net,
            ids,
        })
    }

    /// The process ends, whatever it was doing, and another opens what it has stored.
    pub(crate) fn restart(&mut self, setup: &Setup) -> Check {
        self.jobs.clear();
        let nothing = Stepped::open(&mut Place::Memory(synctable::MemoryStore::new()));
        // The file is let go before it is opened again.
        self.context = open(setup, &nothing, &self.net, &self.ids)?;
        self.store = nothing;
        self.store = Stepped::open(&mut self.place);
        self.context = open(setup, &self.store, &self.net, &self.ids)?;
        let now = Look::at(&self.store)?;
        ensure!(
            now == self.look,
            "device {}: the store is another after a restart: {:?} {now:?}",
            self.number,
            self.look
        );
        self.seen_writes = self.store.writes();
        Ok(())
    }

    pub(crate) fn start(&mut self, setup: &Setup, work: Work) {
        let is_alone = self.jobs.is_empty();
        self.disturb();
        let context = self.context.clone();
        let setup = setup.clone();
        let steps = Steps::new(async move {
            match work {
                Work::Push => Done::Push(context.push().await),
                Work::Pull(Kind::Album) => {
                    Done::Pull(context.table::<Album>().pull(shaped(Album::pull(ALL), &setup)).await)
                }
                Work::Pull(Kind::Track) => {
                    Done::Pull(context.table::<Track>().pull(shaped(Track::pull(ALL), &setup)).await)
                }
                Work::PullSome => {
                    let some = Album::pull("some").filter(|album| album.stars.gt(3));
                    Done::Pull(context.table::<Album>().pull(shaped(some, &setup)).await)
                }
                Work::PullWhole(Kind::Album) => {
                    Done::Pull(context.table::<Album>().pull(shaped(Album::full_pull(), &setup)).await)
                }
                Work::PullWhole(Kind::Track) => {
                    Done::Pull(context.table::<Track>().pull(shaped(Track::full_pull(), &setup)).await)
                }
                Work::Sync => Done::Sync(context.sync().await),
            }
        });
        self.jobs.push(Job { work, steps, scope: is_alone.then_some(self.look.pending) });
    }

    /// Something happens beside what runs: what it had in scope is no longer known.
    pub(crate) fn disturb(&mut self) {
        for job in &mut self.jobs {
            job.scope = None;
        }
    }

    /// Runs the app's writes in one transaction.
    pub(crate) fn write(&mut self, changes: Vec<Change>, ending: action::Ending) -> Result<Result<(), Error>, String> {
        self.disturb();
        let work = move |tx: &mut Transaction<'_>| {
            for change in changes {
                run(tx, change)?;
            }
            match ending {
                action::Ending::Commit => Ok(()),
                action::Ending::Fail => Err(Error::new(synctable::ErrorKind::App, "the app thought better of it")),
            }
        };
        at_once(self.context.transaction(work)).ok_or_else(|| "a local write waits for something".to_owned())
    }

    pub(crate) fn purge(&mut self, kind: Kind, how: action::Purge) -> Result<Result<PurgeReport, Error>, String> {
        self.disturb();
        fn shape<T: SyncTable>(how: action::Purge) -> Purge<T> {
            match how {
                action::Purge::Fail => Purge::new(),
                action::Purge::Keep => Purge::new().keep_pending(),
                action::Purge::Discard => Purge::new().discard_pending(),
                action::Purge::KeepTokens => Purge::new().keep_pending().keep_tokens(),
            }
        }
        let purged = match kind {
            Kind::Album => at_once(self.context.table::<Album>().purge(shape(how))),
            Kind::Track => at_once(self.context.table::<Track>().purge(shape(how))),
        };
        purged.ok_or_else(|| "a purge waits for something".to_owned())
    }

    /// Rows whose conflicts may end without what this device has written: those that others wrote, and
    /// those with which it may be in conflict itself, since it had given them up.
    pub(crate) fn yielding(&self, shared: &Shared, setup: &Setup) -> BTreeSet<Key> {
        if !setup.conflicts.may_give_way() {
            return BTreeSet::new();
        }
        let is_strange = |key: &Key| {
            shared.history.states(key).iter().any(|state| state.by != By::Device(self.number))
                || self.given_up.contains(key)
                || shared.is_haunted(&format!("{}/{}", key.0.name(), key.1))
        };
        self.debts.keys().filter(|key| is_strange(key)).cloned().collect()
    }

    /// Looks at the store if there was a commit, and checks what must hold.
    pub(crate) fn look(&mut self, cause: Cause, setup: &Setup) -> Check {
        if self.store.writes() == self.seen_writes {
            return Ok(());
        }
        self.seen_writes = self.store.writes();
        let now = Look::at(&self.store)?;
        let before = std::mem::replace(&mut self.look, now);
        let shared = self.net.lock();
        let is_alone = setup.writers == Writers::One;
        let yielding = self.yielding(&shared, setup);
        let checks =
            Checks { device: self.number, history: &shared.history, is_alone, conflicts: setup.conflicts, yielding };
        let checked = (|| {
            checks.consistent(&before, &self.look)?;
            ordered(&before, &self.look)?;
            if cause == Cause::Sync {
                checks.pending_kept(&before, &self.look)?;
                checks.kept(&mut self.debts, &self.look)?;
                for kind in Kind::ALL {
                    if setup.stamps != Stamps::Swapped && !self.holed.contains(&kind) {
                        checks.covered(kind, &before, &self.look)?;
                    }
                }
                if is_alone {
                    for (key, cells) in &self.wanted {
                        let row = self.look.cells(key);
                        ensure!(row == cells.as_ref(), "{key:?} was written as {cells:?} and is {row:?}");
                    }
                }
            }
            Ok(())
        })();
        checked.map_err(|text: String| format!("device {}: {text}", self.number))
    }
}

fn run(tx: &mut Transaction<'_>, change: Change) -> Result<(), Error> {
    let id = |text: &str| Id::parse(text).unwrap();
    match change {
        Change::Insert(kind, name, content) => {
            let id = name.as_deref().map(id).unwrap_or_default();
            match kind {
                Kind::Album => tx.insert(content.album(id)).map(drop),
                Kind::Track => tx.insert(content.track(id)).map(drop),
            }
        }
        Change::Edit((Kind::Album, key), content) => {
            tx.edit::<Album>(&id(&key), |album| content.change_album(album)).map(drop)
        }
        Change::Edit((Kind::Track, key), content) => {
            tx.edit::<Track>(&id(&key), |track| content.change_track(track)).map(drop)
        }
        Change::Delete((Kind::Album, key)) => tx.delete::<Album>(&id(&key)),
        Change::Delete((Kind::Track, key)) => tx.delete::<Track>(&id(&key)),
    }
}
