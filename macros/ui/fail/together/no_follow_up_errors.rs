//! Mistakes in one place are said there alone: the table and the column type are used as if they
//! were right.
use synctable::{ColumnSubset, ColumnValue, Error, Id, SyncContext, SyncTable, Timestamp, Version};

#[derive(Debug, Clone, PartialEq, ColumnValue)]
enum Priority {
    Low,
    High(u8),
}

#[derive(Debug, Clone, Default, SyncTable)]
#[sync(tabel = "todo")]
struct TodoItem {
    id: Id,
    #[sync(renam = "Title")]
    title: String,
    #[sync(jsn)]
    tags: Vec<String>,
    #[sync(index, min_length = 3, max_length = 1)]
    note: Option<String>,
    due: Option<Timestamp>,
    priority: Option<Priority>,
    #[sync(system)]
    etag: Option<Version>,
}

#[derive(SyncTable)]
struct Part {
    id: Id,
    #[sync(references = TodoItem)]
    item: Id,
}

#[derive(Debug, Clone, SyncTable)]
struct Tuple(Id);

#[derive(Debug, Clone, ColumnSubset)]
#[sync(of = TodoItem)]
struct TodoTitle {
    title: String,
    #[sync(index)]
    tags: i32,
    due: Option<Timestamp>,
}

#[derive(Debug, Clone, ColumnSubset)]
struct OfNothing {
    title: String,
}

async fn used(context: &SyncContext) -> Result<(), Error> {
    let items = context.table::<TodoItem>();
    let item = items.insert(TodoItem { title: "Milk".into(), ..Default::default() }).await?;
    items.edit(&item.id, |item| item.title.push('!')).await?;
    let open = TodoItem::query()
        .filter(|t| t.title.eq("Milk").and(t.priority.eq(Priority::Low)).or(t.note.starts_with("a")))
        .filter(|t| t.etag.is_null().and(t.tags.is_null()))
        .order_by(|t| t.due.asc());
    let _: Vec<TodoItem> = items.list(&open).await?;
    items.pull(TodoItem::pull("all").filter(|t| t.title.eq("Milk"))).await?;
    let _: Vec<TodoTitle> = items.list(&open.clone().select::<TodoTitle>()).await?;
    let _: Vec<OfNothing> = items.list(&open.select::<OfNothing>()).await?;
    items.purge(TodoItem::purge()).await?;
    context.table::<Part>().list(&Part::query().filter(|p| p.item.eq(&item.id))).await?;
    context.table::<Tuple>().list(&Tuple::query()).await?;
    Ok(())
}

fn main() {}
