//! Column types whose stored form is text.

use crate::value::{
    CellWriter, ColumnType, ColumnValue, Date, Decimal, Id, TimeOfDay, ValueError, ValueRef, Version, shown,
};

/// A column type that is text: it has the text operators of queries.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not text",
    note = "starts_with, ends_with and contains exist on columns of String, Id and newtypes over them"
)]
pub trait TextValue: ColumnValue {}

impl TextValue for String {}
impl TextValue for Id {}
impl<V: TextValue> TextValue for Option<V> {}

/// Implements the trait for a type whose stored form is the text that `write` makes and `read` takes.
macro_rules! text_column {
    ($type:ty, $column:ident, $expected:literal, |$value:ident, $cell:ident| $write:expr, |$text:ident| $read:expr) => {
        #[diagnostic::do_not_recommend]
        impl ColumnValue for $type {
            const TYPE: ColumnType = ColumnType::$column;

            fn write(&self, $cell: CellWriter<'_>) -> Result<(), ValueError> {
                let $value = self;
                $write;
                Ok(())
            }

            fn read(value: ValueRef<'_>) -> Result<Self, ValueError> {
                match value {
                    ValueRef::Text($text) => $read,
                    other => Err(ValueError::mismatch($expected, other)),
                }
            }
        }
    };
}

text_column!(String, Text, "text", |value, cell| cell.text(value), |text| Ok(text.to_owned()));
text_column!(char, Char, "one character", |value, cell| cell.text(value.encode_utf8(&mut [0; 4])), |text| one_char(
    text
)
.ok_or_else(|| ValueError::new(format!("expected one character, found `{}`", shown(text)))));
text_column!(Id, Id, "an id", |value, cell| cell.text(value.as_str()), |text| Self::parse(text)
    .map_err(|error| ValueError::new(error.to_string())));
text_column!(Version, Version, "a version", |value, cell| cell.text(value.as_str()), |text| Self::parse(text)
    .ok_or_else(|| ValueError::new("not a version: empty, over 1 KiB or with control characters")));
text_column!(Date, Date, "a date", |value, cell| cell.text_of(value), |text| text.parse());
text_column!(TimeOfDay, TimeOfDay, "a time of day", |value, cell| cell.text_of(value), |text| text.parse());
text_column!(Decimal, Decimal, "a decimal number", |value, cell| cell.text(value.as_str()), |text| text.parse());
text_column!(uuid::Uuid, Uuid, "a uuid", |value, cell| cell.text_of(value.as_hyphenated()), |text| Self::parse_str(
    text
)
.map_err(|error| ValueError::new(format!("not a uuid: {error}"))));

/// The code point of a text that has one and no more.
pub(crate) fn one_char(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}
