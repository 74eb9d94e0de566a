//! Checks at write time: what the values of a column must keep, and the one place that holds local
//! writes to it.

use std::cmp::Ordering;
use std::fmt;

use super::{ColumnDef, TableSchema};
use crate::error::{Error, ErrorKind};
use crate::row::{Row, RowRef};
use crate::value::{ColumnType, Value, ValueError, ValueRef, compare_decimals, is_multiple, nearest_f32, shown};

/// What every local write of a column must keep; declared by attributes of the same names.
///
/// Null passes every rule, and rows that a pull brings are not held to any: what the server has is
/// the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// Text of at least so many Unicode code points.
    MinLength(u64),
    /// Text of at most so many Unicode code points.
    MaxLength(u64),
    /// A number of at least this.
    Min(Number),
    /// A number of at most this.
    Max(Number),
    /// A number greater than this.
    ExclusiveMin(Number),
    /// A number less than this.
    ExclusiveMax(Number),
    /// A whole multiple of this, which is greater than zero. Floating-point numbers are taken for
    /// the shortest decimal number that reads back as them: 0.3 is a multiple of 0.1.
    MultipleOf(Number),
}

/// An exact number in a constant, kept as the canonical text that [`Decimal`](crate::Decimal) has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number(&'static str);

impl Number {
    /// Makes a number from its canonical text, such as `-12.5`.
    ///
    /// # Panics
    /// At compile time, if the text has an exponent, leading zeros, trailing zeros of a fraction, or
    /// is no number.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        assert!(is_canonical(text.as_bytes()), "the number of a rule is canonical decimal text");
        Self(text)
    }

    /// The canonical text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    const fn fits(self, column: ColumnType) -> bool {
        match (column.integer_limits(), i64::from_str_radix(self.0, 10)) {
            (Some((least, greatest)), Ok(value)) => value >= least && value <= greatest,
            (Some(_), Err(_)) => false,
            (None, _) => true,
        }
    }
}

const fn is_canonical(text: &[u8]) -> bool {
    let negative = !text.is_empty() && text[0] == b'-';
    let start = if negative { 1 } else { 0 };
    let mut point = text.len();
    let mut index = start;
    while index < text.len() {
        if text[index] == b'.' && point == text.len() {
            point = index;
        } else if !text[index].is_ascii_digit() {
            return false;
        }
        index += 1;
    }
    let one_zero = point == start + 1 && text[start] == b'0';
    let whole = point > start && (text[start] != b'0' || one_zero);
    let no_fraction = point == text.len();
    let fraction = no_fraction || (point + 1 < text.len() && text[text.len() - 1] != b'0');
    whole && fraction && !(negative && one_zero && no_fraction)
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MinLength(limit) => write!(f, "min_length = {limit}"),
            Self::MaxLength(limit) => write!(f, "max_length = {limit}"),
            Self::Min(Number(bound)) => write!(f, "min = {bound}"),
            Self::Max(Number(bound)) => write!(f, "max = {bound}"),
            Self::ExclusiveMin(Number(bound)) => write!(f, "exclusive_min = {bound}"),
            Self::ExclusiveMax(Number(bound)) => write!(f, "exclusive_max = {bound}"),
            Self::MultipleOf(Number(step)) => write!(f, "multiple_of = {step}"),
        }
    }
}

impl Rule {
    const COUNT: usize = 7;

    const fn place(self) -> usize {
        match self {
            Self::MinLength(_) => 0,
            Self::MaxLength(_) => 1,
            Self::Min(_) => 2,
            Self::Max(_) => 3,
            Self::ExclusiveMin(_) => 4,
            Self::ExclusiveMax(_) => 5,
            Self::MultipleOf(_) => 6,
        }
    }

    /// Whether values of a column can be held to the rule.
    #[must_use]
    pub const fn fits(self, column: ColumnType) -> bool {
        match self {
            Self::MinLength(_) | Self::MaxLength(_) => matches!(column, ColumnType::Text | ColumnType::Id),
            Self::Min(number)
            | Self::Max(number)
            | Self::ExclusiveMin(number)
            | Self::ExclusiveMax(number)
            | Self::MultipleOf(number) => column.is_number() && number.fits(column),
        }
    }

