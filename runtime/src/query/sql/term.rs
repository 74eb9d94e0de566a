//! Terms as SQL: columns, constants and what is computed from them.

use std::borrow::Cow;

use super::condition::Compiler;
use super::{BYTES_FUNCTION, REAL_FUNCTION, function_name, is_deleted, quoted};
use crate::error::Error;
use crate::query::Function;
use crate::query::predicate::{Literal, Term, argument_level};
use crate::value::{ColumnType, Value, ValueRef};

/// Parameters before constants are written into the text: the time SQLite takes for numbered
/// parameters grows with their square, and it has no more than 32 766.
const MANY_BINDINGS: usize = 500;

impl Compiler {
    pub(super) fn term(&mut self, term: &Term) -> Result<String, Error> {
        match term {
            // No column of the file, since the table keeps no deleted rows.
            Term::Column(column) if is_deleted(column) && !self.keeps_deleted => Ok("0".to_owned()),
            Term::Column(column) => Ok(quoted(column.sql_name())),
            Term::Literal(literal) => Ok(self.bind(literal.value())),
            Term::Call { function, arguments, .. } => match constant(term) {
                // Computed once here, not once a row.
                Some(literal) => Ok(self.bind(literal.value())),
                None => self.call(*function, arguments),
            },
        }
    }

    /// Uses SQLite's own operators only where they give exactly what [`Function::apply`] gives.
    fn call(&mut self, function: Function, arguments: &[Term]) -> Result<String, Error> {
        let operator = match (function, arguments) {
            (Function::Add, [left, right]) if is_bounded(function, left, right) => Some("+"),
            (Function::Sub, [left, right]) if is_bounded(function, left, right) => Some("-"),
            (Function::Mul, [left, right]) if is_bounded(function, left, right) => Some("*"),
            (Function::Div, [left, right]) if is_bounded(function, left, right) => Some("/"),
            (Function::Rem, [left, right]) if is_bounded(function, left, right) => Some("%"),
            (Function::Concat, [_, _]) => Some("||"),
            _ => None,
        };
        let mut texts = Vec::with_capacity(arguments.len());
        for (place, argument) in arguments.iter().enumerate() {
            texts.push(self.within(argument_level(place), |compiler| compiler.term(argument))?);
        }
        Ok(match (function, operator, arguments, texts.as_slice()) {
            (_, Some(operator), _, [left, right]) => format!("({left} {operator} {right})"),
            // Stored as 64 bits, both.
            (Function::ToF64, _, [of], [text]) if matches!(of.column_type(), ColumnType::F32 | ColumnType::F64) => {
                text.clone()
            }
            (Function::ToF64, _, [of], [text]) if bounds(of).is_some() => format!("CAST({text} AS REAL)"),
            (Function::IndexOf, _, _, [text, part]) => format!("(instr({text}, {part}) - 1)"),
            _ => format!("{}({})", function_name(function), texts.join(", ")),
        })
    }

    /// Binds a value; past many parameters writes it into the text.
    pub(super) fn bind(&mut self, value: &Value) -> String {
        if self.bindings.len() < MANY_BINDINGS {
            self.bindings.push(value.clone());
            return format!("?{}", self.bindings.len());
        }
        match value {
            Value::Null => "NULL".to_owned(),
            // The text -9223372036854775808 would be read as a real number.
            Value::Integer(i64::MIN) => format!("({} - 1)", i64::MIN + 1),
            Value::Integer(value) => value.to_string(),
            // SQLite does not read every number back from digits as it was.
            Value::Real(value) => format!("{REAL_FUNCTION}({})", value.to_bits().cast_signed()),
            // Hexadecimal, since no quote can break out of it.
            Value::Text(text) => format!("CAST(x'{}' AS TEXT)", hex(text.as_bytes())),
            Value::Blob(bytes) => format!("x'{}'", hex(bytes)),
        }
    }

    /// The values as the elements of `IN`: each a parameter, or all of them one JSON text.
    pub(super) fn elements(&mut self, values: &[&Value]) -> String {
        /// Elements that get a parameter each.
        const SHORT_LIST: usize = 16;
        let kind = values.first().map(|value| std::mem::discriminant(*value));
        let is_one_type = values.iter().all(|value| Some(std::mem::discriminant(*value)) == kind);
        if values.len() <= SHORT_LIST || !is_one_type {
            let elements: Vec<String> = values.iter().map(|value| self.bind(value)).collect();
            return elements.join(", ");
        }
        let (form, json) = json_list(values);
        let list = self.bind(&Value::Text(json));
        let element = match form {
            Form::Plain => "value".to_owned(),
            Form::Bits => format!("{REAL_FUNCTION}(value)"),
            Form::Hex => format!("{BYTES_FUNCTION}(value)"),
            Form::HexText => format!("CAST({BYTES_FUNCTION}(value) AS TEXT)"),
        };
        format!("SELECT {element} FROM json_each({list})")
    }
}

