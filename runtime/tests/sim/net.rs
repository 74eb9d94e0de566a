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
use crate::keys;
use crate::parcel::{Parcel, is_batch};
use crate::server::{Server, plain, respond};
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
    /// The server ends when it has done so many operations of a batch, and answers nothing.
    Crash(usize),
    /// The server does so many operations of a batch, and has no time for the others.
    Part(usize),
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
            Self::Crash(_) | Self::Part(_) => "what only batches meet",
        }
    }

    fn name_of_batch(self) -> &'static str {
        match self {
            Self::Pass => "batch passed",
            Self::LostReply | Self::TakenThen500 | Self::Cut => "reply of a batch lost",
            Self::Crash(_) => "crash amid a batch",
            Self::Part(_) => "batch done in part",
            Self::Late | Self::Twice => "batch delayed or doubled",
            _ => "batch had no effect",
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
    /// What the next batches of each device meet; after these, what other requests do.
    pub(crate) batch_meets: BTreeMap<usize, VecDeque<Meet>>,
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
            batch_meets: BTreeMap::new(),
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

    /// What a request meets that leaves now.
    fn next_meet(&mut self, device: usize, request: &Request) -> Meet {
        let batches = self.batch_meets.get_mut(&device).filter(|_| is_batch(request));
        let meet = batches.and_then(VecDeque::pop_front);
        let meet = meet.or_else(|| self.meets.get_mut(&device).and_then(VecDeque::pop_front));
        meet.unwrap_or(Meet::Pass)
    }

    pub(crate) fn tell(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(line());
        }
    }

    /// The server does what is asked; of a batch no more than so many operations.
    fn arrive(&mut self, device: usize, request: &Request, most: usize) -> Arrival {
        if self.server.dialect == Dialect::DatasyncV3 && request.headers.get("zumo-api-version").is_none() {
            let response = Response {
                headers: Headers::from_iter([("content-type", "application/problem+json")]),
                body: br#"{"title":"no ZUMO-API-VERSION","status":400}"#.to_vec().into(),
                ..plain(400)
            };
            return Arrival { response, written: Vec::new() };
        }
        let mut written = Vec::new();
        let mut response = match &self.server.extensions {
            Some((announced, _)) if is_batch(request) && announced.contains("batch") => {
                let announced = announced.clone();
                let mut begun = 0;
                let text = keys::answers(request, |single| {
                    begun += 1;
                    // A refusal for want of time is no answer that is kept.
                    if begun > most { plain(503) } else { self.arrive_alone(device, single, &mut written) }
                });
                let answer = Response { body: text.into_bytes().into(), ..respond(200, &Json::Null, None) };
                keys::with(answer, "Synctable-Extensions", &announced)
            }
            _ => self.arrive_alone(device, request, &mut written),
        };
        if self.server.dialect == Dialect::NodeV2 {
            response.headers.add("x-zumo-server-version", "node-2.2.3");
        }
        Arrival { response, written }
    }

    fn arrive_alone(&mut self, device: usize, request: &Request, written: &mut Vec<Parcel>) -> Response {
        let response = self.server.answer(request);
        if self.history.note(&self.server, By::Device(device)) {
            if request.method == Method::Get {
                self.broken.get_or_insert_with(|| "a read changed the server".to_owned());
            }
            written.extend(Parcel::all(request));
        }
        response
    }

    /// Whether a delayed write of a row may come between, or an insert of it came when it was given up: an
    /// insert of the same id is then in conflict with what the device itself has sent.
    pub(crate) fn is_haunted(&self, row: &str) -> bool {
        let mut late = self.late.iter().flat_map(|(_, late)| Parcel::all(late));
        self.haunted.contains(row) || late.any(|parcel| parcel.row == row)
    }

    /// A request that was under way arrives; nobody waits for the answer.
    pub(crate) fn arrive_late(&mut self, place: usize) {
        let (device, request) = self.late.remove(place);
        let Arrival { response, written } = self.arrive(device, &request, usize::MAX);
        self.haunted.extend(written.iter().filter(|parcel| parcel.is_post()).map(|parcel| parcel.row.clone()));
        let has_effect = !written.is_empty();
        self.tally.count(if has_effect { "late request with effect" } else { "late request without effect" });
        self.tell(|| format!("    arrives late: {} {} -> {}", request.method, request.url, response.status));
    }
}

