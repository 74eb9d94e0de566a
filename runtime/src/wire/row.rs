//! One row of JSON text -> one row of a batch, driven by the column types.

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

use crate::row::{RowBatch, RowWriter};
use crate::table::{ColumnDef, SystemColumn, TableSchema};
use crate::value::wire::{decode_bool, decode_number, decode_text};
use crate::value::{CellWriter, ColumnType, Value, ValueError};
use crate::wire::answer::UnreadableRow;
use crate::wire::dialect::Dialect;

/// Reads rows of one table, one after the other; nothing is allocated for a value whose JSON string
/// has no escapes.
#[derive(Debug)]
pub(crate) struct RowReader {
    schema: &'static TableSchema,
    dialect: Dialect,
    depth_limit: usize,
    slots: Vec<Slot>,
    /// The slot of each member of the row before, in order: servers keep the order.
    guesses: Vec<Found>,
    states: Vec<State>,
    failure: Option<(usize, String)>,
    id_failure: Option<String>,
    /// Whether a row had a member that the table lacks.
    pub(crate) has_unknown_members: bool,
}

/// A member that is read into a cell.
#[derive(Debug, Clone, Copy)]
struct Slot {
    name: &'static str,
    column_type: ColumnType,
    cell: usize,
    kind: SlotKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SlotKind {
    Id,
    Data,
    Deleted,
    System,
    /// A stamp that the server does not write itself: a column of its own that is never sent.
    ForeignStamp,
    /// Known, and not asked for.
    Ignored,
}

/// Where a member's value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// The name is the slot's.
    Exact(usize),
    /// The name is the slot's but for ASCII case; an exact one wins.
    OtherCase(usize),
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Absent,
    Null { exact: bool },
    Value { exact: bool },
}

/// What became of a row.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is the batch's last row.
    Read,
    /// A column cannot be read; the batch is as before.
    Unreadable(UnreadableRow),
    /// It is not an object or has no usable id; the batch is as before.
    Refused(String),
}

impl RowReader {
    pub(crate) fn new(schema: &'static TableSchema, dialect: Dialect, depth_limit: usize) -> Self {
        let columns = schema.wire_columns().map(|(index, column)| Slot {
            name: column.wire_name(),
            column_type: column.column_type(),
            cell: index,
            kind: if index == schema.id_index() { SlotKind::Id } else { SlotKind::Data },
        });
        let system = [SystemColumn::Version, SystemColumn::UpdatedAt, SystemColumn::CreatedAt, SystemColumn::Deleted];
        let system = system.into_iter().map(|column| Slot {
            name: column.wire_name(),
            column_type: column.column().column_type(),
            cell: schema.columns().len() + column.offset(),
            kind: match column {
                SystemColumn::Deleted => SlotKind::Deleted,
                SystemColumn::CreatedAt if !dialect.stamps_creation() => SlotKind::ForeignStamp,
                _ => SlotKind::System,
            },
        });
        let slots: Vec<Slot> = columns.chain(system).collect();
        Self {
            schema,
            dialect,
            depth_limit,
            states: vec![State::Absent; slots.len()],
            slots,
            guesses: Vec::new(),
            failure: None,
            id_failure: None,
            has_unknown_members: false,
        }
    }

