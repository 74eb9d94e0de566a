//! A server in the memory of a test.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::{BoxFuture, Clock as _};
use crate::context::{SyncContext, SyncContextBuilder};
use crate::error::{Error, ErrorKind};
use crate::table::SyncTable;
use crate::testing::{Fault, Skew};
use crate::value::{Id, Timestamp};
use crate::wire::{Dialect, Request, Response, Transport, TransportError, TransportErrorKind};

mod answer;
mod clock;
mod conditions;
mod json;
mod list;
mod seen;
mod table;
mod typed;

pub use clock::FakeClock;
pub use seen::SeenRequest;

use list::PageLimits;
use table::Table;

/// The address that [`FakeServer::url`] gives; nobody can have it.
const URL: &str = "https://fake.invalid";

/// A server without sockets, for tests of apps: it answers as the Datasync Toolkit does, and tells what
/// it was asked; see [the guide](crate::guide::testing).
///
/// Tables are made of the app's structs, with soft delete unless the struct says `hard_delete`. Rows live
/// in memory; clones are one server. What "another device" does is done by the methods of this type.
///
/// ```
/// use synctable::testing::FakeServer;
/// use synctable::{Id, MemoryStore, SyncTable};
///
/// #[derive(Debug, Clone, Default, SyncTable)]
/// pub struct TodoItem {
///     pub id: Id,
///     pub title: String,
///     pub complete: bool,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), synctable::Error> {
/// let server = FakeServer::new().with::<TodoItem>();
/// let milk = server.seed(TodoItem { title: "Milk".into(), ..Default::default() })?;
///
/// let ctx = server.context().store(MemoryStore::new()).table::<TodoItem>().open().await?;
/// ctx.sync().await?.into_result()?;
/// ctx.table::<TodoItem>().edit(&milk, |t| t.complete = true).await?;
/// ctx.push().await?.into_result()?;
/// assert!(server.rows::<TodoItem>()?[0].complete);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct FakeServer {
    state: Arc<Mutex<State>>,
    clock: FakeClock,
}

#[derive(Debug)]
struct State {
    tables: Vec<Table>,
    limits: PageLimits,
    is_offline: bool,
    faults: VecDeque<(Hit, Fault)>,
    /// What requests meet that no other fault waits for.
    always: Option<Fault>,
    seen: Vec<SeenRequest>,
}

/// Which requests a fault waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hit {
    Any,
    Write,
}

impl Default for FakeServer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for FakeServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        let tables: Vec<_> = state.tables.iter().map(|table| (table.name, table.rows.len())).collect();
        f.debug_struct("FakeServer").field("tables", &tables).field("now", &self.clock.now()).finish_non_exhaustive()
    }
}

impl FakeServer {
    /// Makes a server without tables.
    #[must_use]
    pub fn new() -> Self {
        let state = State {
            tables: Vec::new(),
            limits: PageLimits { page_size: 100, max_top: 128_000 },
            is_offline: false,
            faults: VecDeque::new(),
            always: None,
            seen: Vec::new(),
        };
        Self { state: Arc::new(Mutex::new(state)), clock: FakeClock::new() }
    }

    /// Serves the table of a struct. Of several structs of one table each adds the columns that the
    /// others lack.
    #[must_use]
    pub fn with<T: SyncTable>(self) -> Self {
        {
            let mut state = self.lock();
            match state.tables.iter_mut().find(|table| table.name.eq_ignore_ascii_case(T::SCHEMA.name())) {
                Some(table) => table.add_columns(T::SCHEMA),
                None => state.tables.push(Table::new(T::SCHEMA)),
            }
        }
        self
    }

    /// Sets how many rows a page holds at most, at least 1; 100 unless set.
    #[must_use]
    pub fn page_size(self, rows: u64) -> Self {
        self.lock().limits.page_size = rows.max(1);
        self
    }

    /// Sets the largest `$top` that is not refused; 128 000 unless set.
    #[must_use]
    pub fn max_top(self, rows: u64) -> Self {
        self.lock().limits.max_top = rows;
        self
    }

    /// A context's builder that leads here: [`url`](Self::url), [`transport`](Self::transport),
    /// [`clock`](Self::clock), and the generation, so that no request is spent on its detection.
    pub fn context(&self) -> SyncContextBuilder {
        SyncContext::builder(self.url()).transport(self.transport()).clock(self.clock()).dialect(Dialect::Toolkit)
    }

