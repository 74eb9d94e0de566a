//! The network of the histories: each request goes through, unless a rule says what it meets.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use synctable::wire::{
    BoxFuture, Dialect, Headers, Method, Request, Response, Transport, TransportError, TransportErrorKind,
};
use tokio::sync::Notify;

use super::TokioClock;
use super::server::{Server, plain};

/// What a request meets.
#[derive(Clone)]
pub(crate) enum Meet {
    /// This answer; the server does not see the request.
    Answer(Response),
    /// The server takes it, and the device gets this answer instead.
    TakenThen(Response),
    /// It never leaves.
    Unsent,
    /// It is lost on the way.
    LostRequest,
    /// The server takes it; the answer is lost.
    LostReply,
    /// It is delayed beyond the device's patience: [`World::deliver_late`] delivers it.
    Late,
    /// The server takes it, then the work runs, then the answer arrives.
    ThenWork(Work),
    /// The work runs, then this answer arrives; the server does not see the request.
    WorkThen(Work, Response),
    /// The request has arrived and is answered only when the gate opens.
    Gate(Gate),
    /// The answer is made at once and arrives only when the gate opens.
    Stale(Gate),
}

pub(crate) type Work = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// Work that runs while a request is open.
pub(crate) fn work<F: Future<Output = ()> + Send + 'static>(work: impl Fn() -> F + Send + Sync + 'static) -> Work {
    Arc::new(move || Box::pin(work()))
}

/// An answer without a body.
pub(crate) fn status(status: u16) -> Meet {
    Meet::Answer(plain(status))
}

/// An answer with headers written as lines, and a body.
pub(crate) fn answer(status: u16, headers: &str, body: &str) -> Meet {
    Meet::Answer(response(status, headers, body))
}

pub(crate) fn response(status: u16, headers: &str, body: &str) -> Response {
    let headers: Headers = headers.lines().filter_map(|line| line.trim().split_once(": ")).collect();
    Response { status, headers, body: body.as_bytes().to_vec().into() }
}

/// Holds a request at the server.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gate {
    arrived: Arc<Notify>,
    opened: Arc<Notify>,
}

impl Gate {
    /// Ends when a request waits at the gate.
    pub(crate) async fn arrival(&self) {
        self.arrived.notified().await;
    }

    pub(crate) fn open(&self) {
        self.opened.notify_one();
    }

    /// Arrives, and waits until it opens.
    pub(crate) async fn pass(&self) {
        self.arrived.notify_one();
        self.opened.notified().await;
    }
}

impl fmt::Debug for Meet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answer(_) => "Answer",
            Self::TakenThen(_) => "TakenThen",
            Self::Unsent => "Unsent",
            Self::LostRequest => "LostRequest",
            Self::LostReply => "LostReply",
            Self::Late => "Late",
            Self::ThenWork(_) => "ThenWork",
            Self::WorkThen(..) => "WorkThen",
            Self::Gate(_) => "Gate",
            Self::Stale(_) => "Stale",
        })
    }
}

/// Which requests meet something, and how often; one of the first that fits is used.
#[derive(Debug)]
struct Rule {
    method: &'static str,
    path: String,
    left: usize,
    meet: Meet,
    then: Then,
}

/// What becomes of the requests after one that met a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    GoOn,
    Cut,
}

/// The server and the way to it; clones lead to the same.
#[derive(Debug, Clone)]
pub(crate) struct World(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    server: Mutex<Server>,
    rules: Mutex<Vec<Rule>>,
    sent: Mutex<Vec<(String, String)>>,
    /// The writes that were sent, with their keys.
    keys: Mutex<Vec<(String, Option<String>)>>,
    late: Mutex<Vec<Request>>,
    traffic: Mutex<Traffic>,
    told: Option<Dialect>,
    clock: TokioClock,
}

/// What is on its way, and what was seen of it.
#[derive(Debug, Default)]
struct Traffic {
    /// How long requests take, in turn; empty: no time at all.
    takes: Vec<Duration>,
    count: usize,
    under_way: Vec<String>,
    most_under_way: usize,
    /// Rows of which two writes were under way at once.
    doubled: Vec<String>,
}

