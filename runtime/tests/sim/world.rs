//! Runs a sequence: one server, the devices, and what happens to them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use synctable::store::entry::Base;
use synctable::{Error, ErrorKind, MemoryStore, PullReport, PushReport, Value};
use tempfile::TempDir;

use crate::action::{
    Action, Columns, Conflicts, Ending, Fill, Purge, Sequence, Setup, Stamps, Stores, Work, Write, Writers,
};
use crate::check::{Cause, Check, Debt, ensure};
use crate::clock::Time;
use crate::device::{Change, Device, Done};
use crate::history::By;
use crate::look::Look;
use crate::net::{Net, Shared};
use crate::server::Server;
use crate::step::at_once;
use crate::store::Place;
use crate::tables::{Content, Key, Kind, cells, members};
use crate::tally::Tally;

/// Steps after which a device that is not disturbed must have ended what it began.
const STEPS: u32 = 20_000;
/// The most that a device does at once.
const JOBS: usize = 3;

/// What the server has besides the plain protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extensions {
    None,
    Keys,
    /// Batches of so many operations, and keys.
    Batches(u32),
}

pub(crate) struct World {
    pub(crate) setup: Setup,
    pub(crate) shared: Arc<Mutex<Shared>>,
    pub(crate) time: Time,
    pub(crate) devices: Vec<Device>,
    /// Values given so far.
    values: i64,
    _folder: Option<TempDir>,
}

/// Runs a sequence to its end; the text says what did not hold.
pub(crate) fn run(
    sequence: &Sequence,
    extensions: Extensions,
    tally: &mut Tally,
    trace: &mut Option<Vec<String>>,
) -> Check {
    let mut world = World::new(&sequence.setup, extensions)?;
    match extensions {
        Extensions::None => {}
        Extensions::Keys => world.count("world of keys"),
        Extensions::Batches(_) => world.count("world of batches"),
    }
    world.lock().trace = trace.take();
    if sequence.setup.stores == Stores::Files {
        world.count("world of files");
    }
    if sequence.setup.lanes > 1 {
        world.count("world of several lanes");
    }
    if let Conflicts::Policy(_) = sequence.setup.conflicts {
        world.count("world of a policy");
    }
    let done = sequence.actions.iter().try_for_each(|action| world.act(action)).and_then(|()| world.settle());
    for device in &mut world.devices {
        device.jobs.clear();
    }
    let replayed = world.lock().server.extensions.as_ref().map_or(0, |(_, keys)| keys.replayed);
    for _ in 0..replayed {
        world.count("answer replayed");
    }
    let mut shared = world.lock();
    tally.join(&shared.tally);
    *trace = shared.trace.take();
    done
}

