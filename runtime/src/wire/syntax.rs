//! How each server generation writes queries (protocol.md 7).

#[cfg(test)]
mod tests;

use super::Dialect;
use crate::error::{Error, ErrorKind};
use crate::query::Selection;
use crate::query::odata::{
    self, ContainsForm, DivisionForm, FilterText, NullLogic, ReplaceForm, SelectForm, Syntax, TimeForm, UuidForm,
};
use crate::table::{ColumnDef, SystemColumn, TableSchema};

/// Kestrel's bound; N2 takes 16 kB of headers in all, so that the same bound is safe there.
const REQUEST_LINE_BYTES: usize = 8 * 1024;

/// A longer list of columns is not sent: it would leave too little of the request line to the filter.
const SELECT_BYTES: usize = REQUEST_LINE_BYTES / 2;

/// The language of queries.
impl Dialect {
    /// Writes what a query asks for as a query string, percent-encoded and without `?`; empty for
    /// every row. A query of no rows (`take` 0) must not be sent: N2 answers it with a page.
    ///
    /// # Errors
    /// `Unsupported`: this generation cannot express it; the message names operator and dialect.
    /// `Invalid`: the query names a column that the server does not have, a parameter of the
    /// protocol's, or what cannot be compared with.
    pub fn query_string(self, selection: &Selection) -> Result<String, Error> {
        let mut parts = vec![odata::query_string(&odata::options(selection, &self.syntax())?)];
        if selection.include_deleted {
            parts.push(Self::DELETED_PARAMETER.to_owned());
        }
        parts.push(self.parameters(selection)?);
        parts.retain(|part| !part.is_empty());
        Ok(parts.join("&"))
    }

    /// Writes the further parameters of a query, names and values encoded.
    ///
    /// # Errors
    /// `Invalid`: a name is empty or belongs to the protocol, which on V3 the names of options without
    /// their `$` do too, in any case (protocol.md 7.1).
    pub(crate) fn parameters(self, selection: &Selection) -> Result<String, Error> {
        const OPTIONS: [&str; 13] = [
            "apply",
            "compute",
            "count",
            "deltatoken",
            "expand",
            "filter",
            "format",
            "orderby",
            "search",
            "select",
            "skip",
            "skiptoken",
            "top",
        ];
        if self == Self::DatasyncV3 {
            let is_option = |name: &&String| OPTIONS.iter().any(|option| option.eq_ignore_ascii_case(name));
            if let Some(name) = selection.parameters.keys().find(is_option) {
                let message = format!("a `{self}` server takes the parameter `{name}` for the option `${name}`");
                return Err(Error::new(ErrorKind::Invalid, message));
            }
        }
        odata::parameters(selection)
    }

    /// The list of `$select` with which rows of a narrow table are read: its columns and what the server
    /// says of the row. `None` for another table, and where all columns are asked for.
    pub(crate) fn narrow_select(self, schema: &'static TableSchema) -> Option<String> {
        let system = [SystemColumn::Version, SystemColumn::UpdatedAt, SystemColumn::CreatedAt, SystemColumn::Deleted];
        let columns = schema.columns().iter().chain(system.map(SystemColumn::column));
        if schema.is_narrow() { self.select(columns) } else { None }
    }

    /// The list of `$select` for some columns; `None` where all columns are asked for.
    pub(crate) fn select(self, columns: impl IntoIterator<Item = &'static ColumnDef>) -> Option<String> {
        odata::select(columns, &self.syntax()).filter(|list| list.len() <= SELECT_BYTES)
    }

    /// Words the refusal of a query as what it means, if the query is longer than such servers take.
    ///
    /// `fixed_bytes` counts the rest of the request line.
    pub(crate) fn worded(self, error: Error, filter: Option<&FilterText>, fixed_bytes: usize) -> Error {
        let Some(filter) = filter.filter(|_| matches!(error.status(), Some(400 | 414))) else { return error };
        let bytes = odata::encoded(&filter.text).len() + fixed_bytes;
        let Some(message) = odata::too_long(filter.nodes, bytes, &self.syntax()) else { return error };
        let told = Error::new(error.kind(), message);
        let told = match error.table() {
            Some(table) => told.in_table(table),
            None => told,
        };
        told.with_source(error)
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
                replace: ReplaceForm::Short,
                has_cast: false,
                division: DivisionForm::Real,
                select: SelectForm::None,
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
                replace: ReplaceForm::Any,
                has_cast: false,
                division: DivisionForm::Whole,
                select: SelectForm::WithCreatedAt,
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
                replace: ReplaceForm::None,
                has_cast: true,
                division: DivisionForm::Whole,
                select: SelectForm::WithoutCreatedAt,
                ties_by_id: true,
                integer_limit: self.exact_integer_limit(),
                filter_nodes: Some(100),
                request_line_bytes: REQUEST_LINE_BYTES,
            },
        }
    }
}
