//! A decimal number of at most 28 significant digits, kept exactly.

mod arithmetic;

use std::cmp::Ordering;
use std::fmt;

const MOST_DIGITS: u32 = 28;
/// One above the greatest number of so many digits.
const UNIT: i128 = 10_i128.pow(MOST_DIGITS);

/// A decimal number that keeps the digits it was written with.
///
/// Numbers that differ only in trailing zeros are equal.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    /// Invariant: below 10^29 in size.
    mantissa: i128,
    /// Digits behind the point. Invariant: at most 28.
    scale: u32,
}

impl Decimal {
    fn new(mut mantissa: i128, mut scale: u32) -> Option<Self> {
        while scale > MOST_DIGITS || (scale > 0 && mantissa.unsigned_abs() >= 10_u128.pow(MOST_DIGITS + 1)) {
            mantissa /= 10;
            scale -= 1;
        }
        (mantissa.unsigned_abs() < 10_u128.pow(MOST_DIGITS + 1)).then_some(Self { mantissa, scale })
    }

    /// Reads plain or exponent notation; `None` when it is no number or too large. Digits behind the 28th are cut.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, number) = match number.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, number),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty()
            || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit())
            || number.ends_with('.')
        {
            return None;
        }
        let mut mantissa: i128 = 0;
        let mut scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        for digit in whole.bytes().chain(fraction.bytes()) {
            if mantissa.unsigned_abs() >= 10_u128.pow(MOST_DIGITS + 8) {
                scale -= 1; // further digits cannot be kept
            } else {
                mantissa = mantissa * 10 + i128::from(digit - b'0');
            }
        }
        while scale < 0 && mantissa != 0 {
            if mantissa.unsigned_abs() >= 10_u128.pow(MOST_DIGITS + 8) {
                return None;
            }
            mantissa *= 10;
            scale += 1;
        }
        while scale > 64 && mantissa != 0 {
            mantissa /= 10;
            scale -= 1;
        }
        if mantissa == 0 {
            scale = scale.clamp(0, 28);
        }
        Self::new(if negative { -mantissa } else { mantissa }, u32::try_from(scale).ok()?)
    }

    /// Converts a floating point number by its shortest text; `None` when it is not finite or too large.
    pub fn from_f64(number: f64) -> Option<Self> {
        number.is_finite().then(|| Self::parse(&format!("{number:e}"))).flatten()
    }

    /// Converts to a whole number, cutting the fraction; `None` when it is too large.
    pub fn to_i64(self) -> Option<i64> {
        i64::try_from(self.mantissa / 10_i128.pow(self.scale)).ok()
    }

    /// Converts to the nearest floating point number.
    pub fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// Returns the number with the other sign.
    pub fn negated(self) -> Self {
        Self { mantissa: -self.mantissa, scale: self.scale }
    }

    /// The largest whole number that is not above.
    pub fn floor(self) -> Self {
        Self { mantissa: self.mantissa.div_euclid(10_i128.pow(self.scale)), scale: 0 }
    }

    /// The smallest whole number that is not below.
    pub fn ceiling(self) -> Self {
        self.negated().floor().negated()
    }

    /// The nearest whole number, the middle going away from zero.
    pub fn round(self) -> Self {
        let unit = 10_i128.pow(self.scale);
        let half = unit / 2;
        let shifted = if self.mantissa < 0 { self.mantissa - half } else { self.mantissa + half };
        Self { mantissa: shifted / unit, scale: 0 }
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self { mantissa: i128::from(number), scale: 0 }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        // Whole parts are below 10^29 and fractions below 10^28, so nothing overflows.
        let parts = |number: &Self| {
            let unit = 10_i128.pow(number.scale);
            (
                number.mantissa.div_euclid(unit),
                number.mantissa.rem_euclid(unit) * 10_i128.pow(MOST_DIGITS - number.scale),
            )
        };
        parts(self).cmp(&parts(other))
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = self.mantissa.unsigned_abs();
        if self.scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let unit = 10_u128.pow(self.scale);
        write!(f, "{sign}{}.{:0width$}", digits / unit, digits % unit, width = self.scale as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn text_is_kept_and_order_is_by_value() {
        for text in ["0", "1.50", "-0.001", "1234567890123.1235", "79228162514264337593543950335"] {
            assert_eq!(decimal(text).to_string(), text);
        }
        assert_eq!(decimal("1.50"), decimal("1.5"));
        assert!(decimal("10") > decimal("9.999"));
        assert!(decimal("-10") < decimal("-9.999"));
        assert!(decimal("-0.5") < decimal("0.25"));
        assert_eq!(decimal("15e-1").to_string(), "1.5");
        assert_eq!(decimal("1e3").to_string(), "1000");
        assert_eq!(decimal("5e-324").to_f64(), 0.0);
        for bad in ["", "-", "1.", ".5", "1e400", "abc", "1 ", "999999999999999999999999999999"] {
            assert_eq!(Decimal::parse(bad), None, "{bad}");
        }
    }
}
