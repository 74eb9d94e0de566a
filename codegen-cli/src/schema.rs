//! `schema`: the schema by which editors check documents.

use serde::Serialize;
use synctable_codegen::document::meta_schema;

use crate::cli::SchemaArguments;
use crate::file;
use crate::outcome::{Form, Outcome, Verdict, print, print_json};

/// What `--json` prints of a file.
#[derive(Serialize)]
struct Json<'a> {
    file: String,
    result: &'a str,
}

/// Prints or writes it. What is printed is JSON in either form.
pub(crate) fn run(arguments: &SchemaArguments, form: Form) -> Outcome {
    let Some(path) = &arguments.out else {
        print(&meta_schema())?;
        return Ok(Verdict::Done);
    };
    let (file, result) = (path.display().to_string(), file::word(file::write(path, &meta_schema())?));
    match form {
        Form::Text => print(&format!("{file}: {result}\n"))?,
        Form::Json => print_json(&Json { file, result })?,
    }
    Ok(Verdict::Done)
}
