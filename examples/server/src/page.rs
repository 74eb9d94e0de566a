//! Answers lists.

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use synctable::testing::odata::parse_query;
use synctable::testing::typed::{resolve_filter, resolve_order};

use crate::answer;
use crate::dialect::{Address, Protocol};
use crate::projection::Projection;
use crate::store::{ListQuery, SortKey, StoredTable};

/// The sizes that bound a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageLimits {
    pub(crate) page_size: u64,
    pub(crate) max_top: u64,
}

/// A list to read, and what its answer needs besides the rows.
#[derive(Debug)]
pub(crate) struct PageRequest {
    pub(crate) list: ListQuery,
    top: Option<u64>,
}

/// Reads the query of a list; `Err` is the answer to one that cannot be read.
#[expect(clippy::result_large_err, reason = "the error is the answer itself")]
pub(crate) fn read(
    protocol: Protocol,
    table: &StoredTable,
    raw_query: &str,
    headers: &HeaderMap,
    limits: PageLimits,
) -> Result<PageRequest, Response> {
    let query = parse_query(raw_query, &protocol.query_options()).map_err(|error| protocol.query_error(&error))?;
    if let Some(top) = query.top.filter(|top| *top > limits.max_top) {
        let message = format!(
            "The limit of '{}' for Top query has been exceeded. The value from the incoming request is '{top}'.",
            limits.max_top
        );
        return Err(protocol.bad_query(&message));
    }
    let lookup = |name: &str| table.lookup(name);
    let filter = match &query.filter {
        Some(filter) => Some(resolve_filter(filter, &lookup).map_err(|error| protocol.query_error(&error))?),
        None => None,
    };
    let mut order = Vec::with_capacity(query.order.len());
    for key in &query.order {
        let typed = resolve_order(&key.expr, &lookup).map_err(|error| protocol.query_error(&error))?;
        order.push(SortKey { typed, descending: key.descending });
    }
    let projection = match &query.select {
        Some(names) => Projection::selected(table, names, protocol.dialect)
            .map_err(|name| protocol.bad_query(&format!("Could not find a property named '{name}' on the table.")))?,
        None => Projection::whole(table, protocol.dialect),
    };
    let list = ListQuery {
        filter,
        order,
        skip: query.skip.unwrap_or(0),
        limit: query.top.unwrap_or(limits.page_size).min(limits.page_size),
        count: query.count,
        include_deleted: query.include_deleted || protocol.includes_deleted(headers),
        projection,
    };
    Ok(PageRequest { list, top: query.top })
}

/// Writes the answer of a list.
///
/// A link is given while rows follow and the requested `$top` is not yet served (protocol 7.5).
pub(crate) fn write(
    protocol: Protocol,
    address: &Address<'_>,
    headers: &HeaderMap,
    top: Option<u64>,
    skip: u64,
    page: &crate::store::ListAnswer,
) -> Response {
    let rest = top.map(|top| top.saturating_sub(page.rows));
    let next = (page.more && rest != Some(0)).then(|| protocol.next_link(address, headers, skip + page.rows, rest));
    let mut response = answer::json(StatusCode::OK, protocol.envelope(&page.items, page.count, next.as_deref()));
    response.extensions_mut().insert(answer::RowsSent(page.rows));
    response
}

impl PageRequest {
    /// The `$top` that was asked for.
    pub(crate) fn top(&self) -> Option<u64> {
        self.top
    }
}
