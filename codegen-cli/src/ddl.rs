//! `ddl`: the SQL text of the tables as the local store makes them.

use serde::Serialize;
use synctable::store::schema_text;
use synctable_codegen::document::Documents;

use crate::cli::DdlArguments;
use crate::outcome::{Failure, Form, Outcome, Verdict, print, print_json};
use crate::schema_of::schema;

/// What `--json` prints.
#[derive(Serialize)]
struct Json<'a> {
    tables: Vec<Table<'a>>,
}

#[derive(Serialize)]
struct Table<'a> {
    name: &'a str,
    sql: String,
}

/// Prints the text of each table.
pub(crate) fn run(arguments: &DdlArguments, form: Form) -> Outcome {
    let documents = Documents::find(&arguments.inputs.inputs)?;
    let mut tables = Vec::new();
    for table in documents.tables() {
        let sql = schema_text(schema(&documents, table)?).map_err(|error| Failure::Invalid(error.into()))?;
        tables.push(Table { name: table.name(), sql: sql + ";\n" });
    }
    match form {
        Form::Text => print(&tables.iter().map(|table| table.sql.as_str()).collect::<Vec<_>>().join("\n"))?,
        Form::Json => print_json(&Json { tables })?,
    }
    Ok(Verdict::Done)
}
