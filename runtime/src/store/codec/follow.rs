//! Texts of the queue, brought to the columns of another version of their table.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::damaged;
use crate::error::Error;
use crate::store::definition::{KeptColumn, type_name};

/// What happened to the columns of a table.
#[derive(Debug)]
pub(crate) struct ChangedColumns<'a> {
    /// The names before and now.
    pub(crate) renamed: &'a [(String, String)],
    /// Columns that the app has no more: their cells are kept apart.
    pub(crate) removed: &'a [KeptColumn],
    /// Columns that are back.
    pub(crate) restored: &'a [String],
}

/// The members of a JSON object in their order, with the texts of their values.
#[derive(Debug, Default)]
struct Members(Vec<(String, Box<RawValue>)>);

impl Members {
    fn of(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|error| damaged("row or request", &error))
    }

    fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, raw)| &**raw)
    }

    fn take(&mut self, name: &str) -> Option<Box<RawValue>> {
        let place = self.0.iter().position(|(other, _)| other == name)?;
        Some(self.0.remove(place).1)
    }

    fn put(&mut self, name: &str, value: Box<RawValue>) {
        match self.0.iter_mut().find(|(other, _)| other == name) {
            Some((_, there)) => *there = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    fn object(&self, name: &str) -> Result<Self, Error> {
        self.get(name).map_or_else(|| Ok(Self::default()), |raw| Self::of(raw.get()))
    }

    fn names(&self, name: &str) -> Result<Vec<String>, Error> {
        let names = self.get(name).map(|raw| serde_json::from_str(raw.get()));
        names.transpose().map(Option::unwrap_or_default).map_err(|error| damaged("request", &error))
    }

    /// Stores a value; a member that would be empty is left out.
    fn put_unless(&mut self, is_empty: IsEmpty, name: &str, value: &impl Serialize) -> Result<(), Error> {
        if is_empty == IsEmpty::Yes {
            self.take(name);
        } else {
            self.put(name, raw(value)?);
        }
        Ok(())
    }

    fn rename(&mut self, renamed: &[(String, String)]) {
        for (name, _) in &mut self.0 {
            rename(name, renamed);
        }
    }

    fn emptiness(&self) -> IsEmpty {
        if self.0.is_empty() { IsEmpty::Yes } else { IsEmpty::No }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IsEmpty {
    Yes,
    No,
}

fn rename(name: &mut String, renamed: &[(String, String)]) {
    if let Some((_, to)) = renamed.iter().find(|(from, _)| from == name) {
        name.clone_from(to);
    }
}

fn raw(value: &impl Serialize) -> Result<Box<RawValue>, Error> {
    to_raw_value(value).map_err(|error| damaged("row or request", &error))
}

/// A cell of a column that the app has no more, with the type that it had.
#[derive(Serialize, Deserialize)]
struct KeptCell<'a> {
    #[serde(rename = "type")]
    column_type: &'a str,
    #[serde(borrow)]
    cell: &'a RawValue,
}

/// Brings the text of a row to the new columns.
pub(crate) fn row(text: &str, changed: &ChangedColumns<'_>) -> Result<String, Error> {
    let mut members = Members::of(text)?;
    let mut cells = members.object("cells")?;
    let mut kept = members.object("kept")?;
    cells.rename(changed.renamed);
    kept.rename(changed.renamed);
    for column in changed.removed {
        if let Some(cell) = cells.take(&column.name) {
            let cell = KeptCell { column_type: type_name(column.column_type), cell: &cell };
            kept.put(&column.name, raw(&cell)?);
        }
    }
    for name in changed.restored {
        if let Some(there) = kept.take(name) {
            let there: KeptCell<'_> =
                serde_json::from_str(there.get()).map_err(|error| damaged("kept cell", &error))?;
            cells.put(name, there.cell.to_owned());
        }
    }
    members.put("cells", raw(&cells)?);
    members.put_unless(kept.emptiness(), "kept", &kept)?;
    text_of(&members)
}

/// Brings the text of a request to the new columns: what it carries stays the same.
pub(crate) fn request(text: &str, changed: &ChangedColumns<'_>) -> Result<String, Error> {
    let mut members = Members::of(text)?;
    let mut columns = members.names("columns")?;
    let mut kept = members.names("kept")?;
    columns.iter_mut().chain(&mut kept).for_each(|name| rename(name, changed.renamed));
    let (removed, columns): (Vec<_>, Vec<_>) =
        columns.into_iter().partition(|name| changed.removed.iter().any(|column| column.name == *name));
    let (restored, still_kept): (Vec<_>, Vec<_>) = kept.into_iter().partition(|name| changed.restored.contains(name));
    let columns: Vec<String> = columns.into_iter().chain(restored).collect();
    let kept: Vec<String> = still_kept.into_iter().chain(removed).collect();
    members.put("columns", raw(&columns)?);
    members.put_unless(if kept.is_empty() { IsEmpty::Yes } else { IsEmpty::No }, "kept", &kept)?;
    for member in ["wish", "tombstone"] {
        if let Some(there) = members.get(member).filter(|there| there.get() != "null") {
            let followed = row(there.get(), changed)?;
            let followed = RawValue::from_string(followed).map_err(|error| damaged("row", &error))?;
            members.put(member, followed);
        }
    }
    text_of(&members)
}

fn text_of(members: &Members) -> Result<String, Error> {
    serde_json::to_string(members).map_err(|error| damaged("row or request", &error))
}

impl Serialize for Members {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, raw)| (name, raw)))
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Members::default();
                while let Some(member) = map.next_entry()? {
                    members.0.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(All)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::ColumnType;

    const ROW: &str = r#"{"version":"1","cells":{"id":"a","size":5,"name":"n","real":1.50}}"#;

    fn removed(name: &str, column_type: ColumnType) -> KeptColumn {
        KeptColumn { name: name.to_owned(), column_type }
    }

    #[test]
    fn cells_that_are_kept_apart_come_back_as_they_were() {
        let gone = [removed("size", ColumnType::I64), removed("other", ColumnType::Text)];
        let apart = row(ROW, &ChangedColumns { renamed: &[], removed: &gone, restored: &[] }).unwrap();
        let expected =
            r#"{"version":"1","cells":{"id":"a","name":"n","real":1.50},"kept":{"size":{"type":"i64","cell":5}}}"#;
        assert_eq!(apart, expected);
        let renamed = [("size".to_owned(), "length".to_owned()), ("name".to_owned(), "title".to_owned())];
        let back =
            row(&apart, &ChangedColumns { renamed: &renamed, removed: &[], restored: &["length".to_owned()] }).unwrap();
        assert_eq!(back, r#"{"version":"1","cells":{"id":"a","title":"n","real":1.50,"length":5}}"#);
    }

    #[test]
    fn a_request_carries_what_it_carried() {
        let text =
            format!(r#"{{"kind":"update","columns":["size","name"],"if_match":"1","wish":{ROW},"tombstone":null}}"#);
        let gone = [removed("size", ColumnType::I64)];
        let apart = request(&text, &ChangedColumns { renamed: &[], removed: &gone, restored: &[] }).unwrap();
        assert!(apart.contains(r#""columns":["name"]"#) && apart.contains(r#""kept":["size"]"#), "{apart}");
        let back =
            request(&apart, &ChangedColumns { renamed: &[], removed: &[], restored: &["size".to_owned()] }).unwrap();
        assert!(back.contains(r#""columns":["name","size"]"#) && !back.contains("kept"), "{back}");
    }

    #[test]
    fn damage_is_an_error() {
        let none = ChangedColumns { renamed: &[], removed: &[], restored: &[] };
        for text in ["", "[]", r#"{"cells":1}"#, r#"{"columns":1}"#] {
            assert!(row(text, &none).is_err() || request(text, &none).is_err(), "{text}");
        }
    }
}
