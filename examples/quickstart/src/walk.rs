//! The steps of the walk; what they print is read back from a store or from the server.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use synctable::{Id, RemoteRow, Status, SyncContext, SyncTable, Table, Timestamp};
use synctable_server::{Config, Server, todoitem_table};

use crate::options::Options;
use crate::{Failure, server_view};

#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "todoitem")]
struct TodoItem {
    id: Id,
    title: String,
    complete: bool,
    #[sync(rename = "dueAt")]
    due: Option<Timestamp>,
}

const TABLET: &str = "tablet.db";
const PHONE: &str = "phone.db";

/// One device: its store file and the server that it syncs with.
struct Device {
    path: PathBuf,
    server: String,
    options: Options,
}

impl Device {
    async fn open(&self) -> Result<(SyncContext, Table<TodoItem>), Failure> {
        let mut builder = SyncContext::builder(&self.server).store_path(&self.path).table::<TodoItem>();
        if let Some(dialect) = self.options.dialect {
            builder = builder.dialect(dialect);
        }
        let context = builder.open().await?;
        let items = context.table::<TodoItem>();
        Ok((context, items))
    }
}

/// Walks all steps; the first that does not hold ends the walk.
pub(crate) async fn walk(options: Options) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let folder: &Path = match &options.keep {
        Some(keep) => {
            // The stores of an earlier walk belong to its server.
            if keep.join(TABLET).exists() || keep.join(PHONE).exists() {
                return Err(format!("{} has the stores of an earlier walk; name another folder", keep.display()).into());
            }
            std::fs::create_dir_all(keep)?;
            keep
        }
        None => folder.path(),
    };
    let nobody = format!("http://127.0.0.1:{}", free_port()?);
    // The generation is said of the true server only: with it known, the first push would send a write
    // at once, and a write binds the store to the address that it is sent to.
    let mut tablet = device(folder, TABLET, &nobody, &Options::default());

    step("1. A table and a store, no server in reach");
    let (context, items) = tablet.open().await?;
    let milk = items.insert(todo("Milk")).await?;
    let bread = items.insert(todo("Bread")).await?;
    let eggs = items.insert(todo("Eggs")).await?;
    let ours = [milk.id.clone(), bread.id.clone(), eggs.id.clone()];
    show_items(&items, &ours).await?;

    step("2. Push while offline: it says so, and the items stay");
    let report = context.push().await?;
    println!("   push: {} ({report})", report.status());
    hold(report.status() == Status::Offline, "the push is offline")?;
    hold(context.pending_count().await? == 3, "three operations are pending")?;

    step("3. Close the store, open it again");
    drop((context, items));
    let (context, items) = tablet.open().await?;
    show_items(&items, &ours).await?;
    println!("   pending: {}", context.pending_count().await?);
    hold(context.pending_count().await? == 3, "the restart lost nothing")?;
    drop((context, items));

    step("4. The server comes into reach: sync");
    let embedded = match &options.server {
        Some(_) => None,
        None => Some(Server::start(Config::new(vec![todoitem_table()]))?),
    };
    let url = match (&options.server, &embedded) {
        (Some(url), _) => url.clone(),
        (None, Some(server)) => server.url(),
        (None, None) => nobody,
    };
    tablet.server.clone_from(&url);
    tablet.options.dialect = options.dialect;
    let (context, items) = tablet.open().await?;
    let report = context.sync().await?;
    println!("   sync: {} ({report})", report.status());
    hold(report.status() == Status::Complete, "the sync is complete")?;
    let dialect = context.dialect();
    println!("   the server speaks {}", dialect.map_or_else(|| "?".to_owned(), |dialect| dialect.to_string()));

    step("5. What the server holds, read with plain requests");
    for id in &ours {
        let item = server_view::item(&url, dialect, id).await?.ok_or("an item is missing on the server")?;
        println!("   {} {} complete={}", item["id"], item["title"], item["complete"]);
    }

    step("6. A second device pulls, completes an item, pushes; the first pulls");
    let phone = device(folder, PHONE, &url, &options);
    let (phone_context, phone_items) = phone.open().await?;
    phone_context.sync().await?.into_result()?;
    hold(phone_items.get(&milk.id).await?.is_some(), "the phone has the milk")?;
    phone_items.edit(&milk.id, |item| item.complete = true).await?;
    phone_context.push().await?.into_result()?;
    items.pull(TodoItem::pull("all")).await?.into_result()?;
    show_items(&items, &ours).await?;
    hold(items.get(&milk.id).await?.is_some_and(|item| item.complete), "the tablet sees the milk completed")?;

    step("7. Both edit the bread: the second push reports the conflict");
    items.edit(&bread.id, |item| item.title = "Rye bread".to_owned()).await?;
    phone_items.edit(&bread.id, |item| item.title = "White bread".to_owned()).await?;
    context.push().await?.into_result()?;
    let report = phone_context.push().await?;
    hold(report.failed().len() == 1 && report.failed()[0].is_conflict(), "one conflict is reported")?;
    for failed in report.failed() {
        println!("   {}/{}: {failed}", failed.table(), failed.id());
    }
    for operation in phone_context.pending().await? {
        let title = |item: Option<TodoItem>| item.map_or_else(|| "-".to_owned(), |item| item.title);
        let remote = match operation.remote::<TodoItem>()? {
            Some(RemoteRow::Live(item)) => item.title,
            Some(RemoteRow::Deleted) => "deleted".to_owned(),
            None => "-".to_owned(),
        };
        println!("   base {:?}, local {:?}, remote {remote:?}", title(operation.base()?), title(operation.local()?));
        phone_context.discard(&operation).await?;
    }
    let bread_now = phone_items.get(&bread.id).await?.ok_or("the bread is gone")?;
    println!("   after discarding the phone's edit: {:?}", bread_now.title);
    hold(bread_now.title == "Rye bread", "the discard restored the server's row")?;

    step("8. A delete on one device disappears on the other");
    phone_items.delete(&eggs.id).await?;
    phone_context.push().await?.into_result()?;
    let report = items.pull(TodoItem::pull("all")).await?;
    println!("   pull: {report}");
    report.into_result()?;
    hold(items.get(&eggs.id).await?.is_none(), "the eggs are gone from the tablet")?;
    hold(server_view::item(&url, dialect, &eggs.id).await?.is_none(), "the eggs are gone from the server")?;

    step("9. Purge: local rows go, the server keeps them, the next pull brings them back");
    let purged = items.purge(TodoItem::purge()).await?;
    println!("   purged {} rows, {} left", purged.removed(), items.count(&TodoItem::query()).await?);
    hold(items.count(&TodoItem::query()).await? == 0, "no row is left after the purge")?;
    context.sync().await?.into_result()?;
    show_items(&items, &ours).await?;

    let pending = context.pending_count().await? + phone_context.pending_count().await?;
    let on_tablet = items.count(&TodoItem::query()).await?;
    let on_phone = phone_items.count(&TodoItem::query()).await?;
    hold(on_tablet == on_phone, "both devices have the same rows")?;
    println!("\nTotals: {on_tablet} rows on each of 2 devices, {pending} operations pending, server {url}");
    hold(pending == 0, "nothing is pending")?;
    if let Some(keep) = &options.keep {
        println!("The store files are in {}", keep.display());
    }
    Ok(())
}

fn device(folder: &Path, file: &str, server: &str, options: &Options) -> Device {
    let options = Options { dialect: options.dialect, ..Options::default() };
    Device { path: folder.join(file), server: server.to_owned(), options }
}

fn todo(title: &str) -> TodoItem {
    TodoItem { title: title.to_owned(), due: Some(Timestamp::now().floor_to_millis()), ..TodoItem::default() }
}

async fn show_items(items: &Table<TodoItem>, ours: &[Id]) -> Result<(), Failure> {
    for id in ours {
        match items.get(id).await? {
            Some(item) => println!("   [{}] {} ({})", if item.complete { "x" } else { " " }, item.title, item.id),
            None => println!("   gone: {id}"),
        }
    }
    Ok(())
}

/// A port on which nobody listens now.
fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn step(title: &str) {
    println!("\n{title}");
}

fn hold(holds: bool, what: &str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(format!("it does not hold that {what}").into()) }
}
