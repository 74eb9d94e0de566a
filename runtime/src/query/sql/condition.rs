//! One condition as SQL: the two-valued meaning of OData v4 on SQLite's three-valued logic.

use super::term::constant;
use super::{DECIMAL_COLLATION, test_name};
use crate::error::{Error, ErrorKind};
use crate::query::predicate::{Comparison, Literal, Term, TextTest, Tree, argument_level};
use crate::query::{GROUP, MAX_LEVELS};
use crate::table::TableSchema;
use crate::value::{ColumnType, Value};

/// Collects the bindings while it writes the text.
///
/// Invariant: a condition is true exactly where the filter holds, and is false or NULL elsewhere.
/// `AND` and `OR` keep that; only `NOT` has to turn NULL into false first.
#[derive(Debug, Default)]
pub(super) struct Compiler {
    pub(super) bindings: Vec<Value>,
    pub(super) keeps_deleted: bool,
    depth: usize,
}

impl Compiler {
    pub(super) fn of(schema: &TableSchema) -> Self {
        Self { keeps_deleted: schema.keeps_deleted(), ..Self::default() }
    }

    pub(super) fn condition(&mut self, tree: &Tree) -> Result<String, Error> {
        match tree {
            Tree::Constant(holds) => Ok(truth(*holds)),
            Tree::Compare { left, comparison, right } => {
                self.within(1, |compiler| compiler.compare(left, *comparison, right))
            }
            Tree::In { term, list } => self.within(1, |compiler| compiler.in_list(term, list)),
            Tree::Text { test, term, pattern } => self.text_test(*test, term, pattern),
            Tree::Holds(term) => self.within(1, |compiler| Ok(format!("({} = 1)", compiler.term(term)?))),
            Tree::Refused(refusal) => Err(refusal.to_error()),
            Tree::And(trees) => self.within(tree.list_levels(), |compiler| compiler.join(trees, " AND ", true)),
            Tree::Or(trees) => self.within(tree.list_levels(), |compiler| compiler.join(trees, " OR ", false)),
            Tree::Not(tree) => self.within(1, |compiler| Ok(format!("({} IS NOT TRUE)", compiler.condition(tree)?))),
        }
    }

