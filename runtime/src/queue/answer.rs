//! What an answer does to an entry: request and answer give the new base and wish (queue.md 4 and 5).

use crate::row::{Remote, Row};
use crate::store::Replaced;
use crate::store::StoredRow;
use crate::store::entry::{Base, Failure, FailureKind, Request, RequestKind};
use crate::value::{Value, Version};

use super::merge;
use super::plan::{self, Case, Novelty};

/// An answer, with all that had to be asked besides.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// 2xx with the row.
    Row(Row),
    /// 2xx with a row of which a column cannot be read; the row has only its system members.
    Unreadable(Row),
    /// The row is deleted now: 2xx, 404 or 410 to a delete.
    Deleted(NoRow),
    /// 409 or 412, with what the server has.
    Clash {
        /// The status.
        status: u16,
        /// The server's row or tombstone; `None`: no such row.
        truth: Option<Remote>,
        /// The server's words.
        message: String,
    },
    /// 404 or 410 to an update.
    Gone(u16),
    /// An answer to an insert with a row of another id.
    WrongId(String),
    /// The server refuses.
    Refused {
        /// The status.
        status: u16,
        /// The server's words.
        message: String,
        /// Whether sending the same again is pointless.
        verdict: Verdict,
    },
}

/// How the server has no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoRow {
    /// It never had one, or forgot it.
    Unknown,
    /// It keeps a tombstone.
    Tombstone,
}

/// What a refusal means for the next push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Tried again.
    TryAgain,
    /// Set aside, unless the wish has changed since.
    SetAside,
}

/// What follows from an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum After {
    /// The next step is planned anew; the answer's row, if it gave one, is known.
    Plan(Option<Remote>),
    /// The entry has failed; the failure is in it.
    Failed,
}

impl Case {
    /// Settles the open request by its answer.
    pub(crate) fn settle(&mut self, request: &Request, novelty: Novelty, reply: Reply) -> After {
        self.entry.request = None;
        self.entry.repair = false;
        match reply {
            Reply::Row(row) => {
                self.accept(request, row.clone());
                After::Plan(Some(Remote::Row(row)))
            }
            Reply::Unreadable(system) => {
                let mut row = request.wish.clone().unwrap_or_else(|| Row::new(system.schema()));
                row.version = system.version;
                row.updated_at = system.updated_at;
                row.created_at = system.created_at;
                self.entry.base = Base::Row(row);
                After::Plan(None)
            }
            Reply::Deleted(no_row) => {
                self.entry.base = base_of(no_row);
                After::Plan(None)
            }
            // The tombstone is no more: what the server has now is asked again.
            Reply::Gone(_) if request.kind == RequestKind::Undelete => After::Plan(None),
            Reply::Gone(status) if self.wish.is_none() => {
                self.entry.base = if status == 404 { Base::None } else { Base::Tombstone };
                After::Plan(None)
            }
            Reply::Gone(status) => self.conflict(Some(status), Remote::Deleted(None)),
            Reply::Clash { status, truth, message } => self.clash(request, novelty, status, truth, message),
            Reply::WrongId(id) => {
                self.fail(FailureKind::WrongId, None, format!("the server answered with a row of id `{id}`"))
            }
            Reply::Refused { status, message, verdict } => {
                if novelty == Novelty::Repeated {
                    // The refusal is of this try; an earlier one may have had its effect. The truth decides.
                    self.entry.request = Some(request.clone());
                    self.entry.repair = true;
                }
                match verdict {
                    // What is not there and not wished needs no permission.
                    _ if self.is_done() => After::Plan(None),
                    Verdict::SetAside if self.wish != request.wish => After::Plan(None),
                    Verdict::SetAside => self.fail(FailureKind::SetAside, Some(status), message),
                    Verdict::TryAgain => self.fail(FailureKind::Refused, Some(status), message),
                }
            }
        }
    }

