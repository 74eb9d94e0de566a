//! `check`: whether documents are right, and whether a server has their tables.

mod server;

use serde::Serialize;
use synctable_codegen::document::Documents;

use crate::cli::CheckArguments;
use crate::mistakes;
use crate::outcome::{Form, Outcome, Verdict, print, print_json};

/// Reads the documents, shows their mistakes, and asks the server if one is given.
pub(crate) fn run(arguments: &CheckArguments, form: Form) -> Outcome {
    let documents = match Documents::find(&arguments.inputs.inputs) {
        Ok(documents) => documents,
        // Mistakes are what this command looks for, so they are its output and no failure of it.
        Err(error) if form == Form::Json && !error.mistakes().is_empty() => {
            print_json(&Json { tables: Vec::new(), files: Vec::new(), mistakes: mistakes::json(error.mistakes()) })?;
            return Ok(Verdict::Mistaken);
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(url) = &arguments.server {
        return server::run(url, &arguments.exchange, &documents, form);
    }
    match form {
        Form::Text => print(&text(&documents))?,
        Form::Json => print_json(&Json::of(&documents))?,
    }
    Ok(Verdict::Done)
}

fn text(documents: &Documents) -> String {
    let tables = documents.tables();
    let lines = tables.iter().map(|table| {
        let columns = table.columns().len();
        format!(
            "{}: {} with {columns} column{}\n",
            table.name(),
            table.rust_name(),
            if columns == 1 { "" } else { "s" }
        )
    });
    lines
        .chain([format!("{} table{}, no mistakes\n", tables.len(), if tables.len() == 1 { "" } else { "s" })])
        .collect()
}

/// What `--json` prints.
#[derive(Serialize)]
struct Json<'a> {
    tables: Vec<Table<'a>>,
    files: Vec<String>,
    mistakes: Vec<mistakes::Json<'a>>,
}

#[derive(Serialize)]
struct Table<'a> {
    name: &'a str,
    #[serde(rename = "struct")]
    rust_name: &'a str,
    columns: Vec<&'a str>,
}

impl<'a> Json<'a> {
    fn of(documents: &'a Documents) -> Self {
        let table = |table: &'a synctable_codegen::document::Table| Table {
            name: table.name(),
            rust_name: table.rust_name(),
            columns: table.columns().iter().map(|column| column.wire_name()).collect(),
        };
        Self {
            tables: documents.tables().iter().map(table).collect(),
            files: documents.inputs().iter().map(|path| path.display().to_string()).collect(),
            mistakes: Vec::new(),
        }
    }
}
