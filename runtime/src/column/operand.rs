//! What columns and expressions are compared and computed with.

use super::{Column, Expr};
use crate::query::predicate::{Literal, Refusal, Term};
use crate::value::{ColumnType, ColumnValue, Id, Value};

/// A value that a column of table `T` with values of `V` can be compared with: a `V`, for text also
/// `&str` and `&String`, for an optional column also the bare value; and a column or an expression of
/// the same table whose values are of such a type or of a narrower number's.
#[diagnostic::on_unimplemented(
    message = "values of `{V}` cannot be compared or computed with `{Self}`",
    label = "expected a value of `{V}`",
    note = "an optional column takes the bare value; text and ids also `&str`; columns and expressions of the same table and type",
    note = "numbers of different types meet by `to_f64()` on both sides; whole constants of an `f64` are written `2.0`",
    note = "a `#[sync(json)]` column can only be tested by `is_null()`"
)]
pub trait Operand<T, V> {
    /// Makes the expression.
    fn into_expression(self) -> Expr<T, V>;
}

fn constant<T, V, W: ColumnValue>(value: &W) -> Expr<T, V> {
    match Value::of(value) {
        Ok(value) => Expr::new(Term::Literal(Literal::typed(W::TYPE, value))),
        Err(error) => {
            Expr::refused(Refusal(format!("a filter compares with a value that has no stored form: {error}")))
        }
    }
}

impl<T, V: ColumnValue> Operand<T, V> for V {
    fn into_expression(self) -> Expr<T, V> {
        constant(&self)
    }
}

impl<T, V: ColumnValue> Operand<T, Option<V>> for V {
    fn into_expression(self) -> Expr<T, Option<V>> {
        constant(&self)
    }
}

/// Lets borrowed text stand for a text-like column value.
macro_rules! borrowed_operand {
    ($($borrowed:ty => $value:ty: $column:ident),+ $(,)?) => {
        $(
            #[diagnostic::do_not_recommend]
            impl<T> Operand<T, $value> for $borrowed {
                fn into_expression(self) -> Expr<T, $value> {
                    let text: &str = self.as_ref();
                    Expr::new(Term::Literal(Literal::typed(ColumnType::$column, Value::Text(text.to_owned()))))
                }
            }
            #[diagnostic::do_not_recommend]
            impl<T> Operand<T, Option<$value>> for $borrowed {
                fn into_expression(self) -> Expr<T, Option<$value>> {
                    Operand::<T, $value>::into_expression(self).retyped()
                }
            }
        )+
    };
}

borrowed_operand!(
    &str => String: Text, &String => String: Text, &Id => String: Text,
    &str => Id: Id, &String => Id: Id, &Id => Id: Id,
);

/// Lets a column or an expression stand for a value of its own type, null or not.
macro_rules! own_type {
    ($($source:ident),+) => {
        $(
            #[diagnostic::do_not_recommend]
            impl<T, V> Operand<T, V> for $source<T, V> {
                fn into_expression(self) -> Expr<T, V> {
                    self.expression()
                }
            }
            #[diagnostic::do_not_recommend]
            impl<T, V> Operand<T, Option<V>> for $source<T, V> {
                fn into_expression(self) -> Expr<T, Option<V>> {
                    self.expression().retyped()
                }
            }
            #[diagnostic::do_not_recommend]
            impl<T, V> Operand<T, V> for $source<T, Option<V>> {
                fn into_expression(self) -> Expr<T, V> {
                    self.expression().retyped()
                }
            }
        )+
    };
}

own_type!(Column, Expr);

/// Lets a column or an expression stand for one of another type that has all of its values.
macro_rules! other_type {
    ($($narrow:ty => $wide:ty),+ $(,)?) => {
        $(other_type!(@ Column $narrow => $wide); other_type!(@ Expr $narrow => $wide);)+
    };
    (@ $source:ident $narrow:ty => $wide:ty) => {
        other_type!(@@ $source $narrow => $wide);
        other_type!(@@ $source $narrow => Option<$wide>);
        other_type!(@@ $source Option<$narrow> => $wide);
        other_type!(@@ $source Option<$narrow> => Option<$wide>);
    };
    (@@ $source:ident $narrow:ty => $wide:ty) => {
        #[diagnostic::do_not_recommend]
        impl<T> Operand<T, $wide> for $source<T, $narrow> {
            fn into_expression(self) -> Expr<T, $wide> {
                self.expression().retyped()
            }
        }
    };
}

other_type!(
    i8 => i16, i8 => i32, i8 => i64, i16 => i32, i16 => i64, i32 => i64, u8 => i16, u8 => u16, u8 => i32, u8 => u32,
    u8 => i64, u16 => i32, u16 => u32, u16 => i64, u32 => i64, f32 => f64, Id => String, String => Id,
);
