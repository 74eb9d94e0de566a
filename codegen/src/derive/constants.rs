//! The constants of `on_insert(region = "EU", level = 3)`.

use proc_macro2::TokenStream;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Expr, ExprGroup, ExprLit, ExprUnary, Ident, Lit, LitStr, Token, UnOp};

use crate::diagnostics::Diagnostics;
use crate::model::{ConstantModel, ConstantValue, Name};

struct Constant {
    name: Name,
    value: Expr,
}

impl Parse for Constant {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = if input.peek(LitStr) {
            let name: LitStr = input.parse()?;
            Name { text: name.value(), place: name.span().into() }
        } else if input.peek(Ident::peek_any) {
            let name = Ident::parse_any(input)?;
            Name { text: name.unraw().to_string(), place: name.span().into() }
        } else {
            return Err(input.error("expected a column's name on the wire, as a name or a string"));
        };
        input.parse::<Token![=]>()?;
        Ok(Self { name, value: input.parse()? })
    }
}

/// Reads the list between the parentheses.
pub(super) fn read(list: TokenStream, option: &str, diagnostics: &mut Diagnostics) -> Vec<ConstantModel> {
    let constants = match Punctuated::<Constant, Token![,]>::parse_terminated.parse2(list) {
        Ok(constants) => constants,
        Err(error) => {
            diagnostics.error(error.span(), format!("`{option}(..)` cannot be read: {error}"));
            return Vec::new();
        }
    };
    let mut read = Vec::new();
    for Constant { name, value } in constants {
        match literal(&value) {
            Ok(value) => read.push(ConstantModel { name, value }),
            Err(message) => diagnostics.error(value.span(), message),
        }
    }
    read
}

fn literal(value: &Expr) -> Result<ConstantValue, &'static str> {
    match value {
        Expr::Group(ExprGroup { expr, .. }) => literal(expr),
        Expr::Lit(ExprLit { lit, .. }) => constant(lit, ""),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => match &**expr {
            Expr::Lit(ExprLit { lit: lit @ (Lit::Int(_) | Lit::Float(_)), .. }) => constant(lit, "-"),
            _ => Err(KINDS),
        },
        _ => Err(KINDS),
    }
}

const KINDS: &str = "a constant is a string, an integer, a number with a point, `true` or `false`";
const SUFFIX: &str = "write the number without a suffix: the column's type is the server's";

fn constant(literal: &Lit, sign: &str) -> Result<ConstantValue, &'static str> {
    match literal {
        Lit::Str(text) => Ok(ConstantValue::Text(text.value())),
        Lit::Bool(truth) => Ok(ConstantValue::Bool(truth.value)),
        Lit::Int(number) if number.suffix().is_empty() => format!("{sign}{}", number.base10_digits())
            .parse()
            .map(ConstantValue::Integer)
            .map_err(|_| "the integer does not fit 64 bits"),
        Lit::Float(number) if number.suffix().is_empty() => format!("{sign}{}", number.base10_digits())
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .map(ConstantValue::Float)
            .ok_or("the number is beyond what 64 bits hold"),
        Lit::Int(_) | Lit::Float(_) => Err(SUFFIX),
        _ => Err(KINDS),
    }
}
