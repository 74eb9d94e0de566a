//! Instants of 100 ns.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::ValueError;
use super::civil::{Date, Digits, TimeOfDay, shown};

const TICKS_PER_SECOND: i64 = 10_000_000;
const TICKS_PER_DAY: i64 = 86_400 * TICKS_PER_SECOND;

/// An instant of the years 0001 to 9999 (UTC), in steps of 100 ns since 1970.
///
/// Every server cuts instants to milliseconds on the wire (protocol.md 2.1); the local store
/// keeps all 100 ns steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 0001-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_135_596_800 * TICKS_PER_SECOND);
    /// 9999-12-31T23:59:59.9999999Z.
    pub const MAX: Self = Self(253_402_300_800 * TICKS_PER_SECOND - 1);
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// The time now, by the device's clock.
    #[must_use]
    pub fn now() -> Self {
        Self::from(SystemTime::now())
    }

    /// Steps of 100 ns since 1970.
    #[must_use]
    pub fn ticks(self) -> i64 {
        self.0
    }

    /// Makes an instant from steps of 100 ns since 1970; `None` outside the years 0001 to 9999.
    #[must_use]
    pub fn from_ticks(ticks: i64) -> Option<Self> {
        (Self::MIN.0..=Self::MAX.0).contains(&ticks).then_some(Self(ticks))
    }

    /// Makes an instant from milliseconds since 1970; `None` outside the years 0001 to 9999.
    #[must_use]
    pub fn from_millis(millis: i64) -> Option<Self> {
        Self::from_ticks(millis.checked_mul(10_000)?)
    }

    /// Makes an instant from a date and a time of day in UTC.
    #[must_use]
    pub fn from_civil(date: Date, time: TimeOfDay) -> Self {
        Self(date.to_days() * TICKS_PER_DAY + time.ticks() as i64)
    }

    /// The date in UTC.
    #[must_use]
    pub fn date(self) -> Date {
        // Invariant: MIN and MAX bound every value, so the day exists.
        Date::from_days(self.0.div_euclid(TICKS_PER_DAY)).expect("an instant of the years 0001 to 9999 has a date")
    }

    /// The time of day in UTC.
    #[must_use]
    pub fn time(self) -> TimeOfDay {
        TimeOfDay::from_ticks(self.0.rem_euclid(TICKS_PER_DAY) as u64).expect("a remainder of a day is a time of day")
    }

    /// The instant cut to whole milliseconds, as the wire carries it.
    #[must_use]
    pub fn floor_to_millis(self) -> Self {
        Self(self.0.div_euclid(10_000) * 10_000)
    }

    /// The instant cut to whole seconds, as HTTP dates carry it.
    #[must_use]
    pub fn floor_to_seconds(self) -> Self {
        Self(self.0.div_euclid(TICKS_PER_SECOND) * TICKS_PER_SECOND)
    }

    /// The instant later by a duration, at most [`MAX`](Self::MAX).
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(ticks_of(duration)).min(Self::MAX.0))
    }

    /// The instant earlier by a duration, at least [`MIN`](Self::MIN).
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(ticks_of(duration)).max(Self::MIN.0))
    }

    /// The time passed since an earlier instant; zero if it is later.
    #[must_use]
    pub fn saturating_since(self, earlier: Self) -> Duration {
        let ticks = self.0.saturating_sub(earlier.0).max(0).unsigned_abs();
        Duration::new(ticks / 10_000_000, (ticks % 10_000_000) as u32 * 100)
    }

    /// Shows the instant with milliseconds: the form of literals and tokens.
    #[must_use]
    pub fn to_millis_string(self) -> String {
        let time = self.time();
        let millis = time.subsecond_ticks() / 10_000;
        format!("{}T{:02}:{:02}:{:02}.{millis:03}Z", self.date(), time.hour(), time.minute(), time.second())
    }
}

fn ticks_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos() / 100).unwrap_or(i64::MAX)
}

