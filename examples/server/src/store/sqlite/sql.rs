//! Compiles a typed expression to parameterised SQL of the same meaning as the evaluator's.

use synctable::testing::typed::{Comparison, Node, Typed};
use synctable::testing::{Kind, Value};

use super::functions::{self, DECIMAL};
use super::schema::columns_sql;
use crate::store::select::{Sql, exact, is_null};
use crate::store::table::quoted;
use crate::store::{Cell, StoredTable};
use crate::value::to_cell;

/// The parameters of a statement, in order.
#[derive(Debug, Default)]
pub(super) struct Parameters(pub(super) Vec<Cell>);

impl Sql for Parameters {
    const TRUE: &'static str = "1";
    const FALSE: &'static str = "0";
    const LIVE: &'static str = "\"deleted\" = 0";

    fn columns(table: &StoredTable) -> String {
        columns_sql(table)
    }

    fn bind(&mut self, cell: Cell) -> String {
        self.0.push(cell);
        format!("?{}", self.0.len())
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

/// Compiles a value; a condition gives 0 or 1.
fn scalar(typed: &Typed, parameters: &mut Parameters) -> String {
    match &typed.node {
        Node::Literal(value) => parameters.bind(to_cell(value)),
        Node::Column(name, _) => quoted(name),
        Node::Compute(operation, operands) => {
            let letters = functions::letters(operands.iter().map(|operand| operand.kind));
            let operands: Vec<String> = operands.iter().map(|operand| scalar(operand, parameters)).collect();
            format!("{}('{letters}', {})", functions::name(*operation), operands.join(", "))
        }
        Node::And(..) | Node::Or(..) | Node::Not(..) | Node::Compare(..) | Node::In(..) => exact(typed, parameters),
    }
}

fn collation(left: Kind, right: Kind) -> String {
    if left == Kind::Decimal || right == Kind::Decimal { format!(" COLLATE {DECIMAL}") } else { String::new() }
}

fn compare(comparison: Comparison, left: &Typed, right: &Typed, parameters: &mut Parameters) -> String {
    if left.kind == Kind::Json && right.kind == Kind::Json {
        // Two JSON values are never equal, whatever they hold.
        let both_null = format!("({} IS NULL AND {} IS NULL)", scalar(left, parameters), scalar(right, parameters));
        return if comparison == Comparison::Equal { both_null } else { format!("(NOT {both_null})") };
    }
    let collation = collation(left.kind, right.kind);
    let constant = |typed: &Typed| matches!(&typed.node, Node::Literal(value) if !value.is_null());
    let operator = match comparison {
        // `=` with a constant uses an index and is null, hence false, where `IS` is false.
        Comparison::Equal if constant(left) || constant(right) => "=",
        Comparison::Equal => "IS",
        Comparison::NotEqual => "IS NOT",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    };
    let (left, right) = (operand(left, parameters), operand(right, parameters));
    format!("({left} {operator} {right}{collation})")
}

fn operand(typed: &Typed, parameters: &mut Parameters) -> String {
    if is_null(typed) { "NULL".to_owned() } else { scalar(typed, parameters) }
}

fn membership(left: &Typed, list: &[Value], parameters: &mut Parameters) -> String {
    if list.is_empty() {
        // Invariant: a parameter is bound only where the statement names it.
        return "0".to_owned();
    }
    let with_null = list.iter().any(Value::is_null);
    if is_null(left) {
        return if with_null { "1" } else { "0" }.to_owned();
    }
    let operand = scalar(left, parameters);
    let values: Vec<String> =
        list.iter().filter(|value| !value.is_null()).map(|value| parameters.bind(to_cell(value))).collect();
    if values.is_empty() {
        return format!("({operand} IS NULL)");
    }
    // `IN` would round a whole number to what the column can hold; `=` compares exactly.
    let found = if matches!(left.kind, Kind::Decimal | Kind::Double) {
        let collation = collation(left.kind, Kind::Null);
        let equal: Vec<String> = values.iter().map(|value| format!("{operand} = {value}{collation}")).collect();
        format!("({})", equal.join(" OR "))
    } else {
        format!("{operand} IN ({})", values.join(", "))
    };
    // The values are not null, so that only a null operand gives null; a condition is named once, as lists can be nested.
    if with_null { format!("ifnull({found}, 1)") } else { format!("({found})") }
}

fn order_key(typed: &Typed, descending: bool, parameters: &mut Parameters) -> String {
    let collation = collation(typed.kind, Kind::Null);
    let mut key = scalar(typed, parameters);
    if matches!(&typed.node, Node::And(..) | Node::Or(..) | Node::Not(..) | Node::Compare(..) | Node::In(..)) {
        // Older versions of SQLite fold `… AND 0` to 0 and then take the number for the place of a column.
        key = format!("CAST({key} AS INTEGER)");
    }
    format!("{key}{collation}{}", if descending { " DESC" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Database;
    use crate::store::cases::{self, Case};
    use crate::store::select::condition;

    #[test]
    fn sql_selects_and_orders_what_the_evaluator_does() {
        let (store, rows) = cases::open(&Database::Memory);
        cases::compare(&store, &rows, 2_000);
    }

    #[test]
    fn lists_in_lists_stay_short() {
        let mut filter = "flag".to_owned();
        for _ in 0..16 {
            filter = format!("({filter} in (true,null))");
        }
        let case = Case::read(&filter, "id", false).unwrap();
        let sql = condition(&case.filter, &mut Parameters::default());
        assert!(sql.len() < 5_000, "{}", sql.len());
    }
}
