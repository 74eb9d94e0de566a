//! Request queries by meaning: own filter, bounds on `updatedAt`, order, options; the dialects write them differently.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::case::Row;
use crate::instant;

/// What a list request asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query {
    /// Conditions of the filter joined by `and`, without those on `updatedAt`.
    pub(crate) own: Vec<String>,
    pub(crate) bounds: Vec<Bound>,
    /// Rows without a stamp are asked for.
    pub(crate) unstamped: bool,
    /// Last id of a page inside one millisecond.
    pub(crate) after_id: Option<String>,
    pub(crate) order: Vec<String>,
    pub(crate) top: Option<u64>,
    pub(crate) skip: Option<u64>,
    pub(crate) count: bool,
    pub(crate) include_deleted: bool,
    pub(crate) parameters: BTreeMap<String, String>,
}

/// `updatedAt op instant`, in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) op: String,
    pub(crate) millis: i64,
}

/// `column op literal` of a step's own query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Comparison {
    pub(crate) column: String,
    pub(crate) op: String,
    pub(crate) value: Value,
}

impl Query {
    /// Reads a query string; a path before `?` is dropped.
    ///
    /// # Errors
    /// The option or bound that cannot be read.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let text = match text.split_once('?') {
            Some((_, query)) => query,
            None if text.starts_with('/') => "",
            None => text,
        };
        let mut query = Self::default();
        for (name, value) in text.split('&').filter(|p| !p.is_empty()).map(|p| p.split_once('=').unwrap_or((p, ""))) {
            let name = decode(name);
            let value = decode(value);
            match name.as_str() {
                "$filter" => query.filter(&value)?,
                "$orderby" => {
                    query.order = value.split(',').map(|k| k.trim().trim_end_matches(" asc").to_owned()).collect()
                }
                "$top" => query.top = Some(number(&name, &value)?),
                "$skip" => query.skip = Some(number(&name, &value)?),
                "$count" => query.count = value == "true",
                "$inlinecount" => query.count = value == "allpages",
                other if other.eq_ignore_ascii_case("__includedeleted") => query.include_deleted = value == "true",
                other if other.starts_with('$') || other.starts_with("__") => {
                    return Err(format!("query option {other} is not known to the runner"));
                }
                _ => {
                    query.parameters.insert(name, value);
                }
            }
        }
        Ok(query)
    }

    fn filter(&mut self, text: &str) -> Result<(), String> {
        let text = bare(text);
        let parts = split(text, " and ");
        if parts.len() > 1 {
            return parts.into_iter().try_for_each(|p| self.filter(p));
        }
        let mut words = text.splitn(3, ' ');
        match (words.next(), words.next(), words.next()) {
            (Some("updatedAt"), Some("eq"), Some("null")) => self.unstamped = true,
            (Some("updatedAt"), Some(op), Some(literal)) => {
                let stamp = literal
                    .strip_prefix("cast(")
                    .and_then(|l| l.strip_suffix(",Edm.DateTimeOffset)"))
                    .or_else(|| literal.strip_prefix("datetimeoffset'").and_then(|l| l.strip_suffix('\'')))
                    .ok_or_else(|| format!("{literal} is no instant"))?;
                // Some recorded queries are encoded twice.
                let millis = instant::parse(&decode(stamp)).ok_or_else(|| format!("{stamp} is no instant"))?;
                self.bounds.push(Bound { op: op.to_owned(), millis });
            }
            (Some("id"), Some("gt"), Some(literal)) if literal.starts_with('\'') => {
                self.after_id = Some(literal.trim_matches('\'').replace("''", "'"));
            }
            _ => self.own.push(text.to_owned()),
        }
        Ok(())
    }

    /// The bound below which nothing is asked for; no bound and the epoch are the same.
    pub(crate) fn lower_bound(&self) -> i64 {
        self.bounds.iter().filter(|b| b.op == "ge" || b.op == "gt").map(|b| b.millis).max().unwrap_or(0)
    }
}

