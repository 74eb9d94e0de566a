//! Counts how often each operator was compared on each column type.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// An operator and the type of what it was applied to.
pub(crate) type Hit = (&'static str, &'static str);

/// What a run has compared.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) hits: BTreeMap<Hit, u64>,
    pub(crate) compared: u64,
    /// Those that the server on PostgreSQL answered too.
    pub(crate) postgres: u64,
    /// Queries that selected some of the rows, but not all.
    pub(crate) partial: u64,
    /// Queries beyond a server's limits.
    pub(crate) too_long: u64,
    /// Rows with a null, and all values, to tell how many nulls there were.
    pub(crate) nulls: u64,
    pub(crate) values: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, hits: &[Hit]) {
        for hit in hits {
            *self.hits.entry(*hit).or_default() += 1;
        }
    }

    pub(crate) fn join(&mut self, other: Self) {
        for (hit, count) in other.hits {
            *self.hits.entry(hit).or_default() += count;
        }
        self.compared += other.compared;
        self.postgres += other.postgres;
        self.partial += other.partial;
        self.too_long += other.too_long;
        self.nulls += other.nulls;
        self.values += other.values;
    }

    /// The table of operators and types.
    pub(crate) fn table(&self) -> String {
        let mut rows: BTreeMap<&str, Vec<(&str, u64)>> = BTreeMap::new();
        for ((operator, column_type), count) in &self.hits {
            rows.entry(operator).or_default().push((column_type, *count));
        }
        let mut text = String::new();
        for (operator, counts) in rows {
            let counts: Vec<String> =
                counts.iter().map(|(column_type, count)| format!("{column_type} {count}")).collect();
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{operator:>15}  {}", counts.join("  "));
        }
        text
    }
}
