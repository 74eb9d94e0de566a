//! Several writes in one request (docs/protocol-extensions.md 3).

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::WireClient;
use super::exchange::{Call, NoAnswer, Received};
use super::table::WireTable;
use super::write::WriteRequest;
use crate::value::wire::quoted;
use crate::wire::answer::Delivery;
use crate::wire::dialect::Dialect;
use crate::wire::retry::is_transient_status;
use crate::wire::transport::{Headers, Method};

/// A write as an operation of a batch.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    table: WireTable,
    dialect: Dialect,
    id: String,
    is_insert: bool,
    /// As it stands in the batch.
    text: Vec<u8>,
}

impl Operation {
    /// How many bytes of the batch it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len() + 1
    }
}

/// How a batch ended.
#[derive(Debug)]
pub(crate) enum BatchDelivery {
    /// Each of its operations has an answer, or none that can be used.
    Answered(Vec<Delivery>),
    /// It never left.
    Unsent,
    /// It may have arrived.
    Unanswered,
    /// The server does not take batches, or not as it has announced.
    Refused,
}

#[derive(Deserialize)]
struct Answers<'a> {
    #[serde(borrow)]
    answers: Vec<Single<'a>>,
}

#[derive(Deserialize)]
struct Single<'a> {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
    #[serde(default)]
    text: Option<String>,
}

impl WireTable {
    /// Makes an operation of a write; `None` if it can only be sent alone.
    pub(crate) fn operation(&self, request: &WriteRequest<'_>, key: &str) -> Option<Operation> {
        let dialect = self.client.known_dialect()?;
        if request.is_laid_over(dialect) {
            return None;
        }
        let call = self.call(dialect, request).ok()?;
        let path = call.url.strip_prefix(&self.client.0.address.tables())?;
        let mut text = Vec::with_capacity(128 + call.body.as_ref().map_or(0, Vec::len));
        let mut member = |name: &str, value: &str| {
            text.push(if text.is_empty() { b'{' } else { b',' });
            quoted(name, &mut text);
            text.push(b':');
            quoted(value, &mut text);
        };
        member("key", key);
        member("method", call.method.as_str());
        member("path", path);
        if let Some(tag) = &call.if_match {
            member("ifMatch", tag);
        }
        if let Some(body) = &call.body {
            text.extend_from_slice(b",\"body\":");
            text.extend_from_slice(body);
        }
        text.push(b'}');
        let is_insert = matches!(request, WriteRequest::Insert { .. });
        Some(Operation { table: self.clone(), dialect, id: request.id().to_owned(), is_insert, text })
    }
}

impl WireClient {
    /// Sends operations in one request, once, and sorts the answers to them.
    ///
    /// # Cancellation
    /// After a dropped future any of them may or may not have arrived.
    pub(crate) async fn batch(&self, operations: &[Operation]) -> BatchDelivery {
        let Some(first) = operations.first() else { return BatchDelivery::Answered(Vec::new()) };
        let url = format!("{}$batch", self.0.address.tables());
        let call = Call::new(Method::Post, url, first.dialect.version_header());
        let call = Call { body: Some(body_of(operations)), ..call };
        match self.exchange(call, first.table.schema).await {
            Ok(received) if received.status == 200 && !is_whole(&received) => BatchDelivery::Unanswered,
            Ok(received) if received.status == 200 => match judge(&received, operations) {
                Some(deliveries) => BatchDelivery::Answered(deliveries),
                None => BatchDelivery::Refused,
            },
            // Sent alone they show what to make of it: a sign-in or a right that is missing, a pause that is asked for.
            Ok(received)
                if is_transient_status(received.status) || matches!(received.status, 300..=399 | 401 | 403) =>
            {
                BatchDelivery::Unanswered
            }
            Ok(_) => BatchDelivery::Refused,
            Err(NoAnswer::Unsent(_) | NoAnswer::Withheld(_)) => BatchDelivery::Unsent,
            Err(NoAnswer::Unanswered(_) | NoAnswer::Unreadable(_)) => BatchDelivery::Unanswered,
        }
    }
}

fn body_of(operations: &[Operation]) -> Vec<u8> {
    let mut body = Vec::with_capacity(32 + operations.iter().map(Operation::bytes).sum::<usize>());
    body.extend_from_slice(b"{\"operations\":[");
    for (place, operation) in operations.iter().enumerate() {
        if place > 0 {
            body.push(b',');
        }
        body.extend_from_slice(&operation.text);
    }
    body.extend_from_slice(b"]}");
    body
}

/// Whether the answer is JSON from its beginning to its end.
fn is_whole(received: &Received) -> bool {
    received.json_text().is_ok_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
}

/// Sorts each answer as if it had come alone; `None` if there is not one for each operation.
fn judge(received: &Received, operations: &[Operation]) -> Option<Vec<Delivery>> {
    let Answers { answers } = serde_json::from_str(received.json_text().ok()?).ok()?;
    if answers.len() != operations.len() {
        return None;
    }
    let deliveries = operations.iter().zip(answers).map(|(operation, single)| {
        let body = match (single.body, single.text) {
            (Some(json), _) => Bytes::copy_from_slice(json.get().as_bytes()),
            (None, Some(text)) => Bytes::from(text),
            (None, None) => Bytes::new(),
        };
        let single = Received {
            status: single.status,
            headers: single.headers.into_iter().collect::<Headers>(),
            received_bytes: body.len() as u64,
            body,
            url: received.url.clone(),
        };
        operation.table.judge(operation.dialect, &operation.id, &single, operation.is_insert)
    });
    Some(deliveries.collect())
}