/// Reads `$filter=(a eq 'x') and …` of a step into comparisons.
///
/// # Errors
/// The condition that is not `column op literal`.
pub(crate) fn comparisons(filter: &str) -> Result<Vec<Comparison>, String> {
    let text = bare(filter.strip_prefix("$filter=").unwrap_or(filter));
    let parts = split(text, " and ");
    if parts.len() > 1 {
        return Ok(parts.into_iter().map(comparisons).collect::<Result<Vec<_>, _>>()?.concat());
    }
    let mut words = text.splitn(3, ' ');
    let (Some(column), Some(op), Some(literal)) = (words.next(), words.next(), words.next()) else {
        return Err(format!("filter {text} is not of the form column op literal"));
    };
    let value = match literal.strip_prefix('\'').and_then(|l| l.strip_suffix('\'')) {
        Some(text) => text.replace("''", "'").into(),
        None => serde_json::from_str(literal).map_err(|e| format!("literal {literal}: {e}"))?,
    };
    Ok(vec![Comparison { column: column.to_owned(), op: op.to_owned(), value }])
}

/// Whether a row meets all of the conditions.
///
/// # Errors
/// An operator that no case has used so far.
pub(crate) fn holds(conditions: &[Comparison], row: &Row) -> Result<bool, String> {
    for c in conditions {
        let value = row.get(&c.column).unwrap_or(&Value::Null);
        let holds = match c.op.as_str() {
            "eq" => *value == c.value,
            "ne" => *value != c.value,
            "gt" => value.as_f64().zip(c.value.as_f64()).is_some_and(|(a, b)| a > b),
            "lt" => value.as_f64().zip(c.value.as_f64()).is_some_and(|(a, b)| a < b),
            other => return Err(format!("operator {other} is not known to the runner")),
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

fn number(name: &str, value: &str) -> Result<u64, String> {
    value.parse().map_err(|_| format!("{name}={value} is no number"))
}

/// Percent-decodes; `+` stays, as no client here writes a space so.
pub(crate) fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Drops brackets that enclose the whole text.
fn bare(mut text: &str) -> &str {
    loop {
        text = text.trim();
        let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) else {
            return text;
        };
        if !balanced(inner) {
            return text;
        }
        text = inner;
    }
}

fn balanced(text: &str) -> bool {
    let (mut depth, mut quoted) = (0_i32, false);
    for c in text.chars() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0 && !quoted
}

/// Splits where the separator stands outside brackets and quotes.
fn split<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    for (at, _) in text.match_indices(separator) {
        if at >= start && balanced(&text[start..at]) {
            parts.push(&text[start..at]);
            start = at + separator.len();
        }
    }
    parts.push(&text[start..]);
    parts
}

#[test]
fn dialects_that_mean_the_same_read_the_same() {
    let v3 = Query::read("/tables/t?$filter=((a eq 'x and y') and (updatedAt ge cast(2001-02-03T00:00:00.000Z,Edm.DateTimeOffset)))&$orderby=updatedAt&$count=true&__includedeleted=true").expect("v3");
    let n2 = Query::read("$filter=%28a%20eq%20'x%20and%20y'%20and%20updatedAt%20ge%20datetimeoffset'2001-02-03T00:00:00.0000000%252B00:00'%29&$orderby=updatedAt&$inlinecount=allpages&__includeDeleted=true").expect("n2");
    assert_eq!(v3, n2);
    assert_eq!(v3.own, ["a eq 'x and y'"]);
    assert_eq!(v3.lower_bound(), instant::parse("2001-02-03T00:00:00Z").expect("instant"));
    let inner = Query::read("$filter=updatedAt ge datetimeoffset'2001-02-03T00:00:00.000Z' and updatedAt lt datetimeoffset'2001-02-03T00:00:00.001Z' and id gt 'o''k'&$orderby=id").expect("inner");
    assert_eq!((inner.after_id.as_deref(), inner.bounds.len()), (Some("o'k"), 2));
    assert!(Query::read("$frob=1").is_err());
    assert_eq!(comparisons("$filter=(rating eq 'G') and (n gt 3)").expect("own").len(), 2);
}
