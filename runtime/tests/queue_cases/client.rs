//! What the runner asks of the client under test; the adapter to our client implements it.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use crate::case::{Kind, Profile, Row, StoreFault};
use crate::query::Comparison;

/// How a case opens the client. A second `open` with the same setup finds the same store file.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) endpoint: String,
    /// `Classic` speaks V3, `Classic2020` N2, `Toolkit` TK; nothing is detected.
    pub(crate) dialect: Profile,
    pub(crate) store: PathBuf,
    /// Every table and column that the case names, by the types of the values that the app writes.
    pub(crate) tables: BTreeMap<String, Columns>,
    /// Short: some answers never come.
    pub(crate) request_timeout: Duration,
    /// Between tries of one request; short, as some answers stay bad.
    pub(crate) retry_delay: Duration,
    /// How far below the token a pull reads again; zero, so that requests can be compared.
    pub(crate) overlap: Duration,
}

/// Columns of the app by name, without `id` and the system members.
pub(crate) type Columns = BTreeMap<String, ColumnType>;

/// All columns are optional.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ColumnType {
    Text,
    Bool,
    Integer,
    Real,
}

/// A refused call.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) class: Class,
    pub(crate) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Exists,
    NotFound,
    InvalidId,
    InvalidArgument,
    Conflict,
    Store,
    Other,
}

/// One queued operation, as the app sees it.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub(crate) table: String,
    pub(crate) id: String,
    pub(crate) kind: Kind,
    /// A request of it was sent.
    pub(crate) attempted: bool,
    /// It has an error.
    pub(crate) failed: bool,
    pub(crate) http_status: Option<u16>,
    /// The server row that the entry began with, None without one.
    pub(crate) base: Option<Row>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Complete,
    WithFailures,
    Offline,
    Unavailable,
    Unauthorized,
    Aborted,
}

/// The report of a push.
#[derive(Debug, Clone)]
pub(crate) struct Pushed {
    pub(crate) status: Status,
    pub(crate) settled: usize,
    pub(crate) failed: Vec<FailedOperation>,
    /// Table and id of operations that stayed without a request in this push.
    pub(crate) not_attempted: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
pub(crate) struct FailedOperation {
    pub(crate) table: String,
    pub(crate) id: String,
    pub(crate) kind: Kind,
    /// Status of the last answer, None without one.
    pub(crate) http_status: Option<u16>,
    /// The server's row of a conflict.
    pub(crate) remote: Option<Row>,
}

/// The report of a pull.
#[derive(Debug, Clone)]
pub(crate) struct Pulled {
    pub(crate) complete: bool,
    /// The push that went before, None where nothing was pending.
    pub(crate) push: Option<Pushed>,
    pub(crate) additions: u64,
    pub(crate) replacements: u64,
    pub(crate) deletions: u64,
}

/// A step that the client told while it worked; what the older clients tell of each row of a pull, ours
/// tells of pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    PushStarted { queued: u64 },
    WillBePushed(String),
    WasPushed(String, bool),
    PushFinished,
    PullStarted,
    PageFetched { rows: u64 },
    PagesStored { rows_so_far: u64 },
    PullFinished { complete: bool },
}

impl Told {
    /// The words of the cases.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::PushStarted { .. } => "pushStarted".to_owned(),
            Self::WillBePushed(id) => format!("itemWillBePushed:{id}"),
            Self::WasPushed(id, is_done) => format!("itemWasPushed:{id}:{is_done}"),
            Self::PushFinished => "pushFinished".to_owned(),
            other => format!("{other:?}"),
        }
    }
}

/// How code of the app ends every conflict from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Decision {
    /// It is left to the app, as without code.
    #[default]
    Leave,
    KeepLocal,
    KeepRemote,
    /// The local row with `text` "merged".
    Merge,
    Abort,
}

/// What the app does with an operation that a push could not do.
#[derive(Debug, Clone)]
pub(crate) enum Remedy {
    /// It is sent again with these values; a delete as it is.
    Send(Row),
    /// The row becomes what the server has.
    TakeRemote,
    Discard,
}

/// A push of the whole queue, or of what is named.
#[derive(Debug, Clone, Default)]
pub(crate) struct PushRequest {
    /// Empty: all.
    pub(crate) tables: Vec<String>,
    /// None: as many as the client sends at once of its own accord.
    pub(crate) parallel: Option<u32>,
}

/// A pull of rows for which all of `filter` holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct PullRequest {
    /// None: whatever name the client derives; the same for the same filter.
    pub(crate) query_id: Option<String>,
    pub(crate) filter: Vec<Comparison>,
    pub(crate) parameters: BTreeMap<String, String>,
    /// Whose operations are pushed before; empty: all tables'.
    pub(crate) push_before: Vec<String>,
}

/// Calls of the client. Futures are lazy: one that is dropped before its first poll has done nothing.
pub(crate) trait Client: Sized + Clone + Send + Sync + 'static {
    fn open(setup: Setup) -> impl Future<Output = Result<Self, Refused>> + Send;
    /// Returns when the store file can be opened again.
    fn close(self) -> impl Future<Output = ()> + Send;
    /// A row without id gets one. Returns the stored row.
    fn insert(&self, table: &str, row: Row) -> impl Future<Output = Result<Row, Refused>> + Send;
    /// Sets the columns that the row names; a `version` in it is checked as the client does, other system members are as an app would give them.
    fn replace(&self, table: &str, row: Row) -> impl Future<Output = Result<(), Refused>> + Send;
    fn delete(&self, table: &str, id: &str) -> impl Future<Output = Result<(), Refused>> + Send;
    fn push(&self, request: PushRequest) -> impl Future<Output = Result<Pushed, Refused>> + Send;
    fn pull(&self, table: &str, request: PullRequest) -> impl Future<Output = Result<Pulled, Refused>> + Send;
    /// A pull of all rows that reads and leaves no token.
    fn full_pull(&self, table: &str) -> impl Future<Output = Result<Pulled, Refused>> + Send;
    /// In the order of sending.
    fn pending(&self) -> impl Future<Output = Result<Vec<Pending>, Refused>> + Send;
    /// Visible rows by id; each has `id`, its columns without nulls, and of `version`, `updatedAt` and `createdAt` what the store has.
    fn rows(&self, table: &str) -> impl Future<Output = Result<Vec<Row>, Refused>> + Send;
    /// Stored tokens in milliseconds since 1970 by table and query name.
    fn tokens(&self) -> impl Future<Output = Result<BTreeMap<(String, String), i64>, Refused>> + Send;
    /// Says how conflicts end from now on.
    fn decide(&self, decision: Decision);
    /// Ends an operation that the last push reported as failed, as it was then.
    fn remedy(&self, id: &str, remedy: Remedy) -> impl Future<Output = Result<(), Refused>> + Send;
    /// What was told since it was opened.
    fn told(&self) -> impl Future<Output = Result<Vec<Told>, Refused>> + Send;
    /// From now on the store fails at this kind of write.
    fn break_store(&self, fault: StoreFault) -> impl Future<Output = Result<(), Refused>> + Send;
}