impl World {
    fn new(setup: &Setup, extensions: Extensions) -> Result<Self, String> {
        let mut server = Server::new(setup.dialect);
        match extensions {
            Extensions::None => {}
            Extensions::Keys => server.knows_keys(),
            Extensions::Batches(operations) => server.knows_batches_of(operations),
        }
        server.stamp = match setup.stamps {
            Stamps::Apart => |clock| clock,
            Stamps::Alike => |clock| clock / 4,
            Stamps::Swapped => |clock| clock ^ 1,
        };
        let mut shared = Shared::new(server);
        shared.may_refuse_delayed = setup.writers == Writers::All;
        let shared = Arc::new(Mutex::new(shared));
        let time = Time::new();
        let folder = match setup.stores {
            Stores::Memory => None,
            Stores::Files => Some(tempfile::tempdir().map_err(|error| error.to_string())?),
        };
        let mut devices = Vec::new();
        for device in 0..setup.devices {
            let place = match &folder {
                None => Place::Memory(MemoryStore::new()),
                Some(folder) => Place::File(folder.path().join(format!("{device}.db"))),
            };
            let net = Net { shared: Arc::clone(&shared), time: time.clone(), device };
            devices.push(Device::new(setup, device, place, net)?);
        }
        Ok(Self { setup: setup.clone(), shared, time, devices, values: 0, _folder: folder })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_alone(&self) -> bool {
        self.setup.writers == Writers::One
    }

    pub(crate) fn count(&self, what: &'static str) {
        self.lock().tally.count(what);
    }

    fn act(&mut self, action: &Action) -> Check {
        self.lock().tell(|| format!("{action:?}"));
        let number = |device: &usize| device % self.setup.devices;
        match action {
            Action::Write(device, writes, ending) => self.write(number(device), writes, *ending),
            Action::Start(device, work, meets, batches) => {
                let device = number(device);
                let mut shared = self.lock();
                shared.meets.entry(device).or_default().extend(meets);
                shared.batch_meets.entry(device).or_default().extend(batches);
                drop(shared);
                if self.devices[device].jobs.len() < JOBS {
                    self.start(device, *work);
                }
                Ok(())
            }
            Action::Step(device, job, steps) => {
                let device = number(device);
                if !self.devices[device].jobs.is_empty() {
                    let job = job % self.devices[device].jobs.len();
                    for _ in 0..*steps {
                        if !self.step(device, job)? {
                            break;
                        }
                    }
                }
                Ok(())
            }
            Action::Finish(device) => self.finish(number(device)),
            Action::Cancel(device, job) => {
                let device = &mut self.devices[number(device)];
                if !device.jobs.is_empty() {
                    let job = job % device.jobs.len();
                    device.jobs.remove(job);
                    device.disturb();
                    self.count("future dropped");
                }
                Ok(())
            }
            Action::Restart(device) => {
                let device = number(device);
                let is_busy = !self.devices[device].jobs.is_empty();
                self.count(if is_busy { "restart amid work" } else { "restart at rest" });
                let setup = self.setup.clone();
                self.devices[device].restart(&setup)
            }
            Action::Arrive(place) => {
                let mut shared = self.lock();
                if !shared.late.is_empty() {
                    let place = place % shared.late.len();
                    shared.arrive_late(place);
                }
                Ok(())
            }
            Action::Stranger(write) => {
                self.stranger(*write);
                Ok(())
            }
            Action::Forget => {
                let mut shared = self.lock();
                if let Some((_, keys)) = &mut shared.server.extensions {
                    keys.forget();
                    shared.tally.count("server forgets what it has answered");
                }
                Ok(())
            }
            Action::Pass(seconds) => {
                self.time.pass(Duration::from_secs(*seconds));
                Ok(())
            }
            Action::Discard(device, place) => {
                let device = number(device);
                self.discard(device, *place)
            }
            Action::Purge(device, kind, how) => self.purge(number(device), *kind, *how),
        }
    }

    pub(crate) fn start(&mut self, device: usize, work: Work) {
        let setup = self.setup.clone();
        self.devices[device].start(&setup, work);
        self.count(match work {
            Work::Push => "push begun",
            Work::Pull(_) => "pull begun",
            Work::PullSome => "pull with a filter begun",
            Work::PullWhole(_) => "whole pull begun",
            Work::Sync => "sync begun",
        });
    }

    /// One step of a job; false if it has ended, or waits for another.
    fn step(&mut self, device: usize, job: usize) -> Result<bool, String> {
        if !self.devices[device].jobs[job].steps.is_awake() {
            let is_woken = self.time.end_first_wait() && self.devices[device].jobs[job].steps.is_awake();
            if !is_woken {
                return Ok(false);
            }
        }
        let done = self.devices[device].jobs[job].steps.step();
        self.look(device, Cause::Sync)?;
        let Some(done) = done else { return Ok(true) };
        let job = self.devices[device].jobs.remove(job);
        self.ended(device, &job.work, job.scope, done)?;
        Ok(false)
    }

    /// Lets all that a device has begun come to its end.
    pub(crate) fn finish(&mut self, device: usize) -> Check {
        for _ in 0..STEPS {
            let jobs = &self.devices[device].jobs;
            if jobs.is_empty() {
                return Ok(());
            }
            if let Some(job) = jobs.iter().position(|job| job.steps.is_awake()) {
                self.step(device, job)?;
            } else if !self.time.end_first_wait() {
                let works: Vec<_> = jobs.iter().map(|job| job.work).collect();
                return Err(format!("device {device}: {works:?} wait for nothing"));
            }
        }
        let works: Vec<_> = self.devices[device].jobs.iter().map(|job| job.work).collect();
        Err(format!("device {device}: no end of {works:?} after {STEPS} steps"))
    }

    /// Checks a device after something happened to it.
    pub(crate) fn look(&mut self, device: usize, cause: Cause) -> Check {
        let entries_before: Vec<Key> = self.devices[device].look.entries.keys().cloned().collect();
        self.devices[device].look(cause, &self.setup)?;
        let mut shared = self.lock();
        let sent = shared.sent.remove(&device).unwrap_or_default();
        for row in sent {
            let is_entry = |key: &Key| format!("{}/{}", key.0.name(), key.1) == row;
            let is_queued =
                entries_before.iter().any(is_entry) || self.devices[device].look.entries.keys().any(is_entry);
            ensure!(is_queued, "device {device}: {row} was sent and is not queued");
        }
        shared.broken.take().map_or(Ok(()), Err)
    }

    fn ended(&mut self, device: usize, work: &Work, scope: Option<u64>, done: Done) -> Check {
        let text = match &done {
            Done::Push(result) => format!("{result:?}"),
            Done::Pull(result) => format!("{result:?}"),
            Done::Sync(result) => format!("{result:?}"),
        };
        self.lock().tell(|| format!("  device {device}: {work:?} ended: {text}"));
        let failed = |error: Error| format!("device {device}: {work:?} failed: {error}");
        match done {
            Done::Push(report) => self.pushed(device, &report.map_err(failed)?, scope),
            Done::Pull(report) => self.pulled(device, &report.map_err(failed)?, scope),
            Done::Sync(report) => {
                let report = report.map_err(failed)?;
                self.pushed(device, report.push(), scope)
            }
        }
    }

    fn pulled(&mut self, device: usize, report: &PullReport, scope: Option<u64>) -> Check {
        if report.protected() > 0 {
            self.count("pull met a pending row");
        }
        if report.requests() > 2 {
            self.count("pull of several pages");
        }
        report.push().map_or(Ok(()), |push| self.pushed(device, push, scope))
    }

    /// The report tells each entry once, and no conflict if nobody else writes.
    fn pushed(&mut self, device: usize, report: &PushReport, scope: Option<u64>) -> Check {
        if report.stopped_by().is_some() {
            self.count("push stopped");
        }
        if !report.changed_meanwhile().is_empty() {
            self.count("row changed while it was sent");
        }
        let mut told: Vec<(String, String)> = Vec::new();
        told.extend(report.failed().iter().map(|failed| (failed.table().to_owned(), failed.id().to_string())));
        told.extend(report.changed_meanwhile().iter().map(|(table, id)| (table.clone(), id.to_string())));
        told.extend(report.not_attempted().iter().map(|other| (other.table().to_owned(), other.id().to_string())));
        let count = told.len();
        told.sort();
        told.dedup();
        ensure!(told.len() == count, "device {device}: an operation is told twice: {report:?}");
        if let Some(scope) = scope {
            self.count("report compared with its scope");
            ensure!(
                report.done() + count as u64 == scope,
                "device {device}: {scope} operations were in scope: {report:?}"
            );
        }
        for failed in report.failed() {
            if failed.is_conflict() {
                ensure!(!self.is_alone(), "device {device}: a conflict, though nobody else writes: {failed:?}");
                self.count("conflict");
            }
        }
        Ok(())
    }

    fn fill(&mut self, device: usize, kind: Kind, fill: Fill) -> Content {
        let number = fill.common.map_or_else(
            || {
                self.values += 1;
                100 + self.values
            },
            i64::from,
        );
        let albums = self.devices[device].look.keys(Kind::Album);
        let parent = albums.get(fill.parent).map_or(Value::Null, |(_, id)| Value::Text(id.clone()));
        let parent = (kind == Kind::Track).then_some(parent);
        Content { text: Some(format!("text {number}")), number: Some(number), parent }
    }

    fn plan(&mut self, device: usize, write: Write) -> Option<Change> {
        let name = |kind: Kind, name: usize| format!("{}{name}", kind.name());
        let place = |look: &Look, kind: Kind, place: usize| {
            let keys = look.keys(kind);
            (!keys.is_empty()).then(|| keys[place % keys.len()].clone())
        };
        Some(match write {
            Write::InsertNamed(kind, number, fill) => {
                Change::Insert(kind, Some(name(kind, number)), self.fill(device, kind, fill))
            }
            Write::InsertNew(kind, fill) => Change::Insert(kind, None, self.fill(device, kind, fill)),
            Write::Edit(kind, number, fill, columns) => {
                let key = place(&self.devices[device].look, kind, number)?;
                let whole = self.fill(device, kind, fill);
                let content = match columns {
                    Columns::Text => Content { text: whole.text, ..Content::default() },
                    Columns::Number => Content { number: whole.number, ..Content::default() },
                    Columns::Both => Content { parent: None, ..whole },
                    Columns::Parent => Content { parent: whole.parent, ..Content::default() },
                };
                Change::Edit(key, content)
            }
            Write::Revert(kind, number) => {
                let look = &self.devices[device].look;
                let key = place(look, kind, number)?;
                let Base::Row(base) = &look.entries.get(&key)?.base else { return None };
                Change::Edit(key, Content::of(kind, &base.values))
            }
            Write::Delete(kind, number) => Change::Delete(place(&self.devices[device].look, kind, number)?),
        })
    }

    /// The app of a device writes; what it is told is remembered.
    fn write(&mut self, device: usize, writes: &[Write], ending: Ending) -> Check {
        if self.is_alone() && device != 0 {
            return Ok(());
        }
        let mut changes = Vec::new();
        for write in writes {
            let change = self.plan(device, *write);
            let is_haunted = match &change {
                Some(Change::Insert(kind, Some(id), _)) => self.lock().is_haunted(&format!("{}/{id}", kind.name())),
                _ => false,
            };
            if !(is_haunted && self.is_alone()) {
                changes.extend(change);
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        let before = self.devices[device].look.clone();
        // What the writes make of the rows, and whether one is refused.
        let mut rows = before.visible();
        let mut refusal = None;
        for change in &changes {
            match change {
                Change::Insert(kind, Some(id), _) if rows.contains_key(&(*kind, id.clone())) => {
                    refusal.get_or_insert(ErrorKind::Exists);
                }
                Change::Insert(kind, Some(id), content) => {
                    let mut cells = vec![Value::Null; kind.schema().columns().len()];
                    cells[0] = Value::Text(id.clone());
                    content.over(*kind, &mut cells);
                    rows.insert((*kind, id.clone()), cells);
                }
                Change::Insert(_, None, _) => {}
                // An edit of a row that is gone does nothing.
                Change::Edit(key, content) => {
                    if let Some(cells) = rows.get_mut(key) {
                        content.over(key.0, cells);
                    }
                }
                Change::Delete(key) => {
                    if rows.remove(key).is_none() {
                        refusal.get_or_insert(ErrorKind::NotFound);
                    }
                }
            }
        }
        let refusal = refusal.or((ending == Ending::Fail).then_some(ErrorKind::App));
        let is_busy = !self.devices[device].jobs.is_empty();
        let written = self.devices[device].write(changes, ending)?;
        self.look(device, Cause::App)?;
        let now = self.devices[device].look.clone();
        if let Some(refusal) = refusal {
            let Err(error) = written else { return Err(format!("device {device}: {refusal:?} was expected")) };
            ensure!(error.kind() == refusal, "device {device}: {refusal:?} was expected: {error}");
            ensure!(now == before, "device {device}: a refused write changed the store: {before:?} {now:?}");
            self.count("write refused");
            return Ok(());
        }
        written.map_err(|error| format!("device {device}: a write was refused: {error}"))?;
        self.count(if is_busy { "write beside sync" } else { "write" });
        for (key, cells) in &rows {
            ensure!(now.cells(key) == Some(cells), "device {device}: {key:?} should be {cells:?}: {now:?}");
        }
        self.owe(device, &before, &now);
        Ok(())
    }

    /// Remembers what a write was acknowledged for.
    fn owe(&mut self, device: usize, before: &Look, now: &Look) {
        let clock = self.lock().server.clock;
        let is_alone = self.is_alone();
        let device = &mut self.devices[device];
        for (key, row) in &now.rows {
            let was = before.cells(key);
            if was == Some(&row.cells) {
                continue;
            }
            let changed: BTreeMap<usize, Value> = (1..row.cells.len())
                .filter(|&column| was.is_none_or(|was| was[column] != row.cells[column]))
                .map(|column| (column, row.cells[column].clone()))
                .collect();
            match device.debts.get_mut(key) {
                Some(Debt::Values(values)) if was.is_some() => values.extend(changed),
                _ => drop(device.debts.insert(key.clone(), Debt::Values(changed))),
            }
            if is_alone && (was.is_none() || device.wanted.contains_key(key)) {
                device.wanted.insert(key.clone(), Some(row.cells.clone()));
            }
        }
        for key in before.rows.keys().filter(|key| !now.rows.contains_key(*key)) {
            let debt = match now.entries.get(key) {
                Some(entry) if matches!(entry.base, Base::Row(_)) => Some(Debt::Absent(clock)),
                // A discard waits for the truth, and what is wished is what it has shown: the truth holds.
                Some(entry) if entry.sent && !entry.discarded => Some(Debt::Unmade(clock)),
                // Nothing is owed of a row that the server was never asked for.
                _ => None,
            };
            device.debts.remove(key);
            device.debts.extend(debt.map(|debt| (key.clone(), debt)));
            let is_discarded = now.entries.get(key).is_some_and(|entry| entry.discarded);
            if is_alone && is_discarded {
                device.wanted.remove(key);
            } else if is_alone {
                device.wanted.insert(key.clone(), None);
            }
        }
    }

    /// What the app has given up is owed no longer.
    fn forgive(&mut self, device: usize, key: &Key) {
        let device = &mut self.devices[device];
        device.given_up.insert(key.clone());
        device.debts.remove(key);
        device.wanted.remove(key);
    }

    fn stranger(&mut self, write: Write) {
        if self.is_alone() {
            return;
        }
        let mut shared = self.lock();
        let rows: Vec<Key> = shared
            .history
            .rows()
            .filter(|(_, states)| states.last().is_some_and(|state| state.live))
            .map(|(key, _)| key.clone())
            .collect();
        let pick = |kind: Kind, place: usize| {
            let rows: Vec<&Key> = rows.iter().filter(|(of, _)| *of == kind).collect();
            (!rows.is_empty()).then(|| rows[place % rows.len()].clone())
        };
        drop(shared);
        let what = match write {
            Write::InsertNamed(kind, name, fill) => {
                let content = self.fill(0, kind, fill);
                let id = format!("{}{name}", kind.name());
                let mut row = vec![Value::Null; kind.schema().columns().len()];
                content.over(kind, &mut row);
                shared = self.lock();
                shared.server.put(kind.name(), &id, members(kind, &row).into());
                "stranger puts a row"
            }
            Write::Edit(kind, place, fill, columns) => {
                let Some((_, id)) = pick(kind, place) else { return };
                let content = self.fill(0, kind, fill);
                shared = self.lock();
                let mut row = shared.server.live(kind.name(), &id).map(|row| cells(kind, &id, row)).unwrap();
                let content = match columns {
                    Columns::Text => Content { number: None, parent: None, ..content },
                    Columns::Number => Content { text: None, parent: None, ..content },
                    Columns::Both | Columns::Parent => content,
                };
                content.over(kind, &mut row);
                shared.server.put(kind.name(), &id, members(kind, &row).into());
                "stranger changes a row"
            }
            Write::Delete(kind, place) => {
                let Some((_, id)) = pick(kind, place) else { return };
                shared = self.lock();
                shared.server.delete(kind.name(), &id);
                "stranger deletes a row"
            }
            Write::Revert(kind, place) => {
                shared = self.lock();
                let gone = shared.history.rows().filter(|((of, _), _)| *of == kind);
                let gone: Vec<String> = gone
                    .filter(|(_, states)| states.last().is_some_and(|state| !state.live))
                    .map(|((_, id), _)| id.clone())
                    .collect();
                if gone.is_empty() {
                    return;
                }
                shared.server.change(kind.name(), &gone[place % gone.len()], serde_json::json!({}));
                "stranger brings a row back"
            }
            Write::InsertNew(..) => return,
        };
        let shared = &mut *shared;
        shared.tally.count(what);
        shared.history.note(&shared.server, By::Stranger);
    }

    pub(crate) fn discard(&mut self, device: usize, place: usize) -> Check {
        let context = self.devices[device].context.clone();
        let pending = at_once(context.pending()).ok_or("a list waits for something")?;
        let pending = pending.map_err(|error| error.to_string())?;
        if pending.is_empty() {
            return Ok(());
        }
        let operation = &pending[place % pending.len()];
        let Some(kind) = Kind::named(operation.table()) else { return Ok(()) };
        self.count(if operation.is_unanswered() { "discard of what was sent" } else { "discard" });
        self.devices[device].disturb();
        let discarded = at_once(context.discard(operation)).ok_or("a discard waits for something")?;
        discarded.map_err(|error| format!("device {device}: the discard was refused: {error}"))?;
        self.forgive(device, &(kind, operation.id().to_string()));
        self.look(device, Cause::App)
    }

    fn purge(&mut self, device: usize, kind: Kind, how: Purge) -> Check {
        let pulls = self.devices[device].jobs.iter().any(|job| job.work != Work::Push);
        // A purge waits for a pull. And what the only writer has dropped it may insert, against itself.
        if pulls || (self.is_alone() && device == 0) {
            return Ok(());
        }
        let before = self.devices[device].look.clone();
        let is_pending = before.entries.keys().any(|key| key.0 == kind);
        let purged = self.devices[device].purge(kind, how)?;
        self.look(device, Cause::App)?;
        let now = self.devices[device].look.clone();
        match purged {
            Err(error) => {
                let is_rightly = how == Purge::Fail && is_pending && error.kind() == ErrorKind::Pending;
                ensure!(is_rightly, "device {device}: the purge failed: {error}");
                ensure!(now == before, "device {device}: a refused purge changed the store: {before:?} {now:?}");
                self.count("purge refused");
            }
            Ok(_) => {
                self.count(if is_pending { "purge beside pending rows" } else { "purge" });
                ensure!(how != Purge::Fail || !is_pending, "device {device}: the purge did not see what is pending");
                let others = |look: &Look| {
                    let entries = look.entries.iter().filter(|((of, _), _)| *of != kind || how != Purge::Discard);
                    entries.map(|(key, entry)| (key.clone(), entry.clone())).collect::<Vec<_>>()
                };
                ensure!(others(&before) == others(&now), "device {device}: the purge dropped other operations");
                for key in before.rows.keys().chain(before.entries.keys()).filter(|key| key.0 == kind) {
                    let is_kept = how != Purge::Discard && now.entries.contains_key(key);
                    if !is_kept {
                        self.forgive(device, key);
                    }
                }
                if how == Purge::KeepTokens && before.rows != now.rows {
                    self.devices[device].holed.insert(kind);
                }
            }
        }
        Ok(())
    }
}
