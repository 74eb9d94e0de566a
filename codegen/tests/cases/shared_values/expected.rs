//! What the generator writes for `derive.rs`.

/// A closed enum: another text is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
pub enum Rating {
    /// For all.
    #[default]
    G,
    /// With parents.
    WithParents,
}
#[automatically_derived]
#[allow(clippy::all, clippy::pedantic)]
impl ::synctable::__private::ColumnValue for Rating {
    const TYPE: ::synctable::__private::ColumnType = ::synctable::__private::ColumnType::Text;
    const CHECKED: ::core::primitive::bool = true;
    const NAMED: ::core::option::Option<&'static ::synctable::__private::NamedType> = ::core::option::Option::Some(
        &::synctable::__private::NamedType::new(
            "Rating",
            "A closed enum: another text is an error.",
            ::synctable::__private::NamedKind::Texts {
                texts: &[
                    ::synctable::__private::NamedText {
                        text: "G",
                        variant: "G",
                        docs: "For all.",
                    },
                    ::synctable::__private::NamedText {
                        text: "PG-13",
                        variant: "WithParents",
                        docs: "With parents.",
                    },
                ],
                other: ::core::option::Option::None,
            },
        ),
    );
    fn write(
        &self,
        cell: ::synctable::__private::CellWriter<'_>,
    ) -> ::core::result::Result<(), ::synctable::__private::ValueError> {
        cell.text(
            match self {
                Self::G => "G",
                Self::WithParents => "PG-13",
            },
        );
        ::core::result::Result::Ok(())
    }
    fn read(
        value: ::synctable::__private::ValueRef<'_>,
    ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
        match value {
            ::synctable::__private::ValueRef::Text(text) => {
                match text {
                    "G" => ::core::result::Result::Ok(Self::G),
                    "PG-13" => ::core::result::Result::Ok(Self::WithParents),
                    text => {
                        ::core::result::Result::Err(
                            ::synctable::__private::ValueError::unknown(
                                text,
                                &["G", "PG-13"],
                            ),
                        )
                    }
                }
            }
            other => {
                ::core::result::Result::Err(
                    ::synctable::__private::ValueError::mismatch("text", other),
                )
            }
        }
    }
}
#[automatically_derived]
impl ::synctable::__private::OrderedValue for Rating {}
/// An open enum: another text is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
pub enum Genre {
    /// Guitars.
    #[default]
    HardRock,
    /// Fiddles.
    Folk,
    /// Any other text.
    Other(String),
}
#[automatically_derived]
#[allow(clippy::all, clippy::pedantic)]
impl ::synctable::__private::ColumnValue for Genre {
    const TYPE: ::synctable::__private::ColumnType = ::synctable::__private::ColumnType::Text;
    const CHECKED: ::core::primitive::bool = false;
    const NAMED: ::core::option::Option<&'static ::synctable::__private::NamedType> = ::core::option::Option::Some(
        &::synctable::__private::NamedType::new(
            "Genre",
            "An open enum: another text is kept.",
            ::synctable::__private::NamedKind::Texts {
                texts: &[
                    ::synctable::__private::NamedText {
                        text: "hard-rock",
                        variant: "HardRock",
                        docs: "Guitars.",
                    },
                    ::synctable::__private::NamedText {
                        text: "folk",
                        variant: "Folk",
                        docs: "Fiddles.",
                    },
                ],
                other: ::core::option::Option::Some("Other"),
            },
        ),
    );
    fn write(
        &self,
        cell: ::synctable::__private::CellWriter<'_>,
    ) -> ::core::result::Result<(), ::synctable::__private::ValueError> {
        cell.text(
            match self {
                Self::HardRock => "hard-rock",
                Self::Folk => "folk",
                Self::Other(text) => text,
            },
        );
        ::core::result::Result::Ok(())
    }
    fn read(
        value: ::synctable::__private::ValueRef<'_>,
    ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
        match value {
            ::synctable::__private::ValueRef::Text(text) => {
                match text {
                    "hard-rock" => ::core::result::Result::Ok(Self::HardRock),
                    "folk" => ::core::result::Result::Ok(Self::Folk),
                    text => {
                        ::core::result::Result::Ok(
                            Self::Other(::core::convert::From::from(text)),
                        )
                    }
                }
            }
            other => {
                ::core::result::Result::Err(
                    ::synctable::__private::ValueError::mismatch("text", other),
                )
            }
        }
    }
}
#[automatically_derived]
impl ::synctable::__private::OrderedValue for Genre {}
/// The id of a track.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
pub struct TrackId(pub ::synctable::Id);
#[automatically_derived]
impl ::synctable::__private::ColumnValue for TrackId {
    const TYPE: ::synctable::__private::ColumnType = <::synctable::Id as ::synctable::__private::ColumnValue>::TYPE;
    const NULLABLE: ::core::primitive::bool = <::synctable::Id as ::synctable::__private::ColumnValue>::NULLABLE;
    const CHECKED: ::core::primitive::bool = <::synctable::Id as ::synctable::__private::ColumnValue>::CHECKED;
    const NAMED: ::core::option::Option<&'static ::synctable::__private::NamedType> = match <::synctable::Id as ::synctable::__private::ColumnValue>::NAMED {
        ::core::option::Option::Some(__named) => ::core::option::Option::Some(__named),
        ::core::option::Option::None => {
            ::core::option::Option::Some(
                &::synctable::__private::NamedType::new(
                    "TrackId",
                    "The id of a track.",
                    ::synctable::__private::NamedKind::Newtype,
                ),
            )
        }
    };
    fn write(
        &self,
        cell: ::synctable::__private::CellWriter<'_>,
    ) -> ::core::result::Result<(), ::synctable::__private::ValueError> {
        <::synctable::Id as ::synctable::__private::ColumnValue>::write(&self.0, cell)
    }
    fn read(
        value: ::synctable::__private::ValueRef<'_>,
    ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
        <::synctable::Id as ::synctable::__private::ColumnValue>::read(value).map(Self)
    }
}
#[automatically_derived]
impl ::synctable::__private::OrderedValue for TrackId
where
    for<'__never> ::synctable::Id: ::synctable::__private::OrderedValue,
{}
#[automatically_derived]
impl ::synctable::__private::TextValue for TrackId
where
    for<'__never> ::synctable::Id: ::synctable::__private::TextValue,
{}
#[automatically_derived]
impl ::synctable::__private::NumberValue for TrackId
where
    for<'__never> ::synctable::Id: ::synctable::__private::NumberValue,
{
    type Computed = <::synctable::Id as ::synctable::__private::NumberValue>::Computed;
}
#[automatically_derived]
impl ::synctable::__private::DateValue for TrackId
where
    for<'__never> ::synctable::Id: ::synctable::__private::DateValue,
{}
#[automatically_derived]
impl ::synctable::__private::TimeValue for TrackId
where
    for<'__never> ::synctable::Id: ::synctable::__private::TimeValue,
{}
/// A table of such columns.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
pub struct Track {
    /// The row's id.
    pub id: ::synctable::Id,
    /// The rating.
    pub rating: Rating,
    /// The genre.
    pub genre: Option<Genre>,
    /// The track before.
    pub after: Option<TrackId>,
    /// The cover.
    pub cover: Genre,
}
#[allow(nonstandard_style, clippy::all, clippy::pedantic)]
const _: () = {
    /// The columns of [`Track`]: what the closures of its queries are given.
    #[derive(Debug, Clone, Copy)]
    #[allow(dead_code)]
    pub struct TrackColumns {
        /// The row's id.
        pub id: ::synctable::__private::Column<Track, ::synctable::Id>,
        /// The column `rating`.
        pub rating: ::synctable::__private::Column<Track, Rating>,
        /// The column `genre`.
        pub genre: ::synctable::__private::Column<Track, Option<Genre>>,
        /// The column `after`.
        pub after: ::synctable::__private::Column<Track, Option<TrackId>>,
        /// The column `cover`.
        pub cover: ::synctable::__private::Column<Track, Genre>,
    }
    const __FORM_1: ::synctable::__private::CellForm<Rating> = ::synctable::__private::typed::<
        Rating,
    >();
    const __FORM_2: ::synctable::__private::CellForm<Option<Genre>> = ::synctable::__private::typed::<
        Option<Genre>,
    >();
    const __FORM_3: ::synctable::__private::CellForm<Option<TrackId>> = ::synctable::__private::typed::<
        Option<TrackId>,
    >();
    const __FORM_4: ::synctable::__private::CellForm<Genre> = ::synctable::__private::typed::<
        Genre,
    >();
    const __FIXED_0: ::synctable::__private::FixedField<
        ::synctable::Id,
        ::synctable::__private::Id,
    > = ::synctable::__private::fixed::<::synctable::Id, ::synctable::__private::Id>();
    #[automatically_derived]
    impl ::synctable::__private::SyncTable for Track {
        type Columns = TrackColumns;
        const SCHEMA: &'static ::synctable::__private::TableSchema = &::synctable::__private::TableSchema::new(
                "track",
                const {
                    &[
                        ::synctable::__private::ColumnDef::id("id"),
                        __FORM_1
                            .column("rating", "rating")
                            .default_value(|__cell| {
                                let __value: Rating = Rating::WithParents;
                                __FORM_1.write_cell(__cell, &__value)
                            })
                            .docs("The rating."),
                        __FORM_2.column("genre", "genre").docs("The genre."),
                        __FORM_3.column("after", "after").docs("The track before."),
                        __FORM_4
                            .column("cover", "cover")
                            .default_value(|__cell| {
                                let __value: Genre = ::synctable::__private::default_of::<
                                    Genre,
                                >();
                                __FORM_4.write_cell(__cell, &__value)
                            })
                            .docs("The cover."),
                    ]
                },
            )
            .docs("A table of such columns.");
        const COLUMNS: Self::Columns = TrackColumns {
            id: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[0]),
            rating: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[1]),
            genre: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[2]),
            after: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[3]),
            cover: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[4]),
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
            __FORM_1.write(row, 1, &self.rating)?;
            __FORM_2.write(row, 2, &self.genre)?;
            __FORM_3.write(row, 3, &self.after)?;
            __FORM_4.write(row, 4, &self.cover)?;
            ::core::result::Result::Ok(())
        }
        fn read_row(
            row: ::synctable::__private::RowRef<'_>,
        ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
            ::core::result::Result::Ok(Self {
                id: __FIXED_0.make(row.get(0)?),
                rating: __FORM_1.read(row, 1)?,
                genre: __FORM_2.read(row, 2)?,
                after: __FORM_3.read(row, 3)?,
                cover: __FORM_4.read(row, 4)?,
            })
        }
    }
    #[allow(dead_code)]
    impl Track {
        /// Makes the query that gives every row of [`Track`]; filter and order narrow it.
        #[must_use]
        pub fn query() -> ::synctable::__private::Query<Self> {
            ::synctable::__private::Query::new()
        }
        /// Makes the pull of [`Track`] under a query name: the next pull of the same name asks only for what changed since.
        #[must_use]
        pub fn pull(
            name: impl ::core::convert::Into<::std::string::String>,
        ) -> ::synctable::__private::Pull<Self> {
            ::synctable::__private::Pull::named(name)
        }
        /// Makes the pull of [`Track`] that has no name and reads all rows each time.
        #[must_use]
        pub fn full_pull() -> ::synctable::__private::Pull<Self> {
            ::synctable::__private::Pull::full()
        }
        /// Makes the purge of every local row of [`Track`]; a filter narrows it.
        #[must_use]
        pub fn purge() -> ::synctable::__private::Purge<Self> {
            ::synctable::__private::Purge::new()
        }
    }
};
