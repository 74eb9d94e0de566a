//! Expressions of a type known only when a case is read. Each operator calls the typed one of the library, so what does not
//! stand here has no operator of that type there.

use serde_json::Value as Json;
use synctable::{
    Column, ColumnValue, Condition, Date, Decimal, Expr, Id, NumberValue, Operand, OrderedValue, Predicate, SyncTable,
    TimeOfDay, Timestamp, Uuid, ValueRef,
};

use super::case::{Constant, ConstantType};
use super::tables::{KitchenSinkState, MovieRating, ProductType};

/// Why a case cannot be said with the typed operators: its code would not compile.
pub(crate) type Said<V> = Result<V, String>;

/// An expression of some type, or a condition.
pub(crate) enum Typed<T> {
    Bool(Expr<T, bool>),
    U8(Expr<T, u8>),
    I16(Expr<T, i16>),
    U16(Expr<T, u16>),
    U32(Expr<T, u32>),
    I32(Expr<T, i32>),
    I64(Expr<T, i64>),
    F32(Expr<T, f32>),
    F64(Expr<T, f64>),
    Decimal(Expr<T, Decimal>),
    Char(Expr<T, char>),
    Text(Expr<T, String>),
    Uuid(Expr<T, Uuid>),
    Date(Expr<T, Date>),
    Time(Expr<T, TimeOfDay>),
    Instant(Expr<T, Timestamp>),
    State(Expr<T, KitchenSinkState>),
    Rating(Expr<T, MovieRating>),
    Product(Expr<T, ProductType>),
    Bytes,
    Constant(Constant),
    Condition(Predicate<T>),
}

/// Does the same with the expression of every variant that has one.
macro_rules! each {
    ($typed:expr, $expression:ident => $result:expr, $other:pat => $otherwise:expr) => {
        match $typed {
            Typed::Bool($expression) => $result,
            Typed::U8($expression) => $result,
            Typed::I16($expression) => $result,
            Typed::U16($expression) => $result,
            Typed::U32($expression) => $result,
            Typed::I32($expression) => $result,
            Typed::I64($expression) => $result,
            Typed::F32($expression) => $result,
            Typed::F64($expression) => $result,
            Typed::Decimal($expression) => $result,
            Typed::Char($expression) => $result,
            Typed::Text($expression) => $result,
            Typed::Uuid($expression) => $result,
            Typed::Date($expression) => $result,
            Typed::Time($expression) => $result,
            Typed::Instant($expression) => $result,
            Typed::State($expression) => $result,
            Typed::Rating($expression) => $result,
            Typed::Product($expression) => $result,
            $other => $otherwise,
        }
    };
}

macro_rules! from_columns {
    ($($type:ty => $variant:ident),+ $(,)?) => {
        $(
            impl<T> From<Column<T, $type>> for Typed<T> {
                fn from(column: Column<T, $type>) -> Self {
                    Self::$variant(column.expression())
                }
            }

            impl<T> From<Column<T, Option<$type>>> for Typed<T> {
                fn from(column: Column<T, Option<$type>>) -> Self {
                    Self::$variant(column.into_expression())
                }
            }
        )+
    };
}

from_columns!(
    bool => Bool, u8 => U8, i16 => I16, u16 => U16, u32 => U32, i32 => I32, i64 => I64, f32 => F32, f64 => F64,
    Decimal => Decimal, char => Char, String => Text, Uuid => Uuid, Date => Date, TimeOfDay => Time,
    Timestamp => Instant, KitchenSinkState => State, MovieRating => Rating, ProductType => Product,
);

impl<T> From<Column<T, Id>> for Typed<T> {
    fn from(column: Column<T, Id>) -> Self {
        Self::Text(column.into_expression())
    }
}

impl<T> From<Column<T, Vec<u8>>> for Typed<T> {
    fn from(_: Column<T, Vec<u8>>) -> Self {
        Self::Bytes
    }
}

/// A type that constants of the cases can have.
pub(crate) trait FromConstant: Sized {
    fn from_constant(constant: &Constant) -> Option<Self>;
}

