//! The server side of a case: scripted answers in order, and behind them a small store that answers all else as a real server would.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::sync::{Notify, watch};

use crate::case::{Answer, Failure, Page, Profile, Row, made_row};
use crate::instant;
use crate::query::Query;
use crate::recorded::Recorded;

/// What the server does with a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reply {
    Json {
        status: u16,
        body: Option<Value>,
    },
    /// No answer, ever.
    Hang,
    /// The connection is closed without an answer.
    Cut,
    /// 200 with a body that is no JSON.
    Garbage,
}

#[derive(Debug, Clone)]
enum Planned {
    List(Vec<Value>, Last),
    /// Status with or without body, for a write; without body also for a list.
    Status(u16, Option<Value>),
    Failure(Failure),
}

#[derive(Debug)]
struct State {
    dialect: Profile,
    planned: VecDeque<Planned>,
    /// A failure lasts while the client repeats itself.
    lasting: Option<(Scope, Reply)>,
    /// Nothing is written: whatever is planned is for lists.
    only_lists: bool,
    /// Writes get this status.
    refuse_writes: Option<u16>,
    tables: BTreeMap<String, BTreeMap<String, Row>>,
    recorded: Vec<Recorded>,
    made: u64,
}

/// Whether a scripted list is the end of a pull.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Last {
    /// More pages of it follow.
    No,
    /// It is, unless a list of rows follows.
    Described,
    /// It is, unless any list follows.
    Open,
}

/// The requests that a lasting failure meets.
#[derive(Debug, Clone, PartialEq)]
enum Scope {
    All,
    /// Method, path and row.
    Call(String, String, Option<String>),
}

impl Scope {
    fn call(request: &Recorded) -> Self {
        Self::Call(request.method.clone(), request.path.clone(), request.row_id())
    }
}

/// Shared by the server and the runner.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    state: Arc<Mutex<State>>,
    /// True while requests may be answered.
    gate: watch::Sender<bool>,
    arrived: Arc<Notify>,
}

/// First stamp that the store behind the script gives.
const FIRST_STAMP: i64 = 1_577_836_800_000;

