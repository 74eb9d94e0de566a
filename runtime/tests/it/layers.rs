//! A module imports only from the layers above its own; modules of one layer are strangers.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up.
const LAYERS: [&[&str]; 19] = [
    &["value"],
    &["clock", "error", "status", "trace"],
    &["row", "table"],
    &["subset"],
    &["document"],
    &["query"],
    &["column"],
    &["sql"],
    &["store", "wire"],
    &["queue"],
    &["event"],
    &["session"],
    &["push"],
    &["pull", "purge", "remote", "watch"],
    &["context"],
    &["auto"],
    &["blocking"],
    &["testing"],
    &["private"],
];

/// Neighbours that know each other: a schema writes and reads rows, a row has a schema.
const NEIGHBOURS: [(&str, &str); 1] = [("row", "table")];

fn layer(module: &str) -> usize {
    LAYERS
        .iter()
        .position(|layer| layer.contains(&module))
        .unwrap_or_else(|| panic!("the module `{module}` stands in no layer; add it to LAYERS"))
}

fn may_import(module: &str, other: &str) -> bool {
    let neighbours = NEIGHBOURS.contains(&(module, other)) || NEIGHBOURS.contains(&(other, module));
    module == other || neighbours || layer(other) < layer(module)
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The modules that a text names after `crate::`, comments and its unit tests left out.
fn imports(text: &str) -> BTreeSet<String> {
    let product = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code = product.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut modules = BTreeSet::new();
    for line in code {
        for after in line.split("crate::").skip(1) {
            let name: String = after.chars().take_while(|next| next.is_alphanumeric() || *next == '_').collect();
            // A name in capitals is a type that the root exports again.
            if name.starts_with(|first: char| first.is_ascii_lowercase()) {
                modules.insert(name);
            }
        }
    }
    modules
}

#[test]
fn imports_point_upwards() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    let (mut checked, mut wrong) = (0, Vec::new());
    for file in files {
        let path = file.strip_prefix(&source).unwrap();
        let first = path.components().next().unwrap().as_os_str().to_str().unwrap();
        let module = first.trim_end_matches(".rs");
        // The root exports everything again; a file of tests is no part of its layer.
        if module == "lib" || file.file_stem().is_some_and(|stem| stem == "tests") {
            continue;
        }
        for other in imports(&fs::read_to_string(&file).unwrap()) {
            checked += 1;
            if !may_import(module, &other) {
                wrong.push(format!("{} imports `{other}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(checked > 100, "only {checked} imports were found");
}

#[test]
fn the_rules_tell_right_from_wrong() {
    let text = "use crate::store::{Row, StoreWrite};\n// use crate::push;\nlet at = crate::value::Id::new();\n\
                fn f(_: crate::Error) {}\n#[cfg(test)]\nmod tests { use crate::context::SyncContext; }";
    assert_eq!(imports(text), BTreeSet::from(["store".to_owned(), "value".to_owned()]));
    for (module, other) in [("table", "row"), ("row", "table"), ("column", "query"), ("pull", "push"), ("wire", "wire")]
    {
        assert!(may_import(module, other), "{module} may import {other}");
    }
    for (module, other) in
        [("table", "query"), ("query", "column"), ("store", "wire"), ("wire", "store"), ("push", "pull")]
    {
        assert!(!may_import(module, other), "{module} must not import {other}");
    }
}
