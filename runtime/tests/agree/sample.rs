//! The table of the test: a column of every type, each also with null.

use std::fmt;

use serde_json::json;
use synctable::{
    Column, ColumnSubset, ColumnValue, Date, Decimal, Expr, Id, Operand, OrderedValue, SyncTable, TimeOfDay, Timestamp,
    Uuid, Value, Version,
};
use synctable_server::{ColumnType, TableDefinition};

use crate::data::Draw;

/// A row.
#[derive(Debug, Clone, SyncTable)]
#[sync(table = "sample")]
pub(crate) struct Sample {
    pub(crate) id: Id,
    pub(crate) bool_a: bool,
    pub(crate) bool_b: Option<bool>,
    pub(crate) i8_a: i8,
    pub(crate) i8_b: Option<i8>,
    pub(crate) i16_a: i16,
    pub(crate) i16_b: Option<i16>,
    pub(crate) i32_a: i32,
    pub(crate) i32_b: Option<i32>,
    pub(crate) i64_a: i64,
    pub(crate) i64_b: Option<i64>,
    pub(crate) u8_a: u8,
    pub(crate) u8_b: Option<u8>,
    pub(crate) u16_a: u16,
    pub(crate) u16_b: Option<u16>,
    pub(crate) u32_a: u32,
    pub(crate) u32_b: Option<u32>,
    pub(crate) f32_a: f32,
    pub(crate) f32_b: Option<f32>,
    pub(crate) f64_a: f64,
    pub(crate) f64_b: Option<f64>,
    pub(crate) decimal_a: Decimal,
    pub(crate) decimal_b: Option<Decimal>,
    pub(crate) char_a: char,
    pub(crate) char_b: Option<char>,
    pub(crate) text_a: String,
    pub(crate) text_b: Option<String>,
    pub(crate) key_a: Id,
    pub(crate) key_b: Option<Id>,
    pub(crate) instant_a: Timestamp,
    pub(crate) instant_b: Option<Timestamp>,
    pub(crate) date_a: Date,
    pub(crate) date_b: Option<Date>,
    pub(crate) time_a: TimeOfDay,
    pub(crate) time_b: Option<TimeOfDay>,
    pub(crate) uuid_a: Uuid,
    pub(crate) uuid_b: Option<Uuid>,
    pub(crate) mood_a: Mood,
    pub(crate) mood_b: Option<Mood>,
    pub(crate) bytes_b: Option<Vec<u8>>,
    #[sync(system)]
    pub(crate) version: Option<Version>,
    #[sync(system)]
    pub(crate) updated_at: Option<Timestamp>,
}

/// What is compared of a row.
#[derive(Debug, Clone, PartialEq, ColumnSubset)]
#[sync(of = Sample)]
pub(crate) struct Found {
    pub(crate) id: Id,
}

/// An enum of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ColumnValue)]
pub(crate) enum Mood {
    Calm,
    Glad,
    Wild,
}

/// A column type: its two columns, and values for them.
pub(crate) trait Drawn: ColumnValue + Clone + fmt::Debug + 'static {
    const NAME: &'static str;
    fn columns() -> (Column<Sample, Self>, Column<Sample, Option<Self>>);
    fn of(row: &Sample) -> (&Self, Option<&Self>);
    /// The value in the JSON of a row.
    fn json(&self) -> serde_json::Value;
    /// Columns of other types, or of the system, whose values are of this type too.
    fn further() -> Vec<Expr<Sample, Self>> {
        Vec::new()
    }
}

/// Makes an expression of what may stand for a value of a type.
pub(crate) fn typed<V>(operand: impl Operand<Sample, V>) -> Expr<Sample, V> {
    operand.into_expression()
}

