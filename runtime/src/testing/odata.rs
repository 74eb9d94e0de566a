//! Reads the query text of a table request: filter, order, paging, projection, count.

use std::fmt;

mod lexer;
mod options;
mod parser;

pub use options::{OptionNames, Query, QueryOptions, parse_query, percent_decode, query_pairs};
pub use parser::{parse_filter, parse_order};

use super::value::{Kind, Value};

/// Which OData text is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grammar {
    /// OData v4: `cast(…)`, `in`, `contains`, plain dates and uuids.
    V4,
    /// OData v4 in which `datetime'…'` and `datetimeoffset'…'` are read as well (a V3 server asked with protocol version 2.0).
    V4QuotedDates,
    /// OData v3 as the v2 servers speak it: `datetime'…'`, `datetimeoffset'…'`, `guid'…'`, `substringof`, `replace`.
    V3,
}

/// How large a filter may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nodes of the expression, counted as the .NET servers count them: a chain of 16 comparisons joined by `or` fits into 100.
    pub nodes: usize,
    /// Levels of parentheses, calls and unary operators, and apart from them links of a chain of comparisons or of arithmetic.
    pub depth: usize,
}

impl Default for Limits {
    /// 100 nodes, 50 levels.
    fn default() -> Self {
        Self { nodes: 100, depth: 50 }
    }
}

/// Why a query text was refused, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// The option that is wrong, as `$filter`.
    pub option: &'static str,
    /// Where in the decoded text of the option, in characters from zero; zero when the whole option is wrong.
    pub at: usize,
    /// What was expected and what came.
    pub message: String,
}

impl QueryError {
    pub(crate) fn new(option: &'static str, at: usize, message: impl Into<String>) -> Self {
        Self { option, at, message: message.into() }
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at position {} of {}", self.message, self.at, self.option)
    }
}

impl std::error::Error for QueryError {}

/// An operator between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `or`
    Or,
    /// `and`
    And,
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `add`
    Add,
    /// `sub`
    Sub,
    /// `mul`
    Mul,
    /// `div`
    Div,
    /// `mod`
    Mod,
}

/// A function of the filter language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    /// `contains(text, part)`, and `substringof(part, text)` with its arguments turned.
    Contains,
    /// `startswith(text, part)`
    StartsWith,
    /// `endswith(text, part)`
    EndsWith,
    /// `length(text)`, in Unicode code points.
    Length,
    /// `indexof(text, part)`, in Unicode code points, -1 when absent.
    IndexOf,
    /// `substring(text, start)` or `substring(text, start, length)`, in Unicode code points.
    Substring,
    /// `tolower(text)`
    ToLower,
    /// `toupper(text)`
    ToUpper,
    /// `trim(text)`
    Trim,
    /// `concat(text, text)`
    Concat,
    /// `replace(text, part, by)`, OData v3 only.
    Replace,
    /// `floor(number)`
    Floor,
    /// `ceiling(number)`
    Ceiling,
    /// `round(number)`, the middle going away from zero.
    Round,
    /// `year(date or instant)`
    Year,
    /// `month(date or instant)`
    Month,
    /// `day(date or instant)`
    Day,
    /// `hour(time or instant)`
    Hour,
    /// `minute(time or instant)`
    Minute,
    /// `second(time or instant)`
    Second,
    /// `fractionalseconds(time or instant)`
    FractionalSeconds,
    /// `date(instant)`
    Date,
    /// `time(instant)`
    Time,
}

/// An expression as written, names and types not yet looked up.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// Where it begins, in characters from zero.
    pub at: usize,
    /// What it is.
    pub node: ExprNode,
}

/// The forms of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprNode {
    /// A constant.
    Literal(Literal),
    /// A member of the row.
    Member(String),
    /// `not x`
    Not(Box<Expr>),
    /// `-x`
    Negate(Box<Expr>),
    /// `a op b`
    Binary(BinaryOperator, Box<Expr>, Box<Expr>),
    /// `a in (…)`
    In(Box<Expr>, Vec<Expr>),
    /// `f(…)`
    Call(Function, Vec<Expr>),
    /// `cast(x, Edm.Type)`
    Cast(Box<Expr>, Kind),
}

/// A constant of the query text.
#[derive(Debug, Clone)]
pub struct Literal(pub Value);

impl PartialEq for Literal {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Value::Null, Value::Null) => true,
            (a, b) => a.kind() == b.kind() && a.compare(b) == Some(std::cmp::Ordering::Equal),
        }
    }
}

/// One key of the order.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderKey {
    /// What is ordered by.
    pub expr: Expr,
    /// Largest first.
    pub descending: bool,
}
