//! The walk through the pages: fetch, collect into slices, apply while the next pages come.

use std::collections::HashMap;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::event::{PullQuery, SyncEvent};
use crate::push::Status;
use crate::query::odata::{self, FilterText};
use crate::query::predicate::{Comparison, Literal, Term, Tree};
use crate::row::{Remote, RowBatch};
use crate::session::Session;
use crate::store::system::{DeltaToken, key};
use crate::store::{ChangeSource, Durability, SameVersion};
use crate::table::SystemColumn;
use crate::trace;
use crate::value::{Id, Timestamp, Value};
use crate::wire::answer::{Page, Truth};
use crate::wire::{Dialect, PageRequest, Unreliable, WireError, WireTable};

use super::apply::{self, Done, Slice};
use super::cursor::{Cursor, PageFacts, Stuck, Unstamped, Window};
use super::report::{PullReport, PullWarning};
use super::spec::{PullSpec, Remembered};

/// The most rows of a slice.
const SLICE_ROWS: usize = 5000;
/// The fewest, however slow the disk.
const SLICE_ROWS_LEAST: usize = 100;
/// The longest that a slice may keep the writer.
const SLICE_WRITING: Duration = Duration::from_millis(50);
/// The longest that fetched rows wait for more before they are applied.
const SLICE_COLLECTING: Duration = Duration::from_millis(500);
/// What a request line holds besides the filter and the columns: path and the other options, generously.
const LIST_FIXED_BYTES: usize = 1024;
/// More requests than any pull needs; a server that is never done is left.
const REQUESTS: u64 = 10_000_000;

/// What a pull begins with.
#[derive(Debug)]
struct Start {
    token: Option<DeltaToken>,
    mark: i64,
    same: SameVersion,
    restarted: bool,
}

pub(super) async fn walk(
    session: &Session,
    spec: &PullSpec,
    identity: String,
    report: &mut PullReport,
) -> Result<(), Error> {
    let dialect = match session.dialect(spec.schema).await {
        Ok(dialect) => dialect,
        Err(error) => return stop(report, error),
    };
    let (parameters, unreliable) = check(session, dialect, spec)?;
    report.warnings.extend(unreliable.into_iter().map(|function| PullWarning::UnreliableFunction {
        function: function.wire_name,
        defect: function.defect,
        dialect,
    }));
    let start = start(session, spec, identity.clone()).await?;
    report.restarted = start.restarted;
    let (token, read_at) = start.token.as_ref().map_or((None, None), |token| (token.token, token.read_at));
    let unstamped = if dialect.may_lack_stamps() && token.is_none() { Unstamped::Ask } else { Unstamped::Skip };
    let mut walk = Walk {
        session,
        spec,
        query: spec.query(),
        rows_so_far: 0,
        dialect,
        filter: identity,
        parameters,
        refetching: start.same == SameVersion::Rewrite,
        cursor: Cursor::new(token, read_at, spec.overlap, unstamped),
        collected: Vec::new(),
        collected_rows: 0,
        collecting_since: None,
        spare: Vec::new(),
        slice_rows: SLICE_ROWS,
        mark: start.mark,
        same: start.same,
        applying: None,
        is_unweighed: false,
        report,
    };
    let ended = walk.run().await;
    walk.finish(ended).await
}

/// Writes the parameters, and tells the functions of the filter that some servers answer wrongly.
///
/// # Errors
/// `Invalid`: a parameter belongs to the protocol. `Unsupported`: this server is known to answer a
/// function wrongly.
pub(super) fn check(session: &Session, dialect: Dialect, spec: &PullSpec) -> Result<(String, Vec<Unreliable>), Error> {
    let in_table = |error: Error| error.in_table(spec.schema.name());
    let parameters = dialect.parameters(&spec.selection()).map_err(in_table)?;
    Ok((parameters, session.wire.check_filter(dialect, spec.filter.as_ref()).map_err(in_table)?))
}

