//! What a case expects; a key that is missing expects nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::{Kind, Row};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(crate) struct Expect {
    pub(crate) queue: Option<Vec<ExpectedOperation>>,
    pub(crate) rows: BTreeMap<String, ExpectedRows>,
    pub(crate) errors: Option<Vec<ExpectedError>>,
    pub(crate) delta_tokens: Option<BTreeMap<String, String>>,
    pub(crate) requests: Option<Vec<ExpectedRequest>>,
    pub(crate) request_order: Option<Vec<String>>,
    pub(crate) request_count: Option<usize>,
    pub(crate) each_request: Option<RequestShape>,
    pub(crate) if_match_sequence: Option<Vec<String>>,
    pub(crate) push_status: Option<PushStatus>,
    pub(crate) push_result: Option<PushResult>,
    pub(crate) pull_result: Option<PullResult>,
    pub(crate) second_pull: Option<Map<String, Value>>,
    pub(crate) events: Option<Vec<String>>,
    pub(crate) event_count: Option<usize>,
    pub(crate) first_event_queue_length: Option<usize>,
    pub(crate) pending_count: Option<usize>,
    pub(crate) columns_written: Option<Vec<String>>,
    pub(crate) push_called_with: Option<Vec<String>>,
    pub(crate) later_operations_attempted: Option<usize>,
    pub(crate) queue_after_writes: Option<String>,
    pub(crate) after_local_write: Option<Row>,
    pub(crate) first_push: Option<FirstPush>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ExpectedOperation {
    pub(crate) kind: Kind,
    pub(crate) table: String,
    pub(crate) item_id: String,
    #[serde(default)]
    pub(crate) version: Option<u64>,
    #[serde(default)]
    pub(crate) sequence: Option<u64>,
    #[serde(default)]
    pub(crate) state: Option<State>,
    #[serde(default)]
    pub(crate) item: Option<Row>,
    #[serde(default)]
    pub(crate) http_status_code: Option<u16>,
    #[serde(default)]
    pub(crate) last_attempt: Option<LastAttempt>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum State {
    Pending,
    Attempted,
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LastAttempt {
    Set,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum ExpectedRows {
    List(Vec<Row>),
    Summary(RowSummary),
    Words(String),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct RowSummary {
    pub(crate) count: usize,
    #[serde(default)]
    pub(crate) none_deleted: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ExpectedError {
    #[serde(default)]
    pub(crate) kind: Option<Kind>,
    #[serde(default)]
    pub(crate) table: Option<String>,
    pub(crate) item_id: String,
    /// `Is(None)`: the operation had no answer.
    #[serde(default)]
    pub(crate) status: Said<u16>,
    #[serde(default)]
    pub(crate) item: Option<Row>,
    #[serde(default)]
    pub(crate) result: Option<Row>,
    #[serde(default)]
    pub(crate) raw_result: Option<String>,
    #[serde(default)]
    pub(crate) handled: Option<bool>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum ExpectedRequest {
    /// Query string of a GET, with or without the path.
    Query(String),
    Shape(RequestShape),
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(crate) struct RequestShape {
    /// One verb, or several joined by ` or `.
    pub(crate) method: Option<String>,
    pub(crate) path: Option<String>,
    /// `Is(None)`: the header is absent.
    pub(crate) if_match: Said<String>,
    pub(crate) body: Option<Row>,
    pub(crate) body_columns: Option<Vec<String>>,
    pub(crate) body_has: Option<Row>,
}

/// A key that may be missing, null or a value; missing expects nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Said<T> {
    #[default]
    Nothing,
    Is(Option<T>),
}

impl<T: PartialEq> Said<T> {
    pub(crate) fn allows(&self, found: &Option<T>) -> bool {
        match self {
            Self::Nothing => true,
            Self::Is(expected) => expected == found,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Said<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Option::deserialize(from).map(Self::Is)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum PushStatus {
    Complete,
    CancelledByNetworkError,
    CancelledByAuthenticationError,
    CancelledByStoreError,
    CancelledByToken,
    CancelledByOperation,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct PushResult {
    pub(crate) successful: bool,
    pub(crate) completed: usize,
    pub(crate) failed: usize,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(crate) struct PullResult {
    pub(crate) additions: Option<u64>,
    pub(crate) deletions: Option<u64>,
    pub(crate) replacements: Option<u64>,
    pub(crate) successful: Option<bool>,
    pub(crate) failed_requests: Option<usize>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct FirstPush {
    pub(crate) push_status: PushStatus,
    pub(crate) errors: Vec<ExpectedError>,
    pub(crate) pending_count: usize,
    pub(crate) row: Row,
}