impl Script {
    pub(crate) fn new(dialect: Profile) -> Self {
        let state = State {
            dialect,
            planned: VecDeque::new(),
            lasting: None,
            only_lists: false,
            refuse_writes: None,
            tables: BTreeMap::new(),
            recorded: Vec::new(),
            made: 0,
        };
        Self { state: Arc::new(Mutex::new(state)), gate: watch::Sender::new(true), arrived: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends the answers of a case.
    ///
    /// # Errors
    /// An answer that says nothing or two things.
    pub(crate) fn plan(&self, answers: &[Answer]) -> Result<(), String> {
        let mut state = self.state();
        for answer in answers {
            let planned = match answer {
                Answer { failure: Some(failure), status: None, body: None, page: None, rows: None, .. } => {
                    vec![Planned::Failure(*failure)]
                }
                Answer { page: Some(page), body: None, rows: None, .. } => pages(page)?,
                Answer { rows: Some(rows), body: None, .. } => vec![Planned::List(rows.clone(), Last::Open)],
                Answer { status: Some(status), body, .. } => vec![Planned::Status(*status, body.clone())],
                other => return Err(format!("answer {other:?} is of no known form")),
            };
            for _ in 0..answer.times.unwrap_or(1) {
                state.planned.extend(planned.iter().cloned());
            }
        }
        Ok(())
    }

    /// Says that the case writes nothing: a failure behind a list is the answer to its next page.
    pub(crate) fn expect_only_lists(&self) {
        self.state().only_lists = true;
    }

    /// Puts a row on the server; members that it lacks are made.
    pub(crate) fn put(&self, table: &str, row: Row) -> Row {
        self.state().store(table, row)
    }

    /// Puts a row on the server that has no version.
    pub(crate) fn put_without_version(&self, table: &str, row: Row) -> Row {
        let mut state = self.state();
        let id = state.store(table, row)["id"].as_str().unwrap_or_default().to_owned();
        let stored = state.tables.entry(table.to_owned()).or_default().entry(id).or_default();
        stored.remove("version");
        stored.clone()
    }

    /// Answers all writes with a status, whatever is planned.
    pub(crate) fn refuse_writes(&self, status: Option<u16>) {
        self.state().refuse_writes = status;
    }

    /// Ends a failure that lasted while the client repeated itself.
    pub(crate) fn recover(&self) {
        self.state().lasting = None;
    }

    /// All requests so far, and forgets them.
    pub(crate) fn take_recorded(&self) -> Vec<Recorded> {
        std::mem::take(&mut self.state().recorded)
    }

    /// Holds back answers until `release`.
    pub(crate) fn hold(&self) {
        self.gate.send_replace(false);
    }

    pub(crate) fn release(&self) {
        self.gate.send_replace(true);
    }

    /// Returns when a request has come in since `hold`.
    pub(crate) async fn arrival(&self) {
        self.arrived.notified().await;
    }

    /// Records a request and answers it once the gate is open.
    pub(crate) async fn serve(&self, request: Recorded) -> Reply {
        let reply = self.state().reply(request);
        let mut gate = self.gate.subscribe();
        if !*gate.borrow() {
            self.arrived.notify_one();
        }
        // The sender lives as long as self.
        let _ = gate.wait_for(|open| *open).await;
        reply
    }
}

/// Rows of all pages in order, an answer a page.
fn pages(page: &Page) -> Result<Vec<Planned>, String> {
    let last = match &page.last_updated_at {
        Some(text) => instant::parse(text).ok_or_else(|| format!("lastUpdatedAt {text} is no instant"))?,
        None => FIRST_STAMP,
    };
    let rows: Vec<Value> = (0..page.items)
        .map(|n| {
            let mut row = made_row(None, n);
            row.insert("version".to_owned(), format!("page-{n}").into());
            if page.with_updated_at {
                row.insert("updatedAt".to_owned(), instant::format(last - 1000 * (page.items - 1 - n) as i64).into());
            }
            row.insert("deleted".to_owned(), (n + page.deleted >= page.items || page.deleted_index == Some(n)).into());
            Value::Object(row)
        })
        .collect();
    let size = rows.len().div_ceil(page.pages.max(1)).max(1);
    let mut answers: Vec<Planned> = rows.chunks(size).map(|c| Planned::List(c.to_vec(), Last::No)).collect();
    match answers.last_mut() {
        Some(Planned::List(_, last)) => *last = Last::Described,
        _ => answers.push(Planned::List(Vec::new(), Last::Described)),
    }
    Ok(answers)
}

impl State {
    fn reply(&mut self, request: Recorded) -> Reply {
        self.recorded.push(request.clone());
        if let Some((scope, reply)) = &self.lasting
            && (*scope == Scope::All || *scope == Scope::call(&request))
        {
            return reply.clone();
        }
        if let Some(status) = self.refuse_writes.filter(|_| request.is_write()) {
            return Reply::Json { status, body: None };
        }
        // Only our client asks for rows without a stamp, at the end of a pull.
        let is_list = request.is_list() && !Query::read(&request.query).is_ok_and(|query| query.unstamped);
        let fits = match self.planned.front() {
            Some(Planned::List(..)) => is_list,
            Some(Planned::Status(_, Some(_))) => request.is_write(),
            Some(Planned::Status(_, None) | Planned::Failure(_)) => request.is_write() || is_list,
            None => false,
        };
        match if fits { self.planned.pop_front() } else { None } {
            Some(Planned::List(rows, last)) => {
                let next = self.planned.iter().find_map(|p| if let Planned::List(_, l) = p { Some(*l) } else { None });
                let more = match last {
                    Last::No => true,
                    Last::Described => next == Some(Last::Open),
                    Last::Open => next.is_some(),
                };
                let fails = matches!(self.planned.front(), Some(Planned::Status(400.., None) | Planned::Failure(_)));
                let more = more || self.only_lists && fails;
                // A count above the rows says that the client is to ask again.
                let count = rows.len() + usize::from(more);
                self.list(&request, rows, count)
            }
            Some(Planned::Status(status, body)) => self.planned_status(&request, status, body),
            Some(Planned::Failure(failure)) => {
                let reply = match failure {
                    Failure::Timeout => Reply::Hang,
                    Failure::ConnectionError => Reply::Cut,
                    Failure::ClientSideException => Reply::Garbage,
                };
                self.lasting = Some((Scope::All, reply.clone()));
                reply
            }
            None => self.answer(&request),
        }
    }

    fn planned_status(&mut self, request: &Recorded, status: u16, body: Option<Value>) -> Reply {
        let reply = Reply::Json { status, body: body.clone() };
        match status {
            // Who is not signed in may not read either.
            401 => self.lasting = Some((Scope::All, reply.clone())),
            405 | 408 | 425 | 429 | 500.. => self.lasting = Some((Scope::call(request), reply.clone())),
            _ => {}
        }
        // What the answer shows is the truth from now on.
        if let Some((table, _)) = request.target() {
            match (body, request.row_id()) {
                (Some(Value::Object(row)), Some(id)) if row.get("id").and_then(Value::as_str) == Some(id.as_str()) => {
                    let mut merged = if status < 300 {
                        request.body.as_ref().and_then(Value::as_object).cloned().unwrap_or_default()
                    } else {
                        Row::new()
                    };
                    merged.extend(row);
                    self.store(&table, merged);
                }
                (None, Some(id)) if request.method == "DELETE" && status < 300 => {
                    self.tables.entry(table).or_default().remove(&id);
                }
                _ => {}
            }
        }
        reply
    }

    /// Answers from the store, as a server with hard deletes.
    fn answer(&mut self, request: &Recorded) -> Reply {
        let Some((table, id)) = request.target() else {
            return Reply::Json { status: 404, body: None };
        };
        let old = request.row_id().and_then(|id| self.tables.get(&table)?.get(&id).cloned());
        let Some(id) = id else {
            return match (request.method.as_str(), old, &request.body) {
                ("GET", ..) => self.stored_list(&table, request),
                ("POST", None, Some(Value::Object(body))) => {
                    Reply::Json { status: 201, body: Some(self.store(&table, body.clone()).into()) }
                }
                ("POST", Some(row), _) => Reply::Json { status: 409, body: Some(row.into()) },
                _ => Reply::Json { status: 400, body: None },
            };
        };
        let Some(row) = old else {
            let n2 = (self.dialect == Profile::Classic2020).then(|| json!({"error": "The item does not exist"}));
            return Reply::Json { status: 404, body: n2 };
        };
        let stale = request
            .if_match
            .as_deref()
            .is_some_and(|tag| Some(tag.trim_matches('"')) != row.get("version").and_then(Value::as_str));
        match (request.method.as_str(), &request.body) {
            ("GET", _) => Reply::Json { status: 200, body: Some(row.into()) },
            _ if stale => Reply::Json { status: 412, body: Some(row.into()) },
            ("DELETE", _) => {
                self.tables.entry(table).or_default().remove(&id);
                match self.dialect {
                    Profile::Classic2020 => Reply::Json { status: 200, body: Some(row.into()) },
                    _ => Reply::Json { status: 204, body: None },
                }
            }
            ("PATCH" | "PUT", Some(Value::Object(body))) => {
                let mut next = if request.method == "PATCH" { row } else { Row::new() };
                next.retain(|name, _| !crate::exempt::is_system(name));
                next.extend(
                    body.iter()
                        .filter(|(name, _)| !crate::exempt::is_system(name))
                        .map(|(k, v)| (k.clone(), v.clone())),
                );
                next.insert("id".to_owned(), id.into());
                Reply::Json { status: 200, body: Some(self.store(&table, next).into()) }
            }
            _ => Reply::Json { status: 400, body: None },
        }
    }

    fn stored_list(&self, table: &str, request: &Recorded) -> Reply {
        let Ok(query) = Query::read(&request.query) else {
            return Reply::Json { status: 400, body: None };
        };
        let stamp = |row: &Row| row.get("updatedAt").and_then(Value::as_str).and_then(instant::parse);
        let mut rows: Vec<&Row> = self
            .tables
            .get(table)
            .into_iter()
            .flat_map(BTreeMap::values)
            .filter(|row| match stamp(row) {
                None => query.unstamped || query.bounds.is_empty(),
                Some(at) => {
                    !query.unstamped
                        && query.bounds.iter().all(|b| match b.op.as_str() {
                            "ge" => at >= b.millis,
                            "gt" => at > b.millis,
                            "lt" => at < b.millis,
                            "le" => at <= b.millis,
                            _ => at == b.millis,
                        })
                }
            })
            .filter(|row| query.after_id.as_deref().is_none_or(|after| row["id"].as_str().is_some_and(|id| id > after)))
            .collect();
        if query.order.first().is_some_and(|k| k == "updatedAt") {
            rows.sort_by_key(|row| stamp(row));
        }
        let count = rows.len();
        let skip = query.skip.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
        let top = query.top.and_then(|n| usize::try_from(n).ok()).unwrap_or(100);
        let page = rows.into_iter().skip(skip).take(top).map(|row| Value::Object(row.clone())).collect();
        self.list(request, page, count)
    }

    fn list(&self, request: &Recorded, rows: Vec<Value>, count: usize) -> Reply {
        let counted = Query::read(&request.query).is_ok_and(|q| q.count);
        let body = match (self.dialect, counted) {
            (Profile::Classic2020, true) => json!({"results": rows, "count": count}),
            (Profile::Classic2020, false) => Value::Array(rows),
            (_, true) => json!({"items": rows, "count": count}),
            (_, false) => json!({"items": rows}),
        };
        Reply::Json { status: 200, body: Some(body) }
    }

    /// Stores a row; version and stamp are made where they are not given.
    fn store(&mut self, table: &str, mut row: Row) -> Row {
        self.made += 1;
        let stamp = instant::format(FIRST_STAMP + i64::try_from(self.made).unwrap_or(0));
        row.entry("id").or_insert_with(|| format!("made-{}", self.made).into());
        row.entry("version").or_insert_with(|| format!("made-{}", self.made).into());
        row.entry("updatedAt").or_insert_with(|| stamp.into());
        row.entry("deleted").or_insert(Value::Bool(false));
        let id = row["id"].as_str().unwrap_or_default().to_owned();
        self.tables.entry(table.to_owned()).or_default().insert(id, row.clone());
        row
    }
}
