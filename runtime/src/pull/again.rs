//! Reads rows by their ids, many a request.

use std::collections::HashMap;

use crate::error::Error;
use crate::query::odata;
use crate::row::{Remote, RowBatch};
use crate::session::Session;
use crate::table::TableSchema;
use crate::value::Id;
use crate::wire::answer::{Truth, UnreadableRow};
use crate::wire::{Dialect, PageRequest};

use super::ask;

/// Ids of one request at most: no server's page is smaller, so that none is missing for want of room.
const IDS: usize = 50;

/// What the server has under an id.
#[derive(Debug)]
pub(crate) enum Found {
    /// Nothing.
    Nothing,
    /// A live row or a tombstone.
    Remote(Remote),
    /// A row of which a column cannot be read.
    Unreadable(UnreadableRow),
}

/// What the reading cost.
#[derive(Debug, Default)]
pub(crate) struct Cost {
    pub(crate) requests: u64,
    pub(crate) bytes: u64,
}

/// Reads rows by id; those that a list leaves open one by one.
///
/// Neither a filter nor parameters are sent: what counts is whether the server still has the row.
///
/// # Errors
/// As a read of a page; `Store`: the store cannot be used.
///
/// # Cancellation
/// Nothing is changed.
pub(super) async fn read(
    session: &Session,
    dialect: Dialect,
    schema: &'static TableSchema,
    ids: Vec<Id>,
    cost: &mut Cost,
) -> Result<Vec<(Id, Found)>, Error> {
    let client = session.wire.for_one_call();
    let wire = client.table(schema);
    let mut found: HashMap<String, Found> = HashMap::with_capacity(ids.len());
    let mut is_whole = true;
    let mut has_unknown_members = false;
    for some in ids.chunks(IDS) {
        for filter in odata::id_lists(some.iter().map(Id::as_str), &dialect.syntax(), ask::fixed_bytes(dialect, schema))
        {
            let requests = &mut cost.requests;
            let request =
                PageRequest { filter: Some(&filter), order: "id", top: some.len() as u64, ..PageRequest::EVERY };
            let page = client.repeat(|| {
                *requests += 1;
                wire.page(&request, RowBatch::new(schema))
            });
            let page = page.await.map_err(|failure| failure.error)?;
            cost.bytes += page.bytes;
            is_whole &= page.count == Some(page.row_count());
            has_unknown_members |= page.has_unknown_members;
            found.extend(page.rows.iter().map(|row| (row.id().to_owned(), Found::Remote(Remote::of(row.to_row())))));
            found.extend(page.unreadable.into_iter().map(|(_, row)| (row.id.clone(), Found::Unreadable(row))));
        }
    }
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        let row = match found.remove(id.as_str()) {
            Some(row) => row,
            None if is_whole => Found::Nothing,
            None => {
                let requests = &mut cost.requests;
                let truth = client.repeat(|| {
                    *requests += 1;
                    wire.truth(id.as_str())
                });
                match truth.await.map_err(|failure| failure.error)? {
                    Truth::None => Found::Nothing,
                    Truth::There(remote, unknown) => {
                        has_unknown_members |= unknown;
                        Found::Remote(remote)
                    }
                    Truth::Unreadable(row) => Found::Unreadable(row),
                }
            }
        };
        rows.push((id, row));
    }
    if has_unknown_members {
        session.saw_unknown_members(schema).await?;
    }
    Ok(rows)
}
