//! What servers refuse as too long, and lists of ids that stay below.

use super::filter::joined;
use super::literal::quoted;
use super::{FilterText, Syntax, encoded};

/// Comparisons of a chain of `or`: with the pull's own condition beside it still below 100 nodes.
const CHAIN: usize = 13;

/// Splits ids into filters that each name some of them: one `in`, or a chain of at most 13 `or`.
///
/// `fixed_bytes` counts the rest of the request line, encoded: method, path, other options and what
/// stands around the list. A filter of one id is given even where that is too long.
pub(crate) fn id_lists<'a>(ids: impl IntoIterator<Item = &'a str>, syntax: &Syntax, fixed_bytes: usize) -> Vec<String> {
    let most_bytes = syntax.request_line_bytes.saturating_sub(fixed_bytes);
    let most_ids = if syntax.has_in { usize::MAX } else { CHAIN };
    let mut lists: Vec<Vec<String>> = Vec::new();
    let mut bytes = 0;
    for id in ids {
        let literal = quoted(id);
        // `(id%20eq%20…)%20or%20` around an id, `,` between those of an `in`.
        let own = encoded(&literal).len() + if syntax.has_in { 1 } else { 20 };
        match lists.last_mut() {
            Some(list) if list.len() < most_ids && bytes + own <= most_bytes => {
                list.push(literal);
                bytes += own;
            }
            _ => {
                lists.push(vec![literal]);
                // `id%20in%20()` or the outer parentheses.
                bytes = own + 12;
            }
        }
    }
    lists.into_iter().map(|list| id_list(list, syntax)).collect()
}

fn id_list(literals: Vec<String>, syntax: &Syntax) -> String {
    if syntax.has_in {
        return format!("id in ({})", literals.join(","));
    }
    let tests = literals.into_iter().map(|literal| FilterText { text: format!("(id eq {literal})"), nodes: 4 });
    joined(tests.collect(), "or").text
}

/// Says what a refusal by 400 or 414 means, if the filter or the request line is above what such
/// servers take; `None` if it is below, so that the refusal has another reason.
pub(crate) fn too_long(filter_nodes: usize, request_line_bytes: usize, syntax: &Syntax) -> Option<String> {
    if request_line_bytes > syntax.request_line_bytes {
        return Some(format!(
            "the query is too long for a `{}` server: its request line has {request_line_bytes} bytes, at most {} \
             are taken; ask with several shorter filters",
            syntax.dialect, syntax.request_line_bytes
        ));
    }
    let most = syntax.filter_nodes.filter(|most| filter_nodes > *most)?;
    Some(format!(
        "the filter is too long for a `{}` server: it has up to {filter_nodes} nodes, at most {most} are taken; \
         ask with several shorter filters, or with `is_in` for a list",
        syntax.dialect
    ))
}
