//! What a query remembers between its pulls: the token, and whether it has read a table anew.

use crate::error::Error;
use crate::session::Session;
use crate::store::system::{DeltaToken, key};
use crate::store::{ChangeSource, Durability, SameVersion, StoreWrite};
use crate::value::Timestamp;

use super::spec::{PullSpec, Remembered};

/// What a pull begins with.
#[derive(Debug)]
pub(super) struct Start {
    /// The token, if the query's last pull had the same filter.
    pub(super) token: Option<DeltaToken>,
    pub(super) mark: i64,
    pub(super) same: SameVersion,
    pub(super) restarted: bool,
}

/// Reads what a pull begins with.
pub(super) async fn start(session: &Session, spec: &PullSpec, filter: String) -> Result<Start, Error> {
    let table = spec.schema.name();
    let remembered = spec.remembered.clone();
    session
        .read(move |snapshot| {
            let refetch = snapshot.meta(&key::refetch(table))?;
            let mark = snapshot.settle_mark()?;
            let Remembered::As(name) = remembered else {
                let same = if refetch.is_some() { SameVersion::Rewrite } else { SameVersion::Keep };
                return Ok(Start { token: None, mark, same, restarted: false });
            };
            let token = snapshot.token(table, &name)?;
            let refetching = refetch.is_some_and(|done| !is_refetched(&done, &name));
            let wanted = if refetching { refetching_filter(&filter) } else { filter };
            let restarted = !refetching && token.as_ref().is_some_and(|token| token.filter != wanted);
            Ok(Start {
                token: token.filter(|token| token.filter == wanted),
                mark,
                same: if refetching { SameVersion::Rewrite } else { SameVersion::Keep },
                restarted,
            })
        })
        .await
}

/// The filter's text with which the token of an unfinished refetch is kept.
pub(super) fn refetching_filter(filter: &str) -> String {
    format!("{}{filter}", key::REFETCHING)
}

/// Whether a query is among those that were pulled whole since a column was added.
fn is_refetched(done: &str, name: &str) -> bool {
    done.lines().any(|line| line.strip_prefix('|') == Some(name))
}

/// Notes that a query was pulled whole since a column was added.
pub(super) async fn note_refetched(session: &Session, spec: &PullSpec) -> Result<(), Error> {
    let table = spec.schema.name();
    let name = match &spec.remembered {
        Remembered::As(name) => name.clone(),
        Remembered::No => return Ok(()),
    };
    session
        .write(Durability::Process, ChangeSource::Pull, move |tx| {
            let done = tx.meta(&key::refetch(table))?.unwrap_or_default();
            tx.put_meta(&key::refetch(table), Some(&format!("{done}\n|{name}")))
        })
        .await
}

/// A token as this pull last saw it stored: its filter's text and its stamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    filter: String,
    token: Option<Timestamp>,
}

impl Seen {
    pub(super) fn of(token: &DeltaToken) -> Self {
        Self { filter: token.filter.clone(), token: token.token }
    }
}

/// What became of a token that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    /// It stands, or a later one of another process does.
    Yes,
    /// Somebody has forgotten the one before, and dropped rows that it covered: it must not be stored.
    Forgotten,
}

/// Stores a token.
///
/// Invariant: a stored token never goes back, and none is stored over rows that a purge of another
/// process has dropped since this pull began.
pub(super) fn store(tx: &mut dyn StoreWrite, token: &DeltaToken, seen: Option<&Seen>) -> Result<Stored, Error> {
    let found = tx.token(&token.table, &token.query)?;
    if let Some(seen) = seen {
        let is_kept = found.as_ref().is_some_and(|found| {
            (found.filter == seen.filter || found.filter == token.filter) && found.token >= seen.token
        });
        if !is_kept {
            return Ok(Stored::Forgotten);
        }
    }
    let is_later = found.is_some_and(|found| found.filter == token.filter && found.token > token.token);
    if !is_later {
        tx.put_token(token)?;
    }
    Ok(Stored::Yes)
}
