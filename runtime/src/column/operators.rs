//! The operators: the same on columns and on expressions.

// What an operator wants of its type stands on its method: where it lacks, the error says what to
// write instead, while an impl block that does not hold says only that there is no such method.
macro_rules! operators {
    ($source:ident) => {
        /// Comparisons.
        ///
        /// ```
        /// # use synctable::{Id, SyncTable};
        /// # #[derive(Debug, Clone, Default, SyncTable)]
        /// # pub struct Job { pub id: Id, pub title: String, pub hours: i32, pub planned: Option<i32> }
        /// let query = Job::query().filter(|t| t.hours.ge(3).and(t.hours.lt(t.planned)));
        /// let query = query.filter(|t| t.title.ne("none").and(t.hours.is_in([3, 5, 8])));
        /// let query = query.filter(|t| !t.planned.is_null());
        /// ```
        impl<T, V> $source<T, V> {
            /// Rows whose value equals the operand; null equals null.
            #[must_use]
            pub fn eq(self, value: impl Operand<T, V>) -> Predicate<T> {
                self.expression().compare(Comparison::Eq, term_of(value))
            }

            /// Rows whose value differs from the operand; null differs from every value.
            #[must_use]
            pub fn ne(self, value: impl Operand<T, V>) -> Predicate<T> {
                self.expression().compare(Comparison::Ne, term_of(value))
            }

            /// Rows whose value equals one of the operands; none for an empty list.
            #[must_use]
            pub fn is_in<O: Operand<T, V>>(self, values: impl IntoIterator<Item = O>) -> Predicate<T> {
                self.expression().one_of(values.into_iter().map(term_of))
            }

            /// Rows whose value is null.
            #[must_use]
            pub fn is_null(self) -> Predicate<T> {
                self.expression().null_test()
            }

            /// Rows whose value is less than the operand; never those with null.
            #[must_use]
            pub fn lt(self, value: impl Operand<T, V>) -> Predicate<T>
            where
                V: OrderedValue,
            {
                self.expression().compare(Comparison::Lt, term_of(value))
            }

            /// Rows whose value is at most the operand; never those with null.
            #[must_use]
            pub fn le(self, value: impl Operand<T, V>) -> Predicate<T>
            where
                V: OrderedValue,
            {
                self.expression().compare(Comparison::Le, term_of(value))
            }

            /// Rows whose value is greater than the operand; never those with null.
            #[must_use]
            pub fn gt(self, value: impl Operand<T, V>) -> Predicate<T>
            where
                V: OrderedValue,
            {
                self.expression().compare(Comparison::Gt, term_of(value))
            }

            /// Rows whose value is at least the operand; never those with null.
            #[must_use]
            pub fn ge(self, value: impl Operand<T, V>) -> Predicate<T>
            where
                V: OrderedValue,
            {
                self.expression().compare(Comparison::Ge, term_of(value))
            }
        }

        /// Arithmetic. Integers compute with 64 bits, decimals with 28 digits; where a result does not
        /// fit, and where the divisor is zero, it is null.
        ///
        /// ```
        /// # use synctable::{Decimal, Id, SyncTable};
        /// # #[derive(Debug, Clone, Default, SyncTable)]
        /// # pub struct Job { pub id: Id, pub hours: i32, pub planned: i32, pub price: Decimal, pub weight: f64 }
        /// let over = Job::query().filter(|t| t.hours.sub(t.planned).gt(8));
        /// let even = Job::query().filter(|t| t.hours.rem(2).eq(0));
        /// let half = Job::query().filter(|t| t.hours.to_f64().div(t.planned.to_f64()).lt(0.5));
        /// let even_price = Job::query().filter(|t| t.price.round().eq(t.price));
        /// let heavy = Job::query().filter(|t| t.weight.ceiling().ge(40.0));
        /// ```
        #[expect(clippy::should_implement_trait, reason = "comparisons cannot be operators, so none of the rest is")]
        impl<T, V> $source<T, V> {
            /// The sum.
            #[must_use]
            pub fn add(self, value: impl Operand<T, V::Computed>) -> Expr<T, V::Computed>
            where
                V: NumberValue,
            {
                self.arithmetic(Function::Add, value)
            }

            /// The difference.
            #[must_use]
            pub fn sub(self, value: impl Operand<T, V::Computed>) -> Expr<T, V::Computed>
            where
                V: NumberValue,
            {
                self.arithmetic(Function::Sub, value)
            }

            /// The product.
            #[must_use]
            pub fn mul(self, value: impl Operand<T, V::Computed>) -> Expr<T, V::Computed>
            where
                V: NumberValue,
            {
                self.arithmetic(Function::Mul, value)
            }

            /// The quotient; that of integers is cut towards zero.
            #[must_use]
            pub fn div(self, value: impl Operand<T, V::Computed>) -> Expr<T, V::Computed>
            where
                V: NumberValue,
            {
                self.arithmetic(Function::Div, value)
            }

            /// The remainder of the division, with the sign of the dividend.
            #[must_use]
            pub fn rem(self, value: impl Operand<T, V::Computed>) -> Expr<T, V::Computed>
            where
                V: NumberValue,
            {
                self.arithmetic(Function::Rem, value)
            }

            /// The number as `f64`, to compute with numbers of other types.
            #[must_use]
            pub fn to_f64(self) -> Expr<T, f64>
            where
                V: NumberValue,
            {
                self.expression().call(Function::ToF64, [], ColumnType::F64)
            }

            /// The greatest whole number that is not above.
            #[must_use]
            pub fn floor(self) -> Expr<T, V::Computed>
            where
                V: NumberValue,
                V::Computed: FractionValue,
            {
                self.rounded(Function::Floor)
            }

            /// The smallest whole number that is not below.
            #[must_use]
            pub fn ceiling(self) -> Expr<T, V::Computed>
            where
                V: NumberValue,
                V::Computed: FractionValue,
            {
                self.rounded(Function::Ceiling)
            }

            /// The nearest whole number; from the middle away from zero.
            #[must_use]
            pub fn round(self) -> Expr<T, V::Computed>
            where
                V: NumberValue,
                V::Computed: FractionValue,
            {
                self.rounded(Function::Round)
            }

            fn arithmetic(self, function: Function, value: impl Operand<T, V::Computed>) -> Expr<T, V::Computed>
            where
                V: NumberValue,
            {
                let result = <V::Computed as ColumnValue>::TYPE;
                self.expression().call(function, [term_of(value)], result)
            }

            fn rounded(self, function: Function) -> Expr<T, V::Computed>
            where
                V: NumberValue,
            {
                self.expression().call(function, [], <V::Computed as ColumnValue>::TYPE)
            }
        }

        /// Texts. Lengths and places count Unicode code points.
        ///
        /// ```
        /// # use synctable::{Id, SyncTable};
        /// # #[derive(Debug, Clone, Default, SyncTable)]
        /// # pub struct Job { pub id: Id, pub title: String, pub place: Option<String> }
        /// let query = Job::query().filter(|t| t.title.starts_with("Buy").or(t.title.trim().len().eq(0)));
        /// let query = query.filter(|t| t.place.eq_ignore_case("ÅRHUS"));
        /// let query = query.filter(|t| t.title.concat(", ").concat(t.place).len().le(80));
        /// let query = query.filter(|t| t.title.index_of("-").ge(0).and(t.title.substring(0, 2).eq("A-")));
        /// ```
        impl<T, V> $source<T, V> {
            /// Rows whose text starts with the operand; case counts, `%` and `_` stand for themselves.
            #[must_use]
            pub fn starts_with(self, text: impl Operand<T, String>) -> Predicate<T>
            where
                V: TextValue,
            {
                self.expression().test(TextTest::StartsWith, term_of(text))
            }

            /// Rows whose text ends with the operand; case counts.
            #[must_use]
            pub fn ends_with(self, text: impl Operand<T, String>) -> Predicate<T>
            where
                V: TextValue,
            {
                self.expression().test(TextTest::EndsWith, term_of(text))
            }

            /// Rows whose text contains the operand; case counts.
            #[must_use]
            pub fn contains(self, text: impl Operand<T, String>) -> Predicate<T>
            where
                V: TextValue,
            {
                self.expression().test(TextTest::Contains, term_of(text))
            }

            /// Rows whose text equals the operand, both in lower case.
            #[must_use]
            pub fn eq_ignore_case(self, text: impl Operand<T, String>) -> Predicate<T>
            where
                V: TextValue,
            {
                self.to_lower().eq(text.into_expression().to_lower())
            }

            /// Rows whose text differs from the operand, both in lower case.
            #[must_use]
            pub fn ne_ignore_case(self, text: impl Operand<T, String>) -> Predicate<T>
            where
                V: TextValue,
            {
                self.to_lower().ne(text.into_expression().to_lower())
            }

            /// Rows whose text starts with the operand, both in lower case.
            #[must_use]
            pub fn starts_with_ignore_case(self, text: impl Operand<T, String>) -> Predicate<T>
            where
                V: TextValue,
            {
                self.to_lower().starts_with(text.into_expression().to_lower())
            }

            /// Rows whose text ends with the operand, both in lower case.
            #[must_use]
            pub fn ends_with_ignore_case(self, text: impl Operand<T, String>) -> Predicate<T>
            where
                V: TextValue,
            {
                self.to_lower().ends_with(text.into_expression().to_lower())
            }

            /// Rows whose text contains the operand, both in lower case.
            #[must_use]
            pub fn contains_ignore_case(self, text: impl Operand<T, String>) -> Predicate<T>
            where
                V: TextValue,
            {
                self.to_lower().contains(text.into_expression().to_lower())
            }

            /// The text in lower case, as [`str::to_lowercase`] makes it.
            #[must_use]
            pub fn to_lower(self) -> Expr<T, String>
            where
                V: TextValue,
            {
                self.expression().call(Function::ToLower, [], ColumnType::Text)
            }

            /// The text in upper case, as [`str::to_uppercase`] makes it.
            #[must_use]
            pub fn to_upper(self) -> Expr<T, String>
            where
                V: TextValue,
            {
                self.expression().call(Function::ToUpper, [], ColumnType::Text)
            }

            /// The text without white space at its ends, as [`str::trim`] makes it.
            #[must_use]
            pub fn trim(self) -> Expr<T, String>
            where
                V: TextValue,
            {
                self.expression().call(Function::Trim, [], ColumnType::Text)
            }

            /// The number of code points.
            #[must_use]
            pub fn len(self) -> Expr<T, i32>
            where
                V: TextValue,
            {
                self.expression().call(Function::Length, [], ColumnType::I32)
            }

            /// Where the operand first occurs, in code points from zero; -1 where it does not.
            #[must_use]
            pub fn index_of(self, text: impl Operand<T, String>) -> Expr<T, i32>
            where
                V: TextValue,
            {
                self.expression().call(Function::IndexOf, [term_of(text)], ColumnType::I32)
            }

            /// At most `length` code points from `start` on; a number below zero counts as zero.
            #[must_use]
            pub fn substring(self, start: impl Operand<T, i32>, length: impl Operand<T, i32>) -> Expr<T, String>
            where
                V: TextValue,
            {
                self.expression().call(Function::Substring, [term_of(start), term_of(length)], ColumnType::Text)
            }

            /// All code points from `start` on; a number below zero counts as zero.
            #[must_use]
            pub fn substring_from(self, start: impl Operand<T, i32>) -> Expr<T, String>
            where
                V: TextValue,
            {
                self.expression().call(Function::Substring, [term_of(start)], ColumnType::Text)
            }

            /// The text followed by the operand.
            #[must_use]
            pub fn concat(self, text: impl Operand<T, String>) -> Expr<T, String>
            where
                V: TextValue,
            {
                self.expression().call(Function::Concat, [term_of(text)], ColumnType::Text)
            }

            /// The text with each occurrence of `part` replaced by `by`; an empty `part` occurs nowhere.
            ///
            /// The servers of OData v4 (`v3`, `toolkit`) have no such function and refuse the query.
            #[must_use]
            pub fn replace(self, part: impl Operand<T, String>, by: impl Operand<T, String>) -> Expr<T, String>
            where
                V: TextValue,
            {
                self.expression().call(Function::Replace, [term_of(part), term_of(by)], ColumnType::Text)
            }
        }

        /// Dates and times; of an instant those in UTC.
        ///
        /// ```
        /// # use synctable::{Date, Id, SyncTable, TimeOfDay, Timestamp};
        /// # #[derive(Debug, Clone, Default, SyncTable)]
        /// # pub struct Job { pub id: Id, pub day: Date, pub start: TimeOfDay, pub due: Option<Timestamp> }
        /// let query = Job::query().filter(|t| t.day.year().eq(2024).and(t.due.month().is_in([6, 7, 8])));
        /// let query = query.filter(|t| t.start.hour().lt(12).and(t.due.hour().ge(t.start.hour())));
        /// ```
        impl<T, V> $source<T, V> {
            /// The year.
            #[must_use]
            pub fn year(self) -> Expr<T, i32>
            where
                V: DateValue,
            {
                self.part(Function::Year)
            }

            /// The month, 1 to 12.
            #[must_use]
            pub fn month(self) -> Expr<T, i32>
            where
                V: DateValue,
            {
                self.part(Function::Month)
            }

            /// The day of the month, 1 to 31.
            #[must_use]
            pub fn day(self) -> Expr<T, i32>
            where
                V: DateValue,
            {
                self.part(Function::Day)
            }

            /// The hour, 0 to 23.
            #[must_use]
            pub fn hour(self) -> Expr<T, i32>
            where
                V: TimeValue,
            {
                self.part(Function::Hour)
            }

            /// The minute, 0 to 59.
            #[must_use]
            pub fn minute(self) -> Expr<T, i32>
            where
                V: TimeValue,
            {
                self.part(Function::Minute)
            }

            /// The second, 0 to 59; what is below a second is cut off.
            #[must_use]
            pub fn second(self) -> Expr<T, i32>
            where
                V: TimeValue,
            {
                self.part(Function::Second)
            }

            fn part(self, function: Function) -> Expr<T, i32> {
                self.expression().call(function, [], ColumnType::I32)
            }
        }
    };
}

pub(super) use operators;
