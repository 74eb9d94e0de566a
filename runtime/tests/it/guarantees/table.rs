//! The table of guarantees is whole: each invariant and defect has its row, its tests are there, its breaks are
//! there and were found, and the page that shows it says the same.
//!
//! Run with `SYNCTABLE_BLESS=1` to write the page anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

const INVARIANTS: usize = 38;
const DEFECTS: usize = 35;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guarantees")
}

/// A row of the table.
#[derive(Debug)]
struct Guarantee {
    number: usize,
    name: String,
    says: Option<String>,
    held_by: String,
    /// Why there is no proof.
    missing: Option<String>,
    proofs: Vec<Proof>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Proof {
    patch: String,
    /// The target, a space, and the full name.
    test: String,
}

fn text(row: &Table, member: &str) -> Option<String> {
    row.get(member).map(|value| value.as_str().unwrap_or_else(|| panic!("{member} is a text: {row}")).to_owned())
}

fn guarantee(row: &Value) -> Guarantee {
    let row = row.as_table().expect("a row is a table");
    let needed = |member| text(row, member).unwrap_or_else(|| panic!("no `{member}`: {row}"));
    let proofs = row["proofs"].as_array().expect("proofs are a list").iter().map(|proof| {
        let proof = proof.as_table().expect("a proof is a table");
        let needed = |member| text(proof, member).unwrap_or_else(|| panic!("no `{member}`: {proof}"));
        Proof { patch: needed("patch"), test: needed("test") }
    });
    Guarantee {
        number: row["number"].as_integer().and_then(|number| number.try_into().ok()).expect("a number"),
        name: needed("name"),
        says: text(row, "says"),
        held_by: needed("held_by"),
        missing: text(row, "missing"),
        proofs: proofs.collect(),
    }
}

/// Invariants and defects.
fn guarantees() -> [Vec<Guarantee>; 2] {
    let source = fs::read_to_string(folder().join("guarantees.toml")).unwrap();
    let table: Table = source.parse().unwrap();
    ["invariant", "defect"].map(|kind| table[kind].as_array().expect("rows").iter().map(guarantee).collect())
}

/// Which break was found by which test.
fn found() -> BTreeSet<Proof> {
    let results = fs::read_to_string(folder().join("results.md")).unwrap();
    let cells = results.lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    let found = cells.filter_map(|cells| match cells[..] {
        ["", patch, test, "found", ""] => Some(Proof { patch: patch.to_owned(), test: test.to_owned() }),
        _ => None,
    });
    found.collect()
}

/// The file of a test, if there is one with a function of its name.
fn file_of(test: &str) -> Option<PathBuf> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (target, name) = test.split_once(' ')?;
    let root = match target {
        "lib" => package.join("src"),
        target => package.join("tests").join(target),
    };
    let (modules, function) = name.rsplit_once("::").unwrap_or(("", name));
    let mut segments: Vec<&str> = modules.split("::").filter(|segment| !segment.is_empty()).collect();
    loop {
        let module = if segments.is_empty() { "main".to_owned() } else { segments.join("/") };
        let file = root.join(format!("{module}.rs"));
        let has = fs::read_to_string(&file).is_ok_and(|source| source.contains(&format!("fn {function}(")));
        if has {
            return Some(file);
        }
        // A module of the file above.
        segments.pop()?;
    }
}

#[test]
fn each_row_is_there_and_its_tests_and_breaks_too() {
    let mut missing = Vec::new();
    for (rows, expected) in guarantees().iter().zip([INVARIANTS, DEFECTS]) {
        let numbers: Vec<usize> = rows.iter().map(|row| row.number).collect();
        assert_eq!(numbers, (1..=expected).collect::<Vec<_>>());
        for row in rows {
            if row.proofs.is_empty() != row.missing.is_some() {
                missing.push(format!("{} {}: either proofs, or why there are none", row.number, row.name));
            }
            for proof in &row.proofs {
                if file_of(&proof.test).is_none() {
                    missing.push(format!("{}: no test {}", row.number, proof.test));
                }
                if !folder().join(format!("patches/{}.patch", proof.patch)).exists() {
                    missing.push(format!("{}: no patch {}", row.number, proof.patch));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn each_break_was_found_and_none_is_left_over() {
    let proofs: BTreeSet<Proof> = guarantees().into_iter().flatten().flat_map(|row| row.proofs).collect();
    let found = found();
    let unproved: Vec<_> = proofs.difference(&found).collect();
    assert!(unproved.is_empty(), "run.sh has not found these: {unproved:#?}");
    let left_over: Vec<_> = found.difference(&proofs).collect();
    assert!(left_over.is_empty(), "results of no row: {left_over:#?}");
    let named: BTreeSet<&str> = proofs.iter().map(|proof| proof.patch.as_str()).collect();
    for entry in fs::read_dir(folder().join("patches")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
        assert!(named.contains(name), "no row names the patch {name}");
    }
}

/// What a patch breaks: the text before it.
fn breaks(patch: &str) -> String {
    let text = fs::read_to_string(folder().join(format!("patches/{patch}.patch"))).unwrap();
    let said = text.split("\n--- ").next().unwrap_or_default();
    said.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn page() -> String {
    let mut page = String::from(
        "# What is guaranteed, and the tests that fail without it\n\n\
         Invariants that hold whatever happens, and defects of older clients that this library must not have. \
         Each has a test that fails when the behaviour is broken: `run.sh` applies each patch of `patches/` to a copy \
         of the last commit, runs the tests beside it, and writes to `results.md` whether they failed.\n\n\
         Made of `guarantees.toml` by the test `guarantees::table` of the target `it`.\n",
    );
    for (rows, title) in guarantees().iter().zip(["Invariants", "Defects of older clients"]) {
        let _ = write!(page, "\n## {title}\n");
        for row in rows {
            let _ = write!(page, "\n### {}. {}\n\n", row.number, row.name);
            if let Some(says) = &row.says {
                let _ = writeln!(page, "Holds: {says}.\\");
            }
            let _ = writeln!(page, "By: {}.\n", row.held_by);
            if let Some(missing) = &row.missing {
                let _ = writeln!(page, "Not shown: {missing}.");
            }
            let mut tests: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for proof in &row.proofs {
                tests.entry(&proof.test).or_default().push(&proof.patch);
            }
            for (test, patches) in tests {
                let (target, name) = test.split_once(' ').expect("a target and a name");
                let _ = writeln!(page, "- `{name}` ({target}) fails with");
                for patch in patches {
                    let _ = writeln!(page, "  - [{patch}](patches/{patch}.patch): {}", breaks(patch));
                }
            }
        }
    }
    page
}

#[test]
fn the_page_shows_the_table() {
    let (path, page) = (folder().join("README.md"), page());
    if std::env::var_os("SYNCTABLE_BLESS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let shown = fs::read_to_string(&path).unwrap_or_default();
    assert!(shown == page, "{} is outdated: run this test with SYNCTABLE_BLESS=1", path.display());
}
