//! Compiles selections and filters to SQLite's SQL and the values bound to it.

mod condition;
mod term;
#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;

use super::predicate::{TextTest, Tree};
use super::{Direction, Function, Selection};
use crate::error::Error;
use crate::table::{ColumnDef, SystemColumn, TableSchema};
use crate::value::{ColumnType, Value};
use condition::Compiler;

/// The collation that orders canonical decimal text by value; the store registers it on every
/// connection. It is named in queries only, so that another program can still open the file.
pub(crate) const DECIMAL_COLLATION: &str = "synctable_decimal";

/// The name under which the store registers a function on every connection.
pub(crate) fn function_name(function: Function) -> String {
    format!("synctable_{}", function.name())
}

/// The name of a text test likewise: of the text and what it is tested for.
pub(crate) fn test_name(test: TextTest) -> String {
    format!("synctable_{}", test.name())
}

/// The function that makes the real number of an integer with its bits.
pub(crate) const REAL_FUNCTION: &str = "synctable_real";

/// The function that makes bytes of hexadecimal digits; SQLite has one only since 3.41.
pub(crate) const BYTES_FUNCTION: &str = "synctable_bytes";

/// SQL text and the values of its parameters `?1`, `?2` and so on.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct SqlText {
    pub(crate) text: String,
    pub(crate) bindings: Vec<Value>,
}

/// Compiles the query for the rows that a selection asks for, in its order. The columns of the
/// result are those of [`Selection::places`].
///
/// # Errors
/// `Schema`: a column belongs to another table. `Invalid`: the filter is nested too deeply or cannot be
/// asked.
pub(crate) fn select(schema: &TableSchema, selection: &Selection) -> Result<SqlText, Error> {
    let mut text = String::from("SELECT ");
    text.push_str(&columns(schema, selection)?);
    text.push_str(" FROM ");
    text.push_str(&quoted(schema.name()));
    let SqlText { text: condition, mut bindings } = matching(schema, selection)?;
    text.push_str(&condition);
    text.push_str(" ORDER BY ");
    text.push_str(&order(schema, selection));
    let bound = |rows: u64| Value::Integer(i64::try_from(rows).unwrap_or(i64::MAX));
    if selection.take.is_some() || selection.skip > 0 {
        // SQLite takes a negative limit for none, and needs one before OFFSET.
        bindings.push(selection.take.map_or(Value::Integer(-1), bound));
        text.push_str(&format!(" LIMIT ?{}", bindings.len()));
        if selection.skip > 0 {
            bindings.push(bound(selection.skip));
            text.push_str(&format!(" OFFSET ?{}", bindings.len()));
        }
    }
    Ok(SqlText { text, bindings })
}

/// Compiles the query for the number of rows that a selection's filter selects.
///
/// # Errors
/// As [`select`].
pub(crate) fn count(schema: &TableSchema, selection: &Selection) -> Result<SqlText, Error> {
    let SqlText { text, bindings } = matching(schema, selection)?;
    Ok(SqlText { text: format!("SELECT count(*) FROM {}{text}", quoted(schema.name())), bindings })
}

/// The WHERE clause of a selection, if it needs one.
fn matching(schema: &TableSchema, selection: &Selection) -> Result<SqlText, Error> {
    let mut conditions = Vec::new();
    let mut bindings = Vec::new();
    // The filter comes first, where SQLite's parser has most room for it.
    if let Some(filter) = &selection.filter {
        let condition = condition(schema, filter).map_err(|error| error.in_table(schema.name()))?;
        conditions.push(condition.text);
        bindings = condition.bindings;
    }
    if schema.keeps_deleted() {
        conditions.push(if selection.include_deleted { SHOWN } else { LIVE }.to_owned());
    }
    let text = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    Ok(SqlText { text, bindings })
}

/// The condition of rows that are not deleted, in tables that keep deleted ones.
pub(crate) const LIVE: &str = "\"__deleted\" = 0";
/// The condition likewise of all rows but those whose delete waits for the server.
pub(crate) const SHOWN: &str = "\"__deleted\" < 2";

/// Compiles a filter to a condition for a WHERE clause; where it is NULL the filter does not hold.
/// The text is in parentheses where it needs them, so that `AND` and more can follow.
///
/// # Errors
/// As [`select`].
pub(crate) fn condition(schema: &TableSchema, filter: &Tree) -> Result<SqlText, Error> {
    let mut compiler = Compiler::of(schema);
    let text = compiler.condition(filter)?;
    Ok(SqlText { text, bindings: compiler.bindings })
}

/// The columns to read, quoted and joined by commas. A row of a table that keeps no deleted ones is
/// never deleted, and a local table has no system columns.
fn columns(schema: &TableSchema, selection: &Selection) -> Result<String, Error> {
    let own = schema.columns().len();
    let deleted = own + SystemColumn::Deleted.offset();
    let name = |(place, column): &(usize, &ColumnDef)| match *place {
        place if place == deleted && !schema.keeps_deleted() => "0".to_owned(),
        place if place >= own && !schema.is_synced() => "NULL".to_owned(),
        _ => quoted(column.sql_name()),
    };
    let names: Vec<String> = selection.places(schema)?.iter().map(name).collect();
    // A query needs a column.
    Ok(if names.is_empty() { "NULL".to_owned() } else { names.join(", ") })
}

/// Quotes an identifier.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// SQLite puts nulls before all values, and after all in descending order, as OData does.
fn order(schema: &TableSchema, selection: &Selection) -> String {
    let id = &schema.columns()[schema.id_index()];
    let mut keys: Vec<String> = Vec::new();
    for (column, direction) in &selection.order {
        if is_deleted(column) && !schema.keeps_deleted() {
            // The same for every row, and no column of the file.
            continue;
        }
        let direction = match direction {
            Direction::Ascending => "",
            Direction::Descending => " DESC",
        };
        keys.push(format!("{}{direction}", ordered(column)));
        if column.is_id() {
            // Ids are unique, so what follows breaks no tie.
            return keys.join(", ");
        }
    }
    keys.push(quoted(id.sql_name()));
    keys.join(", ")
}

/// Whether a column tells whether the row is deleted.
fn is_deleted(column: &ColumnDef) -> bool {
    column.sql_name() == SystemColumn::Deleted.column().sql_name()
}

/// A column in a place where its order counts.
fn ordered(column: &ColumnDef) -> String {
    let name = quoted(column.sql_name());
    match column.column_type() {
        ColumnType::Decimal => format!("{name} COLLATE {DECIMAL_COLLATION}"),
        _ => name,
    }
}
