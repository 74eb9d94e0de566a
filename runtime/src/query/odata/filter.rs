//! The tree as the text of `$filter`, with the null tests that a dialect needs.

use super::literal::literal;
use super::term::{is_null, is_value, operands, term};
use super::{ContainsForm, FilterText, NullLogic, Syntax, unsupported};
use crate::error::{Error, ErrorKind};
use crate::query::MAX_LEVELS;
use crate::query::predicate::{Comparison, Literal, Term, TextTest, Tree};
use crate::value::{ColumnType, Value};

/// A member: the property and the row that it is read from.
pub(super) const MEMBER_NODES: usize = 2;

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
        if self.depth == MAX_LEVELS {
            return Err(Error::new(ErrorKind::Invalid, format!("the filter nests more than {MAX_LEVELS} levels")));
        }
        self.depth += 1;
        let part = match tree {
            Tree::Constant(true) => Part::All,
            Tree::Constant(false) => Part::Nothing,
            Tree::Compare { left, comparison, right } => self.compare(left, *comparison, right)?,
            Tree::In { term, list } => self.in_list(term, list)?,
            Tree::Text { test, term, pattern } => self.text_test(*test, term, pattern)?,
            Tree::Holds(term) => self.holds(term)?,
            Tree::Refused(refusal) => return Err(refusal.to_error()),
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
            (Term::Literal(_), Term::Literal(_)) => {
                Err(unsupported(self.syntax, &format!("`{}` of two constants", name_of(comparison))))
            }
            (Term::Literal(_), _) => self.compare_terms(right, comparison.flipped(), left),
            _ if is_null(left) && is_null(right) => Ok(match comparison {
                Comparison::Eq => Part::All,
                _ => Part::Nothing,
            }),
            _ if is_null(left) => self.compare_terms(right, comparison.flipped(), left),
            _ => self.compare_terms(left, comparison, right),
        }
    }

    fn compare_terms(&self, left: &Term, comparison: Comparison, right: &Term) -> Result<Part, Error> {
        let operator = name_of(comparison);
        if is_null(right) {
            return self.compare_null(left, comparison);
        }
        let (left, right_text) = operands(&[left.clone(), right.clone()], operator, self.syntax)?;
        let text = |operator: &str| FilterText {
            text: format!("({} {operator} {})", left.text, right_text.text),
            nodes: 1 + left.nodes + right_text.nodes,
        };
        let knows_null = self.syntax.nulls == NullLogic::NullEqualsNull;
        let is_equality = matches!(comparison, Comparison::Eq | Comparison::Ne);
        if is_equality && knows_null {
            return Ok(Part::Text(text(operator)));
        }
        if is_value(right) {
            return Ok(Part::Text(match comparison {
                Comparison::Ne => any_fails(left.guards.clone(), Some(text(operator))),
                _ => self.guarded(left.guards.clone(), text(operator)),
            }));
        }
        let guards: Vec<Guard> = left.guards.iter().chain(&right_text.guards).cloned().collect();
        if !is_equality {
            return Ok(Part::Text(all_hold(guards, text(operator))));
        }
        let both_have_values = all_hold(guards, text("eq"));
        let equal = if left.guards.is_empty() || right_text.guards.is_empty() {
            both_have_values
        } else {
            let both_null = vec![any_fails(left.guards, None), any_fails(right_text.guards, None)];
            joined(vec![both_have_values, joined(both_null, "and")], "or")
        };
        Ok(Part::Text(if comparison == Comparison::Eq { equal } else { negated(&equal) }))
    }

    fn compare_null(&self, left: &Term, comparison: Comparison) -> Result<Part, Error> {
        let operator = name_of(comparison);
        let is_id = matches!(left, Term::Column(column) if column.is_id());
        let is_constant = matches!(left, Term::Literal(_));
        // Written also where it is not needed, so that a mistake in it shows.
        let left = term(left, operator, self.syntax)?;
        let is_never_null = is_id || is_constant;
        Ok(match comparison {
            Comparison::Eq if is_never_null => Part::Nothing,
            Comparison::Ne if is_never_null => Part::All,
            Comparison::Eq | Comparison::Ne => {
                Part::Text(FilterText { text: format!("({} {operator} null)", left.text), nodes: 2 + left.nodes })
            }
            Comparison::Lt | Comparison::Le | Comparison::Gt | Comparison::Ge => Part::Nothing,
        })
    }

    /// Below a `not`, makes a test false for null that would be neither true nor false.
    fn guarded(&self, guards: Vec<Guard>, test: FilterText) -> FilterText {
        if self.negated { all_hold(guards, test) } else { test }
    }

    fn in_list(&self, looked_for: &Term, list: &[Literal]) -> Result<Part, Error> {
        if matches!(looked_for, Term::Literal(_)) {
            return Err(unsupported(self.syntax, "`in` of a constant"));
        }
        if is_null(looked_for) {
            let has_null = list.iter().any(|constant| *constant.value() == Value::Null);
            return Ok(if has_null { Part::All } else { Part::Nothing });
        }
        let is_id = matches!(looked_for, Term::Column(column) if column.is_id());
        let looked_for = term(looked_for, "in", self.syntax)?;
        let name = &looked_for.text;
        let mut constants = Vec::new();
        for constant in list.iter().filter(|constant| *constant.value() != Value::Null) {
            constants.push(literal(constant, "in", self.syntax)?);
        }
        let has_null = constants.len() < list.len() && !is_id;
        let nodes: usize = constants.iter().map(|constant| constant.nodes).sum();
        let test = match constants.as_slice() {
            [] => None,
            _ if self.syntax.has_in => {
                let texts: Vec<&str> = constants.iter().map(|constant| constant.text.as_str()).collect();
                // A list of plain constants is one node; casts within are functions of their own.
                let list_nodes = if nodes == texts.len() { 1 } else { 1 + nodes };
                let text = format!("{name} in ({})", texts.join(","));
                Some(FilterText {
                    // What begins with a parenthesis is taken for one that is wholly within it.
                    text: if name.starts_with('(') { format!("({text})") } else { text },
                    nodes: 1 + looked_for.nodes + list_nodes,
                })
            }
            constants => {
                let texts = constants
                    .iter()
                    .map(|constant| FilterText {
                        text: format!("({name} eq {})", constant.text),
                        nodes: 1 + looked_for.nodes + constant.nodes,
                    })
                    .collect();
                Some(joined(texts, "or"))
            }
        };
        let null = || FilterText { text: format!("({name} eq null)"), nodes: 2 + looked_for.nodes };
        let guards = looked_for.guards.clone();
        Ok(match (test, has_null) {
            (None, false) => Part::Nothing,
            (None, true) => Part::Text(null()),
            (Some(test), false) => Part::Text(self.guarded(guards, test)),
            (Some(test), true) => Part::Text(joined(vec![self.guarded(guards, test), null()], "or")),
        })
    }

    fn text_test(&self, test: TextTest, tested: &Term, pattern: &Term) -> Result<Part, Error> {
        let function = match (test, self.syntax.contains) {
            (TextTest::StartsWith, _) => "startswith",
            (TextTest::EndsWith, _) => "endswith",
            (TextTest::Contains, ContainsForm::SubstringOf) => "substringof",
            (TextTest::Contains, ContainsForm::Contains) => "contains",
        };
        if matches!(tested, Term::Literal(_)) {
            return Err(unsupported(self.syntax, &format!("`{function}` of a constant")));
        }
        if is_null(tested) {
            return Ok(Part::Nothing);
        }
        let text = term(tested, function, self.syntax)?;
        if !matches!(tested.column_type(), ColumnType::Text | ColumnType::Id) {
            return Err(unsupported(self.syntax, &format!("`{function}` of `{}`, which is no text,", text.text)));
        }
        if is_null(pattern) {
            return Ok(Part::Nothing);
        }
        if matches!(pattern, Term::Literal(literal) if *literal.value() == Value::Text(String::new())) {
            // Every text has an empty part, and null has none.
            return Ok(match tested {
                Term::Column(column) if column.is_id() => Part::All,
                _ => Part::Text(FilterText { text: format!("({} ne null)", text.text), nodes: 2 + text.nodes }),
            });
        }
        let pattern = term(pattern, function, self.syntax)?;
        let arguments = match (test, self.syntax.contains) {
            (TextTest::Contains, ContainsForm::SubstringOf) => format!("{},{}", pattern.text, text.text),
            _ => format!("{},{}", text.text, pattern.text),
        };
        let test = FilterText { text: format!("{function}({arguments})"), nodes: 1 + text.nodes + pattern.nodes };
        let guards = text.guards.into_iter().chain(pattern.guards).collect();
        Ok(Part::Text(self.guarded(guards, test)))
    }

    fn holds(&self, truth: &Term) -> Result<Part, Error> {
        let truth = term(truth, "a condition", self.syntax)?;
        let test = FilterText { text: truth.text, nodes: truth.nodes };
        Ok(Part::Text(self.guarded(truth.guards, test)))
    }
}

/// A condition for a term to have a value, and its opposite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Guard {
    pub(super) holds: FilterText,
    pub(super) fails: FilterText,
}

/// Each guard once, in the order of the first ones. Terms keep no repeats, so that a term that stands
/// in many places of another costs no more guards.
pub(super) fn without_repeats(guards: impl IntoIterator<Item = Guard>) -> Vec<Guard> {
    let mut kept = Vec::new();
    for guard in guards {
        if !kept.contains(&guard) {
            kept.push(guard);
        }
    }
    kept
}

fn all_hold(guards: Vec<Guard>, test: FilterText) -> FilterText {
    let guards = without_repeats(guards).into_iter().map(|guard| guard.holds);
    joined(guards.chain(std::iter::once(test)).collect(), "and")
}

fn any_fails(guards: Vec<Guard>, test: Option<FilterText>) -> FilterText {
    let guards = without_repeats(guards).into_iter().map(|guard| guard.fails);
    joined(test.into_iter().chain(guards).collect(), "or")
}

pub(super) fn null_test(name: &str, operator: &str) -> FilterText {
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
