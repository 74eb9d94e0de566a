//! Readers of a page's JSON: into typed rows, and by the list of columns into cells.

use std::borrow::Cow;
use std::fmt;

use rusqlite::types::{ToSql, ToSqlOutput, Value, ValueRef};
use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::Result;

/// A row whose text is borrowed from the page.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "filled to be measured")]
pub(crate) struct ItemRef<'a> {
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    pub(crate) complete: bool,
    pub(crate) priority: i64,
    pub(crate) due_at: &'a str,
    pub(crate) updated_at: &'a str,
    pub(crate) version: &'a str,
}

/// A page of any row type.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "filled to be measured")]
pub(crate) struct Page<R> {
    pub(crate) items: Vec<R>,
    pub(crate) count: usize,
}

/// One value of a row that is read by the list of columns, with no type known when the code was compiled.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Real(f64),
    Text(Cow<'a, str>),
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Cell::Null => ToSqlOutput::Owned(Value::Null),
            Cell::Bool(value) => ToSqlOutput::Owned(Value::Integer(i64::from(*value))),
            Cell::Int(value) => ToSqlOutput::Owned(Value::Integer(*value)),
            Cell::Real(value) => ToSqlOutput::Owned(Value::Real(*value)),
            Cell::Text(value) => ToSqlOutput::Borrowed(ValueRef::Text(value.as_bytes())),
        })
    }
}

/// Reads a page by the list of columns, hands each row's cells to `each`, and returns the rows read.
pub(crate) fn each_row<'de, F>(page: &'de [u8], columns: &[&str], each: F) -> Result<usize>
where
    F: FnMut(&[Cell<'de>]) -> rusqlite::Result<()>,
{
    let mut reader = serde_json::Deserializer::from_slice(page);
    Ok(PageSeed { columns, each }.deserialize(&mut reader)?)
}

struct PageSeed<'c, F> {
    columns: &'c [&'c str],
    each: F,
}

impl<'de, F: FnMut(&[Cell<'de>]) -> rusqlite::Result<()>> DeserializeSeed<'de> for PageSeed<'_, F> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<usize, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: FnMut(&[Cell<'de>]) -> rusqlite::Result<()>> Visitor<'de> for PageSeed<'_, F> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> std::result::Result<usize, A::Error> {
        let mut rows = 0;
        while let Some(is_items) = map.next_key_seed(KeySeed(&["items"]))? {
            if is_items.is_some() {
                rows = map.next_value_seed(ItemsSeed { columns: self.columns, each: &mut self.each })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(rows)
    }
}

struct ItemsSeed<'c, 'f, F> {
    columns: &'c [&'c str],
    each: &'f mut F,
}

impl<'de, F: FnMut(&[Cell<'de>]) -> rusqlite::Result<()>> DeserializeSeed<'de> for ItemsSeed<'_, '_, F> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<usize, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(&[Cell<'de>]) -> rusqlite::Result<()>> Visitor<'de> for ItemsSeed<'_, '_, F> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the array of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<usize, A::Error> {
        let mut cells = vec![Cell::Null; self.columns.len()];
        let mut rows = 0;
        while seq.next_element_seed(RowSeed { columns: self.columns, cells: &mut cells })?.is_some() {
            (self.each)(&cells).map_err(de::Error::custom)?;
            rows += 1;
        }
        Ok(rows)
    }
}

struct RowSeed<'c, 'r, 'de> {
    columns: &'c [&'c str],
    cells: &'r mut [Cell<'de>],
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        self.cells.fill(Cell::Null);
        while let Some(column) = map.next_key_seed(KeySeed(self.columns))? {
            match column {
                Some(column) => self.cells[column] = map.next_value_seed(CellSeed)?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// A key as its place in the list.
struct KeySeed<'c>(&'c [&'c str]);

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Option<usize>, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for KeySeed<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_str<E>(self, key: &str) -> std::result::Result<Option<usize>, E> {
        Ok(self.0.iter().position(|column| *column == key))
    }
}

struct CellSeed;

impl<'de> DeserializeSeed<'de> for CellSeed {
    type Value = Cell<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Cell<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for CellSeed {
    type Value = Cell<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, a boolean, a number or a string")
    }

    fn visit_unit<E>(self) -> std::result::Result<Cell<'de>, E> {
        Ok(Cell::Null)
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Cell<'de>, E> {
        Ok(Cell::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Cell<'de>, E> {
        Ok(Cell::Int(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> std::result::Result<Cell<'de>, E> {
        i64::try_from(value).map(Cell::Int).map_err(de::Error::custom)
    }

    fn visit_f64<E>(self, value: f64) -> std::result::Result<Cell<'de>, E> {
        Ok(Cell::Real(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> std::result::Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> std::result::Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Owned(value.to_owned())))
    }
}
