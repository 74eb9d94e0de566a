//! A runtime under another name is named by `crate = ..`.
#![allow(dead_code)]

mod vendored {
    pub mod tables {
        pub use synctable::*;
        pub use synctable::__private;
    }
}

use vendored::tables::{ColumnSubset, ColumnValue, Id, SyncTable};

#[derive(ColumnValue)]
#[sync(crate = vendored::tables)]
struct Minutes(i32);

#[derive(SyncTable)]
#[sync(crate = crate::vendored::tables)]
struct TodoItem {
    id: Id,
    minutes: Minutes,
}

#[derive(ColumnSubset)]
#[sync(of = TodoItem, crate = vendored::tables)]
struct TodoMinutes {
    minutes: Minutes,
}

fn main() {}
