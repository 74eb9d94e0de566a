//! What the rules assert in place of expectations.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Problems, within};
use crate::case::{ExpectedRequest, Kind, Row, Step};
use crate::client::Status;
use crate::exempt::{Assertion, is_system, ordered};
use crate::instant;
use crate::query::Query;
use crate::recorded::Recorded;

impl Check<'_> {
    /// What the rules assert in place of expectations.
    pub(super) fn ours(&self, problems: &mut Problems) {
        for assertion in &self.verdict.asserts {
            match assertion {
                Assertion::EventsOfPages => self.events_of_pages(problems),
                Assertion::KeysetPull => self.keyset_pull(problems),
                Assertion::DirtyPullGoesOn => self.dirty_pull(problems),
                Assertion::WritesCounted => {
                    // Those that no push has come to have no request.
                    let left: BTreeSet<_> =
                        self.seen.pending.iter().filter(|p| !p.attempted).map(|p| (&p.table, &p.id)).collect();
                    let written = self.seen.writes.iter().map(|w| (&w.table, &w.id));
                    let rows: BTreeSet<_> = written.filter(|row| !left.contains(row)).collect();
                    if self.writes().len() != rows.len() {
                        problems.push(format!("{} writes were sent for {} rows", self.writes().len(), rows.len()));
                    }
                }
                Assertion::NothingToDoIsComplete => {
                    if self.seen.pushes.iter().any(|p| p.report.status != Status::Complete)
                        || self.seen.pushes.is_empty()
                    {
                        problems.push("a push with nothing to do is not complete".to_owned());
                    }
                }
                Assertion::StayingIsReported => {
                    let Some(report) = self.seen.pushes.last().map(|p| &p.report) else {
                        continue;
                    };
                    for p in &self.seen.pending {
                        let named = report.failed.iter().any(|f| f.table == p.table && f.id == p.id)
                            || report.not_attempted.contains(&(p.table.clone(), p.id.clone()));
                        if !named || report.status == Status::Complete {
                            problems.push(format!(
                                "{}/{} stays, but the report ({:?}) does not say so",
                                p.table, p.id, report.status
                            ));
                        }
                    }
                    if self.seen.pending.is_empty() {
                        problems.push("nothing stays queued after a request without answer".to_owned());
                    }
                }
                Assertion::EqualAnswerSettles => {
                    if !self.seen.pending.is_empty()
                        || self.seen.pushes.iter().any(|p| p.report.status != Status::Complete)
                    {
                        problems.push(format!("an answer equal to the wish leaves {:?}", self.seen.pending));
                    }
                    for body in self
                        .case
                        .server
                        .iter()
                        .filter(|a| matches!(a.status, Some(409 | 412)))
                        .filter_map(|a| a.body.as_ref()?.as_object())
                    {
                        let found = self.seen.rows.values().flatten().find(|r| r.get("id") == body.get("id"));
                        within("the settled row", body, found, problems);
                    }
                }
                Assertion::GoneRowIsDeleted => {
                    let found: Vec<_> =
                        self.writes().iter().filter_map(|r| Some((r.method.clone(), r.row_id()?))).collect();
                    let wanted: Vec<_> =
                        self.case.given.queue.iter().map(|op| ("DELETE".to_owned(), op.item_id.clone())).collect();
                    if found != wanted || !self.seen.pending.is_empty() {
                        problems.push(format!("the writes were {found:?}, expected {wanted:?} and an empty queue"));
                    }
                }
                Assertion::PageRefused => {
                    if self.seen.rows.values().any(|rows| !rows.is_empty())
                        || !self.seen.tokens.is_empty()
                        || self.seen.pulls.iter().any(|p| p.complete)
                    {
                        problems.push("a page with a row without id was applied".to_owned());
                    }
                }
                Assertion::DisorderIsFlagged => self.disorder(problems),
                Assertion::OwnWritesAreNoNews => {
                    if self.seen.pulls.get(1).map(|p| p.replacements) != Some(0) {
                        problems.push("own writes come back as replacements".to_owned());
                    }
                }
                Assertion::AcceptedAsWish => {
                    if let Some(write) = self.seen.writes.last() {
                        let (row, pending) = (
                            self.row(&write.table, &write.id),
                            self.seen.pending.iter().find(|p| p.table == write.table && p.id == write.id),
                        );
                        let holds = if write.kind == Kind::Delete {
                            row.is_none()
                        } else {
                            row.is_some() && pending.is_none_or(|p| p.kind == Kind::Update)
                        };
                        if !holds {
                            problems.push(format!(
                                "{}/{}: row {row:?}, operation {pending:?} are not what was wished",
                                write.table, write.id
                            ));
                        }
                    }
                }
                Assertion::NotFound => {
                    if !self.seen.pending.is_empty() {
                        problems.push(format!("a refused write queued {:?}", self.seen.pending));
                    }
                }
                Assertion::AbortsAtConflict => {
                    let report = self.seen.pushes.last().map(|p| &p.report);
                    let stays = |id: &String| self.seen.pending.iter().any(|p| p.id == *id && p.failed);
                    let aborted = report.is_some_and(|r| {
                        r.status == Status::Aborted && r.failed.iter().all(|f| stays(&f.id)) && r.failed.len() == 1
                    });
                    if !aborted {
                        problems.push(format!("code at a conflict did not stop the push: {report:?}"));
                    }
                }
                Assertion::ResentForTheVersionSeen => {
                    let wanted = self.conflict_row().and_then(|row| Some(format!("\"{}\"", row["version"].as_str()?)));
                    let found = self.writes().last().and_then(|write| write.if_match.clone());
                    if wanted.is_none() || found != wanted || self.writes().len() != 2 {
                        problems.push(format!("after the conflict If-Match was {found:?}, expected {wanted:?}"));
                    }
                }
                Assertion::ServerRowShown => self.server_row_shown(problems),
                Assertion::ResolvedIsRebased => self.resolved(problems),
                // Part of the comparisons above, or of the start state.
                Assertion::OrderOfSending
                | Assertion::DeleteKeepsBase
                | Assertion::ChangedColumns
                | Assertion::RowSeeded
                | Assertion::ValueWritten
                | Assertion::NoSystemMembersWritten => {}
            }
        }
    }

    /// The server's row that the last 409 or 412 shows.
    fn conflict_row(&self) -> Option<&Row> {
        let answers = self.case.server.iter().rev();
        answers
            .filter(|answer| matches!(answer.status, Some(409 | 412)))
            .find_map(|answer| answer.body.as_ref()?.as_object())
    }

    fn server_row_shown(&self, problems: &mut Problems) {
        let bases = self.seen.base.values().collect::<Vec<_>>();
        let rows = self.conflict_row().map_or(bases, |row| vec![row]);
        for row in &rows {
            let found = self.seen.rows.values().flatten().find(|found| found.get("id") == row.get("id"));
            within("the server's row", row, found, problems);
        }
        let shown = self.seen.rows.values().flatten().count();
        if shown != rows.len() || !self.seen.pending.is_empty() {
            problems.push(format!("{shown} rows are shown and {:?} is pending, expected {rows:?}", self.seen.pending));
        }
    }

    fn resolved(&self, problems: &mut Problems) {
        for step in &self.case.steps {
            let Step::UpdateOperation { error, item, fails: None, .. } = step else { continue };
            let Some(pending) = self.seen.pending.iter().find(|p| p.id == *error) else {
                // A later push has sent it.
                if self.case.steps.last().is_some_and(Step::mends) {
                    problems.push(format!("the resolved operation of {error} is not pending"));
                }
                continue;
            };
            if pending.failed || pending.kind == Kind::Insert {
                problems.push(format!("the resolved operation is {pending:?}"));
            }
            if let Some(row) = self.conflict_row() {
                within("the base of the resolved operation", row, pending.base.as_ref(), problems);
            }
            let row = self.row(&pending.table, error);
            if pending.kind == Kind::Delete {
                if row.is_some() {
                    problems.push(format!("the row {error} is there, though it is to be deleted"));
                }
            } else {
                let values = item.iter().filter(|(name, _)| !is_system(name));
                let values: Row = values.map(|(name, value)| (name.clone(), value.clone())).collect();
                within("the resolved row", &values, row, problems);
            }
        }
    }

    fn disorder(&self, problems: &mut Problems) {
        let (mut token, mut asked) = (None, 0);
        let lists = self.case.server.iter().filter_map(|answer| answer.rows.as_deref());
        for rows in lists {
            asked += 1;
            let kept = ordered(rows);
            token = token.max(kept.iter().filter_map(|row| instant::parse(row["updatedAt"].as_str()?)).max());
            if kept.len() < rows.len() {
                for row in rows.iter().filter(|row| row["deleted"] != true) {
                    if !self.seen.rows.values().flatten().any(|found| found.get("id") == row.get("id")) {
                        problems.push(format!("the row {} of a page out of order is not there", row["id"]));
                    }
                }
                break;
            }
        }
        let found = self.seen.tokens.values().max().copied();
        if found != token {
            problems.push(format!("the token is {found:?}, the last stamp in order {token:?}"));
        }
        let lists = self.seen.requests.iter().filter(|r| r.is_list()).count();
        if lists != asked || self.seen.pulls.iter().all(|pulled| pulled.complete) {
            problems.push(format!("a page out of order was asked for as list {asked} of {lists}, and not flagged"));
        }
    }

    pub(super) fn keyset_pull(&self, problems: &mut Problems) {
        let expected: Vec<Query> = self
            .case
            .expect
            .requests
            .iter()
            .flatten()
            .filter_map(|r| if let ExpectedRequest::Query(text) = r { Some(Query::read(text)) } else { None })
            .collect::<Result<_, _>>()
            .unwrap_or_else(|e| {
                problems.push(e);
                Vec::new()
            });
        let mut found: BTreeMap<String, Vec<Query>> = BTreeMap::new();
        for request in self.seen.requests.iter().filter(|r| r.is_list()) {
            match (request.target(), Query::read(&request.query)) {
                (Some((table, _)), Ok(query)) => found.entry(table).or_default().push(query),
                (_, Err(e)) => problems.push(format!("{}: {e}", request.query)),
                (None, _) => problems.push(format!("{} is no table", request.path)),
            }
        }
        let Some(first) = expected.first() else {
            return;
        };
        if found.len() != 1 {
            problems.push(format!("lists were asked of {:?}, expected one table", found.keys()));
        }
        for queries in found.values() {
            let parameters = &first.parameters;
            let mut from = queries[0].lower_bound();
            if from != first.lower_bound() {
                problems.push(format!(
                    "the first list asks from {}, expected {}",
                    instant::format(from),
                    instant::format(first.lower_bound())
                ));
            }
            for query in queries {
                let inside = query.bounds.iter().any(|b| b.op == "lt") || query.unstamped;
                let order: &[&str] = if inside { &["id"] } else { &["updatedAt", "id"] };
                let own: Vec<_> = query.own.iter().map(|c| c.replace(' ', "")).collect();
                let keeps_own = first.own.iter().all(|c| own.contains(&c.replace(' ', "")));
                if !query.include_deleted
                    || !query.count
                    || query.skip.is_some_and(|n| n > 0)
                    || query.order != order
                    || query.parameters != *parameters
                    || !keeps_own
                    || query.bounds.iter().any(|b| b.op == "gt")
                {
                    problems.push(format!("a list asks {query:?}; expected own filter {:?}, an inclusive bound, order {order:?}, count and tombstones, no skip, parameters {parameters:?}", first.own));
                }
                if query.lower_bound() < from && !query.unstamped {
                    problems.push(format!(
                        "a later list asks from {}, earlier than {}",
                        instant::format(query.lower_bound()),
                        instant::format(from)
                    ));
                }
                from = from.max(query.lower_bound());
            }
            let ends_early = self.verdict.has(Assertion::DisorderIsFlagged);
            for step in expected.iter().skip(1).filter(|q| q.skip.unwrap_or(0) == 0 && !ends_early) {
                if !queries.iter().skip(1).any(|q| q.lower_bound() == step.lower_bound()) {
                    problems
                        .push(format!("no later list asks from {}: {queries:?}", instant::format(step.lower_bound())));
                }
            }
        }
    }

    pub(super) fn dirty_pull(&self, problems: &mut Problems) {
        let write = self.seen.requests.iter().position(Recorded::is_write);
        let list = self.seen.requests.iter().rposition(Recorded::is_list);
        if write.zip(list).is_none_or(|(w, l)| w >= l) {
            problems.push(format!("the pull did not push first and then go on: {:?}", self.seen.requests));
        }
        let refused = self.case.given.push_does_nothing
            || self
                .case
                .server
                .iter()
                .any(|a| a.body.is_none() && a.status.is_some_and(|s| s >= 400) || a.failure.is_some());
        let report = self.seen.pulls.last().and_then(|p| p.push.as_ref());
        match report {
            None => problems.push("the pull reports no push".to_owned()),
            Some(push) if (push.status == Status::Complete) == refused || self.seen.pending.is_empty() == refused => {
                problems.push(format!(
                    "the push before the pull ended as {:?} and left {} operations",
                    push.status,
                    self.seen.pending.len()
                ));
            }
            Some(_) => {}
        }
    }
}