    /// The rules for 409 and 412 (queue.md 4, numbered there).
    fn clash(
        &mut self,
        request: &Request,
        novelty: Novelty,
        status: u16,
        truth: Option<Remote>,
        message: String,
    ) -> After {
        let live = truth.as_ref().and_then(Remote::live).cloned();
        if live.is_none() && self.wish.is_none() {
            self.entry.base = base_of(if truth.is_some() { NoRow::Tombstone } else { NoRow::Unknown });
            return After::Plan(truth);
        }
        if let Some(row) = &live {
            if novelty == Novelty::Repeated && self.is_own(request, row) {
                self.accept(request, row.clone());
                return After::Plan(truth);
            }
        } else if truth.is_some() && request.kind == RequestKind::Insert && novelty != Novelty::Repeated {
            self.entry.base = Base::Tombstone;
            self.entry.candidate = truth;
            return After::Plan(None);
        }
        if self.adopt_if_equal(live.as_ref()) {
            return After::Plan(truth);
        }
        if status == 409 && self.is_still_the_base(truth.as_ref()) {
            return self.fail(FailureKind::SetAside, Some(status), message);
        }
        // The conflict was resolved while the request was open: it asked for the base of before.
        let is_outdated = matches!(&self.entry.base, Base::Row(base) if base.version != request.if_match);
        if status == 412 && is_outdated && self.is_still_the_base(truth.as_ref()) {
            return After::Plan(None);
        }
        self.entry.doubtful |= novelty == Novelty::Repeated && request.kind != RequestKind::Delete;
        self.conflict(Some(status), truth.unwrap_or(Remote::Deleted(None)))
    }

    /// Whether a live row is what a request made that may have arrived before (rule 1).
    fn is_own(&self, request: &Request, row: &Row) -> bool {
        let made_here = self.entry.made_id && request.kind == RequestKind::Insert;
        made_here
            || request.kind != RequestKind::Delete && has_values_of(request, row)
            || has_tombstone_values(request, row)
    }

    /// Rule 3: the server has just what is wished.
    pub(crate) fn adopt_if_equal(&mut self, live: Option<&Row>) -> bool {
        let (Some(row), Some(wish)) = (live, &mut self.wish) else { return false };
        if !plan::same_on_the_wire(row, wish) || adds_up(&self.entry.base, wish) {
            return false;
        }
        take_values(wish, row, |_| true);
        let row = self.with_kept(row.clone(), None);
        self.entry.base = Base::Row(row);
        self.entry.doubtful = false;
        true
    }

    /// Whether the server has what the entry began with.
    fn is_still_the_base(&self, truth: Option<&Remote>) -> bool {
        match (&self.entry.base, truth) {
            (Base::None, None) | (Base::Tombstone, Some(Remote::Deleted(_))) => true,
            (Base::Row(base), Some(Remote::Row(row))) => base.version.is_some() && base.version == row.version,
            _ => false,
        }
    }

    /// The server did what was asked, or had done it: its row is the base now.
    fn accept(&mut self, request: &Request, row: Row) {
        if let (Some(wish), Some(sent)) = (&mut self.wish, &request.wish) {
            if request.kind == RequestKind::Undelete {
                // N2 ignores the values of an undelete (protocol.md 3.4): what still differs is an update.
                let same: Vec<usize> =
                    (0..wish.values.len()).filter(|&index| row.same_on_the_wire(wish, index)).collect();
                take_values(wish, &row, |index| same.contains(&index));
            } else {
                let unchanged: Vec<usize> =
                    (0..wish.values.len()).filter(|&index| wish.values[index] == sent.values[index]).collect();
                take_values(wish, &row, |index| unchanged.contains(&index));
            }
        }
        // Some servers ignore what an undelete carries.
        let carried = (request.kind != RequestKind::Undelete).then_some(request);
        let row = self.with_kept(row, carried);
        self.entry.base = Base::Row(row);
        self.entry.doubtful = false;
    }