    /// Reads only these columns, and the id and whether the row is deleted; the others may be sent all
    /// the same, and stay null.
    pub(crate) fn only(&mut self, columns: &[&'static ColumnDef]) {
        for slot in &mut self.slots {
            let is_needed = matches!(slot.kind, SlotKind::Id | SlotKind::Deleted)
                || columns.iter().any(|column| self.schema.place(column) == Some(slot.cell));
            if !is_needed {
                slot.kind = SlotKind::Ignored;
            }
        }
    }

    fn ignores(&self, cell: usize) -> bool {
        self.slots.iter().any(|slot| slot.cell == cell && slot.kind == SlotKind::Ignored)
    }

    /// Reads one row to the end of the batch.
    ///
    /// Invariant: the text is valid JSON, since it was split from a page by a JSON reader.
    pub(crate) fn read(&mut self, raw: &str, batch: &mut RowBatch) -> Outcome {
        if !raw.starts_with('{') {
            return Outcome::Refused(format!("expected a row, found `{}`", shown(raw)));
        }
        let place = batch.len();
        self.states.fill(State::Absent);
        self.failure = None;
        self.id_failure = None;
        let mut row = batch.push();
        let read = serde_json::Deserializer::from_str(raw).deserialize_map(RowVisitor { reader: self, row: &mut row });
        if let Err(error) = read {
            batch.truncate(place);
            return Outcome::Refused(format!("expected a row, found invalid JSON: {error}"));
        }
        self.fill_absent(&mut row);
        self.finish(raw, place, batch)
    }

    /// Gives absent members and nulls their meaning.
    fn fill_absent(&mut self, row: &mut RowWriter<'_>) {
        let mut defaults_failed = None;
        for (index, slot) in self.slots.iter().enumerate() {
            if matches!(self.states[index], State::Value { .. }) {
                continue;
            }
            match slot.kind {
                SlotKind::Deleted => row.cell(slot.cell).integer(0),
                SlotKind::System | SlotKind::ForeignStamp | SlotKind::Ignored => {}
                SlotKind::Id => self.id_failure = self.id_failure.take().or(Some("a row has no id".into())),
                SlotKind::Data => {
                    let column = &self.schema.columns()[slot.cell];
                    if column.is_nullable() {
                        continue;
                    }
                    let filled = match column.has_default() {
                        true => column.write_default(row.cell(slot.cell)),
                        false => column.check(crate::value::ValueRef::Null),
                    };
                    if let Err(error) = filled {
                        defaults_failed.get_or_insert_with(|| (index, error.to_string()));
                    }
                }
            }
        }
        self.failure = self.failure.take().or(defaults_failed);
        for (index, column) in self.schema.columns().iter().enumerate().filter(|(_, column)| column.is_local_only()) {
            if let Err(error) = column.write_default(row.cell(index)) {
                self.failure.get_or_insert((index, format!("column `{}`: {error}", column.wire_name())));
            }
        }
    }

    fn finish(&mut self, raw: &str, place: usize, batch: &mut RowBatch) -> Outcome {
        if let Some(message) = self.id_failure.take() {
            batch.truncate(place);
            return Outcome::Refused(message);
        }
        let mut failure = self.failure.take().map(|(_, message)| message);
        let Some(row) = batch.get(place) else { return Outcome::Refused("the batch is full".into()) };
        // A tombstone says that the row is gone, whatever its columns are.
        if row.is_deleted() {
            return Outcome::Read;
        }
        if failure.is_none() {
            failure = self.schema.columns().iter().enumerate().find_map(|(index, column)| {
                let is_checked = column.is_checked() && !self.ignores(index);
                let refused = is_checked.then(|| column.check(row.value(index)))?.err()?;
                Some(format!("column `{}`: {refused}", column.wire_name()))
            });
        }
        let Some(error) = failure else { return Outcome::Read };
        let mut system = row.to_row();
        system.values.fill(Value::Null);
        let unreadable = UnreadableRow {
            id: row.id().to_owned(),
            system,
            error,
            raw: raw.to_owned(),
            has_unknown_members: self.has_unknown_members,
        };
        batch.truncate(place);
        Outcome::Unreadable(unreadable)
    }

    fn find(&self, position: usize, name: &str) -> Found {
        if let Some(&Found::Exact(guess)) = self.guesses.get(position)
            && self.slots[guess].name == name
        {
            return Found::Exact(guess);
        }
        // Tables are narrow: a scan beats a map, and runs only where the order changed.
        if let Some(index) = self.slots.iter().position(|slot| slot.name == name) {
            return Found::Exact(index);
        }
        match self.slots.iter().position(|slot| slot.name.eq_ignore_ascii_case(name)) {
            Some(index) => Found::OtherCase(index),
            None => Found::Unknown,
        }
    }

    fn remember(&mut self, position: usize, found: Found) {
        match self.guesses.get_mut(position) {
            Some(guess) => *guess = found,
            None => self.guesses.push(found),
        }
    }

    fn member(&mut self, found: Found, raw: &str, row: &mut RowWriter<'_>) {
        let (index, exact) = match found {
            Found::Exact(index) => (index, true),
            Found::OtherCase(index) => (index, false),
            Found::Unknown => {
                self.has_unknown_members = true;
                return;
            }
        };
        // The last of several wins, but never over one whose name is exact.
        match self.states[index] {
            State::Absent => {}
            State::Null { exact: true } | State::Value { exact: true } if !exact => return,
            State::Null { .. } | State::Value { .. } => {
                if self.failure.as_ref().is_some_and(|(failed, _)| *failed == index) {
                    self.failure = None;
                }
            }
        }
        let slot = self.slots[index];
        if slot.kind == SlotKind::Ignored {
            return;
        }
        self.has_unknown_members |= slot.kind == SlotKind::ForeignStamp;
        let cell = row.cell(slot.cell);
        if raw == "null" {
            cell.null();
            self.states[index] = State::Null { exact };
            return;
        }
        self.states[index] = State::Value { exact };
        match slot.kind {
            SlotKind::Id => self.id_failure = read_id(self.dialect, raw, cell).err(),
            // A stamp or version that cannot be read is as good as none (protocol.md 12).
            SlotKind::System | SlotKind::ForeignStamp => {
                if self.decode(slot.column_type, raw, cell).is_err() {
                    row.cell(slot.cell).null();
                }
            }
            SlotKind::Ignored => {}
            SlotKind::Data | SlotKind::Deleted => {
                if let Err(error) = self.decode(slot.column_type, raw, cell) {
                    row.cell(slot.cell).null();
                    self.failure.get_or_insert_with(|| (index, format!("column `{}`: {error}", slot.name)));
                }
            }
        }
    }

    fn decode(&self, column: ColumnType, raw: &str, cell: CellWriter<'_>) -> Result<(), ValueError> {
        if column == ColumnType::Json {
            return self.decode_json(raw, cell);
        }
        match raw.as_bytes().first() {
            Some(b'"') => with_text(raw, |text| decode_text(column, text, cell)),
            Some(b't' | b'f') => decode_bool(column, raw == "true", cell),
            Some(b'{' | b'[') => Err(ValueError::new(format!("expected a single value, found `{}`", shown(raw)))),
            _ => decode_number(column, raw, cell),
        }
    }

    fn decode_json(&self, raw: &str, cell: CellWriter<'_>) -> Result<(), ValueError> {
        let checked = |text: &str, cell: CellWriter<'_>| {
            let depth = depth(text);
            if depth > self.depth_limit {
                return Err(ValueError::new(format!(
                    "the JSON is nested {depth} deep, at most {} is read",
                    self.depth_limit
                )));
            }
            cell.text(text);
            Ok(())
        };
        if self.dialect.json_is_text() && raw.starts_with('"') {
            return with_text(raw, |text| {
                serde_json::from_str::<IgnoredAny>(text)
                    .map_err(|_| ValueError::new(format!("expected JSON as text, found `{}`", shown(text))))?;
                checked(text.trim(), cell)
            });
        }
        checked(raw, cell)
    }
}

