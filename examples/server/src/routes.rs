//! The routes of the tables: which request is for which row, and whether it may be answered at all.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use synctable::testing::odata::{percent_decode, query_pairs};

use crate::access::{Caller, Gate};
use crate::answer;
use crate::dialect::{Generation, Place};
use crate::extension::Extensions;
use crate::page::PageLimits;
use crate::store::{Keyed, Store, StoreError};
use crate::{Config, Dialect};

mod call;
mod received;

use call::Call;

struct Settings {
    dialect: Dialect,
    page_size: Option<u64>,
    max_top: Option<u64>,
    body_limit_bytes: Option<usize>,
    /// `http` or `https`
    scheme: &'static str,
    gate: Gate,
    extensions: Extensions,
    store: Store,
}

impl Settings {
    fn limits(&self, generation: Generation) -> PageLimits {
        let usual = generation.page_limits();
        PageLimits {
            page_size: self.page_size.unwrap_or(usual.page_size),
            max_top: self.max_top.unwrap_or(usual.max_top),
        }
    }

    fn body_limit_bytes(&self, generation: Generation) -> usize {
        self.body_limit_bytes.unwrap_or_else(|| generation.body_limit_bytes())
    }
}

/// The routes of the tables: `/tables/<name>` and `/tables/<name>/<id>` for each table of the store.
#[derive(Clone)]
pub(crate) struct Tables(Arc<Settings>);

impl Tables {
    pub(crate) fn new(config: &Config, store: Store) -> Self {
        Self(Arc::new(Settings {
            dialect: config.dialect,
            page_size: config.page_size,
            max_top: config.max_top,
            body_limit_bytes: config.body_limit_bytes,
            scheme: config.scheme(),
            gate: Gate::new(config.access.clone()),
            extensions: config.extended(),
            store,
        }))
    }

    /// Answers a request, also one for an address that is not there.
    pub(crate) async fn serve(&self, request: Request) -> Response {
        self.0.extensions.around(request, |request| plain(Arc::clone(&self.0), request)).await
    }
}

async fn plain(settings: Arc<Settings>, request: Request) -> Response {
    let pairs = query_pairs(request.uri().query().unwrap_or(""));
    let generation = settings.dialect.generation(request.headers(), pairs.as_deref().unwrap_or(&[]));
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let line = request.method().as_str().len() + target + " HTTP/1.1\r\n ".len();
    if generation.is_too_long(line, request.headers()) {
        return generation.too_long();
    }
    generation.seal(answer(&settings, generation, request).await)
}

/// Splits a path into the name of a table and the id of a row, both as sent.
fn table_and_id(path: &str) -> Option<(&str, Option<&str>)> {
    let mut segments = path.trim_start_matches('/').split('/');
    let root = segments.next()?;
    let name = segments.next()?;
    let (id, rest) = (segments.next(), segments.next());
    let is_table = root.eq_ignore_ascii_case("tables") && rest.is_none_or(str::is_empty) && segments.next().is_none();
    is_table.then(|| (name, id.filter(|id| !id.is_empty())))
}

async fn answer(settings: &Settings, generation: Generation, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Parts { method, uri, headers, extensions, .. } = parts;
    let pairs = query_pairs(uri.query().unwrap_or(""));
    let found = table_and_id(uri.path());
    // Node looks at the version before anything else under `tables`; elsewhere a route that is not there is found first.
    if generation == Generation::NodeV2
        && method != Method::OPTIONS
        && found.is_some()
        && let Err(refusal) = generation.admit(&headers, pairs.as_deref().unwrap_or(&[]))
    {
        return refusal;
    }
    let table = found.and_then(|(name, id)| {
        let name = percent_decode(name)?;
        Some((settings.store.table(&name)?, id))
    });
    let Some((table, id)) = table else { return generation.no_such_address(&method, uri.path()) };
    let place = if id.is_some() { Place::Row } else { Place::Table };
    if !generation.takes(place, &method) {
        return generation.wrong_verb(place, &method, uri.path());
    }
    let protocol = match generation.admit(&headers, pairs.as_deref().unwrap_or(&[])) {
        Ok(protocol) => protocol,
        Err(refusal) => return refusal,
    };
    let query = match pairs {
        Ok(query) => query,
        Err(error) => return protocol.query_error(&error),
    };
    let caller = extensions.get::<Caller>().unwrap_or(&Caller::Nobody);
    let grant = match settings.gate.admit(&table, &method, &headers, caller) {
        Ok(grant) => grant,
        Err(refusal) => return refusal.answer(protocol),
    };
    let id = match id.map(percent_decode) {
        Some(None) => return protocol.bad_query("the id in the path is not percent-encoded UTF-8"),
        Some(Some(id)) => Some(id),
        None => None,
    };
    let call = Call {
        protocol,
        table,
        scheme: settings.scheme,
        uri,
        headers,
        query,
        limits: settings.limits(generation),
        body_limit_bytes: settings.body_limit_bytes(generation),
        key: extensions.get::<Keyed>().map(|key| key.clone().seeing(grant.visible())),
        grant,
    };
    call.answer(&settings.store, &method, id, body).await.unwrap_or_else(|error| failure(&error))
}

/// The database failed; the cause goes to the log of the process, not to the client.
fn failure(error: &StoreError) -> Response {
    tracing::error!(error = %error, "the store failed");
    answer::empty(match error.is_unavailable() {
        true => StatusCode::SERVICE_UNAVAILABLE,
        false => StatusCode::INTERNAL_SERVER_ERROR,
    })
}
