//! Every known shape of a page -> rows in a batch (protocol.md 7.5).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::row::RowBatch;
use crate::wire::answer::UnreadableRow;
use crate::wire::row::{Outcome, RowReader};

/// What a page holds beside the rows that were read.
#[derive(Debug, Default)]
pub(crate) struct Envelope {
    /// The rows that could not be read, with their place.
    pub(crate) unreadable: Vec<(usize, UnreadableRow)>,
    /// How many rows match, of all pages.
    pub(crate) count: Option<u64>,
    /// Whether the page is an array without anything around it.
    pub(crate) is_bare: bool,
}

/// Why a page is refused as a whole.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It is no JSON, or cut.
    NotJson(String),
    /// It is JSON of another shape, or a row has no usable id.
    Shape(String),
}

/// Reads a page; on an error the batch holds rows that must not be used.
pub(crate) fn read(
    text: &str,
    row_limit: usize,
    reader: &mut RowReader,
    batch: &mut RowBatch,
) -> Result<Envelope, Refused> {
    let mut pass = Pass { reader, batch, row_limit, envelope: Envelope::default(), has_rows: false, refused: None };
    let mut json = serde_json::Deserializer::from_str(text);
    let read = PageSeed { pass: &mut pass }.deserialize(&mut json).and_then(|()| json.end());
    if let Some(message) = pass.refused {
        return Err(Refused::Shape(message));
    }
    match read {
        Ok(()) if pass.has_rows => Ok(pass.envelope),
        Ok(()) => Err(Refused::Shape("expected a list of rows, found an object without `items` or `results`".into())),
        Err(error) if error.is_data() => Err(Refused::Shape(format!("expected a list of rows: {error}"))),
        Err(error) => Err(Refused::NotJson(format!("the answer is not JSON, or cut: {error}"))),
    }
}

struct Pass<'a> {
    reader: &'a mut RowReader,
    batch: &'a mut RowBatch,
    row_limit: usize,
    envelope: Envelope,
    has_rows: bool,
    refused: Option<String>,
}

impl Pass<'_> {
    fn refuse<E: serde::de::Error>(&mut self, message: String) -> E {
        let error = E::custom(&message);
        self.refused = Some(message);
        error
    }

    fn row<E: serde::de::Error>(&mut self, raw: &str) -> Result<(), E> {
        if self.batch.len() + self.envelope.unreadable.len() >= self.row_limit {
            return Err(self.refuse(format!("the page has more than {} rows", self.row_limit)));
        }
        match self.reader.read(raw, self.batch) {
            Outcome::Read => Ok(()),
            Outcome::Unreadable(row) => {
                self.envelope.unreadable.push((self.batch.len(), row));
                Ok(())
            }
            Outcome::Refused(message) => Err(self.refuse(message)),
        }
    }
}

struct PageSeed<'p, 'a> {
    pass: &'p mut Pass<'a>,
}

impl<'de> DeserializeSeed<'de> for PageSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PageSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array, or an object with `items` or `results`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, rows: A) -> Result<(), A::Error> {
        self.pass.envelope.is_bare = true;
        RowsSeed { pass: self.pass }.visit_seq(rows)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(member) = members.next_key::<Member>()? {
            match member {
                Member::Rows => members.next_value_seed(RowsSeed { pass: self.pass })?,
                // The count informs only: what is no whole number is unknown.
                Member::Count => self.pass.envelope.count = members.next_value::<&RawValue>()?.get().parse().ok(),
                Member::Other => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

struct RowsSeed<'p, 'a> {
    pass: &'p mut Pass<'a>,
}

impl<'de> DeserializeSeed<'de> for RowsSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RowsSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        if std::mem::replace(&mut self.pass.has_rows, true) {
            return Err(self.pass.refuse("the page has two lists of rows".into()));
        }
        while let Some(raw) = rows.next_element::<&RawValue>()? {
            self.pass.row::<A::Error>(raw.get())?;
        }
        Ok(())
    }
}

/// A member of the envelope.
enum Member {
    Rows,
    Count,
    Other,
}

impl<'de> serde::Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl Visitor<'_> for NameVisitor {
            type Value = Member;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member's name")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Member, E> {
                let is = |other: &str| name.eq_ignore_ascii_case(other);
                Ok(match () {
                    () if is("items") || is("results") => Member::Rows,
                    () if is("count") => Member::Count,
                    () => Member::Other,
                })
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}
