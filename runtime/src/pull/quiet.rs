//! Whether pages would change anything in the store: a pull of no news then writes nothing.

use crate::error::Error;
use crate::row::RowRef;
use crate::session::Session;
use crate::store::StoreRead;
use crate::table::TableSchema;
use crate::wire::answer::Page;

/// Whether the store has each row of the pages in the version that came, and nothing beside it that a
/// pulled row concerns: then nothing of them need be applied.
///
/// What is written between this look and the end of the pull is later than the pages.
pub(super) async fn changes_nothing(session: &Session, pages: &mut Vec<Page>) -> Result<bool, Error> {
    if pages.iter().any(|page| !page.unreadable.is_empty()) {
        return Ok(false);
    }
    let looked_at = std::mem::take(pages);
    let (looked_at, is_quiet) = session
        .read(move |snapshot| {
            let is_quiet = are_known(snapshot, &looked_at)?;
            Ok((looked_at, is_quiet))
        })
        .await?;
    *pages = looked_at;
    Ok(is_quiet)
}

fn are_known(snapshot: &mut dyn StoreRead, pages: &[Page]) -> Result<bool, Error> {
    let Some(schema) = pages.first().map(|page| page.rows.schema()) else { return Ok(true) };
    // Looked up once: mostly there are none.
    if !snapshot.graves(schema.name())?.is_empty() || !snapshot.quarantined(Some(schema.name()))?.is_empty() {
        return Ok(false);
    }
    for row in pages.iter().flat_map(|page| page.rows.iter()) {
        if !is_known(snapshot, schema, row)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_known(snapshot: &mut dyn StoreRead, schema: &'static TableSchema, row: RowRef<'_>) -> Result<bool, Error> {
    match snapshot.row(schema, row.id())? {
        None => Ok(row.is_deleted() && snapshot.entry_of(schema, row.id())?.is_none()),
        Some(stored) => {
            let is_same =
                row.version().is_some() && stored.row.version.as_ref().map(|version| version.as_str()) == row.version();
            Ok(is_same && !row.is_deleted() && stored.entry.is_none())
        }
    }
}
