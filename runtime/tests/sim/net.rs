//! The way between the devices and the server: what each request meets is said beforehand.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value as Json;
use synctable::Clock;
use synctable::wire::{
    BoxFuture, Dialect, Headers, Method, Request, Response, Transport, TransportError, TransportErrorKind,
};

use crate::clock::Time;
use crate::history::{By, History};
use crate::server::{Server, plain};
use crate::step::pause;
use crate::tally::Tally;

/// What a request meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Meet {
    /// It arrives, and its answer too.
    Pass,
    /// It never leaves.
    Unsent,
    /// It is lost on the way.
    LostRequest,
    /// The server takes it; the answer is lost.
    LostReply,
    /// It is given up, and arrives later.
    Late,
    /// It arrives, its answer too, and later it arrives again.
    Twice,
    /// The server answers with this status and does nothing.
    Status(u16),
    /// As a status, and asks to wait for so many seconds.
    Wait(u64),
    /// The server takes it, and says that it broke down.
    TakenThen500,
    /// The server takes it; half of the answer arrives.
    Cut,
    /// A stranger on the way answers with a page.
    Portal,
    /// It arrives; the answer takes so many seconds.
    Slow(u64),
}

impl Meet {
    fn name(self) -> &'static str {
        match self {
            Self::Pass => "request passed",
            Self::Unsent => "request never left",
            Self::LostRequest => "request lost",
            Self::LostReply => "reply lost",
            Self::Late => "request delayed",
            Self::Twice => "request doubled",
            Self::Status(500) => "status 500",
            Self::Status(503) => "status 503",
            Self::Status(429) => "status 429",
            Self::Status(403) => "status 403",
            Self::Status(_) => "status 422",
            Self::Wait(_) => "status 503 with Retry-After",
            Self::TakenThen500 => "taken, then status 500",
            Self::Cut => "reply cut",
            Self::Portal => "page of a stranger",
            Self::Slow(_) => "slow reply",
        }
    }
}

/// What all share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) server: Server,
    pub(crate) history: History,
    /// What the next requests of each device meet.
    pub(crate) meets: BTreeMap<usize, VecDeque<Meet>>,
    /// Requests that arrive later, with who sent them.
    pub(crate) late: Vec<(usize, Request)>,
    /// Writes of rows that each device has sent since the last look.
    pub(crate) sent: BTreeMap<usize, Vec<String>>,
    /// Versions that each device was told.
    told: BTreeMap<usize, BTreeSet<String>>,
    /// Whether a write may be refused while an earlier one of the row is delayed: the truth that is asked
    /// then knows nothing of the delayed one, which meets other values when it arrives. That is a conflict
    /// of a device with itself.
    pub(crate) may_refuse_delayed: bool,
    /// Rows that an insert has brought back after its device had given them up.
    haunted: BTreeSet<String>,
    /// Writes of rows under way.
    open: BTreeMap<(usize, String), u32>,
    /// What must not happen and did.
    pub(crate) broken: Option<String>,
    pub(crate) tally: Tally,
    /// What happened, if it is to be told.
    pub(crate) trace: Option<Vec<String>>,
}

impl Shared {
    pub(crate) fn new(server: Server) -> Self {
        Self {
            server,
            history: History::default(),
            meets: BTreeMap::new(),
            late: Vec::new(),
            sent: BTreeMap::new(),
            told: BTreeMap::new(),
            may_refuse_delayed: true,
            haunted: BTreeSet::new(),
            open: BTreeMap::new(),
            broken: None,
            tally: Tally::default(),
            trace: None,
        }
    }

    pub(crate) fn tell(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(line());
        }
    }

    fn arrive(&mut self, device: usize, request: &Request) -> Response {
        if self.server.dialect == Dialect::DatasyncV3 && request.headers.get("zumo-api-version").is_none() {
            return Response {
                headers: Headers::from_iter([("content-type", "application/problem+json")]),
                body: br#"{"title":"no ZUMO-API-VERSION","status":400}"#.to_vec().into(),
                ..plain(400)
            };
        }
        let mut response = self.server.answer(request);
        if self.server.dialect == Dialect::NodeV2 {
            response.headers.add("x-zumo-server-version", "node-2.2.3");
        }
        let changed = self.history.note(&self.server, By::Device(device));
        if changed && request.method == Method::Get {
            self.broken.get_or_insert_with(|| "a read changed the server".to_owned());
        }
        response
    }

    /// Whether a delayed write of a row may come between, or an insert of it came when it was given up: an
    /// insert of the same id is then in conflict with what the device itself has sent.
    pub(crate) fn is_haunted(&self, row: &str) -> bool {
        self.haunted.contains(row) || self.late.iter().any(|(_, late)| written_row(late).as_deref() == Some(row))
    }

    /// A request that was under way arrives; nobody waits for the answer.
    pub(crate) fn arrive_late(&mut self, place: usize) {
        let (device, request) = self.late.remove(place);
        let status = self.arrive(device, &request).status;
        if request.method == Method::Post && status < 300 {
            self.haunted.extend(written_row(&request));
        }
        self.tally.count(if status < 300 { "late request with effect" } else { "late request without effect" });
        self.tell(|| format!("    arrives late: {} {} -> {status}", request.method, request.url));
    }
}

/// A device's way to the server.
#[derive(Clone)]
pub(crate) struct Net {
    pub(crate) shared: Arc<Mutex<Shared>>,
    pub(crate) time: Time,
    pub(crate) device: usize,
}

impl fmt::Debug for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Net({})", self.device)
    }
}

/// Counts a write of a row as under way until it is dropped.
struct Open(Net, String);

