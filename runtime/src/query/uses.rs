//! Which functions a filter asks a server to compute.

use super::Function;
use super::predicate::{Term, TextTest, Tree};

/// A function of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Test(TextTest),
    Call(Function),
}

/// The functions of a filter, each once, in the order in which they are met.
pub(crate) fn uses(tree: &Tree) -> Vec<Use> {
    let mut found = Found::default();
    // A stack of its own: a tree that was not made by a query may be of any depth.
    let mut trees = vec![tree];
    while let Some(tree) = trees.pop() {
        match tree {
            Tree::Constant(_) | Tree::Refused(_) => {}
            Tree::Compare { left, right, .. } => {
                found.term(left);
                found.term(right);
            }
            Tree::In { term, .. } | Tree::Holds(term) => found.term(term),
            Tree::Text { test, term, pattern } => {
                found.add(Use::Test(*test));
                found.term(term);
                found.term(pattern);
            }
            Tree::And(parts) | Tree::Or(parts) => trees.extend(parts.iter().rev()),
            Tree::Not(part) => trees.push(part),
        }
    }
    found.uses
}

#[derive(Default)]
struct Found {
    uses: Vec<Use>,
}

impl Found {
    fn add(&mut self, found: Use) {
        if !self.uses.contains(&found) {
            self.uses.push(found);
        }
    }

    fn term(&mut self, term: &Term) {
        let mut terms = vec![term];
        while let Some(term) = terms.pop() {
            if let Term::Call { function, arguments, .. } = term {
                self.add(Use::Call(*function));
                terms.extend(arguments.iter().rev());
            }
        }
    }
}
