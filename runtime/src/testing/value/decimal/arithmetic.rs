//! Arithmetic with at most 28 significant digits, at most 28 of them behind the point; what is beyond is cut off.

use super::{Decimal, MOST_DIGITS, UNIT};

/// Operands and results are cut; a whole part of more than 28 digits gives `None`.
impl Decimal {
    /// Adds; `None` on overflow.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let ((whole, fraction), (other_whole, other_fraction)) = (self.cut()?.parts(), other.cut()?.parts());
        let (mut whole, mut fraction) = (whole + other_whole, fraction + other_fraction);
        whole += fraction / UNIT;
        fraction %= UNIT;
        // Whole part and fraction have one sign.
        if whole > 0 && fraction < 0 {
            (whole, fraction) = (whole - 1, fraction + UNIT);
        } else if whole < 0 && fraction > 0 {
            (whole, fraction) = (whole + 1, fraction - UNIT);
        }
        let digits = format!("{}{:028}", whole.unsigned_abs(), fraction.unsigned_abs());
        made(whole < 0 || fraction < 0, digits.into_bytes(), i64::from(MOST_DIGITS))
    }

    /// Subtracts; `None` on overflow.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(other.negated())
    }

    /// Multiplies; `None` on overflow.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let (a, b) = (self.cut()?, other.cut()?);
        // As on paper, the last digit first.
        let digits = |number: Self| -> Vec<u32> {
            number.mantissa.unsigned_abs().to_string().bytes().rev().map(|digit| u32::from(digit - b'0')).collect()
        };
        let (left, right) = (digits(a), digits(b));
        let mut columns = vec![0_u32; left.len() + right.len()];
        for (at, digit) in left.iter().enumerate() {
            for (offset, other) in right.iter().enumerate() {
                columns[at + offset] += digit * other;
            }
        }
        let mut carry = 0;
        for column in &mut columns {
            carry += *column;
            *column = carry % 10;
            carry /= 10;
        }
        let product = columns.iter().rev().map(|digit| b'0' + digit.to_le_bytes()[0]).collect();
        made((a.mantissa < 0) != (b.mantissa < 0), product, i64::from(a.scale) + i64::from(b.scale))
    }

    /// Divides; `None` on overflow or for a zero divisor.
    pub fn checked_div(self, other: Self) -> Option<Self> {
        let (a, b) = (self.cut()?, other.cut()?);
        let divisor = b.mantissa.unsigned_abs();
        let mut rest = a.mantissa.unsigned_abs();
        let mut digits = rest.checked_div(divisor)?.to_string().into_bytes();
        let whole_digits = digits.len();
        rest %= divisor;
        // 28 digits behind the point need at most so many more where the divisor has 28 of them itself.
        while rest != 0 && digits.len() - whole_digits < 2 * MOST_DIGITS as usize {
            rest *= 10;
            digits.push(b'0' + (rest / divisor).to_le_bytes()[0]);
            rest %= divisor;
        }
        let scale = i64::try_from(digits.len() - whole_digits).ok()? + i64::from(a.scale) - i64::from(b.scale);
        made((a.mantissa < 0) != (b.mantissa < 0), digits, scale)
    }

    /// The remainder, with the sign of the dividend; `None` for a zero divisor.
    pub fn checked_rem(self, other: Self) -> Option<Self> {
        let (a, b) = (self.cut()?, other.cut()?);
        let (mut rest, mut divisor) = (a.mantissa.unsigned_abs(), b.mantissa.unsigned_abs());
        if divisor == 0 {
            return None;
        }
        for _ in b.scale..a.scale {
            // A divisor above the dividend leaves it as it is, however large.
            if divisor > rest {
                break;
            }
            divisor *= 10;
        }
        rest %= divisor;
        for _ in a.scale..b.scale {
            rest = rest * 10 % divisor;
        }
        made(a.mantissa < 0, rest.to_string().into_bytes(), i64::from(a.scale.max(b.scale)))
    }

    /// The number with the digits that arithmetic sees.
    fn cut(self) -> Option<Self> {
        let Self { mut mantissa, mut scale } = self;
        while mantissa.abs() >= UNIT && scale > 0 {
            (mantissa, scale) = (mantissa / 10, scale - 1);
        }
        (mantissa.abs() < UNIT).then_some(Self { mantissa, scale })
    }

    /// Whole part and 28 digits of the fraction.
    fn parts(self) -> (i128, i128) {
        let unit = 10_i128.pow(self.scale);
        (self.mantissa / unit, self.mantissa % unit * 10_i128.pow(MOST_DIGITS - self.scale))
    }
}

