//! Values of each type: ties, edges, and what is near another value.

use std::str::FromStr as _;

use fastrand::Rng;
use synctable::{Date, Decimal, Id, TimeOfDay, Timestamp, Uuid};

use crate::sample::Mood;

/// Random values of a type.
pub(crate) trait Draw: Sized {
    /// A value out of few, so that rows have ties, or an edge, or any.
    fn fresh(rng: &mut Rng) -> Self;

    /// A value close to this one.
    fn near(&self, rng: &mut Rng) -> Self;
}

fn pick<V: Clone>(rng: &mut Rng, values: &[V]) -> V {
    values[rng.usize(..values.len())].clone()
}

impl Draw for bool {
    fn fresh(rng: &mut Rng) -> Self {
        rng.bool()
    }

    fn near(&self, rng: &mut Rng) -> Self {
        rng.bool()
    }
}

macro_rules! integers {
    ($($type:ident: [$($edge:expr),*];)+) => {
        $(
            impl Draw for $type {
                fn fresh(rng: &mut Rng) -> Self {
                    const EDGES: &[$type] = &[$type::MIN, $type::MIN + 1, $type::MAX, $type::MAX - 1, 0, 1, $($edge),*];
                    match rng.u8(..8) {
                        0 => rng.$type(..),
                        1 | 2 => pick(rng, EDGES),
                        // Unsigned types have no numbers below zero.
                        _ => $type::try_from(rng.i8(-12..=12)).unwrap_or_else(|_| rng.$type(..12)),
                    }
                }

                fn near(&self, rng: &mut Rng) -> Self {
                    if rng.bool() { self.saturating_add(1) } else { self.saturating_sub(1) }
                }
            }
        )+
    };
}

integers! {
    i8: [-1];
    i16: [-1, 255, 256];
    i32: [-1, -7, 65_536];
    i64: [-1, 1 << 53, (1 << 53) + 1, (1 << 53) - 1, -(1 << 53), -(1 << 53) - 1, 1 << 31];
    u8: [127, 128];
    u16: [32_768];
    u32: [1 << 31];
}

impl Draw for f64 {
    fn fresh(rng: &mut Rng) -> Self {
        const EDGES: &[f64] = &[
            0.0,
            -0.0,
            0.1,
            0.2,
            0.3,
            1e300,
            -1e300,
            f64::MAX,
            f64::MIN,
            5e-324,
            1e-7,
            1e15,
            1e16,
            1e21,
            0.499_999_999_999_999_94,
            4_503_599_627_370_495.5,
            9_007_199_254_740_992.0,
            -(i64::MIN as f64),
        ];
        match rng.u8(..8) {
            0 => (rng.f64() - 0.5) * 10_f64.powi(rng.i32(-5..20)),
            1 | 2 => pick(rng, EDGES),
            _ => Self::from(rng.i8(-24..=24)) / 4.0,
        }
    }

    fn near(&self, rng: &mut Rng) -> Self {
        let value = match rng.u8(..4) {
            0 => self.next_up(),
            1 => self.next_down(),
            2 => self + 0.5,
            _ => -self,
        };
        if value.is_finite() { value } else { *self }
    }
}

impl Draw for f32 {
    fn fresh(rng: &mut Rng) -> Self {
        const EDGES: &[f32] = &[0.0, -0.0, 0.1, 0.2, 0.3, f32::MAX, f32::MIN, 1e-45, 16_777_216.0, 1e20, 42.5];
        match rng.u8(..8) {
            0 => (rng.f32() - 0.5) * 10_f32.powi(rng.i32(-5..12)),
            1 | 2 => pick(rng, EDGES),
            _ => Self::from(rng.i8(-24..=24)) / 4.0,
        }
    }

    fn near(&self, rng: &mut Rng) -> Self {
        let value = match rng.u8(..4) {
            0 => self.next_up(),
            1 => self.next_down(),
            2 => self + 0.5,
            _ => -self,
        };
        if value.is_finite() { value } else { *self }
    }
}

/// A decimal number of a text that is one.
pub(crate) fn decimal(text: &str) -> Decimal {
    Decimal::from_str(text).expect("the text is a decimal number")
}

