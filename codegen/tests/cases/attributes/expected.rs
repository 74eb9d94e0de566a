//! What the generator writes for `derive.rs`.

use synctable::{Id, Timestamp, Version};
/// Every attribute of a table and of its fields.
#[derive(Debug, Clone)]
pub struct Job {
    /// The key.
    pub key: Id,
    /// A keyword as a name.
    pub r#type: String,
    /// When it has to be done.
    pub due: Option<Timestamp>,
    /// The job that this is a part of.
    pub parent: Option<Id>,
    /// The settings of the device.
    pub setting: String,
    /// Tries left.
    pub tries: i32,
    /// A note.
    pub note: String,
    /// Whether this device has shown it.
    seen: bool,
    /// When this device showed it.
    pub(crate) seen_at: Option<Timestamp>,
    /// Words.
    pub tags: Vec<String>,
    /// Not stored.
    pub cached: usize,
    /// The version.
    pub version: Option<Version>,
    /// The time of the last change.
    pub updated_at: Option<Timestamp>,
    /// The time of the creation.
    pub created_at: Option<Timestamp>,
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
        pub key: ::synctable::__private::Column<Job, Id>,
        /// The column `type`, named `Type` on the wire.
        pub r#type: ::synctable::__private::Column<Job, String>,
        /// The column `due`, named `dueAt` on the wire.
        pub due: ::synctable::__private::Column<Job, Option<Timestamp>>,
        /// The column `parent`, named `Parent` on the wire.
        pub parent: ::synctable::__private::Column<Job, Option<Id>>,
        /// The column `setting`, named `Setting` on the wire.
        pub setting: ::synctable::__private::Column<Job, String>,
        /// The column `tries`, named `Tries` on the wire.
        pub tries: ::synctable::__private::Column<Job, i32>,
        /// The column `note`, named `Note` on the wire.
        pub note: ::synctable::__private::Column<Job, String>,
        /// The column `seen`, named `Seen` on the wire; it stays on the device.
        seen: ::synctable::__private::Column<Job, bool>,
        /// The column `seen_at`, named `SeenAt` on the wire; it stays on the device.
        pub(crate) seen_at: ::synctable::__private::Column<Job, Option<Timestamp>>,
        /// The column `tags`, named `Tags` on the wire.
        pub tags: ::synctable::__private::Column<
            Job,
            ::synctable::__private::Json<Vec<String>>,
        >,
        /// The system column `version`.
        pub version: ::synctable::__private::Column<Job, Option<Version>>,
        /// The system column `updatedAt`.
        pub updated_at: ::synctable::__private::Column<Job, Option<Timestamp>>,
        /// The system column `createdAt`.
        pub created_at: ::synctable::__private::Column<Job, Option<Timestamp>>,
        /// The system column `deleted`.
        pub deleted: ::synctable::__private::Column<Job, bool>,
    }
    const __FORM_1: ::synctable::__private::CellForm<String> = ::synctable::__private::typed::<
        String,
    >();
    const __FORM_2: ::synctable::__private::CellForm<Option<Timestamp>> = ::synctable::__private::typed::<
        Option<Timestamp>,
    >();
    const __FORM_3: ::synctable::__private::CellForm<Option<Id>> = ::synctable::__private::typed::<
        Option<Id>,
    >();
    const __FORM_4: ::synctable::__private::CellForm<String> = ::synctable::__private::typed::<
        String,
    >();
    const __FORM_5: ::synctable::__private::CellForm<i32> = ::synctable::__private::typed::<
        i32,
    >();
    const __FORM_6: ::synctable::__private::CellForm<String> = ::synctable::__private::typed::<
        String,
    >();
    const __FORM_7: ::synctable::__private::CellForm<bool> = ::synctable::__private::typed::<
        bool,
    >();
    const __FORM_8: ::synctable::__private::CellForm<Option<Timestamp>> = ::synctable::__private::typed::<
        Option<Timestamp>,
    >();
    const __FORM_9: ::synctable::__private::CellForm<Vec<String>> = ::synctable::__private::json::<
        Vec<String>,
    >();
    const __COLUMN_2: ::synctable::__private::ColumnDef = {
        let __column = __FORM_2
            .column("due", "dueAt")
            .was(&["Due", "due-at"])
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
    const __COLUMN_7: ::synctable::__private::ColumnDef = {
        let __column = __FORM_7
            .column("seen", "Seen")
            .default_value(|__cell| {
                let __value: bool = ::synctable::__private::default_of::<bool>();
                __FORM_7.write_cell(__cell, &__value)
            })
            .docs("Whether this device has shown it.");
        __column.local_only()
    };
    const __COLUMN_8: ::synctable::__private::ColumnDef = {
        let __column = __FORM_8
            .column("seen_at", "SeenAt")
            .docs("When this device showed it.");
        __column.local_only()
    };
    const __FIXED_0: ::synctable::__private::FixedField<
        Id,
        ::synctable::__private::Id,
    > = ::synctable::__private::fixed::<Id, ::synctable::__private::Id>();
    const __FIXED_11: ::synctable::__private::FixedField<
        Option<Version>,
        ::core::option::Option<::synctable::__private::Version>,
    > = ::synctable::__private::fixed::<
        Option<Version>,
        ::core::option::Option<::synctable::__private::Version>,
    >();
    const __FIXED_12: ::synctable::__private::FixedField<
        Option<Timestamp>,
        ::core::option::Option<::synctable::__private::Timestamp>,
    > = ::synctable::__private::fixed::<
        Option<Timestamp>,
        ::core::option::Option<::synctable::__private::Timestamp>,
    >();
    const __FIXED_13: ::synctable::__private::FixedField<
        Option<Timestamp>,
        ::core::option::Option<::synctable::__private::Timestamp>,
    > = ::synctable::__private::fixed::<
        Option<Timestamp>,
        ::core::option::Option<::synctable::__private::Timestamp>,
    >();
    const __FIXED_14: ::synctable::__private::FixedField<
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
                        __FORM_1
                            .column("type", "Type")
                            .was(&["Kind"])
                            .docs("A keyword as a name."),
                        __COLUMN_2,
                        __COLUMN_3,
                        __COLUMN_4,
                        __FORM_5
                            .column("tries", "Tries")
                            .default_value(|__cell| {
                                let __value: i32 = 3;
                                __FORM_5.write_cell(__cell, &__value)
                            })
                            .docs("Tries left."),
                        __FORM_6
                            .column("note", "Note")
                            .default_value(|__cell| {
                                let __value: String = ::synctable::__private::default_of::<
                                    String,
                                >();
                                __FORM_6.write_cell(__cell, &__value)
                            })
                            .docs("A note."),
                        __COLUMN_7,
                        __COLUMN_8,
                        __FORM_9
                            .column("tags", "Tags")
                            .shape(::synctable::__private::shape!(Vec < String >))
                            .docs("Words."),
                    ]
                },
            )
            .route("api/jobs")
            .docs("Every attribute of a table and of its fields.")
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
            note: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[6]),
            seen: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[7]),
            seen_at: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[8]),
            tags: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[9]),
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
                __FIXED_11.borrow(&self.version).as_ref(),
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
            __FORM_6.write(row, 6, &self.note)?;
            __FORM_7.write(row, 7, &self.seen)?;
            __FORM_8.write(row, 8, &self.seen_at)?;
            __FORM_9.write(row, 9, &self.tags)?;
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
                note: __FORM_6.read(row, 6)?,
                seen: __FORM_7.read(row, 7)?,
                seen_at: __FORM_8.read(row, 8)?,
                tags: __FORM_9.read(row, 9)?,
                cached: ::synctable::__private::default_of::<usize>(),
                version: __FIXED_11
                    .make(
                        row.get_system(::synctable::__private::SystemColumn::Version)?,
                    ),
                updated_at: __FIXED_12
                    .make(
                        row.get_system(::synctable::__private::SystemColumn::UpdatedAt)?,
                    ),
                created_at: __FIXED_13
                    .make(
                        row.get_system(::synctable::__private::SystemColumn::CreatedAt)?,
                    ),
                deleted: __FIXED_14.make(row.is_deleted()),
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
/// A setting of this device.
#[derive(Debug)]
struct Setting {
    id: Id,
}
#[allow(nonstandard_style, clippy::all, clippy::pedantic)]
const _: () = {
    /// The columns of [`Setting`]: what the closures of its queries are given.
    #[derive(Debug, Clone, Copy)]
    #[allow(dead_code)]
    struct SettingColumns {
        /// The row's id.
        id: ::synctable::__private::Column<Setting, Id>,
    }
    const __FIXED_0: ::synctable::__private::FixedField<
        Id,
        ::synctable::__private::Id,
    > = ::synctable::__private::fixed::<Id, ::synctable::__private::Id>();
    #[automatically_derived]
    impl ::synctable::__private::SyncTable for Setting {
        type Columns = SettingColumns;
        const SCHEMA: &'static ::synctable::__private::TableSchema = &::synctable::__private::TableSchema::new(
                "setting",
                const { &[::synctable::__private::ColumnDef::id("id")] },
            )
            .local()
            .docs("A setting of this device.");
        const COLUMNS: Self::Columns = SettingColumns {
            id: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[0]),
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
            ::core::result::Result::Ok(())
        }
        fn read_row(
            row: ::synctable::__private::RowRef<'_>,
        ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
            ::core::result::Result::Ok(Self {
                id: __FIXED_0.make(row.get(0)?),
            })
        }
    }
    #[allow(dead_code)]
    impl Setting {
        /// Makes the query that gives every row of [`Setting`]; filter and order narrow it.
        #[must_use]
        fn query() -> ::synctable::__private::Query<Self> {
            ::synctable::__private::Query::new()
        }
        /// Makes the purge of every local row of [`Setting`]; a filter narrows it.
        #[must_use]
        fn purge() -> ::synctable::__private::Purge<Self> {
            ::synctable::__private::Purge::new()
        }
    }
};
