//! A server on a runtime of its own, and the form of answers that floors give.

use std::fmt::Write as _;
use std::net::SocketAddr;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, ETAG, HeaderName};
use base64::Engine as _;
use serde::Deserialize;
use synctable::testing::value::format_instant_ms;

use crate::Result;

/// Routes that are served until this is dropped.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

impl Served {
    pub(crate) fn start(routes: Router) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        runtime.spawn(async move { axum::serve(listener, routes).await });
        Ok(Self { address, _runtime: runtime })
    }
}

/// A row as a floor reads and writes it.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    pub(crate) id: String,
    #[serde(skip)]
    pub(crate) updated_at: i64,
    #[serde(skip)]
    pub(crate) deleted: bool,
    pub(crate) title: Option<String>,
    pub(crate) complete: bool,
    pub(crate) priority: i32,
    #[serde(rename = "dueAt", deserialize_with = "instant")]
    pub(crate) due: Option<i64>,
}

fn instant<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<i64>, D::Error> {
    let text: Option<String> = Deserialize::deserialize(deserializer)?;
    Ok(text.as_deref().and_then(synctable::testing::value::parse_instant))
}

impl Row {
    pub(crate) fn version(&self) -> String {
        base64::engine::general_purpose::STANDARD.encode(self.updated_at.to_be_bytes())
    }

    pub(crate) fn write(&self, out: &mut String) {
        let title = serde_json::to_string(&self.title).unwrap_or_default();
        let due = self.due.map_or_else(|| "null".to_owned(), |due| format!("\"{}Z\"", format_instant_ms(due)));
        let _ = write!(
            out,
            r#"{{"title":{title},"complete":{},"priority":{},"dueAt":{due},"updatedAt":"{}Z","version":"{}","id":{},"deleted":{}}}"#,
            self.complete,
            self.priority,
            format_instant_ms(self.updated_at),
            self.version(),
            serde_json::to_string(&self.id).unwrap_or_default(),
            self.deleted,
        );
    }
}

/// An answer with one row.
pub(crate) fn row(status: StatusCode, row: &Row) -> (StatusCode, [(HeaderName, String); 2], String) {
    let mut body = String::new();
    row.write(&mut body);
    (
        status,
        [(CONTENT_TYPE, "application/json; charset=utf-8".to_owned()), (ETAG, format!("\"{}\"", row.version()))],
        body,
    )
}

/// The body of a list.
pub(crate) fn list(rows: impl Iterator<Item = Row>) -> ([(HeaderName, &'static str); 1], String) {
    let mut body = r#"{"items":["#.to_owned();
    for (at, row) in rows.enumerate() {
        if at > 0 {
            body.push(',');
        }
        row.write(&mut body);
    }
    body.push_str(r#"],"count":null,"nextLink":null}"#);
    ([(CONTENT_TYPE, "application/json; charset=utf-8")], body)
}

/// The `$top` of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct Top {
    #[serde(rename = "$top")]
    pub(crate) top: i64,
}
