//! A transport that plays a script, and the tables and texts that the wire tests share.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use synctable::wire::answer::{Body, Delivery, Truth};
use synctable::wire::{
    BoxFuture, Dialect, Headers, PageRequest, Request, Response, Transport, TransportError, TransportErrorKind,
    WireClient, WireClientBuilder, WireTable,
};
use synctable::{ColumnDef, Remote, Row, TableSchema, Value, Version};

pub(crate) static TODO_COLUMNS: [ColumnDef; 3] = [
    ColumnDef::id("id"),
    ColumnDef::new::<Option<String>>("title", "title"),
    ColumnDef::new::<Option<bool>>("complete", "complete"),
];
pub(crate) static TODO: TableSchema = TableSchema::new("todoitem", &TODO_COLUMNS);

pub(crate) type Reply = Result<Response, TransportError>;

/// Answers requests in order and keeps them; a request beyond the script is a test failure.
#[derive(Debug, Default)]
pub(crate) struct Script {
    replies: Mutex<VecDeque<Reply>>,
    requests: Mutex<Vec<Request>>,
}

impl Script {
    pub(crate) fn new(replies: impl IntoIterator<Item = Reply>) -> Arc<Self> {
        Arc::new(Self { replies: Mutex::new(replies.into_iter().collect()), requests: Mutex::default() })
    }

    /// What was sent, in order.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// What was sent as `METHOD path [if-match] [version] [body]`, in order; the whole script must
    /// have been played.
    pub(crate) fn sent(&self) -> Vec<String> {
        let left = self.replies.lock().unwrap().len();
        assert_eq!(left, 0, "replies that nothing asked for");
        self.requests().iter().map(shown).collect()
    }

    pub(crate) fn builder(self: &Arc<Self>) -> WireClientBuilder {
        WireClient::builder("https://example.com").transport(Arc::clone(self) as Arc<dyn Transport>)
    }

    pub(crate) fn table(self: &Arc<Self>, dialect: Dialect) -> WireTable {
        self.builder().dialect(dialect).build().unwrap().table(&TODO)
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Reply> {
        let about = shown(&request);
        self.requests.lock().unwrap().push(request);
        let reply = self.replies.lock().unwrap().pop_front().unwrap_or_else(|| panic!("no reply for {about}"));
        Box::pin(async move { reply })
    }
}

/// A script as a transport of its own, for builders that take one.
#[derive(Debug)]
pub(crate) struct Shared(pub(crate) Arc<Script>);

impl Transport for Shared {
    fn send(&self, request: Request) -> BoxFuture<'_, Reply> {
        self.0.send(request)
    }
}

fn shown(request: &Request) -> String {
    let mut line = format!("{} {}", request.method, request.url.strip_prefix("https://example.com").unwrap());
    for (name, label) in [("if-match", "if-match="), ("zumo-api-version", "version=")] {
        if let Some(value) = request.headers.get(name) {
            line.push_str(&format!(" {label}{value}"));
        }
    }
    let is_json = request.headers.get("content-type") == Some("application/json");
    let has_type = request.headers.get("content-type").is_some();
    assert_eq!(has_type, !request.body.is_empty(), "content type and body go together: {line}");
    if is_json {
        line.push_str(&format!(" {}", str::from_utf8(&request.body).unwrap()));
    }
    line
}

/// A reply with headers written as lines.
pub(crate) fn reply(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Reply {
    let headers: Headers = headers.lines().filter_map(|line| line.trim().split_once(": ")).collect();
    Ok(Response { status, headers, body: body.as_ref().to_vec().into() })
}

pub(crate) fn json(status: u16, body: impl AsRef<[u8]>) -> Reply {
    reply(status, "content-type: application/json; charset=utf-8", body)
}

pub(crate) fn fails(kind: TransportErrorKind) -> Reply {
    Err(TransportError::new(kind, "played failure"))
}

pub(crate) fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

/// A row of [`TODO`].
pub(crate) fn todo(id: &str, title: &str) -> Row {
    let mut row = Row::new(&TODO);
    row.values = vec![Value::Text(id.into()), Value::Text(title.into()), Value::Integer(1)];
    row
}

pub(crate) const ALL_ROWS: PageRequest<'static> = PageRequest { order: "updatedAt,id", top: 50, ..PageRequest::EVERY };

/// A row of [`TODO`] in one line.
pub(crate) fn line(row: &Row) -> String {
    let title = match &row.values[1] {
        Value::Text(title) => title.as_str(),
        _ => "-",
    };
    let version = row.version.as_ref().map_or("-", Version::as_str);
    let updated = row.updated_at.map_or("-".to_owned(), |time| time.to_millis_string());
    format!("{} {title} {version} {updated}{}", row.id(), if row.deleted { " deleted" } else { "" })
}

/// A delivery in one line.
pub(crate) fn outcome(delivery: &Delivery) -> String {
    match delivery {
        Delivery::Answered(answer) => {
            let body = match &answer.body {
                Body::Row(row) => format!("row {}", line(&row.row)),
                Body::WrongId(id) => format!("wrong id {id}"),
                Body::Unreadable(row) => format!("unreadable {}: {}", row.id, row.error),
                Body::None => "none".to_owned(),
            };
            let own = if answer.own_form { "" } else { " foreign" };
            let message = if answer.message.is_empty() { String::new() } else { format!(" `{}`", answer.message) };
            format!("{} {body}{own}{message}", answer.status)
        }
        Delivery::Unsent(error) => format!("unsent {}", error.kind()),
        Delivery::Unanswered(error) => format!("unanswered {}", error.kind()),
        Delivery::Unsendable(error) => format!("unsendable {}", error.kind()),
    }
}

/// A truth in one line.
pub(crate) fn truth(truth: &Truth) -> String {
    match truth {
        Truth::None => "none".to_owned(),
        Truth::There(Remote::Row(row), _) => format!("live {}", line(row)),
        Truth::There(Remote::Deleted(row), _) => format!("gone {}", row.as_ref().map_or("-".to_owned(), line)),
        Truth::Unreadable(row) => format!("unreadable {}: {}", row.id, row.error),
    }
}
