//! One value of a row as the page shows it.

use synctable::testing::ColumnType;

use super::text::{Visible, grouped, head};
use crate::dialect::Generation;
use crate::store::CellRef;
use crate::value;

/// How much of a value a list shows.
pub(super) const LIST_CHARACTERS: usize = 140;
/// How much of a value the page of its row shows: more than a reader reads, less than a browser chokes on.
pub(super) const ROW_CHARACTERS: usize = 1_000_000;

/// A value, or the part of it that is shown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(super) text: String,
    /// The class of the style sheet.
    pub(super) class: &'static str,
    /// What is said about the part that is not shown; empty when all is shown.
    pub(super) rest: String,
}

impl Shown {
    /// Writes a value as JSON for [`Shown::read`]: a text that is too long as its first characters and their number, bytes as their number,
    /// so that rows of any size make a page of a bounded one.
    pub(crate) fn write(out: &mut String, cell: CellRef<'_>, column_type: ColumnType, characters: usize) {
        match (cell, column_type) {
            (CellRef::Blob(bytes), _) => out.push_str(&bytes.len().to_string()),
            (CellRef::Text("null"), ColumnType::Json) => out.push_str("null"),
            (CellRef::Text(text), ColumnType::Text | ColumnType::Json) => match head(text, characters) {
                None => value::write_text(out, text),
                Some(head) => {
                    out.push('[');
                    value::write_text(out, head);
                    out.push_str(&format!(",{}]", text.chars().count()));
                }
            },
            (cell, column_type) => value::write(out, cell, column_type, Generation::Toolkit),
        }
    }

    /// Reads what [`Shown::write`] wrote of a column.
    pub(super) fn read(json: &str, column_type: ColumnType) -> Self {
        if json == "null" {
            return Self::whole("null", "null");
        }
        let unquoted = || serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned());
        match column_type {
            ColumnType::Text => Self::excerpt(json, "text"),
            ColumnType::Json => Self::excerpt(json, "code"),
            ColumnType::Bytes => {
                let unit = if json == "1" { "byte" } else { "bytes" };
                Self::whole(&format!("{} {unit}", grouped(json.parse().unwrap_or(0))), "bytes")
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

    fn excerpt(json: &str, class: &'static str) -> Self {
        match serde_json::from_str::<(String, u64)>(json) {
            Ok((head, all)) => Self::headed(&head, class, all),
            Err(_) => match serde_json::from_str::<String>(json) {
                Ok(text) if text.is_empty() => Self::whole("empty", "null"),
                Ok(text) => Self::whole(&text, class),
                Err(_) => Self::whole(json, class),
            },
        }
    }

    fn headed(head: &str, class: &'static str, all: u64) -> Self {
        let text = format!("{}…", Visible::of(head).into_string());
        Self { text, class, rest: format!("all {} characters", grouped(all)) }
    }

    fn whole(text: &str, class: &'static str) -> Self {
        Self { text: Visible::of(text).into_string(), class, rest: String::new() }
    }

    /// A text up to a number of characters.
    pub(super) fn cut(text: &str, class: &'static str, characters: usize) -> Self {
        match head(text, characters) {
            None => Self::whole(text, class),
            Some(head) => Self::headed(head, class, u64::try_from(text.chars().count()).unwrap_or(u64::MAX)),
        }
    }
}

/// An instant of the wire as it is read.
pub(super) fn instant(wire: &str) -> String {
    wire.replacen('T', " ", 1).trim_end_matches('Z').to_owned()
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
        let shown = |cell: CellRef<'_>, column_type| {
            let mut json = String::new();
            Shown::write(&mut json, cell, column_type, 4);
            let shown = Shown::read(&json, column_type);
            (shown.text.replace('\u{202F}', " "), shown.class, shown.rest)
        };
        for (cell, column_type, text, class, rest) in [
            (CellRef::Null, ColumnType::Text, "null", "null", ""),
            (CellRef::Text("null"), ColumnType::Text, "null", "text", ""),
            (CellRef::Text("null"), ColumnType::Json, "null", "null", ""),
            (CellRef::Text(""), ColumnType::Text, "empty", "null", ""),
            (CellRef::Text("Milk!"), ColumnType::Text, "Milk…", "text", "all 5 characters"),
            (CellRef::Text("[\"\",1]"), ColumnType::Text, "[\"\",…", "text", "all 6 characters"),
            (CellRef::Text("[\"\"]"), ColumnType::Json, "[\"\"]", "code", ""),
            (CellRef::Text("[1,2,3]"), ColumnType::Json, "[1,2…", "code", "all 7 characters"),
            (CellRef::Text("12345678901234567890.123"), ColumnType::Decimal, "12345678901234567890.123", "number", ""),
            (CellRef::Blob(&[0, 1, 2, 3]), ColumnType::Bytes, "4 bytes", "bytes", ""),
            (CellRef::Blob(&[]), ColumnType::Bytes, "0 bytes", "bytes", ""),
            (CellRef::Int(1), ColumnType::Bool, "true", "word", ""),
            (CellRef::Int(0), ColumnType::Instant, "1970-01-01 00:00:00.000", "when", ""),
        ] {
            assert_eq!(shown(cell, column_type), (text.to_owned(), class, rest.to_owned()), "{cell:?}");
        }
    }
}
