//! The walk through the pages: fetch, collect into slices, apply while the next pages come.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::event::{PullQuery, SyncEvent};
use crate::push::Status;
use crate::row::RowBatch;
use crate::session::Session;
use crate::store::system::DeltaToken;
use crate::store::{ChangeSource, Durability, SameVersion};
use crate::trace;
use crate::value::{Id, Timestamp};
use crate::wire::answer::Page;
use crate::wire::{Dialect, PageRequest, WireError};

use super::again;
use super::apply::{self, Done, Slice, Truths};
use super::ask;
use super::cursor::{Cursor, Stuck, Unstamped};
use super::quiet;
use super::reconcile::Judge;
use super::remember::{self, Seen, Stored};
use super::report::{PullReport, PullWarning};
use super::spec::{PullSpec, Reach, Remembered};

/// The most rows of a slice.
const SLICE_ROWS: usize = 5000;
/// The fewest, however slow the disk.
const SLICE_ROWS_LEAST: usize = 100;
/// The longest that a slice may keep the writer.
const SLICE_WRITING: Duration = Duration::from_millis(50);
/// The longest that fetched rows wait for more before they are applied.
const SLICE_COLLECTING: Duration = Duration::from_millis(500);
/// More requests than any pull needs; a server that is never done is left.
const REQUESTS: u64 = 10_000_000;

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
    let (parameters, unreliable) = ask::check(session, dialect, spec)?;
    report.warnings.extend(unreliable.into_iter().map(|function| PullWarning::UnreliableFunction {
        function: function.wire_name,
        defect: function.defect,
        dialect,
    }));
    let start = remember::start(session, spec, identity.clone()).await?;
    report.restarted = start.restarted;
    let (token, read_at) = start.token.as_ref().map_or((None, None), |token| (token.token, token.read_at));
    let may_lack = |is_whole: bool| {
        if is_whole && dialect.may_lack_stamps() { Unstamped::Ask } else { Unstamped::Skip }
    };
    let (cursor, judge) = match spec.reach {
        Reach::News => (Cursor::new(token, read_at, spec.overlap, may_lack(token.is_none())), None),
        Reach::Everything => (Cursor::whole(token, may_lack(true)), Some(Judge::of(session, spec).await?)),
    };
    let mut walk = Walk {
        session,
        spec,
        query: spec.query(),
        rows_so_far: 0,
        dialect,
        filter: identity,
        parameters,
        refetching: start.same == SameVersion::Rewrite,
        cursor,
        stored: start.token,
        judge,
        collected: Collected::default(),
        spare: Vec::new(),
        slice_rows: SLICE_ROWS,
        mark: start.mark,
        same: start.same,
        applying: None,
        is_unweighed: false,
        is_forgotten: false,
        report,
    };
    let ended = walk.run().await;
    walk.finish(ended).await
}

/// Notes why a pull stopped; an error that says that the call or the store is wrong is one of the call.
pub(super) fn stop(report: &mut PullReport, error: Error) -> Result<(), Error> {
    report.stopped = Some((stopped_as(&error).ok_or_else(|| error.clone())?, error));
    Ok(())
}

/// What an error of a read makes of the whole; `None` if it is not the network's.
pub(super) fn stopped_as(error: &Error) -> Option<Status> {
    match error.kind() {
        ErrorKind::Offline => Some(Status::Offline),
        ErrorKind::Unauthorized => Some(Status::Unauthorized),
        ErrorKind::Busy => Some(Status::Unavailable),
        ErrorKind::Unsupported | ErrorKind::Invalid | ErrorKind::Store | ErrorKind::Schema => None,
        _ => Some(Status::WithFailures),
    }
}

/// Application of a slice that runs while pages are fetched.
type Applying<'a> = Pin<Box<dyn Future<Output = Result<(Slice, Done), Error>> + Send + 'a>>;

/// Pages that wait to be applied together.
#[derive(Debug, Default)]
struct Collected {
    pages: Vec<Page>,
    rows: usize,
    since: Option<Timestamp>,
    /// The mark of the last settlement that was known when the first of the pages was asked for.
    mark: Option<i64>,
}

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
    /// The token as it was last seen in the store.
    stored: Option<DeltaToken>,
    /// What a reconcile has not seen yet.
    judge: Option<Judge>,
    collected: Collected,
    /// Batches whose memory is used again.
    spare: Vec<RowBatch>,
    slice_rows: usize,
    mark: i64,
    same: SameVersion,
    applying: Option<Applying<'a>>,
    /// Whether a row of an applied slice still waits to be read again: no token may pass it, not
    /// even if the pull stops and the pages fetched since are applied.
    is_unweighed: bool,
    /// Whether a purge of another process has forgotten the token: this pull stores none any more.
    is_forgotten: bool,
    report: &'a mut PullReport,
}