async fn start(session: &Session, spec: &PullSpec, filter: String) -> Result<Start, Error> {
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
fn refetching_filter(filter: &str) -> String {
    format!("{}{filter}", key::REFETCHING)
}

/// Whether a query is among those that were pulled whole since a column was added.
fn is_refetched(done: &str, name: &str) -> bool {
    done.lines().any(|line| line.strip_prefix('|') == Some(name))
}

fn stop(report: &mut PullReport, error: Error) -> Result<(), Error> {
    let status = match error.kind() {
        ErrorKind::Offline => Status::Offline,
        ErrorKind::Unauthorized => Status::Unauthorized,
        ErrorKind::Busy => Status::Unavailable,
        // These say that the call or the store is wrong, not the network.
        ErrorKind::Unsupported | ErrorKind::Invalid | ErrorKind::Store | ErrorKind::Schema => return Err(error),
        _ => Status::WithFailures,
    };
    report.stopped = Some((status, error));
    Ok(())
}

/// Application of a slice that runs while pages are fetched.
type Applying<'a> = Pin<Box<dyn Future<Output = Result<(Slice, Done), Error>> + Send + 'a>>;

struct Walk<'a> {
    session: &'a Session,
    spec: &'a PullSpec,
    /// The query as events name it.
    query: PullQuery,
    /// Rows that are in the store.
    rows_so_far: u64,
    dialect: Dialect,
    /// The filter and the parameters, as they are kept beside the token.
    filter: String,
    /// The parameters as they stand in a URL.
    parameters: String,
    refetching: bool,
    cursor: Cursor,
    collected: Vec<Page>,
    collected_rows: usize,
    collecting_since: Option<Timestamp>,
    /// Batches whose memory is used again.
    spare: Vec<RowBatch>,
    slice_rows: usize,
    mark: i64,
    same: SameVersion,
    applying: Option<Applying<'a>>,
    /// Whether a row of an applied slice still waits to be read again: no token may pass it, not
    /// even if the pull stops and the pages fetched since are applied.
    is_unweighed: bool,
    report: &'a mut PullReport,
}

impl<'a> Walk<'a> {
    /// Fetches page after page; an error that is not the store's is returned as the second kind.
    async fn run(&mut self) -> Result<(), Stopped> {
        let wire = self.session.wire.table(self.spec.schema);
        while let Some(window) = self.cursor.window().cloned() {
            let (filter, order) = self.filter(&window).map_err(Stopped::Network)?;
            let text = filter.as_ref().map(|filter| filter.text.as_str());
            let top = u64::from(self.spec.page_rows.min(self.dialect.greatest_page()));
            let parameters = self.parameters.clone();
            let request = PageRequest { filter: text, order, top, parameters: &parameters, ..PageRequest::EVERY };
            let batch = self.spare.pop().unwrap_or_else(|| RowBatch::new(self.spec.schema));
            self.report.requests += 1;
            let span = trace::page(self.spec.schema.name(), &self.query);
            let fetched = {
                let mut fetch = std::pin::pin!(span.run(wire.page(&request, batch)));
                loop {
                    let next = std::future::poll_fn(|context| {
                        if let Some(Poll::Ready(applied)) =
                            self.applying.as_mut().map(|applying| applying.as_mut().poll(context))
                        {
                            return Poll::Ready(Came::Applied(applied));
                        }
                        fetch.as_mut().poll(context).map(Came::Fetched)
                    })
                    .await;
                    match next {
                        Came::Fetched(page) => break page,
                        Came::Applied(applied) => {
                            self.applying = None;
                            self.applied(applied.map_err(Stopped::Store)?).await?;
                        }
                    }
                }
            };
            let page = fetched.map_err(|failure| {
                span.text("error", &failure.error.kind());
                Stopped::Network(self.dialect.worded(failure.error, filter.as_ref(), self.fixed_bytes()))
            })?;
            self.session.bind(self.dialect).await.map_err(Stopped::Store)?;
            let facts = facts(&page);
            self.report.bytes += page.bytes;
            self.report.rows += page.row_count();
            span.number("rows", page.row_count());
            span.number("bytes", page.bytes);
            self.tell_page(&page);
            if page.has_unknown_members {
                self.session.saw_unknown_members(self.spec.schema).await.map_err(Stopped::Store)?;
            }
            let now = self.session.clock.now();
            self.collecting_since.get_or_insert(now);
            self.collected_rows += page.row_count() as usize;
            self.collected.push(page);
            self.cursor.advance(&facts, now).map_err(|stuck| Stopped::Network(stuck_error(stuck)))?;
            if self.report.requests >= REQUESTS {
                return Err(Stopped::Network(stuck_error(Stuck::Repeating)));
            }
            let waited = self.collecting_since.is_some_and(|since| now.saturating_since(since) >= SLICE_COLLECTING);
            if self.collected_rows >= self.slice_rows || waited {
                self.flush(Finished::No).await?;
            }
        }
        Ok(())
    }

