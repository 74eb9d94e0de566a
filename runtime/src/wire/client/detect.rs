//! Which dialect answers (protocol.md 1 and 10).

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::WireClient;
use super::exchange::{Call, Received};
use crate::error::{Error, ErrorKind};
use crate::table::TableSchema;
use crate::wire::dialect::Dialect;
use crate::wire::failure::WireError;

/// Asks without a version, then as V3, then as N2 or D2.
pub(super) async fn detect(client: &WireClient, table: &'static TableSchema) -> Result<Dialect, WireError> {
    let mut refusal = None;
    for version in [None, Some("3.0.0"), Some("2.0.0")] {
        let url = client.0.address.table(table).map_err(WireError::lasting)?;
        let received = client.exchange(Call::get(format!("{url}?$top=1"), version), table).await?;
        if let Some(dialect) = judge(&received, version) {
            return Ok(dialect);
        }
        if !received.is_success() {
            let own_form = received.is_problem();
            let failure = client.refusal(&received, own_form, table);
            // A server that is busy may answer otherwise soon; the other refusals are its word on
            // this version only. Some servers fail with 500 where others refuse.
            if failure.is_transient && received.status != 500 {
                return Err(failure);
            }
            refusal.get_or_insert(failure);
        } else if let Err(message) = whole_json(&received) {
            // Half an answer says nothing of the version: the next one's must not be taken for this one's.
            return Err(WireError::passing(received.error(ErrorKind::Decode, message, table)));
        }
    }
    Err(refusal.unwrap_or_else(|| {
        let message = "the answers fit no known server generation; check the endpoint, or say the dialect";
        let error = Error::new(ErrorKind::Unsupported, message).in_table(table.name()).at_url(client.endpoint());
        WireError::lasting(error)
    }))
}

fn whole_json(received: &Received) -> Result<(), String> {
    let text = received.json_text()?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| format!("the answer is no whole JSON: {error}"))?;
    Ok(())
}

fn judge(received: &Received, version: Option<&str>) -> Option<Dialect> {
    // N2 under a host that breaks its lists answers 500: that is no server to work with.
    if received.status < 500 {
        match received.headers.get("x-zumo-server-version") {
            Some(server) if server.starts_with("node-") => return Some(Dialect::NodeV2),
            Some(server) if server.starts_with("net-") => return Some(Dialect::DotNetV2),
            _ => {}
        }
    }
    let text = received.json_text().ok()?;
    if received.is_success() {
        #[derive(Deserialize)]
        struct Items<'a> {
            #[serde(borrow)]
            items: Vec<&'a serde_json::value::RawValue>,
        }
        let lists_items = serde_json::from_str::<Items<'_>>(text).map(|page| page.items.len()).is_ok();
        return match version {
            None if lists_items => Some(Dialect::Toolkit),
            Some("3.0.0") if lists_items => Some(Dialect::DatasyncV3),
            _ => None,
        };
    }
    #[derive(Deserialize)]
    struct Problem {
        title: String,
    }
    let is_missing_version = received.status == 400
        && version.is_none()
        && serde_json::from_str::<Problem>(text).is_ok_and(|problem| problem.title.contains("ZUMO-API-VERSION"));
    is_missing_version.then_some(Dialect::DatasyncV3)
}