    /// Panics, at compile time, if values of the column cannot be held to the rule.
    #[track_caller]
    pub(super) const fn assert_fits(self, column: ColumnType) {
        let (Self::Min(number)
        | Self::Max(number)
        | Self::ExclusiveMin(number)
        | Self::ExclusiveMax(number)
        | Self::MultipleOf(number)) = self
        else {
            assert!(
                self.fits(column),
                "a length is of text: `min_length` and `max_length` go on columns of String, Id, string enums, \
                 newtypes over them, and Option of each"
            );
            return;
        };
        assert!(
            column.is_number(),
            "this rule is of numbers: it goes on columns of integers, f32, f64, Decimal, newtypes over them, and \
             Option of each"
        );
        assert!(
            number.fits(column),
            "an integer column is held to integers of its own size: write a number that the column can have"
        );
    }

    /// Holds a value to the rule.
    ///
    /// # Errors
    /// The value breaks it; the message names the rule and says what came.
    pub fn check(self, value: ValueRef<'_>) -> Result<(), ValueError> {
        let length = |holds: fn(u64, u64) -> bool, limit: u64| match value {
            ValueRef::Text(text) => {
                let length = text.chars().count() as u64;
                if holds(length, limit) { None } else { Some(characters(length)) }
            }
            _ => None,
        };
        let order = |holds: fn(Ordering) -> bool, bound: Number| {
            if compare(value, bound).is_none_or(holds) { None } else { Some(number(value)) }
        };
        let came = match self {
            Self::MinLength(limit) => length(|length, limit| length >= limit, limit),
            Self::MaxLength(limit) => length(|length, limit| length <= limit, limit),
            Self::Min(bound) => order(Ordering::is_ge, bound),
            Self::Max(bound) => order(Ordering::is_le, bound),
            Self::ExclusiveMin(bound) => order(Ordering::is_gt, bound),
            Self::ExclusiveMax(bound) => order(Ordering::is_lt, bound),
            Self::MultipleOf(_) if value.is_null() => None,
            Self::MultipleOf(step) if is_multiple(&number(value), step.0) => None,
            Self::MultipleOf(_) => Some(number(value)),
        };
        match came {
            Some(came) => Err(ValueError::new(format!("breaks `{self}`: found {}", shown(&came)))),
            None => Ok(()),
        }
    }
}

fn characters(count: u64) -> String {
    format!("{count} {}", if count == 1 { "character" } else { "characters" })
}

/// The decimal text of a number; decimals are stored as it.
fn number(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Integer(value) => value.to_string(),
        ValueRef::Real(value) => value.to_string(),
        ValueRef::Text(value) => value.to_owned(),
        ValueRef::Null | ValueRef::Blob(_) => String::new(),
    }
}

/// Compares exactly; a floating-point number as one. Nothing but numbers has an answer.
fn compare(value: ValueRef<'_>, bound: Number) -> Option<Ordering> {
    match value {
        ValueRef::Real(value) => value.partial_cmp(&bound.0.parse().ok()?),
        ValueRef::Integer(value) => Some(compare_decimals(&value.to_string(), bound.0)),
        ValueRef::Text(value) => Some(compare_decimals(value, bound.0)),
        ValueRef::Null | ValueRef::Blob(_) => None,
    }
}

/// The rules of one column: at most one of each kind.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rules([Option<Rule>; Rule::COUNT]);

impl Rules {
    pub(super) const NONE: Self = Self([None; Rule::COUNT]);

