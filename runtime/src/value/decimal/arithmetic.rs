//! Arithmetic of decimal numbers, as queries compute it.

use super::{Decimal, canonical};

/// Significant digits of operands and results, and the most digits behind the point.
const DIGITS: usize = 28;
/// One above the greatest number of that many digits.
const LIMIT: u128 = 10_u128.pow(DIGITS as u32);

/// A number as `digits / 10^scale`. Invariant: `digits` is below [`LIMIT`], `scale` at most [`DIGITS`].
#[derive(Debug, Clone, Copy)]
struct Parts {
    negative: bool,
    digits: u128,
    scale: usize,
}

/// Computes with at most 28 significant digits, of which at most 28 stand behind the point: further
/// digits of an operand or a result are cut off. A whole part of more than 28 digits gives `None`.
impl Decimal {
    /// Adds.
    #[must_use]
    pub fn checked_add(&self, other: &Self) -> Option<Self> {
        sum(parts(self)?, parts(other)?)
    }

    /// Subtracts.
    #[must_use]
    pub fn checked_sub(&self, other: &Self) -> Option<Self> {
        let other = parts(other)?;
        sum(parts(self)?, Parts { negative: !other.negative, ..other })
    }

    /// Multiplies.
    #[must_use]
    pub fn checked_mul(&self, other: &Self) -> Option<Self> {
        const HALF: u128 = 10_u128.pow(DIGITS as u32 / 2);
        let (left, right) = (parts(self)?, parts(other)?);
        let ((a1, a0), (b1, b0)) =
            ((left.digits / HALF, left.digits % HALF), (right.digits / HALF, right.digits % HALF));
        let middle = a1 * b0 + a0 * b1;
        let low = a0 * b0 + middle % HALF * HALF;
        let high = a1 * b1 + middle / HALF + low / LIMIT;
        let text = format!("{high}{:028}e-{}", low % LIMIT, left.scale + right.scale);
        made(left.negative != right.negative, &text)
    }

    /// Divides; `None` also for a zero divisor.
    #[must_use]
    pub fn checked_div(&self, other: &Self) -> Option<Self> {
        let (left, right) = (parts(self)?, parts(other)?);
        let whole = left.digits.checked_div(right.digits)?;
        let mut rest = left.digits % right.digits;
        // As many digits as a quotient of the least by the greatest number can begin with zeros, and 28.
        let mut fraction = String::with_capacity(4 * DIGITS);
        while rest != 0 && fraction.len() < 4 * DIGITS {
            rest *= 10;
            fraction.push(char::from(b'0' + (rest / right.digits) as u8));
            rest %= right.digits;
        }
        let text = format!("{whole}.{fraction}e{}", right.scale as i64 - left.scale as i64);
        made(left.negative != right.negative, &text)
    }

    /// The remainder of a division to a whole quotient, with the sign of the dividend; `None` also for
    /// a zero divisor.
    #[must_use]
    pub fn checked_rem(&self, other: &Self) -> Option<Self> {
        let (left, right) = (parts(self)?, parts(other)?);
        let (digits, scale) = if left.scale < right.scale {
            let mut rest = left.digits.checked_rem(right.digits)?;
            for _ in left.scale..right.scale {
                rest = rest * 10 % right.digits;
            }
            (rest, right.scale)
        } else {
            let step = 10_u128.checked_pow((left.scale - right.scale) as u32);
            let divisor = step.and_then(|step| right.digits.checked_mul(step));
            // A divisor beyond 128 bits is greater than the dividend.
            let rest = divisor.map_or(Some(left.digits), |divisor| left.digits.checked_rem(divisor))?;
            (rest, left.scale)
        };
        made(left.negative, &format!("{digits}e-{scale}"))
    }

    /// The greatest whole number that is not above.
    #[must_use]
    pub fn floor(&self) -> Self {
        self.whole(|negative, has_fraction, _| negative && has_fraction)
    }

    /// The smallest whole number that is not below.
    #[must_use]
    pub fn ceiling(&self) -> Self {
        self.whole(|negative, has_fraction, _| !negative && has_fraction)
    }

    /// The nearest whole number; from the middle away from zero.
    #[must_use]
    pub fn round(&self) -> Self {
        self.whole(|_, _, first_digit| first_digit >= b'5')
    }

    /// The whole part, one further from zero where the negative sign, a fraction and its first digit say so.
    fn whole(&self, is_further: impl FnOnce(bool, bool, u8) -> bool) -> Self {
        let (negative, text) = split_sign(&self.0);
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let first = fraction.bytes().next();
        let whole = if is_further(negative, first.is_some(), first.unwrap_or(b'0')) {
            incremented(whole)
        } else {
            whole.to_owned()
        };
        Self(if negative && whole != "0" { format!("-{whole}") } else { whole })
    }
}

fn split_sign(text: &str) -> (bool, &str) {
    text.strip_prefix('-').map_or((false, text), |text| (true, text))
}

fn incremented(whole: &str) -> String {
    let nines = whole.len() - whole.trim_end_matches('9').len();
    let (head, zeros) = (&whole[..whole.len() - nines], "0".repeat(nines));
    match head.as_bytes().split_last() {
        Some((last, _)) => format!("{}{}{zeros}", &head[..head.len() - 1], char::from(last + 1)),
        None => format!("1{zeros}"),
    }
}

