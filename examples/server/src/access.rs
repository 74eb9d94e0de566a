//! Rules on who sees which rows.

use std::fmt;
use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode};
use synctable::testing::odata::{Grammar, Limits, QueryError, parse_filter};
use synctable::testing::typed::{Typed, resolve_filter};

use crate::store::StoredTable;

/// What a request may see of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// All rows.
    Full,
    /// The rows that an OData v4 filter selects; the others are as if they were not there.
    Rows(String),
    /// Nothing: the request is answered with this status.
    Refused(StatusCode),
}

type Decide = dyn Fn(&HeaderMap) -> Access + Send + Sync;

/// The rules of the tables that have one.
#[derive(Clone, Default)]
pub(crate) struct AccessRules(Vec<(String, Arc<Decide>)>);

impl fmt::Debug for AccessRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(table, _)| table)).finish()
    }
}

impl AccessRules {
    pub(crate) fn set(&mut self, table: String, decide: Arc<Decide>) {
        self.0.retain(|(known, _)| !known.eq_ignore_ascii_case(&table));
        self.0.push((table, decide));
    }

    /// Asks the rule of a table about a request.
    pub(crate) fn decide(&self, table: &str, headers: &HeaderMap) -> Access {
        let rule = self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(table));
        rule.map_or(Access::Full, |(_, decide)| decide(headers))
    }
}

/// Reads the filter of a rule.
///
/// # Errors
/// When the text is no filter of the table.
pub(crate) fn read_filter(text: &str, table: &StoredTable) -> Result<Typed, QueryError> {
    let filter = parse_filter(text, Grammar::V4, Limits::default())?;
    resolve_filter(&filter, &|name| table.lookup(name))
}
