//! Random filters that compute, for tests that ask two sides the same.

use super::Function;
use super::predicate::{Comparison, Literal, Term, TextTest, Tree};
use crate::table::{ColumnDef, TableSchema};
use crate::value::{ColumnType, Date, Decimal, TimeOfDay, Timestamp, Value};

/// A table with a column or two of each type that is computed with; names as SQL does not like them.
pub(crate) static EVERY: TableSchema = TableSchema::new("ev\"ery", EVERY_COLUMNS);
const EVERY_COLUMNS: &[ColumnDef] = &[
    ColumnDef::id("id"),
    ColumnDef::new::<Option<String>>("text", "te\"xt").indexed(),
    ColumnDef::new::<Option<String>>("other", "select"),
    ColumnDef::new::<Option<i32>>("small", "small").indexed(),
    ColumnDef::new::<i32>("count", "count"),
    ColumnDef::new::<Option<i64>>("whole", "whole").indexed(),
    ColumnDef::new::<Option<i64>>("big", "big"),
    ColumnDef::new::<Option<f64>>("real", "real"),
    ColumnDef::new::<f64>("part", "part"),
    ColumnDef::new::<Option<Decimal>>("price", "price"),
    ColumnDef::new::<Decimal>("cost", "cost"),
    ColumnDef::new::<Option<Timestamp>>("at", "at"),
    ColumnDef::new::<Option<Date>>("day", "day"),
    ColumnDef::new::<Option<TimeOfDay>>("time", "time"),
    ColumnDef::new::<Option<bool>>("flag", "flag"),
    ColumnDef::new::<Option<Vec<u8>>>("bytes", "bytes"),
];

/// Makes the same rows and filters from the same seed.
pub(crate) struct Random {
    rng: fastrand::Rng,
    columns: &'static [ColumnDef],
}

const TYPES: [ColumnType; 11] = [
    ColumnType::Id,
    ColumnType::Text,
    ColumnType::I32,
    ColumnType::I64,
    ColumnType::F64,
    ColumnType::Decimal,
    ColumnType::Timestamp,
    ColumnType::Date,
    ColumnType::TimeOfDay,
    ColumnType::Bool,
    ColumnType::Bytes,
];

impl Random {
    pub(crate) fn new(seed: u64, columns: &'static [ColumnDef]) -> Self {
        Self { rng: fastrand::Rng::with_seed(seed), columns }
    }

    /// The cells of a row.
    pub(crate) fn row(&mut self, id: usize) -> Vec<Value> {
        let columns = self.columns;
        let mut cell = |column: &ColumnDef| match column.is_id() {
            true => Value::Text(format!("{id:03}")),
            false if column.is_nullable() && self.rng.u8(..5) == 0 => Value::Null,
            false => self.value(column.column_type()),
        };
        columns.iter().map(&mut cell).collect()
    }

    /// A filter of at most so many conditions one within the other.
    pub(crate) fn tree(&mut self, levels: usize) -> Tree {
        let kind = if levels == 0 { self.rng.u8(3..) } else { self.rng.u8(..) };
        match kind % 12 {
            0 if levels > 0 => Tree::Not(Box::new(self.tree(levels - 1))),
            1 if levels > 0 => Tree::And((0..self.rng.usize(..4)).map(|_| self.tree(levels - 1)).collect()),
            2 if levels > 0 => Tree::Or((0..self.rng.usize(..4)).map(|_| self.tree(levels - 1)).collect()),
            3 => {
                let test = self.one_of(&TextTest::ALL);
                Tree::Text { test, term: self.term(ColumnType::Text, 2), pattern: self.term(ColumnType::Text, 1) }
            }
            4 => {
                let of = self.one_of(&TYPES);
                let length = self.one_of(&[0, 1, 3, 16, 17, 40]);
                let list = (0..length).map(|_| Literal::typed(of, self.value_or_null(of))).collect();
                Tree::In { term: self.term(of, 2), list }
            }
            5 => Tree::Holds(self.term(ColumnType::Bool, 0)),
            _ => {
                let of = self.one_of(&TYPES);
                let comparison = self.one_of(&[
                    Comparison::Eq,
                    Comparison::Ne,
                    Comparison::Lt,
                    Comparison::Le,
                    Comparison::Gt,
                    Comparison::Ge,
                ]);
                Tree::Compare { left: self.term(of, 3), comparison, right: self.term(of, 1) }
            }
        }
    }

