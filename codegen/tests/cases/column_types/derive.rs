use synctable::{Date, Decimal, Id, SyncTable, TimeOfDay, Timestamp, Version};

/// Every column type that is there without a derive or a feature, bare and optional.
#[derive(Debug, Clone, PartialEq, SyncTable)]
pub struct ColumnTypes {
    /// An id.
    pub id: Id,
    /// A truth value.
    pub bool_value: bool,
    /// A truth value or null.
    pub bool_option: Option<bool>,
    /// A 32-bit integer.
    pub i32_value: i32,
    /// A 32-bit integer or null.
    pub i32_option: Option<i32>,
    /// A 64-bit integer.
    pub i64_value: i64,
    /// A 64-bit integer or null.
    pub i64_option: Option<i64>,
    /// A number.
    pub f64_value: f64,
    /// A number or null.
    pub f64_option: Option<f64>,
    /// An 8-bit integer.
    pub i8_value: i8,
    /// An 8-bit integer or null.
    pub i8_option: Option<i8>,
    /// A 16-bit integer.
    pub i16_value: i16,
    /// A 16-bit integer or null.
    pub i16_option: Option<i16>,
    /// An 8-bit integer without sign.
    pub u8_value: u8,
    /// An 8-bit integer without sign or null.
    pub u8_option: Option<u8>,
    /// A 16-bit integer without sign.
    pub u16_value: u16,
    /// A 16-bit integer without sign or null.
    pub u16_option: Option<u16>,
    /// A 32-bit integer without sign.
    pub u32_value: u32,
    /// A 32-bit integer without sign or null.
    pub u32_option: Option<u32>,
    /// A 32-bit number.
    pub f32_value: f32,
    /// A 32-bit number or null.
    pub f32_option: Option<f32>,
    /// A character.
    pub char_value: char,
    /// A character or null.
    pub char_option: Option<char>,
    /// A text.
    pub text_value: String,
    /// A text or null.
    pub text_option: Option<String>,
    /// The id of another row.
    pub id_value: Id,
    /// The id of another row or null.
    pub id_option: Option<Id>,
    /// A version.
    pub version_value: Version,
    /// A version or null.
    pub version_option: Option<Version>,
    /// An instant.
    pub timestamp_value: Timestamp,
    /// An instant or null.
    pub timestamp_option: Option<Timestamp>,
    /// Bytes.
    pub bytes_value: Vec<u8>,
    /// Bytes or null.
    pub bytes_option: Option<Vec<u8>>,
    /// A UUID.
    pub uuid_value: uuid::Uuid,
    /// A UUID or null.
    pub uuid_option: Option<uuid::Uuid>,
    /// A decimal number.
    pub decimal_value: Decimal,
    /// A decimal number or null.
    pub decimal_option: Option<Decimal>,
    /// A date.
    pub date_value: Date,
    /// A date or null.
    pub date_option: Option<Date>,
    /// A time of day.
    pub time_value: TimeOfDay,
    /// A time of day or null.
    pub time_option: Option<TimeOfDay>,
    /// Any JSON.
    #[sync(json)]
    pub json_value: Vec<i32>,
    /// Any JSON or null.
    #[sync(json)]
    pub json_option: Option<Vec<i32>>,
}
