use std::collections::BTreeMap;

use synctable::{Id, SyncTable};

struct Point;

#[derive(SyncTable)]
struct Place {
    id: Id,
    at: Point,
    name: String,
    tags: Option<BTreeMap<String, i32>>,
    great: u64,
}

fn main() {
    // The table is one all the same: no further error comes of its use.
    let _ = Place::query().filter(|p| p.name.eq("here"));
}
