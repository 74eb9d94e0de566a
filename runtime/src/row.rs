//! Rows as cells: the form that generated code, the wire and the store share.

use crate::error::{Error, ErrorKind};
use crate::table::{ColumnDef, SystemColumn, TableSchema};
use crate::value::{Cell, CellWriter, ColumnType, ColumnValue, Timestamp, Value, ValueError, ValueRef, Version};

/// Rows of one table in one text arena and one cell array.
///
/// A row has a cell for each column of its [`TableSchema`], in order, then one for each
/// [`SystemColumn`]. Clearing a batch keeps its memory.
#[derive(Debug, Clone)]
pub struct RowBatch {
    schema: &'static TableSchema,
    cells: Vec<Cell>,
    arena: Vec<u8>,
}

impl RowBatch {
    /// Makes an empty batch for rows of a table.
    #[must_use]
    pub fn new(schema: &'static TableSchema) -> Self {
        Self { schema, cells: Vec::new(), arena: Vec::new() }
    }

    /// The table whose rows these are.
    #[must_use]
    pub fn schema(&self) -> &'static TableSchema {
        self.schema
    }

    fn width(&self) -> usize {
        self.schema.columns().len() + SystemColumn::COUNT
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len() / self.width()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The bytes of text that the rows hold.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        self.arena.len()
    }

    /// Drops the rows and keeps the memory.
    pub fn clear(&mut self) {
        self.cells.clear();
        self.arena.clear();
    }

    /// Drops all rows from `len` on; the text that they used is freed by [`clear`](Self::clear).
    pub fn truncate(&mut self, len: usize) {
        self.cells.truncate(len * self.width());
    }

    /// Appends a row whose cells are all null and gives access to it.
    pub fn push(&mut self) -> RowWriter<'_> {
        let start = self.cells.len();
        self.cells.resize(start + self.width(), Cell::Null);
        RowWriter { cells: &mut self.cells[start..], arena: &mut self.arena, schema: self.schema }
    }

    /// Borrows a row; `None` past the end.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<RowRef<'_>> {
        let width = self.width();
        let cells = self.cells.get(index * width..(index + 1) * width)?;
        Some(RowRef { schema: self.schema, cells, arena: &self.arena })
    }

    /// Borrows the rows in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = RowRef<'_>> {
        self.cells.chunks_exact(self.width()).map(|cells| RowRef { schema: self.schema, cells, arena: &self.arena })
    }
}

/// Writes the cells of one row.
#[derive(Debug)]
pub struct RowWriter<'a> {
    schema: &'static TableSchema,
    cells: &'a mut [Cell],
    arena: &'a mut Vec<u8>,
}

impl RowWriter<'_> {
    /// The writer of one cell, by its place in the row.
    ///
    /// # Panics
    /// There is no such place.
    pub fn cell(&mut self, index: usize) -> CellWriter<'_> {
        CellWriter::new(&mut self.cells[index], self.arena)
    }

    /// The writer of a system column's cell.
    pub fn system(&mut self, column: SystemColumn) -> CellWriter<'_> {
        self.cell(self.schema.columns().len() + column.offset())
    }

    /// Writes the value of a column.
    ///
    /// # Errors
    /// The value has no stored form; the error names the column.
    pub fn set<V: ColumnValue>(&mut self, index: usize, value: &V) -> Result<(), ValueError> {
        self.set_with(index, |cell| value.write(cell))
    }

    /// Writes a column by a function of its cell.
    pub(crate) fn set_with(
        &mut self,
        index: usize,
        write: impl FnOnce(CellWriter<'_>) -> Result<(), ValueError>,
    ) -> Result<(), ValueError> {
        write(self.cell(index)).map_err(|error| in_column(self.schema, index, &error))
    }
}

/// Adds the column's name to an error.
fn in_column(schema: &TableSchema, index: usize, error: &ValueError) -> ValueError {
    let name = schema.columns().get(index).map_or("?", |column| column.name());
    ValueError::new(format!("column `{name}`: {error}"))
}