macro_rules! integers {
    ($($type:ty),+) => {
        $(
            impl FromConstant for $type {
                fn from_constant(constant: &Constant) -> Option<Self> {
                    constant.is_whole().then(|| Self::try_from(constant.v.as_i64()?).ok())?
                }
            }
        )+
    };
}

integers!(u8, i16, u16, u32, i32, i64);

macro_rules! texts {
    ($($type:ty => $($constant:ident)|+),+ $(,)?) => {
        $(
            impl FromConstant for $type {
                fn from_constant(constant: &Constant) -> Option<Self> {
                    let text = match constant.t {
                        $(ConstantType::$constant)|+ => constant.v.as_str()?,
                        _ => return None,
                    };
                    Self::read(ValueRef::Text(text)).ok()
                }
            }
        )+
    };
}

texts!(
    String => String | Char, char => Char, Uuid => Guid, Date => Date,
    KitchenSinkState => Enum, MovieRating => Enum, ProductType => Enum,
);

impl FromConstant for TimeOfDay {
    fn from_constant(constant: &Constant) -> Option<Self> {
        (constant.t == ConstantType::Time).then(|| constant.v.as_str()?.parse().ok())?
    }
}

impl FromConstant for Timestamp {
    fn from_constant(constant: &Constant) -> Option<Self> {
        let is_instant = matches!(constant.t, ConstantType::DateTime | ConstantType::DateTimeOffset);
        is_instant.then(|| constant.v.as_str()?.parse().ok())?
    }
}

impl FromConstant for bool {
    fn from_constant(constant: &Constant) -> Option<Self> {
        (constant.t == ConstantType::Bool).then(|| constant.v.as_bool())?
    }
}

impl FromConstant for f32 {
    fn from_constant(constant: &Constant) -> Option<Self> {
        let is_number = constant.is_whole() || constant.t == ConstantType::Float;
        is_number.then(|| constant.v.to_string().parse().ok())?
    }
}

impl FromConstant for f64 {
    fn from_constant(constant: &Constant) -> Option<Self> {
        let is_number = constant.is_whole() || matches!(constant.t, ConstantType::Float | ConstantType::Double);
        is_number.then(|| constant.v.as_f64())?
    }
}

impl FromConstant for Decimal {
    fn from_constant(constant: &Constant) -> Option<Self> {
        let text = match (&constant.v, constant.t) {
            (Json::String(text), ConstantType::Decimal) => text.clone(),
            (Json::Number(number), _) => number.to_string(),
            _ => return None,
        };
        text.parse().ok()
    }
}

impl Constant {
    pub(crate) fn is_whole(&self) -> bool {
        use ConstantType::{Byte, Int, Long, Short, UInt, ULong};
        matches!(self.t, Byte | Short | Int | UInt | Long | ULong)
    }

    pub(crate) fn as_type<V: FromConstant>(&self) -> Said<V> {
        V::from_constant(self).ok_or_else(|| format!("a constant {:?} {} is no such value", self.t, self.v))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}

fn ordered<T, V: OrderedValue>(left: Expr<T, V>, how: Comparison, right: impl Operand<T, V>) -> Predicate<T> {
    match how {
        Comparison::Eq => left.eq(right),
        Comparison::Ne => left.ne(right),
        Comparison::Gt => left.gt(right),
        Comparison::Ge => left.ge(right),
        Comparison::Lt => left.lt(right),
        Comparison::Le => left.le(right),
    }
}

fn equal<T, V>(left: Expr<T, V>, how: Comparison, right: impl Operand<T, V>) -> Said<Predicate<T>> {
    match how {
        Comparison::Eq => Ok(left.eq(right)),
        Comparison::Ne => Ok(left.ne(right)),
        _ => Err("the type has no order".to_owned()),
    }
}

fn computed<T, V: NumberValue>(
    left: Expr<T, V>,
    how: Arithmetic,
    right: impl Operand<T, V::Computed>,
) -> Expr<T, V::Computed> {
    match how {
        Arithmetic::Add => left.add(right),
        Arithmetic::Sub => left.sub(right),
        Arithmetic::Mul => left.mul(right),
        Arithmetic::Div => left.div(right),
        Arithmetic::Rem => left.rem(right),
    }
}

impl<T: SyncTable> Typed<T> {
    fn name(&self) -> String {
        match self {
            Self::Bytes => "bytes".to_owned(),
            Self::Constant(constant) => format!("a constant {:?}", constant.t),
            Self::Condition(_) => "a condition".to_owned(),
            other => each!(other, expression => type_of(expression).to_owned(), _ => String::new()),
        }
    }

