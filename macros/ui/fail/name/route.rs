use synctable::{Id, SyncTable};

#[derive(SyncTable)]
#[sync(route = "/api/todo")]
struct Absolute {
    id: Id,
}

#[derive(SyncTable)]
#[sync(route = "https://other.example/todo")]
struct Elsewhere {
    id: Id,
}

#[derive(SyncTable)]
#[sync(route = "api/../todo")]
struct Up {
    id: Id,
}

fn main() {}