macro_rules! drawn {
    ($($type:ty, $name:literal, $a:ident, $b:ident, $served:ident, |$value:ident| $json:expr, [$($further:ident),*];)+) => {
        $(
            impl Drawn for $type {
                const NAME: &'static str = $name;

                fn columns() -> (Column<Sample, Self>, Column<Sample, Option<Self>>) {
                    (Sample::COLUMNS.$a, Sample::COLUMNS.$b)
                }

                fn of(row: &Sample) -> (&Self, Option<&Self>) {
                    (&row.$a, row.$b.as_ref())
                }

                fn json(&self) -> serde_json::Value {
                    let $value = self;
                    $json
                }

                fn further() -> Vec<Expr<Sample, Self>> {
                    vec![$(typed(Sample::COLUMNS.$further)),*]
                }
            }
        )+

        /// The table as the server has it.
        pub(crate) fn definition() -> TableDefinition {
            let table = TableDefinition::new("sample").soft_delete().column("bytesB", ColumnType::Bytes);
            $(
                let (a, b) = <$type>::columns();
                let table = table.required(a.def().wire_name(), ColumnType::$served);
                let table = table.column(b.def().wire_name(), ColumnType::$served);
            )+
            table
        }

        /// The row as another device writes it.
        pub(crate) fn json_of(row: &Sample) -> serde_json::Value {
            let mut members = serde_json::Map::new();
            members.insert("id".to_owned(), json!(row.id.as_str()));
            members.insert("bytesB".to_owned(), row.bytes_b.as_ref().map_or(serde_json::Value::Null, |_| json!("AAEC")));
            $(
                let ((a, b), (value_a, value_b)) = (<$type>::columns(), <$type>::of(row));
                members.insert(a.def().wire_name().to_owned(), value_a.json());
                members.insert(b.def().wire_name().to_owned(), value_b.map_or(serde_json::Value::Null, Drawn::json));
            )+
            serde_json::Value::Object(members)
        }

        /// Makes a row of random values.
        pub(crate) fn random_row(id: Id, rng: &mut fastrand::Rng) -> Sample {
            Sample {
                id,
                bytes_b: (rng.u8(..4) != 0).then(|| vec![0, 1, 2]),
                version: None,
                updated_at: None,
                $($a: <$type>::fresh(rng), $b: (rng.u8(..4) != 0).then(|| <$type>::fresh(rng)),)+
            }
        }
    };
}

drawn! {
    bool, "bool", bool_a, bool_b, Bool, |value| json!(value), [];
    i8, "i8", i8_a, i8_b, Int32, |value| json!(value), [];
    i16, "i16", i16_a, i16_b, Int32, |value| json!(value), [i8_a, i8_b, u8_a, u8_b];
    i32, "i32", i32_a, i32_b, Int32, |value| json!(value), [i8_a, i8_b, i16_a, i16_b, u8_b, u16_a, u16_b];
    i64, "i64", i64_a, i64_b, Int64, |value| json!(value), [i8_b, i16_b, i32_a, i32_b, u8_b, u16_b, u32_a, u32_b];
    u8, "u8", u8_a, u8_b, Int32, |value| json!(value), [];
    u16, "u16", u16_a, u16_b, Int32, |value| json!(value), [u8_a, u8_b];
    u32, "u32", u32_a, u32_b, Int64, |value| json!(value), [u8_b, u16_a, u16_b];
    f32, "f32", f32_a, f32_b, Single, |value| json!(value), [];
    f64, "f64", f64_a, f64_b, Double, |value| json!(value), [f32_a, f32_b];
    // A JSON number would be read as a double on the way into the server.
    Decimal, "Decimal", decimal_a, decimal_b, Decimal, |value| json!(value.as_str()), [];
    char, "char", char_a, char_b, Text, |value| json!(value), [];
    String, "String", text_a, text_b, Text, |value| json!(value), [key_a, key_b];
    Id, "Id", key_a, key_b, Text, |value| json!(value.as_str()), [id, id, text_a, text_b];
    Timestamp, "Timestamp", instant_a, instant_b, Instant, |value| json!(value.to_string()), [updated_at];
    Date, "Date", date_a, date_b, Date, |value| json!(value.to_string()), [];
    TimeOfDay, "TimeOfDay", time_a, time_b, Time, |value| json!(value.to_string()), [];
    Uuid, "Uuid", uuid_a, uuid_b, Guid, |value| json!(value.to_string()), [];
    Mood, "enum", mood_a, mood_b, Text, |value| text_of(value), [];
}

fn text_of(mood: &Mood) -> serde_json::Value {
    match Value::of(mood) {
        Ok(Value::Text(text)) => json!(text),
        other => panic!("an enum of texts is stored as text, not as {other:?}"),
    }
}

/// A type whose values have an order.
pub(crate) trait Sorted: Drawn + OrderedValue {}
impl<V: Drawn + OrderedValue> Sorted for V {}
