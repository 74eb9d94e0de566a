use synctable::{ColumnValue, Decimal, Id, SyncTable, Timestamp};

/// A number of pieces.
#[derive(Debug, Clone, PartialEq, ColumnValue)]
pub struct Pieces(i64);

/// Every rule and every way to merge.
#[derive(Debug, Clone, SyncTable)]
#[sync(table = "orders")]
pub struct Order {
    /// The row's id.
    pub id: Id,
    /// What is ordered.
    #[sync(min_length = 1, max_length = 100_000, merge = "local")]
    pub title: String,
    /// Who ordered it.
    #[sync(max_length = 255, references = Self, merge = "remote")]
    pub customer: Option<Id>,
    /// How many.
    #[sync(min = 0, max = 0x7fff_ffff, default = 1, merge = "sum")]
    pub count: i32,
    /// How many there are.
    #[sync(min = -9223372036854775808, max = 9223372036854775807, multiple_of = 12)]
    pub stock: Option<Pieces>,
    /// How much of it is done.
    #[sync(exclusive_min = -0.5, exclusive_max = 1e2, merge = "max")]
    pub progress: f64,
    /// What it costs.
    #[sync(min = 0.00, max = 99999999999999999999.99, multiple_of = 0.01, merge = "min")]
    pub price: Option<Decimal>,
    /// Words.
    #[sync(json, merge = "union")]
    pub tags: Vec<String>,
    /// When it was seen.
    #[sync(index, merge = earlier)]
    pub seen: Timestamp,
}

fn earlier(base: Option<Timestamp>, local: Timestamp, remote: Timestamp) -> Timestamp {
    base.unwrap_or(local).min(local).min(remote)
}
