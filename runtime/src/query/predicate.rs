//! The predicate tree: one type for every filter, compiled to SQL and to OData.

use std::fmt;
use std::marker::PhantomData;

use super::{Function, MAX_DEPTH};
use crate::error::{Error, ErrorKind};
use crate::table::ColumnDef;
use crate::value::{ColumnType, Value};

/// A condition on the rows of table `T`; made by the operators of [`Column`](crate::Column).
///
/// A condition is two-valued, as in OData v4: `null eq null` is true, `null ne v` is true, an order
/// comparison or a text test with null is false, and `not` turns true into false and back.
pub struct Predicate<T> {
    tree: Tree,
    /// Levels of the tree. Invariant: at most [`MAX_DEPTH`], so that nothing that walks or drops it
    /// runs out of stack.
    depth: usize,
    table: PhantomData<fn() -> T>,
}

/// What a filter may be: a [`Predicate`], or a column or expression of truth values.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a condition on the rows of `{T}`",
    label = "expected a condition",
    note = "compare a column by `eq`, `ne`, `lt`, `le`, `gt`, `ge`, `is_in` or `is_null`, or name a `bool` column",
    note = "conditions are joined by `.and(..)` and `.or(..)`, not by `&&` and `||`, and turned by `!`"
)]
pub trait Condition<T> {
    /// Makes the predicate.
    fn into_predicate(self) -> Predicate<T>;
}

impl<T> Condition<T> for Predicate<T> {
    fn into_predicate(self) -> Self {
        self
    }
}

/// The tree of a predicate, without the table's type.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Tree {
    /// All rows or none.
    Constant(bool),
    /// Two terms compared.
    Compare {
        /// The left side.
        left: Term,
        /// How they are compared.
        comparison: Comparison,
        /// The right side.
        right: Term,
    },
    /// A term equal to one of a list.
    In {
        /// What is looked for.
        term: Term,
        /// What it may be.
        list: Vec<Literal>,
    },
    /// A test of a text against another.
    Text {
        /// Which test.
        test: TextTest,
        /// The text tested.
        term: Term,
        /// What it is tested for.
        pattern: Term,
    },
    /// A term that is a truth value, and true.
    Holds(Term),
    /// All of these; true if there are none.
    And(Vec<Tree>),
    /// Any of these; false if there are none.
    Or(Vec<Tree>),
    /// The opposite.
    Not(Box<Tree>),
    /// A condition that cannot be asked, and why: every use of the query fails with it.
    Refused(Refusal),
}

/// Why a condition cannot be asked, such as a comparison with NaN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub(crate) String);

impl Refusal {
    fn too_deep() -> Self {
        Self(format!("the filter nests more than {MAX_DEPTH} levels; join conditions by `all` and `any`"))
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0
    }

    pub(crate) fn to_error(&self) -> Error {
        Error::new(ErrorKind::Invalid, self.0.clone())
    }
}

/// A side of a comparison.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Term {
    /// The value of a column.
    Column(&'static ColumnDef),
    /// A constant.
    Literal(Literal),
    /// What a function computes.
    Call {
        /// The function.
        function: Function,
        /// What it is computed from.
        arguments: Vec<Term>,
        /// The type of what it gives.
        result: ColumnType,
    },
}

/// A constant: a stored form and the type that tells how the wire writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal {
    column_type: ColumnType,
    value: Value,
}

/// How two terms are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

/// The tests of text against text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TextTest {
    /// The text starts with the pattern.
    StartsWith,
    /// The text ends with the pattern.
    EndsWith,
    /// The text contains the pattern.
    Contains,
}

impl Literal {
    /// Makes the constant that a column is compared with.
    #[must_use]
    pub fn of(column: &ColumnDef, value: Value) -> Self {
        Self { column_type: column.column_type(), value }
    }

    /// Makes a constant of a type.
    #[must_use]
    pub fn typed(column_type: ColumnType, value: Value) -> Self {
        Self { column_type, value }
    }

    /// Makes a text constant.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self { column_type: ColumnType::Text, value: Value::Text(text.to_owned()) }
    }

    /// The type, which tells how the wire writes the constant.
    #[must_use]
    pub fn column_type(&self) -> ColumnType {
        self.column_type
    }

    /// The stored form.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }
}

impl Comparison {
    /// The comparison that holds with the sides exchanged.
    pub(crate) fn flipped(self) -> Self {
        match self {
            Self::Eq => Self::Eq,
            Self::Ne => Self::Ne,
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
        }
    }
}

impl Term {
    pub(crate) fn null(column: &ColumnDef) -> Self {
        Self::Literal(Literal::of(column, Value::Null))
    }

    /// The type of its values.
    #[must_use]
    pub fn column_type(&self) -> ColumnType {
        match self {
            Self::Column(column) => column.column_type(),
            Self::Literal(literal) => literal.column_type(),
            Self::Call { result, .. } => *result,
        }
    }

