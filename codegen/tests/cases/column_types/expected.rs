//! What the generator writes for `derive.rs`.

use synctable::{Date, Decimal, Id, TimeOfDay, Timestamp, Version};
/// Every column type that is there without a derive or a feature, bare and optional.
#[derive(Debug, Clone, PartialEq)]
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
    pub json_value: Vec<i32>,
    /// Any JSON or null.
    pub json_option: Option<Vec<i32>>,
}
#[allow(nonstandard_style, clippy::all, clippy::pedantic)]
const _: () = {
    /// The columns of [`ColumnTypes`]: what the closures of its queries are given.
    #[derive(Debug, Clone, Copy)]
    #[allow(dead_code)]
    pub struct ColumnTypesColumns {
        /// The row's id.
        pub id: ::synctable::__private::Column<ColumnTypes, Id>,
        /// The column `bool_value`, named `boolValue` on the wire.
        pub bool_value: ::synctable::__private::Column<ColumnTypes, bool>,
        /// The column `bool_option`, named `boolOption` on the wire.
        pub bool_option: ::synctable::__private::Column<ColumnTypes, Option<bool>>,
        /// The column `i32_value`, named `i32Value` on the wire.
        pub i32_value: ::synctable::__private::Column<ColumnTypes, i32>,
        /// The column `i32_option`, named `i32Option` on the wire.
        pub i32_option: ::synctable::__private::Column<ColumnTypes, Option<i32>>,
        /// The column `i64_value`, named `i64Value` on the wire.
        pub i64_value: ::synctable::__private::Column<ColumnTypes, i64>,
        /// The column `i64_option`, named `i64Option` on the wire.
        pub i64_option: ::synctable::__private::Column<ColumnTypes, Option<i64>>,
        /// The column `f64_value`, named `f64Value` on the wire.
        pub f64_value: ::synctable::__private::Column<ColumnTypes, f64>,
        /// The column `f64_option`, named `f64Option` on the wire.
        pub f64_option: ::synctable::__private::Column<ColumnTypes, Option<f64>>,
        /// The column `i8_value`, named `i8Value` on the wire.
        pub i8_value: ::synctable::__private::Column<ColumnTypes, i8>,
        /// The column `i8_option`, named `i8Option` on the wire.
        pub i8_option: ::synctable::__private::Column<ColumnTypes, Option<i8>>,
        /// The column `i16_value`, named `i16Value` on the wire.
        pub i16_value: ::synctable::__private::Column<ColumnTypes, i16>,
        /// The column `i16_option`, named `i16Option` on the wire.
        pub i16_option: ::synctable::__private::Column<ColumnTypes, Option<i16>>,
        /// The column `u8_value`, named `u8Value` on the wire.
        pub u8_value: ::synctable::__private::Column<ColumnTypes, u8>,
        /// The column `u8_option`, named `u8Option` on the wire.
        pub u8_option: ::synctable::__private::Column<ColumnTypes, Option<u8>>,
        /// The column `u16_value`, named `u16Value` on the wire.
        pub u16_value: ::synctable::__private::Column<ColumnTypes, u16>,
        /// The column `u16_option`, named `u16Option` on the wire.
        pub u16_option: ::synctable::__private::Column<ColumnTypes, Option<u16>>,
        /// The column `u32_value`, named `u32Value` on the wire.
        pub u32_value: ::synctable::__private::Column<ColumnTypes, u32>,
        /// The column `u32_option`, named `u32Option` on the wire.
        pub u32_option: ::synctable::__private::Column<ColumnTypes, Option<u32>>,
        /// The column `f32_value`, named `f32Value` on the wire.
        pub f32_value: ::synctable::__private::Column<ColumnTypes, f32>,
        /// The column `f32_option`, named `f32Option` on the wire.
        pub f32_option: ::synctable::__private::Column<ColumnTypes, Option<f32>>,
        /// The column `char_value`, named `charValue` on the wire.
        pub char_value: ::synctable::__private::Column<ColumnTypes, char>,
        /// The column `char_option`, named `charOption` on the wire.
        pub char_option: ::synctable::__private::Column<ColumnTypes, Option<char>>,
        /// The column `text_value`, named `textValue` on the wire.
        pub text_value: ::synctable::__private::Column<ColumnTypes, String>,
        /// The column `text_option`, named `textOption` on the wire.
        pub text_option: ::synctable::__private::Column<ColumnTypes, Option<String>>,
        /// The column `id_value`, named `idValue` on the wire.
        pub id_value: ::synctable::__private::Column<ColumnTypes, Id>,
        /// The column `id_option`, named `idOption` on the wire.
        pub id_option: ::synctable::__private::Column<ColumnTypes, Option<Id>>,
        /// The column `version_value`, named `versionValue` on the wire.
        pub version_value: ::synctable::__private::Column<ColumnTypes, Version>,
        /// The column `version_option`, named `versionOption` on the wire.
        pub version_option: ::synctable::__private::Column<ColumnTypes, Option<Version>>,
        /// The column `timestamp_value`, named `timestampValue` on the wire.
        pub timestamp_value: ::synctable::__private::Column<ColumnTypes, Timestamp>,
        /// The column `timestamp_option`, named `timestampOption` on the wire.
        pub timestamp_option: ::synctable::__private::Column<
            ColumnTypes,
            Option<Timestamp>,
        >,
        /// The column `bytes_value`, named `bytesValue` on the wire.
        pub bytes_value: ::synctable::__private::Column<ColumnTypes, Vec<u8>>,
        /// The column `bytes_option`, named `bytesOption` on the wire.
        pub bytes_option: ::synctable::__private::Column<ColumnTypes, Option<Vec<u8>>>,
        /// The column `uuid_value`, named `uuidValue` on the wire.
        pub uuid_value: ::synctable::__private::Column<ColumnTypes, uuid::Uuid>,
        /// The column `uuid_option`, named `uuidOption` on the wire.
        pub uuid_option: ::synctable::__private::Column<ColumnTypes, Option<uuid::Uuid>>,
        /// The column `decimal_value`, named `decimalValue` on the wire.
        pub decimal_value: ::synctable::__private::Column<ColumnTypes, Decimal>,
        /// The column `decimal_option`, named `decimalOption` on the wire.
        pub decimal_option: ::synctable::__private::Column<ColumnTypes, Option<Decimal>>,
        /// The column `date_value`, named `dateValue` on the wire.
        pub date_value: ::synctable::__private::Column<ColumnTypes, Date>,
        /// The column `date_option`, named `dateOption` on the wire.
        pub date_option: ::synctable::__private::Column<ColumnTypes, Option<Date>>,
        /// The column `time_value`, named `timeValue` on the wire.
        pub time_value: ::synctable::__private::Column<ColumnTypes, TimeOfDay>,
        /// The column `time_option`, named `timeOption` on the wire.
        pub time_option: ::synctable::__private::Column<ColumnTypes, Option<TimeOfDay>>,
        /// The column `json_value`, named `jsonValue` on the wire.
        pub json_value: ::synctable::__private::Column<
            ColumnTypes,
            ::synctable::__private::Json<Vec<i32>>,
        >,
        /// The column `json_option`, named `jsonOption` on the wire.
        pub json_option: ::synctable::__private::Column<
            ColumnTypes,
            ::synctable::__private::Json<Option<Vec<i32>>>,
        >,
    }
    const __FORM_1: ::synctable::__private::CellForm<bool> = ::synctable::__private::typed::<
        bool,
    >();
    const __FORM_2: ::synctable::__private::CellForm<Option<bool>> = ::synctable::__private::typed::<
        Option<bool>,
    >();
    const __FORM_3: ::synctable::__private::CellForm<i32> = ::synctable::__private::typed::<
        i32,
    >();
    const __FORM_4: ::synctable::__private::CellForm<Option<i32>> = ::synctable::__private::typed::<
        Option<i32>,
    >();
    const __FORM_5: ::synctable::__private::CellForm<i64> = ::synctable::__private::typed::<
        i64,
    >();
    const __FORM_6: ::synctable::__private::CellForm<Option<i64>> = ::synctable::__private::typed::<
        Option<i64>,
    >();
    const __FORM_7: ::synctable::__private::CellForm<f64> = ::synctable::__private::typed::<
        f64,
    >();
    const __FORM_8: ::synctable::__private::CellForm<Option<f64>> = ::synctable::__private::typed::<
        Option<f64>,
    >();
    const __FORM_9: ::synctable::__private::CellForm<i8> = ::synctable::__private::typed::<
        i8,
    >();
    const __FORM_10: ::synctable::__private::CellForm<Option<i8>> = ::synctable::__private::typed::<
        Option<i8>,
    >();
    const __FORM_11: ::synctable::__private::CellForm<i16> = ::synctable::__private::typed::<
        i16,
    >();
    const __FORM_12: ::synctable::__private::CellForm<Option<i16>> = ::synctable::__private::typed::<
        Option<i16>,
    >();
    const __FORM_13: ::synctable::__private::CellForm<u8> = ::synctable::__private::typed::<
        u8,
    >();
    const __FORM_14: ::synctable::__private::CellForm<Option<u8>> = ::synctable::__private::typed::<
        Option<u8>,
    >();
    const __FORM_15: ::synctable::__private::CellForm<u16> = ::synctable::__private::typed::<
        u16,
    >();
    const __FORM_16: ::synctable::__private::CellForm<Option<u16>> = ::synctable::__private::typed::<
        Option<u16>,
    >();
    const __FORM_17: ::synctable::__private::CellForm<u32> = ::synctable::__private::typed::<
        u32,
    >();
    const __FORM_18: ::synctable::__private::CellForm<Option<u32>> = ::synctable::__private::typed::<
        Option<u32>,
    >();
    const __FORM_19: ::synctable::__private::CellForm<f32> = ::synctable::__private::typed::<
        f32,
    >();
    const __FORM_20: ::synctable::__private::CellForm<Option<f32>> = ::synctable::__private::typed::<
        Option<f32>,
    >();
    const __FORM_21: ::synctable::__private::CellForm<char> = ::synctable::__private::typed::<
        char,
    >();
    const __FORM_22: ::synctable::__private::CellForm<Option<char>> = ::synctable::__private::typed::<
        Option<char>,
    >();
    const __FORM_23: ::synctable::__private::CellForm<String> = ::synctable::__private::typed::<
        String,
    >();
    const __FORM_24: ::synctable::__private::CellForm<Option<String>> = ::synctable::__private::typed::<
        Option<String>,
    >();
    const __FORM_25: ::synctable::__private::CellForm<Id> = ::synctable::__private::typed::<
        Id,
    >();
    const __FORM_26: ::synctable::__private::CellForm<Option<Id>> = ::synctable::__private::typed::<
        Option<Id>,
    >();
    const __FORM_27: ::synctable::__private::CellForm<Version> = ::synctable::__private::typed::<
        Version,
    >();
    const __FORM_28: ::synctable::__private::CellForm<Option<Version>> = ::synctable::__private::typed::<
        Option<Version>,
    >();
    const __FORM_29: ::synctable::__private::CellForm<Timestamp> = ::synctable::__private::typed::<
        Timestamp,
    >();
    const __FORM_30: ::synctable::__private::CellForm<Option<Timestamp>> = ::synctable::__private::typed::<
        Option<Timestamp>,
    >();
    const __FORM_31: ::synctable::__private::CellForm<Vec<u8>> = ::synctable::__private::typed::<
        Vec<u8>,
    >();
    const __FORM_32: ::synctable::__private::CellForm<Option<Vec<u8>>> = ::synctable::__private::typed::<
        Option<Vec<u8>>,
    >();
    const __FORM_33: ::synctable::__private::CellForm<uuid::Uuid> = ::synctable::__private::typed::<
        uuid::Uuid,
    >();
    const __FORM_34: ::synctable::__private::CellForm<Option<uuid::Uuid>> = ::synctable::__private::typed::<
        Option<uuid::Uuid>,
    >();
    const __FORM_35: ::synctable::__private::CellForm<Decimal> = ::synctable::__private::typed::<
        Decimal,
    >();
    const __FORM_36: ::synctable::__private::CellForm<Option<Decimal>> = ::synctable::__private::typed::<
        Option<Decimal>,
    >();
    const __FORM_37: ::synctable::__private::CellForm<Date> = ::synctable::__private::typed::<
        Date,
    >();
    const __FORM_38: ::synctable::__private::CellForm<Option<Date>> = ::synctable::__private::typed::<
        Option<Date>,
    >();
    const __FORM_39: ::synctable::__private::CellForm<TimeOfDay> = ::synctable::__private::typed::<
        TimeOfDay,
    >();
    const __FORM_40: ::synctable::__private::CellForm<Option<TimeOfDay>> = ::synctable::__private::typed::<
        Option<TimeOfDay>,
    >();
    const __FORM_41: ::synctable::__private::CellForm<Vec<i32>> = ::synctable::__private::json::<
        Vec<i32>,
    >();
    const __FORM_42: ::synctable::__private::CellForm<Option<Vec<i32>>> = ::synctable::__private::json::<
        Option<Vec<i32>>,
    >();
    const __FIXED_0: ::synctable::__private::FixedField<
        Id,
        ::synctable::__private::Id,
    > = ::synctable::__private::fixed::<Id, ::synctable::__private::Id>();
    #[automatically_derived]
    impl ::synctable::__private::SyncTable for ColumnTypes {
        type Columns = ColumnTypesColumns;
        const SCHEMA: &'static ::synctable::__private::TableSchema = &::synctable::__private::TableSchema::new(
                "columntypes",
                const {
                    &[
                        ::synctable::__private::ColumnDef::id("id").docs("An id."),
                        __FORM_1
                            .column("bool_value", "boolValue")
                            .docs("A truth value."),
                        __FORM_2
                            .column("bool_option", "boolOption")
                            .docs("A truth value or null."),
                        __FORM_3
                            .column("i32_value", "i32Value")
                            .docs("A 32-bit integer."),
                        __FORM_4
                            .column("i32_option", "i32Option")
                            .docs("A 32-bit integer or null."),
                        __FORM_5
                            .column("i64_value", "i64Value")
                            .docs("A 64-bit integer."),
                        __FORM_6
                            .column("i64_option", "i64Option")
                            .docs("A 64-bit integer or null."),
                        __FORM_7.column("f64_value", "f64Value").docs("A number."),
                        __FORM_8
                            .column("f64_option", "f64Option")
                            .docs("A number or null."),
                        __FORM_9.column("i8_value", "i8Value").docs("An 8-bit integer."),
                        __FORM_10
                            .column("i8_option", "i8Option")
                            .docs("An 8-bit integer or null."),
                        __FORM_11
                            .column("i16_value", "i16Value")
                            .docs("A 16-bit integer."),
                        __FORM_12
                            .column("i16_option", "i16Option")
                            .docs("A 16-bit integer or null."),
                        __FORM_13
                            .column("u8_value", "u8Value")
                            .docs("An 8-bit integer without sign."),
                        __FORM_14
                            .column("u8_option", "u8Option")
                            .docs("An 8-bit integer without sign or null."),
                        __FORM_15
                            .column("u16_value", "u16Value")
                            .docs("A 16-bit integer without sign."),
                        __FORM_16
                            .column("u16_option", "u16Option")
                            .docs("A 16-bit integer without sign or null."),
                        __FORM_17
                            .column("u32_value", "u32Value")
                            .docs("A 32-bit integer without sign."),
                        __FORM_18
                            .column("u32_option", "u32Option")
                            .docs("A 32-bit integer without sign or null."),
                        __FORM_19
                            .column("f32_value", "f32Value")
                            .docs("A 32-bit number."),
                        __FORM_20
                            .column("f32_option", "f32Option")
                            .docs("A 32-bit number or null."),
                        __FORM_21.column("char_value", "charValue").docs("A character."),
                        __FORM_22
                            .column("char_option", "charOption")
                            .docs("A character or null."),
                        __FORM_23.column("text_value", "textValue").docs("A text."),
                        __FORM_24
                            .column("text_option", "textOption")
                            .docs("A text or null."),
                        __FORM_25
                            .column("id_value", "idValue")
                            .docs("The id of another row."),
                        __FORM_26
                            .column("id_option", "idOption")
                            .docs("The id of another row or null."),
                        __FORM_27
                            .column("version_value", "versionValue")
                            .docs("A version."),
                        __FORM_28
                            .column("version_option", "versionOption")
                            .docs("A version or null."),
                        __FORM_29
                            .column("timestamp_value", "timestampValue")
                            .docs("An instant."),
                        __FORM_30
                            .column("timestamp_option", "timestampOption")
                            .docs("An instant or null."),
                        __FORM_31.column("bytes_value", "bytesValue").docs("Bytes."),
                        __FORM_32
                            .column("bytes_option", "bytesOption")
                            .docs("Bytes or null."),
                        __FORM_33.column("uuid_value", "uuidValue").docs("A UUID."),
                        __FORM_34
                            .column("uuid_option", "uuidOption")
                            .docs("A UUID or null."),
                        __FORM_35
                            .column("decimal_value", "decimalValue")
                            .docs("A decimal number."),
                        __FORM_36
                            .column("decimal_option", "decimalOption")
                            .docs("A decimal number or null."),
                        __FORM_37.column("date_value", "dateValue").docs("A date."),
                        __FORM_38
                            .column("date_option", "dateOption")
                            .docs("A date or null."),
                        __FORM_39
                            .column("time_value", "timeValue")
                            .docs("A time of day."),
                        __FORM_40
                            .column("time_option", "timeOption")
                            .docs("A time of day or null."),
                        __FORM_41
                            .column("json_value", "jsonValue")
                            .shape(::synctable::__private::shape!(Vec < i32 >))
                            .docs("Any JSON."),
                        __FORM_42
                            .column("json_option", "jsonOption")
                            .shape(
                                ::synctable::__private::shape!(Option < Vec < i32 > >),
                            )
                            .docs("Any JSON or null."),
                    ]
                },
            )
            .docs(
                "Every column type that is there without a derive or a feature, bare and optional.",
            );
        const COLUMNS: Self::Columns = ColumnTypesColumns {
            id: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[0]),
            bool_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[1]),
            bool_option: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[2]),
            i32_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[3]),
            i32_option: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[4]),
            i64_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[5]),
            i64_option: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[6]),
            f64_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[7]),
            f64_option: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[8]),
            i8_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[9]),
            i8_option: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[10]),
            i16_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[11]),
            i16_option: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[12]),
            u8_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[13]),
            u8_option: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[14]),
            u16_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[15]),
            u16_option: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[16]),
            u32_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[17]),
            u32_option: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[18]),
            f32_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[19]),
            f32_option: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[20]),
            char_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[21]),
            char_option: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[22],
            ),
            text_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[23]),
            text_option: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[24],
            ),
            id_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[25]),
            id_option: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[26]),
            version_value: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[27],
            ),
            version_option: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[28],
            ),
            timestamp_value: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[29],
            ),
            timestamp_option: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[30],
            ),
            bytes_value: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[31],
            ),
            bytes_option: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[32],
            ),
            uuid_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[33]),
            uuid_option: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[34],
            ),
            decimal_value: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[35],
            ),
            decimal_option: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[36],
            ),
            date_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[37]),
            date_option: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[38],
            ),
            time_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[39]),
            time_option: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[40],
            ),
            json_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[41]),
            json_option: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[42]),
        };
        fn id(&self) -> &::synctable::__private::Id {
            __FIXED_0.borrow(&self.id)
        }
        fn set_id(&mut self, id: ::synctable::__private::Id) {
            *__FIXED_0.borrow_mut(&mut self.id) = id;
        }
        fn version(&self) -> ::synctable::__private::RowVersion<'_> {
            ::synctable::__private::RowVersion::NotDeclared
        }
        fn write_row(
            &self,
            row: &mut ::synctable::__private::RowWriter<'_>,
        ) -> ::core::result::Result<(), ::synctable::__private::ValueError> {
            row.set(0, __FIXED_0.borrow(&self.id))?;
            __FORM_1.write(row, 1, &self.bool_value)?;
            __FORM_2.write(row, 2, &self.bool_option)?;
            __FORM_3.write(row, 3, &self.i32_value)?;
            __FORM_4.write(row, 4, &self.i32_option)?;
            __FORM_5.write(row, 5, &self.i64_value)?;
            __FORM_6.write(row, 6, &self.i64_option)?;
            __FORM_7.write(row, 7, &self.f64_value)?;
            __FORM_8.write(row, 8, &self.f64_option)?;
            __FORM_9.write(row, 9, &self.i8_value)?;
            __FORM_10.write(row, 10, &self.i8_option)?;
            __FORM_11.write(row, 11, &self.i16_value)?;
            __FORM_12.write(row, 12, &self.i16_option)?;
            __FORM_13.write(row, 13, &self.u8_value)?;
            __FORM_14.write(row, 14, &self.u8_option)?;
            __FORM_15.write(row, 15, &self.u16_value)?;
            __FORM_16.write(row, 16, &self.u16_option)?;
            __FORM_17.write(row, 17, &self.u32_value)?;
            __FORM_18.write(row, 18, &self.u32_option)?;
            __FORM_19.write(row, 19, &self.f32_value)?;
            __FORM_20.write(row, 20, &self.f32_option)?;
            __FORM_21.write(row, 21, &self.char_value)?;
            __FORM_22.write(row, 22, &self.char_option)?;
            __FORM_23.write(row, 23, &self.text_value)?;
            __FORM_24.write(row, 24, &self.text_option)?;
            __FORM_25.write(row, 25, &self.id_value)?;
            __FORM_26.write(row, 26, &self.id_option)?;
            __FORM_27.write(row, 27, &self.version_value)?;
            __FORM_28.write(row, 28, &self.version_option)?;
            __FORM_29.write(row, 29, &self.timestamp_value)?;
            __FORM_30.write(row, 30, &self.timestamp_option)?;
            __FORM_31.write(row, 31, &self.bytes_value)?;
            __FORM_32.write(row, 32, &self.bytes_option)?;
            __FORM_33.write(row, 33, &self.uuid_value)?;
            __FORM_34.write(row, 34, &self.uuid_option)?;
            __FORM_35.write(row, 35, &self.decimal_value)?;
            __FORM_36.write(row, 36, &self.decimal_option)?;
            __FORM_37.write(row, 37, &self.date_value)?;
            __FORM_38.write(row, 38, &self.date_option)?;
            __FORM_39.write(row, 39, &self.time_value)?;
            __FORM_40.write(row, 40, &self.time_option)?;
            __FORM_41.write(row, 41, &self.json_value)?;
            __FORM_42.write(row, 42, &self.json_option)?;
            ::core::result::Result::Ok(())
        }
        fn read_row(
            row: ::synctable::__private::RowRef<'_>,
        ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
            ::core::result::Result::Ok(Self {
                id: __FIXED_0.make(row.get(0)?),
                bool_value: __FORM_1.read(row, 1)?,
                bool_option: __FORM_2.read(row, 2)?,
                i32_value: __FORM_3.read(row, 3)?,
                i32_option: __FORM_4.read(row, 4)?,
                i64_value: __FORM_5.read(row, 5)?,
                i64_option: __FORM_6.read(row, 6)?,
                f64_value: __FORM_7.read(row, 7)?,
                f64_option: __FORM_8.read(row, 8)?,
                i8_value: __FORM_9.read(row, 9)?,
                i8_option: __FORM_10.read(row, 10)?,
                i16_value: __FORM_11.read(row, 11)?,
                i16_option: __FORM_12.read(row, 12)?,
                u8_value: __FORM_13.read(row, 13)?,
                u8_option: __FORM_14.read(row, 14)?,
                u16_value: __FORM_15.read(row, 15)?,
                u16_option: __FORM_16.read(row, 16)?,
                u32_value: __FORM_17.read(row, 17)?,
                u32_option: __FORM_18.read(row, 18)?,
                f32_value: __FORM_19.read(row, 19)?,
                f32_option: __FORM_20.read(row, 20)?,
                char_value: __FORM_21.read(row, 21)?,
                char_option: __FORM_22.read(row, 22)?,
                text_value: __FORM_23.read(row, 23)?,
                text_option: __FORM_24.read(row, 24)?,
                id_value: __FORM_25.read(row, 25)?,
                id_option: __FORM_26.read(row, 26)?,
                version_value: __FORM_27.read(row, 27)?,
                version_option: __FORM_28.read(row, 28)?,
                timestamp_value: __FORM_29.read(row, 29)?,
                timestamp_option: __FORM_30.read(row, 30)?,
                bytes_value: __FORM_31.read(row, 31)?,
                bytes_option: __FORM_32.read(row, 32)?,
                uuid_value: __FORM_33.read(row, 33)?,
                uuid_option: __FORM_34.read(row, 34)?,
                decimal_value: __FORM_35.read(row, 35)?,
                decimal_option: __FORM_36.read(row, 36)?,
                date_value: __FORM_37.read(row, 37)?,
                date_option: __FORM_38.read(row, 38)?,
                time_value: __FORM_39.read(row, 39)?,
                time_option: __FORM_40.read(row, 40)?,
                json_value: __FORM_41.read(row, 41)?,
                json_option: __FORM_42.read(row, 42)?,
            })
        }
    }
    #[allow(dead_code)]
    impl ColumnTypes {
        /// Makes the query that gives every row of [`ColumnTypes`]; filter and order narrow it.
        #[must_use]
        pub fn query() -> ::synctable::__private::Query<Self> {
            ::synctable::__private::Query::new()
        }
        /// Makes the pull of [`ColumnTypes`] under a query name: the next pull of the same name asks only for what changed since.
        #[must_use]
        pub fn pull(
            name: impl ::core::convert::Into<::std::string::String>,
        ) -> ::synctable::__private::Pull<Self> {
            ::synctable::__private::Pull::named(name)
        }
        /// Makes the pull of [`ColumnTypes`] that has no name and reads all rows each time.
        #[must_use]
        pub fn full_pull() -> ::synctable::__private::Pull<Self> {
            ::synctable::__private::Pull::full()
        }
        /// Makes the purge of every local row of [`ColumnTypes`]; a filter narrows it.
        #[must_use]
        pub fn purge() -> ::synctable::__private::Purge<Self> {
            ::synctable::__private::Purge::new()
        }
    }
};
