//! Requests as the server saw them.

use serde_json::Value;

use crate::query::{Query, decode};

/// A request as it came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recorded {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) if_match: Option<String>,
    pub(crate) body: Option<Value>,
}

impl Recorded {
    /// Table and id of `/tables/{table}[/{id}]`.
    pub(crate) fn target(&self) -> Option<(String, Option<String>)> {
        let rest = self.path.strip_prefix("/tables/")?.trim_end_matches('/');
        Some(match rest.split_once('/') {
            Some((table, id)) => (table.to_owned(), Some(decode(id))),
            None => (rest.to_owned(), None),
        })
    }

    pub(crate) fn is_write(&self) -> bool {
        self.method != "GET"
    }

    /// A list request that asks for rows, not only whether the table answers.
    pub(crate) fn is_list(&self) -> bool {
        self.method == "GET"
            && matches!(self.target(), Some((_, None)))
            && Query::read(&self.query).is_ok_and(|q| q.top != Some(1))
    }

    /// The row that a write is about.
    pub(crate) fn row_id(&self) -> Option<String> {
        self.target().and_then(|(_, id)| id).or_else(|| self.body.as_ref()?.get("id")?.as_str().map(str::to_owned))
    }
}
