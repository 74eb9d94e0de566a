//! What the generator writes for `derive.rs`.

/// Every column type that a document has a word for, bare and optional.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
pub struct SharedTypes {
    /// The id.
    pub id: ::synctable::Id,
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
    /// An id.
    pub id_value: ::synctable::Id,
    /// An id or null.
    pub id_option: Option<::synctable::Id>,
    /// An instant.
    pub timestamp_value: ::synctable::Timestamp,
    /// An instant or null.
    pub timestamp_option: Option<::synctable::Timestamp>,
    /// Bytes.
    pub bytes_value: Vec<u8>,
    /// Bytes or null.
    pub bytes_option: Option<Vec<u8>>,
    /// A UUID.
    pub uuid_value: ::synctable::Uuid,
    /// A UUID or null.
    pub uuid_option: Option<::synctable::Uuid>,
    /// A decimal number.
    pub decimal_value: ::synctable::Decimal,
    /// A decimal number or null.
    pub decimal_option: Option<::synctable::Decimal>,
    /// A date.
    pub date_value: ::synctable::Date,
    /// A date or null.
    pub date_option: Option<::synctable::Date>,
    /// A time of day.
    pub time_value: ::synctable::TimeOfDay,
    /// A time of day or null.
    pub time_option: Option<::synctable::TimeOfDay>,
    /// A version or null.
    pub version_option: Option<::synctable::Version>,
    /// Any JSON.
    pub json_value: ::synctable::JsonValue,
}
#[allow(nonstandard_style, clippy::all, clippy::pedantic)]
const _: () = {
    /// The columns of [`SharedTypes`]: what the closures of its queries are given.
    #[derive(Debug, Clone, Copy)]
    #[allow(dead_code)]
    pub struct SharedTypesColumns {
        /// The row's id.
        pub id: ::synctable::__private::Column<SharedTypes, ::synctable::Id>,
        /// The column `bool_value`, named `boolValue` on the wire.
        pub bool_value: ::synctable::__private::Column<SharedTypes, bool>,
        /// The column `bool_option`, named `boolOption` on the wire.
        pub bool_option: ::synctable::__private::Column<SharedTypes, Option<bool>>,
        /// The column `i32_value`, named `i32Value` on the wire.
        pub i32_value: ::synctable::__private::Column<SharedTypes, i32>,
        /// The column `i32_option`, named `i32Option` on the wire.
        pub i32_option: ::synctable::__private::Column<SharedTypes, Option<i32>>,
        /// The column `i64_value`, named `i64Value` on the wire.
        pub i64_value: ::synctable::__private::Column<SharedTypes, i64>,
        /// The column `i64_option`, named `i64Option` on the wire.
        pub i64_option: ::synctable::__private::Column<SharedTypes, Option<i64>>,
        /// The column `f64_value`, named `f64Value` on the wire.
        pub f64_value: ::synctable::__private::Column<SharedTypes, f64>,
        /// The column `f64_option`, named `f64Option` on the wire.
        pub f64_option: ::synctable::__private::Column<SharedTypes, Option<f64>>,
        /// The column `i8_value`, named `i8Value` on the wire.
        pub i8_value: ::synctable::__private::Column<SharedTypes, i8>,
        /// The column `i8_option`, named `i8Option` on the wire.
        pub i8_option: ::synctable::__private::Column<SharedTypes, Option<i8>>,
        /// The column `i16_value`, named `i16Value` on the wire.
        pub i16_value: ::synctable::__private::Column<SharedTypes, i16>,
        /// The column `i16_option`, named `i16Option` on the wire.
        pub i16_option: ::synctable::__private::Column<SharedTypes, Option<i16>>,
        /// The column `u8_value`, named `u8Value` on the wire.
        pub u8_value: ::synctable::__private::Column<SharedTypes, u8>,
        /// The column `u8_option`, named `u8Option` on the wire.
        pub u8_option: ::synctable::__private::Column<SharedTypes, Option<u8>>,
        /// The column `u16_value`, named `u16Value` on the wire.
        pub u16_value: ::synctable::__private::Column<SharedTypes, u16>,
        /// The column `u16_option`, named `u16Option` on the wire.
        pub u16_option: ::synctable::__private::Column<SharedTypes, Option<u16>>,
        /// The column `u32_value`, named `u32Value` on the wire.
        pub u32_value: ::synctable::__private::Column<SharedTypes, u32>,
        /// The column `u32_option`, named `u32Option` on the wire.
        pub u32_option: ::synctable::__private::Column<SharedTypes, Option<u32>>,
        /// The column `f32_value`, named `f32Value` on the wire.
        pub f32_value: ::synctable::__private::Column<SharedTypes, f32>,
        /// The column `f32_option`, named `f32Option` on the wire.
        pub f32_option: ::synctable::__private::Column<SharedTypes, Option<f32>>,
        /// The column `char_value`, named `charValue` on the wire.
        pub char_value: ::synctable::__private::Column<SharedTypes, char>,
        /// The column `char_option`, named `charOption` on the wire.
        pub char_option: ::synctable::__private::Column<SharedTypes, Option<char>>,
        /// The column `text_value`, named `textValue` on the wire.
        pub text_value: ::synctable::__private::Column<SharedTypes, String>,
        /// The column `text_option`, named `textOption` on the wire.
        pub text_option: ::synctable::__private::Column<SharedTypes, Option<String>>,
        /// The column `id_value`, named `idValue` on the wire.
        pub id_value: ::synctable::__private::Column<SharedTypes, ::synctable::Id>,
        /// The column `id_option`, named `idOption` on the wire.
        pub id_option: ::synctable::__private::Column<
            SharedTypes,
            Option<::synctable::Id>,
        >,
        /// The column `timestamp_value`, named `timestampValue` on the wire.
        pub timestamp_value: ::synctable::__private::Column<
            SharedTypes,
            ::synctable::Timestamp,
        >,
        /// The column `timestamp_option`, named `timestampOption` on the wire.
        pub timestamp_option: ::synctable::__private::Column<
            SharedTypes,
            Option<::synctable::Timestamp>,
        >,
        /// The column `bytes_value`, named `bytesValue` on the wire.
        pub bytes_value: ::synctable::__private::Column<SharedTypes, Vec<u8>>,
        /// The column `bytes_option`, named `bytesOption` on the wire.
        pub bytes_option: ::synctable::__private::Column<SharedTypes, Option<Vec<u8>>>,
        /// The column `uuid_value`, named `uuidValue` on the wire.
        pub uuid_value: ::synctable::__private::Column<SharedTypes, ::synctable::Uuid>,
        /// The column `uuid_option`, named `uuidOption` on the wire.
        pub uuid_option: ::synctable::__private::Column<
            SharedTypes,
            Option<::synctable::Uuid>,
        >,
        /// The column `decimal_value`, named `decimalValue` on the wire.
        pub decimal_value: ::synctable::__private::Column<
            SharedTypes,
            ::synctable::Decimal,
        >,
        /// The column `decimal_option`, named `decimalOption` on the wire.
        pub decimal_option: ::synctable::__private::Column<
            SharedTypes,
            Option<::synctable::Decimal>,
        >,
        /// The column `date_value`, named `dateValue` on the wire.
        pub date_value: ::synctable::__private::Column<SharedTypes, ::synctable::Date>,
        /// The column `date_option`, named `dateOption` on the wire.
        pub date_option: ::synctable::__private::Column<
            SharedTypes,
            Option<::synctable::Date>,
        >,
        /// The column `time_value`, named `timeValue` on the wire.
        pub time_value: ::synctable::__private::Column<
            SharedTypes,
            ::synctable::TimeOfDay,
        >,
        /// The column `time_option`, named `timeOption` on the wire.
        pub time_option: ::synctable::__private::Column<
            SharedTypes,
            Option<::synctable::TimeOfDay>,
        >,
        /// The column `version_option`, named `versionOption` on the wire.
        pub version_option: ::synctable::__private::Column<
            SharedTypes,
            Option<::synctable::Version>,
        >,
        /// The column `json_value`, named `jsonValue` on the wire.
        pub json_value: ::synctable::__private::Column<
            SharedTypes,
            ::synctable::__private::Json<::synctable::JsonValue>,
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
    const __FORM_25: ::synctable::__private::CellForm<::synctable::Id> = ::synctable::__private::typed::<
        ::synctable::Id,
    >();
    const __FORM_26: ::synctable::__private::CellForm<Option<::synctable::Id>> = ::synctable::__private::typed::<
        Option<::synctable::Id>,
    >();
    const __FORM_27: ::synctable::__private::CellForm<::synctable::Timestamp> = ::synctable::__private::typed::<
        ::synctable::Timestamp,
    >();
    const __FORM_28: ::synctable::__private::CellForm<Option<::synctable::Timestamp>> = ::synctable::__private::typed::<
        Option<::synctable::Timestamp>,
    >();
    const __FORM_29: ::synctable::__private::CellForm<Vec<u8>> = ::synctable::__private::typed::<
        Vec<u8>,
    >();
    const __FORM_30: ::synctable::__private::CellForm<Option<Vec<u8>>> = ::synctable::__private::typed::<
        Option<Vec<u8>>,
    >();
    const __FORM_31: ::synctable::__private::CellForm<::synctable::Uuid> = ::synctable::__private::typed::<
        ::synctable::Uuid,
    >();
    const __FORM_32: ::synctable::__private::CellForm<Option<::synctable::Uuid>> = ::synctable::__private::typed::<
        Option<::synctable::Uuid>,
    >();
    const __FORM_33: ::synctable::__private::CellForm<::synctable::Decimal> = ::synctable::__private::typed::<
        ::synctable::Decimal,
    >();
    const __FORM_34: ::synctable::__private::CellForm<Option<::synctable::Decimal>> = ::synctable::__private::typed::<
        Option<::synctable::Decimal>,
    >();
    const __FORM_35: ::synctable::__private::CellForm<::synctable::Date> = ::synctable::__private::typed::<
        ::synctable::Date,
    >();
    const __FORM_36: ::synctable::__private::CellForm<Option<::synctable::Date>> = ::synctable::__private::typed::<
        Option<::synctable::Date>,
    >();
    const __FORM_37: ::synctable::__private::CellForm<::synctable::TimeOfDay> = ::synctable::__private::typed::<
        ::synctable::TimeOfDay,
    >();
    const __FORM_38: ::synctable::__private::CellForm<Option<::synctable::TimeOfDay>> = ::synctable::__private::typed::<
        Option<::synctable::TimeOfDay>,
    >();
    const __FORM_39: ::synctable::__private::CellForm<Option<::synctable::Version>> = ::synctable::__private::typed::<
        Option<::synctable::Version>,
    >();
    const __FORM_40: ::synctable::__private::CellForm<::synctable::JsonValue> = ::synctable::__private::json::<
        ::synctable::JsonValue,
    >();
    const __FIXED_0: ::synctable::__private::FixedField<
        ::synctable::Id,
        ::synctable::__private::Id,
    > = ::synctable::__private::fixed::<::synctable::Id, ::synctable::__private::Id>();
    #[automatically_derived]
    impl ::synctable::__private::SyncTable for SharedTypes {
        type Columns = SharedTypesColumns;
        const SCHEMA: &'static ::synctable::__private::TableSchema = &::synctable::__private::TableSchema::new(
                "sharedtypes",
                const {
                    &[
                        ::synctable::__private::ColumnDef::id("id").docs("The id."),
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
                        __FORM_25.column("id_value", "idValue").docs("An id."),
                        __FORM_26.column("id_option", "idOption").docs("An id or null."),
                        __FORM_27
                            .column("timestamp_value", "timestampValue")
                            .docs("An instant."),
                        __FORM_28
                            .column("timestamp_option", "timestampOption")
                            .docs("An instant or null."),
                        __FORM_29.column("bytes_value", "bytesValue").docs("Bytes."),
                        __FORM_30
                            .column("bytes_option", "bytesOption")
                            .docs("Bytes or null."),
                        __FORM_31.column("uuid_value", "uuidValue").docs("A UUID."),
                        __FORM_32
                            .column("uuid_option", "uuidOption")
                            .docs("A UUID or null."),
                        __FORM_33
                            .column("decimal_value", "decimalValue")
                            .docs("A decimal number."),
                        __FORM_34
                            .column("decimal_option", "decimalOption")
                            .docs("A decimal number or null."),
                        __FORM_35.column("date_value", "dateValue").docs("A date."),
                        __FORM_36
                            .column("date_option", "dateOption")
                            .docs("A date or null."),
                        __FORM_37
                            .column("time_value", "timeValue")
                            .docs("A time of day."),
                        __FORM_38
                            .column("time_option", "timeOption")
                            .docs("A time of day or null."),
                        __FORM_39
                            .column("version_option", "versionOption")
                            .docs("A version or null."),
                        __FORM_40
                            .column("json_value", "jsonValue")
                            .shape(
                                ::synctable::__private::shape!(::synctable::JsonValue),
                            )
                            .docs("Any JSON."),
                    ]
                },
            )
            .docs(
                "Every column type that a document has a word for, bare and optional.",
            );
        const COLUMNS: Self::Columns = SharedTypesColumns {
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
            timestamp_value: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[27],
            ),
            timestamp_option: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[28],
            ),
            bytes_value: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[29],
            ),
            bytes_option: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[30],
            ),
            uuid_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[31]),
            uuid_option: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[32],
            ),
            decimal_value: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[33],
            ),
            decimal_option: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[34],
            ),
            date_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[35]),
            date_option: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[36],
            ),
            time_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[37]),
            time_option: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[38],
            ),
            version_option: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[39],
            ),
            json_value: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[40]),
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
            __FORM_27.write(row, 27, &self.timestamp_value)?;
            __FORM_28.write(row, 28, &self.timestamp_option)?;
            __FORM_29.write(row, 29, &self.bytes_value)?;
            __FORM_30.write(row, 30, &self.bytes_option)?;
            __FORM_31.write(row, 31, &self.uuid_value)?;
            __FORM_32.write(row, 32, &self.uuid_option)?;
            __FORM_33.write(row, 33, &self.decimal_value)?;
            __FORM_34.write(row, 34, &self.decimal_option)?;
            __FORM_35.write(row, 35, &self.date_value)?;
            __FORM_36.write(row, 36, &self.date_option)?;
            __FORM_37.write(row, 37, &self.time_value)?;
            __FORM_38.write(row, 38, &self.time_option)?;
            __FORM_39.write(row, 39, &self.version_option)?;
            __FORM_40.write(row, 40, &self.json_value)?;
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
                timestamp_value: __FORM_27.read(row, 27)?,
                timestamp_option: __FORM_28.read(row, 28)?,
                bytes_value: __FORM_29.read(row, 29)?,
                bytes_option: __FORM_30.read(row, 30)?,
                uuid_value: __FORM_31.read(row, 31)?,
                uuid_option: __FORM_32.read(row, 32)?,
                decimal_value: __FORM_33.read(row, 33)?,
                decimal_option: __FORM_34.read(row, 34)?,
                date_value: __FORM_35.read(row, 35)?,
                date_option: __FORM_36.read(row, 36)?,
                time_value: __FORM_37.read(row, 37)?,
                time_option: __FORM_38.read(row, 38)?,
                version_option: __FORM_39.read(row, 39)?,
                json_value: __FORM_40.read(row, 40)?,
            })
        }
    }
    #[allow(dead_code)]
    impl SharedTypes {
        /// Makes the query that gives every row of [`SharedTypes`]; filter and order narrow it.
        #[must_use]
        pub fn query() -> ::synctable::__private::Query<Self> {
            ::synctable::__private::Query::new()
        }
        /// Makes the pull of [`SharedTypes`] under a query name: the next pull of the same name asks only for what changed since.
        #[must_use]
        pub fn pull(
            name: impl ::core::convert::Into<::std::string::String>,
        ) -> ::synctable::__private::Pull<Self> {
            ::synctable::__private::Pull::named(name)
        }
        /// Makes the pull of [`SharedTypes`] that has no name and reads all rows each time.
        #[must_use]
        pub fn full_pull() -> ::synctable::__private::Pull<Self> {
            ::synctable::__private::Pull::full()
        }
        /// Makes the purge of every local row of [`SharedTypes`]; a filter narrows it.
        #[must_use]
        pub fn purge() -> ::synctable::__private::Purge<Self> {
            ::synctable::__private::Purge::new()
        }
    }
};
