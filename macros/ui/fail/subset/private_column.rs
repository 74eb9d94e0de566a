mod tables {
    use synctable::{Id, SyncTable};

    #[derive(SyncTable)]
    pub struct TodoItem {
        pub id: Id,
        title: String,
    }
}

use synctable::ColumnSubset;
use tables::TodoItem;

#[derive(ColumnSubset)]
#[sync(of = TodoItem)]
struct TodoTitle {
    title: String,
}

fn main() {}