    /// Levels of functions.
    pub(crate) fn depth(&self) -> usize {
        match self {
            Self::Column(_) | Self::Literal(_) => 0,
            Self::Call { arguments, .. } => 1 + arguments.iter().map(Self::depth).max().unwrap_or(0),
        }
    }
}

impl<T> Predicate<T> {
    /// Makes a predicate of so many levels; one of too many is dropped at once and refused.
    fn new(tree: Tree, depth: usize) -> Self {
        if depth > MAX_DEPTH {
            return Self::refused(Refusal::too_deep());
        }
        Self { tree, depth, table: PhantomData }
    }

    pub(crate) fn refused(refusal: Refusal) -> Self {
        Self { tree: Tree::Refused(refusal), depth: 1, table: PhantomData }
    }

    pub(crate) fn compare(left: Term, comparison: Comparison, right: Term) -> Self {
        let depth = 1 + left.depth().max(right.depth());
        Self::new(Tree::Compare { left, comparison, right }, depth)
    }

    pub(crate) fn in_list(term: Term, list: Vec<Literal>) -> Self {
        let depth = 1 + term.depth();
        Self::new(Tree::In { term, list }, depth)
    }

    pub(crate) fn text_test(test: TextTest, term: Term, pattern: Term) -> Self {
        let depth = 1 + term.depth().max(pattern.depth());
        Self::new(Tree::Text { test, term, pattern }, depth)
    }

    pub(crate) fn holds(term: Term) -> Self {
        let depth = 1 + term.depth();
        Self::new(Tree::Holds(term), depth)
    }

    /// A condition that holds for every row, or for none.
    #[must_use]
    pub fn constant(holds: bool) -> Self {
        Self::new(Tree::Constant(holds), 1)
    }

    /// Holds where both conditions hold.
    #[must_use]
    pub fn and(self, other: impl Condition<T>) -> Self {
        let other = other.into_predicate();
        let depth = joined_depth(&self, &other, |tree| matches!(tree, Tree::And(_)));
        Self::new(Tree::and(self.tree, other.tree), depth)
    }

    /// Holds where at least one of the conditions holds.
    #[must_use]
    pub fn or(self, other: impl Condition<T>) -> Self {
        let other = other.into_predicate();
        let depth = joined_depth(&self, &other, |tree| matches!(tree, Tree::Or(_)));
        let tree = match (self.tree, other.tree) {
            (Tree::Or(mut left), Tree::Or(right)) => {
                left.extend(right);
                Tree::Or(left)
            }
            (Tree::Or(mut left), right) => {
                left.push(right);
                Tree::Or(left)
            }
            (left, right) => Tree::Or(vec![left, right]),
        };
        Self::new(tree, depth)
    }

    /// Holds where all of the conditions hold; everywhere if there are none.
    #[must_use]
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        let (trees, depth) = list(conditions);
        Self::new(Tree::And(trees), depth)
    }

    /// Holds where any of the conditions holds; nowhere if there are none.
    #[must_use]
    pub fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        let (trees, depth) = list(conditions);
        Self::new(Tree::Or(trees), depth)
    }

    /// Borrows the tree.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    pub(crate) fn into_tree(self) -> Tree {
        self.tree
    }
}

fn list<T>(conditions: impl IntoIterator<Item = Predicate<T>>) -> (Vec<Tree>, usize) {
    let mut depth = 0;
    let trees = conditions.into_iter().map(|condition| {
        depth = depth.max(condition.depth);
        condition.tree
    });
    let trees = trees.collect();
    (trees, depth + 1)
}

/// The levels of two conditions joined, where a condition that is such a list itself goes up into it:
/// the left one always, the right one only into a left one.
fn joined_depth<T>(left: &Predicate<T>, right: &Predicate<T>, is_list: fn(&Tree) -> bool) -> usize {
    let right_depth = right.depth + usize::from(!(is_list(&left.tree) && is_list(&right.tree)));
    let left_depth = left.depth + usize::from(!is_list(&left.tree));
    left_depth.max(right_depth)
}

impl<T> std::ops::Not for Predicate<T> {
    type Output = Self;

    /// Holds where the condition does not.
    fn not(self) -> Self {
        let depth = self.depth + 1;
        Self::new(Tree::Not(Box::new(self.tree)), depth)
    }
}

impl Tree {
    pub(crate) fn and(left: Self, right: Self) -> Self {
        match (left, right) {
            (Self::And(mut left), Self::And(right)) => {
                left.extend(right);
                Self::And(left)
            }
            (Self::And(mut left), right) => {
                left.push(right);
                Self::And(left)
            }
            (left, right) => Self::And(vec![left, right]),
        }
    }
}

impl<T> Clone for Predicate<T> {
    fn clone(&self) -> Self {
        Self { tree: self.tree.clone(), depth: self.depth, table: PhantomData }
    }
}

impl<T> PartialEq for Predicate<T> {
    fn eq(&self, other: &Self) -> bool {
        self.tree == other.tree
    }
}

impl<T> fmt::Debug for Predicate<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tree.fmt(f)
    }
}
