//! What follows the name of an option.

use quote::ToTokens as _;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitStr, UnOp};

use crate::diagnostics::nearest;
use crate::model::rule::{Merge, Number};

/// What follows an option's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Argument {
    None,
    Text,
    Texts,
    Path,
    OptionalExpression,
    Length,
    Number,
    Merge,
    /// Names with literals, in parentheses.
    Constants,
}

impl Argument {
    pub(super) fn describe(self, name: &str) -> String {
        match self {
            Self::None => "no value".to_owned(),
            Self::Text => format!("a string: `{name} = \"..\"`"),
            Self::Texts => format!("a string or several: `{name} = \"..\"`, `{name} = [\"..\", \"..\"]`"),
            Self::Path => format!("a path: `{name} = ..`"),
            Self::OptionalExpression => format!("an expression: `{name} = ..`"),
            Self::Length => format!("a count of characters: `{name} = 80`"),
            Self::Number => format!("a number of at most 400 digits: `{name} = 10` or `{name} = -0.5`"),
            Self::Merge => format!("the name of a rule or the path of a function: `{name} = ..`"),
            Self::Constants => format!("columns with constants: `{name}(region = \"EU\", level = 3)`"),
        }
    }
}

/// A text.
pub(super) fn text_of(value: &Expr) -> Option<&LitStr> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
        _ => None,
    }
}

/// A text, or an array of at least one.
pub(super) fn texts_of(value: &Expr) -> Option<Vec<&LitStr>> {
    match value {
        Expr::Array(array) if !array.elems.is_empty() => array.elems.iter().map(text_of).collect(),
        value => text_of(value).map(|text| vec![text]),
    }
}

/// The number that a literal without a suffix gives, as a length.
pub(super) fn length_of(value: &Expr) -> Option<u64> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Int(length), .. }) if length.suffix().is_empty() => length.base10_parse().ok(),
        _ => None,
    }
}

/// The number that a literal without a suffix gives, a minus before it or not.
pub(super) fn number_of(value: &Expr) -> Option<Number> {
    let (sign, literal) = match value {
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => ("-", &**expr),
        literal => ("", literal),
    };
    let digits = match literal {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if number.suffix().is_empty() => number.base10_digits(),
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) if number.suffix().is_empty() => number.base10_digits(),
        _ => return None,
    };
    Number::parse(&format!("{sign}{digits}"))
}

/// The merge rule that a text or the path of a function gives.
pub(super) fn merge_of(value: &Expr) -> Option<Merge> {
    match value {
        Expr::Path(_) => Some(Merge::Function(value.to_token_stream())),
        value => text_of(value).and_then(|name| Merge::named(&name.value())),
    }
}

/// What to write in place of a value that is no merge rule.
pub(super) fn unknown_merge(value: Option<&Expr>) -> String {
    let name = value.and_then(text_of).map(LitStr::value);
    match name.as_deref().and_then(|name| nearest(name, Merge::NAMES)) {
        Some(near) => format!("no such merge rule: did you mean `merge = \"{near}\"`?"),
        None => {
            let known: Vec<_> = Merge::NAMES.iter().map(|name| format!("`\"{name}\"`")).collect();
            format!("`merge` takes {}, or the path of a function: `merge = my_merge`", known.join(", "))
        }
    }
}
