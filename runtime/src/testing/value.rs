//! Values of columns and literals, and their text forms on the wire.

use std::cmp::Ordering;
use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

mod decimal;
mod time;

pub use decimal::Decimal;
pub use time::{
    TICKS_PER_DAY, TICKS_PER_MS, TICKS_PER_SECOND, civil_from_days, format_date, format_instant_full,
    format_instant_ms, format_time, parse_date, parse_instant, parse_time,
};

/// The type that a column has on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// Unicode text.
    Text,
    /// `true` or `false`.
    Bool,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// A binary floating point number of 32 bits; in expressions it is the 64-bit number of the same value.
    Single,
    /// A binary floating point number of 64 bits.
    Double,
    /// A decimal number of at most 28 digits.
    Decimal,
    /// An instant in UTC with a resolution of 100 ns.
    Instant,
    /// A day of the calendar, `yyyy-MM-dd`.
    Date,
    /// A time of day with a resolution of 100 ns.
    Time,
    /// A uuid, in lower case with dashes.
    Guid,
    /// Bytes, in base64 on the wire.
    Bytes,
    /// Any JSON; cannot be compared save with null.
    Json,
    /// One of some names; ordered by their places in this list, and compared with text that is one of them.
    Enum(&'static [&'static str]),
}

impl ColumnType {
    /// Returns the kind of value that a column of this type yields in an expression.
    pub fn kind(self) -> Kind {
        match self {
            Self::Text => Kind::Text,
            Self::Bool => Kind::Bool,
            Self::Int32 | Self::Int64 => Kind::Int,
            Self::Single | Self::Double => Kind::Double,
            Self::Decimal => Kind::Decimal,
            Self::Instant => Kind::Instant,
            Self::Date => Kind::Date,
            Self::Time => Kind::Time,
            Self::Guid => Kind::Guid,
            Self::Bytes => Kind::Bytes,
            Self::Json => Kind::Json,
            Self::Enum(names) => Kind::Enum(names),
        }
    }
}

/// The kind of value that an expression yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The literal `null`, which goes with every kind.
    Null,
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// A binary floating point number.
    Double,
    /// A decimal number.
    Decimal,
    /// Text.
    Text,
    /// An instant.
    Instant,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A uuid.
    Guid,
    /// Bytes.
    Bytes,
    /// Any JSON.
    Json,
    /// One of some names.
    Enum(&'static [&'static str]),
}

impl Kind {
    /// Tells whether arithmetic is defined on the kind.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Double | Self::Decimal)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Bool => "boolean",
            Self::Int => "integer",
            Self::Double => "double",
            Self::Decimal => "decimal",
            Self::Text => "string",
            Self::Instant => "instant",
            Self::Date => "date",
            Self::Time => "time of day",
            Self::Guid => "guid",
            Self::Bytes => "binary",
            Self::Json => "json",
            Self::Enum(_) => "enumeration",
        })
    }
}

/// A value of a column, of a literal or of an expression.
#[derive(Debug, Clone)]
pub enum Value {
    /// No value.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A binary floating point number.
    Double(f64),
    /// A decimal number.
    Decimal(Decimal),
    /// Text.
    Text(String),
    /// Units of 100 ns since 1970-01-01T00:00:00Z.
    Instant(i64),
    /// Days since 1970-01-01.
    Date(i64),
    /// Units of 100 ns since midnight.
    Time(i64),
    /// A uuid in lower case with dashes.
    Guid(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// JSON text.
    Json(String),
    /// The place of a name among those of its enumeration.
    Enum(&'static [&'static str], i64),
}