/// What a request came to at the server.
struct Arrival {
    response: Response,
    /// The writes that changed something.
    written: Vec<Parcel>,
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

impl Net {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a write leaves, and whether it says which version it wants.
    fn leave(&self, parcel: &Parcel) {
        let mut shared = self.lock();
        shared.sent.entry(self.device).or_default().push(parcel.row.clone());
        let complaint = match &parcel.wanted {
            None if parcel.is_post() => None,
            None => Some("says no version".to_owned()),
            Some(version) => {
                let known = shared.told.get(&self.device).is_some_and(|told| told.contains(version));
                (!known).then(|| format!("wants version {version}, which the device never saw"))
            }
        };
        if let Some(complaint) = complaint {
            let text = format!("device {}: {} of {} {complaint}", self.device, parcel.method, parcel.row);
            shared.broken.get_or_insert(text);
        }
    }

    fn arrive(&self, request: &Request, most: usize) -> Response {
        self.lock().arrive(self.device, request, most).response
    }

    /// Notes the versions that an answer tells.
    fn told(&self, response: &Response) {
        let Ok(body) = serde_json::from_slice::<Json>(&response.body) else { return };
        let lists = ["items", "results"].iter().filter_map(|name| body[*name].as_array());
        let answers = body["answers"].as_array().into_iter().flatten().map(|answer| &answer["body"]);
        let rows = lists.flatten().chain(answers).chain(std::iter::once(&body));
        let versions = rows.filter_map(|row| row["version"].as_str()).map(str::to_owned);
        self.lock().told.entry(self.device).or_default().extend(versions);
    }

    async fn carry(self, request: Request) -> Result<Response, TransportError> {
        let parcels = Parcel::all(&request);
        let _open: Vec<Open> = parcels.iter().map(|parcel| Open::begin(&self, &parcel.row)).collect();
        parcels.iter().for_each(|parcel| self.leave(parcel));
        pause().await;
        let meet = {
            let mut shared = self.lock();
            let mut meet = shared.next_meet(self.device, &request);
            let is_delayed = parcels.iter().any(|parcel| shared.is_haunted(&parcel.row));
            if matches!(meet, Meet::Status(403 | 422)) && is_delayed && !shared.may_refuse_delayed {
                meet = Meet::Pass;
            }
            shared.tally.count(if is_batch(&request) { meet.name_of_batch() } else { meet.name() });
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
            Meet::Pass => Ok(self.arrive(request, usize::MAX)),
            Meet::Unsent => Err(TransportError::new(TransportErrorKind::Unsent, "no way out")),
            Meet::LostRequest => Err(lost()),
            Meet::LostReply => {
                self.arrive(request, usize::MAX);
                pause().await;
                Err(lost())
            }
            Meet::Crash(most) => {
                self.arrive(request, most);
                pause().await;
                Err(lost())
            }
            Meet::Part(most) => Ok(self.arrive(request, most)),
            Meet::Late => {
                self.lock().late.push((self.device, request.clone()));
                Err(lost())
            }
            Meet::Twice => {
                self.lock().late.push((self.device, request.clone()));
                Ok(self.arrive(request, usize::MAX))
            }
            Meet::Status(status) => Ok(plain(status)),
            Meet::Wait(seconds) => {
                Ok(Response { headers: Headers::from_iter([("retry-after", seconds.to_string())]), ..plain(503) })
            }
            Meet::TakenThen500 => {
                self.arrive(request, usize::MAX);
                Ok(plain(500))
            }
            Meet::Cut => {
                let mut response = self.arrive(request, usize::MAX);
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
                let response = self.arrive(request, usize::MAX);
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