impl Draw for Decimal {
    fn fresh(rng: &mut Rng) -> Self {
        const EDGES: &[&str] = &[
            "0",
            "0.1",
            "0.01",
            "9.9",
            "10",
            "100",
            "0.0000000000000000000000000001",
            "-0.0000000000000000000000000001",
            "9999999999999999999999999999",
            "-9999999999999999999999999999",
            "1234567890123456789012345678",
            "12345678901234.56789012345678",
            "-0.3333333333333333333333333333",
            "9007199254740993",
            "0.30000000000000000000000001",
        ];
        match rng.u8(..8) {
            0 => {
                let digits: String = (0..rng.usize(1..=28)).map(|_| rng.digit(10)).collect();
                let scale = rng.usize(..=digits.len());
                let sign = if rng.bool() { "-" } else { "" };
                decimal(&format!("{sign}{digits}e-{scale}"))
            }
            1 | 2 => decimal(EDGES[rng.usize(..EDGES.len())]),
            _ => decimal(&format!("{}e-2", i32::from(rng.i8(-24..=24)) * 25)),
        }
    }

    fn near(&self, rng: &mut Rng) -> Self {
        let text = self.as_str();
        match rng.u8(..4) {
            // A digit more, where it stays within the 28 that servers hold.
            0 if text.len() < 26 => decimal(&format!("{text}e-1")),
            1 if text.contains('.') => decimal(text.split('.').next().unwrap_or(text)),
            2 if !text.contains('.') && text.len() < 26 => decimal(&format!("{text}.5")),
            _ => decimal(&match text.strip_prefix('-') {
                Some(rest) => rest.to_owned(),
                None => format!("-{text}"),
            }),
        }
    }
}

/// What texts are made of: case that is not ASCII, wildcards, quotes, what a URL escapes, white space,
/// and the ends of the ranges of code points.
const PIECES: &[&str] = &[
    "a",
    "A",
    "b",
    "B",
    "ab",
    "z",
    "0",
    "9",
    "%",
    "_",
    "'",
    "''",
    "\"",
    "\\",
    " ",
    "  ",
    "\t",
    "\u{a0}",
    "\u{2003}",
    "&",
    "+",
    "#",
    "?",
    "/",
    "%27",
    "ß",
    "ẞ",
    "SS",
    "İ",
    "ı",
    "i\u{307}",
    "é",
    "e\u{301}",
    "\u{301}",
    "Σ",
    "ς",
    "σ",
    "ǅ",
    "ﬁ",
    "🥛",
    "👨‍👩‍👧",
    "\u{7f}",
    "\u{80}",
    "\u{7ff}",
    "\u{800}",
    "\u{d7ff}",
    "\u{e000}",
    "\u{ffff}",
    "\u{10000}",
    "\u{10fffe}",
    "\u{10ffff}",
    "milk",
    "Milk",
    "MILK",
];

impl Draw for String {
    fn fresh(rng: &mut Rng) -> Self {
        const WHOLE: &[&str] =
            &["", "", "milk", "Milk", "it's", "50%", "a_b", "aXb", "Straße", "STRASSE", " ab ", "null"];
        if rng.u8(..3) == 0 {
            return pick(rng, WHOLE).to_owned();
        }
        (0..rng.usize(..4)).map(|_| pick(rng, PIECES)).collect()
    }

    fn near(&self, rng: &mut Rng) -> Self {
        match rng.u8(..6) {
            0 => self.to_uppercase(),
            1 => self.to_lowercase(),
            2 => format!("{self}{}", pick(rng, PIECES)),
            3 => format!("{}{self}", pick(rng, PIECES)),
            _ => part(self, rng),
        }
    }
}

/// Some code points of a text, one after the other.
pub(crate) fn part(text: &str, rng: &mut Rng) -> String {
    let characters: Vec<char> = text.chars().collect();
    let start = rng.usize(..=characters.len());
    let end = rng.usize(start..=characters.len());
    characters[start..end].iter().collect()
}

impl Draw for char {
    fn fresh(rng: &mut Rng) -> Self {
        pick(rng, PIECES).chars().next().unwrap_or('a')
    }

    fn near(&self, rng: &mut Rng) -> Self {
        match rng.u8(..3) {
            0 => char::from_u32(u32::from(*self) + 1).unwrap_or('\u{e000}'),
            1 => self.to_ascii_uppercase(),
            _ => self.to_ascii_lowercase(),
        }
    }
}

/// An id of a text, of another where that one cannot be an id.
fn id(text: &str) -> Id {
    Id::parse(text).unwrap_or_else(|_| Id::parse("none").expect("the text is an id"))
}

