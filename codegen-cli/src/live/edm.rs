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
    Int8,
    Int16,
    Int32,
    Int64,
    /// 8 bits without sign.
    UInt8,
    /// Of a width that is not told.
    Integer,
    Single,
    Double,
    /// With a fraction, of a width that is not told.
    Floating,
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
            "Byte" => Class::UInt8,
            "SByte" => Class::Int8,
            "Int16" => Class::Int16,
            "Int32" => Class::Int32,
            "Int64" => Class::Int64,
            "integer" => Class::Integer,
            "Single" => Class::Single,
            "Double" => Class::Double,
            "double" => Class::Floating,
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

impl Class {
    /// The least and the greatest value of a type of integers whose width is told.
    pub(crate) fn integer_limits(self) -> Option<(i64, i64)> {
        Some(match self {
            Self::Int8 => (i8::MIN.into(), i8::MAX.into()),
            Self::Int16 => (i16::MIN.into(), i16::MAX.into()),
            Self::Int32 => (i32::MIN.into(), i32::MAX.into()),
            Self::Int64 => (i64::MIN, i64::MAX),
            Self::UInt8 => (0, u8::MAX.into()),
            _ => return None,
        })
    }

    /// Whether values are whole numbers.
    pub(crate) fn is_integer(self) -> bool {
        self == Self::Integer || self.integer_limits().is_some()
    }

    /// Whether values may have a fraction.
    pub(crate) fn is_fraction(self) -> bool {
        matches!(self, Self::Single | Self::Double | Self::Floating | Self::Decimal)
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
