//! What is computed from columns.

use std::fmt;
use std::marker::PhantomData;

use crate::query::predicate::{Comparison, Literal, Predicate, Refusal, Term, TextTest};
use crate::query::{Condition, Function, MAX_DEPTH};
use crate::value::{ColumnType, ColumnValue, TextValue};

use super::operators::operators;
use super::{Column, DateValue, FractionValue, NumberValue, Operand, OrderedValue, TimeValue};

/// A value of type `V` computed from the columns of a row of `T`; it has the operators of columns.
///
/// It is null where a column that it is computed from is null, where a number overflows and where
/// something is divided by zero.
pub struct Expr<T, V> {
    /// Invariant: a term has at most [`MAX_DEPTH`] levels.
    term: Result<Term, Refusal>,
    types: PhantomData<fn() -> (T, V)>,
}

impl<T, V> Clone for Expr<T, V> {
    fn clone(&self) -> Self {
        Self { term: self.term.clone(), types: PhantomData }
    }
}

impl<T, V> fmt::Debug for Expr<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expr").field(&self.term).finish()
    }
}

impl<T, V> Expr<T, V> {
    pub(super) fn new(term: Term) -> Self {
        Self { term: Ok(term), types: PhantomData }
    }

    pub(super) fn refused(refusal: Refusal) -> Self {
        Self { term: Err(refusal), types: PhantomData }
    }

    /// The same value, known as another type.
    pub(super) fn retyped<W>(self) -> Expr<T, W> {
        Expr { term: self.term, types: PhantomData }
    }

    pub(super) fn expression(self) -> Self {
        self
    }

    pub(super) fn into_term(self) -> Result<Term, Refusal> {
        self.term
    }

    /// Computes a function of this and further arguments.
    pub(super) fn call<W>(
        self,
        function: Function,
        others: impl IntoIterator<Item = Result<Term, Refusal>>,
        result: ColumnType,
    ) -> Expr<T, W> {
        let arguments: Result<Vec<Term>, Refusal> = std::iter::once(self.term).chain(others).collect();
        match arguments.map(|arguments| Term::Call { function, arguments, result }) {
            Ok(term) if term.depth() > MAX_DEPTH => Expr::refused(Refusal(format!(
                "the filter computes with more than {MAX_DEPTH} functions, one within the other"
            ))),
            Ok(term) => Expr::new(term),
            Err(refusal) => Expr::refused(refusal),
        }
    }

    pub(super) fn compare(self, comparison: Comparison, operand: Result<Term, Refusal>) -> Predicate<T> {
        match (self.term, operand) {
            (Ok(left), Ok(right)) => Predicate::compare(left, comparison, right),
            (Err(refusal), _) | (_, Err(refusal)) => Predicate::refused(refusal),
        }
    }

    pub(super) fn test(self, test: TextTest, pattern: Result<Term, Refusal>) -> Predicate<T> {
        match (self.term, pattern) {
            (Ok(text), Ok(pattern)) => Predicate::text_test(test, text, pattern),
            (Err(refusal), _) | (_, Err(refusal)) => Predicate::refused(refusal),
        }
    }

    pub(super) fn null_test(self) -> Predicate<T> {
        let null = self.term.as_ref().map(|term| Literal::typed(term.column_type(), crate::value::Value::Null));
        let null = null.map(Term::Literal).map_err(Clone::clone);
        self.compare(Comparison::Eq, null)
    }

    pub(super) fn one_of(self, values: impl IntoIterator<Item = Result<Term, Refusal>>) -> Predicate<T> {
        let (mut constants, mut others) = (Vec::new(), Vec::new());
        for value in values {
            match value {
                Ok(Term::Literal(literal)) => constants.push(literal),
                Ok(term) => others.push(self.clone().compare(Comparison::Eq, Ok(term))),
                Err(refusal) => return Predicate::refused(refusal),
            }
        }
        let listed = match self.term {
            Ok(term) => Predicate::in_list(term, constants),
            Err(refusal) => Predicate::refused(refusal),
        };
        if others.is_empty() { listed } else { Predicate::any(std::iter::once(listed).chain(others)) }
    }

    pub(super) fn truth(self) -> Predicate<T> {
        match self.term {
            Ok(term) => Predicate::holds(term),
            Err(refusal) => Predicate::refused(refusal),
        }
    }
}

operators!(Expr);

/// A column or an expression of truth values is a condition: it holds where the value is true.
macro_rules! conditions {
    ($($type:ty),+) => {
        $(
            #[diagnostic::do_not_recommend]
            impl<T> Condition<T> for $type {
                fn into_predicate(self) -> Predicate<T> {
                    self.expression().truth()
                }
            }

            impl<T> std::ops::Not for $type {
                type Output = Predicate<T>;

                /// Holds where the value is false or null.
                fn not(self) -> Predicate<T> {
                    !self.expression().truth()
                }
            }

            impl<T> $type {
                /// Holds where the value is true and the condition holds.
                #[must_use]
                pub fn and(self, other: impl Condition<T>) -> Predicate<T> {
                    self.into_predicate().and(other)
                }

                /// Holds where the value is true or the condition holds.
                #[must_use]
                pub fn or(self, other: impl Condition<T>) -> Predicate<T> {
                    self.into_predicate().or(other)
                }
            }
        )+
    };
}

conditions!(Column<T, bool>, Column<T, Option<bool>>, Expr<T, bool>);

/// The term of an operand.
pub(super) fn term_of<T, V>(operand: impl Operand<T, V>) -> Result<Term, Refusal> {
    operand.into_expression().into_term()
}
