use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    #[sync(references = TodoItem)]
    parent: Option<bool>,
    #[sync(index)]
    price: Option<synctable::Decimal>,
    #[sync(local)]
    seen: i32,
}

fn main() {}
