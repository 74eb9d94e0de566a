//! Answers lists.

use std::sync::Arc;

use axum::http::header::LINK;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use synctable::testing::typed::{Node, Typed, resolve_filter, resolve_order};
use synctable::testing::{ColumnType, Kind};

use crate::answer;
use crate::dialect::{Address, Generation, NextPage, Progress, Protocol, literals_of_columns, node_filter};
use crate::projection::Projection;
use crate::store::{ListAnswer, ListQuery, SortKey, StoredTable};

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
    /// The `$top` that was asked for.
    pub(crate) top: Option<u64>,
}

/// Reads the query of a list; `Err` is the answer to one that cannot be read.
#[expect(clippy::result_large_err, reason = "the error is the answer itself")]
pub(crate) fn read(
    protocol: Protocol,
    table: &StoredTable,
    raw_query: &str,
    options: &[(String, String)],
    headers: &HeaderMap,
    limits: PageLimits,
) -> Result<PageRequest, Response> {
    let generation = protocol.generation;
    let query = protocol.read_query(raw_query, options, headers, limits)?;
    let lookup = |name: &str| protocol.lookup(table, name);
    let filter = match query.filter {
        Some(filter) => {
            let filter = if generation.is_v2() { literals_of_columns(filter, &lookup) } else { filter };
            let typed = resolve_filter(&filter, &lookup).map_err(|error| protocol.query_error(&error))?;
            Some(if generation == Generation::NodeV2 { node_filter(typed) } else { typed })
        }
        None => None,
    };
    let mut order = Vec::with_capacity(query.order.len());
    for key in &query.order {
        let typed = resolve_order(&key.expr, &lookup).map_err(|error| protocol.query_error(&error))?;
        order.push(SortKey { typed, descending: key.descending });
    }
    if order.is_empty() && generation == Generation::NodeV2 {
        // The real one gives rows as they were inserted.
        let node = Node::Column("createdAt".to_owned(), ColumnType::Instant);
        order.push(SortKey { typed: Typed { kind: Kind::Instant, node }, descending: false });
    }
    let projection = match &query.select {
        Some(names) => Projection::selected(table, names, generation)
            .map(Arc::new)
            .map_err(|name| protocol.bad_query(&format!("Could not find a property named '{name}' on the table.")))?,
        None => table.whole(generation),
    };
    let list = ListQuery {
        visible: None,
        filter,
        order,
        skip: query.skip.unwrap_or(0),
        limit: protocol.page_rows(query.top, limits),
        count: query.count,
        include_deleted: query.include_deleted,
        projection,
    };
    Ok(PageRequest { list, top: query.top })
}

/// Writes the answer of a list.
pub(crate) fn write(
    protocol: Protocol,
    address: &Address<'_>,
    headers: &HeaderMap,
    asked: &Asked,
    page: &ListAnswer,
) -> Response {
    let progress = Progress { top: asked.top, limit: asked.limit, skip: asked.skip, rows: page.rows, more: page.more };
    let next = protocol.next_page(address, headers, progress);
    let member = match &next {
        NextPage::Member(link) => Some(link.as_str()),
        NextPage::None | NextPage::Header(_) => None,
    };
    let body = protocol.envelope(&page.items, page.count, member);
    let mut response = match protocol.generation {
        Generation::NodeV2 => answer::json_with_tag(StatusCode::OK, body),
        Generation::Toolkit | Generation::V3 | Generation::DotNetV2 => answer::json(StatusCode::OK, body),
    };
    response.extensions_mut().insert(answer::RowsSent(page.rows));
    if let NextPage::Header(link) = next
        && let Ok(link) = HeaderValue::try_from(link)
    {
        response.headers_mut().insert(LINK, link);
    }
    response
}

/// What was asked of a page, as its link needs it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    top: Option<u64>,
    limit: u64,
    skip: u64,
}

impl PageRequest {
    pub(crate) fn asked(&self) -> Asked {
        Asked { top: self.top, limit: self.list.limit, skip: self.list.skip }
    }
}
