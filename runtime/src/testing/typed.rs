//! Looks up the names of an expression and checks that its types go together.

use super::eval::apply;
use super::odata::{BinaryOperator, Expr, ExprNode, Function, Literal, QueryError};
use super::value::{ColumnType, Decimal, Kind, TICKS_PER_DAY, Value};

/// A comparison of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Both null, or equal.
    Equal,
    /// The opposite of equal.
    NotEqual,
    /// Less; false with null.
    Less,
    /// Less or equal; false with null.
    LessOrEqual,
    /// Greater; false with null.
    Greater,
    /// Greater or equal; false with null.
    GreaterOrEqual,
}

/// What is computed from values: functions of the language, arithmetic and conversions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// A function by name.
    Call(Function),
    /// `a add b`
    Add,
    /// `a sub b`
    Sub,
    /// `a mul b`
    Mul,
    /// `a div b`
    Div,
    /// `a mod b`
    Mod,
    /// `-a`
    Negate,
    /// A conversion to another kind.
    Convert(Kind),
}

/// An expression whose names and types are known.
#[derive(Debug, Clone)]
pub struct Typed {
    /// What it yields (or null).
    pub kind: Kind,
    /// What it is.
    pub node: Node,
}

/// The forms of a typed expression.
#[derive(Debug, Clone)]
pub enum Node {
    /// A constant.
    Literal(Value),
    /// A column, by the name that the table gives it.
    Column(String, ColumnType),
    /// `not x`; null counts as false.
    Not(Box<Typed>),
    /// `a and b`; null counts as false.
    And(Box<Typed>, Box<Typed>),
    /// `a or b`; null counts as false.
    Or(Box<Typed>, Box<Typed>),
    /// A comparison of two values of one kind, or of a whole with a floating number.
    Compare(Comparison, Box<Typed>, Box<Typed>),
    /// Equal to one of a list.
    In(Box<Typed>, Vec<Value>),
    /// A computation.
    Compute(Operation, Vec<Typed>),
}

/// Finds a column by the name in the query: its own name and type.
pub type Lookup<'a> = dyn Fn(&str) -> Option<(String, ColumnType)> + 'a;

/// Looks up and checks a filter, which must yield a truth value.
///
/// # Errors
/// For an unknown name, for operands that do not go together, and for an expression that is no condition.
pub fn resolve_filter(expr: &Expr, lookup: &Lookup<'_>) -> Result<Typed, QueryError> {
    let typed = Resolver { option: "$filter", lookup }.resolve(expr)?;
    if !matches!(typed.kind, Kind::Bool | Kind::Null) {
        return Err(QueryError::new(
            "$filter",
            expr.at,
            format!("the filter must be a condition, not a {}", typed.kind),
        ));
    }
    Ok(typed)
}

/// Looks up and checks a key of an order.
///
/// # Errors
/// For an unknown name and for operands that do not go together.
pub fn resolve_order(expr: &Expr, lookup: &Lookup<'_>) -> Result<Typed, QueryError> {
    let typed = Resolver { option: "$orderby", lookup }.resolve(expr)?;
    if typed.kind == Kind::Json {
        return Err(QueryError::new("$orderby", expr.at, "a json column has no order"));
    }
    Ok(typed)
}

struct Resolver<'a> {
    option: &'static str,
    lookup: &'a Lookup<'a>,
}

