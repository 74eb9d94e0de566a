//! Terms as OData text, with what has to hold for them not to be null.

use super::filter::{Guard, MEMBER_NODES, null_test, without_repeats};
use super::literal::literal;
use super::{DivisionForm, FilterText, NullLogic, ReplaceForm, Syntax, member, unsupported};
use crate::error::Error;
use crate::query::Function;
use crate::query::predicate::Term;
use crate::table::ColumnDef;
use crate::value::{ColumnType, Value};

/// A term's text and the nodes that it counts.
pub(super) struct TermText {
    pub(super) text: String,
    pub(super) nodes: usize,
    /// What holds exactly where the term is not null, as far as the dialect has to be told.
    pub(super) guards: Vec<Guard>,
}

/// The most characters that N2 puts in the place of others (protocol.md 7.2).
const SHORT: usize = 100;

/// Writes terms; `operator` names where they stand, for messages.
pub(super) fn term(term: &Term, operator: &str, syntax: &Syntax) -> Result<TermText, Error> {
    match term {
        Term::Column(column) => column_term(column, syntax),
        Term::Literal(constant) => {
            let constant = literal(constant, operator, syntax)?;
            Ok(TermText { text: constant.text, nodes: constant.nodes, guards: Vec::new() })
        }
        Term::Call { function, arguments, result } => call(*function, arguments, *result, syntax),
    }
}

fn column_term(column: &ColumnDef, syntax: &Syntax) -> Result<TermText, Error> {
    let name = member(column)?;
    let may_be_null = match syntax.nulls {
        // The server's column may be null although ours is not: ours has a default then.
        NullLogic::ThreeValued => !column.is_id(),
        NullLogic::NullEqualsNull => column.is_nullable(),
    };
    let guard = || Guard { holds: null_test(name, "ne"), fails: null_test(name, "eq") };
    Ok(TermText { text: name.to_owned(), nodes: MEMBER_NODES, guards: may_be_null.then(guard).into_iter().collect() })
}

fn call(function: Function, arguments: &[Term], result: ColumnType, syntax: &Syntax) -> Result<TermText, Error> {
    match function {
        Function::Add => infix("add", arguments, syntax),
        Function::Sub => infix("sub", arguments, syntax),
        Function::Mul => infix("mul", arguments, syntax),
        Function::Div => {
            let is_whole = matches!(result, ColumnType::I32 | ColumnType::I64);
            if is_whole && syntax.division == DivisionForm::Real {
                return Err(unsupported(syntax, "`div` of integers, which the server divides as real numbers,"));
            }
            division("div", arguments, syntax)
        }
        Function::Rem => division("mod", arguments, syntax),
        Function::ToF64 => as_double(arguments, syntax),
        Function::Floor => prefix("floor", arguments, syntax),
        Function::Ceiling => prefix("ceiling", arguments, syntax),
        Function::Round => prefix("round", arguments, syntax),
        Function::ToLower => prefix("tolower", arguments, syntax),
        Function::ToUpper => prefix("toupper", arguments, syntax),
        Function::Trim => prefix("trim", arguments, syntax),
        Function::Length => prefix("length", arguments, syntax),
        Function::IndexOf => prefix("indexof", arguments, syntax),
        Function::Substring => prefix("substring", arguments, syntax),
        Function::Concat => prefix("concat", arguments, syntax),
        Function::Replace => replace(arguments, syntax),
        Function::Year => prefix("year", arguments, syntax),
        Function::Month => prefix("month", arguments, syntax),
        Function::Day => prefix("day", arguments, syntax),
        Function::Hour => prefix("hour", arguments, syntax),
        Function::Minute => prefix("minute", arguments, syntax),
        Function::Second => prefix("second", arguments, syntax),
    }
}

fn prefix(name: &str, arguments: &[Term], syntax: &Syntax) -> Result<TermText, Error> {
    let arguments = arguments.iter().map(|argument| term(argument, name, syntax)).collect::<Result<Vec<_>, _>>()?;
    let texts: Vec<&str> = arguments.iter().map(|argument| argument.text.as_str()).collect();
    let text = format!("{name}({})", texts.join(","));
    let nodes = 1 + arguments.iter().map(|argument| argument.nodes).sum::<usize>();
    Ok(TermText { text, nodes, guards: without_repeats(arguments.into_iter().flat_map(|argument| argument.guards)) })
}

fn replace(arguments: &[Term], syntax: &Syntax) -> Result<TermText, Error> {
    match syntax.replace {
        ReplaceForm::None => return Err(unsupported(syntax, "`replace`")),
        ReplaceForm::Any => {}
        ReplaceForm::Short => {
            let is_call = |term: &Term| matches!(term, Term::Call { function: Function::Replace, .. });
            if arguments.iter().any(|argument| argument.has(&is_call)) {
                return Err(unsupported(syntax, "`replace` within `replace`"));
            }
            let is_short = match arguments.get(2) {
                Some(Term::Literal(by)) => matches!(by.value(), Value::Text(by) if by.chars().count() <= SHORT),
                _ => false,
            };
            if !is_short {
                return Err(unsupported(syntax, "`replace` by other than a constant of at most 100 characters"));
            }
        }
    }
    prefix("replace", arguments, syntax)
}

