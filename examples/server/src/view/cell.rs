//! One value of a row as the page shows it.

use synctable::testing::ColumnType;

use super::text::{Visible, grouped, head};

/// How much of a value a list shows.
pub(super) const LIST_CHARACTERS: usize = 140;
/// How much of a value the page of its row shows: more than a reader reads, less than a browser chokes on.
pub(super) const ROW_CHARACTERS: usize = 1_000_000;

/// A value, or the part of it that is shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) text: String,
    /// The class of the style sheet.
    pub(super) class: &'static str,
    /// What is said about the part that is not shown; empty when all is shown.
    pub(super) rest: String,
}

impl Shown {
    /// Reads a value from its JSON text on the wire.
    pub(super) fn from_wire(json: &str, column_type: ColumnType, characters: usize) -> Self {
        if json == "null" {
            return Self::whole("null", "null");
        }
        let unquoted = || serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned());
        match column_type {
            ColumnType::Text => Self::cut(&unquoted(), "text", characters),
            ColumnType::Json => Self::cut(json, "code", characters),
            ColumnType::Bytes => {
                let bytes = bytes_of_base64(&unquoted());
                let unit = if bytes == 1 { "byte" } else { "bytes" };
                Self::whole(&format!("{} {unit}", grouped(bytes)), "bytes")
            }
            ColumnType::Bool | ColumnType::Enum(_) => Self::whole(&unquoted(), "word"),
            ColumnType::Guid => Self::whole(&unquoted(), "code"),
            ColumnType::Int32 | ColumnType::Int64 | ColumnType::Single | ColumnType::Double | ColumnType::Decimal => {
                Self::whole(&unquoted(), "number")
            }
            ColumnType::Instant => Self::whole(&instant(&unquoted()), "when"),
            ColumnType::Date | ColumnType::Time => Self::whole(&unquoted(), "when"),
        }
    }

    fn whole(text: &str, class: &'static str) -> Self {
        Self { text: Visible::of(text).into_string(), class, rest: String::new() }
    }

    /// A text up to a number of characters.
    pub(super) fn cut(text: &str, class: &'static str, characters: usize) -> Self {
        match head(text, characters) {
            None if text.is_empty() => Self::whole("empty", "null"),
            None => Self::whole(text, class),
            Some(head) => {
                let all = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
                let shown = format!("{}…", Visible::of(head).into_string());
                Self { text: shown, class, rest: format!("all {} characters", grouped(all)) }
            }
        }
    }
}

/// An instant of the wire as it is read.
pub(super) fn instant(wire: &str) -> String {
    wire.replacen('T', " ", 1).trim_end_matches('Z').to_owned()
}

fn bytes_of_base64(text: &str) -> u64 {
    let padding = text.bytes().rev().take_while(|byte| *byte == b'=').count();
    u64::try_from((text.len() / 4 * 3).saturating_sub(padding)).unwrap_or(u64::MAX)
}

/// What a column is called in the documents of tables.
pub(super) fn type_name(column_type: ColumnType) -> &'static str {
    match column_type {
        ColumnType::Text => "text",
        ColumnType::Bool => "true or false",
        ColumnType::Int32 => "whole number, 32 bits",
        ColumnType::Int64 => "whole number, 64 bits",
        ColumnType::Single => "number, 32 bits",
        ColumnType::Double => "number, 64 bits",
        ColumnType::Decimal => "decimal number",
        ColumnType::Instant => "instant",
        ColumnType::Date => "day",
        ColumnType::Time => "time of day",
        ColumnType::Guid => "uuid",
        ColumnType::Bytes => "bytes",
        ColumnType::Json => "JSON",
        ColumnType::Enum(_) => "one of a list",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_by_their_type_and_long_ones_are_cut() {
        let shown = |json: &str, column_type| {
            let shown = Shown::from_wire(json, column_type, 4);
            (shown.text.replace('\u{202F}', " "), shown.class, shown.rest)
        };
        for (json, column_type, text, class, rest) in [
            ("null", ColumnType::Text, "null", "null", ""),
            ("\"null\"", ColumnType::Text, "null", "text", ""),
            ("null", ColumnType::Json, "null", "null", ""),
            ("\"2024-02-29T12:34:56.789Z\"", ColumnType::Instant, "2024-02-29 12:34:56.789", "when", ""),
            ("\"\"", ColumnType::Text, "empty", "null", ""),
            ("\"Milk!\"", ColumnType::Text, "Milk…", "text", "all 5 characters"),
            ("12345678901234567890.123", ColumnType::Decimal, "12345678901234567890.123", "number", ""),
            ("\"AAECAw==\"", ColumnType::Bytes, "4 bytes", "bytes", ""),
            ("\"\"", ColumnType::Bytes, "0 bytes", "bytes", ""),
            ("[1,2,3]", ColumnType::Json, "[1,2…", "code", "all 7 characters"),
            ("true", ColumnType::Bool, "true", "word", ""),
        ] {
            assert_eq!(shown(json, column_type), (text.to_owned(), class, rest.to_owned()), "{json}");
        }
    }
}