    fn none<V>(&self, wanted: &str) -> Said<V> {
        Err(format!("{} has no {wanted}", self.name()))
    }

    /// A condition; a truth value is one.
    pub(crate) fn condition(self) -> Said<Predicate<T>> {
        match self {
            Self::Condition(predicate) => Ok(predicate),
            Self::Bool(expression) => Ok(expression.into_predicate()),
            Self::Constant(constant) => Ok(Predicate::constant(constant.as_type()?)),
            other => other.none("truth value"),
        }
    }

    pub(crate) fn text(self) -> Said<Expr<T, String>> {
        match self {
            Self::Text(expression) => Ok(expression),
            Self::Constant(constant) => Ok(constant.as_type::<String>()?.into_expression()),
            other => other.none("text"),
        }
    }

    pub(crate) fn whole(self) -> Said<Expr<T, i32>> {
        match self {
            Self::I32(expression) => Ok(expression),
            Self::U8(expression) => Ok(expression.into_expression()),
            Self::I16(expression) => Ok(expression.into_expression()),
            Self::U16(expression) => Ok(expression.into_expression()),
            Self::Constant(constant) => Ok(constant.as_type::<i32>()?.into_expression()),
            other => other.none("32-bit value"),
        }
    }

    fn long(self) -> Said<Expr<T, i64>> {
        match self {
            Self::I64(expression) => Ok(expression),
            Self::U32(expression) => Ok(expression.into_expression()),
            Self::Constant(constant) => Ok(constant.as_type::<i64>()?.into_expression()),
            other => Ok(other.whole()?.into_expression()),
        }
    }

    pub(crate) fn double(self) -> Said<Expr<T, f64>> {
        match self {
            Self::F64(expression) => Ok(expression),
            Self::F32(expression) => Ok(expression.into_expression()),
            Self::I64(expression) => Ok(expression.to_f64()),
            Self::U32(expression) => Ok(expression.to_f64()),
            Self::Constant(constant) => Ok(constant.as_type::<f64>()?.into_expression()),
            other => Ok(other.whole()?.to_f64()),
        }
    }

    fn decimal(self) -> Said<Expr<T, Decimal>> {
        match self {
            Self::Decimal(expression) => Ok(expression),
            Self::Constant(constant) => Ok(constant.as_type::<Decimal>()?.into_expression()),
            other => other.none("decimal value"),
        }
    }

    /// How wide a number is, in the order in which one side is widened to the other; none for what is no number.
    fn width(&self) -> Option<Width> {
        Some(match self {
            Self::U8(_) | Self::I16(_) | Self::U16(_) | Self::I32(_) => Width::Whole,
            Self::I64(_) | Self::U32(_) => Width::Long,
            Self::F32(_) | Self::F64(_) => Width::Double,
            Self::Decimal(_) => Width::Decimal,
            Self::Constant(constant) => match constant.t {
                ConstantType::Byte | ConstantType::Short | ConstantType::Int => Width::Whole,
                ConstantType::UInt | ConstantType::Long | ConstantType::ULong => Width::Long,
                ConstantType::Float | ConstantType::Double => Width::Double,
                ConstantType::Decimal => Width::Decimal,
                _ => return None,
            },
            _ => return None,
        })
    }

