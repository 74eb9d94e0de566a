use synctable::{ColumnSubset, Id, SyncTable};

#[derive(SyncTable)]
struct Place {
    id: Id,
    #[sync(json)]
    tags: Vec<String>,
}

#[derive(ColumnSubset)]
#[sync(of = Place)]
struct PlaceTags {
    tags: String,
}

fn main() {}
