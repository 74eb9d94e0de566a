use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct Own {
    id: Id,
    #[sync(was = "title")]
    title: String,
    #[sync(was = ["label", "name"])]
    caption: String,
    #[sync(was = "Name")]
    text: String,
    #[sync(was = "Caption")]
    note: String,
    #[sync(was = "id")]
    key: String,
    #[sync(was = "__op")]
    op: i32,
    #[sync(was = [])]
    none: i32,
    #[sync(was = 1)]
    number: i32,
    #[sync(was)]
    bare: i32,
    #[sync(skip, was = "gone")]
    skipped: i32,
}

fn main() {}
