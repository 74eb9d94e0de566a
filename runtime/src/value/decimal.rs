//! Exact decimal numbers.

mod arithmetic;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::ValueError;
use super::civil::shown;

/// More digits than any server keeps; bounds what an exponent may expand to.
const MAX_DIGITS: usize = 400;

/// An exact decimal number, kept as text and ordered by value.
///
/// The text is canonical: no exponent, no leading zeros, no trailing zeros of a fraction, no
/// negative zero. Equal numbers have equal text. At most 400 digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal(String);

impl Decimal {
    /// Borrows the canonical text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Decimal {
    fn default() -> Self {
        Self("0".to_owned())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self(value.to_string())
    }
}

impl FromStr for Decimal {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        canonical(text).map(Self).ok_or_else(|| {
            ValueError::new(format!(
                "expected a decimal number of at most {MAX_DIGITS} digits, found `{}`",
                shown(text)
            ))
        })
    }
}

fn canonical(text: &str) -> Option<String> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (number, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() && fraction.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Some("0".to_owned());
    }
    // The point stands after this many of `significant`; zero or less means leading zeros.
    let point = whole.len() as i64 + i64::from(exponent) - (digits.len() - significant.len()) as i64;
    let significant = significant.trim_end_matches('0');
    let length = significant.len() as i64;
    if point.max(length) - point.min(0) > MAX_DIGITS as i64 {
        return None;
    }
    let sign = if negative { "-" } else { "" };
    Some(if point <= 0 {
        format!("{sign}0.{}{significant}", "0".repeat(point.unsigned_abs() as usize))
    } else if point >= length {
        format!("{sign}{significant}{}", "0".repeat((point - length) as usize))
    } else {
        let (whole, fraction) = significant.split_at(point as usize);
        format!("{sign}{whole}.{fraction}")
    })
}

/// Compares two canonical texts by value; texts that are not numbers compare as text.
pub(crate) fn compare(left: &str, right: &str) -> Ordering {
    match (left.strip_prefix('-'), right.strip_prefix('-')) {
        (Some(left), Some(right)) => magnitude(right, left),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => magnitude(left, right),
    }
}

fn magnitude(left: &str, right: &str) -> Ordering {
    let (left_whole, left_fraction) = left.split_once('.').unwrap_or((left, ""));
    let (right_whole, right_fraction) = right.split_once('.').unwrap_or((right, ""));
    left_whole
        .len()
        .cmp(&right_whole.len())
        .then_with(|| left_whole.cmp(right_whole))
        // Without trailing zeros the shorter of two fractions with one prefix is the smaller.
        .then_with(|| left_fraction.cmp(right_fraction))
}

/// Whether a canonical text is a whole multiple of another; of zero, only zero is.
pub(crate) fn is_multiple(value: &str, of: &str) -> bool {
    fn parts(text: &str) -> (&str, &str) {
        let text = text.strip_prefix('-').unwrap_or(text);
        text.split_once('.').unwrap_or((text, ""))
    }
    let (value, step) = (parts(value), parts(of));
    let scale = value.1.len().max(step.1.len());
    // The digits of a number times ten to the scale, without leading zeros.
    let digits = |(whole, fraction): (&str, &str)| -> Vec<u8> {
        let digits = whole.bytes().chain(fraction.bytes().chain(std::iter::repeat(b'0')).take(scale));
        digits.skip_while(|digit| *digit == b'0').collect()
    };
    let step = digits(step);
    // Division by hand, of which only the remainder is kept.
    let mut rest: Vec<u8> = Vec::with_capacity(step.len() + 1);
    for digit in digits(value) {
        if !rest.is_empty() || digit != b'0' {
            rest.push(digit);
        }
        while !step.is_empty() && (rest.len(), &rest) >= (step.len(), &step) {
            subtract(&mut rest, &step);
        }
    }
    rest.is_empty()
}

/// Takes a number from one that is not smaller, both as digits without leading zeros.
fn subtract(from: &mut Vec<u8>, number: &[u8]) {
    let mut borrowed = 0;
    let lower = number.iter().rev().copied().chain(std::iter::repeat(b'0'));
    for (digit, lower) in from.iter_mut().rev().zip(lower) {
        let taken = lower - b'0' + borrowed;
        borrowed = u8::from(*digit - b'0' < taken);
        *digit = *digit + 10 * borrowed - taken;
    }
    let zeros = from.iter().take_while(|digit| **digit == b'0').count();
    from.drain(..zeros);
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.0, &other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_have_one_text() {
        for (text, expected) in [
            ("007.50", "7.5"),
            ("-0.0", "0"),
            ("1e3", "1000"),
            ("12.5E-3", "0.0125"),
            (".5", "0.5"),
            ("5.", "5"),
            ("100", "100"),
            ("+3", "3"),
            ("1.20e1", "12"),
            ("0.00012", "0.00012"),
        ] {
            assert_eq!(text.parse::<Decimal>().unwrap().as_str(), expected, "{text}");
        }
        for text in ["", "-", ".", "1e", "1e999", "0x1", "1 2", "NaN", "--1"] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }

    #[test]
    fn multiples_are_exact() {
        for (value, of) in [
            ("0", "7"),
            ("14", "7"),
            ("-14", "7"),
            ("0.3", "0.1"),
            ("1000000000000000000000000000000000000000000", "3.2"),
            ("12.5", "0.00625"),
            ("0", "0"),
        ] {
            assert!(is_multiple(value, of), "{value} of {of}");
        }
        for (value, of) in
            [("1", "7"), ("0.35", "0.1"), ("100000000000000000000000000001", "10"), ("7", "14"), ("1", "0")]
        {
            assert!(!is_multiple(value, of), "{value} of {of}");
        }
        for value in 0..200_i64 {
            for of in 1..30_i64 {
                assert_eq!(is_multiple(&value.to_string(), &of.to_string()), value % of == 0, "{value} of {of}");
            }
        }
    }

    #[test]
    fn order_is_by_value() {
        let mut sorted: Vec<Decimal> = ["-10", "-9.5", "-0.01", "0", "0.009", "0.01", "0.011", "2", "10", "10.5"]
            .map(|text| text.parse().unwrap())
            .to_vec();
        let expected = sorted.clone();
        sorted.reverse();
        sorted.sort();
        assert_eq!(sorted, expected);
    }
}
