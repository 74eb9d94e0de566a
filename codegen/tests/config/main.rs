//! The build script's door: which documents are read, what is written, and how mistakes come out.

// What is outside a test function here is still only run by one.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use serde_json::json;
use synctable_codegen::{Config, Error, configure};
use tempfile::TempDir;

mod inputs;
mod mistakes;
mod output;
mod style;

/// A folder with files.
fn folder(files: &[(&str, String)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A document of a table with an id and one column of text.
fn document(title: &str) -> String {
    with_columns(title, &json!({ "text": { "type": "string" } }))
}

/// A document of a table with an id and these columns.
fn with_columns(title: &str, columns: &serde_json::Value) -> String {
    let mut properties = json!({ "id": { "type": "string" } });
    for (name, column) in columns.as_object().unwrap() {
        properties[name] = column.clone();
    }
    json!({ "title": title, "type": "object", "properties": properties, "required": ["id"] }).to_string()
}

/// The code of what is in a folder.
fn text(config: &Config, folder: &TempDir) -> Result<String, Error> {
    config.clone().schemas(folder.path()).generate().map(|generated| generated.text().to_owned())
}

/// The names of the structs and enums that a folder gives, in the order of the code.
fn types(inputs: impl IntoIterator<Item = impl AsRef<Path>>) -> Result<Vec<String>, Error> {
    let config = inputs.into_iter().fold(configure(), Config::schemas);
    let generated = config.generate()?;
    let file = syn::parse_file(generated.text()).unwrap();
    let name = |item: &syn::Item| match item {
        syn::Item::Struct(item) => Some(item.ident.to_string()),
        syn::Item::Enum(item) => Some(item.ident.to_string()),
        _ => None,
    };
    Ok(file.items.iter().filter_map(name).collect())
}
