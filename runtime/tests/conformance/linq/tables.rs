//! The tables of the suites as an app of ours declares them.

use synctable::{ColumnDef, ColumnValue, Date, Decimal, Id, Order, SyncTable, TimeOfDay, Timestamp, Uuid};

use super::typed::Typed;

/// A table whose columns the cases name.
pub(crate) trait Entity: SyncTable {
    /// The column of this name on the wire.
    fn field(name: &str) -> Option<Typed<Self>>;

    /// The order by the column of this name, ascending and descending.
    fn order(name: &str) -> Option<(Order<Self>, Order<Self>)>;

    /// The definition of the column of this name.
    fn definition(name: &str) -> Option<&'static ColumnDef>;
}

macro_rules! entity {
    ($table:ident { $($wire:literal => $field:ident $(: $order:ident)?),+ $(,)? }) => {
        impl Entity for $table {
            fn field(name: &str) -> Option<Typed<Self>> {
                Some(match name {
                    $($wire => Self::COLUMNS.$field.into(),)+
                    _ => return None,
                })
            }

            fn order(name: &str) -> Option<(Order<Self>, Order<Self>)> {
                match name {
                    $($wire => entity!(@order $field $($order)?),)+
                    _ => None,
                }
            }

            fn definition(name: &str) -> Option<&'static ColumnDef> {
                Some(match name {
                    $($wire => Self::COLUMNS.$field.def(),)+
                    _ => return None,
                })
            }
        }
    };
    (@order $field:ident) => { Some((Self::COLUMNS.$field.asc(), Self::COLUMNS.$field.desc())) };
    (@order $field:ident unordered) => { None };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ColumnValue)]
pub(crate) enum KitchenSinkState {
    #[default]
    None,
    Completed,
    Failed,
}

#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "kitchensink")]
pub(crate) struct KitchenSink {
    pub(crate) id: Id,
    pub(crate) boolean_value: bool,
    pub(crate) int_value: i32,
    pub(crate) long_value: i64,
    pub(crate) decimal_value: Decimal,
    pub(crate) double_value: f64,
    pub(crate) float_value: f32,
    pub(crate) nullable_double: Option<f64>,
    pub(crate) char_value: char,
    pub(crate) string_value: String,
    pub(crate) string_property: String,
    pub(crate) byte_value: u8,
    pub(crate) byte_array_value: Vec<u8>,
    pub(crate) enum_value: KitchenSinkState,
    pub(crate) guid_value: Uuid,
    pub(crate) date_time_value: Option<Timestamp>,
    pub(crate) date_time_offset_value: Option<Timestamp>,
    pub(crate) date_only_value: Option<Date>,
    pub(crate) time_only_value: Option<TimeOfDay>,
    #[sync(system)]
    #[expect(dead_code, reason = "queries name it")]
    pub(crate) updated_at: Option<Timestamp>,
}

entity!(KitchenSink {
    "id" => id,
    "booleanValue" => boolean_value,
    "intValue" => int_value,
    "longValue" => long_value,
    "decimalValue" => decimal_value,
    "doubleValue" => double_value,
    "floatValue" => float_value,
    "nullableDouble" => nullable_double,
    "charValue" => char_value,
    "stringValue" => string_value,
    "stringProperty" => string_property,
    "byteValue" => byte_value,
    "byteArrayValue" => byte_array_value: unordered,
    "enumValue" => enum_value,
    "guidValue" => guid_value,
    "dateTimeValue" => date_time_value,
    "dateTimeOffsetValue" => date_time_offset_value,
    "dateOnlyValue" => date_only_value,
    "timeOnlyValue" => time_only_value,
    "updatedAt" => updated_at,
});

/// The ratings of the newer suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ColumnValue)]
pub(crate) enum MovieRating {
    #[default]
    Unrated,
    G,
    #[sync(rename = "PG")]
    Pg,
    #[sync(rename = "PG13")]
    Pg13,
    #[sync(rename = "NC17")]
    Nc17,
    R,
}

/// The movies of the newer suite.
#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "movies")]
pub(crate) struct Movie {
    pub(crate) id: Id,
    pub(crate) title: String,
    pub(crate) year: i32,
    pub(crate) duration: i32,
    pub(crate) rating: MovieRating,
    pub(crate) best_picture_winner: bool,
    pub(crate) release_date: Option<Date>,
    #[sync(system)]
    #[expect(dead_code, reason = "queries name it")]
    pub(crate) updated_at: Option<Timestamp>,
}

/// The movies of the older suite.
#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "movies_v3")]
pub(crate) struct OlderMovie {
    pub(crate) id: Id,
    pub(crate) title: String,
    pub(crate) year: i32,
    pub(crate) duration: i32,
    pub(crate) rating: Option<String>,
    pub(crate) best_picture_winner: bool,
    pub(crate) release_date: Option<Timestamp>,
    #[sync(system)]
    #[expect(dead_code, reason = "queries name it")]
    pub(crate) updated_at: Option<Timestamp>,
}

macro_rules! movies {
    ($($table:ident),+) => {
        $(
            entity!($table {
                "id" => id,
                "title" => title,
                "year" => year,
                "duration" => duration,
                "rating" => rating,
                "bestPictureWinner" => best_picture_winner,
                "releaseDate" => release_date,
                "updatedAt" => updated_at,
            });
        )+
    };
}

movies!(Movie, OlderMovie);

#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "idonly")]
pub(crate) struct IdOnly {
    pub(crate) id: Id,
    pub(crate) string_value: String,
}

entity!(IdOnly { "id" => id, "stringValue" => string_value });

#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "ksv")]
pub(crate) struct Ksv {
    pub(crate) id: Id,
    pub(crate) value: f64,
    pub(crate) nullable_value: Option<f64>,
}

entity!(Ksv { "id" => id, "value" => value, "nullableValue" => nullable_value });

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ColumnValue)]
pub(crate) enum ProductType {
    #[default]
    Food,
    Furniture,
}

/// The table of the oldest client's suite. Its key is a number there, which is the column `number` here: ids are text.
#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "product", rename_all = "PascalCase")]
pub(crate) struct Product {
    pub(crate) id: Id,
    #[sync(rename = "number")]
    pub(crate) number: i64,
    pub(crate) small_id: i32,
    pub(crate) unsigned_small_id: u32,
    pub(crate) name: String,
    pub(crate) weight: f32,
    #[sync(rename = "WeightInKG")]
    pub(crate) weight_in_kg: Option<f32>,
    pub(crate) price: Decimal,
    pub(crate) in_stock: bool,
    pub(crate) display_aisle: i16,
    pub(crate) unsigned_display_aisle: u16,
    pub(crate) option_flags: u8,
    pub(crate) created: Timestamp,
    pub(crate) updated: Option<Timestamp>,
    pub(crate) tags: String,
    #[sync(rename = "Type")]
    pub(crate) kind: ProductType,
}

entity!(Product {
    "Id" => number,
    "id" => number,
    "number" => number,
    "SmallId" => small_id,
    "UnsignedSmallId" => unsigned_small_id,
    "Name" => name,
    "Weight" => weight,
    "WeightInKG" => weight_in_kg,
    "Price" => price,
    "InStock" => in_stock,
    "DisplayAisle" => display_aisle,
    "UnsignedDisplayAisle" => unsigned_display_aisle,
    "OptionFlags" => option_flags,
    "Created" => created,
    "Updated" => updated,
    "Tags" => tags,
    "Type" => kind,
});
