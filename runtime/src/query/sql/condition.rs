//! One condition as SQL: the two-valued meaning of OData v4 on SQLite's three-valued logic.

use super::{DECIMAL_COLLATION, function_name, quoted};
use crate::error::{Error, ErrorKind};
use crate::query::MAX_LEVELS;
use crate::query::predicate::{Comparison, Literal, Term, TextTest, Tree};
use crate::value::{ColumnType, Value};

/// Parameters of one statement; SQLite's own limit is 32 766.
const MAX_BINDINGS: usize = 30_000;
/// Parameters before constants are written into the text where that is exact: the time SQLite takes
/// for numbered parameters grows with their square.
const MANY_BINDINGS: usize = 500;
/// Elements of an `in` list that get a parameter each; longer lists are one parameter.
const SHORT_LIST: usize = 16;
/// Operands joined in one row; longer rows are grouped, since SQLite bounds the depth to 1 000.
const OPERANDS: usize = 16;

/// Collects the bindings while it writes the text.
///
/// Invariant: a condition is true exactly where the filter holds, and is false or NULL elsewhere.
/// `AND` and `OR` keep that; only `NOT` has to turn NULL into false first.
#[derive(Debug, Default)]
pub(super) struct Compiler {
    pub(super) bindings: Vec<Value>,
    depth: usize,
}

impl Compiler {
    pub(super) fn condition(&mut self, tree: &Tree) -> Result<String, Error> {
        if self.depth == MAX_LEVELS {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("the filter nests more than {MAX_LEVELS} levels; join conditions by `all` and `any`"),
            ));
        }
        self.depth += 1;
        let text = match tree {
            Tree::Constant(holds) => constant(*holds),
            Tree::Compare { left, comparison, right } => self.compare(left, *comparison, right)?,
            Tree::In { term, list } => self.in_list(term, list)?,
            Tree::Text { test, term, pattern } => self.text_test(*test, term, pattern)?,
            Tree::Holds(term) => format!("({} = 1)", self.term(term)?),
            Tree::Refused(refusal) => return Err(refusal.to_error()),
            Tree::And(trees) => self.join(trees, " AND ", true)?,
            Tree::Or(trees) => self.join(trees, " OR ", false)?,
            Tree::Not(tree) => format!("({} IS NOT TRUE)", self.condition(tree)?),
        };
        self.depth -= 1;
        Ok(text)
    }

    fn join(&mut self, trees: &[Tree], operator: &str, empty: bool) -> Result<String, Error> {
        let mut operands = trees.iter().map(|tree| self.condition(tree)).collect::<Result<Vec<_>, _>>()?;
        while operands.len() > OPERANDS {
            operands = operands.chunks(OPERANDS).map(|group| group_of(group, operator)).collect();
        }
        Ok(if operands.is_empty() { constant(empty) } else { group_of(&operands, operator) })
    }

    fn compare(&mut self, left: &Term, comparison: Comparison, right: &Term) -> Result<String, Error> {
        match (left, right) {
            // The column stands first, where SQLite looks for an index.
            (Term::Literal(_), Term::Column(_) | Term::Call { .. }) => {
                self.compare_ordered(right, comparison.flipped(), left)
            }
            _ => self.compare_ordered(left, comparison, right),
        }
    }

    fn compare_ordered(&mut self, left: &Term, comparison: Comparison, right: &Term) -> Result<String, Error> {
        let null = matches!(right, Term::Literal(literal) if *literal.value() == Value::Null);
        let operator = match comparison {
            Comparison::Eq if null => return Ok(format!("({} IS NULL)", self.term(left)?)),
            Comparison::Ne if null => return Ok(format!("({} IS NOT NULL)", self.term(left)?)),
            _ if null => return Ok(constant(false)),
            // Against a column or a null both sides may be null, and null equals null.
            Comparison::Eq if matches!(right, Term::Column(_) | Term::Call { .. }) => "IS",
            Comparison::Eq => "=",
            Comparison::Ne => "IS NOT",
            Comparison::Lt => "<",
            Comparison::Le => "<=",
            Comparison::Gt => ">",
            Comparison::Ge => ">=",
        };
        let is_order = !matches!(comparison, Comparison::Eq | Comparison::Ne);
        // Equal decimals have equal text, so only an order needs the collation.
        let left = if is_order && left.column_type() == ColumnType::Decimal {
            format!("{} COLLATE {DECIMAL_COLLATION}", self.term(left)?)
        } else {
            self.term(left)?
        };
        Ok(format!("({left} {operator} {})", self.term(right)?))
    }

    fn in_list(&mut self, term: &Term, list: &[Literal]) -> Result<String, Error> {
        let values: Vec<&Value> = list.iter().map(Literal::value).filter(|value| **value != Value::Null).collect();
        let has_null = values.len() < list.len();
        let mut alternatives = Vec::new();
        if !values.is_empty() {
            let term = self.term(term)?;
            let elements = match json_list(&values) {
                Some(json) if values.len() > SHORT_LIST => {
                    format!("SELECT value FROM json_each({})", self.bind(&Value::Text(json))?)
                }
                _ => {
                    let elements = values.iter().map(|value| self.bind(value)).collect::<Result<Vec<_>, _>>()?;
                    elements.join(", ")
                }
            };
            alternatives.push(format!("({term} IN ({elements}))"));
        }
        if has_null {
            alternatives.push(format!("({} IS NULL)", self.term(term)?));
        }
        Ok(if alternatives.is_empty() { constant(false) } else { group_of(&alternatives, " OR ") })
    }

    fn text_test(&mut self, test: TextTest, term: &Term, pattern: &Term) -> Result<String, Error> {
        match pattern {
            Term::Literal(literal) => match literal.value() {
                Value::Text(pattern) => self.constant_text_test(test, term, pattern),
                // Text tests with null are false, and no other constant is text.
                Value::Null | Value::Integer(_) | Value::Real(_) | Value::Blob(_) => Ok(constant(false)),
            },
            Term::Column(_) | Term::Call { .. } => {
                // Bytes of UTF-8 match where code points do, and NUL does not end them.
                let [text, pattern] = [bytes(&self.term(term)?), bytes(&self.term(pattern)?)];
                Ok(match test {
                    TextTest::StartsWith => part(&text, &pattern, "1"),
                    TextTest::EndsWith => part(&text, &pattern, &format!("length({text}) - length({pattern}) + 1")),
                    TextTest::Contains => {
                        format!(
                            "(CASE WHEN length({pattern}) = 0 THEN {text} IS NOT NULL ELSE instr({text}, {pattern}) > 0 END)"
                        )
                    }
                })
            }
        }
    }

    fn constant_text_test(&mut self, test: TextTest, term: &Term, pattern: &str) -> Result<String, Error> {
        if pattern.is_empty() {
            return Ok(format!("({} IS NOT NULL)", self.term(term)?));
        }
        Ok(match test {
            // A range, so that an index on the column serves.
            TextTest::StartsWith => {
                let from = format!("{} >= {}", self.term(term)?, self.bind(&Value::Text(pattern.to_owned()))?);
                match past_prefix(pattern) {
                    Some(end) => {
                        format!("({from} AND {} < {})", self.term(term)?, self.bind(&Value::Text(end))?)
                    }
                    None => format!("({from})"),
                }
            }
            TextTest::EndsWith => {
                let text = bytes(&self.term(term)?);
                let bound = self.bind(&Value::Blob(pattern.as_bytes().to_owned()))?;
                format!("(substr({text}, -{}) = {bound})", pattern.len())
            }
            TextTest::Contains => {
                let text = bytes(&self.term(term)?);
                format!("(instr({text}, {}) > 0)", self.bind(&Value::Blob(pattern.as_bytes().to_owned()))?)
            }
        })
    }

    fn term(&mut self, term: &Term) -> Result<String, Error> {
        match term {
            Term::Column(column) => Ok(quoted(column.sql_name())),
            Term::Literal(literal) => self.literal(literal),
            Term::Call { function, arguments, .. } => {
                let arguments = arguments.iter().map(|argument| self.term(argument)).collect::<Result<Vec<_>, _>>()?;
                Ok(format!("{}({})", function_name(*function), arguments.join(", ")))
            }
        }
    }

    fn literal(&mut self, literal: &Literal) -> Result<String, Error> {
        self.bind(literal.value())
    }

    /// Binds a value; past many parameters writes what can be written without loss.
    fn bind(&mut self, value: &Value) -> Result<String, Error> {
        let most = if matches!(value, Value::Real(_)) { MAX_BINDINGS } else { MANY_BINDINGS };
        if self.bindings.len() < most {
            self.bindings.push(value.clone());
            return Ok(format!("?{}", self.bindings.len()));
        }
        match value {
            Value::Null => Ok("NULL".to_owned()),
            // The text -9223372036854775808 would be read as a real number.
            Value::Integer(i64::MIN) => Ok(format!("({} - 1)", i64::MIN + 1)),
            Value::Integer(value) => Ok(value.to_string()),
            // Hexadecimal, since no quote can break out of it.
            Value::Text(text) => Ok(format!("CAST({} AS TEXT)", hex(text.as_bytes()))),
            Value::Blob(bytes) => Ok(hex(bytes)),
            Value::Real(_) => Err(Error::new(
                ErrorKind::Invalid,
                format!("the filter has more than {MAX_BINDINGS} numbers; ask with several queries"),
            )),
        }
    }
}