    /// A term of a type, of at most so many functions one within the other.
    pub(crate) fn term(&mut self, of: ColumnType, levels: usize) -> Term {
        use Function as F;
        const NUMBERS: [Function; 5] = [F::Add, F::Sub, F::Mul, F::Div, F::Rem];
        const ROUNDED: [Function; 3] = [F::Floor, F::Ceiling, F::Round];
        if levels == 0 || self.rng.u8(..4) == 0 {
            return self.leaf(of);
        }
        let below = levels - 1;
        let (function, arguments) = match of {
            ColumnType::Text => match self.rng.u8(..6) {
                0 => (F::ToLower, vec![of]),
                1 => (F::ToUpper, vec![of]),
                2 => (F::Trim, vec![of]),
                3 => (F::Substring, [of, ColumnType::I32, ColumnType::I32][..self.rng.usize(2..4)].to_vec()),
                4 => (F::Concat, vec![of, of]),
                _ => (F::Replace, vec![of, of, of]),
            },
            ColumnType::I32 => match self.rng.u8(..5) {
                0 => (F::Length, vec![ColumnType::Text]),
                1 => (F::IndexOf, vec![ColumnType::Text; 2]),
                2 => {
                    let dated = self.one_of(&[ColumnType::Timestamp, ColumnType::Date]);
                    (self.one_of(&[F::Year, F::Month, F::Day]), vec![dated])
                }
                3 => {
                    let timed = self.one_of(&[ColumnType::Timestamp, ColumnType::TimeOfDay]);
                    (self.one_of(&[F::Hour, F::Minute, F::Second]), vec![timed])
                }
                _ => (self.one_of(&NUMBERS), vec![of; 2]),
            },
            ColumnType::I64 => {
                let narrow = [of, ColumnType::I32];
                (self.one_of(&NUMBERS), vec![self.one_of(&narrow), self.one_of(&narrow)])
            }
            ColumnType::F64 => match self.rng.u8(..3) {
                0 => {
                    let numbers = [ColumnType::I32, ColumnType::I64, ColumnType::F64, ColumnType::Decimal];
                    (F::ToF64, vec![self.one_of(&numbers)])
                }
                1 => (self.one_of(&ROUNDED), vec![of]),
                _ => (self.one_of(&NUMBERS), vec![of; 2]),
            },
            ColumnType::Decimal if self.rng.bool() => (self.one_of(&ROUNDED), vec![of]),
            ColumnType::Decimal => (self.one_of(&NUMBERS), vec![of; 2]),
            _ => return self.leaf(of),
        };
        let arguments = arguments.into_iter().map(|of| self.term(of, below)).collect();
        Term::Call { function, arguments, result: of }
    }

    fn leaf(&mut self, of: ColumnType) -> Term {
        let fits = |column: &&ColumnDef| {
            column.column_type() == of || of == ColumnType::Text && column.column_type() == ColumnType::Id
        };
        let columns: Vec<&'static ColumnDef> = self.columns.iter().filter(fits).collect();
        if columns.is_empty() || self.rng.u8(..3) == 0 {
            return Term::Literal(Literal::typed(of, self.value_or_null(of)));
        }
        Term::Column(self.one_of(&columns))
    }

    fn value_or_null(&mut self, of: ColumnType) -> Value {
        if self.rng.u8(..12) == 0 { Value::Null } else { self.value(of) }
    }

    /// Few different values, so that rows have the same; and those at which things break.
    fn value(&mut self, of: ColumnType) -> Value {
        const TWO_53: i64 = 1 << 53;
        match of {
            ColumnType::Id => Value::Text(format!("{:03}", self.rng.usize(..30))),
            ColumnType::I32 => Value::Integer(self.one_of(&[
                i64::from(i32::MIN),
                -7,
                -2,
                -1,
                0,
                1,
                2,
                3,
                7,
                2024,
                i64::from(i32::MAX),
            ])),
            ColumnType::I64 => Value::Integer(self.one_of(&[
                i64::MIN,
                -TWO_53 - 1,
                -TWO_53,
                -7,
                -1,
                0,
                1,
                2,
                7,
                TWO_53,
                TWO_53 + 1,
                i64::MAX,
            ])),
            ColumnType::F64 => Value::Real(self.one_of(&[
                -1e300,
                -2.5,
                -0.0,
                0.0,
                0.1,
                0.3,
                0.1 + 0.2,
                0.5,
                2.0,
                2.5,
                TWO_53 as f64,
                f64::MAX,
                5e-324,
            ])),
            ColumnType::Decimal => Value::Text(
                self.one_of(&[
                    "-10",
                    "-9.5",
                    "-0.01",
                    "0",
                    "0.009",
                    "0.5",
                    "2",
                    "3",
                    "10",
                    "10.5",
                    "9007199254740993",
                    "9999999999999999999999999999",
                    "0.0000000000000000000000000001",
                ])
                .to_owned(),
            ),
            // The first and the last instant, 1970 with its neighbours, and about leap days.
            ColumnType::Timestamp => Value::Integer(self.one_of(&[
                -621_355_968_000_000_000,
                -1,
                0,
                1,
                9_517_823_999_999_999,
                17_091_648_000_000_000,
                2_534_023_007_999_999_999,
            ])),
            ColumnType::Date => {
                Value::Text(self.one_of(&["0001-01-01", "1999-12-31", "2024-02-29", "9999-12-31"]).to_owned())
            }
            ColumnType::TimeOfDay => {
                let times = ["00:00:00.0000000", "09:59:59.9999999", "10:00:00.0000000", "23:30:07.0000001"];
                Value::Text(self.one_of(&times).to_owned())
            }
            ColumnType::Bool => Value::Integer(self.rng.i64(0..2)),
            ColumnType::Bytes => Value::Blob(self.one_of(&[&[][..], &[0], &[0, 255], b"a"]).to_vec()),
            _ => {
                let letters =
                    ['a', 'A', 'b', '%', '_', '\'', '"', 'é', 'É', 'ß', 'İ', '日', '🦀', '\u{ffff}', '\0', ' '];
                let length = self.rng.usize(..4);
                Value::Text((0..length).map(|_| self.one_of(&letters)).collect())
            }
        }
    }

    fn one_of<V: Copy>(&mut self, values: &[V]) -> V {
        values[self.rng.usize(..values.len())]
    }
}
