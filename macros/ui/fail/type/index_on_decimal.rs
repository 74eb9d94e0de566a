use synctable::{Decimal, Id, SyncTable};

#[derive(SyncTable)]
struct Order {
    id: Id,
    #[sync(index)]
    total: Decimal,
}

fn main() {}