impl From<SystemTime> for Timestamp {
    /// Instants beyond the years 0001 to 9999 become [`MIN`](Self::MIN) or [`MAX`](Self::MAX).
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(since) => Self::EPOCH.saturating_add(since),
            Err(before) => Self::EPOCH.saturating_sub(before.duration()),
        }
    }
}

impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        let distance =
            Duration::new(time.0.unsigned_abs() / 10_000_000, (time.0.unsigned_abs() % 10_000_000) as u32 * 100);
        if time.0 >= 0 { UNIX_EPOCH + distance } else { UNIX_EPOCH - distance }
    }
}

/// RFC 3339 in UTC: milliseconds if they are enough, else seven digits.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.time();
        write!(f, "{}T{:02}:{:02}:{:02}", self.date(), time.hour(), time.minute(), time.second())?;
        let ticks = time.subsecond_ticks();
        if ticks.is_multiple_of(10_000) { write!(f, ".{:03}Z", ticks / 10_000) } else { write!(f, ".{ticks:07}Z") }
    }
}

/// 1970-01-01T00:00:00Z.
impl Default for Timestamp {
    fn default() -> Self {
        Self::EPOCH
    }
}

impl FromStr for Timestamp {
    type Err = ValueError;

    /// Reads what the four servers write (protocol.md 2.1): zero to nine fraction digits, of which
    /// seven count, and any numeric offset; no offset means UTC.
    fn from_str(text: &str) -> Result<Self, ValueError> {
        parse(text.as_bytes()).and_then(Self::from_ticks).ok_or_else(|| {
            ValueError::new(format!("expected an instant `yyyy-MM-ddTHH:mm:ss.fffZ`, found `{}`", shown(text)))
        })
    }
}

fn parse(text: &[u8]) -> Option<i64> {
    let mut reader = Digits(text);
    let date = reader.date()?;
    reader.sign(b'T').or_else(|| reader.sign(b't')).or_else(|| reader.sign(b' '))?;
    let time = reader.time()?;
    let offset_minutes = match reader.0 {
        [] | [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), rest @ ..] => {
            let mut reader = Digits(rest);
            let hours = i64::from(reader.number(2)?);
            let _ = reader.sign(b':');
            let minutes = i64::from(reader.number(2)?);
            if !reader.0.is_empty() || hours > 23 || minutes > 59 {
                return None;
            }
            (hours * 60 + minutes) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => return None,
    };
    Some(Timestamp::from_civil(date, time).ticks() - offset_minutes * 60 * TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_every_server_writes() {
        let ticks = |text: &str| text.parse::<Timestamp>().unwrap().ticks();
        assert_eq!(ticks("1970-01-01T00:00:00Z"), 0);
        assert_eq!(ticks("2026-11-21T14:11:53.428Z"), ticks("2026-11-21T14:11:53.428+00:00"));
        assert_eq!(ticks("2026-11-21T14:11:53.4Z"), ticks("2026-11-21T14:11:53.4000000Z"));
        assert_eq!(ticks("2026-11-21T16:11:53+02:00"), ticks("2026-11-21T14:11:53Z"));
        assert_eq!(ticks("1970-01-01T00:00:00.123456789Z"), 1_234_567);
        assert!("2026-11-21".parse::<Timestamp>().is_err());
        assert!("0001-01-01T00:00:00+01:00".parse::<Timestamp>().is_err());
    }

    #[test]
    fn shows_what_it_read() {
        for text in ["2026-11-21T14:11:53.428Z", "0001-01-01T00:00:00.000Z", "1969-12-31T23:59:59.9999999Z"] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
        }
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59.9999999Z");
        let before = "1969-12-31T23:59:59.9999Z".parse::<Timestamp>().unwrap();
        assert_eq!(before.floor_to_millis().to_string(), "1969-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::from(SystemTime::from(before)), before);
    }
}
