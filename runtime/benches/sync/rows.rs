//! The measured table: rows of 256 bytes of JSON made from their index, and pages of them.

use std::fmt::Write as _;

/// Wire columns in the order in which they are stored; the id is first.
pub(crate) const COLUMNS: [&str; 7] = ["id", "title", "complete", "priority", "dueAt", "updatedAt", "version"];
/// Bytes of one row as JSON, the text column filled up to it.
pub(crate) const ROW_BYTES: usize = 256;
/// `updatedAt` of row 0 (2024-01-01), one millisecond a row; far enough back for every clock and overlap.
pub(crate) const FIRST_STAMP_MS: u64 = 1_704_067_200_000;

/// One row as an app would hold it; its JSON is what a client sends as an insert, hence without system members.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) complete: bool,
    pub(crate) priority: i64,
    pub(crate) due_at: String,
    #[serde(skip_serializing)]
    pub(crate) updated_at: String,
    #[serde(skip_serializing)]
    pub(crate) version: String,
}

/// Row `index`; the same index is always the same row.
pub(crate) fn item(index: u64) -> Item {
    let mut title = format!("Item {index} ");
    let mut row = Item {
        id: id(index),
        title: String::new(),
        complete: index.is_multiple_of(3),
        priority: 1_000 + (index % 9_000).cast_signed(),
        due_at: stamp(FIRST_STAMP_MS + (index % 365) * 86_400_000),
        updated_at: stamp(FIRST_STAMP_MS + index),
        version: version(index),
    };
    let mut bare = String::new();
    write_row(&row, &mut bare);
    let filler = "the quick brown fox jumps over the lazy dog ";
    while bare.len() + title.len() < ROW_BYTES {
        let rest = ROW_BYTES - bare.len() - title.len();
        title.push_str(&filler[..rest.min(filler.len())]);
    }
    row.title = title;
    row
}

/// Appends the row's JSON as a Toolkit server writes it.
pub(crate) fn write_row(row: &Item, out: &mut String) {
    let Item { id, title, complete, priority, due_at, updated_at, version } = row;
    let written = write!(
        out,
        "{{\"deleted\":false,\"updatedAt\":\"{updated_at}\",\"version\":\"{version}\",\"id\":\"{id}\",\
         \"title\":\"{title}\",\"complete\":{complete},\"priority\":{priority},\"dueAt\":\"{due_at}\"}}"
    );
    written.expect("writing to a string cannot fail");
}

/// A page as a Toolkit server writes it: rows `first..end`, with the count of all rows from `first` on.
pub(crate) fn page(first: u64, end: u64, count: u64) -> String {
    let rows = usize::try_from(end - first).expect("a page fits into memory");
    let mut out = String::with_capacity(rows * (ROW_BYTES + 1) + 64);
    out.push_str("{\"items\":[");
    for index in first..end {
        if index > first {
            out.push(',');
        }
        write_row(&item(index), &mut out);
    }
    write!(out, "],\"count\":{count},\"nextLink\":null}}").expect("writing to a string cannot fail");
    out
}

/// A random-looking UUID (version 4) of the index: two rounds of splitmix64.
fn id(index: u64) -> String {
    let mix = |seed: u64| {
        let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let bits = (u128::from(mix(index * 2)) << 64) | u128::from(mix(index * 2 + 1));
    uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid().to_string()
}

/// The version of a row: eight bytes as base64, like SQL Server's rowversion.
pub(crate) fn version(index: u64) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode((2_000 + index).to_be_bytes())
}

/// Milliseconds since 1970 as wire text.
pub(crate) fn stamp(ms: u64) -> String {
    let (days, rest) = (ms / 86_400_000, ms % 86_400_000);
    // Days to civil date by eras of 400 years, the year starting in March.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second, milli) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60, rest % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// Wire text of a UTC moment as milliseconds since 1970; digits after the third of a second are dropped.
pub(crate) fn stamp_ms(text: &str) -> Option<u64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let fraction = text.strip_suffix('Z')?.get(19..)?.trim_start_matches('.');
    let milli = format!("{fraction:0<3}").get(..3)?.parse::<u64>().ok()?;
    let shifted_year = if month <= 2 { year.checked_sub(1)? } else { year };
    let (era, year_of_era) = (shifted_year / 400, shifted_year % 400);
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = (era * 146_097 + day_of_era).checked_sub(719_468)?;
    Some(days * 86_400_000 + hour * 3_600_000 + minute * 60_000 + second * 1_000 + milli)
}