fn read_id(dialect: Dialect, raw: &str, cell: CellWriter<'_>) -> Result<(), String> {
    let read = |text: &str| decode_text(ColumnType::Id, text, cell);
    let read = match raw.as_bytes().first() {
        Some(b'"') => with_text(raw, read),
        Some(b'0'..=b'9') if dialect.ids_may_be_numbers() && raw.bytes().all(|byte| byte.is_ascii_digit()) => read(raw),
        _ => Err(ValueError::new("expected a string")),
    };
    read.map_err(|error| format!("the id `{}` of a row cannot be read: {error}", shown(raw)))
}

/// The content of a JSON string, borrowed where it has no escapes.
fn with_text<T>(raw: &str, read: impl FnOnce(&str) -> Result<T, ValueError>) -> Result<T, ValueError> {
    let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
    if inner.as_bytes().contains(&b'\\') {
        let text: String = serde_json::from_str(raw)
            .map_err(|_| ValueError::new(format!("`{}` has an escape that is no character", shown(raw))))?;
        read(&text)
    } else {
        read(inner)
    }
}

/// How deep arrays and objects are nested in valid JSON.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The start of a text, fit for a message.
pub(crate) fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(40).map(|next| if next.is_control() { ' ' } else { next }).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

struct RowVisitor<'r, 'b, 'c> {
    reader: &'r mut RowReader,
    row: &'b mut RowWriter<'c>,
}

impl<'de> Visitor<'de> for RowVisitor<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut position = 0;
        while let Some(found) = members.next_key_seed(NameSeed { reader: self.reader, position })? {
            self.reader.remember(position, found);
            let raw: &RawValue = members.next_value()?;
            self.reader.member(found, raw.get(), self.row);
            position += 1;
        }
        Ok(())
    }
}

struct NameSeed<'r> {
    reader: &'r RowReader,
    position: usize,
}

impl<'de> DeserializeSeed<'de> for NameSeed<'_> {
    type Value = Found;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NameSeed<'_> {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Found, E> {
        Ok(self.reader.find(self.position, name))
    }
}
