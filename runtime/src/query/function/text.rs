//! Functions of texts, counted in code points.

use super::Function;
use crate::value::{Value, ValueRef};

pub(super) fn compute(function: Function, arguments: &[ValueRef<'_>]) -> Option<Value> {
    let text = match arguments.first()? {
        ValueRef::Text(text) => *text,
        _ => return None,
    };
    let other = |place: usize| match arguments.get(place) {
        Some(ValueRef::Text(text)) => Some(*text),
        _ => None,
    };
    Some(match function {
        Function::ToLower => Value::Text(text.to_lowercase()),
        Function::ToUpper => Value::Text(text.to_uppercase()),
        Function::Trim => Value::Text(text.trim().to_owned()),
        Function::Length => count(text),
        Function::IndexOf => match text.find(other(1)?) {
            Some(at) => count(&text[..at]),
            None => Value::Integer(-1),
        },
        Function::Substring => {
            let number = |place: usize| match arguments.get(place) {
                // What lies before the start of a text is nothing.
                Some(ValueRef::Integer(number)) => usize::try_from((*number).max(0)).ok(),
                _ => None,
            };
            let rest = text.chars().skip(number(1)?);
            Value::Text(if arguments.len() > 2 { rest.take(number(2)?).collect() } else { rest.collect() })
        }
        Function::Concat => Value::Text([text, other(1)?].concat()),
        // An empty text occurs nowhere.
        Function::Replace if other(1)?.is_empty() => other(2).map(|_| Value::Text(text.to_owned()))?,
        Function::Replace => Value::Text(text.replace(other(1)?, other(2)?)),
        _ => return None,
    })
}

fn count(text: &str) -> Value {
    Value::Integer(text.chars().count() as i64)
}
