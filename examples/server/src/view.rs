//! The web page: tables, rows and recent changes, for a look at what the server has.
//!
//! It shows what the same request could read under `/tables`, by the same rules, and nothing else. It is made of HTML that
//! works without a script; the script adds new changes while the page is open.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::access::{Caller, Gate, Refusal};
use crate::store::{Store, StoreError, StoredTable};
use crate::{Config, Tokens};

mod cell;
mod html;
mod live;
mod pages;
mod rows;
mod text;

pub(crate) use cell::Shown;
use html::Html;
pub(crate) use live::Closing;
use live::Live;
use pages::Listed;
use rows::{Part, Readable};

/// How many rows a page of a table has.
const PAGE_ROWS: u64 = 50;
/// How many changes the list of recent changes has.
const RECENT_ROWS: usize = 20;

/// What a browser may do with an answer: nothing but show it with our style and run our script.
const HEADERS: [(HeaderName, &str); 7] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

struct Page {
    store: Store,
    gate: Gate,
    tokens: Option<Tokens>,
    live: Live,
}

/// Returns the routes of the page: `/` and those under `/view`.
pub(crate) fn routes(config: &Config, store: Store, closing: Closing) -> Router {
    let live = Live::new(store.clone(), closing);
    Router::new()
        .route("/", get(home))
        .route("/view", get(moved_home))
        .route("/view/", get(moved_home))
        .route("/view/style.css", get(async || file("text/css; charset=utf-8", include_str!("view/style.css"))))
        .route("/view/script.js", get(async || file("text/javascript; charset=utf-8", include_str!("view/script.js"))))
        .route("/view/icon.svg", get(async || file("image/svg+xml", include_str!("view/icon.svg"))))
        .route("/view/events", get(events))
        .route("/view/{table}", get(table))
        .route("/view/{table}/{id}", get(row))
        .layer(map_response(guarded))
        .with_state(Arc::new(Page {
            store,
            gate: Gate::new(config.access.clone()),
            tokens: config.tokens.clone(),
            live,
        }))
}

async fn guarded(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn file(content_type: &'static str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, content_type)], text).into_response()
}

fn answer(status: StatusCode, html: Html) -> Response {
    (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], html.into_string()).into_response()
}

/// The database failed; the cause goes to the log of the process, not to the visitor.
fn failure(error: &StoreError) -> Response {
    tracing::error!(%error, "the page failed");
    answer(StatusCode::INTERNAL_SERVER_ERROR, pages::failure())
}

/// Who looks at the page.
struct Visitor {
    headers: HeaderMap,
    caller: Caller,
}

/// Whether a visitor may read a table.
#[derive(Debug)]
enum Door {
    Open(Readable),
    /// The status that a request under `/tables` gets.
    Closed(StatusCode),
}

impl Page {
    /// Reads the token of a visitor. It is read anew whenever rows are: it may have expired.
    fn visitor(&self, headers: HeaderMap) -> Visitor {
        let caller = self.tokens.as_ref().map_or(Caller::Nobody, |tokens| tokens.caller(&headers));
        Visitor { headers, caller }
    }

    /// Asks what requests under `/tables` are asked.
    fn door(&self, table: &Arc<StoredTable>, visitor: &Visitor) -> Result<Door, StoreError> {
        match self.gate.admit(table, &Method::GET, &visitor.headers, &visitor.caller) {
            Ok(grant) => Ok(Door::Open(Readable { table: Arc::clone(table), visible: grant.visible().cloned() })),
            Err(Refusal::Status(status)) => Ok(Door::Closed(status)),
            Err(Refusal::Unauthorized(_)) => Ok(Door::Closed(StatusCode::UNAUTHORIZED)),
            Err(Refusal::ReadOnly) => Ok(Door::Closed(StatusCode::METHOD_NOT_ALLOWED)),
            Err(Refusal::Broken(error)) => Err(StoreError::new(format!("an access rule is wrong: {error}"))),
        }
    }

    /// Notes what a visitor has seen of a table when he sees its rows as they are now.
    async fn note(&self, seen: &mut live::Seen, readable: &Readable, stamps: &live::Stamps) -> Result<(), StoreError> {
        let name = readable.table.name();
        let last = stamps.get(name).copied().unwrap_or(0);
        seen.note(name, readable.last_stamp(&self.store, last).await?);
        Ok(())
    }

    /// Finds a table that a visitor may read; `Err` is the answer otherwise.
    #[expect(clippy::result_large_err, reason = "the error is the answer itself")]
    fn open(&self, name: &str, visitor: &Visitor) -> Result<Readable, Response> {
        let Some(table) = self.store.table(name) else {
            return Err(answer(StatusCode::NOT_FOUND, pages::no_table(name)));
        };
        match self.door(&table, visitor) {
            Ok(Door::Open(readable)) => Ok(readable),
            Ok(Door::Closed(status)) => {
                let mut response = answer(status, pages::closed(table.name()));
                if status == StatusCode::UNAUTHORIZED {
                    response
                        .headers_mut()
                        .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"synctable\""));
                }
                Err(response)
            }
            Err(error) => Err(failure(&error)),
        }
    }
}

async fn moved_home() -> Response {
    (StatusCode::PERMANENT_REDIRECT, [(LOCATION, "/")]).into_response()
}

