use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct Generic<V> {
    id: Id,
    value: V,
}

#[derive(SyncTable)]
struct Borrowed<'a> {
    id: Id,
    value: &'a str,
}

fn main() {}
