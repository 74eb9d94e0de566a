//! Makes the typed query of a case from its neutral form.

use serde_json::Value;
use synctable::{ColumnDef, Order, Predicate, Query, Selection};

use super::case::{Case, Constant, ConstantType};
use super::tables::Entity;
use super::typed::{Arithmetic, Comparison, Said, Typed};

/// A query, and what is asked for beside it.
pub(crate) struct Built<T: Entity> {
    pub(crate) query: Query<T>,
    /// The columns of the last `select`.
    columns: Option<&'static [&'static ColumnDef]>,
    pub(crate) has_count: bool,
}

impl<T: Entity> Built<T> {
    /// The selection as `select` of a column subset makes it. A subset is a type, so the list of a case is laid in by hand.
    pub(crate) fn selection(&self) -> Selection {
        let mut selection = self.query.selection().clone();
        selection.columns = self.columns.or(selection.columns);
        selection
    }
}

/// Makes the query.
///
/// # Errors
/// What the typed operators cannot say, so that it would not compile.
pub(crate) fn build<T: Entity>(case: &Case) -> Said<Built<T>> {
    let mut query = Query::<T>::new();
    let mut order: Vec<Order<T>> = Vec::new();
    let (mut columns, mut has_count) = (None, false);
    for step in &case.query {
        let (name, arguments) = call(step)?;
        match (name, arguments) {
            ("where", [condition]) => {
                let condition = condition_of::<T>(condition)?;
                query = query.filter(|_| condition);
            }
            ("orderBy" | "orderByDescending" | "thenBy" | "thenByDescending", [field]) => {
                let field = field.as_str().ok_or("an order names a column and computes nothing")?;
                let (ascending, descending) =
                    T::order(field).ok_or_else(|| format!("no rows are ordered by `{field}`"))?;
                let one = if name.ends_with("Descending") { descending } else { ascending };
                // The older clients let a second orderBy come first; here it has to be said first.
                let at = if name.starts_with("orderBy") { 0 } else { order.len() };
                order.insert(at, one);
            }
            ("select", [Value::Array(names)]) => {
                let names = names.iter().map(|name| {
                    let name = name.as_str().ok_or("a selected column is a name")?;
                    T::definition(name).ok_or_else(|| format!("no column `{name}`"))
                });
                let list: Vec<&'static ColumnDef> = names.collect::<Said<_>>()?;
                columns = Some(&*list.leak());
            }
            ("skip", [rows]) => query = query.skip(rows.as_u64().ok_or("a skip is no negative number")?),
            ("take", [rows]) => query = query.take(rows.as_u64().ok_or("a take is no negative number")?),
            ("includeTotalCount", [wanted]) => has_count = wanted.as_bool() != Some(false),
            ("includeTotalCount", []) => has_count = true,
            ("includeDeletedItems", [Value::Bool(false)]) => {}
            ("includeDeletedItems", _) => query = query.include_deleted(),
            ("withParameter", [Value::String(name), Value::String(value)]) => query = query.parameter(name, value),
            ("withParameters", [Value::Object(parameters)]) => {
                for (name, value) in parameters {
                    query = query.parameter(name, value.as_str().ok_or("a parameter is a text")?);
                }
            }
            _ => return Err(format!("no step `{name}` with such arguments")),
        }
    }
    for one in order {
        query = query.order_by(|_| one);
    }
    Ok(Built { query, columns, has_count })
}

fn call(value: &Value) -> Said<(&str, &[Value])> {
    match value.as_array().map(Vec::as_slice) {
        Some([Value::String(name), arguments @ ..]) => Ok((name, arguments)),
        _ => Err(format!("no call: {value}")),
    }
}

fn condition_of<T: Entity>(value: &Value) -> Said<Predicate<T>> {
    expression::<T>(value)?.condition()
}

