//! What push and pull told the app.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Check, Problems, within};
use crate::case::{ExpectedError, PushStatus, Step};
use crate::client::{Pushed, Status};

impl Check<'_> {
    pub(super) fn reports(&self, problems: &mut Problems) {
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
            // What the app did with an operation after the push took its error away.
            if !(expected.is_empty() && self.case.steps.iter().any(Step::mends)) {
                errors(expected, last, problems);
            }
            if expected.is_empty() && self.seen.pending.iter().any(|p| p.failed) {
                problems.push("an operation has an error, expected none".to_owned());
            }
        }
        if let Some(expected) = expect.first_push.as_ref().filter(|_| self.verdict.keeps("expect.firstPush")) {
            let first = self.seen.pushes.first();
            push_status(expected.push_status, first.map(|p| &p.report), problems);
            errors(&expected.errors, first.map(|p| &p.report), problems);
            if first.map(|p| p.pending) != Some(expected.pending_count) {
                problems.push(format!(
                    "after the first push {:?} operations are pending, expected {}",
                    first.map(|p| p.pending),
                    expected.pending_count
                ));
            }
            let row = first.and_then(|p| p.rows.values().flatten().find(|r| r["id"] == expected.row["id"]));
            within("after the first push", &expected.row, row, problems);
        }
        if let Some(expected) = expect.pull_result.as_ref().filter(|_| self.verdict.keeps("expect.pullResult")) {
            match self.seen.pulls.last() {
                None => problems.push("no pull gave a report".to_owned()),
                Some(pulled) => {
                    for (what, wanted, found) in [
                        ("additions", expected.additions, pulled.additions),
                        ("deletions", expected.deletions, pulled.deletions),
                        ("replacements", expected.replacements, pulled.replacements),
                    ] {
                        if wanted.is_some_and(|n| n != found) {
                            problems.push(format!("the pull made {found} {what}, expected {wanted:?}"));
                        }
                    }
                    if expected.successful.is_some_and(|s| s != pulled.complete)
                        || expected.failed_requests.is_some_and(|n| (n > 0) == pulled.complete)
                    {
                        problems.push(format!("the pull is complete: {}, expected {expected:?}", pulled.complete));
                    }
                }
            }
        }
        if let Some(expected) = &expect.second_pull {
            let found = self.seen.pulls.get(1).map(|p| (p.additions, p.deletions, p.replacements));
            let wanted = |key: &str| {
                if self.verdict.keeps(&format!("expect.secondPull.{key}")) {
                    expected.get(key).and_then(Value::as_u64)
                } else {
                    None
                }
            };
            let holds = found.is_some_and(|(a, d, r)| {
                [("additions", a), ("deletions", d), ("replacements", r)]
                    .iter()
                    .all(|(k, n)| wanted(k).is_none_or(|w| w == *n))
            });
            if !holds {
                problems.push(format!(
                    "the second pull made {found:?} (additions, deletions, replacements), expected {expected:?}"
                ));
            }
        }
        if let Some(words) = &expect.queue_after_writes {
            let rows: BTreeSet<_> = self.seen.writes.iter().map(|w| (&w.table, &w.id)).collect();
            if words != "1 add + deletes + replaces" {
                problems.push(format!("nothing is known for the words {words:?}"));
            } else if self.seen.before_push.as_ref().map(Vec::len) != Some(rows.len()) {
                problems.push(format!(
                    "{:?} operations were pending before the push, expected {}",
                    self.seen.before_push.as_ref().map(Vec::len),
                    rows.len()
                ));
            }
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
        PushStatus::CancelledByNetworkError => {
            matches!(report.status, Status::Offline | Status::Unavailable)
        }
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
        let Some(found) = failed.iter().find(|f| f.id == error.item_id) else {
            continue;
        };
        let kind = error.kind.is_none_or(|k| k == found.kind);
        let table = error.table.as_ref().is_none_or(|t| *t == found.table);
        let status = error.status.allows(&found.http_status);
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
