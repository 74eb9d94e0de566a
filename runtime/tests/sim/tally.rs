//! How often each thing happened.

use std::collections::BTreeMap;

#[derive(Debug, Clone, Default)]
pub(crate) struct Tally(BTreeMap<&'static str, u64>);

/// What a run of the usual length must have seen often enough.
const EXPECTED: [&str; 57] = [
    "answer replayed",
    "batch delayed or doubled",
    "batch done in part",
    "batch passed",
    "conflict",
    "crash amid a batch",
    "discard",
    "discard of what was sent",
    "future dropped",
    "late request with effect",
    "late request without effect",
    "page of a stranger",
    "pull begun",
    "pull met a pending row",
    "pull of several pages",
    "pull with a filter begun",
    "purge",
    "purge beside pending rows",
    "purge refused",
    "push begun",
    "push stopped",
    "reply cut",
    "reply lost",
    "reply of a batch lost",
    "report compared with its scope",
    "request delayed",
    "request doubled",
    "request lost",
    "request never left",
    "request passed",
    "restart amid work",
    "restart at rest",
    "row changed while it was sent",
    "server forgets what it has answered",
    "slow reply",
    "status 403",
    "status 422",
    "status 429",
    "status 500",
    "status 503",
    "status 503 with Retry-After",
    "stranger brings a row back",
    "stranger changes a row",
    "stranger deletes a row",
    "stranger puts a row",
    "sync begun",
    "taken, then status 500",
    "whole pull begun",
    "write",
    "write beside sync",
    "write refused",
    "handler asked",
    "world of batches",
    "world of files",
    "world of keys",
    "world of several lanes",
    "world of a policy",
];

impl Tally {
    pub(crate) fn count(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    pub(crate) fn join(&mut self, other: &Self) {
        for (what, count) in &other.0 {
            *self.0.entry(what).or_default() += count;
        }
    }

    /// What is expected and happened less often than this.
    pub(crate) fn missing(&self, least: u64) -> Vec<&'static str> {
        EXPECTED.into_iter().filter(|what| self.0.get(what).is_none_or(|count| *count < least)).collect()
    }

    pub(crate) fn table(&self) -> String {
        self.0.iter().map(|(what, count)| format!("{count:>10}  {what}\n")).collect()
    }
}