/// Makes an expression of its neutral form.
fn expression<T: Entity>(value: &Value) -> Said<Typed<T>> {
    if value.is_object() {
        let constant = serde_json::from_value(value.clone()).map_err(|error| format!("{value}: {error}"))?;
        return Ok(Typed::Constant(constant));
    }
    let (name, arguments) = call(value)?;
    let (arguments, ignores_case) = match arguments {
        [arguments @ .., Value::Object(last)] if last.contains_key("comparison") => {
            (arguments, ignores_case(&last["comparison"])?)
        }
        _ => (arguments, false),
    };
    let has_way = matches!(call(value)?.1, [.., Value::Object(last)] if last.contains_key("comparison"));
    let name = if name == "equals" && !has_way { "eq" } else { name };
    if let Some(comparison) = comparison(name) {
        let [left, right] = two::<T>(name, arguments)?;
        return left.compare(comparison, right).map(Typed::Condition);
    }
    if let Some(arithmetic) = arithmetic(name) {
        let [left, right] = two::<T>(name, arguments)?;
        return left.arithmetic(arithmetic, right);
    }
    Ok(match (name, arguments) {
        ("field", [Value::String(field)]) => T::field(field).ok_or_else(|| format!("no column `{field}`"))?,
        ("and", [left, right]) => Typed::Condition(condition_of::<T>(left)?.and(condition_of::<T>(right)?)),
        ("or", [left, right]) => Typed::Condition(condition_of::<T>(left)?.or(condition_of::<T>(right)?)),
        ("not", [operand]) => Typed::Condition(match expression::<T>(operand)? {
            Typed::Bool(truth) => !truth,
            other => !other.condition()?,
        }),
        ("in", [sought, list]) => Typed::Condition(expression::<T>(sought)?.in_list(&constants(list)?)?),
        ("startswith" | "endswith" | "contains" | "equals", [text, part]) => {
            let (text, part) = (expression::<T>(text)?.text()?, expression::<T>(part)?.text()?);
            Typed::Condition(match (name, ignores_case) {
                ("startswith", false) => text.starts_with(part),
                ("startswith", true) => text.starts_with_ignore_case(part),
                ("endswith", false) => text.ends_with(part),
                ("endswith", true) => text.ends_with_ignore_case(part),
                ("contains", false) => text.contains(part),
                ("contains", true) => text.contains_ignore_case(part),
                (_, false) => text.eq(part),
                (_, true) => text.eq_ignore_case(part),
            })
        }
        ("indexof", [text, part]) => {
            Typed::I32(expression::<T>(text)?.text()?.index_of(expression::<T>(part)?.text()?))
        }
        ("concat", [text, other]) => {
            Typed::Text(expression::<T>(text)?.text()?.concat(expression::<T>(other)?.text()?))
        }
        ("substring", [text, start]) => {
            Typed::Text(expression::<T>(text)?.text()?.substring_from(expression::<T>(start)?.whole()?))
        }
        ("substring", [text, start, length]) => {
            let (start, length) = (expression::<T>(start)?.whole()?, expression::<T>(length)?.whole()?);
            Typed::Text(expression::<T>(text)?.text()?.substring(start, length))
        }
        ("function:replace", [text, part, by]) => {
            let (part, by) = (expression::<T>(part)?.text()?, expression::<T>(by)?.text()?);
            Typed::Text(expression::<T>(text)?.text()?.replace(part, by))
        }
        ("cast", [Value::String(wanted), operand]) if wanted == "double" => {
            Typed::F64(expression::<T>(operand)?.double()?)
        }
        (_, [operand]) => expression::<T>(operand)?.function(name)?,
        _ => return Err(format!("no operator `{name}`")),
    })
}

fn two<T: Entity>(name: &str, arguments: &[Value]) -> Said<[Typed<T>; 2]> {
    match arguments {
        [left, right] => Ok([expression(left)?, expression(right)?]),
        _ => Err(format!("`{name}` has two operands")),
    }
}

fn constants(list: &Value) -> Said<Vec<Constant>> {
    let list: Constant = serde_json::from_value(list.clone()).map_err(|error| format!("{list}: {error}"))?;
    match list.t {
        ConstantType::List => serde_json::from_value(list.v).map_err(|error| error.to_string()),
        _ => Err("a list is no single value".to_owned()),
    }
}

/// Ordinal and invariant comparisons are ours; those of the current culture depend on the device.
fn ignores_case(comparison: &Value) -> Said<bool> {
    match comparison.as_str() {
        Some("ordinal" | "invariant") => Ok(false),
        Some("ordinalIgnoreCase" | "invariantIgnoreCase") => Ok(true),
        _ => Err(format!("no comparison {comparison}")),
    }
}

fn comparison(name: &str) -> Option<Comparison> {
    Some(match name {
        "eq" => Comparison::Eq,
        "ne" => Comparison::Ne,
        "gt" => Comparison::Gt,
        "ge" => Comparison::Ge,
        "lt" => Comparison::Lt,
        "le" => Comparison::Le,
        _ => return None,
    })
}

fn arithmetic(name: &str) -> Option<Arithmetic> {
    Some(match name {
        "add" => Arithmetic::Add,
        "sub" => Arithmetic::Sub,
        "mul" => Arithmetic::Mul,
        "div" => Arithmetic::Div,
        "mod" => Arithmetic::Rem,
        _ => return None,
    })
}
