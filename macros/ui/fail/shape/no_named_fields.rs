use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct Tuple(Id);

#[derive(SyncTable)]
struct Unit;

#[derive(SyncTable)]
enum Enum {
    A { id: Id },
}

#[derive(SyncTable)]
union Union {
    id: u8,
}

fn main() {}