    /// Adds to a row of the server what it has of columns that the app has no more, as far as is
    /// known: what the base had, null where there was none, and what a request has brought.
    pub(super) fn with_kept(&self, mut row: Row, request: Option<&Request>) -> Row {
        let mut kept = match (&self.entry.base, &self.wish) {
            (Base::Row(base), _) => base.kept().to_vec(),
            (_, Some(wish)) => {
                let mut kept = wish.kept().to_vec();
                kept.iter_mut().for_each(|cell| cell.value = Value::Null);
                kept
            }
            (_, None) => Vec::new(),
        };
        if let Some((request, sent)) = request.and_then(|request| Some((request, request.wish.as_ref()?))) {
            for cell in sent.kept().iter().filter(|cell| request.kept.contains(&cell.name)) {
                if let Some(known) = kept.iter_mut().find(|known| known.name == cell.name) {
                    known.value.clone_from(&cell.value);
                }
            }
        }
        row.set_kept(kept);
        row
    }

    /// What the truth says of an insert or undelete that nobody wants any more (queue.md 3).
    pub(crate) fn settle_unwanted(&mut self, request: &Request, truth: Option<Remote>) -> Unwanted {
        if self.wish.is_some() {
            return Unwanted::WantedAgain;
        }
        self.entry.request = None;
        match truth {
            None | Some(Remote::Deleted(_)) => {
                self.entry.base = base_of(if truth.is_some() { NoRow::Tombstone } else { NoRow::Unknown });
                // The request may yet arrive, so a candidate from before is no reason for a conflict.
                self.entry.candidate = None;
                Unwanted::Gone
            }
            Some(Remote::Row(row)) => {
                if self.is_own(request, &row) {
                    self.entry.base = Base::Row(row);
                    Unwanted::Arrived
                } else {
                    self.conflict(None, Remote::Row(row));
                    Unwanted::Foreign
                }
            }
        }
    }

    /// What the truth says of a row that is deleted on the server and wished again (queue.md 5).
    pub(crate) fn settle_make_again(&mut self, truth: Option<Remote>) -> MakeAgain {
        let Some(wish) = self.wish.clone() else {
            // Nothing is wished any more: what is open and what the server has decide at the next step.
            if let (None, Some(truth)) = (&self.entry.request, truth) {
                self.entry.candidate = Some(truth);
            }
            return MakeAgain::Plan;
        };
        let open = self.entry.request.take();
        match truth {
            None => MakeAgain::Send(plan::insert(&wish)),
            Some(Remote::Deleted(Some(tombstone))) => {
                let request = plan::undelete(&tombstone, &wish);
                self.entry.candidate = Some(Remote::Deleted(Some(tombstone)));
                MakeAgain::Send(request)
            }
            Some(Remote::Deleted(None)) => {
                self.conflict(None, Remote::Deleted(None));
                MakeAgain::Failed
            }
            Some(Remote::Row(row)) => {
                if self.adopt_if_equal(Some(&row)) {
                    return MakeAgain::Known(row);
                }
                self.entry.doubtful |= open.is_some();
                let own = open.is_some_and(|request| self.is_own(&request, &row));
                if own {
                    let base = self.with_kept(row.clone(), None);
                    self.entry.base = Base::Row(base);
                    self.entry.doubtful = false;
                    return MakeAgain::Known(row);
                }
                self.conflict(None, Remote::Row(row));
                MakeAgain::Failed
            }
        }
    }

    /// What the truth says of an entry that was set aside with a request open (queue.md 4, Repair).
    pub(crate) fn settle_repair(&mut self, request: &Request, truth: Option<Remote>) -> After {
        self.entry.repair = false;
        let untouched =
            matches!((&self.entry.base, &truth), (Base::None, None)) || self.is_still_the_base(truth.as_ref());
        if untouched {
            self.entry.request = None;
            // Should the insert arrive after all, the row of this id has values of before.
            self.entry.made_id &= request.kind != RequestKind::Insert;
            return After::Plan(None);
        }
        if request.kind == RequestKind::Delete && truth.as_ref().and_then(Remote::live).is_none() {
            let no_row = if truth.is_some() { NoRow::Tombstone } else { NoRow::Unknown };
            return self.settle(request, Novelty::Repeated, Reply::Deleted(no_row));
        }
        self.settle(request, Novelty::Repeated, Reply::Clash { status: 412, truth, message: String::new() })
    }