/// A request on its way, until its answer has arrived or nobody waits for it any more.
struct UnderWay<'a>(&'a World, String);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut traffic = self.0.0.traffic.lock().unwrap();
        let place = traffic.under_way.iter().position(|row| *row == self.1).expect("it is under way");
        traffic.under_way.swap_remove(place);
    }
}

impl World {
    /// A world whose devices are told the dialect.
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self::with(dialect, Some(dialect))
    }

    pub(crate) fn v3() -> Self {
        Self::new(Dialect::DatasyncV3)
    }

    /// A world whose devices are told this dialect, though the server speaks another.
    pub(crate) fn with(dialect: Dialect, told: Option<Dialect>) -> Self {
        Self(Arc::new(Inner {
            server: Mutex::new(Server::new(dialect)),
            rules: Mutex::default(),
            sent: Mutex::default(),
            keys: Mutex::default(),
            late: Mutex::default(),
            traffic: Mutex::default(),
            told,
            clock: TokioClock::new(),
        }))
    }

    pub(crate) fn told_dialect(&self) -> Option<Dialect> {
        self.0.told
    }

    pub(crate) fn clock(&self) -> TokioClock {
        self.0.clock.clone()
    }

    pub(crate) fn server<R>(&self, work: impl FnOnce(&mut Server) -> R) -> R {
        work(&mut self.0.server.lock().unwrap())
    }

    /// Requests take so many milliseconds from now on, in turn.
    pub(crate) fn takes(&self, millis: &[u64]) {
        self.0.traffic.lock().unwrap().takes = millis.iter().copied().map(Duration::from_millis).collect();
    }

    /// How many requests were under way at once at most, since the last call.
    pub(crate) fn most_under_way(&self) -> usize {
        std::mem::take(&mut self.0.traffic.lock().unwrap().most_under_way)
    }

    /// Rows of which two writes were ever under way at once.
    pub(crate) fn doubled(&self) -> Vec<String> {
        self.0.traffic.lock().unwrap().doubled.clone()
    }

    fn set_out(&self, request: &Request, path: &str) -> (UnderWay<'_>, Option<Duration>) {
        let mut traffic = self.0.traffic.lock().unwrap();
        let mut row = path.to_owned();
        if request.method == Method::Post && !path.contains('/') {
            let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
            row = format!("{path}/{}", body["id"].as_str().unwrap_or_default());
        }
        // Batches may be under way beside each other: they carry different rows.
        if request.method != Method::Get && path != "$batch" && traffic.under_way.contains(&row) {
            traffic.doubled.push(row.clone());
        }
        traffic.under_way.push(row.clone());
        traffic.most_under_way = traffic.most_under_way.max(traffic.under_way.len());
        let takes = traffic.takes.get(traffic.count % traffic.takes.len().max(1)).copied();
        traffic.count += 1;
        (UnderWay(self, row), takes)
    }

    /// The next request of this method and path below `tables/` meets this; `*` stands for any.
    pub(crate) fn once(&self, method: &'static str, path: &str, meet: Meet) {
        self.times(1, method, path, meet);
    }

    pub(crate) fn always(&self, method: &'static str, path: &str, meet: Meet) {
        self.times(usize::MAX, method, path, meet);
    }

    pub(crate) fn times(&self, left: usize, method: &'static str, path: &str, meet: Meet) {
        self.0.rules.lock().unwrap().push(Rule { method, path: path.to_owned(), left, meet, then: Then::GoOn });
    }

    /// Nothing goes through any more.
    pub(crate) fn cut(&self) {
        self.always("*", "*", Meet::LostRequest);
    }

    /// Forgets the rules: all goes through.
    pub(crate) fn heal(&self) {
        self.0.rules.lock().unwrap().clear();
    }

    /// The next such request meets this, and all requests after it are lost.
    pub(crate) fn lose_next(&self, method: &'static str, path: &str, meet: Meet) {
        let rule = Rule { method, path: path.to_owned(), left: 1, meet, then: Then::Cut };
        self.0.rules.lock().unwrap().push(rule);
    }

    /// What was sent since the last call, as `METHOD path`, in order; reads of a table are `GET path?`.
    pub(crate) fn sent(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.sent.lock().unwrap()).into_iter().map(|(short, _)| short).collect()
    }

    /// How many requests [`sent`](Self::sent) would tell.
    pub(crate) fn sent_so_far(&self) -> usize {
        self.0.sent.lock().unwrap().len()
    }

    /// As [`sent`](Self::sent), with the bodies and the versions that the requests want.
    pub(crate) fn sent_in_full(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.sent.lock().unwrap()).into_iter().map(|(_, full)| full).collect()
    }

    /// The writes that were sent since the last call, with their keys.
    pub(crate) fn keys(&self) -> Vec<(String, Option<String>)> {
        std::mem::take(&mut *self.0.keys.lock().unwrap())
    }

    /// What was written since the last call.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.sent().into_iter().filter(|line| !line.starts_with("GET")).collect()
    }

    /// Requests that were under way arrive now; nobody waits for their answers. Gives the statuses.
    pub(crate) fn deliver_late(&self) -> Vec<u16> {
        let late = std::mem::take(&mut *self.0.late.lock().unwrap());
        late.iter().map(|request| self.server(|server| server.answer(request)).status).collect()
    }

    fn rule(&self, method: Method, path: &str) -> Option<Meet> {
        let mut rules = self.0.rules.lock().unwrap();
        let rule = rules.iter_mut().find(|rule| {
            rule.left > 0
                && (rule.method == "*" || rule.method == method.as_str())
                && (rule.path == "*" || rule.path == path)
        })?;
        rule.left = rule.left.saturating_sub(1);
        let (meet, then) = (rule.meet.clone(), rule.then);
        if then == Then::Cut {
            let lost = Meet::LostRequest;
            rules.push(Rule { method: "*", path: "*".to_owned(), left: usize::MAX, meet: lost, then: Then::GoOn });
        }
        Some(meet)
    }

    async fn carry(&self, request: Request) -> Result<Response, TransportError> {
        let target = request.url.split_once("/tables/").map_or(request.url.as_str(), |(_, target)| target);
        let path = target.split('?').next().unwrap_or_default().to_owned();
        let is_list = request.method == Method::Get && !path.contains('/');
        let mark = if is_list { "?" } else { "" };
        let short = format!("{} {path}{mark}", request.method);
        let mut full = short.clone();
        if let Some(tag) = request.headers.get("if-match") {
            full.push_str(&format!(" if {tag}"));
        }
        if !request.body.is_empty() {
            full.push_str(&format!(" {}", String::from_utf8_lossy(&request.body)));
        }
        if request.method != Method::Get {
            let key = request.headers.get("idempotency-key").map(str::to_owned);
            self.0.keys.lock().unwrap().push((short.clone(), key));
        }
        self.0.sent.lock().unwrap().push((short, full));
        let (_under_way, takes) = self.set_out(&request, &path);
        if let Some(takes) = takes {
            tokio::time::sleep(takes).await;
        }
        let lost = || TransportError::new(TransportErrorKind::Unanswered, "lost on the way");
        let taken = || self.server(|server| server.answer(&request));
        match self.rule(request.method, &path) {
            None => Ok(taken()),
            Some(Meet::Answer(response)) => Ok(response),
            Some(Meet::TakenThen(response)) => {
                taken();
                Ok(response)
            }
            Some(Meet::Unsent) => Err(TransportError::new(TransportErrorKind::Unsent, "no way out")),
            Some(Meet::LostRequest) => Err(lost()),
            Some(Meet::LostReply) => {
                taken();
                Err(lost())
            }
            Some(Meet::Late) => {
                self.0.late.lock().unwrap().push(request);
                Err(lost())
            }
            Some(Meet::ThenWork(work)) => {
                let response = taken();
                work().await;
                Ok(response)
            }
            Some(Meet::WorkThen(work, response)) => {
                work().await;
                Ok(response)
            }
            Some(Meet::Gate(gate)) => {
                gate.pass().await;
                Ok(taken())
            }
            Some(Meet::Stale(gate)) => {
                let response = taken();
                gate.pass().await;
                Ok(response)
            }
        }
    }
}

impl Transport for World {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.carry(request))
    }
}
