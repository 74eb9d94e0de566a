use synctable::{Id, SyncTable, Version};

#[derive(SyncTable)]
#[sync(local, route = "api/settings")]
struct Setting {
    id: Id,
    #[sync(system)]
    version: Option<Version>,
}

fn main() {}
