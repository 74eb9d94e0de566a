//! What the generator writes for `derive.rs`.

use synctable::Id;
/// A closed enum: another text is an error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rating {
    /// For all.
    G,
    /// With parents.
    Pg13,
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
                        variant: "Pg13",
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
                Self::Pg13 => "PG-13",
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
                    "PG-13" => ::core::result::Result::Ok(Self::Pg13),
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
#[derive(Debug, Clone, PartialEq)]
pub enum Genre {
    /// Guitars.
    HardRock,
    /// All others.
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
#[derive(Debug, Clone, PartialEq)]
pub struct TrackId(Id);
#[automatically_derived]
impl ::synctable::__private::ColumnValue for TrackId {
    const TYPE: ::synctable::__private::ColumnType = <Id as ::synctable::__private::ColumnValue>::TYPE;
    const NULLABLE: ::core::primitive::bool = <Id as ::synctable::__private::ColumnValue>::NULLABLE;
    const CHECKED: ::core::primitive::bool = <Id as ::synctable::__private::ColumnValue>::CHECKED;
    const NAMED: ::core::option::Option<&'static ::synctable::__private::NamedType> = match <Id as ::synctable::__private::ColumnValue>::NAMED {
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
        <Id as ::synctable::__private::ColumnValue>::write(&self.0, cell)
    }
    fn read(
        value: ::synctable::__private::ValueRef<'_>,
    ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
        <Id as ::synctable::__private::ColumnValue>::read(value).map(Self)
    }
}
#[automatically_derived]
impl ::synctable::__private::OrderedValue for TrackId
where
    for<'__never> Id: ::synctable::__private::OrderedValue,
{}
#[automatically_derived]
impl ::synctable::__private::TextValue for TrackId
where
    for<'__never> Id: ::synctable::__private::TextValue,
{}
#[automatically_derived]
impl ::synctable::__private::NumberValue for TrackId
where
    for<'__never> Id: ::synctable::__private::NumberValue,
{
    type Computed = <Id as ::synctable::__private::NumberValue>::Computed;
}
#[automatically_derived]
impl ::synctable::__private::DateValue for TrackId
where
    for<'__never> Id: ::synctable::__private::DateValue,
{}
#[automatically_derived]
impl ::synctable::__private::TimeValue for TrackId
where
    for<'__never> Id: ::synctable::__private::TimeValue,
{}
/// A length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seconds {
    /// The seconds.
    pub value: f64,
}
#[automatically_derived]
impl ::synctable::__private::ColumnValue for Seconds {
    const TYPE: ::synctable::__private::ColumnType = <f64 as ::synctable::__private::ColumnValue>::TYPE;
    const NULLABLE: ::core::primitive::bool = <f64 as ::synctable::__private::ColumnValue>::NULLABLE;
    const CHECKED: ::core::primitive::bool = <f64 as ::synctable::__private::ColumnValue>::CHECKED;
    const NAMED: ::core::option::Option<&'static ::synctable::__private::NamedType> = match <f64 as ::synctable::__private::ColumnValue>::NAMED {
        ::core::option::Option::Some(__named) => ::core::option::Option::Some(__named),
        ::core::option::Option::None => {
            ::core::option::Option::Some(
                &::synctable::__private::NamedType::new(
                    "Seconds",
                    "A length.",
                    ::synctable::__private::NamedKind::Newtype,
                ),
            )
        }
    };
    fn write(
        &self,
        cell: ::synctable::__private::CellWriter<'_>,
    ) -> ::core::result::Result<(), ::synctable::__private::ValueError> {
        <f64 as ::synctable::__private::ColumnValue>::write(&self.value, cell)
    }
    fn read(
        value: ::synctable::__private::ValueRef<'_>,
    ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
        <f64 as ::synctable::__private::ColumnValue>::read(value)
            .map(|__value| Self { value: __value })
    }
}
#[automatically_derived]
impl ::synctable::__private::OrderedValue for Seconds
where
    for<'__never> f64: ::synctable::__private::OrderedValue,
{}
#[automatically_derived]
impl ::synctable::__private::TextValue for Seconds
where
    for<'__never> f64: ::synctable::__private::TextValue,
{}
#[automatically_derived]
impl ::synctable::__private::NumberValue for Seconds
where
    for<'__never> f64: ::synctable::__private::NumberValue,
{
    type Computed = <f64 as ::synctable::__private::NumberValue>::Computed;
}
#[automatically_derived]
impl ::synctable::__private::DateValue for Seconds
where
    for<'__never> f64: ::synctable::__private::DateValue,
{}
#[automatically_derived]
impl ::synctable::__private::TimeValue for Seconds
where
    for<'__never> f64: ::synctable::__private::TimeValue,
{}
/// A note or none.
#[derive(Debug, Clone, PartialEq)]
pub struct Note(Option<String>);
#[automatically_derived]
impl ::synctable::__private::ColumnValue for Note {
    const TYPE: ::synctable::__private::ColumnType = <Option<
        String,
    > as ::synctable::__private::ColumnValue>::TYPE;
    const NULLABLE: ::core::primitive::bool = <Option<
        String,
    > as ::synctable::__private::ColumnValue>::NULLABLE;
    const CHECKED: ::core::primitive::bool = <Option<
        String,
    > as ::synctable::__private::ColumnValue>::CHECKED;
    const NAMED: ::core::option::Option<&'static ::synctable::__private::NamedType> = match <Option<
        String,
    > as ::synctable::__private::ColumnValue>::NAMED {
        ::core::option::Option::Some(__named) => ::core::option::Option::Some(__named),
        ::core::option::Option::None => {
            ::core::option::Option::Some(
                &::synctable::__private::NamedType::new(
                    "Note",
                    "A note or none.",
                    ::synctable::__private::NamedKind::Newtype,
                ),
            )
        }
    };
    fn write(
        &self,
        cell: ::synctable::__private::CellWriter<'_>,
    ) -> ::core::result::Result<(), ::synctable::__private::ValueError> {
        <Option<String> as ::synctable::__private::ColumnValue>::write(&self.0, cell)
    }
    fn read(
        value: ::synctable::__private::ValueRef<'_>,
    ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
        <Option<String> as ::synctable::__private::ColumnValue>::read(value).map(Self)
    }
}
#[automatically_derived]
impl ::synctable::__private::OrderedValue for Note
where
    for<'__never> Option<String>: ::synctable::__private::OrderedValue,
{}
#[automatically_derived]
impl ::synctable::__private::TextValue for Note
where
    for<'__never> Option<String>: ::synctable::__private::TextValue,
{}
#[automatically_derived]
impl ::synctable::__private::NumberValue for Note
where
    for<'__never> Option<String>: ::synctable::__private::NumberValue,
{
    type Computed = <Option<String> as ::synctable::__private::NumberValue>::Computed;
}
#[automatically_derived]
impl ::synctable::__private::DateValue for Note
where
    for<'__never> Option<String>: ::synctable::__private::DateValue,
{}
#[automatically_derived]
impl ::synctable::__private::TimeValue for Note
where
    for<'__never> Option<String>: ::synctable::__private::TimeValue,
{}
/// A truth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flag(bool);
#[automatically_derived]
impl ::synctable::__private::ColumnValue for Flag {
    const TYPE: ::synctable::__private::ColumnType = <bool as ::synctable::__private::ColumnValue>::TYPE;
    const NULLABLE: ::core::primitive::bool = <bool as ::synctable::__private::ColumnValue>::NULLABLE;
    const CHECKED: ::core::primitive::bool = <bool as ::synctable::__private::ColumnValue>::CHECKED;
    const NAMED: ::core::option::Option<&'static ::synctable::__private::NamedType> = match <bool as ::synctable::__private::ColumnValue>::NAMED {
        ::core::option::Option::Some(__named) => ::core::option::Option::Some(__named),
        ::core::option::Option::None => {
            ::core::option::Option::Some(
                &::synctable::__private::NamedType::new(
                    "Flag",
                    "A truth.",
                    ::synctable::__private::NamedKind::Newtype,
                ),
            )
        }
    };
    fn write(
        &self,
        cell: ::synctable::__private::CellWriter<'_>,
    ) -> ::core::result::Result<(), ::synctable::__private::ValueError> {
        <bool as ::synctable::__private::ColumnValue>::write(&self.0, cell)
    }
    fn read(
        value: ::synctable::__private::ValueRef<'_>,
    ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
        <bool as ::synctable::__private::ColumnValue>::read(value).map(Self)
    }
}
#[automatically_derived]
impl ::synctable::__private::OrderedValue for Flag
where
    for<'__never> bool: ::synctable::__private::OrderedValue,
{}
#[automatically_derived]
impl ::synctable::__private::TextValue for Flag
where
    for<'__never> bool: ::synctable::__private::TextValue,
{}
#[automatically_derived]
impl ::synctable::__private::NumberValue for Flag
where
    for<'__never> bool: ::synctable::__private::NumberValue,
{
    type Computed = <bool as ::synctable::__private::NumberValue>::Computed;
}
#[automatically_derived]
impl ::synctable::__private::DateValue for Flag
where
    for<'__never> bool: ::synctable::__private::DateValue,
{}
#[automatically_derived]
impl ::synctable::__private::TimeValue for Flag
where
    for<'__never> bool: ::synctable::__private::TimeValue,
{}
/// A rating within a newtype.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement(Rating);
#[automatically_derived]
impl ::synctable::__private::ColumnValue for Judgement {
    const TYPE: ::synctable::__private::ColumnType = <Rating as ::synctable::__private::ColumnValue>::TYPE;
    const NULLABLE: ::core::primitive::bool = <Rating as ::synctable::__private::ColumnValue>::NULLABLE;
    const CHECKED: ::core::primitive::bool = <Rating as ::synctable::__private::ColumnValue>::CHECKED;
    const NAMED: ::core::option::Option<&'static ::synctable::__private::NamedType> = match <Rating as ::synctable::__private::ColumnValue>::NAMED {
        ::core::option::Option::Some(__named) => ::core::option::Option::Some(__named),
        ::core::option::Option::None => {
            ::core::option::Option::Some(
                &::synctable::__private::NamedType::new(
                    "Judgement",
                    "A rating within a newtype.",
                    ::synctable::__private::NamedKind::Newtype,
                ),
            )
        }
    };
    fn write(
        &self,
        cell: ::synctable::__private::CellWriter<'_>,
    ) -> ::core::result::Result<(), ::synctable::__private::ValueError> {
        <Rating as ::synctable::__private::ColumnValue>::write(&self.0, cell)
    }
    fn read(
        value: ::synctable::__private::ValueRef<'_>,
    ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
        <Rating as ::synctable::__private::ColumnValue>::read(value).map(Self)
    }
}
#[automatically_derived]
impl ::synctable::__private::OrderedValue for Judgement
where
    for<'__never> Rating: ::synctable::__private::OrderedValue,
{}
#[automatically_derived]
impl ::synctable::__private::TextValue for Judgement
where
    for<'__never> Rating: ::synctable::__private::TextValue,
{}
#[automatically_derived]
impl ::synctable::__private::NumberValue for Judgement
where
    for<'__never> Rating: ::synctable::__private::NumberValue,
{
    type Computed = <Rating as ::synctable::__private::NumberValue>::Computed;
}
#[automatically_derived]
impl ::synctable::__private::DateValue for Judgement
where
    for<'__never> Rating: ::synctable::__private::DateValue,
{}
#[automatically_derived]
impl ::synctable::__private::TimeValue for Judgement
where
    for<'__never> Rating: ::synctable::__private::TimeValue,
{}
/// A table of such columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// The id.
    pub id: Id,
    /// The track before.
    pub after: Option<TrackId>,
    /// The rating.
    pub rating: Rating,
    /// The genre.
    pub genre: Option<Genre>,
    /// The length.
    pub length: Seconds,
    /// The note.
    pub note: Note,
    /// The flag.
    pub flag: Flag,
    /// The judgement.
    pub judgement: Option<Judgement>,
}
#[allow(nonstandard_style, clippy::all, clippy::pedantic)]
const _: () = {
    /// The columns of [`Track`]: what the closures of its queries are given.
    #[derive(Debug, Clone, Copy)]
    #[allow(dead_code)]
    pub struct TrackColumns {
        /// The row's id.
        pub id: ::synctable::__private::Column<Track, Id>,
        /// The column `after`.
        pub after: ::synctable::__private::Column<Track, Option<TrackId>>,
        /// The column `rating`.
        pub rating: ::synctable::__private::Column<Track, Rating>,
        /// The column `genre`.
        pub genre: ::synctable::__private::Column<Track, Option<Genre>>,
        /// The column `length`.
        pub length: ::synctable::__private::Column<Track, Seconds>,
        /// The column `note`.
        pub note: ::synctable::__private::Column<Track, Note>,
        /// The column `flag`.
        pub flag: ::synctable::__private::Column<Track, Flag>,
        /// The column `judgement`.
        pub judgement: ::synctable::__private::Column<Track, Option<Judgement>>,
    }
    const __FORM_1: ::synctable::__private::CellForm<Option<TrackId>> = ::synctable::__private::typed::<
        Option<TrackId>,
    >();
    const __FORM_2: ::synctable::__private::CellForm<Rating> = ::synctable::__private::typed::<
        Rating,
    >();
    const __FORM_3: ::synctable::__private::CellForm<Option<Genre>> = ::synctable::__private::typed::<
        Option<Genre>,
    >();
    const __FORM_4: ::synctable::__private::CellForm<Seconds> = ::synctable::__private::typed::<
        Seconds,
    >();
    const __FORM_5: ::synctable::__private::CellForm<Note> = ::synctable::__private::typed::<
        Note,
    >();
    const __FORM_6: ::synctable::__private::CellForm<Flag> = ::synctable::__private::typed::<
        Flag,
    >();
    const __FORM_7: ::synctable::__private::CellForm<Option<Judgement>> = ::synctable::__private::typed::<
        Option<Judgement>,
    >();
    const __FIXED_0: ::synctable::__private::FixedField<
        Id,
        ::synctable::__private::Id,
    > = ::synctable::__private::fixed::<Id, ::synctable::__private::Id>();
    #[automatically_derived]
    impl ::synctable::__private::SyncTable for Track {
        type Columns = TrackColumns;
        const SCHEMA: &'static ::synctable::__private::TableSchema = &::synctable::__private::TableSchema::new(
                "track",
                const {
                    &[
                        ::synctable::__private::ColumnDef::id("id").docs("The id."),
                        __FORM_1.column("after", "after").docs("The track before."),
                        __FORM_2.column("rating", "rating").docs("The rating."),
                        __FORM_3.column("genre", "genre").docs("The genre."),
                        __FORM_4.column("length", "length").docs("The length."),
                        __FORM_5.column("note", "note").docs("The note."),
                        __FORM_6.column("flag", "flag").docs("The flag."),
                        __FORM_7.column("judgement", "judgement").docs("The judgement."),
                    ]
                },
            )
            .docs("A table of such columns.");
        const COLUMNS: Self::Columns = TrackColumns {
            id: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[0]),
            after: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[1]),
            rating: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[2]),
            genre: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[3]),
            length: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[4]),
            note: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[5]),
            flag: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[6]),
            judgement: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[7]),
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
            __FORM_1.write(row, 1, &self.after)?;
            __FORM_2.write(row, 2, &self.rating)?;
            __FORM_3.write(row, 3, &self.genre)?;
            __FORM_4.write(row, 4, &self.length)?;
            __FORM_5.write(row, 5, &self.note)?;
            __FORM_6.write(row, 6, &self.flag)?;
            __FORM_7.write(row, 7, &self.judgement)?;
            ::core::result::Result::Ok(())
        }
        fn read_row(
            row: ::synctable::__private::RowRef<'_>,
        ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
            ::core::result::Result::Ok(Self {
                id: __FIXED_0.make(row.get(0)?),
                after: __FORM_1.read(row, 1)?,
                rating: __FORM_2.read(row, 2)?,
                genre: __FORM_3.read(row, 3)?,
                length: __FORM_4.read(row, 4)?,
                note: __FORM_5.read(row, 5)?,
                flag: __FORM_6.read(row, 6)?,
                judgement: __FORM_7.read(row, 7)?,
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
