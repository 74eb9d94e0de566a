//! Floors of the pull: parsing, bulk writing, fetching, and the three overlapped.

use std::path::Path;

use axum::body::Bytes;
use reqwest::Client;
use rusqlite::{Connection, Statement, params};
use serde::Deserialize;
use tokio::sync::mpsc;

use crate::Result;
use crate::cells::{Cell, Page, each_row};
use crate::measure::rate_of;
use crate::mock::Pages;
use crate::rows::{COLUMNS, FIRST_STAMP_MS, Item, ROW_BYTES, item, stamp};
use crate::store::{Pragmas, Transactions, check_count, insert_sql, open, upsert_sql};
use crate::world::{World, fresh_file};

/// Rows of one commit of a grouped pull.
pub(crate) const GROUP_ROWS: usize = 5_000;

/// Parses every page into rows of type `R` and drops them.
pub(crate) fn parse<'p, R: Deserialize<'p>>(pages: &'p [Bytes], rows: u64) -> Result<f64> {
    rate_of(rows, || {
        for page in pages {
            let page: Page<R> = serde_json::from_slice(page)?;
            std::hint::black_box(page);
        }
        Ok(())
    })
}

/// Parses every page by the list of columns.
pub(crate) fn parse_columns(pages: &[Bytes], rows: u64) -> Result<f64> {
    rate_of(rows, || {
        for page in pages {
            each_row(page, &COLUMNS, |cells| {
                std::hint::black_box(cells);
                Ok(())
            })?;
        }
        Ok(())
    })
}

/// Rows that are ready in memory, written in one transaction.
pub(crate) fn bulk(connection: &Connection, sql: &str, rows: &[Item]) -> Result<f64> {
    let mut statement = connection.prepare(sql)?;
    let mut transactions = Transactions::on(connection)?;
    rate_of(rows.len() as u64, || {
        transactions.run(|| {
            for row in rows {
                bind_item(&mut statement, row)?;
            }
            Ok(())
        })
    })
}

/// Binds a row to a statement of every column and runs it.
pub(crate) fn bind_item(statement: &mut Statement<'_>, row: &Item) -> rusqlite::Result<usize> {
    let Item { id, title, complete, priority, due_at, updated_at, version } = row;
    statement.execute(params![id, title, complete, priority, due_at, updated_at, version])
}

/// Inserts rows into a fresh file.
pub(crate) fn bulk_insert(rows: &[Item]) -> Result<f64> {
    let (_folder, path) = fresh_file()?;
    bulk(&open(&path, Pragmas::NORMAL)?, &insert_sql(), rows)
}

/// Upserts rows into a fresh file.
pub(crate) fn bulk_upsert_new(rows: &[Item]) -> Result<f64> {
    let (_folder, path) = fresh_file()?;
    bulk(&open(&path, Pragmas::NORMAL)?, &upsert_sql(), rows)
}

/// Upserts rows into a file that holds them.
pub(crate) fn bulk_upsert_existing(rows: &[Item]) -> Result<f64> {
    let (_folder, path) = fresh_file()?;
    let connection = open(&path, Pragmas::NORMAL)?;
    bulk(&connection, &insert_sql(), rows)?;
    bulk(&connection, &upsert_sql(), rows)
}

/// Parses prepared pages and upserts their rows, a commit every `group` rows; no network.
pub(crate) fn apply_pages(pages: &[Bytes], rows: u64, pragmas: Pragmas, group: usize) -> Result<f64> {
    let (_folder, path) = fresh_file()?;
    let connection = open(&path, pragmas)?;
    rate_of(rows, || apply_grouped(&connection, pages, group))
}

/// As [`apply_pages`] where every row is there and is written again.
pub(crate) fn apply_pages_again(pages: &[Bytes], rows: u64, pragmas: Pragmas, group: usize) -> Result<f64> {
    let (_folder, path) = fresh_file()?;
    let connection = open(&path, pragmas)?;
    apply_grouped(&connection, pages, usize::MAX)?;
    rate_of(rows, || apply_grouped(&connection, pages, group))
}