    /// What the truth says of an entry that was discarded with a request open (queue.md 8).
    ///
    /// The base is the row that the app was shown at the discard.
    pub(crate) fn settle_discarded(&mut self, truth: Option<Remote>) -> After {
        let request = self.entry.request.take();
        self.entry.discarded = false;
        // A pull may have shown a later state while the truth was asked.
        let candidate = self.entry.candidate.take();
        let truth = truth.and_then(|truth| plan::later(Some(truth), candidate));
        let written_since = !self.is_done();
        match (truth, &mut self.wish) {
            (Some(Remote::Row(row)), wish) if !written_since => {
                // Nobody wrote since: the row becomes what the server has.
                match wish {
                    Some(wish) => take_values(wish, &row, |_| true),
                    None => *wish = Some(row.clone()),
                }
                self.entry.base = Base::Row(row.clone());
                After::Plan(Some(Remote::Row(row)))
            }
            (truth @ (None | Some(Remote::Deleted(_))), wish) if !written_since => {
                *wish = None;
                self.entry.base = base_of(if truth.is_some() { NoRow::Tombstone } else { NoRow::Unknown });
                After::Plan(truth)
            }
            (Some(Remote::Row(row)), wish) => {
                // The wish began from the row that was shown; only the discarded request lies between
                // that row and the server's.
                let shown = match &self.entry.base {
                    Base::Row(shown) => Some(shown.clone()),
                    Base::None | Base::Tombstone => None,
                };
                let explained = request.is_some_and(|request| {
                    only_by(&request, shown.as_ref(), &row) || has_tombstone_values(&request, &row)
                });
                let unmoved = shown.as_ref().is_some_and(|shown| shown.version == row.version);
                if explained || unmoved {
                    if let (Some(wish), Some(shown)) = (wish, &shown) {
                        let unchanged: Vec<usize> =
                            (0..wish.values.len()).filter(|&index| wish.values[index] == shown.values[index]).collect();
                        take_values(wish, &row, |index| unchanged.contains(&index));
                    }
                    self.entry.base = Base::Row(row);
                    After::Plan(None)
                } else {
                    self.conflict(None, Remote::Row(row))
                }
            }
            (truth, _) => {
                // A deletion answers a discarded delete, as a 410 to its repetition would.
                let is_answer = request.is_some_and(|request| request.kind == RequestKind::Delete);
                if matches!(self.entry.base, Base::Row(_)) && self.wish.is_some() && !is_answer {
                    self.conflict(None, truth.unwrap_or(Remote::Deleted(None)))
                } else {
                    self.entry.base = base_of(if truth.is_some() { NoRow::Tombstone } else { NoRow::Unknown });
                    After::Plan(truth)
                }
            }
        }
    }

    /// Records a conflict; a candidate that is newer stays.
    pub(crate) fn conflict(&mut self, status: Option<u16>, remote: Remote) -> After {
        let message = match &remote {
            Remote::Row(_) => "the row has changed on the server",
            Remote::Deleted(_) => "the row is deleted on the server",
        };
        let candidate = self.entry.candidate.take();
        self.entry.candidate = plan::later(Some(remote), candidate);
        self.fail(FailureKind::Conflict, status, message.to_owned())
    }

    pub(crate) fn fail(&mut self, kind: FailureKind, status: Option<u16>, message: String) -> After {
        self.entry.failure = Some(Failure { kind, status, message });
        After::Failed
    }