/// A row, borrowed from a batch.
#[derive(Debug, Clone, Copy)]
pub struct RowRef<'a> {
    schema: &'static TableSchema,
    cells: &'a [Cell],
    arena: &'a [u8],
}

impl<'a> RowRef<'a> {
    /// The table whose row this is.
    #[must_use]
    pub fn schema(&self) -> &'static TableSchema {
        self.schema
    }

    /// A cell by its place in the row; null past the end.
    #[must_use]
    pub fn value(&self, index: usize) -> ValueRef<'a> {
        self.cells.get(index).map_or(ValueRef::Null, |cell| cell.read(self.arena))
    }

    /// The cell of a system column.
    #[must_use]
    pub fn system(&self, column: SystemColumn) -> ValueRef<'a> {
        self.value(self.schema.columns().len() + column.offset())
    }

    /// Reads a column as its Rust type.
    ///
    /// # Errors
    /// The cell does not hold such a value; the error names the column.
    pub fn get<V: ColumnValue>(&self, index: usize) -> Result<V, ValueError> {
        self.get_with(index, V::read)
    }

    /// Reads a column by a function of its cell.
    pub(crate) fn get_with<V>(
        &self,
        index: usize,
        read: impl FnOnce(ValueRef<'a>) -> Result<V, ValueError>,
    ) -> Result<V, ValueError> {
        read(self.value(index)).map_err(|error| in_column(self.schema, index, &error))
    }

    /// Reads a system column as its Rust type.
    ///
    /// # Errors
    /// The cell does not hold such a value; the error names the column.
    pub fn get_system<V: ColumnValue>(&self, column: SystemColumn) -> Result<V, ValueError> {
        V::read(self.system(column))
            .map_err(|error| ValueError::new(format!("column `{}`: {error}", column.wire_name())))
    }

    /// The row's id; empty if the cell holds none.
    #[must_use]
    pub fn id(&self) -> &'a str {
        match self.value(self.schema.id_index()) {
            ValueRef::Text(id) => id,
            _ => "",
        }
    }

    /// The row's version, if it has one.
    #[must_use]
    pub fn version(&self) -> Option<&'a str> {
        match self.system(SystemColumn::Version) {
            ValueRef::Text(version) => Some(version),
            _ => None,
        }
    }

    /// When the server last changed the row, if it said so.
    #[must_use]
    pub fn updated_at(&self) -> Option<Timestamp> {
        match self.system(SystemColumn::UpdatedAt) {
            ValueRef::Integer(ticks) => Timestamp::from_ticks(ticks),
            _ => None,
        }
    }

    /// Whether the server says that the row is deleted.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        matches!(self.system(SystemColumn::Deleted), ValueRef::Integer(1))
    }

    /// Copies the row out.
    #[must_use]
    pub fn to_row(&self) -> Row {
        let value = |index| self.value(index).to_value();
        Row {
            schema: self.schema,
            values: (0..self.schema.columns().len()).map(value).collect(),
            version: self.version().and_then(Version::parse),
            updated_at: self.updated_at(),
            created_at: match self.system(SystemColumn::CreatedAt) {
                ValueRef::Integer(ticks) => Timestamp::from_ticks(ticks),
                _ => None,
            },
            deleted: self.is_deleted(),
            lacking: Vec::new(),
            kept: Vec::new(),
        }
    }
}

/// One row that owns its cells: what the queue compares, keeps and sends.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    schema: &'static TableSchema,
    /// A cell for each column of the schema, in order.
    pub values: Vec<Value>,
    /// The version that the server gave.
    pub version: Option<Version>,
    /// When the server last changed the row.
    pub updated_at: Option<Timestamp>,
    /// When the server created the row (N2 and D2 only).
    pub created_at: Option<Timestamp>,
    /// Whether the row is a tombstone.
    pub deleted: bool,
    /// The places of the columns that were added after the row was kept.
    lacking: Vec<usize>,
    /// Cells of columns that an earlier version of the app had, by name.
    kept: Vec<KeptCell>,
}

