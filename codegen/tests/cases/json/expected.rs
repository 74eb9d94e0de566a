//! What the generator writes for `derive.rs`.

use std::collections::BTreeMap;
use serde::{Deserialize, Serialize};
use synctable::Id;
/// A point on a map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
}
/// A table with columns of any serde type.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The id.
    pub id: Id,
    /// Where it is; null is refused.
    pub at: Point,
    /// The way there, if known.
    pub way: Option<Vec<Point>>,
    /// Words; null becomes the empty list.
    pub tags: Vec<String>,
    /// Counters; null becomes one counter.
    pub counts: BTreeMap<String, i64>,
    /// Only on this device.
    pub drafts: Vec<Point>,
}
#[allow(nonstandard_style, clippy::all, clippy::pedantic)]
const _: () = {
    /// The columns of [`Place`]: what the closures of its queries are given.
    #[derive(Debug, Clone, Copy)]
    #[allow(dead_code)]
    pub struct PlaceColumns {
        /// The row's id.
        pub id: ::synctable::__private::Column<Place, Id>,
        /// The column `at`.
        pub at: ::synctable::__private::Column<
            Place,
            ::synctable::__private::Json<Point>,
        >,
        /// The column `way`.
        pub way: ::synctable::__private::Column<
            Place,
            ::synctable::__private::Json<Option<Vec<Point>>>,
        >,
        /// The column `tags`.
        pub tags: ::synctable::__private::Column<
            Place,
            ::synctable::__private::Json<Vec<String>>,
        >,
        /// The column `counts`, named `counters` on the wire.
        pub counts: ::synctable::__private::Column<
            Place,
            ::synctable::__private::Json<BTreeMap<String, i64>>,
        >,
        /// The column `drafts`; it stays on the device.
        pub drafts: ::synctable::__private::Column<
            Place,
            ::synctable::__private::Json<Vec<Point>>,
        >,
    }
    const __FORM_1: ::synctable::__private::CellForm<Point> = ::synctable::__private::json::<
        Point,
    >();
    const __FORM_2: ::synctable::__private::CellForm<Option<Vec<Point>>> = ::synctable::__private::json::<
        Option<Vec<Point>>,
    >();
    const __FORM_3: ::synctable::__private::CellForm<Vec<String>> = ::synctable::__private::json::<
        Vec<String>,
    >();
    const __FORM_4: ::synctable::__private::CellForm<BTreeMap<String, i64>> = ::synctable::__private::json::<
        BTreeMap<String, i64>,
    >();
    const __FORM_5: ::synctable::__private::CellForm<Vec<Point>> = ::synctable::__private::json::<
        Vec<Point>,
    >();
    const __COLUMN_5: ::synctable::__private::ColumnDef = {
        let __column = __FORM_5
            .column("drafts", "drafts")
            .default_value(|__cell| {
                let __value: Vec<Point> = ::synctable::__private::default_of::<
                    Vec<Point>,
                >();
                __FORM_5.write_cell(__cell, &__value)
            })
            .shape(::synctable::__private::shape!(Vec < Point >))
            .docs("Only on this device.");
        __column.local_only()
    };
    const __FIXED_0: ::synctable::__private::FixedField<
        Id,
        ::synctable::__private::Id,
    > = ::synctable::__private::fixed::<Id, ::synctable::__private::Id>();
    #[automatically_derived]
    impl ::synctable::__private::SyncTable for Place {
        type Columns = PlaceColumns;
        const SCHEMA: &'static ::synctable::__private::TableSchema = &::synctable::__private::TableSchema::new(
                "place",
                const {
                    &[
                        ::synctable::__private::ColumnDef::id("id").docs("The id."),
                        __FORM_1
                            .column("at", "at")
                            .shape(::synctable::__private::shape!(Point))
                            .docs("Where it is; null is refused."),
                        __FORM_2
                            .column("way", "way")
                            .shape(
                                ::synctable::__private::shape!(Option < Vec < Point > >),
                            )
                            .docs("The way there, if known."),
                        __FORM_3
                            .column("tags", "tags")
                            .default_value(|__cell| {
                                let __value: Vec<String> = ::synctable::__private::default_of::<
                                    Vec<String>,
                                >();
                                __FORM_3.write_cell(__cell, &__value)
                            })
                            .shape(::synctable::__private::shape!(Vec < String >))
                            .docs("Words; null becomes the empty list."),
                        __FORM_4
                            .column("counts", "counters")
                            .default_value(|__cell| {
                                let __value: BTreeMap<String, i64> = BTreeMap::from([
                                    ("visits".to_owned(), 0),
                                ]);
                                __FORM_4.write_cell(__cell, &__value)
                            })
                            .shape(
                                ::synctable::__private::shape!(BTreeMap < String, i64 >),
                            )
                            .docs("Counters; null becomes one counter."),
                        __COLUMN_5,
                    ]
                },
            )
            .docs("A table with columns of any serde type.");
        const COLUMNS: Self::Columns = PlaceColumns {
            id: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[0]),
            at: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[1]),
            way: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[2]),
            tags: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[3]),
            counts: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[4]),
            drafts: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[5]),
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
            __FORM_1.write(row, 1, &self.at)?;
            __FORM_2.write(row, 2, &self.way)?;
            __FORM_3.write(row, 3, &self.tags)?;
            __FORM_4.write(row, 4, &self.counts)?;
            __FORM_5.write(row, 5, &self.drafts)?;
            ::core::result::Result::Ok(())
        }
        fn read_row(
            row: ::synctable::__private::RowRef<'_>,
        ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
            ::core::result::Result::Ok(Self {
                id: __FIXED_0.make(row.get(0)?),
                at: __FORM_1.read(row, 1)?,
                way: __FORM_2.read(row, 2)?,
                tags: if row.value(3).is_null() {
                    ::synctable::__private::default_of::<Vec<String>>()
                } else {
                    __FORM_3.read(row, 3)?
                },
                counts: if row.value(4).is_null() {
                    BTreeMap::from([("visits".to_owned(), 0)])
                } else {
                    __FORM_4.read(row, 4)?
                },
                drafts: if row.value(5).is_null() {
                    ::synctable::__private::default_of::<Vec<Point>>()
                } else {
                    __FORM_5.read(row, 5)?
                },
            })
        }
    }
    #[allow(dead_code)]
    impl Place {
        /// Makes the query that gives every row of [`Place`]; filter and order narrow it.
        #[must_use]
        pub fn query() -> ::synctable::__private::Query<Self> {
            ::synctable::__private::Query::new()
        }
        /// Makes the pull of [`Place`] under a query name: the next pull of the same name asks only for what changed since.
        #[must_use]
        pub fn pull(
            name: impl ::core::convert::Into<::std::string::String>,
        ) -> ::synctable::__private::Pull<Self> {
            ::synctable::__private::Pull::named(name)
        }
        /// Makes the pull of [`Place`] that has no name and reads all rows each time.
        #[must_use]
        pub fn full_pull() -> ::synctable::__private::Pull<Self> {
            ::synctable::__private::Pull::full()
        }
        /// Makes the purge of every local row of [`Place`]; a filter narrows it.
        #[must_use]
        pub fn purge() -> ::synctable::__private::Purge<Self> {
            ::synctable::__private::Purge::new()
        }
    }
};
