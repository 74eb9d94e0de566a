//! The predicate tree: one type for every filter, compiled to SQL and to OData.

use std::fmt;
use std::marker::PhantomData;

use super::{Function, GROUP, MAX_DEPTH};
use crate::error::{Error, ErrorKind};
use crate::table::ColumnDef;
use crate::value::{ColumnType, Value};

/// A condition on the rows of table `T`; made by the operators of [`Column`](crate::Column).
///
/// A condition is two-valued, as in OData v4: `null eq null` is true, `null ne v` is true, an order
/// comparison or a text test with null is false, and `not` turns true into false and back.
pub struct Predicate<T> {
    tree: Tree,
    /// Levels of the tree as [`Tree::depth`] counts them. Invariant: at most [`MAX_DEPTH`], so that
    /// nothing that walks or drops it runs out of stack, and SQLite parses what it becomes.
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
        Self(format!(
            "the filter nests more than {MAX_DEPTH} levels of conditions and functions; join conditions by `all` and `any`"
        ))
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

    /// Whether the term, or one that it is computed from, is such a one.
    pub(crate) fn has(&self, is_sought: &dyn Fn(&Self) -> bool) -> bool {
        is_sought(self)
            || match self {
                Self::Column(_) | Self::Literal(_) => false,
                Self::Call { arguments, .. } => arguments.iter().any(|argument| argument.has(is_sought)),
            }
    }

    /// Levels of functions; an argument that is not the first lies two levels deeper.
    pub(crate) fn depth(&self) -> usize {
        match self {
            Self::Column(_) | Self::Literal(_) => 0,
            Self::Call { arguments, .. } => {
                let depths = arguments.iter().enumerate().map(|(place, term)| argument_level(place) + term.depth());
                depths.max().unwrap_or(1)
            }
        }
    }
}

/// The levels that an argument of a function lies below it, by its place: what comes before it stays
/// on the stack of SQLite's parser.
pub(crate) const fn argument_level(place: usize) -> usize {
    if place == 0 { 1 } else { 2 }
}

/// The levels that a list of so many conditions lies above them: SQL gets long lists in groups of
/// groups.
pub(crate) const fn list_levels(length: usize) -> usize {
    let (mut levels, mut groups) = (1, length);
    while groups > GROUP {
        groups = groups.div_ceil(GROUP);
        levels += 1;
    }
    levels
}

impl TextTest {
    /// All tests.
    #[cfg(feature = "sqlite")]
    pub(crate) const ALL: [Self; 3] = [Self::StartsWith, Self::EndsWith, Self::Contains];

    /// The name of the method that makes it.
    #[cfg(feature = "sqlite")]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::StartsWith => "starts_with",
            Self::EndsWith => "ends_with",
            Self::Contains => "contains",
        }
    }

    /// Whether a text passes.
    pub(crate) fn holds(self, text: &str, pattern: &str) -> bool {
        match self {
            Self::StartsWith => text.starts_with(pattern),
            Self::EndsWith => text.ends_with(pattern),
            Self::Contains => text.contains(pattern),
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

    /// Makes a predicate of a tree without trees in it.
    fn of(tree: Tree) -> Self {
        let depth = tree.depth();
        Self::new(tree, depth)
    }

    pub(crate) fn refused(refusal: Refusal) -> Self {
        Self { tree: Tree::Refused(refusal), depth: 1, table: PhantomData }
    }

    pub(crate) fn compare(left: Term, comparison: Comparison, right: Term) -> Self {
        Self::of(Tree::Compare { left, comparison, right })
    }

    pub(crate) fn in_list(term: Term, list: Vec<Literal>) -> Self {
        Self::of(Tree::In { term, list })
    }

    pub(crate) fn text_test(test: TextTest, term: Term, pattern: Term) -> Self {
        Self::of(Tree::Text { test, term, pattern })
    }

    pub(crate) fn holds(term: Term) -> Self {
        Self::of(Tree::Holds(term))
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
        let below = self.below(|tree| matches!(tree, Tree::And(_))).max(match &self.tree {
            Tree::And(_) => other.below(|tree| matches!(tree, Tree::And(_))),
            _ => other.depth,
        });
        let tree = Tree::and(self.tree, other.tree);
        let depth = below + tree.list_levels();
        Self::new(tree, depth)
    }

    /// Holds where at least one of the conditions holds.
    #[must_use]
    pub fn or(self, other: impl Condition<T>) -> Self {
        let other = other.into_predicate();
        let below = self.below(|tree| matches!(tree, Tree::Or(_))).max(match &self.tree {
            Tree::Or(_) => other.below(|tree| matches!(tree, Tree::Or(_))),
            _ => other.depth,
        });
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
        let depth = below + tree.list_levels();
        Self::new(tree, depth)
    }

    /// The levels below the list that the condition is, if it is such a list, else all of its levels:
    /// a list goes up into the list that it is joined to.
    fn below(&self, is_list: fn(&Tree) -> bool) -> usize {
        if is_list(&self.tree) { self.depth - self.tree.list_levels() } else { self.depth }
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
    let trees: Vec<Tree> = trees.collect();
    let levels = list_levels(trees.len());
    (trees, depth + levels)
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
    /// The levels of a tree without trees in it; one for any other.
    pub(crate) fn depth(&self) -> usize {
        match self {
            Self::Compare { left, right, .. } => 1 + left.depth().max(right.depth()),
            Self::In { term, .. } | Self::Holds(term) => 1 + term.depth(),
            // The pattern is the second argument of a function.
            Self::Text { term, pattern, .. } => {
                (argument_level(0) + term.depth()).max(argument_level(1) + pattern.depth())
            }
            Self::Constant(_) | Self::And(_) | Self::Or(_) | Self::Not(_) | Self::Refused(_) => 1,
        }
    }

    /// The levels that the tree itself has above the trees in it.
    pub(crate) fn list_levels(&self) -> usize {
        match self {
            Self::And(trees) | Self::Or(trees) => list_levels(trees.len()),
            _ => 1,
        }
    }

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
