//! Compiles filters and orders to OData text, and query options to a query string.

mod filter;
mod limits;
mod literal;
mod term;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::predicate::Tree;
use super::{Direction, Selection};
use crate::error::{Error, ErrorKind};
use crate::table::{ColumnDef, SystemColumn};
use crate::value::ColumnType;

pub(crate) use limits::{id_lists, too_long};

/// How one server generation writes queries (protocol.md 7): plain data that the wire's dialect
/// gives, so that this module knows no dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Syntax {
    /// The dialect's name, for messages.
    pub(crate) dialect: &'static str,
    /// Instants, dates and times.
    pub(crate) times: TimeForm,
    /// UUIDs.
    pub(crate) uuids: UuidForm,
    /// The test whether a text contains another.
    pub(crate) contains: ContainsForm,
    /// What a comparison with null gives.
    pub(crate) nulls: NullLogic,
    /// Whether there is `in`; else lists are chains of `or`.
    pub(crate) has_in: bool,
    /// What `replace` can do.
    pub(crate) replace: ReplaceForm,
    /// Whether there is `cast` of a member.
    pub(crate) has_cast: bool,
    /// What `div` makes of two integers.
    pub(crate) division: DivisionForm,
    /// What a list can be asked for.
    pub(crate) select: SelectForm,
    /// Whether rows come by id where the order leaves ties or there is none.
    pub(crate) ties_by_id: bool,
    /// The greatest integer, and its negative, that the server reads without loss.
    pub(crate) integer_limit: i64,
    /// The most nodes of a filter; `None` if there is no bound.
    pub(crate) filter_nodes: Option<usize>,
    /// The most bytes of a request line.
    pub(crate) request_line_bytes: usize,
}

/// How instants, dates and times are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeForm {
    /// `datetimeoffset'…'`; dates and times are text, since JSON shows them as such only where the
    /// server keeps text.
    Prefixed,
    /// `cast(…,Edm.DateTimeOffset)`, `cast(…,Edm.Date)` and `cast(…,Edm.TimeOfDay)`.
    Cast,
}

/// How UUIDs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UuidForm {
    /// As text.
    Text,
    /// `guid'…'`.
    Prefixed,
    /// `cast(…,Edm.Guid)`.
    Cast,
}

/// How the test whether a text contains another is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContainsForm {
    /// `substringof(part,text)`.
    SubstringOf,
    /// `contains(text,part)`.
    Contains,
}

/// What `replace` can do (protocol.md 7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReplaceForm {
    /// There is none.
    None,
    /// It replaces by a constant of at most 100 characters, and does not stand within another.
    Short,
    /// It replaces any text by any other.
    Any,
}

/// What `div` makes of two integers (protocol.md 7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DivisionForm {
    /// An integer, cut towards zero.
    Whole,
    /// A real number.
    Real,
}

/// Which columns `$select` can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SelectForm {
    /// None: a name that the server does not know gives an empty list and no error.
    None,
    /// All that rows have, `createdAt` among them.
    WithCreatedAt,
    /// All that rows have; they have no `createdAt`.
    WithoutCreatedAt,
}

/// What a comparison with null gives on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NullLogic {
    /// Neither true nor false, as in SQL: every test that null could reach says what null means.
    ThreeValued,
    /// `eq` and `ne` know null. The others may turn into SQL, where `not` of an unknown is unknown,
    /// so they say what null means below a `not`.
    NullEqualsNull,
}

/// The text of a filter and its size as the server counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilterText {
    /// The text, not percent-encoded.
    pub(crate) text: String,
    /// An upper bound of the nodes that V3 and TK count.
    pub(crate) nodes: usize,
}

/// Compiles a filter; `None` if it holds for every row.
///
/// # Errors
/// `Unsupported`: the dialect cannot express a part of it. `Invalid`: it names a local-only column
/// or nests too deeply.
pub(crate) fn filter(tree: &Tree, syntax: &Syntax) -> Result<Option<FilterText>, Error> {
    filter::compile(tree, syntax)
}