    /// Compares; a constant takes the type of the other side where it has a value of that type.
    pub(crate) fn compare(self, how: Comparison, other: Self) -> Said<Predicate<T>> {
        let (left, how, right) = match (self, other) {
            (Self::Constant(left), Self::Constant(_)) => return Self::Constant(left).none("column beside a constant"),
            (Self::Constant(left), right) => (right, how.flipped(), Self::Constant(left)),
            (left, right) => (left, how, right),
        };
        if let Self::Constant(constant) = &right
            && constant.t == ConstantType::Null
        {
            return left.compare_null(how);
        }
        macro_rules! compared {
            ($own:expr, $variant:ident) => {
                match right {
                    Self::$variant(right) => return Ok(ordered($own, how, right)),
                    Self::Constant(constant) => return Ok(ordered($own, how, constant.as_type_of(&$own)?)),
                    other => return other.none("comparison with another type"),
                }
            };
        }
        macro_rules! numbers {
            ($own:expr, $variant:ident) => {
                match &right {
                    Self::$variant(right) => return Ok(ordered($own, how, right.clone())),
                    Self::Constant(constant) => {
                        if let Ok(value) = constant.as_type_of(&$own) {
                            return Ok(ordered($own, how, value));
                        }
                    }
                    _ => {}
                }
            };
        }
        match &left {
            Self::Text(own) => return Ok(ordered(own.clone(), how, right.text()?)),
            Self::Char(own) => compared!(own.clone(), Char),
            Self::Uuid(own) => compared!(own.clone(), Uuid),
            Self::Date(own) => compared!(own.clone(), Date),
            Self::Time(own) => compared!(own.clone(), Time),
            Self::Instant(own) => compared!(own.clone(), Instant),
            Self::State(own) => compared!(own.clone(), State),
            Self::Rating(own) => compared!(own.clone(), Rating),
            Self::Product(own) => compared!(own.clone(), Product),
            Self::Bool(own) => {
                return match right {
                    Self::Bool(right) => equal(own.clone(), how, right),
                    Self::Constant(constant) => equal(own.clone(), how, constant.as_type::<bool>()?),
                    other => other.none("comparison with a truth value"),
                };
            }
            Self::U8(own) => numbers!(own.clone(), U8),
            Self::I16(own) => numbers!(own.clone(), I16),
            Self::U16(own) => numbers!(own.clone(), U16),
            Self::U32(own) => numbers!(own.clone(), U32),
            Self::I32(own) => numbers!(own.clone(), I32),
            Self::I64(own) => numbers!(own.clone(), I64),
            Self::F32(own) => numbers!(own.clone(), F32),
            Self::F64(own) => numbers!(own.clone(), F64),
            Self::Decimal(_) => {}
            Self::Bytes | Self::Constant(_) | Self::Condition(_) => return left.none("comparison"),
        }
        let width = left.width().max(right.width());
        match (width, left.width(), right.width()) {
            (Some(Width::Whole), Some(_), Some(_)) => Ok(ordered(left.whole()?, how, right.whole()?)),
            (Some(Width::Long), Some(_), Some(_)) => Ok(ordered(left.long()?, how, right.long()?)),
            (Some(Width::Double), Some(_), Some(_)) => Ok(ordered(left.double()?, how, right.double()?)),
            (Some(Width::Decimal), Some(_), Some(_)) => Ok(ordered(left.decimal()?, how, right.decimal()?)),
            _ => left.none(&format!("comparison with {}", right.name())),
        }
    }

    fn compare_null(self, how: Comparison) -> Said<Predicate<T>> {
        fn null<T, V: ColumnValue>(own: Expr<T, V>, how: Comparison) -> Said<Predicate<T>>
        where
            Option<V>: ColumnValue,
        {
            equal(Operand::<T, Option<V>>::into_expression(own), how, None::<V>)
        }
        each!(self, own => null(own, how), other => other.none("null test"))
    }

