//! What OData v3 has and Node's parser refuses.

use synctable::testing::Value;
use synctable::testing::odata::{Expr, ExprNode, Function, Literal, QueryError};
use synctable::testing::value::parse_instant;

/// The longest text that `replace` puts in, in units of UTF-16.
const LONGEST_REPLACEMENT: usize = 100;

/// Refuses a `datetime'…'` of another form than Node reads: three digits of a second or none, and `Z`.
pub(super) fn check_datetimes(filter: &str) -> Result<(), QueryError> {
    let mut at = 0;
    let mut before = "";
    for (place, piece) in filter.split('\'').enumerate() {
        let is_text = place % 2 == 1;
        if is_text && last_word(before) == "datetime" && !is_datetime(piece) {
            let message = format!("'{piece}' is not a datetime as yyyy-MM-ddTHH:mm:ss.fffZ");
            return Err(QueryError { option: "$filter", at, message });
        }
        at += piece.chars().count() + 1;
        before = piece;
    }
    Ok(())
}

fn last_word(text: &str) -> &str {
    text.rsplit(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').next().unwrap_or_default()
}

fn is_datetime(text: &str) -> bool {
    let fraction = text.get(19..).and_then(|rest| rest.strip_suffix('Z'));
    let digits = fraction.is_some_and(|fraction| match fraction.strip_prefix('.') {
        Some(digits) => digits.len() == 3,
        None => fraction.is_empty(),
    });
    digits && parse_instant(text).is_some()
}

/// Refuses a `replace` that could make a text of any length: what it puts in is a short constant.
pub(super) fn check_replacements(expr: &Expr) -> Result<(), QueryError> {
    match &expr.node {
        ExprNode::Literal(_) | ExprNode::Member(_) => Ok(()),
        ExprNode::Not(inner) | ExprNode::Negate(inner) | ExprNode::Cast(inner, _) => check_replacements(inner),
        ExprNode::Binary(_, left, right) => {
            check_replacements(left)?;
            check_replacements(right)
        }
        ExprNode::In(left, list) => {
            check_replacements(left)?;
            list.iter().try_for_each(check_replacements)
        }
        ExprNode::Call(function, arguments) => {
            if let (Function::Replace, Some(by)) = (function, arguments.get(2))
                && !is_short_constant(by)
            {
                let message = format!(
                    "the third argument of replace must be a constant of at most {LONGEST_REPLACEMENT} characters"
                );
                return Err(QueryError { option: "$filter", at: by.at, message });
            }
            arguments.iter().try_for_each(check_replacements)
        }
    }
}

fn is_short_constant(expr: &Expr) -> bool {
    match &expr.node {
        ExprNode::Literal(Literal(Value::Text(text))) => text.encode_utf16().count() <= LONGEST_REPLACEMENT,
        ExprNode::Literal(_) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use synctable::testing::odata::{Grammar, Limits, parse_filter};

    use super::*;

    #[test]
    fn a_datetime_has_three_digits_or_none() {
        for filter in [
            "a ge datetime'2024-02-29T12:34:56Z'",
            "a ge datetime'2024-02-29T12:34:56.789Z' and b eq 'it''s'",
            "a ge datetimeoffset'2024-02-29T12:34:56.7891234+00:00'",
            "a eq 'datetime' or a eq 'x datetime''y'",
        ] {
            assert_eq!(check_datetimes(filter), Ok(()), "{filter}");
        }
        for (filter, at) in [
            ("a ge datetime'2024-02-29T12:34:56.7891234Z'", 14),
            ("b eq 'é''s' and (a ge datetime'2024-02-29T12:34:56.78Z')", 31),
            ("a ge datetime'2024-02-29T12:34:56.789'", 14),
            ("a ge datetime'2024-02-29T12:34:56.789+00:00'", 14),
            ("a ge datetime'2024-02-30T12:34:56Z'", 14),
            ("a ge datetime'é'", 14),
            ("datetime'", 9),
        ] {
            assert_eq!(check_datetimes(filter).map_err(|error| error.at), Err(at), "{filter}");
        }
    }

    #[test]
    fn what_replace_puts_in_is_a_short_constant() {
        let check = |filter: &str| {
            check_replacements(&parse_filter(filter, Grammar::V3, Limits { nodes: 4000, depth: 50 }).unwrap())
                .map_err(|error| error.at)
        };
        assert_eq!(check(&format!("replace(a,'x','{}') eq b", "é".repeat(100))), Ok(()));
        assert_eq!(check(&format!("replace(a,'x','{}') eq b", "é".repeat(101))), Err(14));
        assert_eq!(check(&format!("replace(a,'x','{}') eq b", "🥛".repeat(51))), Err(14));
        assert_eq!(check("not(b eq 'c' or length(replace(a,'x',a)) gt 1)"), Err(37));
        assert_eq!(check("replace(a,a,null) eq b"), Ok(()));
    }
}
