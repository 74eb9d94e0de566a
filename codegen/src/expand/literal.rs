//! Numbers as Rust writes them: `_` between groups of three digits, as clippy likes it.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote};
use syn::{LitFloat, LitInt};

/// An integer without a suffix.
pub(crate) fn integer(value: i128) -> TokenStream {
    let digits = grouped(&value.unsigned_abs().to_string());
    signed(value < 0, LitInt::new(&digits, Span::call_site()).into_token_stream())
}

/// A finite number without a suffix.
pub(crate) fn float(value: f64) -> TokenStream {
    // The shortest text that reads as the same number.
    signed(value.is_sign_negative(), fraction(&format!("{:?}", value.abs())))
}

/// A finite number of 32 bits without a suffix.
pub(crate) fn single(value: f32) -> TokenStream {
    signed(value.is_sign_negative(), fraction(&format!("{:?}", value.abs())))
}

fn fraction(text: &str) -> TokenStream {
    let (mantissa, exponent) = text.split_once('e').map_or((text, None), |(left, right)| (left, Some(right)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(left, right)| (left, Some(right)));
    let mut literal = grouped(whole);
    if let Some(fraction) = fraction {
        let groups: Vec<_> = fraction.as_bytes().chunks(3).map(String::from_utf8_lossy).collect();
        literal = format!("{literal}.{}", groups.join("_"));
    }
    if let Some(exponent) = exponent {
        literal = format!("{literal}e{exponent}");
    }
    LitFloat::new(&literal, Span::call_site()).into_token_stream()
}

fn grouped(digits: &str) -> String {
    let (head, groups) = digits.split_at(digits.len() % 3);
    let groups = groups.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
    let parts: Vec<String> = Some(head.to_owned()).into_iter().filter(|head| !head.is_empty()).chain(groups).collect();
    parts.join("_")
}

fn signed(is_negative: bool, literal: TokenStream) -> TokenStream {
    if is_negative { quote!(-#literal) } else { literal }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_groups_and_mean_the_same() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.5, "- 0.5"),
            (1_234_567.25, "1_234_567.25"),
            (0.123_456_7, "0.123_456_7"),
            (1e300, "1e300"),
            (-1.234_567e-20, "- 1.234_567e-20"),
            (123_456_789_012_345.0, "123_456_789_012_345.0"),
        ] {
            assert_eq!(float(value).to_string(), text);
            let read: f64 = text.replace(['_', ' '], "").parse().unwrap();
            assert_eq!(read.to_bits(), value.to_bits());
        }
        assert_eq!(single(0.1).to_string(), "0.1");
        assert_eq!(single(-1_234_567.5).to_string(), "- 1_234_567.5");
        let texts = [0, 999, 1000, -2_147_483_648, i128::from(u64::MAX)].map(|value| integer(value).to_string());
        assert_eq!(texts, ["0", "999", "1_000", "- 2_147_483_648", "18_446_744_073_709_551_615"]);
    }
}
