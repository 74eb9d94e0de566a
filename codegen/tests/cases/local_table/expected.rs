//! What the generator writes for `derive.rs`.

use synctable::Id;
/// A setting of this device.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Setting {
    pub(crate) id: Id,
    pub(crate) set_by: String,
    /// The version of the app: a local table has no system columns, so the name is free.
    pub(crate) version: i32,
}
#[allow(nonstandard_style, clippy::all, clippy::pedantic)]
const _: () = {
    /// The columns of [`Setting`]: what the closures of its queries are given.
    #[derive(Debug, Clone, Copy)]
    #[allow(dead_code)]
    pub(crate) struct SettingColumns {
        /// The row's id.
        pub(crate) id: ::synctable::__private::Column<Setting, Id>,
        /// The column `set_by`.
        pub(crate) set_by: ::synctable::__private::Column<Setting, String>,
        /// The column `version`.
        pub(crate) version: ::synctable::__private::Column<Setting, i32>,
    }
    const __FORM_1: ::synctable::__private::CellForm<String> = ::synctable::__private::typed::<
        String,
    >();
    const __FORM_2: ::synctable::__private::CellForm<i32> = ::synctable::__private::typed::<
        i32,
    >();
    const __FIXED_0: ::synctable::__private::FixedField<
        Id,
        ::synctable::__private::Id,
    > = ::synctable::__private::fixed::<Id, ::synctable::__private::Id>();
    #[automatically_derived]
    impl ::synctable::__private::SyncTable for Setting {
        type Columns = SettingColumns;
        const SCHEMA: &'static ::synctable::__private::TableSchema = &::synctable::__private::TableSchema::new(
                "settings",
                const {
                    &[
                        ::synctable::__private::ColumnDef::id("id"),
                        __FORM_1.column("set_by", "set_by"),
                        __FORM_2
                            .column("version", "version")
                            .docs(
                                "The version of the app: a local table has no system columns, so the name is free.",
                            ),
                    ]
                },
            )
            .local()
            .docs("A setting of this device.");
        const COLUMNS: Self::Columns = SettingColumns {
            id: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[0]),
            set_by: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[1]),
            version: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[2]),
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
            __FORM_1.write(row, 1, &self.set_by)?;
            __FORM_2.write(row, 2, &self.version)?;
            ::core::result::Result::Ok(())
        }
        fn read_row(
            row: ::synctable::__private::RowRef<'_>,
        ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
            ::core::result::Result::Ok(Self {
                id: __FIXED_0.make(row.get(0)?),
                set_by: __FORM_1.read(row, 1)?,
                version: __FORM_2.read(row, 2)?,
            })
        }
    }
    #[allow(dead_code)]
    impl Setting {
        /// Makes the query that gives every row of [`Setting`]; filter and order narrow it.
        #[must_use]
        pub(crate) fn query() -> ::synctable::__private::Query<Self> {
            ::synctable::__private::Query::new()
        }
        /// Makes the purge of every local row of [`Setting`]; a filter narrows it.
        #[must_use]
        pub(crate) fn purge() -> ::synctable::__private::Purge<Self> {
            ::synctable::__private::Purge::new()
        }
    }
};
