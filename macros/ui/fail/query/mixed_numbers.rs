use synctable::{Decimal, Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    rank: i32,
    price: Decimal,
    weight: f64,
}

fn main() {
    let _ = TodoItem::query().filter(|t| t.rank.div(60.0).eq(2.0));
    let _ = TodoItem::query().filter(|t| t.price.mul(t.rank).gt(t.price));
    let _ = TodoItem::query().filter(|t| t.weight.add(1).gt(2.0));
}
