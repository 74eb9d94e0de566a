//! Calendar dates and times of day, without a time zone.

use std::fmt;
use std::str::FromStr;

use super::ValueError;

/// A calendar date of the years 0001 to 9999, written `yyyy-MM-dd`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Makes a date; `None` if there is no such day.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let there_is =
            (1..=9999).contains(&year) && (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day);
        there_is.then_some(Self { year, month, day })
    }

    /// The year, 1 to 9999.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> u8 {
        self.day
    }

    /// Days since 1970-01-01.
    pub(crate) fn to_days(self) -> i64 {
        // Howard Hinnant's days_from_civil: years begin in March, so that the leap day is last.
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year - era * 400;
        let month = (i64::from(self.month) + 9) % 12;
        let day_of_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
    }

    pub(crate) fn from_days(days: i64) -> Option<Self> {
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self::new(u16::try_from(year).ok()?, month as u8, day as u8)
    }
}

fn days_of(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// 1970-01-01, as the other types begin there.
impl Default for Date {
    fn default() -> Self {
        Self { year: 1970, month: 1, day: 1 }
    }
}

impl FromStr for Date {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let mut reader = Digits(text.as_bytes());
        let date = reader.date();
        date.filter(|_| reader.0.is_empty())
            .ok_or_else(|| ValueError::new(format!("expected a date `yyyy-MM-dd`, found `{}`", shown(text))))
    }
}

/// A time of day from 00:00:00 to 23:59:59.9999999, in steps of 100 ns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TimeOfDay(u64);

impl TimeOfDay {
    /// Midnight.
    pub const MIDNIGHT: Self = Self(0);

    /// Makes a time; `None` if there is no such time. `ticks` counts 100 ns, 0 to 9 999 999.
    #[must_use]
    pub fn new(hour: u8, minute: u8, second: u8, ticks: u32) -> Option<Self> {
        let there_is = hour < 24 && minute < 60 && second < 60 && ticks < 10_000_000;
        there_is.then(|| {
            Self(((u64::from(hour) * 60 + u64::from(minute)) * 60 + u64::from(second)) * 10_000_000 + u64::from(ticks))
        })
    }

    /// The time since midnight in steps of 100 ns.
    #[must_use]
    pub fn ticks(self) -> u64 {
        self.0
    }

    /// Makes a time from steps of 100 ns since midnight; `None` for a day or more.
    #[must_use]
    pub fn from_ticks(ticks: u64) -> Option<Self> {
        (ticks < 864_000_000_000).then_some(Self(ticks))
    }

    /// The hour, 0 to 23.
    #[must_use]
    pub fn hour(self) -> u8 {
        (self.0 / 36_000_000_000) as u8
    }

    /// The minute, 0 to 59.
    #[must_use]
    pub fn minute(self) -> u8 {
        (self.0 / 600_000_000 % 60) as u8
    }

    /// The second, 0 to 59.
    #[must_use]
    pub fn second(self) -> u8 {
        (self.0 / 10_000_000 % 60) as u8
    }

    /// The fraction of the second in steps of 100 ns, 0 to 9 999 999.
    #[must_use]
    pub fn subsecond_ticks(self) -> u32 {
        (self.0 % 10_000_000) as u32
    }

    /// The time cut to whole milliseconds.
    #[must_use]
    pub fn floor_to_millis(self) -> Self {
        Self(self.0 / 10_000 * 10_000)
    }
}

/// Fixed width, so that text sorts as time does.
impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}:{:02}.{:07}", self.hour(), self.minute(), self.second(), self.subsecond_ticks())
    }
}

impl FromStr for TimeOfDay {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let mut reader = Digits(text.as_bytes());
        let time = reader.time();
        time.filter(|_| reader.0.is_empty())
            .ok_or_else(|| ValueError::new(format!("expected a time `HH:mm:ss.fff`, found `{}`", shown(text))))
    }
}

/// At most 40 characters of a text for a message.
pub(crate) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(40).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// Reads dates and times off the front of a text.
pub(super) struct Digits<'a>(pub(super) &'a [u8]);

impl Digits<'_> {
    pub(super) fn date(&mut self) -> Option<Date> {
        let year = self.number(4)?;
        self.sign(b'-')?;
        let month = self.number(2)?;
        self.sign(b'-')?;
        let day = self.number(2)?;
        Date::new(year as u16, month as u8, day as u8)
    }

    /// `HH:mm[:ss[.f…]]` with up to nine digits, of which seven are kept.
    pub(super) fn time(&mut self) -> Option<TimeOfDay> {
        let hour = self.number(2)?;
        self.sign(b':')?;
        let minute = self.number(2)?;
        let (mut second, mut ticks) = (0, 0);
        if self.sign(b':').is_some() {
            second = self.number(2)?;
            if self.sign(b'.').is_some() {
                ticks = self.fraction()?;
            }
        }
        TimeOfDay::new(hour as u8, minute as u8, second as u8, ticks)
    }

    fn fraction(&mut self) -> Option<u32> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 || digits > 9 {
            return None;
        }
        let (fraction, rest) = self.0.split_at(digits);
        self.0 = rest;
        Some((0..7).fold(0, |ticks, place| ticks * 10 + fraction.get(place).map_or(0, |byte| u32::from(byte - b'0'))))
    }

    pub(super) fn sign(&mut self, sign: u8) -> Option<()> {
        let (first, rest) = self.0.split_first()?;
        (*first == sign).then(|| self.0 = rest)
    }

    pub(super) fn number(&mut self, digits: usize) -> Option<u32> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        let value = number
            .iter()
            .try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u32::from(byte - b'0')))?;
        self.0 = rest;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree_over_all_years() {
        let first = Date::new(1, 1, 1).unwrap().to_days();
        let last = Date::new(9999, 12, 31).unwrap().to_days();
        let mut before = None;
        for days in first..=last {
            let date = Date::from_days(days).unwrap();
            assert_eq!(date.to_days(), days);
            assert!(before < Some(date));
            before = Some(date);
        }
        assert_eq!(Date::new(1970, 1, 1).unwrap().to_days(), 0);
        assert!(Date::from_days(last + 1).is_none());
    }

    #[test]
    fn texts_are_strict() {
        assert!("2023-02-29".parse::<Date>().is_err());
        assert!("2024-2-09".parse::<Date>().is_err());
        assert!("24:00:00".parse::<TimeOfDay>().is_err());
        assert_eq!("07:14".parse::<TimeOfDay>().unwrap().to_string(), "07:14:00.0000000");
        assert_eq!("09:52:35.321".parse::<TimeOfDay>().unwrap().to_string(), "09:52:35.3210000");
        assert!("09:52:35.".parse::<TimeOfDay>().is_err());
    }
}