impl Resolver<'_> {
    fn error<T>(&self, at: usize, message: impl Into<String>) -> Result<T, QueryError> {
        Err(QueryError::new(self.option, at, message))
    }

    fn resolve(&self, expr: &Expr) -> Result<Typed, QueryError> {
        Ok(match &expr.node {
            ExprNode::Literal(Literal(value)) => literal(value.clone()),
            ExprNode::Member(name) => match (self.lookup)(name) {
                Some((name, column)) => Typed { kind: column.kind(), node: Node::Column(name, column) },
                None => return self.error(expr.at, format!("Could not find a property named '{name}' on the table.")),
            },
            ExprNode::Not(inner) => {
                Typed { kind: Kind::Bool, node: Node::Not(Box::new(self.condition(inner, "not")?)) }
            }
            ExprNode::Negate(inner) => {
                let operand = self.resolve(inner)?;
                if !operand.kind.is_number() && operand.kind != Kind::Null {
                    return self.error(expr.at, format!("a {} has no negative", operand.kind));
                }
                compute(operand.kind, Operation::Negate, vec![operand])
            }
            ExprNode::Binary(operator, left, right) => self.binary(expr.at, *operator, left, right)?,
            ExprNode::In(left, list) => self.membership(expr.at, left, list)?,
            ExprNode::Call(function, arguments) => self.call(expr.at, *function, arguments)?,
            ExprNode::Cast(inner, kind) => {
                let operand = self.resolve(inner)?;
                let known = operand.kind == *kind
                    || operand.kind == Kind::Null
                    || (operand.kind.is_number() && kind.is_number())
                    || (operand.kind == Kind::Instant && *kind == Kind::Date);
                if !known {
                    return self.error(expr.at, format!("a {} cannot be cast to {kind}", operand.kind));
                }
                convert(operand, *kind)
            }
        })
    }

    fn condition(&self, expr: &Expr, operator: &str) -> Result<Typed, QueryError> {
        let typed = self.resolve(expr)?;
        if matches!(typed.kind, Kind::Bool | Kind::Null) {
            return Ok(typed);
        }
        self.error(expr.at, format!("the operand of '{operator}' must be a condition, not a {}", typed.kind))
    }

    fn binary(&self, at: usize, operator: BinaryOperator, left: &Expr, right: &Expr) -> Result<Typed, QueryError> {
        let operation = match operator {
            BinaryOperator::And => {
                let (left, right) = (self.condition(left, "and")?, self.condition(right, "and")?);
                return Ok(Typed { kind: Kind::Bool, node: Node::And(Box::new(left), Box::new(right)) });
            }
            BinaryOperator::Or => {
                let (left, right) = (self.condition(left, "or")?, self.condition(right, "or")?);
                return Ok(Typed { kind: Kind::Bool, node: Node::Or(Box::new(left), Box::new(right)) });
            }
            BinaryOperator::Equal => return self.compare(at, Comparison::Equal, left, right),
            BinaryOperator::NotEqual => return self.compare(at, Comparison::NotEqual, left, right),
            BinaryOperator::Less => return self.compare(at, Comparison::Less, left, right),
            BinaryOperator::LessOrEqual => return self.compare(at, Comparison::LessOrEqual, left, right),
            BinaryOperator::Greater => return self.compare(at, Comparison::Greater, left, right),
            BinaryOperator::GreaterOrEqual => return self.compare(at, Comparison::GreaterOrEqual, left, right),
            BinaryOperator::Add => Operation::Add,
            BinaryOperator::Sub => Operation::Sub,
            BinaryOperator::Mul => Operation::Mul,
            BinaryOperator::Div => Operation::Div,
            BinaryOperator::Mod => Operation::Mod,
        };
        let (left, right) = (self.resolve(left)?, self.resolve(right)?);
        let kind = match (left.kind, right.kind) {
            (Kind::Null, other) | (other, Kind::Null) if other.is_number() || other == Kind::Null => other,
            (a, b) if a == b && a.is_number() => a,
            (Kind::Double, other) | (other, Kind::Double) if other.is_number() => Kind::Double,
            (Kind::Decimal, other) | (other, Kind::Decimal) if other.is_number() => Kind::Decimal,
            (a, b) => return self.error(at, format!("arithmetic of a {a} with a {b} is not defined")),
        };
        Ok(compute(kind, operation, vec![convert(left, kind), convert(right, kind)]))
    }

    fn compare(&self, at: usize, comparison: Comparison, left: &Expr, right: &Expr) -> Result<Typed, QueryError> {
        let (left, right) = (self.resolve(left)?, self.resolve(right)?);
        let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        let Some((left, right)) = together(left.clone(), right.clone()) else {
            return self.error(
                at,
                format!(
                    "A binary operator with incompatible types was detected. Found operand types '{}' and '{}'.",
                    left.kind, right.kind
                ),
            );
        };
        if ordered && (left.kind == Kind::Json || right.kind == Kind::Json) {
            return self.error(at, "a json column has no order");
        }
        Ok(Typed { kind: Kind::Bool, node: Node::Compare(comparison, Box::new(left), Box::new(right)) })
    }

    fn membership(&self, at: usize, left: &Expr, list: &[Expr]) -> Result<Typed, QueryError> {
        let mut left = self.resolve(left)?;
        let items = list.iter().map(|item| self.resolve(item)).collect::<Result<Vec<_>, _>>()?;
        // One decimal in the list makes the whole comparison one of decimals.
        if left.kind.is_number() && items.iter().any(|item| item.kind == Kind::Decimal) {
            left = convert(left, Kind::Decimal);
        }
        let mut values = Vec::with_capacity(items.len());
        for (item, typed) in list.iter().zip(items) {
            let found = typed.kind;
            match together(left.clone(), typed) {
                Some((same, Typed { node: Node::Literal(value), .. })) if same.kind == left.kind => values.push(value),
                _ => {
                    let kind = left.kind;
                    let message =
                        format!("the list of 'in' must hold constants that compare with a {kind}, not a {found}");
                    return self.error(item.at, message);
                }
            }
        }
        if left.kind == Kind::Json {
            return self.error(at, "a json column cannot be compared");
        }
        Ok(Typed { kind: Kind::Bool, node: Node::In(Box::new(left), values) })
    }

    fn call(&self, at: usize, function: Function, arguments: &[Expr]) -> Result<Typed, QueryError> {
        let typed = arguments.iter().map(|argument| self.resolve(argument)).collect::<Result<Vec<_>, _>>()?;
        let kinds: Vec<Kind> = typed.iter().map(|argument| argument.kind).collect();
        let is = |index: usize, wanted: &[Kind]| kinds[index] == Kind::Null || wanted.contains(&kinds[index]);
        let texts = (0..kinds.len()).all(|index| is(index, &[Kind::Text]));
        let (fits, kind) = match function {
            Function::Contains | Function::StartsWith | Function::EndsWith => (texts, Kind::Bool),
            Function::Length | Function::IndexOf => (texts, Kind::Int),
            Function::ToLower | Function::ToUpper | Function::Trim | Function::Concat | Function::Replace => {
                (texts, Kind::Text)
            }
            Function::Substring => {
                (is(0, &[Kind::Text]) && (1..kinds.len()).all(|index| is(index, &[Kind::Int])), Kind::Text)
            }
            Function::Floor | Function::Ceiling | Function::Round => {
                (is(0, &[Kind::Int, Kind::Double, Kind::Decimal]), kinds[0])
            }
            Function::Year | Function::Month | Function::Day => (is(0, &[Kind::Date, Kind::Instant]), Kind::Int),
            Function::Hour | Function::Minute | Function::Second => (is(0, &[Kind::Time, Kind::Instant]), Kind::Int),
            Function::FractionalSeconds => (is(0, &[Kind::Time, Kind::Instant]), Kind::Decimal),
            Function::Date => (is(0, &[Kind::Instant]), Kind::Date),
            Function::Time => (is(0, &[Kind::Instant]), Kind::Time),
        };
        if !fits {
            let found = kinds.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            return self.error(at, format!("no signature of the function matches the arguments ({found})"));
        }
        Ok(compute(kind, Operation::Call(function), typed))
    }
}

