//! The tree as the text of `$filter`, with the null tests that a dialect needs.

use super::literal::literal;
use super::{ContainsForm, FilterText, NullLogic, Syntax, member, unsupported};
use crate::error::{Error, ErrorKind};
use crate::query::MAX_DEPTH;
use crate::query::predicate::{Comparison, Literal, Term, TextTest, Tree};
use crate::table::ColumnDef;
use crate::value::{ColumnType, Value};

/// A member: the property and the row that it is read from.
const MEMBER_NODES: usize = 2;

/// A part of a filter. Constants are folded away, since not every server takes `true` for a condition.
enum Part {
    All,
    Nothing,
    Text(FilterText),
}

pub(super) fn compile(tree: &Tree, syntax: &Syntax) -> Result<Option<FilterText>, Error> {
    match (Writer { syntax, depth: 0, negated: false }).part(tree)? {
        Part::All => Ok(None),
        // No row is without an id, so this holds for none, on every server.
        Part::Nothing => Ok(Some(null_test("id", "eq"))),
        Part::Text(text) => Ok(Some(text)),
    }
}

struct Writer<'a> {
    syntax: &'a Syntax,
    depth: usize,
    /// Whether a `not` stands above.
    negated: bool,
}

impl Writer<'_> {
    fn part(&mut self, tree: &Tree) -> Result<Part, Error> {
        if self.depth == MAX_DEPTH {
            return Err(Error::new(ErrorKind::Invalid, format!("the filter nests more than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        let part = match tree {
            Tree::Constant(true) => Part::All,
            Tree::Constant(false) => Part::Nothing,
            Tree::Compare { left, comparison, right } => self.compare(left, *comparison, right)?,
            Tree::In { term, list } => self.in_list(term, list)?,
            Tree::Text { test, term, pattern } => self.text_test(*test, term, pattern)?,
            Tree::And(trees) => {
                let mut texts = Vec::new();
                for tree in trees {
                    match self.part(tree)? {
                        Part::All => {}
                        // The others are compiled too, so that a mistake shows whatever stands beside it.
                        Part::Nothing => texts.push(None),
                        Part::Text(text) => texts.push(Some(text)),
                    }
                }
                match texts.into_iter().collect::<Option<Vec<_>>>() {
                    None => Part::Nothing,
                    Some(texts) if texts.is_empty() => Part::All,
                    Some(texts) => Part::Text(joined(texts, "and")),
                }
            }
            Tree::Or(trees) => {
                let mut texts = Vec::new();
                for tree in trees {
                    match self.part(tree)? {
                        Part::Nothing => {}
                        Part::All => texts.push(None),
                        Part::Text(text) => texts.push(Some(text)),
                    }
                }
                match texts.into_iter().collect::<Option<Vec<_>>>() {
                    None => Part::All,
                    Some(texts) if texts.is_empty() => Part::Nothing,
                    Some(texts) => Part::Text(joined(texts, "or")),
                }
            }
            Tree::Not(tree) => {
                let outer = std::mem::replace(&mut self.negated, true);
                let part = self.part(tree)?;
                self.negated = outer;
                match part {
                    Part::All => Part::Nothing,
                    Part::Nothing => Part::All,
                    Part::Text(operand) => Part::Text(negated(&operand)),
                }
            }
        };
        self.depth -= 1;
        Ok(part)
    }

    fn compare(&self, left: &Term, comparison: Comparison, right: &Term) -> Result<Part, Error> {
        match (left, right) {
            (Term::Column(column), Term::Literal(constant)) => self.compare_constant(column, comparison, constant),
            (Term::Literal(constant), Term::Column(column)) => {
                self.compare_constant(column, comparison.flipped(), constant)
            }
            (Term::Column(left), Term::Column(right)) => self.compare_columns(left, comparison, right),
            (Term::Literal(_), Term::Literal(_)) => {
                Err(unsupported(self.syntax, &format!("`{}` of two constants", name_of(comparison))))
            }
        }
    }

    fn compare_constant(&self, column: &ColumnDef, comparison: Comparison, constant: &Literal) -> Result<Part, Error> {
        let (name, operator) = (member(column)?, name_of(comparison));
        if *constant.value() == Value::Null {
            return Ok(match comparison {
                Comparison::Eq | Comparison::Ne if column.is_id() => {
                    if comparison == Comparison::Eq {
                        Part::Nothing
                    } else {
                        Part::All
                    }
                }
                Comparison::Eq | Comparison::Ne => Part::Text(null_test(name, operator)),
                Comparison::Lt | Comparison::Le | Comparison::Gt | Comparison::Ge => Part::Nothing,
            });
        }
        let constant = literal(constant, operator, self.syntax)?;
        let test = FilterText {
            text: format!("({name} {operator} {})", constant.text),
            nodes: 1 + MEMBER_NODES + constant.nodes,
        };
        Ok(Part::Text(match (comparison, self.syntax.nulls) {
            (Comparison::Eq | Comparison::Ne, NullLogic::NullEqualsNull) => test,
            (Comparison::Ne, NullLogic::ThreeValued) if column.is_id() => test,
            (Comparison::Ne, NullLogic::ThreeValued) => joined(vec![test, null_test(name, "eq")], "or"),
            _ => self.guarded(column, name, test),
        }))
    }

    /// Below a `not`, makes a test false for null that would be neither true nor false.
    fn guarded(&self, column: &ColumnDef, name: &str, test: FilterText) -> FilterText {
        let may_be_null = match self.syntax.nulls {
            // The server's column may be null although ours is not: ours has a default then.
            NullLogic::ThreeValued => !column.is_id(),
            NullLogic::NullEqualsNull => column.is_nullable(),
        };
        if self.negated && may_be_null { joined(vec![null_test(name, "ne"), test], "and") } else { test }
    }

    fn compare_columns(&self, left: &ColumnDef, comparison: Comparison, right: &ColumnDef) -> Result<Part, Error> {
        let (left, right) = (member(left)?, member(right)?);
        let test =
            |operator: &str| FilterText { text: format!("({left} {operator} {right})"), nodes: 1 + 2 * MEMBER_NODES };
        let with_values = |operator| joined(vec![null_test(left, "ne"), null_test(right, "ne"), test(operator)], "and");
        let equal = || {
            let both_null = joined(vec![null_test(left, "eq"), null_test(right, "eq")], "and");
            joined(vec![with_values("eq"), both_null], "or")
        };
        Ok(Part::Text(match (comparison, self.syntax.nulls) {
            (Comparison::Eq | Comparison::Ne, NullLogic::NullEqualsNull) => test(name_of(comparison)),
            (Comparison::Eq, NullLogic::ThreeValued) => equal(),
            (Comparison::Ne, NullLogic::ThreeValued) => negated(&equal()),
            _ => with_values(name_of(comparison)),
        }))
    }

    fn in_list(&self, term: &Term, list: &[Literal]) -> Result<Part, Error> {
        let Term::Column(column) = term else {
            return Err(unsupported(self.syntax, "`in` of a constant"));
        };
        let name = member(column)?;
        let mut constants = Vec::new();
        for constant in list.iter().filter(|constant| *constant.value() != Value::Null) {
            constants.push(literal(constant, "in", self.syntax)?);
        }
        let has_null = constants.len() < list.len() && !column.is_id();
        let nodes: usize = constants.iter().map(|constant| constant.nodes).sum();
        let test = match constants.as_slice() {
            [] => None,
            _ if self.syntax.has_in => {
                let texts: Vec<&str> = constants.iter().map(|constant| constant.text.as_str()).collect();
                // A list of plain constants is one node; casts within are functions of their own.
                let list_nodes = if nodes == texts.len() { 1 } else { 1 + nodes };
                Some(FilterText {
                    text: format!("{name} in ({})", texts.join(",")),
                    nodes: 1 + MEMBER_NODES + list_nodes,
                })
            }
            constants => {
                let texts = constants
                    .iter()
                    .map(|constant| FilterText {
                        text: format!("({name} eq {})", constant.text),
                        nodes: 1 + MEMBER_NODES + constant.nodes,
                    })
                    .collect();
                Some(joined(texts, "or"))
            }
        };
        Ok(match (test, has_null) {
            (None, false) => Part::Nothing,
            (None, true) => Part::Text(null_test(name, "eq")),
            (Some(test), false) => Part::Text(self.guarded(column, name, test)),
            (Some(test), true) => {
                let test = self.guarded(column, name, test);
                Part::Text(joined(vec![test, null_test(name, "eq")], "or"))
            }
        })
    }

    fn text_test(&self, test: TextTest, term: &Term, pattern: &Term) -> Result<Part, Error> {
        let function = match (test, self.syntax.contains) {
            (TextTest::StartsWith, _) => "startswith",
            (TextTest::EndsWith, _) => "endswith",
            (TextTest::Contains, ContainsForm::SubstringOf) => "substringof",
            (TextTest::Contains, ContainsForm::Contains) => "contains",
        };
        let Term::Column(column) = term else {
            return Err(unsupported(self.syntax, &format!("`{function}` of a constant")));
        };
        let name = member(column)?;
        if !matches!(column.column_type(), ColumnType::Text | ColumnType::Id) {
            return Err(unsupported(self.syntax, &format!("`{function}` of column `{name}`, which is no text,")));
        }
        let (pattern, pattern_nodes) = match pattern {
            Term::Column(pattern) => (member(pattern)?.to_owned(), MEMBER_NODES),
            Term::Literal(constant) => match constant.value() {
                Value::Null => return Ok(Part::Nothing),
                // Every text has an empty part, and null has none.
                Value::Text(text) if text.is_empty() => {
                    return Ok(if column.is_id() { Part::All } else { Part::Text(null_test(name, "ne")) });
                }
                _ => {
                    let constant = literal(constant, function, self.syntax)?;
                    (constant.text, constant.nodes)
                }
            },
        };
        let arguments = match (test, self.syntax.contains) {
            (TextTest::Contains, ContainsForm::SubstringOf) => format!("{pattern},{name}"),
            _ => format!("{name},{pattern}"),
        };
        let test = FilterText { text: format!("{function}({arguments})"), nodes: 1 + MEMBER_NODES + pattern_nodes };
        let guarded = match term {
            Term::Column(column) => self.guarded(column, name, test),
            Term::Literal(_) => test,
        };
        Ok(Part::Text(guarded))
    }
}

fn null_test(name: &str, operator: &str) -> FilterText {
    FilterText { text: format!("({name} {operator} null)"), nodes: 1 + MEMBER_NODES + 1 }
}

/// Joins conditions. The server converts each operand to a condition that may be null, and reads
/// `a or b or c` as `(a or b) or c`: each of these conversions and joints is a node.
pub(super) fn joined(mut parts: Vec<FilterText>, operator: &str) -> FilterText {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    let count = parts.len();
    let nodes = parts.iter().map(|part| part.nodes).sum::<usize>() + count + (count - 1) + (count - 2);
    let texts: Vec<String> = parts.into_iter().map(|part| operand(part.text)).collect();
    FilterText { text: format!("({})", texts.join(&format!(" {operator} "))), nodes }
}

/// Only `in` is written without parentheses and without being a function.
fn operand(text: String) -> String {
    if text.starts_with('(') || !text.contains(" in (") { text } else { format!("({text})") }
}

fn negated(part: &FilterText) -> FilterText {
    let text = match part.text.starts_with('(') {
        true => format!("not{}", part.text),
        false => format!("not({})", part.text),
    };
    FilterText { text, nodes: part.nodes + 2 }
}

fn name_of(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Eq => "eq",
        Comparison::Ne => "ne",
        Comparison::Lt => "lt",
        Comparison::Le => "le",
        Comparison::Gt => "gt",
        Comparison::Ge => "ge",
    }
}
