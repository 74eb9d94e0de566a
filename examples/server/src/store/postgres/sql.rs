//! Compiles a typed expression to parameterised PostgreSQL SQL of the same meaning as the evaluator's.
//!
//! No expression fails when it runs: what the evaluator answers with null is null here.

use synctable::testing::odata::Function;
use synctable::testing::typed::{Comparison, Node, Operation, Typed};
use synctable::testing::{Kind, Value};

use super::functions;
use super::schema::columns_sql;
use crate::store::select::{Sql, exact, is_null};
use crate::store::table::quoted;
use crate::store::{Cell, StoredTable};
use crate::value::to_cell;

/// The parameters of a statement, in order.
///
/// A whole number is sent as `bigint`, a floating one as `double precision`, text as `text` and bytes as `bytea`.
#[derive(Debug, Default)]
pub(super) struct Parameters(pub(super) Vec<Cell>);

impl Parameters {
    fn literal(&mut self, value: &Value, kind: Kind) -> String {
        match value {
            Value::Null => format!("NULL::{}", sql_type(kind)),
            Value::Bool(truth) => truth_value(*truth).to_owned(),
            Value::Decimal(_) => format!("{}::numeric", self.bind(to_cell(value))),
            value => self.bind(to_cell(value)),
        }
    }
}

impl Sql for Parameters {
    const TRUE: &'static str = "TRUE";
    const FALSE: &'static str = "FALSE";
    const LIVE: &'static str = "NOT \"deleted\"";

    fn columns(table: &StoredTable) -> String {
        columns_sql(table)
    }

    /// What stands for a value has its type.
    fn bind(&mut self, cell: Cell) -> String {
        let sql_type = match &cell {
            Cell::Null => return "NULL".to_owned(),
            Cell::Int(_) => "bigint",
            Cell::Real(_) => "double precision",
            Cell::Text(_) => "text",
            Cell::Blob(_) => "bytea",
        };
        self.0.push(cell);
        format!("${}::{sql_type}", self.0.len())
    }

    fn scalar(&mut self, typed: &Typed) -> String {
        scalar(typed, self)
    }

    fn compare(&mut self, comparison: Comparison, left: &Typed, right: &Typed) -> String {
        compare(comparison, left, right, self)
    }

    fn membership(&mut self, left: &Typed, list: &[Value]) -> String {
        membership(left, list, self)
    }

    fn order_key(&mut self, typed: &Typed, descending: bool) -> String {
        order_key(typed, descending, self)
    }

    fn cells(&mut self) -> &mut Vec<Cell> {
        &mut self.0
    }
}

fn sql_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "boolean",
        Kind::Int | Kind::Instant | Kind::Date | Kind::Time | Kind::Enum(_) => "bigint",
        Kind::Double => "double precision",
        Kind::Decimal => "numeric",
        Kind::Null | Kind::Text | Kind::Guid | Kind::Json => "text",
        Kind::Bytes => "bytea",
    }
}

fn truth_value(truth: bool) -> &'static str {
    if truth { "TRUE" } else { "FALSE" }
}

/// Compiles a value; a condition gives true or false.
fn scalar(typed: &Typed, parameters: &mut Parameters) -> String {
    match &typed.node {
        Node::Literal(value) => parameters.literal(value, typed.kind),
        Node::Column(name, _) => quoted(name),
        // Whatever is computed from null is null; a parameter is bound only where the statement names it.
        Node::Compute(_, operands) if operands.iter().any(is_null) => format!("NULL::{}", sql_type(typed.kind)),
        Node::Compute(operation, operands) => {
            let kind = operands.first().map_or(Kind::Null, |operand| operand.kind);
            let operands: Vec<String> = operands.iter().map(|operand| scalar(operand, parameters)).collect();
            compute(*operation, kind, &operands)
        }
        Node::And(..) | Node::Or(..) | Node::Not(..) | Node::Compare(..) | Node::In(..) => exact(typed, parameters),
    }
}

