//! A document of the rows of a live table: types by what the server says, else by what rows hold.

mod infer;

use std::collections::BTreeMap;

use synctable::wire::Dialect;

use super::made::{Made, is_system};
use crate::live::{Found, Live, LiveTable, Row};
use crate::outcome::Failure;
use infer::{Hint, Nulls};

/// How many requests for rows are sent.
const PAGES: usize = 5;
/// How many rows are asked for at once: what N2 takes at most.
const PAGE_ROWS: usize = 1000;

/// Reads some rows of a table and makes its document.
pub(super) async fn table(live: &Live, name: &str) -> Result<Made, Failure> {
    let Found::Table(table) = live.find(name, None).await? else {
        return Err(Failure::invalid(format!("{} has no table `{name}`", live.endpoint())));
    };
    let (rows, count) = rows(&table).await?;
    if rows.is_empty() {
        return Err(Failure::invalid(format!(
            "the table `{name}` of {} has no rows: only rows show which columns it has",
            live.endpoint()
        )));
    }
    let is_whole = count == Some(rows.len() as u64);
    let mut hints = BTreeMap::new();
    for column in infer::columns(&rows).into_iter().filter(|column| !is_system(column) && *column != "id") {
        let server_type = table.type_of(column).await?;
        let nulls = match infer::has_null(&rows, column) {
            true => Nulls::Some,
            false if is_whole => Nulls::None,
            false => match table.has_null(column).await? {
                Some(true) => Nulls::Some,
                Some(false) => Nulls::None,
                None => Nulls::Unseen,
            },
        };
        hints.insert(column.to_owned(), Hint { server_type, nulls });
    }
    let mut made = infer::document(name, &rows, &hints);
    if !is_whole {
        let all = count.map_or("more".to_owned(), |count| count.to_string());
        made.note(None, format!("{} of {all} rows were read: the others may hold other types", rows.len()));
    }
    let has_tombstones = rows.iter().any(|row| row.contains_key("deleted"));
    match (table.dialect(), has_tombstones) {
        (Dialect::NodeV2, false) => {
            made.document.sync.soft_delete = Some(false);
            made.note(None, "the table deletes rows for good: devices never learn of rows that others deleted");
        }
        (Dialect::NodeV2, true) => {}
        (dialect, _) => made.note(None, format!("whether the table has soft delete cannot be seen: servers of the dialect {dialect} send `deleted` in any case")),
    }
    Ok(made)
}

/// Some pages of rows, and how many there are in all.
async fn rows(table: &LiveTable) -> Result<(Vec<Row>, Option<u64>), Failure> {
    let (mut rows, mut count): (Vec<Row>, _) = (Vec::new(), None);
    for _ in 0..PAGES {
        let page = table.rows(rows.len(), PAGE_ROWS).await?;
        let is_empty = page.rows.is_empty();
        count = page.count.or(count);
        rows.extend(page.rows);
        if is_empty || count.is_some_and(|count| rows.len() as u64 >= count) {
            break;
        }
    }
    Ok((rows, count))
}
