//! The rows that the suites ask about.

use serde::Deserialize;
use serde_json::{Value, json};
use synctable_server::{ColumnType, TableDefinition};

use crate::data;

#[derive(Deserialize)]
struct Movies {
    movies: Vec<Value>,
}

/// The movies as the newer suite has them: the rating an enumeration, the release a day.
pub(crate) fn movies() -> Vec<Value> {
    let movies = data::recorded::<Movies>("movies.json").movies.into_iter();
    movies.map(|mut movie| without_rating_text(&mut movie).1).collect()
}

/// The movies as the older suite has them: the rating a text or null, the release an instant.
pub(crate) fn movies_v3() -> Vec<Value> {
    let as_older = |mut movie: Value| {
        let (rating, mut movie) = without_rating_text(&mut movie);
        movie["rating"] = rating;
        movie["releaseDate"] = json!(format!("{}T00:00:00.000Z", movie["releaseDate"].as_str().unwrap()));
        movie
    };
    data::recorded::<Movies>("movies.json").movies.into_iter().map(as_older).collect()
}

fn without_rating_text(movie: &mut Value) -> (Value, Value) {
    let rating = movie.as_object_mut().unwrap().remove("ratingText").unwrap();
    (rating, movie.take())
}

/// A table with a column of each type that the newer suite asks about.
pub(crate) fn kitchen_sink_table() -> TableDefinition {
    TableDefinition::new("kitchensink")
        .column("booleanValue", ColumnType::Bool)
        .column("intValue", ColumnType::Int32)
        .column("longValue", ColumnType::Int64)
        .column("decimalValue", ColumnType::Decimal)
        .column("doubleValue", ColumnType::Double)
        .column("floatValue", ColumnType::Double)
        .column("nullableDouble", ColumnType::Double)
        .column("charValue", ColumnType::Text)
        .column("stringValue", ColumnType::Text)
        .column("byteValue", ColumnType::Int32)
        .column("enumValue", ColumnType::Enum(&["None", "Completed", "Failed"]))
        .column("guidValue", ColumnType::Guid)
        .column("dateTimeValue", ColumnType::Instant)
        .column("dateTimeOffsetValue", ColumnType::Instant)
        .column("dateOnlyValue", ColumnType::Date)
        .column("timeOnlyValue", ColumnType::Time)
}

/// The table of days and times of the newer suite.
pub(crate) fn date_time_table() -> TableDefinition {
    TableDefinition::new("datetime").column("dateOnly", ColumnType::Date).column("timeOnly", ColumnType::Time)
}

/// Row i stands for the day 2022-01-01 + i; its time has the month as the hour and the day of the month as the minute.
pub(crate) fn days(prefix: &str, date: &str, time: &str) -> Vec<Value> {
    let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days = (1..).zip(lengths).flat_map(|(month, length)| (1..=length).map(move |day| (month, day)));
    days.enumerate()
        .map(|(at, (month, day))| {
            json!({
                "id": format!("{prefix}-{at:03}"),
                date: format!("2022-{month:02}-{day:02}"),
                time: format!("{month:02}:{day:02}:00"),
            })
        })
        .collect()
}
