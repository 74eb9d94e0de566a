//! Requests as they leave, without a server.

use std::sync::{Arc, Mutex};

use synctable::wire::{BoxFuture, Dialect, Request, Response, Transport, TransportError, TransportErrorKind};
use synctable::{Query, RemoteClient};

use super::tables::Entity;

/// Keeps the URL of each request and answers none.
#[derive(Debug, Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl Transport for Recorder {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        self.0.lock().unwrap().push(request.url);
        Box::pin(async { Err(TransportError::new(TransportErrorKind::Unsent, "nobody is there")) })
    }
}

/// Whether the request of a page asks for the count of all rows.
pub(crate) fn counts_a_page<T: Entity>(query: &Query<T>, dialect: Dialect) -> Result<(), String> {
    let recorder = Recorder::default();
    let client = RemoteClient::builder("http://127.0.0.1:9").dialect(dialect).transport(recorder.clone());
    let table = client.build().map_err(|error| error.to_string())?.table::<T>();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let asked = runtime.map_err(|error| error.to_string())?.block_on(table.page(query));
    let urls = recorder.0.lock().unwrap().clone();
    let wanted =
        if matches!(dialect, Dialect::NodeV2 | Dialect::DotNetV2) { "$inlinecount=allpages" } else { "$count=true" };
    match urls.first() {
        Some(url) if url.split(['?', '&']).any(|option| option == wanted) => Ok(()),
        Some(url) => Err(format!("no {wanted} in {url}")),
        None => Err(format!("no request left: {:?}", asked.err())),
    }
}