fn infix(operator: &str, arguments: &[Term], syntax: &Syntax) -> Result<TermText, Error> {
    let (left, right) = sides(arguments, operator, computed_widened, syntax)?;
    Ok(TermText {
        text: format!("({} {operator} {})", left.text, right.text),
        nodes: 1 + left.nodes + right.nodes,
        guards: without_repeats(left.guards.into_iter().chain(right.guards)),
    })
}

/// A division, which gives null for a zero divisor.
fn division(operator: &str, arguments: &[Term], syntax: &Syntax) -> Result<TermText, Error> {
    let mut text = infix(operator, arguments, syntax)?;
    if let Some(divisor @ (Term::Column(_) | Term::Call { .. })) = arguments.get(1) {
        let divisor = term(divisor, operator, syntax)?;
        let test =
            |operator: &str| FilterText { text: format!("({} {operator} 0)", divisor.text), nodes: 2 + divisor.nodes };
        text.guards.push(Guard { holds: test("ne"), fails: test("eq") });
    }
    Ok(text)
}

/// Both sides of a comparison. A number that is converted beside a real number stands as it is, since
/// servers widen it.
pub(super) fn operands(arguments: &[Term], operator: &str, syntax: &Syntax) -> Result<(TermText, TermText), Error> {
    sides(arguments, operator, widened, syntax)
}

/// Both sides of an operator, where `bare` gives what may stand without its conversion beside a real number.
fn sides(
    arguments: &[Term],
    operator: &str,
    bare: fn(&Term) -> Option<&Term>,
    syntax: &Syntax,
) -> Result<(TermText, TermText), Error> {
    let [left, right] = arguments else {
        return Err(unsupported(syntax, &format!("`{operator}` of other than two operands")));
    };
    let (bare_left, bare_right) = (bare(left), bare(right));
    let (left, right) = match (bare_left, bare_right) {
        (Some(left), None) if right.column_type() == ColumnType::F64 => (left, right),
        (None, Some(right)) if left.column_type() == ColumnType::F64 => (left, right),
        _ => (left, right),
    };
    Ok((term(left, operator, syntax)?, term(right, operator, syntax)?))
}

/// What is converted to a double without loss.
fn widened(term: &Term) -> Option<&Term> {
    computed_widened(term).filter(|argument| argument.column_type() != ColumnType::I64)
}

/// What a server converts to a double as we do where it computes: a 64-bit integer too, which some servers
/// compare with a double digit by digit.
fn computed_widened(term: &Term) -> Option<&Term> {
    match term {
        Term::Call { function: Function::ToF64, arguments, .. } => {
            arguments.first().filter(|argument| argument.column_type() != ColumnType::Decimal)
        }
        _ => None,
    }
}

fn as_double(arguments: &[Term], syntax: &Syntax) -> Result<TermText, Error> {
    let Some(argument) = arguments.first() else { return Err(unsupported(syntax, "`to_f64` of nothing")) };
    let inner = term(argument, "to_f64", syntax)?;
    if argument.column_type() == ColumnType::F64 {
        return Ok(inner);
    }
    if !syntax.has_cast {
        return Err(unsupported(syntax, "`to_f64` where no operand is a real number, or of 64-bit integers,"));
    }
    Ok(TermText { text: format!("cast({},Edm.Double)", inner.text), nodes: inner.nodes + 2, guards: inner.guards })
}

/// Whether a term is the constant null, or computed from it, or divided by zero, which is null too.
pub(super) fn is_null(term: &Term) -> bool {
    match term {
        Term::Column(_) => false,
        Term::Literal(literal) => *literal.value() == Value::Null,
        Term::Call { function: Function::Div | Function::Rem, arguments, .. } => {
            arguments.iter().any(is_null) || arguments.get(1).is_some_and(is_zero)
        }
        Term::Call { arguments, .. } => arguments.iter().any(is_null),
    }
}

/// Whether a term, which is not null, has the same value in every row: a constant, or a text made of such.
pub(super) fn is_value(term: &Term) -> bool {
    match term {
        Term::Column(_) => false,
        Term::Literal(_) => true,
        Term::Call { arguments, result, .. } => *result == ColumnType::Text && arguments.iter().all(is_value),
    }
}

fn is_zero(term: &Term) -> bool {
    match term {
        Term::Literal(literal) => match literal.value() {
            Value::Integer(value) => *value == 0,
            Value::Real(value) => *value == 0.0,
            Value::Text(text) => text == "0",
            _ => false,
        },
        Term::Column(_) | Term::Call { .. } => false,
    }
}
