use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use synctable::{Id, SyncTable};

/// A point on a map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
}

/// A table with columns of any serde type.
#[derive(Debug, Clone, PartialEq, SyncTable)]
pub struct Place {
    /// The id.
    pub id: Id,
    /// Where it is; null is refused.
    #[sync(json)]
    pub at: Point,
    /// The way there, if known.
    #[sync(json)]
    pub way: Option<Vec<Point>>,
    /// Words; null becomes the empty list.
    #[sync(json, default)]
    pub tags: Vec<String>,
    /// Counters; null becomes one counter.
    #[sync(json, default = BTreeMap::from([("visits".to_owned(), 0)]), rename = "counters")]
    pub counts: BTreeMap<String, i64>,
    /// Only on this device.
    #[sync(json, local, default)]
    pub drafts: Vec<Point>,
}
