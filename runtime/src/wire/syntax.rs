//! How each server generation writes queries (protocol.md 7).

#[cfg(test)]
mod tests;

use super::Dialect;
use crate::error::Error;
use crate::query::Selection;
use crate::query::odata::{self, ContainsForm, NullLogic, Syntax, TimeForm, UuidForm};

/// Kestrel's bound; N2 takes 16 kB of headers in all, so that the same bound is safe there.
const REQUEST_LINE_BYTES: usize = 8 * 1024;

/// The language of queries.
impl Dialect {
    /// Writes what a query asks for as a query string, percent-encoded and without `?`; empty for
    /// every row. A query of no rows (`take` 0) must not be sent: N2 answers it with a page.
    ///
    /// # Errors
    /// `Unsupported`: this generation cannot express it; the message names operator and dialect.
    /// `Invalid`: the query names a column that the server does not have.
    pub fn query_string(self, selection: &Selection) -> Result<String, Error> {
        Ok(odata::query_string(&odata::options(selection, &self.syntax())?))
    }

    pub(crate) const fn syntax(self) -> Syntax {
        match self {
            Self::NodeV2 => Syntax {
                dialect: self.name(),
                times: TimeForm::Prefixed,
                uuids: UuidForm::Text,
                contains: ContainsForm::SubstringOf,
                nulls: NullLogic::ThreeValued,
                has_in: false,
                ties_by_id: false,
                integer_limit: self.exact_integer_limit(),
                filter_nodes: None,
                request_line_bytes: REQUEST_LINE_BYTES,
            },
            Self::DotNetV2 => Syntax {
                dialect: self.name(),
                times: TimeForm::Prefixed,
                uuids: UuidForm::Prefixed,
                contains: ContainsForm::SubstringOf,
                nulls: NullLogic::ThreeValued,
                has_in: false,
                ties_by_id: false,
                integer_limit: self.exact_integer_limit(),
                filter_nodes: None,
                request_line_bytes: REQUEST_LINE_BYTES,
            },
            Self::DatasyncV3 | Self::Toolkit => Syntax {
                dialect: self.name(),
                times: TimeForm::Cast,
                uuids: UuidForm::Cast,
                contains: ContainsForm::Contains,
                nulls: NullLogic::NullEqualsNull,
                has_in: true,
                ties_by_id: true,
                integer_limit: self.exact_integer_limit(),
                filter_nodes: Some(100),
                request_line_bytes: REQUEST_LINE_BYTES,
            },
        }
    }
}
