//! What the generator writes for `derive.rs`.

use synctable::{Decimal, Id, Timestamp};
/// A number of pieces.
#[derive(Debug, Clone, PartialEq)]
pub struct Pieces(i64);
#[automatically_derived]
impl ::synctable::__private::ColumnValue for Pieces {
    const TYPE: ::synctable::__private::ColumnType = <i64 as ::synctable::__private::ColumnValue>::TYPE;
    const NULLABLE: ::core::primitive::bool = <i64 as ::synctable::__private::ColumnValue>::NULLABLE;
    const CHECKED: ::core::primitive::bool = <i64 as ::synctable::__private::ColumnValue>::CHECKED;
    const NAMED: ::core::option::Option<&'static ::synctable::__private::NamedType> = match <i64 as ::synctable::__private::ColumnValue>::NAMED {
        ::core::option::Option::Some(__named) => ::core::option::Option::Some(__named),
        ::core::option::Option::None => {
            ::core::option::Option::Some(
                &::synctable::__private::NamedType::new(
                    "Pieces",
                    "A number of pieces.",
                    ::synctable::__private::NamedKind::Newtype,
                ),
            )
        }
    };
    fn write(
        &self,
        cell: ::synctable::__private::CellWriter<'_>,
    ) -> ::core::result::Result<(), ::synctable::__private::ValueError> {
        <i64 as ::synctable::__private::ColumnValue>::write(&self.0, cell)
    }
    fn read(
        value: ::synctable::__private::ValueRef<'_>,
    ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
        <i64 as ::synctable::__private::ColumnValue>::read(value).map(Self)
    }
}
#[automatically_derived]
impl ::synctable::__private::OrderedValue for Pieces
where
    for<'__never> i64: ::synctable::__private::OrderedValue,
{}
#[automatically_derived]
impl ::synctable::__private::TextValue for Pieces
where
    for<'__never> i64: ::synctable::__private::TextValue,
{}
#[automatically_derived]
impl ::synctable::__private::NumberValue for Pieces
where
    for<'__never> i64: ::synctable::__private::NumberValue,
{
    type Computed = <i64 as ::synctable::__private::NumberValue>::Computed;
}
#[automatically_derived]
impl ::synctable::__private::DateValue for Pieces
where
    for<'__never> i64: ::synctable::__private::DateValue,
{}
#[automatically_derived]
impl ::synctable::__private::TimeValue for Pieces
where
    for<'__never> i64: ::synctable::__private::TimeValue,
{}
/// Every rule and every way to merge.
#[derive(Debug, Clone)]
pub struct Order {
    /// The row's id.
    pub id: Id,
    /// What is ordered.
    pub title: String,
    /// Who ordered it.
    pub customer: Option<Id>,
    /// How many.
    pub count: i32,
    /// How many there are.
    pub stock: Option<Pieces>,
    /// How much of it is done.
    pub progress: f64,
    /// What it costs.
    pub price: Option<Decimal>,
    /// Words.
    pub tags: Vec<String>,
    /// When it was seen.
    pub seen: Timestamp,
}
#[allow(nonstandard_style, clippy::all, clippy::pedantic)]
const _: () = {
    /// The columns of [`Order`]: what the closures of its queries are given.
    #[derive(Debug, Clone, Copy)]
    #[allow(dead_code)]
    pub struct OrderColumns {
        /// The row's id.
        pub id: ::synctable::__private::Column<Order, Id>,
        /// The column `title`.
        pub title: ::synctable::__private::Column<Order, String>,
        /// The column `customer`.
        pub customer: ::synctable::__private::Column<Order, Option<Id>>,
        /// The column `count`.
        pub count: ::synctable::__private::Column<Order, i32>,
        /// The column `stock`.
        pub stock: ::synctable::__private::Column<Order, Option<Pieces>>,
        /// The column `progress`.
        pub progress: ::synctable::__private::Column<Order, f64>,
        /// The column `price`.
        pub price: ::synctable::__private::Column<Order, Option<Decimal>>,
        /// The column `tags`.
        pub tags: ::synctable::__private::Column<
            Order,
            ::synctable::__private::Json<Vec<String>>,
        >,
        /// The column `seen`.
        pub seen: ::synctable::__private::Column<Order, Timestamp>,
    }
    const __FORM_1: ::synctable::__private::CellForm<String> = ::synctable::__private::typed::<
        String,
    >();
    const __FORM_2: ::synctable::__private::CellForm<Option<Id>> = ::synctable::__private::typed::<
        Option<Id>,
    >();
    const __FORM_3: ::synctable::__private::CellForm<i32> = ::synctable::__private::typed::<
        i32,
    >();
    const __FORM_4: ::synctable::__private::CellForm<Option<Pieces>> = ::synctable::__private::typed::<
        Option<Pieces>,
    >();
    const __FORM_5: ::synctable::__private::CellForm<f64> = ::synctable::__private::typed::<
        f64,
    >();
    const __FORM_6: ::synctable::__private::CellForm<Option<Decimal>> = ::synctable::__private::typed::<
        Option<Decimal>,
    >();
    const __FORM_7: ::synctable::__private::CellForm<Vec<String>> = ::synctable::__private::json::<
        Vec<String>,
    >();
    const __FORM_8: ::synctable::__private::CellForm<Timestamp> = ::synctable::__private::typed::<
        Timestamp,
    >();
    const __COLUMN_1: ::synctable::__private::ColumnDef = {
        let __column = __FORM_1.column("title", "title").docs("What is ordered.");
        let __column = __column.rule(::synctable::__private::Rule::MinLength(1));
        let __column = __column.rule(::synctable::__private::Rule::MaxLength(100_000));
        __column.merge(::synctable::__private::MergeRule::Local)
    };
    const __COLUMN_2: ::synctable::__private::ColumnDef = {
        let __column = __FORM_2.column("customer", "customer").docs("Who ordered it.");
        let __column = __column
            .references(|| <Order as ::synctable::__private::SyncTable>::SCHEMA);
        let __column = __column.rule(::synctable::__private::Rule::MaxLength(255));
        __column.merge(::synctable::__private::MergeRule::Remote)
    };
    const __COLUMN_3: ::synctable::__private::ColumnDef = {
        let __column = __FORM_3
            .column("count", "count")
            .default_value(|__cell| {
                let __value: i32 = 1;
                __FORM_3.write_cell(__cell, &__value)
            })
            .docs("How many.");
        let __column = __column
            .rule(
                ::synctable::__private::Rule::Min(
                    ::synctable::__private::Number::new("0"),
                ),
            );
        let __column = __column
            .rule(
                ::synctable::__private::Rule::Max(
                    ::synctable::__private::Number::new("2147483647"),
                ),
            );
        __column.merge(::synctable::__private::MergeRule::Sum)
    };
    const __COLUMN_4: ::synctable::__private::ColumnDef = {
        let __column = __FORM_4.column("stock", "stock").docs("How many there are.");
        let __column = __column
            .rule(
                ::synctable::__private::Rule::Min(
                    ::synctable::__private::Number::new("-9223372036854775808"),
                ),
            );
        let __column = __column
            .rule(
                ::synctable::__private::Rule::Max(
                    ::synctable::__private::Number::new("9223372036854775807"),
                ),
            );
        __column
            .rule(
                ::synctable::__private::Rule::MultipleOf(
                    ::synctable::__private::Number::new("12"),
                ),
            )
    };
    const __COLUMN_5: ::synctable::__private::ColumnDef = {
        let __column = __FORM_5
            .column("progress", "progress")
            .docs("How much of it is done.");
        let __column = __column
            .rule(
                ::synctable::__private::Rule::ExclusiveMin(
                    ::synctable::__private::Number::new("-0.5"),
                ),
            );
        let __column = __column
            .rule(
                ::synctable::__private::Rule::ExclusiveMax(
                    ::synctable::__private::Number::new("100"),
                ),
            );
        __column.merge(::synctable::__private::MergeRule::Max)
    };
    const __COLUMN_6: ::synctable::__private::ColumnDef = {
        let __column = __FORM_6.column("price", "price").docs("What it costs.");
        let __column = __column
            .rule(
                ::synctable::__private::Rule::Min(
                    ::synctable::__private::Number::new("0"),
                ),
            );
        let __column = __column
            .rule(
                ::synctable::__private::Rule::Max(
                    ::synctable::__private::Number::new("99999999999999999999.99"),
                ),
            );
        let __column = __column
            .rule(
                ::synctable::__private::Rule::MultipleOf(
                    ::synctable::__private::Number::new("0.01"),
                ),
            );
        __column.merge(::synctable::__private::MergeRule::Min)
    };
    const __COLUMN_7: ::synctable::__private::ColumnDef = {
        let __column = __FORM_7
            .column("tags", "tags")
            .shape(::synctable::__private::shape!(Vec < String >))
            .docs("Words.");
        __column.merge(::synctable::__private::MergeRule::Union)
    };
    const __COLUMN_8: ::synctable::__private::ColumnDef = {
        let __column = __FORM_8.column("seen", "seen").docs("When it was seen.");
        let __column = __column.indexed();
        __column
            .merge(
                ::synctable::__private::MergeRule::Function(|
                    __base,
                    __local,
                    __remote,
                    __cell|
                { __FORM_8.merge(earlier, __base, __local, __remote, __cell) }),
            )
    };
    const __FIXED_0: ::synctable::__private::FixedField<
        Id,
        ::synctable::__private::Id,
    > = ::synctable::__private::fixed::<Id, ::synctable::__private::Id>();
    #[automatically_derived]
    impl ::synctable::__private::SyncTable for Order {
        type Columns = OrderColumns;
        const SCHEMA: &'static ::synctable::__private::TableSchema = &::synctable::__private::TableSchema::new(
                "orders",
                const {
                    &[
                        ::synctable::__private::ColumnDef::id("id"),
                        __COLUMN_1,
                        __COLUMN_2,
                        __COLUMN_3,
                        __COLUMN_4,
                        __COLUMN_5,
                        __COLUMN_6,
                        __COLUMN_7,
                        __COLUMN_8,
                    ]
                },
            )
            .docs("Every rule and every way to merge.");
        const COLUMNS: Self::Columns = OrderColumns {
            id: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[0]),
            title: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[1]),
            customer: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[2]),
            count: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[3]),
            stock: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[4]),
            progress: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[5]),
            price: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[6]),
            tags: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[7]),
            seen: ::synctable::__private::Column::new(&Self::SCHEMA.columns()[8]),
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
            __FORM_1.write(row, 1, &self.title)?;
            __FORM_2.write(row, 2, &self.customer)?;
            __FORM_3.write(row, 3, &self.count)?;
            __FORM_4.write(row, 4, &self.stock)?;
            __FORM_5.write(row, 5, &self.progress)?;
            __FORM_6.write(row, 6, &self.price)?;
            __FORM_7.write(row, 7, &self.tags)?;
            __FORM_8.write(row, 8, &self.seen)?;
            ::core::result::Result::Ok(())
        }
        fn read_row(
            row: ::synctable::__private::RowRef<'_>,
        ) -> ::core::result::Result<Self, ::synctable::__private::ValueError> {
            ::core::result::Result::Ok(Self {
                id: __FIXED_0.make(row.get(0)?),
                title: __FORM_1.read(row, 1)?,
                customer: __FORM_2.read(row, 2)?,
                count: __FORM_3.read(row, 3)?,
                stock: __FORM_4.read(row, 4)?,
                progress: __FORM_5.read(row, 5)?,
                price: __FORM_6.read(row, 6)?,
                tags: __FORM_7.read(row, 7)?,
                seen: __FORM_8.read(row, 8)?,
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
fn earlier(base: Option<Timestamp>, local: Timestamp, remote: Timestamp) -> Timestamp {
    base.unwrap_or(local).min(local).min(remote)
}
