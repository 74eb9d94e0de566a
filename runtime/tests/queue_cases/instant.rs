//! Instants as milliseconds since 1970, read from and written as RFC 3339; the runner shares no code with the client.

/// Reads `2021-03-24T12:50:44.000Z`, with any number of digits after the second and any offset.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once('T')?;
    let mut date = date.splitn(3, '-').map(|p| p.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (time, offset_minutes) = if let Some(time) = rest.strip_suffix('Z') {
        (time, 0)
    } else {
        let at = rest.rfind(['+', '-'])?;
        let (hours, minutes) = rest[at + 1..].split_once(':')?;
        let offset = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
        (&rest[..at], if rest[at..].starts_with('-') { -offset } else { offset })
    };
    let (seconds, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut clock = seconds.splitn(3, ':').map(|p| p.parse::<i64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some(((days(year, month, day) * 1440 + hour * 60 + minute - offset_minutes) * 60 + second) * 1000 + millis)
}

/// Writes an instant with three digits after the second and `Z`.
pub(crate) fn format(millis: i64) -> String {
    let (day, rest) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (d, m) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let y = yoe + era * 400 + i64::from(m <= 2);
    format!(
        "{y:04}-{m:02}-{d:02}T{:02}:{:02}:{:02}.{:03}Z",
        rest / 3_600_000,
        rest / 60_000 % 60,
        rest / 1000 % 60,
        rest % 1000
    )
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

#[test]
fn instants_round_trip_and_offsets_count() {
    for text in
        ["1970-01-01T00:00:00.000Z", "2021-03-24T12:50:44.123Z", "0001-01-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z"]
    {
        assert_eq!(format(parse(text).expect(text)), text);
    }
    assert_eq!(parse("1970-01-01T00:00:01Z"), Some(1000));
    assert_eq!(parse("2001-02-03T00:03:00+07:00"), parse("2001-02-02T17:03:00.0000000+00:00"));
    assert_eq!(parse("yesterday"), None);
}