fn apply_grouped(connection: &Connection, pages: &[Bytes], group: usize) -> Result<()> {
    let mut upsert = connection.prepare(&upsert_sql())?;
    let mut transactions = Transactions::on(connection)?;
    let mut pages = pages.iter();
    while !pages.as_slice().is_empty() {
        transactions.run(|| {
            let mut stored = 0;
            while stored < group
                && let Some(page) = pages.next()
            {
                stored += upsert_page(&mut upsert, page)?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn upsert_page(upsert: &mut Statement<'_>, page: &[u8]) -> Result<usize> {
    each_row(page, &COLUMNS, |cells| bind_cells(upsert, cells))
}

fn bind_cells(statement: &mut Statement<'_>, cells: &[Cell<'_>]) -> rusqlite::Result<()> {
    for (place, cell) in cells.iter().enumerate() {
        statement.raw_bind_parameter(place + 1, cell)?;
    }
    statement.raw_execute()?;
    Ok(())
}

/// Fetches the pages and parses them; nothing is stored.
pub(crate) fn fetch(world: &World, url: &str, pages: &Pages) -> Result<f64> {
    let mut pull = Requests::new(client()?, url, pages.page_size());
    rate_of(pages.rows(), || {
        world.run(async move {
            while let Some(page) = pull.next().await? {
                each_row(&page, &COLUMNS, |cells| {
                    std::hint::black_box(cells);
                    Ok(())
                })?;
            }
            Ok(())
        })
    })
}

/// Asks again and again for the last row alone; requests a second.
pub(crate) fn fetch_last(world: &World, url: &str, pages: &Pages, requests: u64) -> Result<f64> {
    let (client, url, last) = (client()?, url.to_owned(), stamp(FIRST_STAMP_MS + pages.rows() - 1));
    rate_of(requests, || {
        world.run(async move {
            for _ in 0..requests {
                let mut pull =
                    Requests { client: client.clone(), url: url.clone(), top: 1_000, from: Some(last.clone()) };
                let page = pull.next().await?.ok_or("the last page did not come")?;
                each_row(&page, &COLUMNS, |cells| {
                    std::hint::black_box(cells);
                    Ok(())
                })?;
            }
            Ok(())
        })
    })
}

/// Fetches the next page while a thread of its own parses and upserts the last one; a commit a page.
pub(crate) fn overlapdyn(world: &World, url: &str, pages: &Pages) -> Result<f64> {
    let (_folder, path) = fresh_file()?;
    let connection = open(&path, Pragmas::NORMAL)?;
    let pull = Requests::new(client()?, url, pages.page_size());
    let rate = rate_of(pages.rows(), || overlap(world, pull, 2, move |pages| store_pages(&connection, pages)))?;
    check_count(&path, "items", pages.rows())?;
    Ok(rate)
}

/// The pull floor: as [`overlapdyn`], with about 5 000 rows a commit, a look for a pending operation at each row, and
/// the token in the transaction of the rows it covers.
pub(crate) fn groupeddyn(world: &World, url: &str, pages: &Pages) -> Result<f64> {
    let (_folder, path) = fresh_file()?;
    let pull = GroupedPull::ready(&path, url, pages.page_size())?;
    let rate = rate_of(pages.rows(), || pull.run(world))?;
    check_count(&path, "items", pages.rows())?;
    Ok(rate)
}

/// A grouped pull with its file open and its client built.
pub(crate) struct GroupedPull {
    connection: Connection,
    requests: Requests,
}

impl GroupedPull {
    pub(crate) fn ready(path: &Path, url: &str, page_size: u64) -> Result<GroupedPull> {
        Ok(GroupedPull { connection: open(path, Pragmas::PULL)?, requests: Requests::new(client()?, url, page_size) })
    }

    pub(crate) fn run(self, world: &World) -> Result<()> {
        let GroupedPull { connection, requests } = self;
        let ahead = (GROUP_ROWS / usize::try_from(requests.top)?).max(2);
        overlap(world, requests, ahead, move |pages| store_grouped(&connection, pages))
    }
}

/// Fetches on the runtime, at most `ahead` pages before the `store` that has a thread of its own.
fn overlap<S>(world: &World, mut pull: Requests, ahead: usize, store: S) -> Result<()>
where
    S: FnOnce(mpsc::Receiver<Bytes>) -> Result<()> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(ahead);
    let store = std::thread::spawn(move || store(receiver));
    let sent = world.run(async move {
        while let Some(page) = pull.next().await? {
            sender.send(page).await.map_err(|_| "the store thread stopped")?;
        }
        Ok(())
    });
    store.join().expect("the store thread does not panic")?;
    sent
}

fn store_pages(connection: &Connection, mut pages: mpsc::Receiver<Bytes>) -> Result<()> {
    let mut upsert = connection.prepare(&upsert_sql())?;
    let mut transactions = Transactions::on(connection)?;
    while let Some(page) = pages.blocking_recv() {
        transactions.run(|| upsert_page(&mut upsert, &page))?;
    }
    Ok(())
}

fn store_grouped(connection: &Connection, mut pages: mpsc::Receiver<Bytes>) -> Result<()> {
    let mut upsert = connection.prepare(&upsert_sql())?;
    let mut pending = connection.prepare("SELECT 1 FROM operations WHERE tbl = 'items' AND item = ?1")?;
    let mut token = connection.prepare("INSERT OR REPLACE INTO tokens (name, token) VALUES ('all', ?1)")?;
    let mut transactions = Transactions::on(connection)?;
    while let Some(first) = pages.blocking_recv() {
        transactions.run(|| {
            let mut page = Some(first);
            let mut last = Bytes::new();
            let mut stored = 0;
            while let Some(rows) = page {
                stored += each_row(&rows, &COLUMNS, |cells| {
                    if !pending.exists([&cells[0]])? {
                        bind_cells(&mut upsert, cells)?;
                    }
                    Ok(())
                })?;
                last = rows;
                page = if stored < GROUP_ROWS { pages.blocking_recv() } else { None };
            }
            token.execute([last_member(&last, "\"updatedAt\":\"", '"')?])?;
            Ok(())
        })?;
    }
    Ok(())
}

/// The client of every floor; loopback needs no proxy.
pub(crate) fn client() -> Result<Client> {
    Ok(Client::builder().no_proxy().build()?)
}

/// The requests of a pull, one at a time; where the next begins is read from the end of the page before.
struct Requests {
    client: Client,
    url: String,
    top: u64,
    from: Option<String>,
}

impl Requests {
    fn new(client: Client, url: &str, top: u64) -> Requests {
        Requests { client, url: url.to_owned(), top, from: Some(stamp(0)) }
    }

    async fn next(&mut self) -> Result<Option<Bytes>> {
        let Some(from) = self.from.take() else {
            return Ok(None);
        };
        let Requests { url, top, .. } = self;
        let request = self.client.get(format!(
            "{url}/tables/todoitem?$filter=%28updatedAt%20ge%20cast%28{from},Edm.DateTimeOffset%29%29\
             &$orderby=updatedAt,id&$top={top}&$count=true&__includedeleted=true"
        ));
        let page = request.send().await?.error_for_status()?.bytes().await?;
        let count: u64 = last_member(&page, "\"count\":", ',')?.parse()?;
        if count > self.top {
            self.from = Some(last_member(&page, "\"updatedAt\":\"", '"')?.to_owned());
        }
        Ok(Some(page))
    }
}

/// The text between the last `start` of a page and the `end` after it.
fn last_member<'p>(page: &'p [u8], start: &str, end: char) -> Result<&'p str> {
    let tail = page.len().saturating_sub(2 * ROW_BYTES);
    let tail = std::str::from_utf8(&page[tail..])?;
    let (_, value) = tail.rsplit_once(start).ok_or_else(|| format!("a page ends without {start}"))?;
    Ok(value.split_once(end).ok_or("a page is cut short")?.0)
}

/// The first `rows` rows.
pub(crate) fn items(rows: u64) -> Vec<Item> {
    (0..rows).map(item).collect()
}
