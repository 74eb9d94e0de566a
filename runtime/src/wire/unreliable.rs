//! Functions that a server knows and answers wrongly (protocol.md 7.2).

use super::Dialect;
use crate::query::predicate::{TextTest, Tree};
use crate::query::{Function, Use, uses};

/// What is known of the database behind a Node backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NodeDatabase {
    Unknown,
    Sqlite,
}

/// A function that some servers of a generation answer wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreliable {
    used: Use,
    /// Its name in queries of this crate.
    pub(crate) name: &'static str,
    /// Its name on the wire.
    pub(crate) wire_name: &'static str,
    /// What such a server does.
    pub(crate) defect: &'static str,
}

const NO_ROW: &str = "it finds no row, whatever the values are";
const FAILS: &str = "it fails with status 500";

const fn test(test: TextTest, name: &'static str, wire_name: &'static str) -> Unreliable {
    Unreliable { used: Use::Test(test), name, wire_name, defect: NO_ROW }
}

const fn call(function: Function, wire_name: &'static str, defect: &'static str) -> Unreliable {
    Unreliable { used: Use::Call(function), name: function.name(), wire_name, defect }
}

/// What the Node backend does wrong on SQLite.
const NODE_ON_SQLITE: [Unreliable; 12] = [
    test(TextTest::StartsWith, "starts_with", "startswith"),
    test(TextTest::EndsWith, "ends_with", "endswith"),
    test(TextTest::Contains, "contains", "substringof"),
    call(Function::Rem, "mod", NO_ROW),
    call(Function::IndexOf, "indexof", "it swaps the two texts"),
    call(Function::Length, "length", FAILS),
    call(Function::Year, "year", FAILS),
    call(Function::Month, "month", FAILS),
    call(Function::Day, "day", FAILS),
    call(Function::Hour, "hour", FAILS),
    call(Function::Minute, "minute", FAILS),
    call(Function::Second, "second", FAILS),
];

impl Dialect {
    /// The functions of a filter that some servers of this generation answer wrongly.
    pub(crate) fn unreliable(self, filter: &Tree) -> Vec<Unreliable> {
        match self {
            Self::NodeV2 => {
                let used = uses(filter);
                NODE_ON_SQLITE.into_iter().filter(|unreliable| used.contains(&unreliable.used)).collect()
            }
            Self::DotNetV2 | Self::DatasyncV3 | Self::Toolkit => Vec::new(),
        }
    }
}
