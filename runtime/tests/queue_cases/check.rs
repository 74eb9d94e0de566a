//! Compares what a case showed with what it expects, or with our behaviour where a rule says so.

mod events;
mod ours;
mod reports;
mod requests;

use serde_json::Value;

use crate::case::{Case, ExpectedRows, Kind, Row, State, Step};
use crate::exempt::{Assertion, Verdict, is_system};
use crate::instant;
use crate::recorded::Recorded;
use crate::run::Seen;

/// Adds a problem for each expectation that does not hold.
pub(crate) fn case(case: &Case, verdict: &Verdict, seen: &mut Seen) {
    let mut problems = Vec::new();
    let check = Check { case, verdict, seen };
    check.left_over(&mut problems);
    check.queue(&mut problems);
    check.rows(&mut problems);
    check.tokens(&mut problems);
    check.requests(&mut problems);
    check.reports(&mut problems);
    check.events(&mut problems);
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

    /// Expectations that only a rule can speak for: without one the case must not pass unread.
    fn left_over(&self, problems: &mut Problems) {
        let expect = &self.case.expect;
        let queue = expect.queue.as_deref().unwrap_or_default();
        for (path, present) in [
            ("expect.pushCalledWith", expect.push_called_with.is_some()),
            ("expect.columnsWritten", expect.columns_written.is_some()),
            ("expect.queue[].version", queue.iter().any(|op| op.version.is_some())),
            ("expect.queue[].sequence", queue.iter().any(|op| op.sequence.is_some())),
        ] {
            if present && self.verdict.keeps(path) {
                problems.push(format!("nothing compares {path}; a rule must say what is asserted"));
            }
        }
    }

    fn queue(&self, problems: &mut Problems) {
        if let Some(expected) = self.case.expect.pending_count.filter(|_| self.verdict.keeps("expect.pendingCount"))
            && expected != self.seen.pending.len()
        {
            problems.push(format!("{} operations are pending, expected {expected}", self.seen.pending.len()));
        }
        let Some(expected) = self.case.expect.queue.as_ref().filter(|_| self.verdict.keeps("expect.queue")) else {
            return;
        };
        let mut order: Vec<_> =
            expected.iter().enumerate().map(|(at, op)| (self.place(&op.table, &op.item_id), at, op)).collect();
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
                // That a request was sent is no state: a later write does not undo it.
                Some(State::Pending) => !pending.failed && pending.attempted == self.was_sent(&op.table, &pending.id),
                Some(State::Attempted) => pending.attempted,
                Some(State::Failed) => pending.failed,
                None => true,
            };
            if !state_holds {
                problems.push(format!(
                    "{name}: attempted {}, failed {}, expected {:?}",
                    pending.attempted, pending.failed, op.state
                ));
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

    fn was_sent(&self, table: &str, id: &str) -> bool {
        let names = |r: &Recorded| r.target().is_some_and(|(t, _)| t == table) && r.row_id().as_deref() == Some(id);
        self.seen.requests.iter().any(|r| r.is_write() && names(r))
    }

    /// Where an operation stands: the first write of its entry, or the delete that moved it to the end.
    fn place(&self, table: &str, id: &str) -> usize {
        let mut place = None;
        for (at, write) in
            self.seen.writes.iter().enumerate().filter(|(_, w)| !w.settled && w.table == table && w.id == id)
        {
            if place.is_none() || write.kind == Kind::Delete {
                place = Some(at);
            }
        }
        place.unwrap_or(0)
    }

    fn rows(&self, problems: &mut Problems) {
        for (table, expected) in self.case.expect.rows.iter().filter(|_| self.verdict.keeps("expect.rows")) {
            let named = |row: &&Row| {
                let id = row["id"].as_str().unwrap_or_default();
                let listed = matches!(expected, ExpectedRows::List(list) if list.iter().any(|r| r["id"] == id));
                listed || !self.seen.brought.contains(&(table.clone(), id.to_owned()))
            };
            let rows: Vec<&Row> = self.seen.rows.get(table).into_iter().flatten().filter(named).collect();
            match expected {
                ExpectedRows::List(list) => {
                    if rows.len() != list.len() {
                        problems.push(format!("{table} has {} rows, expected {}: {rows:?}", rows.len(), list.len()));
                    }
                    for row in list {
                        let id = row["id"].as_str().unwrap_or_default();
                        let found = if id == "{generated}" {
                            rows.iter().copied().find(|r| r["id"].as_str().is_some_and(|i| !i.is_empty()))
                        } else {
                            self.row(table, id)
                        };
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
                ExpectedRows::Words(words) => problems.push(format!(
                    "{table}: nothing is known for the words {words:?}; a rule must say what is asserted"
                )),
            }
        }
        if let (Some(expected), Some(step)) = (&self.case.expect.after_local_write, self.first_replaced()) {
            let found = self.seen.first_written.as_ref();
            let own: Row = expected
                .iter()
                .filter(|(name, value)| !(is_system(name) && value.is_null()))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect();
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
        let Some(expected) =
            self.case.expect.delta_tokens.as_ref().filter(|_| self.verdict.keeps("expect.deltaTokens"))
        else {
            return;
        };
        if expected.is_empty() && !self.seen.tokens.is_empty() {
            problems.push(format!("tokens are {:?}, expected none", self.seen.tokens));
        }
        for (key, value) in expected {
            let (table, query) = key.split_once('/').unwrap_or((key, "{derived}"));
            let text =
                if value == "unchanged" { self.case.given.delta_tokens.get(key).unwrap_or(value) } else { value };
            let found = self
                .seen
                .tokens
                .iter()
                .find(|((t, q), _)| t == table && (query == "{derived}" || q == query))
                .map(|(_, at)| *at);
            if instant::parse(text).is_none() || found != instant::parse(text) {
                problems.push(format!("token {key} is {:?}, expected {text}", found.map(instant::format)));
            }
        }
    }
}

/// Every expected member is there with that value; null and absent are one, stamps are compared as instants.
fn within(what: &str, expected: &Row, found: Option<&Row>, problems: &mut Problems) {
    let Some(found) = found else {
        return problems.push(format!("{what} is missing, expected {expected:?}"));
    };
    for (name, value) in expected.iter().filter(|(name, _)| *name != "deleted") {
        let actual = found.get(name).unwrap_or(&Value::Null);
        let same = match (value.as_str(), actual.as_str()) {
            (Some("{generated}"), Some(text)) => !text.is_empty(),
            (Some(a), Some(b)) if name == "updatedAt" || name == "createdAt" => {
                instant::parse(a).is_some() && instant::parse(a) == instant::parse(b)
            }
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
