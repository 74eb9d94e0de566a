//! Compares what a case showed with what it expects, or with our behaviour where a rule says so.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::case::{Case, ExpectedError, ExpectedRequest, ExpectedRows, Kind, Profile, PushStatus, RequestShape, Row, State, Step};
use crate::client::{Pushed, Status};
use crate::exempt::{Assertion, Verdict, is_system};
use crate::instant;
use crate::query::{Query, decode};
use crate::run::Seen;
use crate::script::Recorded;

/// Adds a problem for each expectation that does not hold.
pub(crate) fn case(case: &Case, verdict: &Verdict, seen: &mut Seen) {
    let mut problems = Vec::new();
    let check = Check { case, verdict, seen };
    check.queue(&mut problems);
    check.rows(&mut problems);
    check.tokens(&mut problems);
    check.requests(&mut problems);
    check.reports(&mut problems);
    check.ours(&mut problems);
    seen.problems.extend(problems);
}

struct Check<'a> {
    case: &'a Case,
    verdict: &'a Verdict,
    seen: &'a Seen,
}

type Problems = Vec<String>;

impl Check<'_> {
    fn row(&self, table: &str, id: &str) -> Option<&Row> {
        self.seen.rows.get(table)?.iter().find(|r| r["id"] == id)
    }

    /// The writes among the requests; a request that was repeated as it was counts once.
    fn writes(&self) -> Vec<&Recorded> {
        let mut writes: Vec<&Recorded> = self.seen.requests.iter().filter(|r| r.is_write()).collect();
        writes.dedup();
        writes
    }

    fn queue(&self, problems: &mut Problems) {
        if let Some(expected) = self.case.expect.pending_count.filter(|_| self.verdict.keeps("expect.pendingCount"))
            && expected != self.seen.pending.len()
        {
            problems.push(format!("{} operations are pending, expected {expected}", self.seen.pending.len()));
        }
        let Some(expected) = self.case.expect.queue.as_ref().filter(|_| self.verdict.keeps("expect.queue")) else { return };
        let mut order: Vec<_> = expected.iter().enumerate().map(|(at, op)| (self.place(&op.table, &op.item_id), at, op)).collect();
        order.sort_by_key(|(place, at, _)| (*place, *at));
        let names: Vec<_> = self.seen.pending.iter().map(|p| (p.kind, p.table.as_str(), p.id.as_str())).collect();
        if names.len() != order.len() {
            return problems.push(format!("the queue is {names:?}, expected {expected:?}"));
        }
        for (pending, (_, _, op)) in self.seen.pending.iter().zip(order) {
            let generated = op.item_id == "{generated}" && !pending.id.is_empty();
            if pending.kind != op.kind || pending.table != op.table || (pending.id != op.item_id && !generated) {
                return problems.push(format!("the queue is {names:?}, expected {expected:?} in the order of sending"));
            }
            let name = format!("operation {}/{}", op.table, pending.id);
            let state_holds = match op.state {
                Some(State::Pending) => !pending.failed && !pending.attempted,
                Some(State::Attempted) => pending.attempted,
                Some(State::Failed) => pending.failed,
                None => true,
            };
            if !state_holds {
                problems.push(format!("{name}: attempted {}, failed {}, expected {:?}", pending.attempted, pending.failed, op.state));
            }
            if op.http_status_code.is_some() && op.http_status_code != pending.http_status {
                problems.push(format!("{name}: status {:?}, expected {:?}", pending.http_status, op.http_status_code));
            }
            if op.last_attempt.is_some() && !pending.attempted {
                problems.push(format!("{name}: was not attempted"));
            }
            if let Some(item) = op.item.as_ref().filter(|_| op.kind != Kind::Delete) {
                within(&format!("{name}: row"), item, self.row(&op.table, &pending.id), problems);
            }
            if op.kind == Kind::Delete && op.item.is_some() {
                // A rule says that it is the base; without one the last local row is expected.
                let base = self.seen.base.get(&(op.table.clone(), pending.id.clone()));
                match (self.verdict.has(Assertion::DeleteKeepsBase), base, &op.item) {
                    (true, Some(base), _) => within(&format!("{name}: base"), base, pending.base.as_ref(), problems),
                    (_, _, Some(item)) => within(&format!("{name}: base"), item, pending.base.as_ref(), problems),
                    _ => {}
                }
            }
        }
    }

    /// Where an operation stands: the first write of its entry, or the delete that moved it to the end.
    fn place(&self, table: &str, id: &str) -> usize {
        let mut place = None;
        for (at, write) in self.seen.writes.iter().enumerate().filter(|(_, w)| w.table == table && w.id == id) {
            if place.is_none() || write.kind == Kind::Delete {
                place = Some(at);
            }
        }
        place.unwrap_or(0)
    }

    fn rows(&self, problems: &mut Problems) {
        let nothing = Vec::new();
        for (table, expected) in self.case.expect.rows.iter().filter(|_| self.verdict.keeps("expect.rows")) {
            let rows = self.seen.rows.get(table).unwrap_or(&nothing);
            match expected {
                ExpectedRows::List(list) => {
                    if rows.len() != list.len() {
                        problems.push(format!("{table} has {} rows, expected {}: {rows:?}", rows.len(), list.len()));
                    }
                    for row in list {
                        let id = row["id"].as_str().unwrap_or_default();
                        let found = if id == "{generated}" { rows.iter().find(|r| r["id"].as_str().is_some_and(|i| !i.is_empty())) } else { self.row(table, id) };
                        within(&format!("{table}/{id}"), row, found, problems);
                    }
                }
                ExpectedRows::Summary(summary) => {
                    if rows.len() != summary.count {
                        problems.push(format!("{table} has {} rows, expected {}", rows.len(), summary.count));
                    }
                    if summary.none_deleted && rows.iter().any(|r| r.get("deleted") == Some(&Value::Bool(true))) {
                        problems.push(format!("{table} shows deleted rows"));
                    }
                }
                ExpectedRows::Words(words) => problems.push(format!("{table}: nothing is known for the words {words:?}; a rule must say what is asserted")),
            }
        }
        if let (Some(expected), Some(step)) = (&self.case.expect.after_local_write, self.first_replaced()) {
            let found = self.seen.first_written.as_ref();
            let own: Row = expected.iter().filter(|(name, value)| !(is_system(name) && value.is_null())).map(|(k, v)| (k.clone(), v.clone())).collect();
            within("after the local write", &own, found, problems);
            no_system_members(step, found, problems);
        }
        if let (Some(_), Some(step)) = (&self.case.expect.columns_written, self.first_replaced()) {
            no_system_members(step, self.seen.first_written.as_ref(), problems);
        }
    }

    fn first_replaced(&self) -> Option<&Row> {
        self.case.steps.iter().find_map(|s| if let Step::Replace { item, .. } = s { Some(item) } else { None })
    }

    fn tokens(&self, problems: &mut Problems) {
        let Some(expected) = self.case.expect.delta_tokens.as_ref().filter(|_| self.verdict.keeps("expect.deltaTokens")) else { return };
        if expected.is_empty() && !self.seen.tokens.is_empty() {
            problems.push(format!("tokens are {:?}, expected none", self.seen.tokens));
        }
        for (key, value) in expected {
            let (table, query) = key.split_once('/').unwrap_or((key, "{derived}"));
            let text = if value == "unchanged" { self.case.given.delta_tokens.get(key).unwrap_or(value) } else { value };
            let found = self.seen.tokens.iter().find(|((t, q), _)| t == table && (query == "{derived}" || q == query)).map(|(_, at)| *at);
            if instant::parse(text).is_none() || found != instant::parse(text) {
                problems.push(format!("token {key} is {:?}, expected {text}", found.map(instant::format)));
            }
        }
    }

    fn requests(&self, problems: &mut Problems) {
        let expect = &self.case.expect;
        if let Some(expected) = expect.requests.as_ref().filter(|_| self.verdict.keeps("expect.requests")) {
            if expected.is_empty() && !self.seen.requests.is_empty() {
                problems.push(format!("requests were sent, expected none: {:?}", self.seen.requests));
            }
            let writes = self.writes();
            let shapes: Vec<_> = expected.iter().filter_map(|r| if let ExpectedRequest::Shape(s) = r { Some(s) } else { None }).collect();
            if shapes.len() < expected.len() {
                problems.push("query strings are compared by the rule for pulls only".to_owned());
            } else if shapes.len() != writes.len() && !expected.is_empty() {
                problems.push(format!("{} writes were sent, expected {}: {writes:?}", writes.len(), shapes.len()));
            }
            for (shape, write) in shapes.iter().zip(&writes) {
                self.shape(shape, write, problems);
            }
        }
        if let Some(shape) = &expect.each_request {
            self.writes().iter().for_each(|write| self.shape(shape, write, problems));
        }
        if let Some(expected) = expect.request_count.filter(|_| self.verdict.keeps("expect.requestCount"))
            && self.writes().len() != expected
        {
            problems.push(format!("{} writes were sent, expected {expected}", self.writes().len()));
        }
        if let Some(expected) = &expect.request_order {
            let found: Vec<String> = if expected.iter().any(|e| e.contains(' ')) {
                let mut all: Vec<String> = self.seen.requests.iter().filter(|r| r.is_write() || r.is_list()).filter_map(|r| Some(format!("{} {}", r.method, r.target()?.0))).collect();
                all.dedup();
                all
            } else {
                self.writes().iter().filter_map(|r| Some(format!("{}/{}", r.target()?.0, r.row_id()?))).collect()
            };
            let mut wanted = expected.clone();
            wanted.dedup();
            if found != wanted {
                problems.push(format!("requests left as {found:?}, expected {wanted:?}"));
            }
        }
        if let Some(expected) = &expect.if_match_sequence {
            let found: Vec<_> = self.writes().iter().filter_map(|r| r.if_match.clone()).collect();
            if found != *expected {
                problems.push(format!("If-Match was {found:?}, expected {expected:?}"));
            }
        }
        if let Some(expected) = expect.later_operations_attempted {
            let rows: BTreeSet<_> = self.writes().iter().filter_map(|r| r.row_id()).collect();
            if rows.len().saturating_sub(1) != expected {
                problems.push(format!("{} operations were attempted after the first, expected {expected}", rows.len().saturating_sub(1)));
            }
        }
    }

    fn shape(&self, shape: &RequestShape, request: &Recorded, problems: &mut Problems) {
        let name = format!("{} {}", request.method, request.path);
        let patch = self.verdict.has(Assertion::ChangedColumns) && self.case.profile != Profile::Toolkit;
        if let Some(methods) = &shape.method {
            let update = methods.split(" or ").any(|m| m == "PUT" || m == "PATCH");
            let holds = if patch && update { request.method == "PATCH" } else { methods.split(" or ").any(|m| m == request.method) };
            if !holds {
                problems.push(format!("{name}: expected {methods}{}", if patch { ", with PATCH for updates" } else { "" }));
            }
        }
        if shape.path.as_ref().is_some_and(|path| *path != decode(&request.path)) {
            problems.push(format!("{name}: expected path {:?}", shape.path));
        }
        if shape.if_match.as_ref().is_some_and(|tag| *tag != request.if_match) {
            problems.push(format!("{name}: If-Match {:?}, expected {:?}", request.if_match, shape.if_match));
        }
        let body = request.body.as_ref().and_then(Value::as_object);
        if let Some(system) = body.and_then(|b| b.keys().find(|k| is_system(k))) {
            problems.push(format!("{name}: the body carries the system member {system}"));
        }
        if patch && request.method == "PATCH" {
            self.changed_columns(&name, request, problems);
        } else {
            if let Some(expected) = &shape.body {
                let own: Row = expected.iter().filter(|(k, _)| !is_system(k)).map(|(k, v)| (k.clone(), v.clone())).collect();
                within(&format!("{name}: body"), &own, body, problems);
            }
            if let Some(columns) = &shape.body_columns {
                let found: BTreeSet<_> = body.map(|b| b.keys().cloned().collect()).unwrap_or_default();
                if columns.iter().cloned().collect::<BTreeSet<_>>() != found {
                    problems.push(format!("{name}: the body has {found:?}, expected {columns:?}"));
                }
            }
        }
        if let Some(expected) = &shape.body_has {
            within(&format!("{name}: body"), expected, body, problems);
        }
    }

    /// The body of a PATCH is what differs from the server's row, no more and no less.
    fn changed_columns(&self, name: &str, request: &Recorded, problems: &mut Problems) {
        let (Some((table, Some(id))), Some(body)) = (request.target(), request.body.as_ref().and_then(Value::as_object)) else {
            return problems.push(format!("{name}: has no row or no body"));
        };
        let mut wish = Row::new();
        for write in self.seen.writes.iter().filter(|w| w.table == table && w.id == id) {
            wish.extend(write.row.iter().map(|(k, v)| (k.clone(), v.clone())));
        }
        let sent: Row = body.iter().filter(|(k, _)| *k != "id").map(|(k, v)| (k.clone(), v.clone())).collect();
        // Without a row at the start the base is the answer to an earlier request, and the values say enough.
        let Some(base) = self.seen.base.get(&(table, id)) else { return };
        let changed: Row = wish.into_iter().filter(|(k, v)| k != "id" && !is_system(k) && base.get(k).unwrap_or(&Value::Null) != v).collect();
        if sent != changed {
            problems.push(format!("{name}: sends {sent:?}, the changed columns are {changed:?}"));
        }
    }

    fn reports(&self, problems: &mut Problems) {
        let expect = &self.case.expect;
        let last = self.seen.pushes.last().map(|p| &p.report);
        if let Some(status) = expect.push_status.filter(|_| self.verdict.keeps("expect.pushStatus")) {
            push_status(status, last, problems);
        }
        if let Some(expected) = expect.push_result.as_ref().filter(|_| self.verdict.keeps("expect.pushResult")) {
            let found = last.map(|r| (r.status == Status::Complete, r.settled, r.failed.len()));
            if found != Some((expected.successful, expected.completed, expected.failed)) {
                problems.push(format!("the push reports {found:?} (complete, settled, failed), expected {expected:?}"));
            }
        }
        if let Some(expected) = expect.errors.as_ref().filter(|_| self.verdict.keeps("expect.errors")) {
            errors(expected, last, problems);
            if expected.is_empty() && self.seen.pending.iter().any(|p| p.failed) {
                problems.push("an operation has an error, expected none".to_owned());
            }
        }
        if let Some(expected) = expect.first_push.as_ref().filter(|_| self.verdict.keeps("expect.firstPush")) {
            let first = self.seen.pushes.first();
            push_status(expected.push_status, first.map(|p| &p.report), problems);
            errors(&expected.errors, first.map(|p| &p.report), problems);
            if first.map(|p| p.pending) != Some(expected.pending_count) {
                problems.push(format!("after the first push {:?} operations are pending, expected {}", first.map(|p| p.pending), expected.pending_count));
            }
            let row = first.and_then(|p| p.rows.values().flatten().find(|r| r["id"] == expected.row["id"]));
            within("after the first push", &expected.row, row, problems);
        }
        if let Some(expected) = &expect.pull_result {
            match self.seen.pulls.last() {
                None => problems.push("no pull gave a report".to_owned()),
                Some(pulled) => {
                    for (what, wanted, found) in [("additions", expected.additions, pulled.additions), ("deletions", expected.deletions, pulled.deletions), ("replacements", expected.replacements, pulled.replacements)] {
                        if wanted.is_some_and(|n| n != found) {
                            problems.push(format!("the pull made {found} {what}, expected {wanted:?}"));
                        }
                    }
                    if expected.successful.is_some_and(|s| s != pulled.complete) || expected.failed_requests.is_some_and(|n| (n > 0) == pulled.complete) {
                        problems.push(format!("the pull is complete: {}, expected {expected:?}", pulled.complete));
                    }
                }
            }
        }
        if let Some(expected) = &expect.second_pull {
            let found = self.seen.pulls.get(1).map(|p| (p.additions, p.deletions, p.replacements));
            let wanted = |key: &str| if self.verdict.keeps(&format!("expect.secondPull.{key}")) { expected.get(key).and_then(Value::as_u64) } else { None };
            let holds = found.is_some_and(|(a, d, r)| [("additions", a), ("deletions", d), ("replacements", r)].iter().all(|(k, n)| wanted(k).is_none_or(|w| w == *n)));
            if !holds {
                problems.push(format!("the second pull made {found:?} (additions, deletions, replacements), expected {expected:?}"));
            }
        }
        if let Some(words) = &expect.queue_after_writes {
            let rows: BTreeSet<_> = self.seen.writes.iter().map(|w| (&w.table, &w.id)).collect();
            if words != "1 add + deletes + replaces" {
                problems.push(format!("nothing is known for the words {words:?}"));
            } else if self.seen.before_push.as_ref().map(Vec::len) != Some(rows.len()) {
                problems.push(format!("{:?} operations were pending before the push, expected {}", self.seen.before_push.as_ref().map(Vec::len), rows.len()));
            }
        }
    }

    /// What the rules assert in place of expectations.
    fn ours(&self, problems: &mut Problems) {
        for assertion in &self.verdict.asserts {
            match assertion {
                Assertion::KeysetPull => self.keyset_pull(problems),
                Assertion::DirtyPullGoesOn => self.dirty_pull(problems),
                Assertion::WritesCounted => {
                    let rows: BTreeSet<_> = self.seen.writes.iter().map(|w| (&w.table, &w.id)).collect();
                    if self.writes().len() != rows.len() {
                        problems.push(format!("{} writes were sent for {} rows", self.writes().len(), rows.len()));
                    }
                }
                Assertion::NothingToDoIsComplete => {
                    if self.seen.pushes.iter().any(|p| p.report.status != Status::Complete) || self.seen.pushes.is_empty() {
                        problems.push("a push with nothing to do is not complete".to_owned());
                    }
                }
                Assertion::StayingIsReported => {
                    let Some(report) = self.seen.pushes.last().map(|p| &p.report) else { continue };
                    for p in &self.seen.pending {
                        let named = report.failed.iter().any(|f| f.table == p.table && f.id == p.id) || report.not_attempted.contains(&(p.table.clone(), p.id.clone()));
                        if !named || report.status == Status::Complete {
                            problems.push(format!("{}/{} stays, but the report ({:?}) does not say so", p.table, p.id, report.status));
                        }
                    }
                    if self.seen.pending.is_empty() {
                        problems.push("nothing stays queued after a request without answer".to_owned());
                    }
                }
                Assertion::EqualAnswerSettles => {
                    if !self.seen.pending.is_empty() || self.seen.pushes.iter().any(|p| p.report.status != Status::Complete) {
                        problems.push(format!("an answer equal to the wish leaves {:?}", self.seen.pending));
                    }
                    for body in self.case.server.iter().filter(|a| matches!(a.status, Some(409 | 412))).filter_map(|a| a.body.as_ref()?.as_object()) {
                        let found = self.seen.rows.values().flatten().find(|r| r.get("id") == body.get("id"));
                        within("the settled row", body, found, problems);
                    }
                }
                Assertion::GoneRowIsDeleted => {
                    let found: Vec<_> = self.writes().iter().filter_map(|r| Some((r.method.clone(), r.row_id()?))).collect();
                    let wanted: Vec<_> = self.case.given.queue.iter().map(|op| ("DELETE".to_owned(), op.item_id.clone())).collect();
                    if found != wanted || !self.seen.pending.is_empty() {
                        problems.push(format!("the writes were {found:?}, expected {wanted:?} and an empty queue"));
                    }
                }
                Assertion::PageRefused => {
                    if self.seen.rows.values().any(|rows| !rows.is_empty()) || !self.seen.tokens.is_empty() || self.seen.pulls.iter().any(|p| p.complete) {
                        problems.push("a page with a row without id was applied".to_owned());
                    }
                }
                Assertion::OwnWritesAreNoNews => {
                    if self.seen.pulls.get(1).map(|p| p.replacements) != Some(0) {
                        problems.push("own writes come back as replacements".to_owned());
                    }
                }
                Assertion::AcceptedAsWish => {
                    for write in self.seen.writes.last() {
                        let (row, pending) = (self.row(&write.table, &write.id), self.seen.pending.iter().find(|p| p.table == write.table && p.id == write.id));
                        let holds = if write.kind == Kind::Delete { row.is_none() } else { row.is_some() && pending.is_none_or(|p| p.kind == Kind::Update) };
                        if !holds {
                            problems.push(format!("{}/{}: row {row:?}, operation {pending:?} are not what was wished", write.table, write.id));
                        }
                    }
                }
                Assertion::NotFound => {
                    if !self.seen.pending.is_empty() {
                        problems.push(format!("a refused write queued {:?}", self.seen.pending));
                    }
                }
                // Part of the comparisons above, or of the start state.
                Assertion::OrderOfSending | Assertion::DeleteKeepsBase | Assertion::ChangedColumns | Assertion::NoParameters | Assertion::RowSeeded | Assertion::NoSystemMembersWritten => {}
            }
        }
    }

    fn keyset_pull(&self, problems: &mut Problems) {
        let expected: Vec<Query> = self.case.expect.requests.iter().flatten().filter_map(|r| if let ExpectedRequest::Query(text) = r { Some(Query::read(text)) } else { None }).collect::<Result<_, _>>().unwrap_or_else(|e| {
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
        let Some(first) = expected.first() else { return };
        if found.len() != 1 {
            problems.push(format!("lists were asked of {:?}, expected one table", found.keys()));
        }
        for queries in found.values() {
            let parameters = if self.verdict.has(Assertion::NoParameters) { BTreeMap::new() } else { first.parameters.clone() };
            let mut from = queries[0].from_millis();
            if from != first.from_millis() {
                problems.push(format!("the first list asks from {}, expected {}", instant::format(from), instant::format(first.from_millis())));
            }
            for query in queries {
                let inside = query.bounds.iter().any(|b| b.op == "lt") || query.unstamped;
                let order: &[&str] = if inside { &["id"] } else { &["updatedAt", "id"] };
                let own: Vec<_> = query.own.iter().map(|c| c.replace(' ', "")).collect();
                let keeps_own = first.own.iter().all(|c| own.contains(&c.replace(' ', "")));
                if !query.include_deleted || !query.count || query.skip.is_some_and(|n| n > 0) || query.order != order || query.parameters != parameters || !keeps_own || query.bounds.iter().any(|b| b.op == "gt") {
                    problems.push(format!("a list asks {query:?}; expected own filter {:?}, an inclusive bound, order {order:?}, count and tombstones, no skip, parameters {parameters:?}", first.own));
                }
                if query.from_millis() < from && !query.unstamped {
                    problems.push(format!("a later list asks from {}, earlier than {}", instant::format(query.from_millis()), instant::format(from)));
                }
                from = from.max(query.from_millis());
            }
            for step in expected.iter().skip(1).filter(|q| q.skip.unwrap_or(0) == 0) {
                if !queries.iter().skip(1).any(|q| q.from_millis() == step.from_millis()) {
                    problems.push(format!("no later list asks from {}: {queries:?}", instant::format(step.from_millis())));
                }
            }
        }
    }

    fn dirty_pull(&self, problems: &mut Problems) {
        let write = self.seen.requests.iter().position(Recorded::is_write);
        let list = self.seen.requests.iter().rposition(Recorded::is_list);
        if !write.zip(list).is_some_and(|(w, l)| w < l) {
            problems.push(format!("the pull did not push first and then go on: {:?}", self.seen.requests));
        }
        let refused = self.case.given.push_does_nothing || self.case.server.iter().any(|a| a.body.is_none() && a.status.is_some_and(|s| s >= 400) || a.failure.is_some());
        let report = self.seen.pulls.last().and_then(|p| p.push.as_ref());
        match report {
            None => problems.push("the pull reports no push".to_owned()),
            Some(push) if (push.status == Status::Complete) == refused || self.seen.pending.is_empty() == refused => {
                problems.push(format!("the push before the pull ended as {:?} and left {} operations", push.status, self.seen.pending.len()));
            }
            Some(_) => {}
        }
    }
}

fn push_status(expected: PushStatus, report: Option<&Pushed>, problems: &mut Problems) {
    let Some(report) = report else {
        if expected != PushStatus::CancelledByToken {
            problems.push(format!("no push gave a report, expected {expected:?}"));
        }
        return;
    };
    let holds = match expected {
        PushStatus::Complete => matches!(report.status, Status::Complete | Status::WithFailures),
        PushStatus::CancelledByNetworkError => matches!(report.status, Status::Offline | Status::Unavailable),
        PushStatus::CancelledByAuthenticationError => report.status == Status::Unauthorized,
        PushStatus::CancelledByOperation => report.status == Status::Aborted,
        PushStatus::CancelledByStoreError | PushStatus::CancelledByToken => false,
    };
    if !holds {
        problems.push(format!("the push ended as {:?}, expected {expected:?}", report.status));
    }
}

fn errors(expected: &[ExpectedError], report: Option<&Pushed>, problems: &mut Problems) {
    let failed = report.map(|r| r.failed.as_slice()).unwrap_or_default();
    if failed.len() != expected.len() {
        problems.push(format!("the push reports {failed:?}, expected {expected:?}"));
    }
    for error in expected {
        let Some(found) = failed.iter().find(|f| f.id == error.item_id) else { continue };
        let kind = error.kind.is_none_or(|k| k == found.kind);
        let table = error.table.as_ref().is_none_or(|t| *t == found.table);
        let status = error.status.is_none_or(|s| s == found.http_status);
        if !kind || !table || !status || error.handled == Some(true) {
            problems.push(format!("the push reports {found:?}, expected {error:?}"));
        }
        let raw = error.raw_result.as_deref().and_then(|text| serde_json::from_str(text).ok());
        for row in error.result.iter().chain(&raw) {
            within("the server's row of the conflict", row, found.remote.as_ref(), problems);
        }
        if let Some(item) = error.item.as_ref().filter(|item| item["id"] != found.id.as_str()) {
            problems.push(format!("the push reports {found:?}, expected the item {item:?}"));
        }
    }
}

/// Every expected member is there with that value; null and absent are one, stamps are compared as instants.
fn within(what: &str, expected: &Row, found: Option<&Row>, problems: &mut Problems) {
    let Some(found) = found else { return problems.push(format!("{what} is missing, expected {expected:?}")) };
    for (name, value) in expected.iter().filter(|(name, _)| *name != "deleted") {
        let actual = found.get(name).unwrap_or(&Value::Null);
        let same = match (value.as_str(), actual.as_str()) {
            (Some("{generated}"), Some(text)) => !text.is_empty(),
            (Some(a), Some(b)) if name == "updatedAt" || name == "createdAt" => instant::parse(a).is_some() && instant::parse(a) == instant::parse(b),
            _ => value == actual,
        };
        if !same {
            problems.push(format!("{what}: {name} is {actual}, expected {value}"));
        }
    }
}

fn no_system_members(given: &Row, found: Option<&Row>, problems: &mut Problems) {
    for (name, value) in given.iter().filter(|(name, _)| is_system(name) && *name != "version") {
        if found.is_some_and(|row| row.get(name) == Some(value) && *value != Value::Bool(false)) {
            problems.push(format!("the local write stored {name} = {value}"));
        }
    }
}
