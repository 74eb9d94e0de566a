//! Constants that inserts send for columns that a struct lacks.

/// The value of a column of the server that the struct lacks: inserts send it, nothing else does.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Constant {
    /// A JSON string: for text, and for ids, instants and dates in their form on the wire.
    Text(&'static str),
    /// A JSON number without a fraction.
    Integer(i64),
    /// A JSON number; finite.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
}
