//! `generate`: the Rust code of documents, written to a file or compared with one.

use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;
use similar::TextDiff;
use synctable_codegen::{Config, Generated};

use crate::cli::GenerateArguments;
use crate::file;
use crate::outcome::{Failure, Form, Outcome, Verdict, print, print_json};

/// Makes the code, and writes it or compares it.
pub(crate) fn run(arguments: &GenerateArguments, form: Form) -> Outcome {
    let generated = config(arguments).generate()?;
    if arguments.check { compare(&arguments.out, &generated, form) } else { write(&arguments.out, &generated, form) }
}

fn config(arguments: &GenerateArguments) -> Config {
    let mut config = synctable_codegen::configure().runtime_path(&arguments.runtime_path);
    for input in &arguments.inputs.inputs {
        config = config.schemas(input);
    }
    for path in &arguments.derive {
        config = config.derive(path);
    }
    for (name, attribute) in &arguments.type_attribute {
        config = config.type_attribute(name, attribute);
    }
    for (name, attribute) in &arguments.field_attribute {
        config = config.field_attribute(name, attribute);
    }
    for (name, path) in &arguments.extern_type {
        config = config.extern_type(name, path);
    }
    for subset in &arguments.subset {
        config = config.subset(&subset.name, &subset.table, &subset.columns);
    }
    config
}

/// What `--json` prints.
#[derive(Serialize)]
struct Json<'a> {
    file: String,
    result: &'a str,
    diff: Option<String>,
    inputs: Vec<String>,
}

impl<'a> Json<'a> {
    fn new(out: &Path, result: &'a str, diff: Option<String>, generated: &Generated) -> Self {
        let inputs = generated.inputs().iter().map(|path| path.display().to_string()).collect();
        Self { file: out.display().to_string(), result, diff, inputs }
    }
}

fn write(out: &Path, generated: &Generated, form: Form) -> Outcome {
    let result = file::word(generated.write(out)?);
    match form {
        Form::Text => print(&format!("{}: {result}\n", out.display()))?,
        Form::Json => print_json(&Json::new(out, result, None, generated))?,
    }
    Ok(Verdict::Done)
}

fn compare(out: &Path, generated: &Generated, form: Form) -> Outcome {
    let before = match fs::read(out) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(Failure::file(out, "read the file", error)),
    };
    if before == generated.text().as_bytes() {
        match form {
            Form::Text => print(&format!("{}: unchanged\n", out.display()))?,
            Form::Json => print_json(&Json::new(out, "unchanged", None, generated))?,
        }
        return Ok(Verdict::Done);
    }
    let before = String::from_utf8_lossy(&before);
    let name = out.display().to_string();
    let diff = TextDiff::from_lines(before.as_ref(), generated.text())
        .unified_diff()
        .header(&name, &format!("{name} (generated)"))
        .to_string();
    match form {
        Form::Text => print(&diff)?,
        Form::Json => print_json(&Json::new(out, "different", Some(diff), generated))?,
    }
    Ok(Verdict::Different)
}