fn constant(holds: bool) -> String {
    if holds { "1" } else { "0" }.to_owned()
}

fn group_of(operands: &[String], operator: &str) -> String {
    match operands {
        [operand] => operand.clone(),
        operands => format!("({})", operands.join(operator)),
    }
}

fn bytes(text: &str) -> String {
    format!("CAST({text} AS BLOB)")
}

/// Whether `pattern` is the part of `text` from a byte on. SQLite's `substr` of nothing is NULL, so
/// an empty pattern is a case of its own.
fn part(text: &str, pattern: &str, from: &str) -> String {
    format!(
        "(CASE WHEN length({pattern}) = 0 THEN {text} IS NOT NULL \
         WHEN length({pattern}) > length({text}) THEN 0 \
         ELSE substr({text}, {from}, length({pattern})) = {pattern} END)"
    )
}

fn hex(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("x'{digits}'")
}

/// A list as one JSON text, if SQLite reads every element back as it was: texts without NUL, integers.
fn json_list(values: &[&Value]) -> Option<String> {
    let elements: Option<Vec<serde_json::Value>> = values
        .iter()
        .map(|value| match value {
            Value::Integer(value) => Some(serde_json::Value::from(*value)),
            Value::Text(text) if !text.contains('\0') => Some(serde_json::Value::from(text.as_str())),
            Value::Null | Value::Real(_) | Value::Text(_) | Value::Blob(_) => None,
        })
        .collect();
    Some(serde_json::Value::from(elements?).to_string())
}

/// The least text that is greater, by code point, than every text with the prefix; `None` if there
/// is none, as for a prefix of U+10FFFF.
pub(super) fn past_prefix(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // The surrogates between U+D7FF and U+E000 are no characters.
        let next = if last == '\u{d7ff}' { Some('\u{e000}') } else { char::from_u32(u32::from(last) + 1) };
        if let Some(next) = next {
            end.push(next);
            return Some(end);
        }
    }
    None
}
