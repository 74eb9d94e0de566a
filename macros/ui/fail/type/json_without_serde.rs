use synctable::{Id, SyncTable};

struct Point;

#[derive(SyncTable)]
struct Place {
    id: Id,
    #[sync(json)]
    at: Point,
}

fn main() {}