/// A cell of a column that the app has no more. The queue still sends what was written to it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeptCell {
    /// The column's name on the wire and in SQL.
    pub(crate) name: String,
    pub(crate) column_type: ColumnType,
    pub(crate) value: Value,
}

impl Row {
    /// Makes a row of which every cell is null.
    #[must_use]
    pub fn new(schema: &'static TableSchema) -> Self {
        Self {
            schema,
            values: vec![Value::Null; schema.columns().len()],
            version: None,
            updated_at: None,
            created_at: None,
            deleted: false,
            lacking: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// The table whose row this is.
    #[must_use]
    pub fn schema(&self) -> &'static TableSchema {
        self.schema
    }

    /// The row's id; empty if the cell holds none.
    #[must_use]
    pub fn id(&self) -> &str {
        match self.values.get(self.schema.id_index()) {
            Some(Value::Text(id)) => id,
            _ => "",
        }
    }

    /// The places, ascending, of the columns that were added to the table after the queue kept this
    /// row: their cells hold the default or null, and the server's values are not known.
    #[must_use]
    pub fn lacking(&self) -> &[usize] {
        &self.lacking
    }

    /// Fills a column that the row lacks.
    pub(crate) fn fill(&mut self, index: usize, value: Value) {
        if let (Some(cell), Ok(place)) = (self.values.get_mut(index), self.lacking.binary_search(&index)) {
            *cell = value;
            self.lacking.remove(place);
        }
    }

    /// Takes the cells as they are for all that is known.
    pub(crate) fn lack_nothing(&mut self) {
        self.lacking = Vec::new();
    }

    /// Cells of columns that an earlier version of the app had, by name.
    pub(crate) fn kept(&self) -> &[KeptCell] {
        &self.kept
    }

    /// Sets the cells of columns that an earlier version of the app had.
    ///
    /// Invariant: they are ordered by name.
    pub(crate) fn set_kept(&mut self, kept: Vec<KeptCell>) {
        self.kept = kept;
    }

    /// The names of the kept cells in which this row differs from another that has them too.
    pub(crate) fn kept_changed_from(&self, base: &Self) -> Vec<String> {
        let differs =
            |cell: &&KeptCell| base.kept.iter().any(|other| other.name == cell.name && other.value != cell.value);
        self.kept.iter().filter(differs).map(|cell| cell.name.clone()).collect()
    }

    /// The same row in another version of its table: columns are found by their wire names, and
    /// those that the row has not are lacking.
    pub(crate) fn in_schema(&self, schema: &'static TableSchema) -> Result<Self, Error> {
        let mut row = Self {
            schema,
            values: Vec::with_capacity(schema.columns().len()),
            version: self.version.clone(),
            updated_at: self.updated_at,
            created_at: self.created_at,
            deleted: self.deleted,
            lacking: Vec::new(),
            kept: self.kept.clone(),
        };
        for (index, column) in schema.columns().iter().enumerate() {
            let known = self
                .schema
                .columns()
                .iter()
                .position(|other| other.wire_name() == column.wire_name())
                .filter(|place| self.lacking.binary_search(place).is_err());
            match known.and_then(|place| self.values.get(place)) {
                Some(value) => row.values.push(value.clone()),
                None => row.push_lacking(index, column)?,
            }
        }
        Ok(row)
    }

    #[cfg(feature = "sqlite")]
    /// Makes a row from cells in the order of the schema; `None` for those that are lacking.
    pub(crate) fn from_known(
        schema: &'static TableSchema,
        cells: impl IntoIterator<Item = Option<Value>>,
    ) -> Result<Self, Error> {
        let mut row = Self::new(schema);
        row.values.clear();
        for ((index, column), cell) in schema.columns().iter().enumerate().zip(cells) {
            match cell {
                Some(value) => row.values.push(value),
                None => row.push_lacking(index, column)?,
            }
        }
        Ok(row)
    }

    fn push_lacking(&mut self, index: usize, column: &ColumnDef) -> Result<(), Error> {
        self.values.push(column.default_cell().map_err(|error| {
            Error::new(ErrorKind::Schema, format!("the default of column `{}`: {error}", column.wire_name()))
                .in_table(self.schema.name())
        })?);
        self.lacking.push(index);
        Ok(())
    }

    /// Appends a copy to a batch.
    pub fn append_to(&self, batch: &mut RowBatch) {
        let mut row = batch.push();
        for (index, value) in self.values.iter().enumerate() {
            row.cell(index).copy(value.as_ref());
        }
        if let Some(version) = &self.version {
            row.system(SystemColumn::Version).text(version.as_str());
        }
        for (column, time) in [(SystemColumn::UpdatedAt, self.updated_at), (SystemColumn::CreatedAt, self.created_at)] {
            if let Some(time) = time {
                row.system(column).integer(time.ticks());
            }
        }
        row.system(SystemColumn::Deleted).integer(i64::from(self.deleted));
    }

    /// Takes the stored text of the JSON columns that a change left as they were: a type may not know
    /// all members of a value, nor write what it knows in the same words.
    pub(crate) fn keep_json(&mut self, untouched: &Self, stored: &Self) {
        for (index, column) in self.schema.columns().iter().enumerate() {
            if column.column_type() == ColumnType::Json && self.values[index] == untouched.values[index] {
                self.values[index].clone_from(&stored.values[index]);
            }
        }
    }

    /// Whether another row has the same value in a column, as far as the wire carries it: instants
    /// and times are cut to milliseconds, JSON is compared as JSON.
    #[must_use]
    pub fn same_on_the_wire(&self, other: &Self, index: usize) -> bool {
        match (self.values.get(index), other.values.get(index)) {
            (Some(left), Some(right)) => same_on_the_wire(self.schema.columns()[index].column_type(), left, right),
            _ => false,
        }
    }
}

/// A state of the server that came meanwhile.
#[derive(Debug, Clone, PartialEq)]
pub enum Remote {
    /// A live row.
    Row(Row),
    /// A deleted row; the tombstone, where the server showed one.
    Deleted(Option<Row>),
}

impl Remote {
    /// The row that the server showed, live or deleted.
    #[must_use]
    pub fn row(&self) -> Option<&Row> {
        match self {
            Self::Row(row) => Some(row),
            Self::Deleted(row) => row.as_ref(),
        }
    }