/// Compiles a computation; `kind` is that of the first operand.
fn compute(operation: Operation, kind: Kind, operands: &[String]) -> String {
    let first = operands.first().map_or("NULL", String::as_str);
    let ours = |name: &str| format!("{}.{name}({})", functions::schema(), operands.join(", "));
    let of_number = |name: &str| {
        let prefix = match kind {
            Kind::Double => "double",
            Kind::Decimal => "decimal",
            _ => "int",
        };
        ours(&format!("{prefix}_{name}"))
    };
    match operation {
        Operation::Add => of_number("add"),
        Operation::Sub => of_number("sub"),
        Operation::Mul => of_number("mul"),
        Operation::Div => of_number("div"),
        Operation::Mod => of_number("mod"),
        Operation::Negate if kind == Kind::Int => of_number("negate"),
        Operation::Negate => format!("(- {first})"),
        Operation::Convert(to) => match (kind, to) {
            (Kind::Int, Kind::Double) => format!("({first})::double precision"),
            (Kind::Int, Kind::Decimal) => format!("({first})::numeric"),
            // The nearest double, as text is read.
            (Kind::Decimal, Kind::Double) => format!("({first})::double precision"),
            (Kind::Double, Kind::Decimal) => ours("double_to_decimal"),
            (Kind::Double, Kind::Int) => ours("double_to_int"),
            (Kind::Decimal, Kind::Int) => ours("decimal_to_int"),
            (Kind::Instant, Kind::Date) => ours("instant_date"),
            _ => first.to_owned(),
        },
        Operation::Call(function) => call(function, kind, first, operands, &ours),
    }
}

fn call(function: Function, kind: Kind, first: &str, operands: &[String], ours: &dyn Fn(&str) -> String) -> String {
    let all = operands.join(", ");
    let schema = functions::schema();
    // Of an instant its day or its time of day counts.
    let part = |name: &str| if kind == Kind::Instant { format!("{schema}.{name}({first})") } else { first.to_owned() };
    match function {
        Function::Contains => format!("(strpos({all}) > 0)"),
        Function::StartsWith => format!("starts_with({all})"),
        Function::EndsWith => ours("text_ends_with"),
        Function::Length => ours("text_length"),
        Function::IndexOf => ours("text_index"),
        Function::Substring => ours("text_substring"),
        Function::ToLower => ours("text_lower"),
        Function::ToUpper => ours("text_upper"),
        Function::Trim => ours("text_trim"),
        Function::Concat => ours("text_concat"),
        Function::Replace => ours("text_replace"),
        Function::Floor | Function::Ceiling | Function::Round if kind == Kind::Int => first.to_owned(),
        Function::Floor => format!("floor({first})"),
        Function::Ceiling => format!("ceil({first})"),
        Function::Round if kind == Kind::Double => ours("double_round"),
        Function::Round => format!("round({first})"),
        Function::Year => format!("{schema}.date_year({})", part("instant_date")),
        Function::Month => format!("{schema}.date_month({})", part("instant_date")),
        Function::Day => format!("{schema}.date_day({})", part("instant_date")),
        Function::Hour => format!("({} / 36000000000)", part("instant_time")),
        Function::Minute => format!("({} / 600000000 % 60)", part("instant_time")),
        Function::Second => format!("({} / 10000000 % 60)", part("instant_time")),
        Function::FractionalSeconds => format!("(({} % 10000000)::numeric * 0.0000001)", part("instant_time")),
        Function::Date => ours("instant_date"),
        Function::Time => ours("instant_time"),
    }
}

/// The order of text, by code point, is that of its bytes.
fn collation(left: Kind, right: Kind) -> &'static str {
    let is_text = |kind| matches!(kind, Kind::Text | Kind::Guid);
    if is_text(left) || is_text(right) { " COLLATE \"C\"" } else { "" }
}

fn compare(comparison: Comparison, left: &Typed, right: &Typed, parameters: &mut Parameters) -> String {
    if is_null(left) || is_null(right) {
        let other = if is_null(left) { right } else { left };
        return match comparison {
            Comparison::Equal => format!("({} IS NULL)", scalar(other, parameters)),
            Comparison::NotEqual => format!("({} IS NOT NULL)", scalar(other, parameters)),
            _ => truth_value(false).to_owned(),
        };
    }
    if left.kind == Kind::Json {
        // Two JSON values are never equal, whatever they hold.
        let both_null = format!("({} IS NULL AND {} IS NULL)", scalar(left, parameters), scalar(right, parameters));
        return if comparison == Comparison::Equal { both_null } else { format!("(NOT {both_null})") };
    }
    match (left.kind, right.kind) {
        (Kind::Int, Kind::Double) => match as_double(left) {
            Some(left) => same_kind(comparison, &left, right, parameters),
            None => int_with_double(comparison, left, right, parameters),
        },
        (Kind::Double, Kind::Int) => match as_double(right) {
            Some(right) => same_kind(comparison, left, &right, parameters),
            None => int_with_double(turned(comparison), right, left, parameters),
        },
        _ => same_kind(comparison, left, right, parameters),
    }
}

