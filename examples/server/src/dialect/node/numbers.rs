//! Numbers as JavaScript writes them.

/// Writes a floating number as JavaScript does, given its shortest text: whole up to 21 digits, else with an exponent.
pub(crate) fn number_text(shortest: &str) -> String {
    let (sign, plain) = match shortest.strip_prefix('-') {
        Some(plain) => ("-", plain),
        None => ("", shortest),
    };
    let (mantissa, exponent) = plain.split_once(['e', 'E']).unwrap_or((plain, "0"));
    let (Ok(exponent), true) =
        (exponent.parse::<i32>(), mantissa.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
    else {
        return shortest.to_owned();
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let digits = all.trim_start_matches('0').trim_end_matches('0');
    if digits.is_empty() {
        return "0".to_owned();
    }
    let leading = i32::try_from(all.len() - all.trim_start_matches('0').len()).unwrap_or(0);
    // The number is 0.DIGITS times ten to the power of this.
    let point = i32::try_from(whole.len()).unwrap_or(0) + exponent - leading;
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = |number: i32| "0".repeat(usize::try_from(number).unwrap_or(0));
    let text = if count <= point && point <= 21 {
        format!("{digits}{}", zeros(point - count))
    } else if 0 < point && point <= 21 {
        let (before, after) = digits.split_at(usize::try_from(point).unwrap_or(0));
        format!("{before}.{after}")
    } else if -6 < point && point <= 0 {
        format!("0.{}{digits}", zeros(-point))
    } else {
        let (first, rest) = digits.split_at(1);
        let rest = if rest.is_empty() { String::new() } else { format!(".{rest}") };
        let plus = if point > 0 { "+" } else { "" };
        format!("{first}{rest}e{plus}{}", point - 1)
    };
    format!("{sign}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_in_javascript() {
        for (number, expected) in [
            (3.0, "3"),
            (-1.5, "-1.5"),
            (0.0, "0"),
            (-0.0, "0"),
            (9_223_372_036_854_776_000.0, "9223372036854776000"),
            (9_007_199_254_740_992.0, "9007199254740992"),
            (1e21, "1e+21"),
            (123e18, "123000000000000000000"),
            (f64::MAX, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (1e-6, "0.000001"),
            (1.5e-7, "1.5e-7"),
            (1_234_567_890_123.123_5, "1234567890123.1235"),
        ] {
            let shortest = serde_json::to_string(&number).unwrap();
            assert_eq!(number_text(&shortest), expected, "{shortest}");
        }
    }
}
