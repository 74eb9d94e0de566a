//! What the generator writes for `derive.rs`.

/// Every attribute that a document has a word for.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
pub struct Job {
    /// The key.
    pub key: ::synctable::Id,
    /// A keyword as a name.
    pub r#type: String,
    /// When it has to be done.
    pub due: Option<::synctable::Timestamp>,
    /// The job that this is a part of.
    pub parent: Option<::synctable::Id>,
    /// The settings of the device.
    pub setting: ::synctable::Id,
    /// Tries left.
    pub tries: i32,
    /// A small number.
    pub rank: u8,
    /// A part.
    pub share: Option<f32>,
    /// A letter.
    pub letter: char,
    /// The first of all characters.
    pub nothing: char,
    /// A factor.
    pub factor_used: f64,
    /// A multiple.
    pub hours: ::synctable::Decimal,
    /// A note.
    pub note: String,
    /// Another note.
    pub more: Option<String>,
    /// Whether this device has shown it.
    pub seen: bool,
    /// When this device showed it.
    pub seen_at: Option<::synctable::Timestamp>,
    /// Words.
    pub tags: Vec<String>,
    /// The version.
    pub version: Option<::synctable::Version>,
    /// The time of the last change.
    pub updated_at: Option<::synctable::Timestamp>,
    /// The time of the creation.
    pub created_at: Option<::synctable::Timestamp>,
    /// Whether it is deleted.
    pub deleted: bool,
}
#[allow(nonstandard_style, clippy::all, clippy::pedantic)]
const _: () = {
    /// The columns of [`Job`]: what the closures of its queries are given.
    #[derive(Debug, Clone, Copy)]
    #[allow(dead_code)]
    pub struct JobColumns {
        /// The row's id.
        pub key: ::synctable::__private::Column<Job, ::synctable::Id>,
        /// The column `type`, named `Type` on the wire.
        pub r#type: ::synctable::__private::Column<Job, String>,
        /// The column `due`, named `dueAt` on the wire.
        pub due: ::synctable::__private::Column<Job, Option<::synctable::Timestamp>>,
        /// The column `parent`, named `Parent` on the wire.
        pub parent: ::synctable::__private::Column<Job, Option<::synctable::Id>>,
        /// The column `setting`, named `Setting` on the wire.
        pub setting: ::synctable::__private::Column<Job, ::synctable::Id>,
        /// The column `tries`, named `Tries` on the wire.
        pub tries: ::synctable::__private::Column<Job, i32>,
        /// The column `rank`, named `Rank` on the wire.
        pub rank: ::synctable::__private::Column<Job, u8>,
        /// The column `share`, named `Share` on the wire.
        pub share: ::synctable::__private::Column<Job, Option<f32>>,
        /// The column `letter`, named `Letter` on the wire.
        pub letter: ::synctable::__private::Column<Job, char>,
        /// The column `nothing`, named `Nothing` on the wire.
        pub nothing: ::synctable::__private::Column<Job, char>,
        /// The column `factor_used`, named `FactorUsed` on the wire.
        pub factor_used: ::synctable::__private::Column<Job, f64>,
        /// The column `hours`, named `Hours` on the wire.
        pub hours: ::synctable::__private::Column<Job, ::synctable::Decimal>,
        /// The column `note`, named `Note` on the wire.
        pub note: ::synctable::__private::Column<Job, String>,
        /// The column `more`, named `More` on the wire.
        pub more: ::synctable::__private::Column<Job, Option<String>>,
        /// The column `seen`, named `Seen` on the wire; it stays on the device.
        pub seen: ::synctable::__private::Column<Job, bool>,
        /// The column `seen_at`, named `SeenAt` on the wire; it stays on the device.
        pub seen_at: ::synctable::__private::Column<Job, Option<::synctable::Timestamp>>,
        /// The column `tags`, named `Tags` on the wire.
        pub tags: ::synctable::__private::Column<
            Job,
            ::synctable::__private::Json<Vec<String>>,
        >,
        /// The system column `version`.
        pub version: ::synctable::__private::Column<Job, Option<::synctable::Version>>,
        /// The system column `updatedAt`.
        pub updated_at: ::synctable::__private::Column<
            Job,
            Option<::synctable::Timestamp>,
        >,
        /// The system column `createdAt`.
        pub created_at: ::synctable::__private::Column<
            Job,
            Option<::synctable::Timestamp>,
        >,
        /// The system column `deleted`.
        pub deleted: ::synctable::__private::Column<Job, bool>,
    }
    const __FORM_1: ::synctable::__private::CellForm<String> = ::synctable::__private::typed::<
        String,
    >();
    const __FORM_2: ::synctable::__private::CellForm<Option<::synctable::Timestamp>> = ::synctable::__private::typed::<
        Option<::synctable::Timestamp>,
    >();
    const __FORM_3: ::synctable::__private::CellForm<Option<::synctable::Id>> = ::synctable::__private::typed::<
        Option<::synctable::Id>,
    >();
    const __FORM_4: ::synctable::__private::CellForm<::synctable::Id> = ::synctable::__private::typed::<
        ::synctable::Id,
    >();
    const __FORM_5: ::synctable::__private::CellForm<i32> = ::synctable::__private::typed::<
        i32,
    >();
    const __FORM_6: ::synctable::__private::CellForm<u8> = ::synctable::__private::typed::<
        u8,
    >();
    const __FORM_7: ::synctable::__private::CellForm<Option<f32>> = ::synctable::__private::typed::<
        Option<f32>,
    >();
    const __FORM_8: ::synctable::__private::CellForm<char> = ::synctable::__private::typed::<
        char,
    >();
    const __FORM_9: ::synctable::__private::CellForm<char> = ::synctable::__private::typed::<
        char,
    >();
    const __FORM_10: ::synctable::__private::CellForm<f64> = ::synctable::__private::typed::<
        f64,
    >();
    const __FORM_11: ::synctable::__private::CellForm<::synctable::Decimal> = ::synctable::__private::typed::<
        ::synctable::Decimal,
    >();
    const __FORM_12: ::synctable::__private::CellForm<String> = ::synctable::__private::typed::<
        String,
    >();
    const __FORM_13: ::synctable::__private::CellForm<Option<String>> = ::synctable::__private::typed::<
        Option<String>,
    >();
    const __FORM_14: ::synctable::__private::CellForm<bool> = ::synctable::__private::typed::<
        bool,
    >();
    const __FORM_15: ::synctable::__private::CellForm<Option<::synctable::Timestamp>> = ::synctable::__private::typed::<
        Option<::synctable::Timestamp>,
    >();
    const __FORM_16: ::synctable::__private::CellForm<Vec<String>> = ::synctable::__private::json::<
        Vec<String>,
    >();
    const __COLUMN_2: ::synctable::__private::ColumnDef = {
        let __column = __FORM_2
            .column("due", "dueAt")
            .was(&["due", "deadline"])
            .docs("When it has to be done.");
        __column.indexed()
    };
    const __COLUMN_3: ::synctable::__private::ColumnDef = {
        let __column = __FORM_3
            .column("parent", "Parent")
            .docs("The job that this is a part of.");
        let __column = __column.indexed();
        __column.references(|| <Job as ::synctable::__private::SyncTable>::SCHEMA)
    };
    const __COLUMN_4: ::synctable::__private::ColumnDef = {
        let __column = __FORM_4
            .column("setting", "Setting")
            .docs("The settings of the device.");
        __column.references(|| <Setting as ::synctable::__private::SyncTable>::SCHEMA)
    };
    const __COLUMN_5: ::synctable::__private::ColumnDef = {
        let __column = __FORM_5
            .column("tries", "Tries")
            .default_value(|__cell| {
                let __value: i32 = 3;
                __FORM_5.write_cell(__cell, &__value)
            })
            .docs("Tries left.");
        let __column = __column
            .rule(
                ::synctable::__private::Rule::Min(
                    ::synctable::__private::Number::new("0"),
                ),
            );
        __column
            .rule(
                ::synctable::__private::Rule::Max(
                    ::synctable::__private::Number::new("10"),
                ),
            )
    };
    const __COLUMN_6: ::synctable::__private::ColumnDef = {
        let __column = __FORM_6
            .column("rank", "Rank")
            .default_value(|__cell| {
                let __value: u8 = 200;
                __FORM_6.write_cell(__cell, &__value)
            })
            .docs("A small number.");
        let __column = __column
            .rule(
                ::synctable::__private::Rule::Max(
                    ::synctable::__private::Number::new("250"),
                ),
            );
        __column.merge(::synctable::__private::MergeRule::Sum)
    };
    const __COLUMN_7: ::synctable::__private::ColumnDef = {
        let __column = __FORM_7
            .column("share", "Share")
            .default_value(|__cell| {
                let __value: Option<f32> = ::core::option::Option::Some(0.1);
                __FORM_7.write_cell(__cell, &__value)
            })
            .docs("A part.");
        let __column = __column
            .rule(
                ::synctable::__private::Rule::Max(
                    ::synctable::__private::Number::new("0.5"),
                ),
            );
        let __column = __column
            .rule(
                ::synctable::__private::Rule::MultipleOf(
                    ::synctable::__private::Number::new("0.1"),
                ),
            );
        __column.merge(::synctable::__private::MergeRule::Min)
    };
    const __COLUMN_8: ::synctable::__private::ColumnDef = {
        let __column = __FORM_8
            .column("letter", "Letter")
            .default_value(|__cell| {
                let __value: char = 'x';
                __FORM_8.write_cell(__cell, &__value)
            })
            .docs("A letter.");
        let __column = __column.indexed();
        __column.merge(::synctable::__private::MergeRule::Max)
    };
    const __COLUMN_10: ::synctable::__private::ColumnDef = {
        let __column = __FORM_10.column("factor_used", "FactorUsed").docs("A factor.");
        let __column = __column
            .rule(
                ::synctable::__private::Rule::ExclusiveMin(
                    ::synctable::__private::Number::new("-1.5"),
                ),
            );
        let __column = __column
            .rule(
                ::synctable::__private::Rule::ExclusiveMax(
                    ::synctable::__private::Number::new("2"),
                ),
            );
        __column.merge(::synctable::__private::MergeRule::Max)
    };
    const __COLUMN_11: ::synctable::__private::ColumnDef = {
        let __column = __FORM_11.column("hours", "Hours").docs("A multiple.");
        let __column = __column
            .rule(
                ::synctable::__private::Rule::MultipleOf(
                    ::synctable::__private::Number::new("0.25"),
                ),
            );
        __column.merge(::synctable::__private::MergeRule::Sum)
    };
    const __COLUMN_12: ::synctable::__private::ColumnDef = {
        let __column = __FORM_12
            .column("note", "Note")
            .default_value(|__cell| {
                let __value: String = ::synctable::__private::default_of::<String>();
                __FORM_12.write_cell(__cell, &__value)
            })
            .docs("A note.");
        let __column = __column.rule(::synctable::__private::Rule::MinLength(1));
        __column.rule(::synctable::__private::Rule::MaxLength(1_000))
    };
    const __COLUMN_13: ::synctable::__private::ColumnDef = {
        let __column = __FORM_13
            .column("more", "More")
            .default_value(|__cell| {
                let __value: Option<String> = ::core::option::Option::Some(
                    ::std::string::String::from("it's"),
                );
                __FORM_13.write_cell(__cell, &__value)
            })
            .docs("Another note.");
        __column.merge(::synctable::__private::MergeRule::Remote)
    };
    const __COLUMN_14: ::synctable::__private::ColumnDef = {
        let __column = __FORM_14
            .column("seen", "Seen")
            .default_value(|__cell| {
                let __value: bool = ::synctable::__private::default_of::<bool>();
                __FORM_14.write_cell(__cell, &__value)
            })
            .docs("Whether this device has shown it.");
        __column.local_only()
    };
    const __COLUMN_15: ::synctable::__private::ColumnDef = {
        let __column = __FORM_15
            .column("seen_at", "SeenAt")
            .docs("When this device showed it.");
        __column.local_only()
    };
    const __COLUMN_16: ::synctable::__private::ColumnDef = {
        let __column = __FORM_16
            .column("tags", "Tags")
            .default_value(|__cell| {
                let __value: Vec<String> = ::synctable::__private::default_of::<
                    Vec<String>,
                >();
                __FORM_16.write_cell(__cell, &__value)
            })
            .shape(::synctable::__private::shape!(Vec < String >))
            .docs("Words.");
        __column.merge(::synctable::__private::MergeRule::Union)
    };
    const __FIXED_0: ::synctable::__private::FixedField<
        ::synctable::Id,
        ::synctable::__private::Id,
    > = ::synctable::__private::fixed::<::synctable::Id, ::synctable::__private::Id>();
    const __FIXED_17: ::synctable::__private::FixedField<
        Option<::synctable::Version>,
        ::core::option::Option<::synctable::__private::Version>,
    > = ::synctable::__private::fixed::<
        Option<::synctable::Version>,
        ::core::option::Option<::synctable::__private::Version>,
    >();
    const __FIXED_18: ::synctable::__private::FixedField<
        Option<::synctable::Timestamp>,
        ::core::option::Option<::synctable::__private::Timestamp>,
    > = ::synctable::__private::fixed::<
        Option<::synctable::Timestamp>,
        ::core::option::Option<::synctable::__private::Timestamp>,
    >();
    const __FIXED_19: ::synctable::__private::FixedField<
        Option<::synctable::Timestamp>,
        ::core::option::Option<::synctable::__private::Timestamp>,
    > = ::synctable::__private::fixed::<
        Option<::synctable::Timestamp>,
        ::core::option::Option<::synctable::__private::Timestamp>,
    >();
    const __FIXED_20: ::synctable::__private::FixedField<
        bool,
        ::core::primitive::bool,
    > = ::synctable::__private::fixed::<bool, ::core::primitive::bool>();
    #[automatically_derived]
    impl ::synctable::__private::SyncTable for Job {
        type Columns = JobColumns;
        const SCHEMA: &'static ::synctable::__private::TableSchema = &::synctable::__private::TableSchema::new(
                "jobs",
                const {
                    &[
                        ::synctable::__private::ColumnDef::id("key").docs("The key."),
                        __FORM_1.column("type", "Type").docs("A keyword as a name."),
                        __COLUMN_2,
                        __COLUMN_3,
                        __COLUMN_4,
                        __COLUMN_5,
                        __COLUMN_6,
                        __COLUMN_7,
                        __COLUMN_8,
                        __FORM_9
                            .column("nothing", "Nothing")
                            .default_value(|__cell| {
                                let __value: char = ::synctable::__private::default_of::<
                                    char,
                                >();
                                __FORM_9.write_cell(__cell, &__value)
                            })
                            .docs("The first of all characters."),
                        __COLUMN_10,
                        __COLUMN_11,
                        __COLUMN_12,
                        __COLUMN_13,
                        __COLUMN_14,
                        __COLUMN_15,
                        __COLUMN_16,
                    ]
                },
            )
            .route("api/jobs")
            .narrow()
            .hard_delete()
            .keep_deleted()
            .on_insert(const {
                &[
                    ("region", ::synctable::__private::Constant::Text("EU")),
                    ("level", ::synctable::__private::Constant::Integer(3)),
                    ("factor", ::synctable::__private::Constant::Float(0.5)),
                    ("is-new", ::synctable::__private::Constant::Bool(true)),
                    ("offset", ::synctable::__private::Constant::Integer(-1)),
                ]
            })
            .docs("Every attribute that a document has a word for.")
            .declares(
                &[
                    (::synctable::__private::SystemColumn::Version, "The version."),
                    (
                        ::synctable::__private::SystemColumn::UpdatedAt,
                        "The time of the last change.",
                    ),
                    (
                        ::synctable::__private::SystemColumn::CreatedAt,
                        "The time of the creation.",
                    ),
                    (
                        ::synctable::__private::SystemColumn::Deleted,
                        "Whether it is deleted.",
                    ),
                ],
            );
        const COLUMNS: Self::Columns = JobColumns {
            key: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[0]),
            r#type: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[1]),
            due: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[2]),
            parent: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[3]),
            setting: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[4]),
            tries: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[5]),
            rank: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[6]),
            share: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[7]),
            letter: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[8]),
            nothing: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[9]),
            factor_used: ::synctable::__private::Column::new(
                &Self::SCHEMA.columns()[10],
            ),
            hours: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[11]),
            note: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[12]),
            more: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[13]),
            seen: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[14]),
            seen_at: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[15]),
            tags: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[16]),
            version: ::synctable::__private::Column::new(
                ::synctable::__private::SystemColumn::Version.column(),
            ),
            updated_at: ::synctable::__private::Column::new(
                ::synctable::__private::SystemColumn::UpdatedAt.column(),
            ),
            created_at: ::synctable::__private::Column::new(
                ::synctable::__private::SystemColumn::CreatedAt.column(),
            ),
            deleted: ::synctable::__private::Column::new(
                ::synctable::__private::SystemColumn::Deleted.column(),
            ),
        };
        fn id(&self) -> &::synctable::__private::Id {
            __FIXED_0.borrow(&self.key)
        }
        fn set_id(&mut self, id: ::synctable::__private::Id) {
            *__FIXED_0.borrow_mut(&mut self.key) = id;
        }
        fn version(&self) -> ::synctable::__private::RowVersion<'_> {
            ::synctable::__private::RowVersion::Declared(
                __FIXED_17.borrow(&self.version).as_ref(),
            )
        }
        fn write_row(
            &self,
            row: &mut ::synctable::__private::RowWriter<'_>,
        ) -> ::core::result::Result<(), ::synctable::__private::ValueError> {
            row.set(0, __FIXED_0.borrow(&self.key))?;
            __FORM_1.write(row, 1, &self.r#type)?;
            __FORM_2.write(row, 2, &self.due)?;
            __FORM_3.write(row, 3, &self.parent)?;
            __FORM_4.write(row, 4, &self.setting)?;
            __FORM_5.write(row, 5, &self.tries)?;
            __FORM_6.write(row, 6, &self.rank)?;
            __FORM_7.write(row, 7, &self.share)?;
            __FORM_8.write(row, 8, &self.letter)?;
            __FORM_9.write(row, 9, &self.nothing)?;
            __FORM_10.write(row, 10, &self.factor_used)?;
            __FORM_11.write(row, 11, &self.hours)?;
            __FORM_12.write(row, 12, &self.note)?;
            __FORM_13.write(row, 13, &self.more)?;
            __FORM_14.write(row, 14, &self.seen)?;
            __FORM_15.write(row, 15, &self.seen_at)?;
            __FORM_16.write(row, 16, &self.tags)?;
            ::core::result::Result::Ok(())
        }
        fn read_row(
            row: ::synctable::__private::RowRef<'_>,
        ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
            ::core::result::Result::Ok(Self {
                key: __FIXED_0.make(row.get(0)?),
                r#type: __FORM_1.read(row, 1)?,
                due: __FORM_2.read(row, 2)?,
                parent: __FORM_3.read(row, 3)?,
                setting: __FORM_4.read(row, 4)?,
                tries: __FORM_5.read(row, 5)?,
                rank: __FORM_6.read(row, 6)?,
                share: __FORM_7.read(row, 7)?,
                letter: __FORM_8.read(row, 8)?,
                nothing: __FORM_9.read(row, 9)?,
                factor_used: __FORM_10.read(row, 10)?,
                hours: __FORM_11.read(row, 11)?,
                note: __FORM_12.read(row, 12)?,
                more: __FORM_13.read(row, 13)?,
                seen: __FORM_14.read(row, 14)?,
                seen_at: __FORM_15.read(row, 15)?,
                tags: if row.value(16).is_null() {
                    ::synctable::__private::default_of::<Vec<String>>()
                } else {
                    __FORM_16.read(row, 16)?
                },
                version: __FIXED_17
                    .make(
                        row.get_system(::synctable::__private::SystemColumn::Version)?,
                    ),
                updated_at: __FIXED_18
                    .make(
                        row.get_system(::synctable::__private::SystemColumn::UpdatedAt)?,
                    ),
                created_at: __FIXED_19
                    .make(
                        row.get_system(::synctable::__private::SystemColumn::CreatedAt)?,
                    ),
                deleted: __FIXED_20.make(row.is_deleted()),
            })
        }
    }
    #[allow(dead_code)]
    impl Job {
        /// Makes the query that gives every row of [`Job`]; filter and order narrow it.
        #[must_use]
        pub fn query() -> ::synctable::__private::Query<Self> {
            ::synctable::__private::Query::new()
        }
        /// Makes the pull of [`Job`] under a query name: the next pull of the same name asks only for what changed since.
        #[must_use]
        pub fn pull(
            name: impl ::core::convert::Into<::std::string::String>,
        ) -> ::synctable::__private::Pull<Self> {
            ::synctable::__private::Pull::named(name)
        }
        /// Makes the pull of [`Job`] that has no name and reads all rows each time.
        #[must_use]
        pub fn full_pull() -> ::synctable::__private::Pull<Self> {
            ::synctable::__private::Pull::full()
        }
        /// Makes the purge of every local row of [`Job`]; a filter narrows it.
        #[must_use]
        pub fn purge() -> ::synctable::__private::Purge<Self> {
            ::synctable::__private::Purge::new()
        }
    }
};
/// Some columns of [`Job`].
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
pub struct JobTitle {
    /// The key.
    pub key: ::synctable::Id,
    /// A keyword as a name.
    pub r#type: String,
    /// The version.
    pub version: Option<::synctable::Version>,
}
#[allow(nonstandard_style, clippy::all, clippy::pedantic)]
const _: () = {
    const __FIELD_0: ::synctable::__private::SubsetField<::synctable::Id> = <Job as ::synctable::__private::SyncTable>::COLUMNS
        .key
        .in_subset();
    const __FIELD_1: ::synctable::__private::SubsetField<String> = <Job as ::synctable::__private::SyncTable>::COLUMNS
        .r#type
        .in_subset();
    const __FIELD_2: ::synctable::__private::SubsetField<Option<::synctable::Version>> = <Job as ::synctable::__private::SyncTable>::COLUMNS
        .version
        .in_subset();
    #[automatically_derived]
    impl ::synctable::__private::ColumnSubset<Job> for JobTitle {
        const SELECTED: ::core::option::Option<
            &'static [&'static ::synctable::__private::ColumnDef],
        > = ::core::option::Option::Some(
            &[__FIELD_0.def(), __FIELD_1.def(), __FIELD_2.def()],
        );
        fn read_selected(
            row: ::synctable::__private::RowRef<'_>,
        ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
            ::core::result::Result::Ok(Self {
                key: __FIELD_0.read(row)?,
                r#type: __FIELD_1.read(row)?,
                version: __FIELD_2.read(row)?,
            })
        }
    }
    #[automatically_derived]
    impl ::synctable::__private::FromSqlRow for JobTitle {
        type Reader = ::synctable::__private::StructReader;
        fn reader(
            columns: &::synctable::__private::SqlColumns,
        ) -> ::core::result::Result<Self::Reader, ::synctable::__private::Error> {
            ::synctable::__private::StructReader::new::<Job, Self>(columns)
        }
        fn read(
            reader: &mut Self::Reader,
            row: ::synctable::__private::SqlRow<'_>,
        ) -> ::core::result::Result<Self, ::synctable::__private::Error> {
            reader.read::<Job, Self>(row)
        }
    }
};
/// A setting of this device.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
pub struct Setting {
    /// The row's id.
    pub id: ::synctable::Id,
    /// The column `version`.
    pub version: i64,
}
#[allow(nonstandard_style, clippy::all, clippy::pedantic)]
const _: () = {
    /// The columns of [`Setting`]: what the closures of its queries are given.
    #[derive(Debug, Clone, Copy)]
    #[allow(dead_code)]
    pub struct SettingColumns {
        /// The row's id.
        pub id: ::synctable::__private::Column<Setting, ::synctable::Id>,
        /// The column `version`.
        pub version: ::synctable::__private::Column<Setting, i64>,
    }
    const __FORM_1: ::synctable::__private::CellForm<i64> = ::synctable::__private::typed::<
        i64,
    >();
    const __FIXED_0: ::synctable::__private::FixedField<
        ::synctable::Id,
        ::synctable::__private::Id,
    > = ::synctable::__private::fixed::<::synctable::Id, ::synctable::__private::Id>();
    #[automatically_derived]
    impl ::synctable::__private::SyncTable for Setting {
        type Columns = SettingColumns;
        const SCHEMA: &'static ::synctable::__private::TableSchema = &::synctable::__private::TableSchema::new(
                "setting",
                const {
                    &[
                        ::synctable::__private::ColumnDef::id("id"),
                        __FORM_1.column("version", "version"),
                    ]
                },
            )
            .local()
            .docs("A setting of this device.");
        const COLUMNS: Self::Columns = SettingColumns {
            id: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[0]),
            version: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[1]),
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
            __FORM_1.write(row, 1, &self.version)?;
            ::core::result::Result::Ok(())
        }
        fn read_row(
            row: ::synctable::__private::RowRef<'_>,
        ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
            ::core::result::Result::Ok(Self {
                id: __FIXED_0.make(row.get(0)?),
                version: __FORM_1.read(row, 1)?,
            })
        }
    }
    #[allow(dead_code)]
    impl Setting {
        /// Makes the query that gives every row of [`Setting`]; filter and order narrow it.
        #[must_use]
        pub fn query() -> ::synctable::__private::Query<Self> {
            ::synctable::__private::Query::new()
        }
        /// Makes the purge of every local row of [`Setting`]; a filter narrows it.
        #[must_use]
        pub fn purge() -> ::synctable::__private::Purge<Self> {
            ::synctable::__private::Purge::new()
        }
    }
};
