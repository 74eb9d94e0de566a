//! The product's half of every comparison: what an app would write, over the floors' rows and pages.

use std::path::{Path, PathBuf};

use synctable::store::Synchronous as Level;
use synctable::wire::Dialect;
use synctable::{Id, SqliteStore, SyncContext, SyncTable, Table, Timestamp};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::Result;
use crate::floor::pull::client;
use crate::measure::rate_of;
use crate::mock::Pages;
use crate::rows::{Item, stamp_ms};
use crate::store::{Synchronous, check_count};
use crate::world::{World, fresh_file};

/// The floors' row as an app declares it; its stamp and version are the library's.
#[derive(Debug, Clone, SyncTable)]
#[sync(table = "todoitem")]
struct Todo {
    id: Id,
    title: String,
    complete: bool,
    priority: i64,
    #[sync(rename = "dueAt")]
    due: Timestamp,
}

impl Todo {
    fn of(item: &Item) -> Result<Todo> {
        let due = stamp_ms(&item.due_at).ok_or("a row's date cannot be read")?;
        Ok(Todo {
            id: Id::parse(&item.id)?,
            title: item.title.clone(),
            complete: item.complete,
            priority: item.priority,
            due: Timestamp::from_millis(due.cast_signed()).ok_or("a row's date is out of range")?,
        })
    }
}

/// A fresh store with its context open.
struct Device {
    context: SyncContext,
    items: Table<Todo>,
    path: PathBuf,
    _folder: TempDir,
}

impl Device {
    fn open(world: &World, url: &str, disk: Synchronous) -> Result<Device> {
        let (folder, path) = fresh_file()?;
        let context = open(world, url, &path, disk)?;
        Ok(Device { items: context.table::<Todo>(), context, path, _folder: folder })
    }

    fn pull(&self, world: &World, pages: &Pages) -> Result<f64> {
        let rate = rate_of(pages.rows(), || pull_all(world, &self.items, pages.page_size()))?;
        check_count(&self.path, "todoitem", pages.rows())?;
        Ok(rate)
    }
}

fn open(world: &World, url: &str, path: &Path, disk: Synchronous) -> Result<SyncContext> {
    let level = match disk {
        Synchronous::Full => Level::Full,
        Synchronous::Normal => Level::Normal,
    };
    let context = SyncContext::builder(url)
        .dialect(Dialect::Toolkit)
        .store(SqliteStore::at(path).synchronous(level))
        // As the floors: a request over loopback needs no proxy.
        .http(client()?)
        .table::<Todo>();
    world.run(async move { Ok(context.open().await?) })
}

fn pull_all(world: &World, items: &Table<Todo>, page_size: u64) -> Result<()> {
    let (items, pull) = (items.clone(), Todo::pull("all").page_size(u32::try_from(page_size)?));
    world.run(async move { Ok(items.pull(pull).await?.into_result()?) })
}

/// Rows a second of a cold pull into a fresh store.
pub(crate) fn pull(world: &World, url: &str, pages: &Pages) -> Result<f64> {
    Device::open(world, url, Synchronous::Full)?.pull(world, pages)
}

/// Rows a second of a full pull whose rows are all there with the same versions.
pub(crate) fn pull_again(world: &World, url: &str, pages: &Pages) -> Result<f64> {
    let device = Device::open(world, url, Synchronous::Full)?;
    device.pull(world, pages)?;
    let (items, pull) = (device.items.clone(), synctable::Pull::full().page_size(u32::try_from(pages.page_size())?));
    rate_of(pages.rows(), || {
        let report = world.run(async move { Ok(items.pull(pull).await?) })?;
        if report.rows() < pages.rows() {
            return Err(format!("the second pull brought {} rows, expected {}", report.rows(), pages.rows()).into());
        }
        Ok(report.into_result()?)
    })
}

/// Pulls a second that find nothing new: each is checked to be one request and to leave the file alone.
pub(crate) fn pull_nothing(world: &World, url: &str, pages: &Pages, pulls: u64) -> Result<f64> {
    let device = Device::open(world, url, Synchronous::Full)?;
    device.pull(world, pages)?;
    let reader = rusqlite::Connection::open(&device.path)?;
    let version = || reader.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0));
    let before = version()?;
    let items = device.items.clone();
    let rate = rate_of(pulls, || {
        world.run(async move {
            for _ in 0..pulls {
                let report = items.pull(Todo::pull("all")).await?;
                if report.requests() != 1 {
                    return Err(format!("a pull without news sent {} requests, expected 1", report.requests()).into());
                }
                report.into_result()?;
            }
            Ok(())
        })
    })?;
    if version()? != before {
        return Err("a pull without news wrote to the store".into());
    }
    Ok(rate)
}

/// Inserts a second, `in_flight` of them awaited at a time.
pub(crate) fn insert(world: &World, rows: &[Item], disk: Synchronous, in_flight: usize) -> Result<f64> {
    // Nothing is sent: the address is that of nobody.
    let device = Device::open(world, "http://127.0.0.1:9", disk)?;
    let mut lanes: Vec<Vec<Todo>> = (0..in_flight).map(|_| Vec::new()).collect();
    for (place, row) in rows.iter().enumerate() {
        lanes[place % in_flight].push(Todo::of(row)?);
    }
    let items = device.items.clone();
    let rate = rate_of(rows.len() as u64, || {
        world.run(async move {
            let mut tasks = JoinSet::<Result<()>>::new();
            for lane in lanes {
                let items = items.clone();
                tasks.spawn(async move {
                    for row in lane {
                        items.insert(row).await?;
                    }
                    Ok(())
                });
            }
            while let Some(lane) = tasks.join_next().await {
                lane??;
            }
            Ok(())
        })
    })?;
    check_count(&device.path, "todoitem", rows.len() as u64)?;
    check_count(&device.path, "__operations", rows.len() as u64)?;
    Ok(rate)
}

/// Operations a second of a push of inserts, synchronous=FULL and a commit an operation.
pub(crate) fn push(world: &World, url: &str, rows: &[Item], lanes: usize) -> Result<f64> {
    let device = Device::open(world, url, Synchronous::Full)?;
    let todos: Vec<Todo> = rows.iter().map(Todo::of).collect::<Result<_>>()?;
    let context = device.context.clone();
    world.run(async move {
        let queued = context.transaction(move |tx| todos.into_iter().try_for_each(|row| tx.insert(row).map(drop)));
        Ok(queued.await?)
    })?;
    let context = device.context.clone();
    let rate = rate_of(rows.len() as u64, || {
        world.run(async move { Ok(context.push_with(synctable::Push::new().lanes(lanes)).await?.into_result()?) })
    })?;
    check_count(&device.path, "__operations", 0)?;
    Ok(rate)
}

/// Does one cold pull between two calls of `mark`, the first when store and client are open.
pub(crate) fn pull_for_memory(world: &World, url: &str, page_size: u64, mark: &mut dyn FnMut()) -> Result<()> {
    let device = Device::open(world, url, Synchronous::Full)?;
    mark();
    pull_all(world, &device.items, page_size)?;
    mark();
    Ok(())
}
