//! Where the cases are, and how the runners speak.

use std::io::Write as _;
use std::path::PathBuf;

use serde::de::DeserializeOwned;

/// Whether the cases are those of this repository.
pub(crate) fn is_own() -> bool {
    std::env::var_os("SYNCTABLE_CONFORMANCE_DIR").is_none()
}

/// The folder of this repository's cases and of the tables of exemptions.
fn own() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// Reads a file of cases, here or in the folder that `SYNCTABLE_CONFORMANCE_DIR` names.
pub(crate) fn recorded<T: DeserializeOwned>(name: &str) -> T {
    let path = std::env::var_os("SYNCTABLE_CONFORMANCE_DIR").map_or_else(own, PathBuf::from).join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Reads a table of exemptions, which is always the one of this repository.
pub(crate) fn exemptions<T: DeserializeOwned>(name: &str) -> T {
    let path = own().join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Reads a data file of this repository that the suites do not have.
pub(crate) fn own_file<T: DeserializeOwned>(name: &str) -> T {
    let path = own().join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Says something past the test harness, which hides what a passing test prints.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