    /// Gives the collected pages to the store; waits first until the slice before is in.
    async fn flush(&mut self, finished: Finished) -> Result<(), Stopped> {
        if let Some(applying) = self.applying.take() {
            let applied = applying.await.map_err(Stopped::Store)?;
            self.applied(applied).await?;
        }
        let pages = std::mem::take(&mut self.collected);
        self.collected_rows = 0;
        self.collecting_since = None;
        let slice = Slice {
            schema: self.spec.schema,
            pages,
            token: self.token(finished),
            mark: self.mark,
            same: self.same,
            now: self.session.clock.now(),
        };
        let session = self.session;
        self.applying = Some(Box::pin(async move {
            session
                .write(Durability::Process, ChangeSource::Pull, move |tx| {
                    let done = apply::apply(tx, &slice)?;
                    Ok((slice, done))
                })
                .await
        }));
        Ok(())
    }

    fn token(&self, finished: Finished) -> Option<DeltaToken> {
        let Remembered::As(name) = &self.spec.remembered else { return None };
        if self.is_unweighed {
            return None;
        }
        let done = finished == Finished::Yes;
        Some(DeltaToken {
            table: self.spec.schema.name().to_owned(),
            query: name.clone(),
            filter: if self.refetching && !done { refetching_filter(&self.filter) } else { self.filter.clone() },
            token: self.cursor.token(),
            read_at: self.cursor.began(),
        })
    }

    /// Counts what a slice did, and reads anew the rows that it could not weigh.
    async fn applied(&mut self, (mut slice, done): (Slice, Done)) -> Result<(), Stopped> {
        self.tell_slice(&slice, &done);
        self.count(&done);
        self.mark = done.mark;
        if done.took > SLICE_WRITING {
            let fitting = (self.slice_rows as f64 * SLICE_WRITING.as_secs_f64() / done.took.as_secs_f64()) as usize;
            self.slice_rows = fitting.clamp(SLICE_ROWS_LEAST, SLICE_ROWS);
        } else {
            self.slice_rows = (self.slice_rows * 2).min(SLICE_ROWS);
        }
        self.spare.extend(slice.pages.drain(..).map(|page| page.rows));
        if done.reread.is_empty() {
            return Ok(());
        }
        let wire = self.session.wire.table(self.spec.schema);
        self.is_unweighed = true;
        let reread = done.reread.len() as u64;
        let truths = self.truths(&wire, done.reread).await.map_err(Stopped::Network)?;
        let done = self
            .session
            .write(Durability::Process, ChangeSource::Pull, move |tx| apply::apply_truths(tx, &slice, truths))
            .await
            .map_err(Stopped::Store)?;
        self.is_unweighed = false;
        self.rows_so_far += reread;
        self.tell_applied(&done);
        self.count(&done);
        self.mark = done.mark;
        Ok(())
    }