async fn home(State(page): State<Arc<Page>>, headers: HeaderMap) -> Response {
    match read_home(&page, &page.visitor(headers)).await {
        Ok(html) => answer(StatusCode::OK, html),
        Err(error) => failure(&error),
    }
}

async fn read_home(page: &Page, visitor: &Visitor) -> Result<Html, StoreError> {
    // Before the rows: a write that comes between is told as an event besides, never left out.
    let stamps = page.live.stamps().await?;
    let mut listed = Vec::new();
    let mut recent = Vec::new();
    let mut seen = live::Seen::default();
    for table in page.store.tables().iter().cloned() {
        match page.door(&table, visitor)? {
            Door::Closed(_) => listed.push(Listed::Closed(table)),
            Door::Open(readable) => {
                page.note(&mut seen, &readable, &stamps).await?;
                let counts = readable.count(&page.store).await?;
                let limit = u64::try_from(RECENT_ROWS).unwrap_or(u64::MAX);
                let newest = readable.read(&page.store, &Part::Newest, limit, cell::LIST_CHARACTERS).await?;
                let last = newest.rows.first().map(|row| row.updated_at.clone());
                recent.extend(newest.rows.into_iter().map(|row| (Arc::clone(&table), row)));
                listed.push(Listed::Open { table, counts, last });
            }
        }
    }
    recent.sort_by_key(|(_, row)| std::cmp::Reverse(row.stamp));
    recent.truncate(RECENT_ROWS);
    Ok(pages::home(&listed, &recent, RECENT_ROWS, &seen))
}

/// What the address of a table may say besides; what is unknown or cannot be read is taken for what is not there.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    order: String,
    after: Option<String>,
    before: Option<String>,
    id: Option<String>,
}

impl Wanted {
    fn part(self) -> Part {
        match (self.order == "id", self.after, self.before.and_then(|stamp| stamp.parse().ok())) {
            (true, Some(id), _) => Part::After(id),
            (true, None, _) => Part::ById,
            (false, _, Some(stamp)) => Part::Before(stamp),
            (false, _, None) => Part::Newest,
        }
    }
}

async fn table(
    State(page): State<Arc<Page>>,
    Path(name): Path<String>,
    wanted: Result<Query<Wanted>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let visitor = page.visitor(headers);
    let wanted = wanted.map(|Query(wanted)| wanted).unwrap_or_default();
    if let Some(id) = wanted.id {
        return one_row(&page, &name, id, &visitor).await;
    }
    let readable = match page.open(&name, &visitor) {
        Ok(readable) => readable,
        Err(refusal) => return refusal,
    };
    match read_table(&page, &readable, &wanted.part()).await {
        Ok(html) => answer(StatusCode::OK, html),
        Err(error) => failure(&error),
    }
}

async fn read_table(page: &Page, readable: &Readable, part: &Part) -> Result<Html, StoreError> {
    let stamps = page.live.stamps().await?;
    let mut seen = live::Seen::default();
    page.note(&mut seen, readable, &stamps).await?;
    let counts = readable.count(&page.store).await?;
    let rows = readable.read(&page.store, part, PAGE_ROWS, cell::LIST_CHARACTERS).await?;
    Ok(pages::table(&readable.table, counts, part, &rows, PAGE_ROWS, &seen))
}

async fn row(State(page): State<Arc<Page>>, Path((name, id)): Path<(String, String)>, headers: HeaderMap) -> Response {
    one_row(&page, &name, id, &page.visitor(headers)).await
}

async fn one_row(page: &Page, name: &str, id: String, visitor: &Visitor) -> Response {
    let readable = match page.open(name, visitor) {
        Ok(readable) => readable,
        Err(refusal) => return refusal,
    };
    match read_row(page, &readable, id).await {
        Ok(Some(html)) => answer(StatusCode::OK, html),
        Ok(None) => answer(StatusCode::NOT_FOUND, pages::no_row(readable.table.name())),
        Err(error) => failure(&error),
    }
}

async fn read_row(page: &Page, readable: &Readable, id: String) -> Result<Option<Html>, StoreError> {
    let stamps = page.live.stamps().await?;
    let mut seen = live::Seen::default();
    page.note(&mut seen, readable, &stamps).await?;
    let rows = readable.read(&page.store, &Part::One(id), 1, cell::ROW_CHARACTERS).await?;
    Ok(rows.rows.first().map(|row| pages::row(&readable.table, row, &seen)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Watched {
    table: Option<String>,
    since: String,
}

/// Changes as server-sent events; a table that has this name is shown to who does not ask for events.
async fn events(
    State(page): State<Arc<Page>>,
    watched: Result<Query<Watched>, QueryRejection>,
    wanted: Result<Query<Wanted>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let asks = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/event-stream"));
    if !asks && page.store.table("events").is_some() {
        return table(State(page), Path("events".to_owned()), wanted, headers).await;
    }
    let watched = watched.map(|Query(watched)| watched).unwrap_or_default();
    let tables = match &watched.table {
        Some(name) => match page.open(name, &page.visitor(headers.clone())) {
            Ok(readable) => vec![readable.table],
            Err(refusal) => return refusal,
        },
        None => page.store.tables().to_vec(),
    };
    // A browser that connects again says which event it saw last.
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).unwrap_or(&watched.since);
    let seen = live::Seen::parse(last);
    live::watch(page, headers, tables, seen)
}