    /// Computes; `add` of texts joins them.
    pub(crate) fn arithmetic(self, how: Arithmetic, other: Self) -> Said<Self> {
        if matches!(self, Self::Text(_)) || matches!(other, Self::Text(_)) {
            return match how {
                Arithmetic::Add => Ok(Self::Text(self.text()?.concat(other.text()?))),
                _ => self.none("arithmetic"),
            };
        }
        let (Some(left), Some(right)) = (self.width(), other.width()) else {
            return self.none(&format!("arithmetic with {}", other.name()));
        };
        // A constant of whole numbers takes the type of the other side.
        Ok(match left.max(right) {
            Width::Whole => Self::I32(computed(self.whole()?, how, other.whole()?)),
            Width::Long => Self::I64(computed(self.long()?, how, other.long()?)),
            Width::Double => Self::F64(computed(self.double()?, how, other.double()?)),
            Width::Decimal => Self::Decimal(computed(self.decimal()?, how, other.decimal()?)),
        })
    }

    pub(crate) fn in_list(self, list: &[Constant]) -> Said<Predicate<T>> {
        fn listed<T, V: ColumnValue + FromConstant>(own: Expr<T, V>, list: &[Constant]) -> Said<Predicate<T>>
        where
            Option<V>: ColumnValue,
        {
            if list.iter().all(|constant| constant.t != ConstantType::Null) {
                return Ok(own.is_in(list.iter().map(Constant::as_type::<V>).collect::<Said<Vec<V>>>()?));
            }
            let value = |constant: &Constant| match constant.t {
                ConstantType::Null => Ok(None),
                _ => constant.as_type::<V>().map(Some),
            };
            let values = list.iter().map(value).collect::<Said<Vec<Option<V>>>>()?;
            Ok(Operand::<T, Option<V>>::into_expression(own).is_in(values))
        }
        each!(self, own => listed(own, list), other => other.none("list"))
    }

    /// A function of one argument.
    pub(crate) fn function(self, name: &str) -> Said<Self> {
        macro_rules! parts {
            ($own:expr, $($part:literal => $method:ident),+) => {
                match name {
                    $($part => Ok(Self::I32($own.$method())),)+
                    _ => Err(format!("no `{name}` of such a value")),
                }
            };
        }
        match self {
            Self::Text(own) => Ok(match name {
                "tolower" => Self::Text(own.to_lower()),
                "toupper" => Self::Text(own.to_upper()),
                "trim" => Self::Text(own.trim()),
                "length" => Self::I32(own.len()),
                // A text is its own text.
                "function:toString" => Self::Text(own),
                _ => return Err(format!("no `{name}` of a text")),
            }),
            Self::Decimal(own) => Ok(Self::Decimal(match name {
                "floor" => own.floor(),
                "ceiling" => own.ceiling(),
                "round" => own.round(),
                _ => return Err(format!("no `{name}` of a decimal")),
            })),
            own @ (Self::F32(_) | Self::F64(_)) => {
                let own = own.double()?;
                Ok(Self::F64(match name {
                    "floor" => own.floor(),
                    "ceiling" => own.ceiling(),
                    "round" => own.round(),
                    _ => return Err(format!("no `{name}` of a number")),
                }))
            }
            Self::Date(own) => parts!(own, "year" => year, "month" => month, "day" => day),
            Self::Time(own) => parts!(own, "hour" => hour, "minute" => minute, "second" => second),
            Self::Instant(own) => parts!(
                own, "year" => year, "month" => month, "day" => day, "hour" => hour, "minute" => minute,
                "second" => second
            ),
            other => other.none(&format!("`{name}`")),
        }
    }
}

impl Constant {
    /// The constant as a value of an expression's type.
    fn as_type_of<T, V: FromConstant>(&self, _: &Expr<T, V>) -> Said<V> {
        self.as_type()
    }
}

fn type_of<T, V>(_: &Expr<T, V>) -> &'static str {
    std::any::type_name::<V>()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Width {
    Whole,
    Long,
    Double,
    Decimal,
}

impl Comparison {
    fn flipped(self) -> Self {
        match self {
            Self::Eq => Self::Eq,
            Self::Ne => Self::Ne,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
        }
    }
}