    /// Reads rows by id, many a request; those that a list leaves open one by one.
    async fn truths(&mut self, wire: &WireTable, ids: Vec<Id>) -> Result<Vec<(Id, Option<Remote>)>, Error> {
        let mut found: HashMap<String, Remote> = HashMap::new();
        let mut is_whole = true;
        let fixed_bytes = self.fixed_bytes();
        for filter in odata::id_lists(ids.iter().map(Id::as_str), &self.dialect.syntax(), fixed_bytes) {
            self.report.requests += 1;
            let request =
                PageRequest { filter: Some(&filter), order: "id", top: ids.len() as u64, ..PageRequest::EVERY };
            let page = wire.page(&request, RowBatch::new(self.spec.schema)).await.map_err(|failure| failure.error)?;
            is_whole &= page.unreadable.is_empty() && page.count == Some(page.row_count());
            found.extend(page.rows.iter().map(|row| (row.id().to_owned(), Remote::of(row.to_row()))));
        }
        let mut truths = Vec::with_capacity(ids.len());
        for id in ids {
            let mut truth = found.remove(id.as_str());
            if truth.is_none() && !is_whole {
                self.report.requests += 1;
                truth = match wire.truth(id.as_str()).await.map_err(|failure| failure.error)? {
                    Truth::None => None,
                    Truth::There(remote, _) => Some(remote),
                    Truth::Unreadable(row) => {
                        let message = format!("the server's row cannot be read: {}", row.error);
                        return Err(Error::new(ErrorKind::Decode, message).in_row(&row.id));
                    }
                };
            }
            truths.push((id, truth));
        }
        Ok(truths)
    }

    /// The bytes of a request line beside the filter.
    fn fixed_bytes(&self) -> usize {
        LIST_FIXED_BYTES
            + self.parameters.len()
            + self.dialect.narrow_select(self.spec.schema).map_or(0, |columns| columns.len())
    }

    fn tell_page(&self, page: &Page) {
        self.session.tally.rows_pulled.add(page.row_count());
        self.session.events.emit(|| SyncEvent::PageFetched {
            table: self.spec.schema.name(),
            query: self.query.clone(),
            rows: page.row_count(),
            bytes: page.bytes,
        });
    }

    /// Tells what a committed slice did.
    fn tell_slice(&mut self, slice: &Slice, done: &Done) {
        let rows: u64 = slice.pages.iter().map(Page::row_count).sum();
        // Those that are read again come later.
        self.rows_so_far += rows - done.reread.len() as u64;
        if self.session.events.is_heard() {
            let table = self.spec.schema.name();
            let unreadable = slice.pages.iter().flat_map(|page| &page.unreadable);
            let ids = unreadable.map(|(_, row)| Id::trusted(&row.id));
            self.session.events.tell(ids.map(|id| SyncEvent::RowQuarantined { table, id }));
        }
        if rows > done.reread.len() as u64 {
            self.tell_applied(done);
        }
    }

    fn tell_applied(&self, done: &Done) {
        self.session.tally.rows_applied.add(done.changed + done.removed);
        self.session.tally.rows_quarantined.add(done.quarantined);
        self.session.events.emit(|| SyncEvent::PagesApplied {
            table: self.spec.schema.name(),
            query: self.query.clone(),
            applied: done.changed,
            deleted: done.removed,
            protected: done.protected,
            quarantined: done.quarantined,
            rows_so_far: self.rows_so_far,
        });
    }

    fn count(&mut self, done: &Done) {
        self.report.applied += done.changed;
        self.report.deleted += done.removed;
        self.report.protected += done.protected;
        self.report.quarantined += done.quarantined;
    }

    /// Applies what is left, and notes how the pull ended.
    async fn finish(mut self, ended: Result<(), Stopped>) -> Result<(), Error> {
        let (finished, stopped) = match ended {
            Ok(()) => (Finished::Yes, None),
            Err(Stopped::Network(error)) => (Finished::No, Some(error)),
            Err(Stopped::Store(error)) => return Err(error),
        };
        let last = async {
            if finished == Finished::Yes || !self.collected.is_empty() {
                self.flush(finished).await?;
            }
            if let Some(applying) = self.applying.take() {
                let applied = applying.await.map_err(Stopped::Store)?;
                self.applied(applied).await?;
            }
            Ok(())
        }
        .await;
        let stopped = match last {
            Ok(()) => stopped,
            Err(Stopped::Network(error)) => stopped.or(Some(error)),
            Err(Stopped::Store(error)) => return Err(error),
        };
        if let Some(error) = stopped {
            return stop(self.report, error);
        }
        if self.refetching {
            note_refetched(self.session, self.spec).await?;
            if self.spec.filter.is_none() {
                self.session.pulled_whole(self.spec.schema).await?;
            }
        }
        Ok(())
    }

