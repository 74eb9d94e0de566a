//! The functions of expressions, and what each makes of stored values.

mod number;
mod text;
mod time;

use crate::value::{Value, ValueRef};

/// What an expression computes from its arguments.
///
/// Null in an argument gives null, and so do an overflow, a division by zero and a result that is no
/// finite number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Function {
    /// The sum of two numbers.
    Add,
    /// The difference of two numbers.
    Sub,
    /// The product of two numbers.
    Mul,
    /// The quotient of two numbers; that of integers is cut towards zero.
    Div,
    /// The remainder of a division, with the sign of the dividend.
    Rem,
    /// A number as `f64`.
    ToF64,
    /// The greatest whole number that is not above.
    Floor,
    /// The smallest whole number that is not below.
    Ceiling,
    /// The nearest whole number; from the middle away from zero.
    Round,
    /// A text in lower case, as `str::to_lowercase` makes it.
    ToLower,
    /// A text in upper case, as `str::to_uppercase` makes it.
    ToUpper,
    /// A text without white space at its ends.
    Trim,
    /// The number of code points of a text.
    Length,
    /// The place of a text in another, in code points from zero; -1 if it is not there.
    IndexOf,
    /// The code points of a text from a place on, all or so many of them.
    Substring,
    /// Two texts joined.
    Concat,
    /// A text with each occurrence of another replaced by a third.
    Replace,
    /// The year of a date or instant.
    Year,
    /// The month of a date or instant, 1 to 12.
    Month,
    /// The day of the month of a date or instant, 1 to 31.
    Day,
    /// The hour of a time of day or instant, 0 to 23.
    Hour,
    /// The minute of a time of day or instant, 0 to 59.
    Minute,
    /// The second of a time of day or instant, 0 to 59.
    Second,
}

impl Function {
    /// All functions.
    pub const ALL: [Self; 23] = [
        Self::Add,
        Self::Sub,
        Self::Mul,
        Self::Div,
        Self::Rem,
        Self::ToF64,
        Self::Floor,
        Self::Ceiling,
        Self::Round,
        Self::ToLower,
        Self::ToUpper,
        Self::Trim,
        Self::Length,
        Self::IndexOf,
        Self::Substring,
        Self::Concat,
        Self::Replace,
        Self::Year,
        Self::Month,
        Self::Day,
        Self::Hour,
        Self::Minute,
        Self::Second,
    ];

    /// The most arguments that a function has.
    pub(crate) const MOST_ARGUMENTS: usize = 3;

    /// The name of the method that makes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Sub => "sub",
            Self::Mul => "mul",
            Self::Div => "div",
            Self::Rem => "rem",
            Self::ToF64 => "to_f64",
            Self::Floor => "floor",
            Self::Ceiling => "ceiling",
            Self::Round => "round",
            Self::ToLower => "to_lower",
            Self::ToUpper => "to_upper",
            Self::Trim => "trim",
            Self::Length => "len",
            Self::IndexOf => "index_of",
            Self::Substring => "substring",
            Self::Concat => "concat",
            Self::Replace => "replace",
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
        }
    }

    /// Computes the function of stored values; [`Value::Null`] also for values that are not of its types.
    #[must_use]
    pub fn apply(self, arguments: &[ValueRef<'_>]) -> Value {
        if arguments.iter().any(|argument| argument.is_null()) {
            return Value::Null;
        }
        let computed = match self {
            Self::Add | Self::Sub | Self::Mul | Self::Div | Self::Rem => number::arithmetic(self, arguments),
            Self::ToF64 | Self::Floor | Self::Ceiling | Self::Round => number::convert(self, arguments),
            Self::ToLower
            | Self::ToUpper
            | Self::Trim
            | Self::Length
            | Self::IndexOf
            | Self::Substring
            | Self::Concat
            | Self::Replace => text::compute(self, arguments),
            Self::Year | Self::Month | Self::Day => time::of_date(self, arguments),
            Self::Hour | Self::Minute | Self::Second => time::of_day(self, arguments),
        };
        computed.unwrap_or(Value::Null)
    }
}