/// Makes a number of decimal digits, of which the last `scale` stand behind the point.
fn made(negative: bool, mut digits: Vec<u8>, mut scale: i64) -> Option<Decimal> {
    let most = i64::from(MOST_DIGITS);
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    digits.drain(..zeros);
    while !digits.is_empty() && scale < 0 {
        digits.push(b'0');
        scale += 1;
    }
    while !digits.is_empty() && scale > 0 && (scale > most || digits.len() > MOST_DIGITS as usize) {
        digits.pop();
        scale -= 1;
    }
    if digits.is_empty() {
        return Some(Decimal { mantissa: 0, scale: 0 });
    }
    if digits.len() > MOST_DIGITS as usize {
        return None;
    }
    let mantissa = digits.iter().fold(0_i128, |number, digit| number * 10 + i128::from(digit - b'0'));
    Some(Decimal { mantissa: if negative { -mantissa } else { mantissa }, scale: u32::try_from(scale).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn arithmetic_is_exact_or_absent() {
        assert_eq!(decimal("0.1").checked_add(decimal("0.2")), Some(decimal("0.3")));
        assert_eq!(decimal("1").checked_sub(decimal("0.9")), Some(decimal("0.1")));
        assert_eq!(decimal("1.5").checked_mul(decimal("-2")), Some(decimal("-3")));
        assert_eq!(decimal("7").checked_div(decimal("2")), Some(decimal("3.5")));
        assert_eq!(decimal("7").checked_div(decimal("0")), None);
        assert_eq!(decimal("-7").checked_rem(decimal("2")), Some(decimal("-1")));
        assert!(decimal("1").checked_div(decimal("3")).unwrap().to_string().starts_with("0.333333333333"));
        assert_eq!((decimal("2.5").round(), decimal("-2.5").round()), (decimal("3"), decimal("-3")));
        assert_eq!((decimal("-2.5").floor(), decimal("-2.5").ceiling()), (decimal("-3"), decimal("-2")));
    }

    #[test]
    fn what_is_beyond_28_digits_is_cut() {
        type Operator = fn(Decimal, Decimal) -> Option<Decimal>;
        const ADD: Operator = Decimal::checked_add;
        const SUB: Operator = Decimal::checked_sub;
        const MUL: Operator = Decimal::checked_mul;
        const DIV: Operator = Decimal::checked_div;
        const REM: Operator = Decimal::checked_rem;
        let nines = "9999999999999999999999999999"; // 28 of them
        let longest = "79228162514264337593543950335"; // 29 digits
        for (operator, left, right, expected) in [
            (ADD, nines, "0.9", Some(nines)),
            (ADD, nines, "1", None),
            (ADD, "1000000000000", "0.0000000000000000000000000001", Some("1000000000000")),
            (ADD, "-1", "0.25", Some("-0.75")),
            (SUB, "0.25", "-1", Some("1.25")),
            (SUB, "1", "1.00", Some("0")),
            (MUL, nines, nines, None),
            (MUL, nines, "1.0000000000000000000000000000", Some(nines)),
            (MUL, "0.1234567890123456789012345678", "0.1", Some("0.0123456789012345678901234567")),
            (MUL, "1234567890123456789.5", "1000000000.25", Some("1234567890432098762030864197")),
            (MUL, "0.00000000000001", "0.000000000000001", Some("0")),
            (MUL, "-3", "0", Some("0")),
            (DIV, "1", "3", Some("0.3333333333333333333333333333")),
            (DIV, "-200", "3", Some("-66.66666666666666666666666666")),
            (DIV, "1", nines, Some("0.0000000000000000000000000001")),
            (DIV, nines, "0.0000000000000000000000000001", None),
            (DIV, "0.0000000000000000000000000003", "0.0000000000000000000000000002", Some("1.5")),
            (DIV, "1", "0.0", None),
            (REM, nines, "0.0000000000000000000000000007", Some("0.0000000000000000000000000005")),
            (REM, "0.0000000000000000000000000003", nines, Some("0.0000000000000000000000000003")),
            (REM, "-5.5", "-2", Some("-1.5")),
            (REM, "5", "0.3", Some("0.2")),
            (REM, "5", "0.00", None),
            (ADD, longest, "0", None),
            (ADD, "7.9228162514264337593543950335", "0", Some("7.922816251426433759354395033")),
        ] {
            let found = operator(decimal(left), decimal(right));
            let expected = expected.map(decimal);
            assert_eq!(found, expected, "{left} and {right}: {found:?}");
        }
    }
}