/// Cuts a canonical text without sign to the digits that count.
fn cut(text: &str) -> Option<&str> {
    let Some((whole, fraction)) = text.split_once('.') else {
        return (text.len() <= DIGITS).then_some(text);
    };
    if whole.len() > DIGITS {
        return None;
    }
    let zeros = if whole == "0" { fraction.bytes().take_while(|digit| *digit == b'0').count() } else { 0 };
    let significant_whole = if whole == "0" { 0 } else { whole.len() };
    let kept = (DIGITS - significant_whole + zeros).min(DIGITS).min(fraction.len());
    Some(&text[..whole.len() + if kept == 0 { 0 } else { 1 + kept }])
}

fn parts(decimal: &Decimal) -> Option<Parts> {
    let (negative, text) = split_sign(&decimal.0);
    let text = cut(text)?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction}").parse().ok()?;
    Some(Parts { negative, digits, scale: fraction.len() })
}

/// Makes the number of a text without sign, cut to the digits that count.
fn made(negative: bool, text: &str) -> Option<Decimal> {
    let text = canonical(text)?;
    let number = canonical(cut(&text)?)?;
    Some(Decimal(if negative && number != "0" { format!("-{number}") } else { number }))
}

fn sum(left: Parts, right: Parts) -> Option<Decimal> {
    // Whole part and fraction, each of 28 digits.
    let fixed = |parts: Parts| {
        let unit = 10_u128.pow(parts.scale as u32);
        (parts.digits / unit, parts.digits % unit * 10_u128.pow((DIGITS - parts.scale) as u32))
    };
    let (a, b) = (fixed(left), fixed(right));
    let (negative, (whole, fraction)) = if left.negative == right.negative {
        let fraction = a.1 + b.1;
        (left.negative, (a.0 + b.0 + fraction / LIMIT, fraction % LIMIT))
    } else {
        let (negative, greater, lesser) = if a >= b { (left.negative, a, b) } else { (right.negative, b, a) };
        let borrowed = u128::from(greater.1 < lesser.1);
        (negative, (greater.0 - borrowed - lesser.0, greater.1 + borrowed * LIMIT - lesser.1))
    };
    made(negative, &format!("{whole}.{fraction:028}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Operator = fn(&Decimal, &Decimal) -> Option<Decimal>;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn computed(operator: Operator, left: &str, right: &str) -> String {
        operator(&decimal(left), &decimal(right)).map_or("none".to_owned(), |number| number.as_str().to_owned())
    }

    #[test]
    fn results_are_exact_within_28_digits_and_cut_beyond() {
        let (add, sub): (Operator, Operator) = (Decimal::checked_add, Decimal::checked_sub);
        let (mul, div, rem): (Operator, Operator, Operator) =
            (Decimal::checked_mul, Decimal::checked_div, Decimal::checked_rem);
        let nines = "9".repeat(28);
        for (operator, left, right, expected) in [
            (add, "0.1", "0.2", "0.3"),
            (add, "-0.1", "0.1", "0"),
            (add, &nines, "0.5", &nines),
            (add, &nines, "1", "none"),
            (sub, "1", "0.9", "0.1"),
            (sub, "-1", "1.25", "-2.25"),
            (sub, "1.5", "2.25", "-0.75"),
            (mul, "-1.5", "2", "-3"),
            (mul, &nines, &nines, "none"),
            (mul, "12345678901234567890", "0.00000000009876543210", "1219326311.24828532111263526900"),
            (mul, "0.0000000000000001", "0.0000000000001", "0"),
            (div, "7", "2", "3.5"),
            (div, "-1", "3", "-0.3333333333333333333333333333"),
            (div, "2", "0.3", "6.666666666666666666666666666"),
            (div, "1", "0", "none"),
            (div, "1", "30000", "0.0000333333333333333333333333"),
            (rem, "-7", "2", "-1"),
            (rem, "7", "-2", "1"),
            (rem, "1.5", "0.4", "0.3"),
            (rem, "3", "0.7", "0.2"),
            (rem, "0.3", "70000000000000000000000000", "0.3"),
            (rem, "1", "0", "none"),
            (rem, "0.5", "0", "none"),
        ] {
            let expected = expected.parse::<Decimal>().map_or(expected.to_owned(), |number| number.as_str().to_owned());
            assert_eq!(computed(operator, left, right), expected, "{left} and {right}");
        }
    }

    #[test]
    fn small_numbers_compute_as_integers_do() {
        for left in -40..40_i64 {
            for right in -12..12_i64 {
                let (a, b) = (Decimal::from(left), Decimal::from(right));
                assert_eq!(a.checked_add(&b), Some(Decimal::from(left + right)));
                assert_eq!(a.checked_sub(&b), Some(Decimal::from(left - right)));
                assert_eq!(a.checked_mul(&b), Some(Decimal::from(left * right)));
                assert_eq!(a.checked_rem(&b), left.checked_rem(right).map(Decimal::from));
            }
        }
    }

    #[test]
    fn rounding_goes_where_its_name_says() {
        for (text, floor, ceiling, round) in [
            ("2.5", "2", "3", "3"),
            ("-2.5", "-3", "-2", "-3"),
            ("-0.4", "-1", "0", "0"),
            ("0.49", "0", "1", "0"),
            ("999.5", "999", "1000", "1000"),
            ("-7", "-7", "-7", "-7"),
        ] {
            let number = decimal(text);
            let found = [number.floor(), number.ceiling(), number.round()];
            assert_eq!(found, [decimal(floor), decimal(ceiling), decimal(round)], "{text}");
        }
    }
}