    pub(super) const fn with(mut self, rule: Rule) -> Self {
        self.0[rule.place()] = Some(rule);
        self
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Rule> + use<> {
        self.0.into_iter().flatten()
    }
}

/// Refuses a row that is to be inserted if a value breaks a rule.
///
/// # Errors
/// `Invalid`: names every rule that is broken.
pub(crate) fn check_inserted(row: RowRef<'_>) -> Result<(), Error> {
    refuse(row.schema(), row.id(), |index| row.value(index))
}

/// Refuses a row that is to replace another if a value that differs breaks a rule. Values that stay
/// as they are were not written by this call: the server may have sent them.
///
/// # Errors
/// `Invalid`: names every rule that is broken.
pub(crate) fn check_replaced(before: &Row, wish: &Row) -> Result<(), Error> {
    refuse(wish.schema(), wish.id(), |index| match wish.values.get(index) {
        value if value == before.values.get(index) => ValueRef::Null,
        value => value.map_or(ValueRef::Null, Value::as_ref),
    })
}

/// Refuses a value that was made for one column: by the column's rules and by its Rust type.
///
/// # Errors
/// What the value breaks.
pub(crate) fn check_cell(column: &ColumnDef, value: ValueRef<'_>) -> Result<(), ValueError> {
    column.check(value)?;
    column.rules().try_for_each(|rule| rule.check(as_said(column.column_type(), value)))
}

/// The value as apps and servers say it: a 32-bit number is taken for its shortest text, not for the
/// digits of the 64-bit number that stores it.
fn as_said(column: ColumnType, value: ValueRef<'_>) -> ValueRef<'_> {
    match value {
        ValueRef::Real(stored) if column == ColumnType::F32 => {
            let said = nearest_f32(stored).and_then(|nearest| nearest.to_string().parse().ok());
            ValueRef::Real(said.unwrap_or(stored))
        }
        other => other,
    }
}

/// Refuses values by the rules of their columns, all that are broken in one error.
fn refuse<'a>(schema: &TableSchema, id: &str, value: impl Fn(usize) -> ValueRef<'a>) -> Result<(), Error> {
    let mut broken = Vec::new();
    for (index, column) in schema.columns().iter().enumerate() {
        for rule in column.rules() {
            if let Err(error) = rule.check(as_said(column.column_type(), value(index))) {
                broken.push(format!("column `{}` {error}", column.wire_name()));
            }
        }
    }
    if broken.is_empty() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Invalid, broken.join("; ")).in_table(schema.name()).in_row(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(rule: Rule, value: ValueRef<'_>) -> Option<String> {
        rule.check(value).err().map(|error| error.to_string())
    }

    #[test]
    fn lengths_count_code_points() {
        let holds = |rule: Rule, text: &str| rule.check(ValueRef::Text(text)).is_ok();
        // 3 code points of 6 bytes; a base letter and its combining mark are two.
        assert!(holds(Rule::MaxLength(3), "äöü") && holds(Rule::MinLength(3), "äöü"));
        assert!(!holds(Rule::MaxLength(2), "äöü") && !holds(Rule::MinLength(4), "äöü"));
        assert!(holds(Rule::MaxLength(1), "🦀") && !holds(Rule::MaxLength(1), "e\u{301}"));
        assert!(holds(Rule::MinLength(0), "") && !holds(Rule::MinLength(1), ""));
        assert_eq!(
            broken(Rule::MinLength(2), ValueRef::Text("é")).unwrap(),
            "breaks `min_length = 2`: found 1 character"
        );
    }

    #[test]
    fn integers_are_exact_at_both_ends() {
        let holds = |rule: fn(Number) -> Rule, bound: &'static str, value: i64| {
            rule(Number::new(bound)).check(ValueRef::Integer(value)).is_ok()
        };
        let (least, greatest) = ("-9223372036854775808", "9223372036854775807");
        assert!(holds(Rule::Max, greatest, i64::MAX) && !holds(Rule::ExclusiveMax, greatest, i64::MAX));
        assert!(holds(Rule::ExclusiveMax, greatest, i64::MAX - 1));
        assert!(!holds(Rule::Max, "9223372036854775806", i64::MAX));
        assert!(holds(Rule::Min, least, i64::MIN) && !holds(Rule::ExclusiveMin, least, i64::MIN));
        assert!(!holds(Rule::Min, "-9223372036854775807", i64::MIN));
        assert!(holds(Rule::MultipleOf, "7", i64::MAX) && !holds(Rule::MultipleOf, "7", i64::MAX - 1));
        assert!(holds(Rule::MultipleOf, "2", i64::MIN) && !holds(Rule::MultipleOf, "3", i64::MIN));
        assert_eq!(
            broken(Rule::Max(Number::new("9223372036854775806")), ValueRef::Integer(i64::MAX)).unwrap(),
            "breaks `max = 9223372036854775806`: found 9223372036854775807"
        );
    }