impl<'a> Walk<'a> {
    /// Fetches page after page; an error that is not the store's is returned as the second kind.
    async fn run(&mut self) -> Result<(), Stopped> {
        // What this pull began is not cut by the circuit.
        let client = self.session.wire.for_one_call();
        let wire = client.table(self.spec.schema);
        while let Some(window) = self.cursor.window().cloned() {
            let (filter, order) = ask::filter(self.spec, self.dialect, &window).map_err(Stopped::Network)?;
            let text = filter.as_ref().map(|filter| filter.text.as_str());
            let top = u64::from(self.spec.page_rows.min(self.dialect.greatest_page()));
            let parameters = self.parameters.clone();
            let request = PageRequest { filter: text, order, top, parameters: &parameters, ..PageRequest::EVERY };
            let (mut batch, schema, tries) = (self.spare.pop(), self.spec.schema, AtomicU64::new(0));
            let span = trace::page(self.spec.schema.name(), &self.query);
            let asked_at_mark = self.mark;
            let fetched = {
                let mut fetch = std::pin::pin!(span.run(client.repeat(|| {
                    tries.fetch_add(1, Ordering::Relaxed);
                    wire.page(&request, batch.take().unwrap_or_else(|| RowBatch::new(schema)))
                })));
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
            self.report.requests += tries.into_inner();
            let fixed_bytes = ask::fixed_bytes(self.dialect, self.spec.schema) + parameters.len();
            let page = fetched.map_err(|failure| {
                span.text("error", &failure.error.kind());
                Stopped::Network(self.dialect.worded(failure.error, filter.as_ref(), fixed_bytes))
            })?;
            span.number("rows", page.row_count());
            span.number("bytes", page.bytes);
            self.fetched(page, asked_at_mark).await?;
        }
        Ok(())
    }

    /// Takes a page in and moves on.
    async fn fetched(&mut self, page: Page, asked_at_mark: i64) -> Result<(), Stopped> {
        self.session.bind(self.dialect).await.map_err(Stopped::Store)?;
        let facts = ask::facts(&page);
        self.report.bytes += page.bytes;
        self.report.rows += page.row_count();
        self.tell_page(&page);
        if page.has_unknown_members {
            self.session.saw_unknown_members(self.spec.schema).await.map_err(Stopped::Store)?;
        }
        if let Some(judge) = &mut self.judge {
            judge.saw(&page);
        }
        let now = self.session.clock.now();
        let since = *self.collected.since.get_or_insert(now);
        self.collected.mark.get_or_insert(asked_at_mark);
        self.collected.rows += page.row_count() as usize;
        self.collected.pages.push(page);
        self.cursor.advance(&facts, now).map_err(|stuck| Stopped::Network(stuck_error(stuck)))?;
        self.report.as_of = self.cursor.began();
        if self.report.requests >= REQUESTS {
            return Err(Stopped::Network(stuck_error(Stuck::Repeating)));
        }
        let is_last = self.cursor.window().is_none();
        let has_waited = now.saturating_since(since) >= SLICE_COLLECTING;
        // The last page goes with the token of the finished pull.
        if !is_last && (self.collected.rows >= self.slice_rows || has_waited) {
            self.flush(Finished::No).await?;
        }
        Ok(())
    }

    /// Gives the collected pages to the store; waits first until the slice before is in.
    async fn flush(&mut self, finished: Finished) -> Result<(), Stopped> {
        self.settle().await?;
        let collected = std::mem::take(&mut self.collected);
        let slice = Slice {
            schema: self.spec.schema,
            pages: collected.pages,
            token: self.token(finished),
            seen: self.stored.as_ref().map(Seen::of),
            mark: collected.mark.unwrap_or(self.mark),
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

    /// Waits until the slice that is being applied is in.
    async fn settle(&mut self) -> Result<(), Stopped> {
        if let Some(applying) = self.applying.take() {
            let applied = applying.await.map_err(Stopped::Store)?;
            self.applied(applied).await?;
        }
        Ok(())
    }

    fn token(&self, finished: Finished) -> Option<DeltaToken> {
        let Remembered::As(name) = &self.spec.remembered else { return None };
        let is_done = finished == Finished::Yes;
        if self.is_unweighed || self.is_forgotten {
            return None;
        }
        if let Some(stored) = &self.stored {
            // Until the walk has passed the token it began before, the clock of its start says nothing
            // of the rows that it has not come to.
            let is_behind = !is_done && stored.token == self.cursor.token();
            let is_the_same = stored.filter == self.filter
                && !self.cursor.is_worth_storing(stored.token, stored.read_at, self.spec.overlap);
            if is_behind || is_the_same {
                return None;
            }
        }
        let refetching = self.refetching && !is_done;
        Some(DeltaToken {
            table: self.spec.schema.name().to_owned(),
            query: name.clone(),
            filter: if refetching { remember::refetching_filter(&self.filter) } else { self.filter.clone() },
            token: self.cursor.token(),
            read_at: self.cursor.began(),
        })
    }

    /// Counts what a slice did, and reads anew the rows that it could not weigh.
    async fn applied(&mut self, (mut slice, mut done): (Slice, Done)) -> Result<(), Stopped> {
        if done.took > SLICE_WRITING {
            let fitting = (self.slice_rows as f64 * SLICE_WRITING.as_secs_f64() / done.took.as_secs_f64()) as usize;
            self.slice_rows = fitting.clamp(SLICE_ROWS_LEAST, SLICE_ROWS);
        } else {
            self.slice_rows = (self.slice_rows * 2).min(SLICE_ROWS);
        }
        let mut weighed: u64 = slice.pages.iter().map(Page::row_count).sum();
        self.spare.extend(slice.pages.drain(..).map(|page| page.rows));
        loop {
            // Those that are read again come later.
            weighed -= done.reread.len() as u64;
            self.tell_applied(weighed, &done);
            self.count(&done);
            self.mark = done.mark;
            match done.stored {
                Some(Stored::Yes) => self.stored = slice.token.take(),
                Some(Stored::Forgotten) => self.is_forgotten = true,
                None => {}
            }
            self.is_unweighed = !done.reread.is_empty();
            if !self.is_unweighed {
                return Ok(());
            }
            weighed = done.reread.len() as u64;
            let found = self.read_again(std::mem::take(&mut done.reread)).await.map_err(Stopped::Network)?;
            let mark = self.mark;
            (slice, done) = self
                .session
                .write(Durability::Process, ChangeSource::Pull, move |tx| {
                    let truths = Truths { schema: slice.schema, found, mark, same: slice.same, now: slice.now };
                    let done = apply::apply_truths(tx, truths, &slice)?;
                    Ok((slice, done))
                })
                .await
                .map_err(Stopped::Store)?;
        }
    }

    async fn read_again(&mut self, ids: Vec<Id>) -> Result<Vec<(Id, again::Found)>, Error> {
        let mut cost = again::Cost::default();
        let found = again::read(self.session, self.dialect, self.spec.schema, ids, &mut cost).await;
        self.report.requests += cost.requests;
        self.report.bytes += cost.bytes;
        found
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

    /// Tells what a commit did with this many rows that were fetched.
    fn tell_applied(&mut self, rows: u64, done: &Done) {
        self.rows_so_far += rows;
        self.session.tally.rows_applied.add(done.changed + done.removed + done.reconciled);
        self.session.tally.rows_quarantined.add(done.quarantined);
        let table = self.spec.schema.name();
        let aside = done.aside.iter().cloned();
        self.session.events.tell(aside.map(|id| SyncEvent::RowQuarantined { table, id }));
        if rows == 0 {
            return;
        }
        self.session.events.emit(|| SyncEvent::PagesApplied {
            table,
            query: self.query.clone(),
            applied: done.changed,
            deleted: done.removed + done.reconciled,
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
        self.report.reconciled += done.reconciled;
    }

    /// Applies what is left, and notes how the pull ended.
    async fn finish(mut self, ended: Result<(), Stopped>) -> Result<(), Error> {
        let (finished, stopped) = match ended {
            Ok(()) => (Finished::Yes, None),
            Err(Stopped::Network(error)) => (Finished::No, Some(error)),
            Err(Stopped::Store(error)) => return Err(error),
        };
        let stopped = match self.apply_rest(finished).await {
            Ok(()) => stopped,
            Err(Stopped::Network(error)) => stopped.or(Some(error)),
            Err(Stopped::Store(error)) => return Err(error),
        };
        if let Some(error) = stopped {
            return stop(self.report, error);
        }
        if self.refetching {
            remember::note_refetched(self.session, self.spec).await?;
            if self.spec.filter.is_none() {
                self.session.pulled_whole(self.spec.schema).await?;
            }
        }
        Ok(())
    }

    async fn apply_rest(&mut self, finished: Finished) -> Result<(), Stopped> {
        self.settle().await?;
        let is_needed = match finished {
            Finished::No => !self.collected.pages.is_empty(),
            Finished::Yes => {
                self.same == SameVersion::Rewrite
                    || self.token(finished).is_some()
                    || !quiet::changes_nothing(self.session, &mut self.collected.pages).await.map_err(Stopped::Store)?
            }
        };
        if is_needed {
            self.flush(finished).await?;
            self.settle().await?;
        } else {
            let rows = self.collected.pages.drain(..).map(|page| page.row_count()).sum();
            self.tell_applied(rows, &Done::default());
        }
        if let (Finished::Yes, Some(judge)) = (finished, self.judge.take()) {
            self.reconcile(judge).await?;
        }
        Ok(())
    }

    /// Takes away what the server no longer has or selects.
    async fn reconcile(&mut self, judge: Judge) -> Result<(), Stopped> {
        let unseen = judge.unseen(self.session, self.spec).await.map_err(Stopped::Store)?;
        for ids in Judge::portions(unseen) {
            let mark = self.session.read(|snapshot| snapshot.settle_mark()).await.map_err(Stopped::Store)?;
            let asked = ids.len() as u64;
            let found = self.read_again(ids).await.map_err(Stopped::Network)?;
            let truths =
                Truths { schema: self.spec.schema, found, mark, same: self.same, now: self.session.clock.now() };
            let verdict = Judge::verdict(self.spec);
            let done = self
                .session
                .write(Durability::Process, ChangeSource::Pull, move |tx| verdict.apply(tx, truths))
                .await
                .map_err(Stopped::Store)?;
            self.tell_applied(asked, &done);
            self.count(&done);
        }
        Ok(())
    }
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
