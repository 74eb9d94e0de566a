//! The text that identifies a filter, whatever the dialect.

use std::fmt::Write as _;

use super::predicate::{Comparison, Literal, Term, TextTest, Tree};
use crate::value::Value;

/// Writes a filter with its values, so that two filters have one text only if they are equal.
///
/// It is stored beside a delta token: a pull under the same name with another text starts anew.
pub(crate) fn canonical_text(tree: &Tree) -> String {
    let mut out = String::new();
    write_tree(tree, &mut out);
    out
}

fn write_tree(tree: &Tree, out: &mut String) {
    match tree {
        Tree::Constant(holds) => out.push_str(if *holds { "true" } else { "false" }),
        Tree::Compare { left, comparison, right } => {
            let operator = match comparison {
                Comparison::Eq => "eq",
                Comparison::Ne => "ne",
                Comparison::Lt => "lt",
                Comparison::Le => "le",
                Comparison::Gt => "gt",
                Comparison::Ge => "ge",
            };
            open(operator, out);
            write_term(left, out);
            write_term(right, out);
            out.push(')');
        }
        Tree::In { term, list } => {
            open("in", out);
            write_term(term, out);
            for literal in list {
                write_literal(literal, out);
            }
            out.push(')');
        }
        Tree::Text { test, term, pattern } => {
            let function = match test {
                TextTest::StartsWith => "startswith",
                TextTest::EndsWith => "endswith",
                TextTest::Contains => "contains",
            };
            open(function, out);
            write_term(term, out);
            write_term(pattern, out);
            out.push(')');
        }
        Tree::Holds(term) => {
            open("holds", out);
            write_term(term, out);
            out.push(')');
        }
        Tree::Refused(refusal) => {
            open("refused", out);
            let _ = write!(out, " {}", serde_json::Value::from(refusal.message()));
            out.push(')');
        }
        Tree::And(trees) => write_trees("and", trees, out),
        Tree::Or(trees) => write_trees("or", trees, out),
        Tree::Not(tree) => write_trees("not", std::slice::from_ref(tree), out),
    }
}

fn open(name: &str, out: &mut String) {
    out.push('(');
    out.push_str(name);
}

fn write_trees(name: &str, trees: &[Tree], out: &mut String) {
    open(name, out);
    for tree in trees {
        out.push(' ');
        write_tree(tree, out);
    }
    out.push(')');
}

fn write_term(term: &Term, out: &mut String) {
    match term {
        // Quoted otherwise than text, so that no text looks like a column.
        Term::Column(column) => {
            let _ = write!(out, " [{}]", column.wire_name());
        }
        Term::Literal(literal) => write_literal(literal, out),
        Term::Call { function, arguments, .. } => {
            out.push(' ');
            open(function.name(), out);
            for argument in arguments {
                write_term(argument, out);
            }
            out.push(')');
        }
    }
}

/// Writing into a String cannot fail.
fn write_literal(literal: &Literal, out: &mut String) {
    let _ = match literal.value() {
        Value::Null => write!(out, " null"),
        Value::Integer(value) => write!(out, " {value}"),
        Value::Real(value) => write!(out, " {value:?}"),
        Value::Text(text) => write!(out, " {}", serde_json::Value::from(text.as_str())),
        Value::Blob(bytes) => {
            out.push_str(" x");
            bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
        }
    };
}