    /// Writes what lies so many levels deeper.
    pub(super) fn within(
        &mut self,
        levels: usize,
        write: impl FnOnce(&mut Self) -> Result<String, Error>,
    ) -> Result<String, Error> {
        if self.depth + levels > MAX_LEVELS {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "the filter nests more than {MAX_LEVELS} levels of conditions and functions; \
                     join conditions by `all` and `any`"
                ),
            ));
        }
        self.depth += levels;
        let text = write(self)?;
        self.depth -= levels;
        Ok(text)
    }

    fn join(&mut self, trees: &[Tree], operator: &str, empty: bool) -> Result<String, Error> {
        let mut operands = trees.iter().map(|tree| self.condition(tree)).collect::<Result<Vec<_>, _>>()?;
        while operands.len() > GROUP {
            operands = operands.chunks(GROUP).map(|group| group_of(group, operator)).collect();
        }
        Ok(if operands.is_empty() { truth(empty) } else { group_of(&operands, operator) })
    }

    fn compare(&mut self, left: &Term, comparison: Comparison, right: &Term) -> Result<String, Error> {
        // The column stands first, where SQLite looks for an index.
        if constant(left).is_some() && constant(right).is_none() {
            self.compare_ordered(right, comparison.flipped(), left)
        } else {
            self.compare_ordered(left, comparison, right)
        }
    }

    fn compare_ordered(&mut self, left: &Term, comparison: Comparison, right: &Term) -> Result<String, Error> {
        let found = constant(right);
        let null = found.as_ref().is_some_and(|literal| *literal.value() == Value::Null);
        let operator = match comparison {
            Comparison::Eq if null => return Ok(format!("({} IS NULL)", self.term(left)?)),
            Comparison::Ne if null => return Ok(format!("({} IS NOT NULL)", self.term(left)?)),
            _ if null => return Ok(truth(false)),
            // Both sides may be null, and null equals null.
            Comparison::Eq if found.is_none() => "IS",
            Comparison::Eq => "=",
            Comparison::Ne => "IS NOT",
            Comparison::Lt => "<",
            Comparison::Le => "<=",
            Comparison::Gt => ">",
            Comparison::Ge => ">=",
        };
        let is_order = !matches!(comparison, Comparison::Eq | Comparison::Ne);
        let as_decimal = [left, right].into_iter().any(|side| side.column_type() == ColumnType::Decimal);
        // Equal decimals have equal text, so only an order needs the collation.
        let collation = if is_order && as_decimal { format!(" COLLATE {DECIMAL_COLLATION}") } else { String::new() };
        let left = self.term(left)?;
        Ok(format!("({left}{collation} {operator} {})", self.term(right)?))
    }

    fn in_list(&mut self, term: &Term, list: &[Literal]) -> Result<String, Error> {
        let values: Vec<&Value> = list.iter().map(Literal::value).filter(|value| **value != Value::Null).collect();
        let has_null = values.len() < list.len();
        let mut alternatives = Vec::new();
        if !values.is_empty() {
            let term = self.term(term)?;
            alternatives.push(format!("({term} IN ({}))", self.elements(&values)));
        }
        if has_null {
            alternatives.push(format!("({} IS NULL)", self.term(term)?));
        }
        Ok(if alternatives.is_empty() { truth(false) } else { group_of(&alternatives, " OR ") })
    }

    fn text_test(&mut self, test: TextTest, term: &Term, pattern: &Term) -> Result<String, Error> {
        if let Some(literal) = constant(pattern) {
            match literal.value() {
                Value::Text(pattern) if pattern.is_empty() => {
                    return self.within(1, |compiler| Ok(format!("({} IS NOT NULL)", compiler.term(term)?)));
                }
                Value::Text(pattern) if matches!(term, Term::Column(_)) => {
                    return self.within(1, |compiler| compiler.column_test(test, term, pattern));
                }
                Value::Text(_) => {}
                // Text tests with null are false, and no other constant is text.
                Value::Null | Value::Integer(_) | Value::Real(_) | Value::Blob(_) => return Ok(truth(false)),
            }
        }
        let text = self.within(argument_level(0), |compiler| compiler.term(term))?;
        let pattern = self.within(argument_level(1), |compiler| compiler.term(pattern))?;
        Ok(format!("{}({text}, {pattern})", test_name(test)))
    }

    fn column_test(&mut self, test: TextTest, column: &Term, pattern: &str) -> Result<String, Error> {
        let text = self.term(column)?;
        Ok(match test {
            // A range, so that an index on the column serves.
            TextTest::StartsWith => {
                let from = format!("{text} >= {}", self.bind(&Value::Text(pattern.to_owned())));
                match past_prefix(pattern) {
                    Some(end) => format!("({from} AND {text} < {})", self.bind(&Value::Text(end))),
                    None => format!("({from})"),
                }
            }
            // Bytes of UTF-8 match where code points do, and NUL does not end them.
            TextTest::EndsWith => {
                let bound = self.bind(&Value::Blob(pattern.as_bytes().to_owned()));
                format!("(substr(CAST({text} AS BLOB), -{}) = {bound})", pattern.len())
            }
            TextTest::Contains => {
                let bound = self.bind(&Value::Blob(pattern.as_bytes().to_owned()));
                format!("(instr(CAST({text} AS BLOB), {bound}) > 0)")
            }
        })
    }
}

fn truth(holds: bool) -> String {
    if holds { "1" } else { "0" }.to_owned()
}

fn group_of(operands: &[String], operator: &str) -> String {
    match operands {
        [operand] => operand.clone(),
        operands => format!("({})", operands.join(operator)),
    }
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
