//! `new`: a document to begin with.

use serde::Serialize;
use synctable_codegen::document::Documents;

use crate::cli::NewArguments;
use crate::file;
use crate::outcome::{Failure, Form, Outcome, Verdict, print, print_json};

/// The document; JSON has no comments, so `$comment` tells what to do.
const TEMPLATE: &str = include_str!("new/template.json");

/// What `--json` prints.
#[derive(Serialize)]
struct Json<'a> {
    file: String,
    table: &'a str,
    #[serde(rename = "struct")]
    rust_name: &'a str,
}

/// Writes the document.
pub(crate) fn run(arguments: &NewArguments, form: Form) -> Outcome {
    let words = words(&arguments.name)?;
    let capital = |word: &String| word[..1].to_ascii_uppercase() + &word[1..];
    let (rust_name, stem) = (words.iter().map(capital).collect::<String>(), words.join("_"));
    let text = TEMPLATE.replace("{struct}", &rust_name).replace("{table}", &rust_name.to_lowercase());
    let path = arguments.out.join(format!("{stem}.json"));
    let documents = Documents::parse(&path, text.as_str())?;
    file::create(&path, &text)?;
    let file = path.display().to_string();
    match (form, documents.tables()) {
        (Form::Json, [table]) => print_json(&Json { file, table: table.name(), rust_name: table.rust_name() })?,
        _ => print(&format!("{file}: written; write its columns, then `cargo synctable check {file}`\n"))?,
    }
    Ok(Verdict::Done)
}

/// The words of a name in PascalCase or snake_case, in lower case.
fn words(name: &str) -> Result<Vec<String>, Failure> {
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name {
        let help = "write it as a Rust type, such as `TodoItem`: a letter, then letters and digits";
        return Err(Failure::Usage(format!("`{name}` is no name of a struct: {help}")));
    }
    let mut words: Vec<String> = Vec::new();
    let mut before = '_';
    for c in name.chars() {
        let begins = before == '_' || c.is_ascii_uppercase() && !before.is_ascii_uppercase();
        match words.last_mut() {
            _ if c == '_' => {}
            Some(word) if !begins => word.push(c.to_ascii_lowercase()),
            _ => words.push(c.to_ascii_lowercase().to_string()),
        }
        before = c;
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_either_case() {
        for (name, expected) in [
            ("TodoItem", "todo item"),
            ("todo_item", "todo item"),
            ("Note2", "note2"),
            ("a__b_", "a b"),
            ("HTTPLog", "httplog"),
        ] {
            assert_eq!(words(name).unwrap().join(" "), expected, "{name}");
        }
        for name in ["", "2a", "a-b", "é", "../a", "_"] {
            assert!(words(name).is_err(), "{name}");
        }
    }
}