impl Open {
    fn begin(net: &Net, row: &str) -> Self {
        let mut shared = net.lock();
        let count = shared.open.entry((net.device, row.to_owned())).or_default();
        *count += 1;
        if *count > 1 {
            shared.broken.get_or_insert_with(|| format!("device {}: two writes of {row} are under way", net.device));
        }
        drop(shared);
        Self(net.clone(), row.to_owned())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(count) = self.0.lock().open.get_mut(&(self.0.device, self.1.clone())) {
            *count -= 1;
        }
    }
}

/// The row that a request writes, as `table/id`.
fn written_row(request: &Request) -> Option<String> {
    if request.method == Method::Get {
        return None;
    }
    let target = request.url.split_once("/tables/").map_or("", |(_, target)| target);
    let path = target.split('?').next().unwrap_or_default();
    if path.contains('/') {
        return Some(path.to_owned());
    }
    let body: Json = serde_json::from_slice(&request.body).ok()?;
    Some(format!("{path}/{}", body["id"].as_str()?))
}

impl Net {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a write leaves, and whether it says which version it wants.
    fn leave(&self, request: &Request, row: &str) {
        let mut shared = self.lock();
        shared.sent.entry(self.device).or_default().push(row.to_owned());
        let is_insert = request.method == Method::Post && request.headers.get("if-match").is_none();
        let wanted = request.headers.get("if-match").map(|tag| tag.trim_matches('"').to_owned());
        let complaint = match wanted {
            None if is_insert => None,
            None => Some("says no version".to_owned()),
            Some(version) => {
                let known = shared.told.get(&self.device).is_some_and(|told| told.contains(&version));
                (!known).then(|| format!("wants version {version}, which the device never saw"))
            }
        };
        if let Some(complaint) = complaint {
            let text = format!("device {}: {} of {row} {complaint}", self.device, request.method);
            shared.broken.get_or_insert(text);
        }
    }

    fn arrive(&self, request: &Request) -> Response {
        self.lock().arrive(self.device, request)
    }

    /// Notes the versions that an answer tells.
    fn told(&self, response: &Response) {
        let Ok(body) = serde_json::from_slice::<Json>(&response.body) else { return };
        let lists = ["items", "results"].iter().filter_map(|name| body[*name].as_array());
        let rows = lists.flatten().chain(std::iter::once(&body));
        let versions = rows.filter_map(|row| row["version"].as_str()).map(str::to_owned);
        self.lock().told.entry(self.device).or_default().extend(versions);
    }

    async fn carry(self, request: Request) -> Result<Response, TransportError> {
        let row = written_row(&request);
        let _open = row.as_ref().map(|row| Open::begin(&self, row));
        if let Some(row) = &row {
            self.leave(&request, row);
        }
        pause().await;
        let meet = {
            let mut shared = self.lock();
            let mut meet = shared.meets.get_mut(&self.device).and_then(VecDeque::pop_front).unwrap_or(Meet::Pass);
            let is_delayed = row.as_ref().is_some_and(|row| shared.is_haunted(row));
            if matches!(meet, Meet::Status(403 | 422)) && is_delayed && !shared.may_refuse_delayed {
                meet = Meet::Pass;
            }
            shared.tally.count(meet.name());
            meet
        };
        let result = self.meet(&request, meet).await;
        {
            let mut shared = self.lock();
            shared.tell(|| {
                let tag = request.headers.get("if-match").map_or(String::new(), |tag| format!(" if {tag}"));
                let sent = String::from_utf8_lossy(&request.body).into_owned();
                let answer = match &result {
                    Ok(response) => {
                        format!("{} {}", response.status, String::from_utf8_lossy(&response.body))
                    }
                    Err(error) => error.to_string(),
                };
                format!("    {} {} {}{tag} {sent} ({meet:?}) -> {answer}", self.device, request.method, request.url)
            });
        }
        if let Ok(response) = &result {
            pause().await;
            self.told(response);
        }
        result
    }

    async fn meet(&self, request: &Request, meet: Meet) -> Result<Response, TransportError> {
        let lost = || TransportError::new(TransportErrorKind::Unanswered, "lost on the way");
        match meet {
            Meet::Pass => Ok(self.arrive(request)),
            Meet::Unsent => Err(TransportError::new(TransportErrorKind::Unsent, "no way out")),
            Meet::LostRequest => Err(lost()),
            Meet::LostReply => {
                self.arrive(request);
                pause().await;
                Err(lost())
            }
            Meet::Late => {
                self.lock().late.push((self.device, request.clone()));
                Err(lost())
            }
            Meet::Twice => {
                self.lock().late.push((self.device, request.clone()));
                Ok(self.arrive(request))
            }
            Meet::Status(status) => Ok(plain(status)),
            Meet::Wait(seconds) => {
                Ok(Response { headers: Headers::from_iter([("retry-after", seconds.to_string())]), ..plain(503) })
            }
            Meet::TakenThen500 => {
                self.arrive(request);
                Ok(plain(500))
            }
            Meet::Cut => {
                let mut response = self.arrive(request);
                response.body = response.body.slice(..response.body.len() / 2);
                // An empty answer is whole, however it is cut.
                if response.body.is_empty() { Err(lost()) } else { Ok(response) }
            }
            Meet::Portal => Ok(Response {
                headers: Headers::from_iter([("content-type", "text/html")]),
                body: b"<html>sign in</html>".to_vec().into(),
                ..plain(200)
            }),
            Meet::Slow(seconds) => {
                let response = self.arrive(request);
                self.time.sleep(Duration::from_secs(seconds)).await;
                Ok(response)
            }
        }
    }
}

impl Transport for Net {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.clone().carry(request))
    }
}
