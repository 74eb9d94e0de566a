//! What the generator writes for `derive.rs`.

use synctable::{Id, Timestamp, Version};
/// Some columns of a table that has more.
#[derive(Debug, Clone)]
pub struct Order {
    /// The id.
    pub id: Id,
    /// What is ordered.
    pub item: String,
    /// Notes.
    pub notes: Vec<String>,
    /// A keyword as a name.
    pub r#type: Option<i32>,
    /// Whether this device has shown it.
    seen: bool,
    /// The version.
    pub version: Option<Version>,
    /// The time of the last change.
    pub updated_at: Option<Timestamp>,
}
#[allow(nonstandard_style, clippy::all, clippy::pedantic)]
const _: () = {
    /// The columns of [`Order`]: what the closures of its queries are given.
    #[derive(Debug, Clone, Copy)]
    #[allow(dead_code)]
    pub struct OrderColumns {
        /// The row's id.
        pub id: ::synctable::__private::Column<Order, Id>,
        /// The column `item`, named `itemName` on the wire.
        pub item: ::synctable::__private::Column<Order, String>,
        /// The column `notes`.
        pub notes: ::synctable::__private::Column<
            Order,
            ::synctable::__private::Json<Vec<String>>,
        >,
        /// The column `type`.
        pub r#type: ::synctable::__private::Column<Order, Option<i32>>,
        /// The column `seen`; it stays on the device.
        seen: ::synctable::__private::Column<Order, bool>,
        /// The system column `version`.
        pub version: ::synctable::__private::Column<Order, Option<Version>>,
        /// The system column `updatedAt`.
        pub updated_at: ::synctable::__private::Column<Order, Option<Timestamp>>,
    }
    const __FORM_1: ::synctable::__private::CellForm<String> = ::synctable::__private::typed::<
        String,
    >();
    const __FORM_2: ::synctable::__private::CellForm<Vec<String>> = ::synctable::__private::json::<
        Vec<String>,
    >();
    const __FORM_3: ::synctable::__private::CellForm<Option<i32>> = ::synctable::__private::typed::<
        Option<i32>,
    >();
    const __FORM_4: ::synctable::__private::CellForm<bool> = ::synctable::__private::typed::<
        bool,
    >();
    const __COLUMN_4: ::synctable::__private::ColumnDef = {
        let __column = __FORM_4
            .column("seen", "seen")
            .default_value(|__cell| {
                let __value: bool = ::synctable::__private::default_of::<bool>();
                __FORM_4.write_cell(__cell, &__value)
            })
            .docs("Whether this device has shown it.");
        __column.local_only()
    };
    const __FIXED_0: ::synctable::__private::FixedField<
        Id,
        ::synctable::__private::Id,
    > = ::synctable::__private::fixed::<Id, ::synctable::__private::Id>();
    const __FIXED_5: ::synctable::__private::FixedField<
        Option<Version>,
        ::core::option::Option<::synctable::__private::Version>,
    > = ::synctable::__private::fixed::<
        Option<Version>,
        ::core::option::Option<::synctable::__private::Version>,
    >();
    const __FIXED_6: ::synctable::__private::FixedField<
        Option<Timestamp>,
        ::core::option::Option<::synctable::__private::Timestamp>,
    > = ::synctable::__private::fixed::<
        Option<Timestamp>,
        ::core::option::Option<::synctable::__private::Timestamp>,
    >();
    #[automatically_derived]
    impl ::synctable::__private::SyncTable for Order {
        type Columns = OrderColumns;
        const SCHEMA: &'static ::synctable::__private::TableSchema = &::synctable::__private::TableSchema::new(
                "order",
                const {
                    &[
                        ::synctable::__private::ColumnDef::id("id").docs("The id."),
                        __FORM_1.column("item", "itemName").docs("What is ordered."),
                        __FORM_2
                            .column("notes", "notes")
                            .default_value(|__cell| {
                                let __value: Vec<String> = vec!["new".to_owned()];
                                __FORM_2.write_cell(__cell, &__value)
                            })
                            .shape(::synctable::__private::shape!(Vec < String >))
                            .docs("Notes."),
                        __FORM_3.column("type", "type").docs("A keyword as a name."),
                        __COLUMN_4,
                    ]
                },
            )
            .narrow()
            .on_insert(const {
                &[
                    ("region", ::synctable::__private::Constant::Text("EU")),
                    ("cost-centre", ::synctable::__private::Constant::Integer(-7)),
                    ("rate", ::synctable::__private::Constant::Float(1.5)),
                    ("checked", ::synctable::__private::Constant::Bool(true)),
                ]
            })
            .docs("Some columns of a table that has more.")
            .declares(
                &[
                    (::synctable::__private::SystemColumn::Version, "The version."),
                    (
                        ::synctable::__private::SystemColumn::UpdatedAt,
                        "The time of the last change.",
                    ),
                ],
            );
        const COLUMNS: Self::Columns = OrderColumns {
            id: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[0]),
            item: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[1]),
            notes: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[2]),
            r#type: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[3]),
            seen: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[4]),
            version: ::synctable::__private::Column::new(
                ::synctable::__private::SystemColumn::Version.column(),
            ),
            updated_at: ::synctable::__private::Column::new(
                ::synctable::__private::SystemColumn::UpdatedAt.column(),
            ),
        };
        fn id(&self) -> &::synctable::__private::Id {
            __FIXED_0.borrow(&self.id)
        }
        fn set_id(&mut self, id: ::synctable::__private::Id) {
            *__FIXED_0.borrow_mut(&mut self.id) = id;
        }
        fn version(&self) -> ::synctable::__private::RowVersion<'_> {
            ::synctable::__private::RowVersion::Declared(
                __FIXED_5.borrow(&self.version).as_ref(),
            )
        }
        fn write_row(
            &self,
            row: &mut ::synctable::__private::RowWriter<'_>,
        ) -> ::core::result::Result<(), ::synctable::__private::ValueError> {
            row.set(0, __FIXED_0.borrow(&self.id))?;
            __FORM_1.write(row, 1, &self.item)?;
            __FORM_2.write(row, 2, &self.notes)?;
            __FORM_3.write(row, 3, &self.r#type)?;
            __FORM_4.write(row, 4, &self.seen)?;
            ::core::result::Result::Ok(())
        }
        fn read_row(
            row: ::synctable::__private::RowRef<'_>,
        ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
            ::core::result::Result::Ok(Self {
                id: __FIXED_0.make(row.get(0)?),
                item: __FORM_1.read(row, 1)?,
                notes: if row.value(2).is_null() {
                    vec!["new".to_owned()]
                } else {
                    __FORM_2.read(row, 2)?
                },
                r#type: __FORM_3.read(row, 3)?,
                seen: __FORM_4.read(row, 4)?,
                version: __FIXED_5
                    .make(
                        row.get_system(::synctable::__private::SystemColumn::Version)?,
                    ),
                updated_at: __FIXED_6
                    .make(
                        row.get_system(::synctable::__private::SystemColumn::UpdatedAt)?,
                    ),
            })
        }
    }
    #[allow(dead_code)]
    impl Order {
        /// Makes the query that gives every row of [`Order`]; filter and order narrow it.
        #[must_use]
        pub fn query() -> ::synctable::__private::Query<Self> {
            ::synctable::__private::Query::new()
        }
        /// Makes the pull of [`Order`] under a query name: the next pull of the same name asks only for what changed since.
        #[must_use]
        pub fn pull(
            name: impl ::core::convert::Into<::std::string::String>,
        ) -> ::synctable::__private::Pull<Self> {
            ::synctable::__private::Pull::named(name)
        }
        /// Makes the pull of [`Order`] that has no name and reads all rows each time.
        #[must_use]
        pub fn full_pull() -> ::synctable::__private::Pull<Self> {
            ::synctable::__private::Pull::full()
        }
        /// Makes the purge of every local row of [`Order`]; a filter narrows it.
        #[must_use]
        pub fn purge() -> ::synctable::__private::Purge<Self> {
            ::synctable::__private::Purge::new()
        }
    }
};
/// Some of these.
#[derive(Debug, Clone)]
pub struct OrderLine {
    /// When it changed.
    pub updated_at: Option<Timestamp>,
    /// What is ordered.
    pub item: String,
    /// Notes.
    pub notes: Vec<String>,
    /// A keyword as a name.
    pub r#type: Option<i32>,
    seen: bool,
}
#[allow(nonstandard_style, clippy::all, clippy::pedantic)]
const _: () = {
    const __FIELD_0: ::synctable::__private::SubsetField<Option<Timestamp>> = <Order as ::synctable::__private::SyncTable>::COLUMNS
        .updated_at
        .in_subset();
    const __FIELD_1: ::synctable::__private::SubsetField<String> = <Order as ::synctable::__private::SyncTable>::COLUMNS
        .item
        .in_subset();
    const __FIELD_2: ::synctable::__private::SubsetField<Vec<String>> = <Order as ::synctable::__private::SyncTable>::COLUMNS
        .notes
        .in_subset();
    const __FIELD_3: ::synctable::__private::SubsetField<Option<i32>> = <Order as ::synctable::__private::SyncTable>::COLUMNS
        .r#type
        .in_subset();
    const __FIELD_4: ::synctable::__private::SubsetField<bool> = <Order as ::synctable::__private::SyncTable>::COLUMNS
        .seen
        .in_subset();
    #[automatically_derived]
    impl ::synctable::__private::ColumnSubset<Order> for OrderLine {
        const SELECTED: ::core::option::Option<
            &'static [&'static ::synctable::__private::ColumnDef],
        > = ::core::option::Option::Some(
            &[
                __FIELD_0.def(),
                __FIELD_1.def(),
                __FIELD_2.def(),
                __FIELD_3.def(),
                __FIELD_4.def(),
            ],
        );
        fn read_selected(
            row: ::synctable::__private::RowRef<'_>,
        ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
            ::core::result::Result::Ok(Self {
                updated_at: __FIELD_0.read(row)?,
                item: __FIELD_1.read(row)?,
                notes: __FIELD_2.read(row)?,
                r#type: __FIELD_3.read(row)?,
                seen: __FIELD_4.read(row)?,
            })
        }
    }
    #[automatically_derived]
    impl ::synctable::__private::FromSqlRow for OrderLine {
        type Reader = ::synctable::__private::StructReader;
        fn reader(
            columns: &::synctable::__private::SqlColumns,
        ) -> ::core::result::Result<Self::Reader, ::synctable::__private::Error> {
            ::synctable::__private::StructReader::new::<Order, Self>(columns)
        }
        fn read(
            reader: &mut Self::Reader,
            row: ::synctable::__private::SqlRow<'_>,
        ) -> ::core::result::Result<Self, ::synctable::__private::Error> {
            reader.read::<Order, Self>(row)
        }
    }
};
/// The id only.
#[derive(Debug)]
struct OrderId {
    id: Id,
}
#[allow(nonstandard_style, clippy::all, clippy::pedantic)]
const _: () = {
    const __FIELD_0: ::synctable::__private::SubsetField<Id> = <Order as ::synctable::__private::SyncTable>::COLUMNS
        .id
        .in_subset();
    #[automatically_derived]
    impl ::synctable::__private::ColumnSubset<Order> for OrderId {
        const SELECTED: ::core::option::Option<
            &'static [&'static ::synctable::__private::ColumnDef],
        > = ::core::option::Option::Some(&[__FIELD_0.def()]);
        fn read_selected(
            row: ::synctable::__private::RowRef<'_>,
        ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
            ::core::result::Result::Ok(Self { id: __FIELD_0.read(row)? })
        }
    }
    #[automatically_derived]
    impl ::synctable::__private::FromSqlRow for OrderId {
        type Reader = ::synctable::__private::StructReader;
        fn reader(
            columns: &::synctable::__private::SqlColumns,
        ) -> ::core::result::Result<Self::Reader, ::synctable::__private::Error> {
            ::synctable::__private::StructReader::new::<Order, Self>(columns)
        }
        fn read(
            reader: &mut Self::Reader,
            row: ::synctable::__private::SqlRow<'_>,
        ) -> ::core::result::Result<Self, ::synctable::__private::Error> {
            reader.read::<Order, Self>(row)
        }
    }
};
