//! What the generator writes for `derive.rs`.

/// A value inside a JSON column.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Default,
    ::synctable::__private::serde::Serialize,
    ::synctable::__private::serde::Deserialize
)]
#[serde(crate = "::synctable::__private::serde", deny_unknown_fields)]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
pub struct Detail {
    /// The member `text`.
    pub text: String,
}
::synctable::__private::json_shape!(
    Detail, "Detail",
    "{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"}},\"required\":[\"text\"],\"additionalProperties\":false}",
    [String]
);
/// A point on a map.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Default,
    ::synctable::__private::serde::Serialize,
    ::synctable::__private::serde::Deserialize
)]
#[serde(crate = "::synctable::__private::serde")]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
pub struct Point {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    #[serde(rename = "lonDegrees")]
    pub lon_degrees: f64,
    /// The member `height`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<f64>,
    /// The member `details`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Vec<Detail>>,
    /// The member `type`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    /// Points that are near.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<Vec<Point>>,
    /// The member `mark`.
    pub mark: Option<i64>,
    /// The member `note`.
    #[serde(default, skip_serializing_if = "::synctable::JsonValue::is_null")]
    pub note: ::synctable::JsonValue,
    /// The members that have no field here.
    #[serde(flatten)]
    pub other_members: ::std::collections::BTreeMap<String, ::synctable::JsonValue>,
}
::synctable::__private::json_shape!(
    Point, "Point",
    "{\"description\":\"A point on a map.\",\"type\":\"object\",\"properties\":{\"lat\":{\"description\":\"Degrees north.\",\"type\":\"number\"},\"lonDegrees\":{\"description\":\"Degrees east.\",\"type\":\"number\"},\"height\":{\"type\":[\"number\",\"null\"]},\"details\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/Detail\"}},\"type\":{\"type\":\"string\"},\"near\":{\"description\":\"Points that are near.\",\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/Point\"}},\"mark\":{\"type\":[\"integer\",\"null\"]},\"note\":{}},\"required\":[\"lat\",\"lonDegrees\",\"mark\"]}",
    [f64, f64, Option < f64 >, Option < Vec < Detail >>, Option < String >, Option < Vec
    < Point >>, Option < i64 >, ::synctable::JsonValue]
);
/// A table with objects, lists and maps.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
pub struct Place {
    /// The row's id.
    pub id: ::synctable::Id,
    /// Where it is.
    pub at: Point,
    /// The way there.
    pub way: Option<Vec<Point>>,
    /// The column `marks`.
    pub marks: Option<Vec<Option<i64>>>,
    /// The column `counts`.
    pub counts: ::std::collections::BTreeMap<String, i64>,
    /// Anything.
    pub extra: ::synctable::JsonValue,
    /// The column `words`.
    pub words: Vec<String>,
}
#[allow(nonstandard_style, clippy::all, clippy::pedantic)]
const _: () = {
    /// The columns of [`Place`]: what the closures of its queries are given.
    #[derive(Debug, Clone, Copy)]
    #[allow(dead_code)]
    pub struct PlaceColumns {
        /// The row's id.
        pub id: ::synctable::__private::Column<Place, ::synctable::Id>,
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
        /// The column `marks`.
        pub marks: ::synctable::__private::Column<
            Place,
            ::synctable::__private::Json<Option<Vec<Option<i64>>>>,
        >,
        /// The column `counts`.
        pub counts: ::synctable::__private::Column<
            Place,
            ::synctable::__private::Json<::std::collections::BTreeMap<String, i64>>,
        >,
        /// The column `extra`.
        pub extra: ::synctable::__private::Column<
            Place,
            ::synctable::__private::Json<::synctable::JsonValue>,
        >,
        /// The column `words`.
        pub words: ::synctable::__private::Column<
            Place,
            ::synctable::__private::Json<Vec<String>>,
        >,
    }
    const __FORM_1: ::synctable::__private::CellForm<Point> = ::synctable::__private::json::<
        Point,
    >();
    const __FORM_2: ::synctable::__private::CellForm<Option<Vec<Point>>> = ::synctable::__private::json::<
        Option<Vec<Point>>,
    >();
    const __FORM_3: ::synctable::__private::CellForm<Option<Vec<Option<i64>>>> = ::synctable::__private::json::<
        Option<Vec<Option<i64>>>,
    >();
    const __FORM_4: ::synctable::__private::CellForm<
        ::std::collections::BTreeMap<String, i64>,
    > = ::synctable::__private::json::<::std::collections::BTreeMap<String, i64>>();
    const __FORM_5: ::synctable::__private::CellForm<::synctable::JsonValue> = ::synctable::__private::json::<
        ::synctable::JsonValue,
    >();
    const __FORM_6: ::synctable::__private::CellForm<Vec<String>> = ::synctable::__private::json::<
        Vec<String>,
    >();
    const __FIXED_0: ::synctable::__private::FixedField<
        ::synctable::Id,
        ::synctable::__private::Id,
    > = ::synctable::__private::fixed::<::synctable::Id, ::synctable::__private::Id>();
    #[automatically_derived]
    impl ::synctable::__private::SyncTable for Place {
        type Columns = PlaceColumns;
        const SCHEMA: &'static ::synctable::__private::TableSchema = &::synctable::__private::TableSchema::new(
                "place",
                const {
                    &[
                        ::synctable::__private::ColumnDef::id("id"),
                        __FORM_1
                            .column("at", "at")
                            .shape(::synctable::__private::shape!(Point))
                            .docs("Where it is."),
                        __FORM_2
                            .column("way", "way")
                            .shape(
                                ::synctable::__private::shape!(Option < Vec < Point > >),
                            )
                            .docs("The way there."),
                        __FORM_3
                            .column("marks", "marks")
                            .shape(
                                ::synctable::__private::shape!(
                                    Option < Vec < Option < i64 > > >
                                ),
                            ),
                        __FORM_4
                            .column("counts", "counts")
                            .default_value(|__cell| {
                                let __value: ::std::collections::BTreeMap<String, i64> = ::synctable::__private::default_of::<
                                    ::std::collections::BTreeMap<String, i64>,
                                >();
                                __FORM_4.write_cell(__cell, &__value)
                            })
                            .shape(
                                ::synctable::__private::shape!(
                                    ::std::collections::BTreeMap < String, i64 >
                                ),
                            ),
                        __FORM_5
                            .column("extra", "extra")
                            .shape(
                                ::synctable::__private::shape!(::synctable::JsonValue),
                            )
                            .docs("Anything."),
                        __FORM_6
                            .column("words", "words")
                            .default_value(|__cell| {
                                let __value: Vec<String> = ::synctable::__private::from_json(
                                    "[\"a\"]",
                                )?;
                                __FORM_6.write_cell(__cell, &__value)
                            })
                            .shape(::synctable::__private::shape!(Vec < String >)),
                    ]
                },
            )
            .docs("A table with objects, lists and maps.");
        const COLUMNS: Self::Columns = PlaceColumns {
            id: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[0]),
            at: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[1]),
            way: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[2]),
            marks: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[3]),
            counts: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[4]),
            extra: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[5]),
            words: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[6]),
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
            __FORM_3.write(row, 3, &self.marks)?;
            __FORM_4.write(row, 4, &self.counts)?;
            __FORM_5.write(row, 5, &self.extra)?;
            __FORM_6.write(row, 6, &self.words)?;
            ::core::result::Result::Ok(())
        }
        fn read_row(
            row: ::synctable::__private::RowRef<'_>,
        ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
            ::core::result::Result::Ok(Self {
                id: __FIXED_0.make(row.get(0)?),
                at: __FORM_1.read(row, 1)?,
                way: __FORM_2.read(row, 2)?,
                marks: __FORM_3.read(row, 3)?,
                counts: if row.value(4).is_null() {
                    ::synctable::__private::default_of::<
                        ::std::collections::BTreeMap<String, i64>,
                    >()
                } else {
                    __FORM_4.read(row, 4)?
                },
                extra: __FORM_5.read(row, 5)?,
                words: if row.value(6).is_null() {
                    ::synctable::__private::from_json("[\"a\"]")?
                } else {
                    __FORM_6.read(row, 6)?
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
