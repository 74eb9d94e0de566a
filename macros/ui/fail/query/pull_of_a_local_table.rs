use synctable::{Id, SyncTable};

#[derive(SyncTable)]
#[sync(local)]
struct Setting {
    id: Id,
}

fn main() {
    let _ = Setting::pull("all");
}