fn literal(value: Value) -> Typed {
    Typed { kind: value.kind(), node: Node::Literal(value) }
}

/// Makes a computation, done at once when all its operands are constants.
fn compute(kind: Kind, operation: Operation, operands: Vec<Typed>) -> Typed {
    let constants: Option<Vec<Value>> = operands
        .iter()
        .map(|operand| match &operand.node {
            Node::Literal(value) => Some(value.clone()),
            _ => None,
        })
        .collect();
    match constants {
        Some(values) => Typed { kind, node: Node::Literal(apply(operation, &values)) },
        None => Typed { kind, node: Node::Compute(operation, operands) },
    }
}

fn convert(typed: Typed, kind: Kind) -> Typed {
    if typed.kind == kind || typed.kind == Kind::Null {
        return typed;
    }
    compute(kind, Operation::Convert(kind), vec![typed])
}

/// Brings two operands to kinds that compare with each other.
fn together(left: Typed, right: Typed) -> Option<(Typed, Typed)> {
    match (left.kind, right.kind) {
        (a, b) if a == b => Some((left, right)),
        (Kind::Null, _) | (_, Kind::Null) | (Kind::Int, Kind::Double) | (Kind::Double, Kind::Int) => {
            Some((left, right))
        }
        (Kind::Decimal, b) if b.is_number() => {
            let right = convert_number(right, Kind::Decimal)?;
            Some((left, right))
        }
        (a, Kind::Decimal) if a.is_number() => {
            let left = convert_number(left, Kind::Decimal)?;
            Some((left, right))
        }
        (Kind::Enum(names), Kind::Text) => Some((left, named(names, right)?)),
        (Kind::Text, Kind::Enum(names)) => Some((named(names, left)?, right)),
        (Kind::Instant, Kind::Date) => Some((left, midnight(right)?)),
        (Kind::Date, Kind::Instant) => Some((midnight(left)?, right)),
        _ => None,
    }
}

fn convert_number(typed: Typed, kind: Kind) -> Option<Typed> {
    match &typed.node {
        Node::Literal(Value::Double(number)) => Some(literal(Value::Decimal(Decimal::from_f64(*number)?))),
        _ => Some(convert(typed, kind)),
    }
}

/// A constant text compared with an enumeration is one of its names.
fn named(names: &'static [&'static str], typed: Typed) -> Option<Typed> {
    match typed.node {
        Node::Literal(Value::Text(text)) => Value::of_enum(names, &text).map(literal),
        _ => None,
    }
}

/// A constant day compared with an instant means its first instant in UTC.
fn midnight(typed: Typed) -> Option<Typed> {
    match typed.node {
        Node::Literal(Value::Date(days)) => Some(literal(Value::Instant(days * TICKS_PER_DAY))),
        _ => None,
    }
}
