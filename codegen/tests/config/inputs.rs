//! Folders, files, globs and `$ref`: which files are read, in which order, and what Cargo is to watch.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::{env, fs};

use serde_json::json;
use synctable_codegen::configure;

use super::{document, folder, types, with_columns, write};

fn five() -> tempfile::TempDir {
    folder(&[
        ("b.json", document("Bee")),
        ("a.json", document("Ant")),
        ("read.me", "no document".to_owned()),
        (".hidden.json", "no document".to_owned()),
        ("below/c.json", document("Cow")),
        ("below/deep/d.json", document("Dog")),
        ("below/deep/.d.json", "no document".to_owned()),
    ])
}

#[test]
fn a_folder_is_its_json_files_in_the_order_of_their_names() {
    let five = five();
    assert_eq!(types([five.path()]).unwrap(), ["Ant", "Bee"]);
}

#[test]
fn a_file_is_itself_whatever_its_ending() {
    let five = five();
    write(five.path(), "e.schema", &document("Eel"));
    assert_eq!(types([five.path().join("e.schema")]).unwrap(), ["Eel"]);
}

#[test]
fn globs_match_in_one_folder_or_in_all_below() {
    let five = five();
    assert_eq!(types([five.path().join("*.json")]).unwrap(), ["Ant", "Bee"]);
    assert_eq!(types([five.path().join("[b-z].json")]).unwrap(), ["Bee"]);
    assert_eq!(types([five.path().join("below/*/?.json")]).unwrap(), ["Dog"]);
    assert_eq!(types([five.path().join("**/*.json")]).unwrap(), ["Ant", "Bee", "Cow", "Dog"]);
}

#[test]
fn a_file_that_is_there_is_no_glob() {
    let odd = folder(&[("[a].json", document("Ant")), ("a.json", document("Bee"))]);
    assert_eq!(types([odd.path().join("[a].json")]).unwrap(), ["Ant"]);
}

#[test]
fn a_document_that_is_named_twice_is_one_table() {
    let five = five();
    let inputs = [five.path().join("*.json"), five.path().to_owned(), five.path().join("below/../a.json")];
    assert_eq!(types(inputs).unwrap(), ["Ant", "Bee"]);
}

#[test]
fn what_names_nothing_is_an_error_and_all_of_it_comes_out() {
    let empty = folder(&[("read.me", String::new()), ("below/a.json", document("Ant"))]);
    let wrong =
        [empty.path().join("*.json"), empty.path().to_owned(), empty.path().join("no"), empty.path().join("***")];
    let error = types(&wrong).unwrap_err();
    assert!(error.mistakes().is_empty());
    let lines: Vec<String> = error.to_string().lines().map(str::to_owned).collect();
    let ends = ["matches no table document", "no table document (`*.json`) in this folder"];
    let ends = ends.into_iter().chain(["no such folder, file or glob of table documents", "is no glob"]);
    assert_eq!(lines.len(), 4, "{error}");
    for ((line, end), path) in lines.iter().zip(ends).zip(&wrong) {
        assert!(line.contains(end) && line.contains(path.to_str().unwrap()), "{line}");
    }
    let none: [PathBuf; 0] = [];
    assert!(types(none).unwrap_err().to_string().contains("no folder, file or glob"));
}

/// The order of a folder's entries is that of their making on most file systems.
#[test]
fn the_code_is_the_same_whatever_the_order_of_entries() {
    let names: Vec<String> = (0..20).map(|number| format!("Table{number}")).collect();
    let files = |names: Vec<&String>| {
        let files: Vec<_> = names.iter().map(|name| (format!("{name}.json"), document(name))).collect();
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
        folder(&files)
    };
    let text = |folder: &tempfile::TempDir| super::text(&configure(), folder).unwrap();
    let forwards = text(&files(names.iter().collect()));
    assert_eq!(forwards, text(&files(names.iter().rev().collect())));
    assert_eq!(forwards, text(&files(names.iter().skip(7).chain(names.iter().take(7)).collect())));
}

#[test]
fn everything_that_was_looked_at_is_an_input() {
    let shared = json!({ "$defs": { "Level": { "enum": ["low", "high"] } } }).to_string();
    let level = json!({ "level": { "$ref": "shared/types.json#/$defs/Level" } });
    let four = folder(&[
        ("a.json", with_columns("Ant", &level)),
        ("shared/types.json", shared),
        ("globbed/one/b.json", document("Bee")),
        ("file/c.json", document("Cow")),
    ]);
    let at = |name: &str| four.path().join(name);
    let config = configure().schemas(four.path()).schemas(at("globbed/**/*.json")).schemas(at("file/c.json"));
    let inputs: BTreeSet<PathBuf> = config.generate().unwrap().inputs().iter().cloned().collect();
    let files = ["a.json", "shared/types.json", "globbed", "globbed/one/b.json", "file/c.json"];
    assert_eq!(inputs, files.into_iter().map(at).chain([four.path().to_owned()]).collect());
}

#[test]
fn a_file_is_read_once_however_its_path_is_written() {
    let level = json!({ "level": { "$ref": "../up/b.json#/$defs/Level" } });
    let b = json!({
        "title": "Bee",
        "properties": { "id": { "type": "string" }, "level": { "$ref": "#/$defs/Level" } },
        "$defs": { "Level": { "enum": ["low", "high"] } },
    });
    let two = folder(&[("up/a.json", with_columns("Ant", &level)), ("up/b.json", b.to_string())]);
    assert_eq!(types([two.path().join("up/../up")]).unwrap(), ["Level", "Ant", "Bee"]);
    // A path from where the script runs, as scripts write it, with a dot in front.
    let here = env::current_dir().unwrap();
    let up = "../".repeat(here.components().count() - 1);
    let relative = format!("./{up}{}", two.path().join("up").strip_prefix("/").unwrap().display());
    assert_eq!(types([relative]).unwrap(), ["Level", "Ant", "Bee"]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(two.path().join("up"), two.path().join("link")).unwrap();
        assert_eq!(types([two.path().join("link"), two.path().join("up")]).unwrap(), ["Level", "Ant", "Bee"]);
    }
    assert!(fs::exists(two.path().join("up/a.json")).unwrap());
}