/// How a list stands in JSON.
enum Form {
    /// As what SQLite reads back as it was.
    Plain,
    /// Reals as the integers that have their bits.
    Bits,
    /// Bytes as hexadecimal digits.
    Hex,
    /// Texts likewise, since SQLite reads a text of JSON up to its first NUL.
    HexText,
}

/// Values of one type as one JSON text.
fn json_list(values: &[&Value]) -> (Form, String) {
    let form = match values.first() {
        Some(Value::Real(_)) => Form::Bits,
        Some(Value::Blob(_)) => Form::Hex,
        Some(Value::Text(_))
            if values.iter().any(|value| matches!(value, Value::Text(text) if text.contains('\0'))) =>
        {
            Form::HexText
        }
        _ => Form::Plain,
    };
    let element = |value: &&Value| match (&form, value) {
        (_, Value::Null) => serde_json::Value::Null,
        (_, Value::Integer(value)) => serde_json::Value::from(*value),
        (_, Value::Real(value)) => serde_json::Value::from(value.to_bits().cast_signed()),
        (Form::HexText, Value::Text(text)) => serde_json::Value::from(hex(text.as_bytes())),
        (_, Value::Text(text)) => serde_json::Value::from(text.as_str()),
        (_, Value::Blob(bytes)) => serde_json::Value::from(hex(bytes)),
    };
    let json = serde_json::Value::Array(values.iter().map(element).collect()).to_string();
    (form, json)
}

/// The value of a term that no row changes: a literal, a function of such, or of a null.
pub(super) fn constant(term: &Term) -> Option<Cow<'_, Literal>> {
    match term {
        Term::Column(_) => None,
        Term::Literal(literal) => Some(Cow::Borrowed(literal)),
        Term::Call { function, arguments, result } => {
            let constants: Vec<Option<Cow<'_, Literal>>> = arguments.iter().map(constant).collect();
            if constants.iter().flatten().any(|literal| *literal.value() == Value::Null) {
                return Some(Cow::Owned(Literal::typed(*result, Value::Null)));
            }
            let constants: Vec<Cow<'_, Literal>> = constants.into_iter().collect::<Option<_>>()?;
            let values: Vec<ValueRef<'_>> = constants.iter().map(|literal| literal.value().as_ref()).collect();
            Some(Cow::Owned(Literal::typed(*result, function.apply(&values))))
        }
    }
}

/// Whether a computation of integers stays within 64 bits, where SQLite would go on with reals.
fn is_bounded(function: Function, left: &Term, right: &Term) -> bool {
    const LEAST: i128 = i64::MIN as i128;
    const GREATEST: i128 = i64::MAX as i128;
    let (Some(left), Some(right)) = (bounds(left), bounds(right)) else { return false };
    let (least, greatest) = reach(function, left, right);
    least >= LEAST && greatest <= GREATEST
}

/// The least and the greatest value of a term of integers; `None` for one of other values.
fn bounds(term: &Term) -> Option<(i128, i128)> {
    let (least, greatest) = term.column_type().integer_limits()?;
    let all = (i128::from(least), i128::from(greatest));
    Some(match term {
        Term::Column(_) => all,
        Term::Literal(literal) => match literal.value() {
            Value::Integer(value) => (i128::from(*value), i128::from(*value)),
            _ => all,
        },
        Term::Call { function, arguments, .. } => match (function, arguments.as_slice()) {
            (Function::Add | Function::Sub | Function::Mul | Function::Div | Function::Rem, [left, right]) => {
                let (least, greatest) = reach(*function, bounds(left)?, bounds(right)?);
                (least.max(i64::MIN.into()), greatest.min(i64::MAX.into()))
            }
            (Function::Floor | Function::Ceiling | Function::Round, _) => (i64::MIN.into(), i64::MAX.into()),
            _ => all,
        },
    })
}

/// The least and the greatest result; operands have 64 bits, so that nothing here overflows.
fn reach(function: Function, left: (i128, i128), right: (i128, i128)) -> (i128, i128) {
    let ends = |of: fn(i128, i128) -> i128| {
        let ends = [of(left.0, right.0), of(left.0, right.1), of(left.1, right.0), of(left.1, right.1)];
        ends.into_iter().fold((i128::MAX, i128::MIN), |(least, greatest), end| (least.min(end), greatest.max(end)))
    };
    match function {
        Function::Add => ends(|left, right| left + right),
        Function::Sub => ends(|left, right| left - right),
        Function::Mul => ends(|left, right| left * right),
        // No further from zero than the dividend; on the other side with a negative divisor.
        Function::Div if right.0 >= 0 => (left.0.min(0), left.1.max(0)),
        Function::Div => {
            let far = left.0.abs().max(left.1.abs());
            (-far, far)
        }
        _ => (left.0.min(0), left.1.max(0)),
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