    #[test]
    fn decimals_are_exact_and_floating_point_numbers_are_their_shortest_text() {
        let bound = Number::new("0.1");
        let long = "0.1000000000000000000000000000000000001";
        assert!(Rule::Max(bound).check(ValueRef::Text("0.1")).is_ok());
        assert!(Rule::Max(bound).check(ValueRef::Text(long)).is_err());
        assert!(Rule::ExclusiveMin(bound).check(ValueRef::Text(long)).is_ok());
        assert!(Rule::MultipleOf(bound).check(ValueRef::Text("-1234567890123456789012345.5")).is_ok());
        assert!(Rule::MultipleOf(bound).check(ValueRef::Text("0.35")).is_err());
        assert!(Rule::Max(bound).check(ValueRef::Real(0.1)).is_ok());
        assert!(Rule::Min(bound).check(ValueRef::Real(0.1_f64.next_down())).is_err());
        assert!(Rule::MultipleOf(bound).check(ValueRef::Real(0.3)).is_ok());
        assert!(Rule::MultipleOf(bound).check(ValueRef::Real(0.1 + 0.2)).is_err());
        assert!(Rule::MultipleOf(bound).check(ValueRef::Real(1e300)).is_ok());
        assert!(Rule::MultipleOf(bound).check(ValueRef::Real(-0.0)).is_ok());
    }

    #[test]
    fn bounds_of_integers_are_of_their_own_size() {
        let fits = |column: ColumnType, bound: &'static str| Rule::Min(Number::new(bound)).fits(column);
        for (column, inside, outside) in [
            (ColumnType::I8, ["-128", "127"], ["-129", "128"]),
            (ColumnType::I16, ["-32768", "32767"], ["-32769", "32768"]),
            (ColumnType::I32, ["-2147483648", "2147483647"], ["-2147483649", "2147483648"]),
            (ColumnType::U8, ["0", "255"], ["-1", "256"]),
            (ColumnType::U16, ["0", "65535"], ["-1", "65536"]),
            (ColumnType::U32, ["0", "4294967295"], ["-1", "4294967296"]),
        ] {
            assert!(inside.iter().all(|bound| fits(column, bound)), "{column:?}");
            assert!(!outside.iter().any(|bound| fits(column, bound)) && !fits(column, "0.5"), "{column:?}");
        }
        assert!(fits(ColumnType::F32, "0.5") && !fits(ColumnType::Char, "0"));
        assert!(!Rule::MaxLength(1).fits(ColumnType::Char) && !Rule::MaxLength(1).fits(ColumnType::U8));
    }

    #[test]
    fn a_32_bit_number_is_held_to_a_rule_by_its_shortest_text() {
        let holds = |rule: Rule, value: f32| rule.check(as_said(ColumnType::F32, ValueRef::Real(value.into()))).is_ok();
        let bound = Number::new("0.1");
        assert!(holds(Rule::Max(bound), 0.1) && holds(Rule::Min(bound), 0.1));
        assert!(!holds(Rule::ExclusiveMax(bound), 0.1) && !holds(Rule::Max(bound), 0.1_f32.next_up()));
        assert!(holds(Rule::MultipleOf(bound), 0.3) && !holds(Rule::MultipleOf(bound), 0.3_f32.next_up()));
    }

    #[test]
    fn null_passes_every_rule() {
        let one = Number::new("1");
        for rule in [
            Rule::MinLength(1),
            Rule::MaxLength(0),
            Rule::Min(one),
            Rule::Max(one),
            Rule::ExclusiveMin(one),
            Rule::ExclusiveMax(one),
            Rule::MultipleOf(one),
        ] {
            assert_eq!(broken(rule, ValueRef::Null), None, "{rule}");
        }
    }

    #[test]
    fn numbers_of_rules_are_canonical() {
        for text in ["0", "7", "-7", "0.5", "-0.5", "10", "100.01", "-12345678901234567890.123"] {
            assert!(is_canonical(text.as_bytes()), "{text}");
            assert_eq!(text.parse::<crate::Decimal>().unwrap().as_str(), text);
        }
        for text in ["", "-", "-0", "00", "01", "1.", ".5", "1.0", "1.50", "1e3", "+1", "1.2.3", "--1", "1_000", "x"] {
            assert!(!is_canonical(text.as_bytes()), "{text}");
        }
    }
}
