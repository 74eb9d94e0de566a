//! Literals of OData v3.

use synctable::testing::odata::{Expr, ExprNode, Literal};
use synctable::testing::typed::Lookup;
use synctable::testing::value::{parse_base64, parse_date, parse_guid, parse_instant, parse_time};
use synctable::testing::{ColumnType, Value};

/// Reads quoted texts that are compared with a day, a time, an instant, a uuid or bytes as such: OData v3 as these servers speak it
/// has no literals for all of them, and clients compare with text.
pub(crate) fn literals_of_columns(expr: Expr, lookup: &Lookup<'_>) -> Expr {
    let Expr { at, node } = expr;
    let within = |inner: Box<Expr>| Box::new(literals_of_columns(*inner, lookup));
    let node = match node {
        ExprNode::Not(inner) => ExprNode::Not(within(inner)),
        ExprNode::Binary(operator, left, right) => {
            let (left, right) = (within(left), within(right));
            let (left_type, right_type) = (type_of(&left, lookup), type_of(&right, lookup));
            let (left, right) = (read_as(left, right_type), read_as(right, left_type));
            ExprNode::Binary(operator, left, right)
        }
        node => node,
    };
    Expr { at, node }
}

fn type_of(expr: &Expr, lookup: &Lookup<'_>) -> Option<ColumnType> {
    match &expr.node {
        ExprNode::Member(name) => lookup(name).map(|(_, column_type)| column_type),
        _ => None,
    }
}

fn read_as(expr: Box<Expr>, column_type: Option<ColumnType>) -> Box<Expr> {
    let (ExprNode::Literal(Literal(Value::Text(text))), Some(column_type)) = (&expr.node, column_type) else {
        return expr;
    };
    let value = match column_type {
        ColumnType::Date => parse_date(text).map(Value::Date),
        ColumnType::Time => parse_time(text).map(Value::Time),
        ColumnType::Instant => parse_instant(text).map(Value::Instant),
        ColumnType::Guid => parse_guid(text).map(Value::Guid),
        ColumnType::Bytes => parse_base64(text).map(Value::Bytes),
        _ => None,
    };
    match value {
        Some(value) => Box::new(Expr { at: expr.at, node: ExprNode::Literal(Literal(value)) }),
        None => expr,
    }
}
