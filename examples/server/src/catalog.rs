//! The tables that the program serves without documents of its user, from the documents of the repository.

use synctable::testing::ColumnType;
use synctable_codegen::document::Documents;

use crate::TableDefinition;
use crate::documents::tables_of;

const MOVIE: &str = include_str!("../../../schemas/movie.json");
const MOVIE_V3: &str = include_str!("../../../schemas/movie_v3.json");
const WIRE_TODOITEM: &str = include_str!("../tests/wire/todoitem.json");
const WIRE_KITCHEN: &str = include_str!("../tests/wire/kitchen.json");

/// Returns the tables that the program serves: `todoitem`, `movies` and `movies_v3`, all with soft delete.
pub fn default_tables() -> Vec<TableDefinition> {
    vec![todoitem_table(), movies_table(), movies_v3_table()]
}

/// Returns the table of the tutorial: `title` text, `complete` boolean, `dueAt` instant; soft delete.
///
/// Other than in its document the title may be null, so that tests can show what a server does with that.
pub fn todoitem_table() -> TableDefinition {
    TableDefinition::new("todoitem")
        .column("title", ColumnType::Text)
        .required("complete", ColumnType::Bool)
        .column("dueAt", ColumnType::Instant)
        .soft_delete()
}

/// Returns the movies with the newer suite's rating, an enumeration, and the release as a day; soft delete.
pub fn movies_table() -> TableDefinition {
    table("movies", MOVIE)
}

/// Returns the movies with the older suite's rating, a text that may be null, and the release as an instant; soft delete.
pub fn movies_v3_table() -> TableDefinition {
    table("movies_v3", MOVIE_V3)
}

/// Returns the two tables of the recorded exchanges: `todoitem` (soft delete) and `kitchen`, a column of each type (no soft delete).
pub fn wire_tables() -> Vec<TableDefinition> {
    vec![table("todoitem", WIRE_TODOITEM), table("kitchen", WIRE_KITCHEN)]
}

/// The table of a document that is compiled in.
fn table(name: &str, document: &str) -> TableDefinition {
    let tables = Documents::parse(name, document).map(|documents| tables_of(&documents));
    // Invariant, held by a test: each of these documents can be read and is of one table.
    tables.ok().and_then(|mut tables| tables.pop()).unwrap_or_else(|| TableDefinition::new(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_give_the_tables() {
        const RATINGS: ColumnType = ColumnType::Enum(&["Unrated", "G", "PG", "PG13", "NC17", "R"]);
        let movies = |name: &str, rating: fn(TableDefinition) -> TableDefinition, release: ColumnType| {
            rating(
                TableDefinition::new(name)
                    .required("title", ColumnType::Text)
                    .required("year", ColumnType::Int32)
                    .required("duration", ColumnType::Int32),
            )
            .required("bestPictureWinner", ColumnType::Bool)
            .required("releaseDate", release)
            .soft_delete()
        };
        assert_eq!(movies_table(), movies("movies", |table| table.required("rating", RATINGS), ColumnType::Date));
        assert_eq!(
            movies_v3_table(),
            movies("movies_v3", |table| table.column("rating", ColumnType::Text), ColumnType::Instant)
        );
        let kitchen = TableDefinition::new("kitchen")
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
            .column("time", ColumnType::Time);
        let todoitem = TableDefinition::new("todoitem")
            .column("title", ColumnType::Text)
            .required("complete", ColumnType::Bool)
            .soft_delete();
        assert_eq!(wire_tables(), [todoitem, kitchen]);
    }
}
