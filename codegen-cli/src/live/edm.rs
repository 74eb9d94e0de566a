//! The types of columns as servers name them in a refusal.

use std::fmt;

/// What a server says that a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerType {
    /// As the server writes it.
    name: String,
    pub(crate) class: Class,
}

/// The types that matter for a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Bool,
    /// At most 32 bits.
    Int32,
    Int64,
    /// Of a width that is not told.
    Integer,
    Double,
    Decimal,
    Text,
    Instant,
    Date,
    Time,
    Guid,
    Bytes,
    /// Objects and lists.
    Json,
    /// A type of the server's own: most often an enum, whose values are texts on the wire.
    Other,
}

impl ServerType {
    /// The type of that name: one of Edm, or as the reference server says it.
    pub(crate) fn named(name: &str) -> Self {
        let class = match name.strip_prefix("Edm.").unwrap_or(name) {
            "Boolean" | "boolean" => Class::Bool,
            "Byte" | "SByte" | "Int16" | "Int32" => Class::Int32,
            "Int64" => Class::Int64,
            "integer" => Class::Integer,
            "Single" | "Double" | "double" => Class::Double,
            "Decimal" | "decimal" => Class::Decimal,
            "String" | "string" => Class::Text,
            "DateTimeOffset" | "DateTime" | "instant" => Class::Instant,
            "Date" | "date" => Class::Date,
            "TimeOfDay" | "Time" | "time of day" => Class::Time,
            "Guid" | "guid" => Class::Guid,
            "Binary" | "binary" => Class::Bytes,
            "json" => Class::Json,
            name if name.starts_with("Collection(") => Class::Json,
            _ => Class::Other,
        };
        Self { name: name.to_owned(), class }
    }

    /// The type in the words with which V3, TK and D2 refuse to compare a column with another type:
    /// `… Found operand types 'Edm.Int32' and 'Edm.Boolean' for operator kind 'Equal'.`
    pub(crate) fn in_refusal(message: &str) -> Option<Self> {
        let (_, rest) = message.split_once("operand types '")?;
        let (name, _) = rest.split_once('\'')?;
        Some(Self::named(name))
    }
}

impl fmt::Display for ServerType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_type_of_the_column() {
        let of = |message: &str| ServerType::in_refusal(message).map(|found| (found.to_string(), found.class));
        let real = "A binary operator with incompatible types was detected. Found operand types 'Edm.Int32' and 'Edm.Boolean' for operator kind 'Equal'.";
        assert_eq!(of(real), Some(("Edm.Int32".to_owned(), Class::Int32)));
        let reference =
            "A binary operator with incompatible types was detected. Found operand types 'time of day' and 'boolean'.";
        assert_eq!(of(reference), Some(("time of day".to_owned(), Class::Time)));
        assert_eq!(of("Found operand types 'My.State' and 'Edm.Boolean'"), Some(("My.State".to_owned(), Class::Other)));
        assert_eq!(of("Could not find a property named 'nope' on type 'Tk.ETodo'."), None);
    }
}
