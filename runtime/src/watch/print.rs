//! Tells whether two results are equal without keeping the first.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::OnceLock;

use crate::row::RowBatch;
use crate::value::ValueRef;

/// 128 bits made of the cells of a result under keys that are chosen at random when the process
/// starts. Two results with the same print count as equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Print(u64, u64);

fn keys() -> &'static [RandomState; 2] {
    static KEYS: OnceLock<[RandomState; 2]> = OnceLock::new();
    KEYS.get_or_init(|| [RandomState::new(), RandomState::new()])
}

/// What stands for an id in a set of ids: two ids may have the same.
pub(crate) fn id_print(id: &str) -> u64 {
    let mut hasher = keys()[0].build_hasher();
    hasher.write(id.as_bytes());
    hasher.finish()
}

/// Makes a print of cells, in order.
#[derive(Debug)]
pub(crate) struct Printer {
    bytes: Vec<u8>,
    hashers: [<RandomState as BuildHasher>::Hasher; 2],
}

impl Printer {
    pub(crate) fn new() -> Self {
        Self { bytes: Vec::new(), hashers: keys().each_ref().map(BuildHasher::build_hasher) }
    }

    /// Adds a cell. Kind and length go before the bytes, so that no two lists of cells are one text.
    pub(crate) fn cell(&mut self, value: ValueRef<'_>) {
        let mut push = |kind: u8, bytes: &[u8]| {
            self.bytes.push(kind);
            self.bytes.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
            self.bytes.extend_from_slice(bytes);
        };
        match value {
            ValueRef::Null => push(0, &[]),
            ValueRef::Integer(value) => push(1, &value.to_le_bytes()),
            ValueRef::Real(value) => push(2, &value.to_bits().to_le_bytes()),
            ValueRef::Text(text) => push(3, text.as_bytes()),
            ValueRef::Blob(bytes) => push(4, bytes),
        }
        if self.bytes.len() >= 4_096 {
            self.flush();
        }
    }

    fn flush(&mut self) {
        for hasher in &mut self.hashers {
            hasher.write(&self.bytes);
        }
        self.bytes.clear();
    }

    pub(crate) fn finish(mut self) -> Print {
        self.flush();
        let [first, second] = self.hashers.map(|hasher| hasher.finish());
        Print(first, second)
    }
}

impl Print {
    /// The print of the cells at some places of each row.
    pub(crate) fn of_rows(rows: &RowBatch, places: &[usize]) -> Self {
        let mut printer = Printer::new();
        for row in rows.iter() {
            for place in places {
                printer.cell(row.value(*place));
            }
        }
        // A struct without columns still has rows.
        printer.cell(ValueRef::Integer(i64::try_from(rows.len()).unwrap_or(i64::MAX)));
        printer.finish()
    }

    pub(crate) fn of_number(number: u64) -> Self {
        let mut printer = Printer::new();
        printer.cell(ValueRef::Blob(&number.to_le_bytes()));
        printer.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cells: &[ValueRef<'_>]) -> Print {
        let mut printer = Printer::new();
        cells.iter().for_each(|cell| printer.cell(*cell));
        printer.finish()
    }

    #[test]
    fn a_print_tells_cells_apart() {
        let long = "x".repeat(10_000);
        let lists: [&[ValueRef<'_>]; 9] = [
            &[],
            &[ValueRef::Null],
            &[ValueRef::Null, ValueRef::Null],
            &[ValueRef::Integer(1)],
            &[ValueRef::Real(1.0)],
            &[ValueRef::Text("ab"), ValueRef::Text("c")],
            &[ValueRef::Text("a"), ValueRef::Text("bc")],
            &[ValueRef::Blob(b"a"), ValueRef::Text("bc")],
            &[ValueRef::Text(&long), ValueRef::Integer(1)],
        ];
        for (place, list) in lists.iter().enumerate() {
            assert_eq!(of(list), of(list));
            for other in &lists[place + 1..] {
                assert_ne!(of(list), of(other), "{list:?} {other:?}");
            }
        }
        assert_ne!(of(&[ValueRef::Real(0.0)]), of(&[ValueRef::Real(-0.0)]));
    }
}
