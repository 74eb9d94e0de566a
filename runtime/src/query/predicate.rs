//! The predicate tree: one type for every filter, compiled to SQL and to OData.

use std::fmt;
use std::marker::PhantomData;

use crate::table::ColumnDef;
use crate::value::{ColumnType, Value};

/// A condition on the rows of table `T`; made by the operators of [`Column`](crate::Column).
///
/// A condition is two-valued, as in OData v4: `null eq null` is true, `null ne v` is true, an order
/// comparison or a text test with null is false, and `not` turns true into false and back.
pub struct Predicate<T> {
    tree: Tree,
    table: PhantomData<fn() -> T>,
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
    /// All of these; true if there are none.
    And(Vec<Tree>),
    /// Any of these; false if there are none.
    Or(Vec<Tree>),
    /// The opposite.
    Not(Box<Tree>),
}

/// A side of a comparison.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Term {
    /// The value of a column.
    Column(&'static ColumnDef),
    /// A constant.
    Literal(Literal),
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
}

impl<T> Predicate<T> {
    pub(crate) fn new(tree: Tree) -> Self {
        Self { tree, table: PhantomData }
    }

    pub(crate) fn compare(left: Term, comparison: Comparison, right: Term) -> Self {
        Self::new(Tree::Compare { left, comparison, right })
    }

    pub(crate) fn in_list(term: Term, list: Vec<Literal>) -> Self {
        Self::new(Tree::In { term, list })
    }

    pub(crate) fn text_test(test: TextTest, term: Term, pattern: Term) -> Self {
        Self::new(Tree::Text { test, term, pattern })
    }

    /// A condition that holds for every row, or for none.
    #[must_use]
    pub fn constant(holds: bool) -> Self {
        Self::new(Tree::Constant(holds))
    }

    /// Holds where both conditions hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::new(Tree::and(self.tree, other.tree))
    }

    /// Holds where at least one of the conditions holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::new(match (self.tree, other.tree) {
            (Tree::Or(mut left), Tree::Or(right)) => {
                left.extend(right);
                Tree::Or(left)
            }
            (Tree::Or(mut left), right) => {
                left.push(right);
                Tree::Or(left)
            }
            (left, right) => Tree::Or(vec![left, right]),
        })
    }

    /// Holds where all of the conditions hold; everywhere if there are none.
    #[must_use]
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Tree::And(conditions.into_iter().map(|condition| condition.tree).collect()))
    }

    /// Holds where any of the conditions holds; nowhere if there are none.
    #[must_use]
    pub fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Tree::Or(conditions.into_iter().map(|condition| condition.tree).collect()))
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

impl<T> std::ops::Not for Predicate<T> {
    type Output = Self;

    /// Holds where the condition does not.
    fn not(self) -> Self {
        Self::new(Tree::Not(Box::new(self.tree)))
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
        Self::new(self.tree.clone())
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