fn same_kind(comparison: Comparison, left: &Typed, right: &Typed, parameters: &mut Parameters) -> String {
    let collation = collation(left.kind, right.kind);
    let constant = |typed: &Typed| matches!(&typed.node, Node::Literal(_));
    let operator = match comparison {
        // `=` with a constant uses an index and is null, hence false, where the exact comparison is false.
        Comparison::Equal if constant(left) || constant(right) => "=",
        Comparison::Equal => "IS NOT DISTINCT FROM",
        Comparison::NotEqual => "IS DISTINCT FROM",
        ordered => ordering(ordered),
    };
    let (left, right) = (scalar(left, parameters), scalar(right, parameters));
    format!("({left} {operator} {right}{collation})")
}

fn ordering(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
        Comparison::Equal => "=",
        Comparison::NotEqual => "<>",
    }
}

/// The comparison that holds when the operands change places.
fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

/// A whole number as the double of the same value, if there is one.
fn whole_as_double(number: i64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "the way back shows a loss")]
    let (double, back) = (number as f64, number as f64 as i128);
    (back == i128::from(number)).then_some(double)
}

fn as_double(typed: &Typed) -> Option<Typed> {
    match &typed.node {
        Node::Literal(Value::Int(number)) => {
            let value = Value::Double(whole_as_double(*number)?);
            Some(Typed { kind: Kind::Double, node: Node::Literal(value) })
        }
        _ => None,
    }
}

fn int_with_double(comparison: Comparison, whole: &Typed, floating: &Typed, parameters: &mut Parameters) -> String {
    let schema = functions::schema();
    let operands = format!("({}, {})", scalar(whole, parameters), scalar(floating, parameters));
    match comparison {
        Comparison::Equal => format!("{schema}.int_double_same{operands}"),
        Comparison::NotEqual => format!("(NOT {schema}.int_double_same{operands})"),
        ordered => format!("({schema}.int_double_order{operands} {} 0)", ordering(ordered)),
    }
}

fn membership(left: &Typed, list: &[Value], parameters: &mut Parameters) -> String {
    let with_null = list.iter().any(Value::is_null);
    if is_null(left) {
        return truth_value(with_null).to_owned();
    }
    let fitting: Vec<Value> = list.iter().filter_map(|value| in_kind(value, left.kind)).collect();
    if fitting.is_empty() {
        return if with_null {
            format!("({} IS NULL)", scalar(left, parameters))
        } else {
            truth_value(false).to_owned()
        };
    }
    let operand = scalar(left, parameters);
    let values: Vec<String> = fitting.iter().map(|value| parameters.literal(value, left.kind)).collect();
    let collation = collation(left.kind, Kind::Null);
    let found = format!("({operand}{collation} IN ({}))", values.join(", "));
    // The list holds no null, so that only a null operand gives null; the operand is named once, as lists can be nested.
    if with_null { format!("COALESCE({found}, TRUE)") } else { found }
}

/// A value of a list as one of the operand's kind; `None` for null and for a number that no operand equals.
fn in_kind(value: &Value, kind: Kind) -> Option<Value> {
    match (value, kind) {
        (Value::Null, _) => None,
        (Value::Int(number), Kind::Double) => whole_as_double(*number).map(Value::Double),
        (Value::Double(number), Kind::Int) => {
            #[expect(clippy::cast_possible_truncation, reason = "the way back shows a loss")]
            let whole = i64::try_from(*number as i128).ok()?;
            (Value::Int(whole).compare(value) == Some(std::cmp::Ordering::Equal)).then_some(Value::Int(whole))
        }
        (value, _) => Some(value.clone()),
    }
}

fn order_key(typed: &Typed, descending: bool, parameters: &mut Parameters) -> String {
    // Of columns that are never null nothing is said, so that an index gives their order.
    let never_null = matches!(&typed.node, Node::Column(name, _) if matches!(name.as_str(), "id" | "createdAt" | "updatedAt" | "deleted"));
    let direction = match (descending, never_null) {
        (false, false) => " ASC NULLS FIRST",
        (true, false) => " DESC NULLS LAST",
        (false, true) => "",
        (true, true) => " DESC",
    };
    let mut key = scalar(typed, parameters);
    // A bare constant would be the place of a result's column, and a bare name that column, which for a decimal is its text.
    if matches!(&typed.node, Node::Literal(_))
        || (typed.kind == Kind::Decimal && matches!(&typed.node, Node::Column(..)))
    {
        key = format!("({key})::{}", sql_type(typed.kind));
    }
    format!("{key}{}{direction}", collation(typed.kind, Kind::Null))
}

#[cfg(test)]
mod tests;
