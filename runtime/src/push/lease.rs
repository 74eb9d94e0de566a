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
    /// believed. With `alone`, the proof of the store that no other holder of such a proof pushes, it is
    /// taken from one who had the proof too: that process has ended.
    pub(crate) fn take(&self, tx: &mut dyn StoreWrite, now: Timestamp, alone: bool) -> Result<bool, Error> {
        if let Some(Held { holder, until, by }) = read(tx)? {
            let held = until > now && until <= now.saturating_add(TERM);
            // Whoever began while another had the proof may still push, now that it is to be had.
            let has_ended = alone && by == By::Proof;
            if held && !has_ended && holder != self.holder {
                return Ok(false);
            }
        }
        self.write(tx, now, if alone { By::Proof } else { By::Term })?;
        Ok(true)
    }

    /// Renews the lease inside a commit; false if another took it meanwhile.
    pub(crate) fn renew(&self, tx: &mut dyn StoreWrite, now: Timestamp) -> Result<bool, Error> {
        match read(tx)? {
            Some(Held { holder, until, by }) if holder == self.holder => {
                if until.saturating_since(now) < TERM.saturating_sub(FRESH) || until > now.saturating_add(TERM) {
                    self.write(tx, now, by)?;
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Gives the lease back, if it is still held.
    pub(crate) fn release(&self, tx: &mut dyn StoreWrite) -> Result<(), Error> {
        match read(tx)? {
            Some(held) if held.holder == self.holder => tx.put_meta(key::LEASE, None),
            _ => Ok(()),
        }
    }

    fn write(&self, tx: &mut dyn StoreWrite, now: Timestamp, by: By) -> Result<(), Error> {
        let until = now.saturating_add(TERM).ticks();
        let by = match by {
            By::Proof => "",
            By::Term => TERM_ALONE,
        };
        tx.put_meta(key::LEASE, Some(&format!("{} {until}{by}", self.holder)))
    }
}

/// What the text of a lease ends with that was taken without the store's proof.
const TERM_ALONE: &str = " term";

/// A lease as the store has it.
struct Held {
    holder: String,
    until: Timestamp,
    by: By,
}

/// What keeps others from pushing beside the holder of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// The store's proof, which ends with the process.
    Proof,
    /// Nothing but the term.
    Term,
}

/// The lease that is held; one that cannot be read is as good as none.
fn read(tx: &mut (impl StoreRead + ?Sized)) -> Result<Option<Held>, Error> {
    let Some(text) = tx.meta(key::LEASE)? else { return Ok(None) };
    let (text, by) = match text.strip_suffix(TERM_ALONE) {
        Some(text) => (text, By::Term),
        None => (text.as_str(), By::Proof),
    };
    let held = text.split_once(' ').and_then(|(holder, until)| {
        let until = Timestamp::from_ticks(until.parse().ok()?)?;
        Some(Held { holder: holder.to_owned(), until, by })
    });
    Ok(held)
}
