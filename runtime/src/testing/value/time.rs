//! Instants, days and times of day as numbers, and their text forms.

/// Units of 100 ns in a millisecond.
pub const TICKS_PER_MS: i64 = 10_000;
/// Units of 100 ns in a second.
pub const TICKS_PER_SECOND: i64 = 10_000_000;
/// Units of 100 ns in a day.
pub const TICKS_PER_DAY: i64 = 86_400 * TICKS_PER_SECOND;

/// Days from 1970-01-01 to 0001-01-01 and to 9999-12-31.
const DAYS: std::ops::RangeInclusive<i64> = -719_162..=2_932_896;

/// Returns year, month and day of a number of days since 1970-01-01 (Howard Hinnant's `civil_from_days`).
pub fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn digits(text: &[u8], from: usize, count: usize) -> Option<i64> {
    let part = text.get(from..from + count)?;
    part.iter()
        .all(u8::is_ascii_digit)
        .then(|| part.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
}

/// Reads `yyyy-MM-dd` of the years 0001 to 9999 into days since 1970-01-01.
pub fn parse_date(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let (year, month, day) = (digits(bytes, 0, 4)?, digits(bytes, 5, 2)?, digits(bytes, 8, 2)?);
    if year == 0 || !(1..=12).contains(&month) || day == 0 {
        return None;
    }
    let days = days_from_civil(year, month, day);
    // A day that the month does not have comes back as one of the next month.
    (civil_from_days(days) == (year, month, day)).then_some(days)
}

/// Reads `HH:mm`, `HH:mm:ss` or `HH:mm:ss.f…` into units of 100 ns since midnight; digits beyond seven are cut.
pub fn parse_time(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let (hour, minute) = (digits(bytes, 0, 2)?, digits(bytes, 3, 2)?);
    if bytes.get(2) != Some(&b':') || hour > 23 || minute > 59 {
        return None;
    }
    let mut ticks = (hour * 60 + minute) * 60 * TICKS_PER_SECOND;
    if bytes.len() == 5 {
        return Some(ticks);
    }
    let second = digits(bytes, 6, 2)?;
    if bytes[5] != b':' || second > 59 {
        return None;
    }
    ticks += second * TICKS_PER_SECOND;
    if bytes.len() == 8 {
        return Some(ticks);
    }
    let fraction = &bytes[9..];
    if bytes[8] != b'.' || fraction.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut unit = TICKS_PER_SECOND / 10;
    for digit in fraction.iter().take(7) {
        ticks += i64::from(digit - b'0') * unit;
        unit /= 10;
    }
    Some(ticks)
}

/// Reads an ISO 8601 instant into units of 100 ns since 1970; without an offset it counts as UTC.
pub fn parse_instant(text: &str) -> Option<i64> {
    if !text.is_ascii() || text.len() < 16 || !matches!(text.as_bytes()[10], b'T' | b't') {
        return None;
    }
    let days = parse_date(&text[..10])?;
    let rest = &text[11..];
    let (time, offset) = match rest.find(['Z', 'z', '+', '-']) {
        None => (rest, 0),
        Some(at) => (&rest[..at], parse_offset(&rest[at..])?),
    };
    let ticks = days * TICKS_PER_DAY + parse_time(time)? - offset * 60 * TICKS_PER_SECOND;
    DAYS.contains(&ticks.div_euclid(TICKS_PER_DAY)).then_some(ticks)
}

/// Reads `Z` or `±HH:mm` into minutes.
fn parse_offset(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let bytes = text.as_bytes();
    let (hours, minutes) = (digits(bytes, 1, 2)?, digits(bytes, 4, 2)?);
    if bytes.len() != 6 || bytes[3] != b':' || hours > 14 || minutes > 59 {
        return None;
    }
    Some(if bytes[0] == b'-' { -(hours * 60 + minutes) } else { hours * 60 + minutes })
}

/// Writes days since 1970-01-01 as `yyyy-MM-dd`.
pub fn format_date(days: i64) -> String {
    let (year, month, day) = civil_from_days(days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Writes units of 100 ns since midnight as `HH:mm:ss` and a fraction of the given number of digits (1 to 7), cut and not rounded.
pub fn format_time(ticks: i64, fraction_digits: u32) -> String {
    let seconds = ticks / TICKS_PER_SECOND;
    let fraction = ticks % TICKS_PER_SECOND / 10_i64.pow(7 - fraction_digits.clamp(1, 7));
    let width = fraction_digits.clamp(1, 7) as usize;
    format!("{:02}:{:02}:{:02}.{fraction:0width$}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Writes an instant as `yyyy-MM-ddTHH:mm:ss.fff`, cut to milliseconds, without the zone.
pub fn format_instant_ms(ticks: i64) -> String {
    format!("{}T{}", format_date(ticks.div_euclid(TICKS_PER_DAY)), format_time(ticks.rem_euclid(TICKS_PER_DAY), 3))
}

/// Writes an instant with all seven digits of its fraction and `Z`.
pub fn format_instant_full(ticks: i64) -> String {
    format!("{}T{}Z", format_date(ticks.div_euclid(TICKS_PER_DAY)), format_time(ticks.rem_euclid(TICKS_PER_DAY), 7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_offsets_and_any_number_of_digits() {
        let expected = parse_instant("2024-02-29T12:34:56.789Z").unwrap();
        assert_eq!(parse_instant("2024-02-29T14:34:56.789+02:00"), Some(expected));
        assert_eq!(parse_instant("2024-02-29T12:34:56.7891234Z"), Some(expected + 1234));
        assert_eq!(parse_instant("2024-02-29T12:34:56.789123456Z"), Some(expected + 1234));
        assert_eq!(parse_instant("2024-02-29T12:34:56.789"), Some(expected));
        assert_eq!(format_instant_ms(expected + 9_999), "2024-02-29T12:34:56.789");
        assert_eq!(format_instant_full(expected + 1), "2024-02-29T12:34:56.7890001Z");
    }

    #[test]
    fn the_edges_of_the_calendar_survive() {
        for text in
            ["0001-01-01T00:00:00.000", "9999-12-31T23:59:59.999", "1969-12-31T23:59:59.999", "1970-01-01T00:00:00.000"]
        {
            let ticks = parse_instant(&format!("{text}Z")).unwrap();
            assert_eq!(format_instant_ms(ticks), text);
        }
        assert_eq!(parse_instant("1970-01-01T00:00:00Z"), Some(0));
        for bad in [
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "2024-02-30T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "garbage",
            "2024-01-01T24:00:00Z",
            "",
            "2024-01-01T00:00:00é",
        ] {
            assert_eq!(parse_instant(bad), None, "{bad}");
        }
    }

    #[test]
    fn days_and_times_are_strict() {
        assert_eq!(parse_date("1970-01-02"), Some(1));
        assert_eq!(parse_date("2023-02-29"), None);
        assert_eq!(parse_time("23:59:59.9999999"), Some(TICKS_PER_DAY - 1));
        assert_eq!(parse_time("24:00:00"), None);
        assert_eq!(parse_time("1:00:00"), None);
        assert_eq!(parse_time("01:00:00."), None);
        assert_eq!(format_time(TICKS_PER_DAY - 1, 3), "23:59:59.999");
    }
}