    /// The live row.
    #[must_use]
    pub fn live(&self) -> Option<&Row> {
        match self {
            Self::Row(row) => Some(row),
            Self::Deleted(_) => None,
        }
    }

    /// When the server last changed it, if it said so.
    #[must_use]
    pub fn updated_at(&self) -> Option<Timestamp> {
        self.row().and_then(|row| row.updated_at)
    }

    /// Sorts a row of the server by whether it is deleted.
    #[must_use]
    pub fn of(row: Row) -> Self {
        if row.deleted { Self::Deleted(Some(row)) } else { Self::Row(row) }
    }
}

/// Whether two values of a column are the same as far as every dialect carries them (queue.md 4).
#[must_use]
pub(crate) fn same_on_the_wire(column: ColumnType, left: &Value, right: &Value) -> bool {
    if left == right {
        return true;
    }
    match (column, left, right) {
        (ColumnType::Timestamp, Value::Integer(left), Value::Integer(right)) => {
            left.div_euclid(10_000) == right.div_euclid(10_000)
        }
        (ColumnType::TimeOfDay, Value::Text(left), Value::Text(right)) => left.get(..12) == right.get(..12),
        (ColumnType::Json, Value::Text(left), Value::Text(right)) => {
            match (serde_json::from_str::<serde_json::Value>(left), serde_json::from_str::<serde_json::Value>(right)) {
                (Ok(left), Ok(right)) => left == right,
                _ => false,
            }
        }
        _ => false,
    }
}