/// Compiles an order; `None` if the server needs none.
///
/// # Errors
/// `Invalid`: it names a local-only column. `Unsupported`: a column's values have no order there.
pub(crate) fn order_by(order: &[(&'static ColumnDef, Direction)], syntax: &Syntax) -> Result<Option<String>, Error> {
    let mut keys: Vec<String> = Vec::new();
    let mut has_id = false;
    for (column, direction) in order {
        let name = member(column)?;
        if !(column.column_type().is_ordered() || column.column_type() == ColumnType::Bool) {
            return Err(unsupported(syntax, &format!("`$orderby` with column `{name}`")));
        }
        keys.push(match direction {
            Direction::Ascending => name.to_owned(),
            Direction::Descending => format!("{name} desc"),
        });
        has_id |= column.is_id();
    }
    if !has_id && !syntax.ties_by_id {
        keys.push("id".to_owned());
    }
    Ok((!keys.is_empty()).then(|| keys.join(",")))
}

/// Compiles the list of `$select`: the id, which rows are known by, and those of the columns that the
/// server has; `None` where the server must not be asked.
pub(crate) fn select(columns: impl IntoIterator<Item = &'static ColumnDef>, syntax: &Syntax) -> Option<String> {
    let created_at = SystemColumn::CreatedAt.column();
    let lacks_created_at = match syntax.select {
        SelectForm::None => return None,
        SelectForm::WithCreatedAt => false,
        SelectForm::WithoutCreatedAt => true,
    };
    let mut names = vec!["id"];
    for column in columns {
        let is_missing = lacks_created_at && column.sql_name() == created_at.sql_name();
        if !column.is_id() && !column.is_local_only() && !is_missing {
            names.push(column.wire_name());
        }
    }
    Some(names.join(","))
}

/// Compiles a selection to options and their values, not percent-encoded, in the order in which
/// they are sent. A selection of no rows must not be sent: N2 answers `$top=0` with a page.
///
/// # Errors
/// As [`filter`] and [`order_by`].
pub(crate) fn options(selection: &Selection, syntax: &Syntax) -> Result<Vec<(&'static str, String)>, Error> {
    let mut options = Vec::new();
    if let Some(tree) = &selection.filter
        && let Some(filter) = filter(tree, syntax)?
    {
        options.push(("$filter", filter.text));
    }
    if let Some(order) = order_by(&selection.order, syntax)? {
        options.push(("$orderby", order));
    }
    if selection.skip > 0 {
        options.push(("$skip", selection.skip.to_string()));
    }
    if let Some(take) = selection.take {
        options.push(("$top", take.to_string()));
    }
    if let Some(columns) = selection.columns.and_then(|columns| select(columns.iter().copied(), syntax)) {
        options.push(("$select", columns));
    }
    Ok(options)
}

/// What stays as it is in a value. D2 finds member names only between `( ) ,` and `%20`
/// (protocol.md 7.4), a `+` would be read as a space, and form encoding would spoil the `$` of names.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'(')
    .remove(b')')
    .remove(b',')
    .remove(b'\'')
    .remove(b':')
    .remove(b'/');

/// Percent-encodes the value of an option.
pub(crate) fn encoded(value: &str) -> String {
    utf8_percent_encode(value, VALUE).to_string()
}

/// Joins options to a query string without `?`; names stay as they are, values are encoded.
pub(crate) fn query_string<N: AsRef<str>, V: AsRef<str>>(options: &[(N, V)]) -> String {
    let options: Vec<String> =
        options.iter().map(|(name, value)| format!("{}={}", name.as_ref(), encoded(value.as_ref()))).collect();
    options.join("&")
}

/// Writes the further parameters of a query, names and values encoded.
///
/// # Errors
/// `Invalid`: a name is empty or belongs to the protocol.
pub(crate) fn parameters(selection: &Selection) -> Result<String, Error> {
    let mut parameters = Vec::new();
    for (name, value) in &selection.parameters {
        if name.is_empty() || name.starts_with('$') || name.starts_with("__") {
            let message = format!(
                "the parameter name {name:?} is empty or belongs to the protocol: names do not begin with `$` or `__`"
            );
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        parameters.push(format!("{}={}", encoded(name), encoded(value)));
    }
    Ok(parameters.join("&"))
}

/// The name of a column that the server has.
fn member(column: &ColumnDef) -> Result<&'static str, Error> {
    if column.is_local_only() {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!(
                "column `{}` is local-only: the server cannot filter or order by it; do so in a local query",
                column.name()
            ),
        ));
    }
    Ok(column.wire_name())
}

fn unsupported(syntax: &Syntax, what: &str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!("{what} cannot be asked of a `{}` server; ask with a wider filter and select locally", syntax.dialect),
    )
}
