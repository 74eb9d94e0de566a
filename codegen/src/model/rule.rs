//! What local writes of a column must keep, as the doors give it.

use std::cmp::Ordering;

use crate::diagnostics::Place;

/// A rule of a column, and where it was given.
#[derive(Debug)]
pub(crate) struct RuleModel {
    pub(crate) rule: Rule,
    pub(crate) place: Place,
}

/// A rule; the runtime's enum of this name has the same variants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rule {
    MinLength(u64),
    MaxLength(u64),
    Min(Number),
    Max(Number),
    ExclusiveMin(Number),
    ExclusiveMax(Number),
    MultipleOf(Number),
}

impl Rule {
    /// The attributes of lengths.
    pub(crate) const LENGTHS: [&str; 2] = ["min_length", "max_length"];
    /// The attributes of numbers.
    pub(crate) const NUMBERS: [&str; 5] = ["min", "max", "exclusive_min", "exclusive_max", "multiple_of"];

    /// Makes the rule of a length's attribute.
    pub(crate) fn of_length(attribute: &str, limit: u64) -> Option<Self> {
        match attribute {
            "min_length" => Some(Self::MinLength(limit)),
            "max_length" => Some(Self::MaxLength(limit)),
            _ => None,
        }
    }

    /// Makes the rule of a number's attribute.
    pub(crate) fn of_number(attribute: &str, number: Number) -> Option<Self> {
        match attribute {
            "min" => Some(Self::Min(number)),
            "max" => Some(Self::Max(number)),
            "exclusive_min" => Some(Self::ExclusiveMin(number)),
            "exclusive_max" => Some(Self::ExclusiveMax(number)),
            "multiple_of" => Some(Self::MultipleOf(number)),
            _ => None,
        }
    }

    /// The name of the attribute that gives it.
    pub(crate) fn attribute(&self) -> &'static str {
        match self {
            Self::MinLength(_) => "min_length",
            Self::MaxLength(_) => "max_length",
            Self::Min(_) => "min",
            Self::Max(_) => "max",
            Self::ExclusiveMin(_) => "exclusive_min",
            Self::ExclusiveMax(_) => "exclusive_max",
            Self::MultipleOf(_) => "multiple_of",
        }
    }

    /// The name by which it was given: an attribute's, or a keyword's of JSON Schema.
    pub(crate) fn name_at(&self, place: Place) -> &'static str {
        let keyword = match self {
            Self::MinLength(_) => "minLength",
            Self::MaxLength(_) => "maxLength",
            Self::Min(_) => "minimum",
            Self::Max(_) => "maximum",
            Self::ExclusiveMin(_) => "exclusiveMinimum",
            Self::ExclusiveMax(_) => "exclusiveMaximum",
            Self::MultipleOf(_) => "multipleOf",
        };
        place.hint(self.attribute(), keyword)
    }

    /// Says why no value at all can keep both this rule and another, if that is so.
    pub(crate) fn contradicts(&self, other: &Self, place: Place) -> Option<String> {
        let empty = match (self, other) {
            (Self::MinLength(least), Self::MaxLength(most)) => least > most,
            (Self::Min(least), Self::Max(most)) => least > most,
            (Self::Min(least) | Self::ExclusiveMin(least), Self::ExclusiveMax(most))
            | (Self::ExclusiveMin(least), Self::Max(most)) => least >= most,
            _ => false,
        };
        empty.then(|| format!("no value keeps both `{}` and `{}`", self.text(place), other.text(place)))
    }

    fn text(&self, place: Place) -> String {
        let attribute = self.name_at(place);
        match self {
            Self::MinLength(limit) | Self::MaxLength(limit) => format!("{attribute} = {limit}"),
            Self::Min(number)
            | Self::Max(number)
            | Self::ExclusiveMin(number)
            | Self::ExclusiveMax(number)
            | Self::MultipleOf(number) => format!("{attribute} = {}", number.as_str()),
        }
    }
}

/// An exact number, as the canonical decimal text that the runtime wants: no exponent, no leading
/// zeros, no trailing zeros of a fraction, no negative zero. At most 400 digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Number(String);

impl Number {
    const MAX_DIGITS: i64 = 400;

