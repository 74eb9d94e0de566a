use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    rank: i32,
    size: i64,
    ratio: f64,
}

fn main() {
    let rank = 1_u8;
    let _ = TodoItem::query().filter(|t| t.rank.eq(rank));
    let _ = TodoItem::query().filter(|t| t.size.gt(&5_i64));
    let _ = TodoItem::query().filter(|t| t.ratio.le(1));
}
