//! The documents that were made: held against all rules, then written whole or not at all.

use std::path::PathBuf;

use serde::Serialize;
use synctable_codegen::document::{Documents, TableDocument};

use super::made::Made;
use crate::cli::ImportArguments;
use crate::file;
use crate::outcome::{Failure, Form, Outcome, Verdict, print, print_json, remark};

/// Writes the documents to the folder, or the one document to standard output.
pub(super) fn write(made: Vec<Made>, skipped: &[String], arguments: &ImportArguments, form: Form) -> Outcome {
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    for one in &made {
        let name = one.file_name();
        let path = arguments.out.as_ref().map_or_else(|| PathBuf::from(&name), |folder| folder.join(&name));
        if files.iter().any(|(other, _)| *other == path) {
            return Err(Failure::invalid(format!("two tables give the file {name}: import them one at a time")));
        }
        files.push((path, one.document.to_text()));
    }
    // What is written is what the reader takes.
    Documents::parse_all(files.iter().map(|(path, text)| (path, text.as_str())))?;
    match &arguments.out {
        Some(_) => write_files(&files, arguments.force)?,
        None if files.len() > 1 => {
            let message =
                format!("{} tables are found: say `--out DIR` for a file each, or name one table", files.len());
            return Err(Failure::Usage(message));
        }
        None => {}
    }
    match form {
        Form::Text => show(&made, skipped, &files, arguments.out.is_some())?,
        Form::Json => print_json(&Json::of(&made, skipped, &files, arguments.out.is_some()))?,
    }
    Ok(Verdict::Done)
}

fn write_files(files: &[(PathBuf, String)], force: bool) -> Result<(), Failure> {
    let there: Vec<_> =
        files.iter().filter(|(path, _)| path.exists()).map(|(path, _)| path.display().to_string()).collect();
    if !force && !there.is_empty() {
        let (is, it) = if there.len() == 1 { ("is", "it") } else { ("are", "them") };
        return Err(Failure::invalid(format!(
            "{} {is} there already: say `--force` to overwrite {it}",
            there.join(", ")
        )));
    }
    for (path, text) in files {
        file::write(path, text)?;
    }
    Ok(())
}

/// Documents on standard output, remarks on standard error.
fn show(made: &[Made], skipped: &[String], files: &[(PathBuf, String)], is_written: bool) -> Result<(), Failure> {
    for line in skipped {
        remark(&format!("note: {line}\n"));
    }
    for one in made {
        for note in &one.notes {
            let column = note.column.as_deref().map(|column| format!(".{}", column.escape_debug())).unwrap_or_default();
            remark(&format!("note: {}{column}: {}\n", one.table, note.message));
        }
    }
    match is_written {
        true => print(&files.iter().map(|(path, _)| format!("wrote {}\n", path.display())).collect::<String>()),
        false => print(&files.iter().map(|(_, text)| text.as_str()).collect::<String>()),
    }
}

#[derive(Serialize)]
struct Json<'a> {
    documents: Vec<JsonDocument<'a>>,
    skipped: &'a [String],
}

#[derive(Serialize)]
struct JsonDocument<'a> {
    table: &'a str,
    /// `None` where it was not written.
    file: Option<String>,
    notes: Vec<JsonNote<'a>>,
    document: &'a TableDocument,
}

#[derive(Serialize)]
struct JsonNote<'a> {
    column: Option<&'a str>,
    message: &'a str,
}

impl<'a> Json<'a> {
    fn of(made: &'a [Made], skipped: &'a [String], files: &[(PathBuf, String)], is_written: bool) -> Self {
        let documents = made.iter().zip(files).map(|(one, (path, _))| JsonDocument {
            table: &one.table,
            file: is_written.then(|| path.display().to_string()),
            notes: one
                .notes
                .iter()
                .map(|note| JsonNote { column: note.column.as_deref(), message: &note.message })
                .collect(),
            document: &one.document,
        });
        Self { documents: documents.collect(), skipped }
    }
}