    /// An address for contexts. The server answers under every other too, so an app may keep its own.
    #[must_use]
    pub fn url(&self) -> &'static str {
        URL
    }

    /// The way to the server, for `.transport(..)` of the builders.
    #[must_use]
    pub fn transport(&self) -> Self {
        self.clone()
    }

    /// The clock that stamps, the `Date` of answers and delays go by; for `.clock(..)` of the builders.
    #[must_use]
    pub fn clock(&self) -> FakeClock {
        self.clock.clone()
    }

    /// The live rows of a table, in the order of their ids. Their stamps are cut to milliseconds, as devices see them.
    ///
    /// # Errors
    /// `NotFound`: the table is not served. `Invalid`: a row does not fit the struct.
    pub fn rows<T: SyncTable>(&self) -> Result<Vec<T>, Error> {
        self.with_table::<T, _>(|table, _| {
            table.rows.values().filter(|row| !row.deleted).map(|row| typed::read(table, row)).collect()
        })
    }

    /// A live row.
    ///
    /// # Errors
    /// As of [`rows`](Self::rows).
    pub fn row<T: SyncTable>(&self, id: &Id) -> Result<Option<T>, Error> {
        self.with_table::<T, _>(|table, _| {
            let row = table.rows.get(id.as_str()).filter(|row| !row.deleted);
            row.map(|row| typed::read(table, row)).transpose()
        })
    }

    /// The ids of a table's rows that were deleted and left a tombstone, in order.
    ///
    /// # Errors
    /// `NotFound`: the table is not served.
    pub fn tombstones<T: SyncTable>(&self) -> Result<Vec<Id>, Error> {
        self.with_table::<T, _>(|table, _| {
            let ids = table.rows.values().filter(|row| row.deleted).map(|row| Id::parse(&row.id));
            ids.map(|id| id.map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()))).collect()
        })
    }

    /// Writes a row as another device would: a new one, or in place of the one with its id, be that a
    /// tombstone. An empty id is replaced by a new one.
    ///
    /// # Errors
    /// `NotFound`: the table is not served. `Invalid`: a value has no form on the server.
    pub fn seed<T: SyncTable>(&self, mut row: T) -> Result<Id, Error> {
        if row.id().is_empty() {
            row.set_id(Id::new());
        }
        self.with_table::<T, _>(|table, now| {
            let before = table.rows.get(row.id().as_str());
            let (id, values) = typed::write(table, &row, before)?;
            table.put(now, id, false, values);
            Ok(())
        })?;
        Ok(row.id().clone())
    }

    /// Changes a row as another device would, and gives it back as it is then. Requests wait while the
    /// closure runs, so it must not call the server itself.
    ///
    /// ```
    /// # use synctable::{Id, SyncTable};
    /// # use synctable::testing::FakeServer;
    /// # #[derive(Debug, Clone, Default, SyncTable)]
    /// # pub struct TodoItem { pub id: Id, pub title: String, pub complete: bool }
    /// # fn main() -> Result<(), synctable::Error> {
    /// let server = FakeServer::new().with::<TodoItem>();
    /// let milk = server.seed(TodoItem { title: "Milk".into(), ..Default::default() })?;
    /// let done = server.edit_elsewhere::<TodoItem>(&milk, |t| t.complete = true)?;
    /// assert!(done.complete);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `NotFound`: there is no such live row, or the table is not served. `Invalid`: a value has no form
    /// on the server, or the id was changed.
    pub fn edit_elsewhere<T: SyncTable>(&self, id: &Id, change: impl FnOnce(&mut T)) -> Result<T, Error> {
        self.with_table::<T, _>(|table, now| {
            let before = live::<T>(table, id)?;
            let mut row: T = typed::read(table, &before)?;
            change(&mut row);
            if row.id() != id {
                let error = Error::new(ErrorKind::Invalid, "the id of a row cannot be changed");
                return Err(error.in_table(T::SCHEMA.name()).in_row(id.as_str()));
            }
            let (id, values) = typed::write(table, &row, Some(&before))?;
            let stored = table.put(now, id, false, values);
            typed::read(table, &stored)
        })
    }

    /// Deletes a row as another device would.
    ///
    /// # Errors
    /// `NotFound`: there is no such live row, or the table is not served.
    pub fn delete_elsewhere<T: SyncTable>(&self, id: &Id) -> Result<(), Error> {
        self.with_table::<T, _>(|table, now| {
            let row = live::<T>(table, id)?;
            table.delete(now, row);
            Ok(())
        })
    }

    /// Takes the server out of reach, or brings it back: with `true` no request leaves the device any
    /// more.
    pub fn offline(&self, is_offline: bool) {
        self.lock().is_offline = is_offline;
    }

    /// Has the next request meet a fault. Called several times, each call is for one request, in order;
    /// requests that find the server [offline](Self::offline) use up none.
    pub fn next(&self, fault: Fault) {
        self.lock().faults.push_back((Hit::Any, fault));
    }

    /// Has the next request that writes meet a fault; reads pass it by.
    pub fn next_write(&self, fault: Fault) {
        self.lock().faults.push_back((Hit::Write, fault));
    }

    /// Has every request from now on meet a fault, in place of the one given before; those that [`next`](Self::next) and
    /// [`next_write`](Self::next_write) name come first.
    ///
    /// ```
    /// # use synctable::testing::{FakeServer, Fault};
    /// let server = FakeServer::new();
    /// server.always(Fault::Status(503)); // down for maintenance, however often the device asks
    /// server.clear_faults();
    /// ```
    pub fn always(&self, fault: Fault) {
        self.lock().always = Some(fault);
    }

    /// Forgets all faults that requests have not met.
    pub fn clear_faults(&self) {
        let mut state = self.lock();
        state.faults.clear();
        state.always = None;
    }

    /// What was sent, in order: also what was lost, but nothing while the server was
    /// [offline](Self::offline).
    #[must_use]
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.lock().seen.clone()
    }

    /// What was sent since the last call.
    #[must_use]
    pub fn take_requests(&self) -> Vec<SeenRequest> {
        std::mem::take(&mut self.lock().seen)
    }

    /// A test that panicked while it held the lock has not left a row half written: each is replaced
    /// as a whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_table<T: SyncTable, R>(&self, work: impl FnOnce(&mut Table, i64) -> Result<R, Error>) -> Result<R, Error> {
        let now = self.clock.now().ticks();
        let mut state = self.lock();
        match state.tables.iter_mut().find(|table| table.name.eq_ignore_ascii_case(T::SCHEMA.name())) {
            Some(table) => work(table, now),
            None => {
                let message = "the server does not serve this table; make it with `.with::<T>()`";
                Err(Error::new(ErrorKind::NotFound, message).in_table(T::SCHEMA.name()))
            }
        }
    }

    async fn carry(&self, request: Request) -> Result<Response, TransportError> {
        let (response, delay) = self.meet(&request)?;
        if let Some(delay) = delay {
            self.clock.sleep(delay).await;
        }
        if response.body.len() as u64 > request.limit_bytes {
            return Err(TransportError::new(TransportErrorKind::TooLarge, "the answer is longer than allowed"));
        }
        Ok(response)
    }

    /// Takes a request and makes its answer, in one step for all others.
    fn meet(&self, request: &Request) -> Result<(Response, Option<std::time::Duration>), TransportError> {
        let lost = || TransportError::new(TransportErrorKind::Unanswered, "the connection was lost");
        let mut state = self.lock();
        if state.is_offline {
            return Err(TransportError::new(TransportErrorKind::Unsent, "the server is out of reach"));
        }
        let now = self.clock.now();
        let is_write = request.method != crate::wire::Method::Get;
        let met = state.faults.iter().position(|(hit, _)| is_write || *hit == Hit::Any);
        let fault = met.and_then(|place| state.faults.remove(place)).map(|(_, fault)| fault).or(state.always);
        let mut seen = SeenRequest::new(request, &state.tables, now, fault);
        let limits = state.limits;
        let answer = match fault {
            Some(Fault::DropRequest | Fault::Status(_) | Fault::Busy(_)) => None,
            _ => Some(answer::answer(&mut state.tables, limits, request, now)),
        };
        if let Some(answer) = &answer {
            seen.answered(answer.status);
        }
        state.seen.push(seen);
        drop(state);
        let dated = |mut answer: Response, now: Timestamp| {
            answer.headers.add("date", answer::http_date(now.ticks()));
            answer
        };
        match (fault, answer) {
            (Some(Fault::Status(status)), _) => Ok((dated(answer::empty(status), now), None)),
            (Some(Fault::Busy(time)), _) => {
                let mut answer = answer::empty(503);
                answer.headers.add("retry-after", Fault::retry_after(time).to_string());
                Ok((dated(answer, now), None))
            }
            (_, None) | (Some(Fault::DropRequest | Fault::DropReply), _) => Err(lost()),
            (Some(Fault::Delay(time)), Some(answer)) => Ok((dated(answer, now), Some(time))),
            (Some(Fault::ClockSkew(skew)), Some(answer)) => Ok((dated(answer, Skew::of(skew, now)), None)),
            (Some(Fault::Truncate), Some(mut answer)) => {
                answer.body.truncate(answer.body.len() / 2);
                Ok((dated(answer, now), None))
            }
            (None, Some(answer)) => Ok((dated(answer, now), None)),
        }
    }
}

fn live<T: SyncTable>(table: &Table, id: &Id) -> Result<table::StoredRow, Error> {
    let row = table.rows.get(id.as_str()).filter(|row| !row.deleted).cloned();
    row.ok_or_else(|| {
        let error = Error::new(ErrorKind::NotFound, "the server has no such live row");
        error.in_table(T::SCHEMA.name()).in_row(id.as_str())
    })
}

impl Transport for FakeServer {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.carry(request))
    }
}
