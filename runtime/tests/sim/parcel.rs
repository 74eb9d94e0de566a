//! The writes of rows that a request carries, alone or in a batch.

use serde_json::Value as Json;
use synctable::wire::{Method, Request};

use crate::keys;
use crate::server::plain;

/// A write of one row.
#[derive(Debug, Clone)]
pub(crate) struct Parcel {
    /// The row, as `table/id`.
    pub(crate) row: String,
    pub(crate) method: Method,
    /// The version that the row must have.
    pub(crate) wanted: Option<String>,
}

/// Whether a request carries several writes.
pub(crate) fn is_batch(request: &Request) -> bool {
    request.url.ends_with("/tables/$batch")
}

impl Parcel {
    /// The writes of a request, in their order.
    pub(crate) fn all(request: &Request) -> Vec<Self> {
        let mut parcels = Vec::new();
        if is_batch(request) {
            keys::answers(request, |single| {
                parcels.extend(Self::of(single));
                plain(200)
            });
        } else {
            parcels.extend(Self::of(request));
        }
        parcels
    }

    fn of(request: &Request) -> Option<Self> {
        if request.method == Method::Get {
            return None;
        }
        let target = request.url.split_once("/tables/").map_or("", |(_, target)| target);
        let path = target.split('?').next().unwrap_or_default();
        let row = if path.contains('/') {
            path.to_owned()
        } else {
            let body: Json = serde_json::from_slice(&request.body).ok()?;
            format!("{path}/{}", body["id"].as_str()?)
        };
        let wanted = request.headers.get("if-match").map(|tag| tag.trim_matches('"').to_owned());
        Some(Self { row, method: request.method, wanted })
    }

    /// Whether the row is made by it, as far as the method tells.
    pub(crate) fn is_post(&self) -> bool {
        self.method == Method::Post
    }
}
