//! What the generator writes for `derive.rs`.

use synctable::{Id, Timestamp, Version};
/// A thing to do.
#[derive(Debug, Clone, Default)]
pub struct TodoItem {
    /// The id.
    pub id: Id,
    /// What to do.
    pub title: String,
    /// Whether it is done.
    pub complete: bool,
    /// When it has to be done.
    pub due: Option<Timestamp>,
    /// The version.
    pub version: Option<Version>,
}
#[allow(nonstandard_style, clippy::all, clippy::pedantic)]
const _: () = {
    /// The columns of [`TodoItem`]: what the closures of its queries are given.
    #[derive(Debug, Clone, Copy)]
    #[allow(dead_code)]
    pub struct TodoItemColumns {
        /// The row's id.
        pub id: ::synctable::__private::Column<TodoItem, Id>,
        /// The column `title`.
        pub title: ::synctable::__private::Column<TodoItem, String>,
        /// The column `complete`.
        pub complete: ::synctable::__private::Column<TodoItem, bool>,
        /// The column `due`, named `dueAt` on the wire.
        pub due: ::synctable::__private::Column<TodoItem, Option<Timestamp>>,
        /// The system column `version`.
        pub version: ::synctable::__private::Column<TodoItem, Option<Version>>,
    }
    const __FORM_1: ::synctable::__private::CellForm<String> = ::synctable::__private::typed::<
        String,
    >();
    const __FORM_2: ::synctable::__private::CellForm<bool> = ::synctable::__private::typed::<
        bool,
    >();
    const __FORM_3: ::synctable::__private::CellForm<Option<Timestamp>> = ::synctable::__private::typed::<
        Option<Timestamp>,
    >();
    const __COLUMN_3: ::synctable::__private::ColumnDef = {
        let __column = __FORM_3.column("due", "dueAt").docs("When it has to be done.");
        __column.indexed()
    };
    const __FIXED_0: ::synctable::__private::FixedField<
        Id,
        ::synctable::__private::Id,
    > = ::synctable::__private::fixed::<Id, ::synctable::__private::Id>();
    const __FIXED_4: ::synctable::__private::FixedField<
        Option<Version>,
        ::core::option::Option<::synctable::__private::Version>,
    > = ::synctable::__private::fixed::<
        Option<Version>,
        ::core::option::Option<::synctable::__private::Version>,
    >();
    #[automatically_derived]
    impl ::synctable::__private::SyncTable for TodoItem {
        type Columns = TodoItemColumns;
        const SCHEMA: &'static ::synctable::__private::TableSchema = &::synctable::__private::TableSchema::new(
                "todoitem",
                const {
                    &[
                        ::synctable::__private::ColumnDef::id("id").docs("The id."),
                        __FORM_1.column("title", "title").docs("What to do."),
                        __FORM_2
                            .column("complete", "complete")
                            .docs("Whether it is done."),
                        __COLUMN_3,
                    ]
                },
            )
            .docs("A thing to do.")
            .declares(
                &[(::synctable::__private::SystemColumn::Version, "The version.")],
            );
        const COLUMNS: Self::Columns = TodoItemColumns {
            id: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[0]),
            title: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[1]),
            complete: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[2]),
            due: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[3]),
            version: ::synctable::__private::Column::new(
                ::synctable::__private::SystemColumn::Version.column(),
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
                __FIXED_4.borrow(&self.version).as_ref(),
            )
        }
        fn write_row(
            &self,
            row: &mut ::synctable::__private::RowWriter<'_>,
        ) -> ::core::result::Result<(), ::synctable::__private::ValueError> {
            row.set(0, __FIXED_0.borrow(&self.id))?;
            __FORM_1.write(row, 1, &self.title)?;
            __FORM_2.write(row, 2, &self.complete)?;
            __FORM_3.write(row, 3, &self.due)?;
            ::core::result::Result::Ok(())
        }
        fn read_row(
            row: ::synctable::__private::RowRef<'_>,
        ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
            ::core::result::Result::Ok(Self {
                id: __FIXED_0.make(row.get(0)?),
                title: __FORM_1.read(row, 1)?,
                complete: __FORM_2.read(row, 2)?,
                due: __FORM_3.read(row, 3)?,
                version: __FIXED_4
                    .make(row.get_system(::synctable::__private::SystemColumn::Version)?),
            })
        }
    }
    #[allow(dead_code)]
    impl TodoItem {
        /// Makes the query that gives every row of [`TodoItem`]; filter and order narrow it.
        #[must_use]
        pub fn query() -> ::synctable::__private::Query<Self> {
            ::synctable::__private::Query::new()
        }
        /// Makes the pull of [`TodoItem`] under a query name: the next pull of the same name asks only for what changed since.
        #[must_use]
        pub fn pull(
            name: impl ::core::convert::Into<::std::string::String>,
        ) -> ::synctable::__private::Pull<Self> {
            ::synctable::__private::Pull::named(name)
        }
        /// Makes the pull of [`TodoItem`] that has no name and reads all rows each time.
        #[must_use]
        pub fn full_pull() -> ::synctable::__private::Pull<Self> {
            ::synctable::__private::Pull::full()
        }
        /// Makes the purge of every local row of [`TodoItem`]; a filter narrows it.
        #[must_use]
        pub fn purge() -> ::synctable::__private::Purge<Self> {
            ::synctable::__private::Purge::new()
        }
    }
};
