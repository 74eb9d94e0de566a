use synctable::{Id, SyncTable};

#[derive(SyncTable)]
#[sync(narrow, on_insert(title = "x", dueAt = 1, Region = "EU", region = "US", version = "1", id = "a", "__x" = 1))]
struct TodoItem {
    id: Id,
    title: String,
    #[sync(rename = "dueAt")]
    due: i32,
}

#[derive(SyncTable)]
#[sync(on_insert(a = b"x", b = region(), c = 3u8, d = 1e999, e = 99999999999999999999, f = -"x", g = None))]
struct Kinds {
    id: Id,
}

#[derive(SyncTable)]
#[sync(on_insert = "region", narrow = true)]
struct NoList {
    id: Id,
}

#[derive(SyncTable)]
#[sync(on_insert(), narrow(all))]
struct EmptyList {
    id: Id,
}

#[derive(SyncTable)]
#[sync(on_insert(region, 3 = 4))]
struct NoValue {
    id: Id,
}

#[derive(SyncTable)]
#[sync(local, keep_deleted, narrow, on_insert(region = "EU"))]
struct Setting {
    id: Id,
}

fn main() {}
