//! The tables that the program serves.

use synctable::testing::ColumnType;

use crate::TableDefinition;

/// The ratings of the newer suite, in their order.
const RATINGS: [&str; 6] = ["Unrated", "G", "PG", "PG13", "NC17", "R"];

/// Returns the tables that the program serves: `todoitem`, `movies` and `movies_v3`, all with soft delete.
pub fn default_tables() -> Vec<TableDefinition> {
    vec![todoitem_table(), movies_table(), movies_v3_table()]
}

/// Returns the table of the tutorial: `title` text, `complete` boolean, `dueAt` instant; soft delete.
pub fn todoitem_table() -> TableDefinition {
    TableDefinition::new("todoitem")
        .column("title", ColumnType::Text)
        .required("complete", ColumnType::Bool)
        .column("dueAt", ColumnType::Instant)
        .soft_delete()
}

/// Returns the movies with the newer suite's rating, an enumeration, and the release as a day; soft delete.
pub fn movies_table() -> TableDefinition {
    movies("movies", ColumnType::Enum(&RATINGS), ColumnType::Date)
}

/// Returns the movies with the older suite's rating, a text that may be null, and the release as an instant; soft delete.
pub fn movies_v3_table() -> TableDefinition {
    movies("movies_v3", ColumnType::Text, ColumnType::Instant)
}

fn movies(name: &str, rating: ColumnType, release: ColumnType) -> TableDefinition {
    TableDefinition::new(name)
        .column("title", ColumnType::Text)
        .required("year", ColumnType::Int32)
        .required("duration", ColumnType::Int32)
        .column("rating", rating)
        .required("bestPictureWinner", ColumnType::Bool)
        .column("releaseDate", release)
        .soft_delete()
}

/// Returns the two tables of the recorded exchanges: `todoitem` (soft delete) and `kitchen`, a column of each type (no soft delete).
pub fn wire_tables() -> Vec<TableDefinition> {
    vec![
        TableDefinition::new("todoitem")
            .column("title", ColumnType::Text)
            .required("complete", ColumnType::Bool)
            .soft_delete(),
        TableDefinition::new("kitchen")
            .column("text", ColumnType::Text)
            .column("flag", ColumnType::Bool)
            .column("int32", ColumnType::Int32)
            .column("int64", ColumnType::Int64)
            .column("double", ColumnType::Double)
            .column("decimal", ColumnType::Decimal)
            .column("instant", ColumnType::Instant)
            .column("guid", ColumnType::Guid)
            .column("bytes", ColumnType::Bytes)
            .column("date", ColumnType::Date)
            .column("time", ColumnType::Time),
    ]
}
