//! The wipe of a store when its user signs out.

use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::push::lease::Lease;
use crate::session::Session;
use crate::store::{ChangeSource, Durability};

/// Takes every turn, then wipes the store.
pub(super) async fn wipe(session: &Session) -> Result<(), Error> {
    // A pull takes its turn before that of the push it begins with; always in one order, since another
    // wipe may do the same.
    let mut tables: Vec<_> = session.pull_turns.iter().collect();
    tables.sort_unstable_by_key(|(name, _)| **name);
    let mut turns = Vec::new();
    for (_, turn) in tables {
        turns.push(turn.lock().await);
    }
    let _turn = session.push_turns.alone().await;
    let guard = session.store.sole_pusher();
    let (lease, clock, alone) = (Lease::new(), Arc::clone(&session.clock), guard.is_some());
    let mine = lease.clone();
    let is_taken =
        session.write(Durability::Process, ChangeSource::Purge, move |tx| mine.take(tx, clock.now(), alone)).await?;
    if !is_taken {
        let message = "another process pushes from this store: wipe it once that push has ended";
        return Err(Error::new(ErrorKind::Busy, message));
    }
    let wiped = session.store.wipe().await;
    // Gone with the rest, unless the wipe failed before.
    let released = session.write(Durability::Process, ChangeSource::Purge, move |tx| lease.release(tx)).await;
    session.forget();
    wiped.and(released)
}