    /// What a window is in the server's dialect: filter and order.
    fn filter(&self, window: &Window) -> Result<(Option<FilterText>, &'static str), Error> {
        let updated_at = SystemColumn::UpdatedAt.column();
        let stamp = |comparison, time: Timestamp| Tree::Compare {
            left: Term::Column(updated_at),
            comparison,
            right: Term::Literal(Literal::of(updated_at, Value::Integer(time.ticks()))),
        };
        let (mut conditions, last, order) = match window {
            Window::Since(from) => (vec![stamp(Comparison::Ge, *from)], None, "updatedAt,id"),
            Window::Within(from, last) => {
                let until = from.saturating_add(Duration::from_millis(1));
                (vec![stamp(Comparison::Ge, *from), stamp(Comparison::Lt, until)], last.as_ref(), "id")
            }
            Window::Unstamped(last) => {
                let null = Tree::Compare {
                    left: Term::Column(updated_at),
                    comparison: Comparison::Eq,
                    right: Term::null(updated_at),
                };
                (vec![null], last.as_ref(), "id")
            }
        };
        if let Some(last) = last {
            let id = &self.spec.schema.columns()[self.spec.schema.id_index()];
            conditions.push(Tree::Compare {
                left: Term::Column(id),
                comparison: Comparison::Gt,
                right: Term::Literal(Literal::of(id, Value::Text(last.as_str().to_owned()))),
            });
        }
        let filter = match &self.spec.filter {
            Some(filter) => Tree::And([vec![filter.clone()], conditions].concat()),
            None => Tree::And(conditions),
        };
        Ok((odata::filter(&filter, &self.dialect.syntax())?, order))
    }
}

/// Notes that a query was pulled whole since a column was added.
async fn note_refetched(session: &Session, spec: &PullSpec) -> Result<(), Error> {
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

/// Whether the pull has come to its end: then the token is stored though no row moved it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finished {
    Yes,
    No,
}

/// What came first: the page, or the end of a slice's application.
enum Came {
    Fetched(Result<Page, WireError>),
    Applied(Result<(Slice, Done), Error>),
}

/// Why a walk ended early.
enum Stopped {
    Network(Error),
    Store(Error),
}

fn stuck_error(stuck: Stuck) -> Error {
    Error::new(
        ErrorKind::Decode,
        match stuck {
            Stuck::Disordered => {
                "the server does not keep the order by updatedAt that was asked for; the pull stopped there"
            }
            Stuck::Repeating => "the server gives the same page again and again; the pull stopped there",
        },
    )
}

fn facts(page: &Page) -> PageFacts {
    let mut facts = PageFacts { rows: page.row_count(), count: page.count, date: page.date, ..PageFacts::default() };
    let mut unreadable = page.unreadable.iter().peekable();
    let mut last = None;
    for place in 0..=page.rows.len() {
        while let Some((_, row)) = unreadable.next_if(|(before, _)| *before == place) {
            note_stamp(&mut facts, row.system.updated_at);
            last = Some(row.id.as_str());
        }
        if let Some(row) = page.rows.get(place) {
            note_stamp(&mut facts, row.updated_at());
            last = Some(row.id());
        }
    }
    facts.last = last.map(Id::trusted);
    facts
}

fn note_stamp(facts: &mut PageFacts, stamp: Option<Timestamp>) {
    let Some(stamp) = stamp else { return };
    match facts.greatest {
        _ if facts.disordered => {}
        Some(greatest) if stamp < greatest => facts.disordered = true,
        _ => facts.greatest = Some(stamp),
    }
}