impl Draw for Id {
    fn fresh(rng: &mut Rng) -> Self {
        match rng.u8(..3) {
            0 => id(&format!("r{:02}", rng.u8(..60))),
            _ => id(&String::fresh(rng)),
        }
    }

    fn near(&self, rng: &mut Rng) -> Self {
        id(&self.as_str().to_owned().near(rng))
    }
}

impl Draw for Timestamp {
    fn fresh(rng: &mut Rng) -> Self {
        let edges = [
            Self::MIN,
            Self::MAX,
            Self::EPOCH,
            instant("1969-12-31T23:59:59.999Z"),
            instant("2024-02-29T12:34:56.789Z"),
        ];
        let ticks = match rng.u8(..8) {
            0 => rng.i64(Self::MIN.ticks()..=Self::MAX.ticks()),
            1 => rng.i64(-20_000_000_000_000_000..20_000_000_000_000_000),
            2 | 3 => pick(rng, &edges).ticks(),
            // A few days, hours and minutes, so that there are ties.
            _ => ((19_740 + rng.i64(0..70)) * 24 + rng.i64(0..3)) * 36_000_000_000 + rng.i64(0..3) * 610_000_000,
        };
        // Below a millisecond only some have digits.
        let below = if rng.u8(..3) == 0 { rng.i64(0..10_000) } else { 0 };
        Self::from_ticks(ticks.div_euclid(10_000) * 10_000 + below).unwrap_or_default()
    }

    fn near(&self, rng: &mut Rng) -> Self {
        let step = pick(rng, &[1, -1, 10_000, -10_000, 600_000_000, -864_000_000_000]);
        Self::from_ticks(self.ticks() + step).unwrap_or(*self)
    }
}

fn instant(text: &str) -> Timestamp {
    text.parse().expect("the text is an instant")
}

impl Draw for Date {
    fn fresh(rng: &mut Rng) -> Self {
        const EDGES: &[(u16, u8, u8)] =
            &[(1, 1, 1), (9999, 12, 31), (1969, 12, 31), (1970, 1, 1), (2024, 2, 29), (1900, 2, 28), (2000, 12, 31)];
        let (year, month, day) = match rng.u8(..8) {
            0 => (rng.u16(1..=9999), rng.u8(1..=12), rng.u8(1..=28)),
            1 | 2 => pick(rng, EDGES),
            _ => (rng.u16(2023..=2025), rng.u8(1..=3), rng.u8(1..=4)),
        };
        Self::new(year, month, day).expect("there is such a day")
    }

    fn near(&self, rng: &mut Rng) -> Self {
        let (year, month, day) = (self.year(), self.month(), self.day());
        let other = match rng.u8(..3) {
            0 => Self::new(year, month, day.saturating_add(1)),
            1 => Self::new(year, month.saturating_sub(1), day),
            _ => Self::new(year + 1, month, day),
        };
        other.unwrap_or(*self)
    }
}

impl Draw for TimeOfDay {
    fn fresh(rng: &mut Rng) -> Self {
        const DAY: u64 = 864_000_000_000;
        let ticks = match rng.u8(..8) {
            0 => rng.u64(..DAY),
            1 | 2 => pick(rng, &[0, DAY - 1, DAY / 2, DAY / 2 + 1, 9_999_999]),
            _ => rng.u64(..24) * 36_000_000_000 + rng.u64(..3) * 6_100_000_000 + rng.u64(..2) * 1_234_567,
        };
        Self::from_ticks(ticks % DAY).unwrap_or_default()
    }

    fn near(&self, rng: &mut Rng) -> Self {
        let ticks = if rng.bool() { self.ticks() + 1 } else { self.ticks().saturating_sub(600_000_000) };
        Self::from_ticks(ticks).unwrap_or(*self)
    }
}

impl Draw for Uuid {
    fn fresh(rng: &mut Rng) -> Self {
        match rng.u8(..4) {
            0 => Self::from_u128(rng.u128(..)),
            1 => pick(rng, &[Self::nil(), Self::max()]),
            _ => Self::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(rng.u8(..12))),
        }
    }

    fn near(&self, rng: &mut Rng) -> Self {
        let number = self.as_u128();
        Self::from_u128(if rng.bool() { number.saturating_add(1) } else { number.saturating_sub(1) })
    }
}

impl Draw for Mood {
    fn fresh(rng: &mut Rng) -> Self {
        pick(rng, &[Self::Calm, Self::Glad, Self::Wild])
    }

    fn near(&self, rng: &mut Rng) -> Self {
        Self::fresh(rng)
    }
}
