//! A table of a fake server: its columns by the schema of a struct, and its rows.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::table::{Constant, TableSchema};
use crate::testing::members::Members;
use crate::testing::{ColumnType, Value, json};
use crate::value::{self, NamedKind};

/// A column, by the schema of a struct.
pub(super) type Column = json::Column<'static>;

/// A row as the server keeps it.
#[derive(Debug, Clone)]
pub(super) struct StoredRow {
    pub(super) id: String,
    /// Units of 100 ns since 1970.
    pub(super) updated_at: i64,
    pub(super) deleted: bool,
    /// In the order of the table's columns.
    pub(super) values: Vec<Value>,
}

impl StoredRow {
    /// A stamp is given to one write of a table only, so it tells the versions of a row apart.
    pub(super) fn version(&self) -> String {
        STANDARD.encode(self.updated_at.to_be_bytes())
    }
}

/// A table and its rows, in the order of their ids.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// The path below the server's address.
    pub(super) route: String,
    pub(super) columns: Vec<Column>,
    pub(super) soft_delete: bool,
    pub(super) rows: BTreeMap<String, StoredRow>,
    last_stamp: i64,
}

impl Table {
    pub(super) fn new(schema: &TableSchema) -> Self {
        let mut table = Self {
            name: schema.name(),
            route: schema.wire_route().map_or_else(|| format!("tables/{}", schema.name()), str::to_owned),
            columns: Vec::new(),
            soft_delete: !schema.is_hard_delete(),
            rows: BTreeMap::new(),
            last_stamp: i64::MIN,
        };
        table.add_columns(schema);
        table
    }

    /// Adds the columns that the table has not yet, so that several structs can stand for one table.
    pub(super) fn add_columns(&mut self, schema: &TableSchema) {
        for (_, column) in schema.data_columns() {
            let texts = column.named_type().map(|named| named.kind());
            self.add(Column {
                name: column.wire_name(),
                column_type: served(column.column_type(), texts),
                nullable: column.is_nullable(),
            });
        }
        for (name, constant) in schema.insert_constants() {
            let column_type = match constant {
                Constant::Bool(_) => ColumnType::Bool,
                Constant::Integer(_) => ColumnType::Int64,
                Constant::Float(_) => ColumnType::Double,
                Constant::Text(_) => ColumnType::Text,
            };
            self.add(Column { name, column_type, nullable: false });
        }
    }

    fn add(&mut self, column: Column) {
        if self.place(column.name).is_some() {
            return;
        }
        for row in self.rows.values_mut() {
            row.values.push(column.missing());
        }
        self.columns.push(column);
    }

    /// The place of a column, by its name in any case.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Finds what a filter or an order may name; the version may not, it is opaque.
    pub(super) fn lookup(&self, name: &str) -> Option<(String, ColumnType)> {
        const SYSTEM: [(&str, ColumnType); 3] =
            [("id", ColumnType::Text), ("updatedAt", ColumnType::Instant), ("deleted", ColumnType::Bool)];
        let system = SYSTEM.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let own = || self.place(name).map(|place| (self.columns[place].name, self.columns[place].column_type));
        system.or_else(own).map(|(name, column_type)| (name.to_owned(), column_type))
    }

    /// A value that a filter or an order may name.
    pub(super) fn value(&self, row: &StoredRow, name: &str) -> Value {
        match name {
            "id" => Value::Text(row.id.clone()),
            "updatedAt" => Value::Instant(row.updated_at),
            "deleted" => Value::Bool(row.deleted),
            name => self.place(name).and_then(|place| row.values.get(place)).cloned().unwrap_or(Value::Null),
        }
    }

    /// Reads a body that gives the whole row: what is missing takes its default.
    pub(super) fn read_values(&self, members: &Members) -> Result<Vec<Value>, String> {
        let value = |column: &Column| match members.get(column.name) {
            Some(json) => column.read(json),
            None => Ok(column.missing()),
        };
        self.columns.iter().map(value).collect()
    }

    /// Writes a row, and gives it its stamp: the time, or 100 ns more than the last stamp of the table.
    pub(super) fn put(&mut self, now: i64, id: String, deleted: bool, values: Vec<Value>) -> StoredRow {
        self.last_stamp = now.max(self.last_stamp.saturating_add(1));
        let row = StoredRow { id: id.clone(), updated_at: self.last_stamp, deleted, values };
        self.rows.insert(id, row.clone());
        row
    }

    /// Deletes a row: leaves a tombstone where the table has them.
    pub(super) fn delete(&mut self, now: i64, row: StoredRow) {
        if self.soft_delete {
            self.put(now, row.id, true, row.values);
        } else {
            self.rows.remove(&row.id);
        }
    }

    /// Whether a request that did not ask for tombstones finds only that the row is gone.
    pub(super) fn is_tombstone(&self, row: &StoredRow) -> bool {
        self.soft_delete && row.deleted
    }
}

/// The server's type of a column: the one that `cargo synctable` would write into the table's document.
fn served(column_type: value::ColumnType, named: Option<NamedKind>) -> ColumnType {
    if let Some(NamedKind::Texts { texts, other: None }) = named {
        // A type lives as long as the program, and tests make few tables.
        return ColumnType::Enum(Box::leak(texts.iter().map(|text| text.text).collect()));
    }
    match column_type {
        value::ColumnType::Bool => ColumnType::Bool,
        value::ColumnType::I8
        | value::ColumnType::I16
        | value::ColumnType::I32
        | value::ColumnType::U8
        | value::ColumnType::U16 => ColumnType::Int32,
        value::ColumnType::U32 | value::ColumnType::I64 => ColumnType::Int64,
        value::ColumnType::F32 => ColumnType::Single,
        value::ColumnType::F64 => ColumnType::Double,
        value::ColumnType::Text | value::ColumnType::Char | value::ColumnType::Id | value::ColumnType::Version => {
            ColumnType::Text
        }
        value::ColumnType::Timestamp => ColumnType::Instant,
        value::ColumnType::Bytes => ColumnType::Bytes,
        value::ColumnType::Uuid => ColumnType::Guid,
        value::ColumnType::Decimal => ColumnType::Decimal,
        value::ColumnType::Date => ColumnType::Date,
        value::ColumnType::TimeOfDay => ColumnType::Time,
        value::ColumnType::Json => ColumnType::Json,
    }
}
