//! One entry of the queue: base, open request, candidate and failure (queue.md 1).

use std::borrow::Cow;
use std::fmt;

use crate::row::{Remote, Row};
use crate::value::{Id, Timestamp, Version};

/// A place in the order of sending; never given twice in the life of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sequence(pub i64);

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What differs between a row as the app wishes it and the server.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The place in the order of sending.
    pub sequence: Sequence,
    /// The sequence number that the entry was made with; it tells whether a push has it in scope.
    pub made: Sequence,
    /// The table.
    pub table: String,
    /// The row's id.
    pub id: Id,
    /// Raised by each local write.
    pub revision: u64,
    /// Whether the wish is absent: the row is not in its table.
    pub absent: bool,
    /// Whether the library made the id: no row of another origin can have it.
    pub made_id: bool,
    /// Whether a request of this entry was ever stored for sending.
    pub sent: bool,
    /// Whether the app discarded the entry while a request was open.
    pub discarded: bool,
    /// Whether the truth is asked before anything is sent: the entry was edited or retried after it had
    /// been set aside with a request open, or a repeated request was refused.
    pub repair: bool,
    /// What the server had when the entry began, or what an answer showed since.
    pub base: Base,
    /// The request that is sent, or about to be, and not answered.
    pub request: Option<Request>,
    /// The newest state of the server that a pull or a conflict showed meanwhile.
    pub candidate: Option<Remote>,
    /// The last failure.
    pub failure: Option<Failure>,
    /// How often the server broke down on this entry alone.
    pub strikes: u32,
    /// When it last did, by the device's clock.
    pub struck_at: Option<Timestamp>,
    /// Requests sent so far.
    pub attempts: u32,
    /// When the app last wrote the row, by the device's clock; `None` for one of before this was kept.
    pub written_at: Option<Timestamp>,
    /// Whether a request whose reply was lost may have changed the server's row that made a conflict:
    /// then what it added is not known to be missing there, so no sum can be made.
    pub doubtful: bool,
}

/// What the server has, as far as the entry knows.
#[derive(Debug, Clone, PartialEq)]
pub enum Base {
    /// No such row.
    None,
    /// A deleted row.
    Tombstone,
    /// This row.
    Row(Row),
}

/// A request as it leaves, and as it is repeated until it is answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What is asked.
    pub kind: RequestKind,
    /// The places of the columns whose values the request carries as changes.
    pub columns: Vec<usize>,
    /// The names of the columns that the request carries besides: an earlier version of the app had
    /// them, and what it wrote to them is still sent.
    pub kept: Vec<String>,
    /// The version that the server's row must have.
    pub if_match: Option<Version>,
    /// The whole wish at that moment; `None` if it was absent.
    pub wish: Option<Row>,
    /// The deleted row that an undelete brings back; N2 and V3 bring it back with its own values.
    pub tombstone: Option<Box<Row>>,
    /// The name of the request, if the server had announced that it knows such names when it was planned.
    pub key: Option<String>,
}

/// What a request asks of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestKind {
    /// Insert the row.
    Insert,
    /// Change columns of the row.
    Update,
    /// Delete the row.
    Delete,
    /// Bring the deleted row back.
    Undelete,
}

/// Why an entry was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// What the server or the library said.
    pub message: String,
}

/// The kinds of failure that an entry can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// The server has another row; the candidate is it.
    Conflict,
    /// The server refuses the operation; it is tried again at the next push.
    Refused,
    /// The server refuses what was sent; not sent again until edited, retried or discarded.
    SetAside,
    /// The server answered an insert with another id; only a discard frees the entry.
    WrongId,
    /// No answer came, or none that says whether the request was done.
    Unanswered,
}

impl FailureKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Conflict, Self::Refused, Self::SetAside, Self::WrongId, Self::Unanswered];

    /// The name in the store and on command lines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::Refused => "refused",
            Self::SetAside => "set aside",
            Self::WrongId => "wrong id",
            Self::Unanswered => "unanswered",
        }
    }
}

/// What a pending operation is, as it follows from what the server had and what is wished now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationKind {
    /// The server has no such row.
    Insert,
    /// The server has another state of the row.
    Update,
    /// The row is to be deleted.
    Delete,
}

impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
        })
    }
}

impl OperationKind {
    /// The kind, from whether the server had a live row and whether the wish is absent.
    pub(crate) const fn of(had_row: bool, absent: bool) -> Self {
        match (had_row, absent) {
            (_, true) => Self::Delete,
            (true, false) => Self::Update,
            (false, false) => Self::Insert,
        }
    }
}

impl Request {
    /// The whole wish, with no more than those kept cells that the request carries.
    pub(crate) fn outgoing(&self) -> Option<Cow<'_, Row>> {
        let wish = self.wish.as_ref()?;
        if wish.kept().is_empty() {
            return Some(Cow::Borrowed(wish));
        }
        let mut row = wish.clone();
        row.set_kept(wish.kept().iter().filter(|cell| self.kept.contains(&cell.name)).cloned().collect());
        Some(Cow::Owned(row))
    }
}

impl Entry {
    /// Makes the entry of a first write.
    #[must_use]
    pub fn new(sequence: Sequence, table: &str, id: Id, base: Base) -> Self {
        Self {
            sequence,
            made: sequence,
            table: table.to_owned(),
            id,
            revision: 1,
            absent: false,
            made_id: false,
            sent: false,
            discarded: false,
            repair: false,
            base,
            request: None,
            candidate: None,
            failure: None,
            strikes: 0,
            struck_at: None,
            attempts: 0,
            written_at: None,
            doubtful: false,
        }
    }

    /// Whether the entry is not sent until it is edited, retried or discarded.
    #[must_use]
    pub fn is_set_aside(&self) -> bool {
        matches!(&self.failure, Some(failure) if matches!(failure.kind, FailureKind::SetAside | FailureKind::WrongId))
    }
}
