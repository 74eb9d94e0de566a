//! Tables and columns that a case needs.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::case::{Case, Item, Row, Step};
use crate::client::{ColumnType, Columns};
use crate::exempt::is_system;
use crate::query::comparisons;

pub(super) fn movies() -> Result<Vec<Row>, String> {
    #[derive(serde::Deserialize)]
    struct Movies {
        movies: Vec<Row>,
    }
    let path = crate::recorded_file("movies.json");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(serde_json::from_str::<Movies>(&text).map_err(|e| format!("{}: {e}", path.display()))?.movies)
}

/// Tables and columns of a case. What the app writes decides a column's type before what the server sends.
pub(super) fn tables(case: &Case) -> Result<BTreeMap<String, Columns>, String> {
    let mut tables: BTreeMap<String, Columns> = BTreeMap::new();
    let mut learn = |table: &str, row: &Row| {
        let columns = tables.entry(table.to_owned()).or_default();
        for (name, value) in row.iter().filter(|(name, _)| *name != "id" && !is_system(name)) {
            let kind = match value {
                Value::Bool(_) => ColumnType::Bool,
                Value::Number(n) if n.is_f64() => ColumnType::Real,
                Value::Number(_) => ColumnType::Integer,
                _ => ColumnType::Text,
            };
            columns.entry(name.clone()).or_insert(kind);
        }
    };
    let nothing = Row::new();
    let mut only = None;
    for step in &case.steps {
        let step = if let Step::Repeat { step, .. } = step { step } else { step };
        match step {
            Step::Insert { table, item, .. } => learn(table, if let Item::Row(row) = item { row } else { &nothing }),
            Step::Replace { table, item, .. } => learn(table, item),
            Step::ReplaceWhere { table, set, .. } => learn(table, set),
            Step::Delete { table, .. } | Step::DeleteWhere { table, .. } => learn(table, &nothing),
            Step::Pull(pull) => {
                if let Some(table) = &pull.table {
                    let columns = pull.query.as_deref().map(comparisons).transpose()?.unwrap_or_default();
                    learn(table, &columns.into_iter().map(|c| (c.column, c.value)).collect());
                    only = Some(table.clone());
                }
            }
            _ => {}
        }
    }
    for (table, rows) in &case.given.rows {
        learn(table, &nothing);
        rows.rows().iter().for_each(|row| learn(table, row));
    }
    case.given.queue.iter().chain(&case.given.queue_appears_during_pull).for_each(|op| learn(&op.table, &nothing));
    case.expect.rows.keys().for_each(|table| learn(table, &nothing));
    for answer in &case.server {
        if let (Some(table), Some(rows)) = (&only, &answer.rows) {
            rows.iter().filter_map(Value::as_object).for_each(|row| learn(table, row));
        }
    }
    let film = tables.contains_key("movies").then(movies).transpose()?;
    for (name, columns) in &mut tables {
        if let (true, Some(movie)) = (name == "movies", film.as_ref().and_then(|m| m.first())) {
            for (column, value) in movie.iter().filter(|(c, _)| *c != "id") {
                let kind = if value.is_boolean() {
                    ColumnType::Bool
                } else if value.is_number() {
                    ColumnType::Integer
                } else {
                    ColumnType::Text
                };
                columns.entry(column.clone()).or_insert(kind);
            }
        }
        // Made rows and queued writes need a column.
        columns.entry("text".to_owned()).or_insert(ColumnType::Text);
        columns.entry("title".to_owned()).or_insert(ColumnType::Text);
    }
    if tables.is_empty() {
        tables.insert("t".to_owned(), Columns::from([("text".to_owned(), ColumnType::Text)]));
    }
    Ok(tables)
}