    /// Records that the wish is absent, something was sent, and a live row is there.
    pub(crate) fn conflict_with_candidate(&mut self) {
        if let Some(candidate) = self.entry.candidate.take() {
            self.conflict(None, candidate);
        }
    }
}

/// What became of an insert that nobody wants any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unwanted {
    /// Somebody does want it: it is repeated.
    WantedAgain,
    /// It has not arrived; a grave catches it should it arrive late.
    Gone,
    /// It has arrived: it is deleted.
    Arrived,
    /// A row of another origin has the id.
    Foreign,
}

/// What follows from the truth about a row to be made again.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum MakeAgain {
    /// This request is stored and sent.
    Send(Request),
    /// The server's row is the base; plan on.
    Known(Row),
    /// Plan on.
    Plan,
    /// The entry has failed; the failure is in it.
    Failed,
}

/// Whether the device has changed a column whose merge adds up: then a server row that equals the
/// wish is another's change of the same size.
fn adds_up(base: &Base, wish: &Row) -> bool {
    let changed = |index: usize| match base {
        Base::Row(base) => base.values.get(index) != wish.values.get(index),
        Base::None | Base::Tombstone => true,
    };
    let mut columns = wish.schema().data_columns();
    columns.any(|(index, column)| column.merge_rule().is_some_and(merge::adds_up) && changed(index))
}

fn base_of(no_row: NoRow) -> Base {
    match no_row {
        NoRow::Unknown => Base::None,
        NoRow::Tombstone => Base::Tombstone,
    }
}

/// Whether a row has every value that a request changed; never for one that carried none.
fn has_values_of(request: &Request, row: &Row) -> bool {
    let Some(sent) = &request.wish else { return false };
    !request.columns.is_empty() && request.columns.iter().all(|&index| sent.same_on_the_wire(row, index))
}

/// Whether a row is what an undelete without values makes of its tombstone.
fn has_tombstone_values(request: &Request, row: &Row) -> bool {
    request.tombstone.as_ref().is_some_and(|tombstone| plan::same_on_the_wire(tombstone, row))
}

/// Whether a row differs from the one that was shown by nothing but the values of a request.
fn only_by(request: &Request, shown: Option<&Row>, row: &Row) -> bool {
    let Some(sent) = &request.wish else { return false };
    row.schema().data_columns().all(|(index, _)| {
        if request.columns.contains(&index) {
            sent.same_on_the_wire(row, index)
        } else {
            shown.is_some_and(|shown| shown.same_on_the_wire(row, index))
        }
    })
}

/// Copies the server's values of some columns, never of local-only ones.
pub(crate) fn take_values(wish: &mut Row, row: &Row, takes: impl Fn(usize) -> bool) {
    for (index, _) in row.schema().data_columns() {
        if takes(index) {
            wish.values[index].clone_from(&row.values[index]);
        }
    }
}

/// The version that a push replaced, for rows in the app's hands (queue.md 9): known only if the
/// answer changed no column that the push had not sent.
pub(crate) fn replaced_by(request: &Request, row: &Row, before: Option<&Version>) -> Option<Replaced> {
    let sent = request.wish.as_ref()?;
    let untouched = row
        .schema()
        .data_columns()
        .all(|(index, _)| request.columns.contains(&index) || sent.same_on_the_wire(row, index));
    untouched.then(|| before.cloned().map_or(Replaced::Unversioned, Replaced::Version))
}

/// A row as it is stored for a server row, keeping the device's own columns of the row before.
pub(crate) fn stored_from_server(row: Row, local: Option<&Row>) -> StoredRow {
    let mut row = row;
    for (index, column) in row.schema().columns().iter().enumerate() {
        if column.is_local_only() {
            row.values[index] = match local {
                Some(local) => local.values[index].clone(),
                // A default without a stored form is refused when the store is opened.
                None => column.default_cell().unwrap_or_default(),
            };
        }
    }
    StoredRow { row, replaced: None, entry: None }
}
