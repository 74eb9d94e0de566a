//! The lease: one process at a time pushes from a store (queue.md 3).

use std::time::Duration;

use crate::error::Error;
use crate::store::system::key;
use crate::store::{StoreRead, StoreWrite};
use crate::value::Timestamp;

/// How far ahead the lease reaches.
const TERM: Duration = Duration::from_secs(60);
/// How long a lease may go unrenewed while a request is waited for.
pub(crate) const RENEWAL: Duration = Duration::from_secs(20);
/// A lease with less than this used up is not written again: every commit would dirty one page more.
const FRESH: Duration = Duration::from_secs(5);

/// The right to push, held under a random name.
#[derive(Debug, Clone)]
pub(crate) struct Lease {
    holder: String,
}

impl Lease {
    pub(crate) fn new() -> Self {
        Self { holder: uuid::Uuid::now_v7().to_string() }
    }

    /// Takes the lease if nobody holds it, the holder's term is over, or the clock cannot be
    /// believed; `alone`: no other process can be pushing.
    pub(crate) fn take(&self, tx: &mut dyn StoreWrite, now: Timestamp, alone: bool) -> Result<bool, Error> {
        if let Some((holder, until)) = read(tx)? {
            let held = until > now && until <= now.saturating_add(TERM);
            if held && !alone && holder != self.holder {
                return Ok(false);
            }
        }
        self.write(tx, now)?;
        Ok(true)
    }

    /// Renews the lease inside a commit; false if another took it meanwhile.
    pub(crate) fn renew(&self, tx: &mut dyn StoreWrite, now: Timestamp) -> Result<bool, Error> {
        match read(tx)? {
            Some((holder, until)) if holder == self.holder => {
                if until.saturating_since(now) < TERM.saturating_sub(FRESH) || until > now.saturating_add(TERM) {
                    self.write(tx, now)?;
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Gives the lease back, if it is still held.
    pub(crate) fn release(&self, tx: &mut dyn StoreWrite) -> Result<(), Error> {
        match read(tx)? {
            Some((holder, _)) if holder == self.holder => tx.put_meta(key::LEASE, None),
            _ => Ok(()),
        }
    }

    fn write(&self, tx: &mut dyn StoreWrite, now: Timestamp) -> Result<(), Error> {
        let until = now.saturating_add(TERM).ticks();
        tx.put_meta(key::LEASE, Some(&format!("{} {until}", self.holder)))
    }
}

/// Holder and end of the lease; one that cannot be read is as good as none.
fn read(tx: &mut (impl StoreRead + ?Sized)) -> Result<Option<(String, Timestamp)>, Error> {
    let Some(text) = tx.meta(key::LEASE)? else { return Ok(None) };
    let parsed = text.split_once(' ').and_then(|(holder, until)| {
        let until = Timestamp::from_ticks(until.parse().ok()?)?;
        Some((holder.to_owned(), until))
    });
    Ok(parsed)
}
