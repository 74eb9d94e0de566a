//! What compiles, and what each promised compile error says.

// What is outside a test function here is still only run by one.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    cases.compile_fail("ui/fail/*/*.rs");
}

/// The kinds of mistakes, and how many programs each has at least.
const KINDS: [(&str, usize); 12] = [
    ("attribute", 9),
    ("conflict", 5),
    ("id", 7),
    ("merge", 5),
    ("name", 8),
    ("query", 18),
    ("rule", 5),
    ("shape", 2),
    ("subset", 12),
    ("together", 3),
    ("type", 14),
    ("value", 6),
];

#[test]
fn every_kind_of_mistake_keeps_its_programs() {
    let mut programs: BTreeMap<String, usize> = BTreeMap::new();
    for folder in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/fail")).unwrap() {
        let folder = folder.unwrap();
        let kind = folder.file_name().into_string().unwrap();
        for file in fs::read_dir(folder.path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let message = fs::read_to_string(path.with_extension("stderr")).unwrap_or_default();
                assert!(message.starts_with("error"), "{} has no message beside it", path.display());
                *programs.entry(kind.clone()).or_default() += 1;
            }
        }
    }
    for (kind, least) in KINDS {
        let count = programs.get(kind).copied().unwrap_or_default();
        assert!(count >= least, "ui/fail/{kind} has {count} programs, not {least}");
    }
    assert!(programs.values().sum::<usize>() >= 80, "{programs:?}");
    let unknown = programs.keys().filter(|kind| KINDS.iter().all(|(known, _)| known != kind));
    assert_eq!(unknown.collect::<Vec<_>>(), Vec::<&String>::new(), "name the kind in KINDS");
}
