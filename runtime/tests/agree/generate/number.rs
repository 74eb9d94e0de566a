//! Arithmetic and rounding.

use synctable::{Decimal, FractionValue, NumberValue};

use super::compare::{Plain, with_value};
use super::{Condition, Operator, Source, Term, text, time};
use crate::data::decimal;
use crate::sample::{Drawn, Sorted, typed};

/// A type that is computed with.
trait Computed: Plain + Sorted + NumberValue<Computed = Self> {
    /// A value that arithmetic often gives or takes.
    fn small(source: &mut Source<'_>) -> Self;

    /// What a term of the type may be, besides a column.
    fn nested(source: &mut Source<'_>) -> Term<Self>;
}

impl Computed for i32 {
    fn small(source: &mut Source<'_>) -> Self {
        source.rng.i32(-9..=9)
    }

    fn nested(source: &mut Source<'_>) -> Term<Self> {
        match source.rng.u8(..4) {
            0 => text::length(source),
            1 => time::any_part(source),
            2 => apply::<i16>(source),
            _ => apply::<Self>(source),
        }
    }
}

impl Computed for i64 {
    fn small(source: &mut Source<'_>) -> Self {
        source.rng.i64(-9..=9)
    }

    fn nested(source: &mut Source<'_>) -> Term<Self> {
        if source.rng.bool() { apply::<u32>(source) } else { apply::<Self>(source) }
    }
}

impl Computed for f64 {
    fn small(source: &mut Source<'_>) -> Self {
        Self::from(source.rng.i8(-16..=16)) / 4.0
    }

    fn nested(source: &mut Source<'_>) -> Term<Self> {
        match source.rng.u8(..6) {
            0 => to_f64::<i32>(source),
            1 => to_f64::<i64>(source),
            2 => to_f64::<Decimal>(source),
            3 => rounded::<f32>(source),
            4 => rounded::<Self>(source),
            _ => apply::<Self>(source),
        }
    }
}

impl Computed for Decimal {
    fn small(source: &mut Source<'_>) -> Self {
        decimal(&format!("{}e-2", i32::from(source.rng.i8(-16..=16)) * 25))
    }

    fn nested(source: &mut Source<'_>) -> Term<Self> {
        if source.rng.bool() { rounded::<Self>(source) } else { apply::<Self>(source) }
    }
}

/// The value as a real number.
trait Real: Drawn + NumberValue {
    fn real(&self) -> f64;
}

macro_rules! real {
    ($($type:ty),+) => { $(impl Real for $type { fn real(&self) -> f64 { *self as f64 } })+ };
}

real!(i8, i16, i32, i64, u8, u16, u32, f32, f64);

impl Real for Decimal {
    fn real(&self) -> f64 {
        self.as_str().parse().unwrap_or_default()
    }
}

pub(super) fn operators(operators: &mut Vec<Operator>) {
    numbers::<i8>(operators);
    numbers::<i16>(operators);
    numbers::<i32>(operators);
    numbers::<i64>(operators);
    numbers::<u8>(operators);
    numbers::<u16>(operators);
    numbers::<u32>(operators);
    numbers::<f32>(operators);
    numbers::<f64>(operators);
    numbers::<Decimal>(operators);
    fractions::<f32>(operators);
    fractions::<f64>(operators);
    fractions::<Decimal>(operators);
}

const ARITHMETIC: [&str; 5] = ["add", "sub", "mul", "div", "rem"];

fn numbers<V: Real + Plain>(operators: &mut Vec<Operator>)
where
    V::Computed: Computed,
{
    operators.push(Operator::new::<V>("add", |source| computed::<V>(source, "add")));
    operators.push(Operator::new::<V>("sub", |source| computed::<V>(source, "sub")));
    operators.push(Operator::new::<V>("mul", |source| computed::<V>(source, "mul")));
    operators.push(Operator::new::<V>("div", |source| computed::<V>(source, "div")));
    operators.push(Operator::new::<V>("rem", |source| computed::<V>(source, "rem")));
    operators.push(Operator::new::<V>("to_f64", |source| {
        let real = to_f64::<V>(source);
        let value = match source.rng.u8(..4) {
            0 => f64::small(source),
            1 => source.value::<V>().real().next_up(),
            _ => source.value::<V>().real(),
        };
        let value = if value.is_finite() { value } else { 0.0 };
        // Divided, since the whole numbers that are widened and those that are cast part there.
        let real = if source.rarely(3) { real.div(source.operand::<f64>()) } else { real };
        with_value(source, real, value)
    }));
}

fn fractions<V: Plain + FractionValue>(operators: &mut Vec<Operator>)
where
    V::Computed: Computed + FractionValue,
{
    operators.push(Operator::new::<V>("floor", |source| whole::<V>(source, "floor")));
    operators.push(Operator::new::<V>("ceiling", |source| whole::<V>(source, "ceiling")));
    operators.push(Operator::new::<V>("round", |source| whole::<V>(source, "round")));
}

/// Arithmetic compared with a value.
fn computed<V: Plain + NumberValue>(source: &mut Source<'_>, operator: &'static str) -> Condition
where
    V::Computed: Computed,
{
    let column = source.column::<V>();
    let term = arithmetic(source, column, operator);
    let value = if source.rng.bool() { V::Computed::small(source) } else { source.value() };
    with_value(source, term, value)
}

fn arithmetic<V: Plain + NumberValue>(
    source: &mut Source<'_>,
    left: Term<V>,
    operator: &'static str,
) -> Term<V::Computed>
where
    V::Computed: Computed,
{
    source.hit::<V>(operator);
    let right: Term<V::Computed> = match source.rng.u8(..8) {
        0..=3 => typed(V::Computed::small(source)),
        4 => V::Computed::nested(source),
        _ => source.operand(),
    };
    match operator {
        "add" => left.add(right),
        "sub" => left.sub(right),
        "mul" => left.mul(right),
        "div" => left.div(right),
        _ => left.rem(right),
    }
}

/// Any arithmetic of a column.
fn apply<V: Plain + NumberValue>(source: &mut Source<'_>) -> Term<V::Computed>
where
    V::Computed: Computed,
{
    let column = source.column::<V>();
    let operator = source.pick(&ARITHMETIC);
    arithmetic(source, column, operator)
}

fn to_f64<V: Real + Plain>(source: &mut Source<'_>) -> Term<f64> {
    source.hit::<V>("to_f64");
    source.column::<V>().to_f64()
}

/// A column rounded in any way.
fn rounded<V: Plain + FractionValue>(source: &mut Source<'_>) -> Term<V::Computed>
where
    V::Computed: FractionValue,
{
    let operator = source.pick(&["floor", "ceiling", "round"]);
    round::<V>(source, operator)
}

fn round<V: Plain + FractionValue>(source: &mut Source<'_>, operator: &'static str) -> Term<V::Computed>
where
    V::Computed: FractionValue,
{
    source.hit::<V>(operator);
    let column = source.column::<V>();
    match operator {
        "floor" => column.floor(),
        "ceiling" => column.ceiling(),
        _ => column.round(),
    }
}

/// Rounding compared with a value.
fn whole<V: Plain + FractionValue>(source: &mut Source<'_>, operator: &'static str) -> Condition
where
    V::Computed: Computed + FractionValue,
{
    let term = round::<V>(source, operator);
    let value = if source.rng.bool() { V::Computed::small(source) } else { source.value() };
    if source.rarely(4) {
        // Whether the column was whole.
        let column = source.column::<V::Computed>();
        return term.eq(column);
    }
    with_value(source, term, value)
}
