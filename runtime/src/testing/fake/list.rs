//! Lists: which rows, in which order, which members, and the link to the next page.

use std::cmp::Ordering;

use super::json;
use super::table::{StoredRow, Table};
use crate::testing::eval::{compare_for_order, evaluate, holds};
use crate::testing::json::write_text;
use crate::testing::odata::{Grammar, Limits, OptionNames, Query, QueryError, QueryOptions, parse_query, query_pairs};
use crate::testing::typed::{Node, Typed, resolve_filter, resolve_order};

const OPTIONS: QueryOptions = QueryOptions {
    grammar: Grammar::V4,
    names: OptionNames::AnyCase,
    limits: Limits { nodes: 100, depth: 50 },
    inline_count: false,
    count: true,
};

/// The sizes that bound a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageLimits {
    pub(super) page_size: u64,
    pub(super) max_top: u64,
}

/// Answers a list with the body of its page; the error says what is wrong with the query.
pub(super) fn list(table: &Table, raw_query: &str, limits: PageLimits) -> Result<String, String> {
    let words = |error: QueryError| error.message;
    let query = parse_query(raw_query, &OPTIONS).map_err(words)?;
    if let Some(top) = query.top.filter(|top| *top > limits.max_top) {
        return Err(format!(
            "The limit of '{}' for Top query has been exceeded. The value from the incoming request is '{top}'.",
            limits.max_top
        ));
    }
    let lookup = |name: &str| table.lookup(name);
    let filter = query.filter.as_ref().map(|filter| resolve_filter(filter, &lookup)).transpose().map_err(words)?;
    let mut order = Vec::with_capacity(query.order.len());
    for key in &query.order {
        order.push((resolve_order(&key.expr, &lookup).map_err(words)?, key.descending));
    }
    let members = match &query.select {
        Some(names) => Member::selected(table, names)?,
        None => Member::all(table),
    };
    let mut rows: Vec<&StoredRow> = table
        .rows
        .values()
        .filter(|row| query.include_deleted || !table.is_tombstone(row))
        .filter(|row| filter.as_ref().is_none_or(|filter| holds(filter, &|name| table.value(row, name))))
        .collect();
    // Rows are in the order of their ids, and the sort keeps that among equals.
    rows.sort_by(|left, right| compare(table, &order, left, right));
    Ok(page(table, raw_query, &query, &rows, &members, limits))
}

fn compare(table: &Table, order: &[(Typed, bool)], left: &StoredRow, right: &StoredRow) -> Ordering {
    for (key, descending) in order {
        let of = |row: &StoredRow| match &key.node {
            Node::Column(name, _) => table.value(row, name),
            _ => evaluate(key, &|name| table.value(row, name)),
        };
        let ordering = compare_for_order(&of(left), &of(right));
        if ordering.is_ne() {
            return if *descending { ordering.reverse() } else { ordering };
        }
    }
    Ordering::Equal
}

/// A link is given while rows follow and the requested `$top` is not yet served.
fn page(
    table: &Table,
    raw_query: &str,
    query: &Query,
    rows: &[&StoredRow],
    members: &[Member],
    limits: PageLimits,
) -> String {
    let skip = usize::try_from(query.skip.unwrap_or(0)).unwrap_or(usize::MAX).min(rows.len());
    let size = query.top.unwrap_or(limits.page_size).min(limits.page_size);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let shown: Vec<&StoredRow> = rows[skip..].iter().copied().take(size).collect();
    let mut body = "{\"items\":[".to_owned();
    for (at, row) in shown.iter().enumerate() {
        if at > 0 {
            body.push(',');
        }
        write_row(&mut body, table, row, members);
    }
    body.push_str("],\"count\":");
    match query.count {
        true => body.push_str(&rows.len().to_string()),
        false => body.push_str("null"),
    }
    body.push_str(",\"nextLink\":");
    let served = shown.len() as u64;
    let rest = query.top.map(|top| top.saturating_sub(served));
    if skip + shown.len() < rows.len() && rest != Some(0) {
        write_text(&mut body, &next_link(raw_query, query.skip.unwrap_or(0) + served, rest));
    } else {
        body.push_str("null");
    }
    body.push('}');
    body
}

/// The query of the next page: what the request asked for, with the rest of `$top` and a new `$skip`.
fn next_link(raw_query: &str, skip: u64, top: Option<u64>) -> String {
    let is_paging = |name: &str| name.eq_ignore_ascii_case("$skip") || name.eq_ignore_ascii_case("$top");
    // The query was read already, so it can be split.
    let pairs = query_pairs(raw_query).unwrap_or_default();
    let mut parts: Vec<String> = pairs
        .iter()
        .filter(|(name, _)| !is_paging(name))
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    parts.extend(top.map(|top| format!("$top={top}")));
    parts.push(format!("$skip={skip}"));
    parts.join("&")
}

fn encode(text: &str) -> String {
    super::answer::percent_encode(text, |byte| byte.is_ascii_alphanumeric() || b"-._~$(),:/!*@;".contains(&byte))
}

/// A member of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Member {
    Id,
    UpdatedAt,
    Version,
    Deleted,
    /// The place of a column.
    Column(usize),
}

impl Member {
    const SYSTEM: [(&'static str, Self); 4] =
        [("updatedAt", Self::UpdatedAt), ("version", Self::Version), ("id", Self::Id), ("deleted", Self::Deleted)];

    /// All members, in the order in which the Toolkit writes them.
    pub(super) fn all(table: &Table) -> Vec<Self> {
        (0..table.columns.len()).map(Self::Column).chain(Self::SYSTEM.map(|(_, member)| member)).collect()
    }

    fn selected(table: &Table, names: &[String]) -> Result<Vec<Self>, String> {
        if names.iter().any(|name| name == "*") {
            return Ok(Self::all(table));
        }
        let find = |name: &String| {
            let system = Self::SYSTEM.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            system
                .map(|(_, member)| member)
                .or_else(|| table.place(name).map(Self::Column))
                .ok_or_else(|| format!("Could not find a property named '{name}' on the table."))
        };
        names.iter().map(find).collect()
    }

    fn name(self, table: &Table) -> &'static str {
        match self {
            Self::Id => "id",
            Self::UpdatedAt => "updatedAt",
            Self::Version => "version",
            Self::Deleted => "deleted",
            Self::Column(place) => table.columns[place].name,
        }
    }
}

/// Writes a row as JSON.
pub(super) fn write_row(out: &mut String, table: &Table, row: &StoredRow, members: &[Member]) {
    out.push('{');
    for (at, member) in members.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_text(out, member.name(table));
        out.push(':');
        match member {
            Member::Id => write_text(out, &row.id),
            Member::UpdatedAt => json::write_instant(out, row.updated_at),
            Member::Version => write_text(out, &row.version()),
            Member::Deleted => out.push_str(if row.deleted { "true" } else { "false" }),
            Member::Column(place) => json::write(out, &row.values[*place], table.columns[*place].column_type),
        }
    }
    out.push('}');
}