impl Value {
    /// Returns the kind of the value.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Null => Kind::Null,
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::Double(_) => Kind::Double,
            Self::Decimal(_) => Kind::Decimal,
            Self::Text(_) => Kind::Text,
            Self::Instant(_) => Kind::Instant,
            Self::Date(_) => Kind::Date,
            Self::Time(_) => Kind::Time,
            Self::Guid(_) => Kind::Guid,
            Self::Bytes(_) => Kind::Bytes,
            Self::Json(_) => Kind::Json,
            Self::Enum(names, _) => Kind::Enum(names),
        }
    }

    /// Tells whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Compares two values of one kind, or two numbers; `None` when one is null or the kinds do not go together.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Enum(names, a), Self::Enum(others, b)) if names == others => Some(a.cmp(b)),
            (Self::Int(a), Self::Int(b))
            | (Self::Instant(a), Self::Instant(b))
            | (Self::Date(a), Self::Date(b))
            | (Self::Time(a), Self::Time(b)) => Some(a.cmp(b)),
            (Self::Double(a), Self::Double(b)) => a.partial_cmp(b),
            (Self::Int(a), Self::Double(b)) => compare_int_double(*a, *b),
            (Self::Double(a), Self::Int(b)) => compare_int_double(*b, *a).map(Ordering::reverse),
            (Self::Decimal(a), Self::Decimal(b)) => Some(a.cmp(b)),
            (Self::Decimal(a), Self::Int(b)) => Some(a.cmp(&Decimal::from(*b))),
            (Self::Int(a), Self::Decimal(b)) => Some(Decimal::from(*a).cmp(b)),
            (Self::Decimal(a), Self::Double(b)) => a.to_f64().partial_cmp(b),
            (Self::Double(a), Self::Decimal(b)) => a.partial_cmp(&b.to_f64()),
            // Text orders by code point, which is the order of its UTF-8 bytes.
            (Self::Text(a), Self::Text(b)) | (Self::Guid(a), Self::Guid(b)) => Some(a.cmp(b)),
            (Self::Bytes(a), Self::Bytes(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// Returns the value of an enumeration that has a name, written exactly so.
    pub fn of_enum(names: &'static [&'static str], name: &str) -> Option<Self> {
        let place = names.iter().position(|known| *known == name)?;
        Some(Self::Enum(names, i64::try_from(place).ok()?))
    }

    /// Reads a member of a row by the type of its column; `None` when the JSON does not fit.
    pub fn from_json(json: &serde_json::Value, column: ColumnType) -> Option<Self> {
        use serde_json::Value as Json;
        Some(match (json, column) {
            (Json::Null, _) => Self::Null,
            (Json::Bool(b), ColumnType::Bool) => Self::Bool(*b),
            (Json::Number(n), ColumnType::Int32 | ColumnType::Int64) => Self::Int(n.as_i64()?),
            (Json::Number(n), ColumnType::Single) => Self::Double(f64::from(parse_single(&n.to_string())?)),
            (Json::Number(n), ColumnType::Double) => Self::Double(n.as_f64()?),
            (Json::Number(n), ColumnType::Decimal) => Self::Decimal(Decimal::parse(&n.to_string())?),
            (Json::String(s), ColumnType::Decimal) => Self::Decimal(Decimal::parse(s)?),
            (Json::String(s), ColumnType::Text) => Self::Text(s.clone()),
            (Json::String(s), ColumnType::Instant) => Self::Instant(parse_instant(s)?),
            (Json::String(s), ColumnType::Date) => Self::Date(parse_date(s)?),
            (Json::String(s), ColumnType::Time) => Self::Time(parse_time(s)?),
            (Json::String(s), ColumnType::Guid) => Self::Guid(parse_guid(s)?),
            (Json::String(s), ColumnType::Bytes) => Self::Bytes(parse_base64(s)?),
            (Json::String(s), ColumnType::Enum(names)) => Self::of_enum(names, s)?,
            (other, ColumnType::Json) => Self::Json(other.to_string()),
            _ => return None,
        })
    }
}

/// Reads a finite number of 32 bits: the nearest one to the text.
pub fn parse_single(text: &str) -> Option<f32> {
    text.parse().ok().filter(|number: &f32| number.is_finite())
}

/// Compares without the rounding that a conversion of the whole number would bring.
fn compare_int_double(int: i64, double: f64) -> Option<Ordering> {
    if double.is_nan() {
        return None;
    }
    // 2^63 as a double: beyond it every i64 lies on one side.
    const LIMIT: f64 = 9_223_372_036_854_775_807_i64 as f64;
    if double >= LIMIT {
        return Some(Ordering::Less);
    }
    if double < -LIMIT {
        return Some(Ordering::Greater);
    }
    let whole = double.trunc();
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked above")]
    let by_whole = int.cmp(&(whole as i64));
    Some(by_whole.then(if double > whole {
        Ordering::Less
    } else if double < whole {
        Ordering::Greater
    } else {
        Ordering::Equal
    }))
}

/// Reads base64 of either alphabet, with or without padding.
pub fn parse_base64(text: &str) -> Option<Vec<u8>> {
    const ENGINE: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    ENGINE.decode(text.replace('-', "+").replace('_', "/")).ok()
}

/// Reads a uuid of five dashed groups in any case, and returns it in lower case.
pub fn parse_guid(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let fits = bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    fits.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_and_floating_numbers_compare_exactly() {
        let big = 9_007_199_254_740_993; // 2^53 + 1 has no double
        assert_eq!(compare_int_double(big, 9_007_199_254_740_992.0), Some(Ordering::Greater));
        assert_eq!(compare_int_double(-3, -3.5), Some(Ordering::Greater));
        assert_eq!(compare_int_double(3, 3.5), Some(Ordering::Less));
        assert_eq!(compare_int_double(i64::MAX, 2_f64.powi(63)), Some(Ordering::Less));
        assert_eq!(compare_int_double(i64::MIN, -(2_f64.powi(63))), Some(Ordering::Equal));
        assert_eq!(compare_int_double(0, f64::NAN), None);
    }

    #[test]
    fn a_single_is_the_nearest_number_of_32_bits() {
        let read = |json: &str| Value::from_json(&serde_json::from_str(json).unwrap(), ColumnType::Single);
        assert_eq!(read("0.1").unwrap().compare(&Value::Double(0.100_000_001_490_116_12)), Some(Ordering::Equal));
        assert!(read("1e39").is_none() && read("\"1\"").is_none());
    }

    #[test]
    fn guids_are_dashed_and_lower_case() {
        assert_eq!(
            parse_guid("0F8FAD5B-D9CB-469F-A165-70867728950E").as_deref(),
            Some("0f8fad5b-d9cb-469f-a165-70867728950e")
        );
        assert_eq!(parse_guid("0f8fad5bd9cb469fa16570867728950e"), None);
        assert_eq!(parse_guid("xyz"), None);
    }
}
