//! The tables of the sequences, and rows without their type.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use synctable::{Id, SyncTable, TableSchema, Value};

/// The parent of tracks.
#[derive(Debug, Clone, PartialEq, SyncTable)]
pub(crate) struct Album {
    pub(crate) id: Id,
    pub(crate) title: String,
    pub(crate) stars: i64,
}

/// A child of an album.
#[derive(Debug, Clone, PartialEq, SyncTable)]
pub(crate) struct Track {
    pub(crate) id: Id,
    #[sync(references = Album)]
    pub(crate) album: Option<Id>,
    pub(crate) name: String,
    pub(crate) plays: i64,
}

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Album,
    Track,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Album, Self::Track];

    pub(crate) fn schema(self) -> &'static TableSchema {
        match self {
            Self::Album => Album::SCHEMA,
            Self::Track => Track::SCHEMA,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        self.schema().name()
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Table and id.
pub(crate) type Key = (Kind, String);

/// The cells of a row in the order of its schema, the id's too.
pub(crate) type Cells = Vec<Value>;

/// A row per key.
pub(crate) type Rows = BTreeMap<Key, Cells>;

/// The cells of a row as the server keeps it.
pub(crate) fn cells(kind: Kind, id: &str, members: &Map<String, Json>) -> Cells {
    let columns = kind.schema().columns().iter();
    columns
        .map(|column| match members.get(column.name()) {
            _ if column.name() == "id" => Value::Text(id.to_owned()),
            Some(Json::String(text)) => Value::Text(text.clone()),
            Some(Json::Number(number)) => Value::Integer(number.as_i64().unwrap()),
            _ => Value::Null,
        })
        .collect()
}

/// The members of a row on the wire, without the id.
pub(crate) fn members(kind: Kind, cells: &Cells) -> Map<String, Json> {
    let columns = kind.schema().columns().iter().zip(cells).filter(|(column, _)| column.name() != "id");
    columns
        .map(|(column, cell)| {
            let value = match cell {
                Value::Text(text) => Json::from(text.as_str()),
                Value::Integer(number) => Json::from(*number),
                _ => Json::Null,
            };
            (column.name().to_owned(), value)
        })
        .collect()
}

/// What a write puts into a row; what is not said stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Content {
    pub(crate) text: Option<String>,
    pub(crate) number: Option<i64>,
    /// Null: none.
    pub(crate) parent: Option<Value>,
}

impl Content {
    /// The content of a whole row.
    pub(crate) fn of(kind: Kind, cells: &Cells) -> Self {
        let text = |index: usize| match &cells[index] {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        };
        let number = |index: usize| match &cells[index] {
            Value::Integer(number) => Some(*number),
            _ => None,
        };
        match kind {
            Kind::Album => Self { text: text(1), number: number(2), parent: None },
            Kind::Track => Self { text: text(2), number: number(3), parent: Some(cells[1].clone()) },
        }
    }

    pub(crate) fn album(&self, id: Id) -> Album {
        let mut album = Album { id, title: String::new(), stars: 0 };
        self.change_album(&mut album);
        album
    }

    pub(crate) fn track(&self, id: Id) -> Track {
        let mut track = Track { id, album: None, name: String::new(), plays: 0 };
        self.change_track(&mut track);
        track
    }

    pub(crate) fn change_album(&self, album: &mut Album) {
        if let Some(text) = &self.text {
            album.title.clone_from(text);
        }
        if let Some(number) = self.number {
            album.stars = number;
        }
    }

    pub(crate) fn change_track(&self, track: &mut Track) {
        if let Some(text) = &self.text {
            track.name.clone_from(text);
        }
        if let Some(number) = self.number {
            track.plays = number;
        }
        if let Some(parent) = &self.parent {
            track.album = match parent {
                Value::Text(id) => Some(Id::parse(id).unwrap()),
                _ => None,
            };
        }
    }

    /// Writes the content over the cells of a row.
    pub(crate) fn over(&self, kind: Kind, cells: &mut Cells) {
        let (text, number) = match kind {
            Kind::Album => (1, 2),
            Kind::Track => (2, 3),
        };
        if let Some(value) = &self.text {
            cells[text] = Value::Text(value.clone());
        }
        if let Some(value) = self.number {
            cells[number] = Value::Integer(value);
        }
        if let (Kind::Track, Some(parent)) = (kind, &self.parent) {
            cells[1].clone_from(parent);
        }
    }
}
