//! Names of types and functions.

use super::super::super::value::Kind;
use super::super::{Function, Grammar};

/// Returns the kind of an EDM type.
pub(super) fn edm_kind(name: &str) -> Option<Kind> {
    Some(match name.strip_prefix("Edm.")? {
        "DateTimeOffset" | "DateTime" => Kind::Instant,
        "Date" => Kind::Date,
        "TimeOfDay" => Kind::Time,
        "Guid" => Kind::Guid,
        "Int16" | "Int32" | "Int64" | "Byte" | "SByte" => Kind::Int,
        "Double" | "Single" => Kind::Double,
        "Decimal" => Kind::Decimal,
        "Boolean" => Kind::Bool,
        "String" => Kind::Text,
        _ => return None,
    })
}

/// Returns a function with the smallest and the largest number of its arguments.
pub(super) fn function_named(name: &str, grammar: Grammar) -> Option<(Function, usize, usize)> {
    let v3 = grammar == Grammar::V3;
    Some(match name {
        "contains" if !v3 => (Function::Contains, 2, 2),
        "substringof" if v3 => (Function::Contains, 2, 2),
        "replace" if v3 => (Function::Replace, 3, 3),
        "startswith" => (Function::StartsWith, 2, 2),
        "endswith" => (Function::EndsWith, 2, 2),
        "length" => (Function::Length, 1, 1),
        "indexof" => (Function::IndexOf, 2, 2),
        "substring" => (Function::Substring, 2, 3),
        "tolower" => (Function::ToLower, 1, 1),
        "toupper" => (Function::ToUpper, 1, 1),
        "trim" => (Function::Trim, 1, 1),
        "concat" => (Function::Concat, 2, 2),
        "floor" => (Function::Floor, 1, 1),
        "ceiling" => (Function::Ceiling, 1, 1),
        "round" => (Function::Round, 1, 1),
        "year" => (Function::Year, 1, 1),
        "month" => (Function::Month, 1, 1),
        "day" => (Function::Day, 1, 1),
        "hour" => (Function::Hour, 1, 1),
        "minute" => (Function::Minute, 1, 1),
        "second" => (Function::Second, 1, 1),
        "fractionalseconds" if !v3 => (Function::FractionalSeconds, 1, 1),
        "date" if !v3 => (Function::Date, 1, 1),
        "time" if !v3 => (Function::Time, 1, 1),
        _ => return None,
    })
}