    /// Reads a decimal number with or without sign, fraction and exponent.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (sign, unsigned) = match text.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", text),
        };
        let (number, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = format!("{whole}{fraction}");
        if whole.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let significant = digits.trim_start_matches('0');
        // The point stands after so many of the digits that count; below zero, before so many zeros.
        let point = i64::try_from(whole.len() + significant.len()).ok()? - i64::try_from(digits.len()).ok()?
            + i64::from(exponent);
        let significant = significant.trim_end_matches('0');
        let length = i64::try_from(significant.len()).ok()?;
        if significant.is_empty() {
            return Some(Self("0".to_owned()));
        }
        if point.max(length) - point.min(0) > Self::MAX_DIGITS {
            return None;
        }
        let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or_default());
        Some(Self(if point <= 0 {
            format!("{sign}0.{}{significant}", zeros(-point))
        } else if point >= length {
            format!("{sign}{significant}{}", zeros(point - length))
        } else {
            let (whole, fraction) = significant.split_at(usize::try_from(point).ok()?);
            format!("{sign}{whole}.{fraction}")
        }))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is greater than zero.
    pub(crate) fn is_positive(&self) -> bool {
        self.0 != "0" && !self.0.starts_with('-')
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        fn magnitude(left: &str, right: &str) -> Ordering {
            let (left, left_fraction) = left.split_once('.').unwrap_or((left, ""));
            let (right, right_fraction) = right.split_once('.').unwrap_or((right, ""));
            let whole = left.len().cmp(&right.len()).then_with(|| left.cmp(right));
            // Without trailing zeros the shorter of two fractions with one prefix is the smaller.
            whole.then_with(|| left_fraction.cmp(right_fraction))
        }
        match (self.0.strip_prefix('-'), other.0.strip_prefix('-')) {
            (Some(left), Some(right)) => magnitude(right, left),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => magnitude(&self.0, &other.0),
        }
    }
}

/// What becomes of a column that device and server both changed; the runtime's `MergeRule` has the
/// same variants.
#[derive(Debug)]
pub(crate) struct MergeModel {
    pub(crate) rule: Merge,
    pub(crate) place: Place,
}

/// The rule of a merge.
#[derive(Debug)]
pub(crate) enum Merge {
    Local,
    Remote,
    Max,
    Min,
    Sum,
    Union,
    /// The path of a function.
    Function(proc_macro2::TokenStream),
}

impl Merge {
    pub(crate) const NAMES: [&str; 6] = ["local", "remote", "max", "min", "sum", "union"];

    /// The rule of a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "local" => Some(Self::Local),
            "remote" => Some(Self::Remote),
            "max" => Some(Self::Max),
            "min" => Some(Self::Min),
            "sum" => Some(Self::Sum),
            "union" => Some(Self::Union),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn numbers_have_one_text() {
        for (text, expected) in [
            ("0", "0"),
            ("-0.0", "0"),
            ("007", "7"),
            ("-1.50", "-1.5"),
            ("1e3", "1000"),
            ("12.5E-3", "0.0125"),
            ("1.20e1", "12"),
            ("5.", "5"),
            ("0.00012", "0.00012"),
            ("9223372036854775808", "9223372036854775808"),
        ] {
            assert_eq!(number(text).as_str(), expected, "{text}");
        }
        for text in ["", "-", ".5", "1e", "1e999", "1e-401", "0x1", "1_0", "NaN", "--1", "1f64"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_order_by_value() {
        let sorted = ["-10", "-9.5", "-0.01", "0", "0.009", "0.01", "0.011", "2", "10", "10.5"].map(number);
        assert!(sorted.is_sorted() && number("9223372036854775807") < number("9223372036854775808"));
        assert!(!number("0").is_positive() && !number("-1").is_positive() && number("0.1").is_positive());
    }

    #[test]
    fn rules_contradict_where_no_value_is_left() {
        let (one, two) = (|| number("1"), || number("2"));
        let contradicts =
            |left: Rule, right: Rule| left.contradicts(&right, proc_macro2::Span::call_site().into()).is_some();
        assert!(contradicts(Rule::Min(two()), Rule::Max(one())) && !contradicts(Rule::Min(one()), Rule::Max(one())));
        assert!(contradicts(Rule::Min(one()), Rule::ExclusiveMax(one())));
        assert!(contradicts(Rule::ExclusiveMin(one()), Rule::Max(one())));
        assert!(contradicts(Rule::ExclusiveMin(one()), Rule::ExclusiveMax(one())));
        assert!(!contradicts(Rule::ExclusiveMin(one()), Rule::ExclusiveMax(two())));
        assert!(
            contradicts(Rule::MinLength(2), Rule::MaxLength(1)) && !contradicts(Rule::MinLength(1), Rule::MaxLength(1))
        );
    }
}
