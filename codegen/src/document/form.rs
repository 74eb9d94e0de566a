//! The forms of texts that columns hold: what the runtime reads, so that a default is looked at where it
//! is written.

/// Whether a text is a date that there is, `yyyy-MM-dd`.
pub(super) fn is_date(text: &str) -> bool {
    let mut rest = text;
    date(&mut rest).is_some() && rest.is_empty()
}

/// Whether a text is a time of a day, `HH:mm[:ss[.f…]]`.
pub(super) fn is_time(text: &str) -> bool {
    let mut rest = text;
    time(&mut rest).is_some() && rest.is_empty()
}

/// Whether a text is an instant: a date and a time, and an offset or none.
pub(super) fn is_instant(text: &str) -> bool {
    let mut rest = text;
    let begins = date(&mut rest).and_then(|()| one_of(&mut rest, &['T', 't', ' '])).and_then(|()| time(&mut rest));
    if begins.is_none() || matches!(rest, "" | "Z" | "z") {
        return begins.is_some();
    }
    let offset = one_of(&mut rest, &['+', '-']).and_then(|()| {
        let hours = number(&mut rest, 2)?;
        let _ = one_of(&mut rest, &[':']);
        let minutes = number(&mut rest, 2)?;
        (hours < 24 && minutes < 60).then_some(())
    });
    offset.is_some() && rest.is_empty()
}

/// Whether a text is a UUID with its hyphens.
pub(super) fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let is_hex = |group: &&str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(is_hex)
}

/// Whether a text can be the id of a row.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= 255 && !text.chars().any(char::is_control)
}

fn date(rest: &mut &str) -> Option<()> {
    let year = number(rest, 4)?;
    one_of(rest, &['-'])?;
    let month = number(rest, 2)?;
    one_of(rest, &['-'])?;
    let day = number(rest, 2)?;
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 31,
    };
    (year > 0 && (1..=12).contains(&month) && (1..=days).contains(&day)).then_some(())
}

fn time(rest: &mut &str) -> Option<()> {
    let hour = number(rest, 2)?;
    one_of(rest, &[':'])?;
    let minute = number(rest, 2)?;
    let mut second = 0;
    if one_of(rest, &[':']).is_some() {
        second = number(rest, 2)?;
        if one_of(rest, &['.']).is_some() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            *rest = rest.get(digits..).filter(|_| (1..=9).contains(&digits))?;
        }
    }
    (hour < 24 && minute < 60 && second < 60).then_some(())
}

fn number(rest: &mut &str, digits: usize) -> Option<u32> {
    let (number, behind) = rest.split_at_checked(digits)?;
    let number = number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok())??;
    *rest = behind;
    Some(number)
}

fn one_of(rest: &mut &str, marks: &[char]) -> Option<()> {
    *rest = rest.strip_prefix(marks)?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_runtime_reads_has_the_form_and_nothing_else() {
        let dates = ["2024-02-29", "0001-01-01", "9999-12-31"];
        let no_dates =
            ["2023-02-29", "1900-02-29", "0000-01-01", "2024-13-01", "2024-04-31", "2024-1-1", "2024-01-01 ", "é"];
        let times = ["00:00", "23:59:59", "12:30:00.123456789"];
        let no_times = ["24:00", "12:60", "12:00:60", "12:00:00.", "12:00:00.1234567890", "1:00", "12:00Z", "+1:00"];
        for (is, good, bad) in [
            (is_date as fn(&str) -> bool, &dates[..], &no_dates[..]),
            (is_time, &times, &no_times),
            (
                is_instant,
                &["2024-02-29T12:00:00Z", "2024-02-29 12:00", "2024-02-29t12:00:00.5+02:00", "2024-02-29T12:00-0230"],
                &[
                    "2024-02-29",
                    "2024-02-30T12:00:00Z",
                    "2024-02-29T25:00:00Z",
                    "2024-02-29T12:00:00ZZ",
                    "2024-02-29T12:00+24:00",
                ],
            ),
            (
                is_uuid,
                &["00000000-0000-0000-0000-00000000000A"],
                &[
                    "00000000-0000-0000-0000-0000000000zz",
                    "00000000000000000000000000000000",
                    "0000000-00000-0000-0000-000000000000",
                ],
            ),
            (is_id, &["a", "ö b"], &["", "a\n"]),
        ] {
            for text in good {
                assert!(is(text), "{text}");
            }
            for text in bad {
                assert!(!is(text), "{text}");
            }
        }
        assert!(is_id(&"é".repeat(255)) && !is_id(&"é".repeat(256)));
    }
}
