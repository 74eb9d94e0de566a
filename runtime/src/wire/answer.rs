//! What comes back from a server, sorted by what it means for sync.

use crate::error::Error;
use crate::row::{Remote, Row, RowBatch};
use crate::value::Timestamp;
use crate::wire::extension::KeyNote;

use std::time::Duration;

/// How a write ended.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "one at a time, and taken apart at once")]
pub enum Delivery {
    /// The server answered in its own shape.
    Answered(Answer),
    /// The request never left: name, connection or TLS failed.
    Unsent(Error),
    /// The request may have arrived, but no usable answer came: timeout, cut reply, foreign page.
    Unanswered(Error),
    /// The request cannot be made: the id or a value has no form that this server could take. It will
    /// not leave before it is changed.
    Unsendable(Error),
}

/// An answer to a write.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// What the body holds.
    pub body: Body,
    /// The server's words, at most 1 KiB, without markup; empty if there are none.
    pub message: String,
    /// How long the server asks to wait, 0 to 1 h.
    pub retry_after: Option<Duration>,
    /// Whether the answer carries the server's own form, so that a 404 means the row and not the
    /// address (queue.md 4).
    pub own_form: bool,
    /// Whether a 404 may stand for a row that the server keeps as deleted.
    pub may_be_deleted: bool,
    /// What the server says of the key that the request carried, if any.
    pub key: KeyNote,
}

/// The body of an answer to a write.
#[derive(Debug, Clone)]
pub enum Body {
    /// The row that was asked about, as the server has it (live or tombstone).
    Row(ServerRow),
    /// A row of another id.
    WrongId(String),
    /// The row that was asked about, but a column cannot be read.
    Unreadable(UnreadableRow),
    /// Nothing that is a row.
    None,
}

/// A row as the server has it.
#[derive(Debug, Clone)]
pub struct ServerRow {
    /// The columns that the table knows, and the system members.
    pub row: Row,
    /// Whether the row has members that the table lacks.
    pub has_unknown_members: bool,
}

/// A row of which a column cannot be read.
#[derive(Debug, Clone)]
pub struct UnreadableRow {
    /// The row's id.
    pub id: String,
    /// The system members that could be read; the columns are null.
    pub system: Row,
    /// Which column, what was expected and what came.
    pub error: String,
    /// The row's JSON text.
    pub raw: String,
    /// Whether the row has members that the table lacks.
    pub has_unknown_members: HasUnknownMembers,
}

/// The truth about one row: what a read that includes deleted rows shows.
#[derive(Debug, Clone)]
pub enum Truth {
    /// No such row.
    None,
    /// This row, live or deleted.
    There(Remote, HasUnknownMembers),
    /// The row is there, but a column cannot be read.
    Unreadable(UnreadableRow),
}

/// Whether a row has members that the table lacks.
pub type HasUnknownMembers = bool;

/// One page of a list.
#[derive(Debug)]
pub struct Page {
    /// The rows that could be read, in the server's order.
    pub rows: RowBatch,
    /// The rows that could not, with their place: how many readable rows came before.
    pub unreadable: Vec<(usize, UnreadableRow)>,
    /// How many rows match, of all pages; `None` if the server did not say.
    pub count: Option<u64>,
    /// The server's clock, if it said so.
    pub date: Option<Timestamp>,
    /// Whether a row has members that the table lacks.
    pub has_unknown_members: HasUnknownMembers,
    /// Bytes of the body as received.
    pub bytes: u64,
}

impl Page {
    /// How many rows the page has.
    #[must_use]
    pub fn row_count(&self) -> u64 {
        (self.rows.len() + self.unreadable.len()) as u64
    }
}
