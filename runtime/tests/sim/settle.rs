//! The end of a sequence: the faults stop, every device syncs until nothing happens any more, and
//! all must have the same rows.

use std::time::Duration;

use synctable::store::entry::FailureKind;

use crate::action::Work;
use crate::check::{Check, ensure};
use crate::history::By;
use crate::look::Look;
use crate::tables::{Kind, Rows, cells};
use crate::world::World;

/// Rounds after which a world without faults must be quiet.
const ROUNDS: u32 = 12;

impl World {
    pub(crate) fn settle(&mut self) -> Check {
        self.lock().tell(|| "the faults stop".to_owned());
        for round in 0.. {
            ensure!(round < ROUNDS, "no quiet after {ROUNDS} rounds: {:?}", self.looks());
            // Longer than any wait of the queue.
            self.time.pass(Duration::from_secs(2 * 3600));
            {
                let mut shared = self.lock();
                shared.meets.clear();
                shared.batch_meets.clear();
                while !shared.late.is_empty() {
                    shared.arrive_late(0);
                }
            }
            let clock = self.lock().server.clock;
            for device in 0..self.devices.len() {
                self.settle_device(device)?;
            }
            let is_quiet = self.devices.iter().all(|device| device.look.entries.is_empty());
            if round > 0 && is_quiet && self.lock().server.clock == clock {
                break;
            }
        }
        self.compare()?;
        self.pull_again()
    }

    fn settle_device(&mut self, device: usize) -> Check {
        self.finish(device)?;
        self.start(device, Work::Push);
        self.finish(device)?;
        // The app decides what the queue cannot.
        loop {
            let stuck = self.devices[device].look.entries.values().filter(|entry| !entry.discarded).position(|entry| {
                let kind = entry.failure.as_ref().map(|failure| failure.kind);
                matches!(kind, Some(FailureKind::Conflict | FailureKind::SetAside))
            });
            let Some(_) = stuck else { break };
            let mut entries: Vec<_> = self.devices[device].look.entries.values().collect();
            entries.sort_by_key(|entry| entry.sequence);
            let place = entries.iter().position(|entry| {
                let kind = entry.failure.as_ref().map(|failure| failure.kind);
                matches!(kind, Some(FailureKind::Conflict | FailureKind::SetAside))
            });
            let Some(place) = place else { break };
            self.lock().tell(|| format!("  device {device} discards operation {place}"));
            self.discard(device, place)?;
        }
        for kind in Kind::ALL {
            let is_holed = self.devices[device].holed.contains(&kind);
            self.start(device, if is_holed { Work::PullWhole(kind) } else { Work::Pull(kind) });
            self.finish(device)?;
        }
        Ok(())
    }

    fn looks(&self) -> Vec<&Look> {
        self.devices.iter().map(|device| &device.look).collect()
    }

    /// Every device has the server's live rows, and the server has what was acknowledged.
    fn compare(&mut self) -> Check {
        let rows: Rows = {
            let shared = self.lock();
            let live = shared.server.rows.iter().filter(|(_, row)| !row.deleted);
            let of = |((table, id), row): (&(String, String), &crate::server::Stored)| {
                let kind = Kind::named(table)?;
                Some(((kind, id.clone()), cells(kind, id, &row.members)))
            };
            live.filter_map(of).collect()
        };
        for device in &self.devices {
            let visible = device.look.visible();
            ensure!(visible == rows, "device {} has {visible:?}, the server {rows:?}", device.number);
            for (key, row) in &device.look.rows {
                let version = self.lock().history.states(key).last().map(|state| state.version.clone());
                ensure!(row.version == version, "device {}: {key:?} has version {:?}", device.number, row.version);
            }
            for (key, wanted) in &device.wanted {
                ensure!(rows.get(key) == wanted.as_ref(), "{key:?} was written as {wanted:?}: {:?}", rows.get(key));
            }
        }
        for device in 0..self.devices.len() {
            let shared = self.lock();
            let device = &self.devices[device];
            let yielding = device.yielding(&shared, &self.setup);
            for (key, debt) in device.debts.iter().filter(|(key, _)| !yielding.contains(*key)) {
                let is_paid = shared.history.is_paid(key, debt, By::Device(device.number));
                ensure!(is_paid, "device {}: lost for ever: {debt:?} of {key:?}", device.number);
            }
        }
        Ok(())
    }

    /// A pull of what is there already applies nothing and moves no token back.
    fn pull_again(&mut self) -> Check {
        for device in 0..self.devices.len() {
            let before = self.devices[device].look.clone();
            for kind in Kind::ALL {
                self.start(device, Work::Pull(kind));
                self.finish(device)?;
            }
            let now = &self.devices[device].look;
            ensure!(now.rows == before.rows, "device {device}: a pull of nothing new changed rows: {now:?}");
            ensure!(now.entries.is_empty(), "device {device}: a pull of nothing new queued something: {now:?}");
            for kind in Kind::ALL {
                ensure!(now.token(kind) >= before.token(kind), "device {device}: a token went back");
            }
        }
        Ok(())
    }
}
