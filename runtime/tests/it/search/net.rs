//! The network of the search: one request of a push meets a loss, or something that happens while it is open.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use synctable::wire::{BoxFuture, Method, Request, Response, Transport, TransportError, TransportErrorKind};
use synctable::{Clock, SyncContext, Timestamp};

use super::device::{self, Local, Written};
use crate::world::server::Server;

/// What is lost on the way; all that follows in the same push is lost too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    Request,
    Reply,
    /// Not in the model: nothing leaves.
    Unsent,
}

/// What happens while a request is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InFlight {
    /// A local write, before the server answers.
    Local(Local),
    /// A write of another device to column b (`None`: its delete) after the server has answered, and
    /// a pull of this device.
    Other(Option<i64>),
}

/// Which request of a push is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    First,
    FirstWrite,
}

/// What a push meets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) target: Target,
    pub(crate) loss: Option<Loss>,
    pub(crate) in_flight: Option<InFlight>,
}

impl Plan {
    pub(crate) const QUIET: Self = Self { target: Target::First, loss: None, in_flight: None };
}

/// A transport with a server behind it; clones lead to the same server.
#[derive(Debug, Clone)]
pub(crate) struct Net {
    server: Arc<Mutex<Server>>,
    trip: Arc<Mutex<Trip>>,
}

#[derive(Debug)]
struct Trip {
    plan: Plan,
    side: Option<SyncContext>,
    is_met: bool,
    is_down: bool,
    began_with_read: Option<bool>,
    written: Option<Written>,
}

impl Net {
    pub(crate) fn new(server: Server) -> Self {
        let trip =
            Trip { plan: Plan::QUIET, side: None, is_met: true, is_down: false, began_with_read: None, written: None };
        Self { server: Arc::new(Mutex::new(server)), trip: Arc::new(Mutex::new(trip)) }
    }

    /// The same server over a quiet network.
    pub(crate) fn quiet(&self) -> Self {
        let quiet = Self::new(Server::clone(&self.server.lock().unwrap()));
        Self { server: Arc::clone(&self.server), ..quiet }
    }

    pub(crate) fn server(&self) -> Server {
        self.server.lock().unwrap().clone()
    }

    pub(crate) fn with_server<R>(&self, work: impl FnOnce(&mut Server) -> R) -> R {
        work(&mut self.server.lock().unwrap())
    }

    /// The next push meets this; what happens meanwhile on the device goes through `side`.
    pub(crate) fn meet(&self, plan: Plan, side: SyncContext) {
        let mut trip = self.trip.lock().unwrap();
        *trip = Trip { plan, side: Some(side), is_met: false, is_down: false, began_with_read: None, written: None };
    }

    /// Whether the push began with a read, and the local write that was done meanwhile.
    pub(crate) fn seen(&self) -> (bool, Option<Written>) {
        let trip = self.trip.lock().unwrap();
        (trip.began_with_read == Some(true), trip.written)
    }

    fn next(&self, is_read: bool) -> Step {
        let mut trip = self.trip.lock().unwrap();
        trip.began_with_read.get_or_insert(is_read);
        if trip.is_down {
            return Step::Lost;
        }
        if trip.is_met || (trip.plan.target == Target::FirstWrite && is_read) {
            return Step::Through;
        }
        trip.is_met = true;
        Step::Met(trip.plan, trip.side.clone().expect("a plan comes with its side"))
    }

    fn meanwhile(&self, side: &SyncContext, event: InFlight) {
        match event {
            InFlight::Local(local) => {
                let written = device::run(device::write(side, local));
                self.trip.lock().unwrap().written = written;
            }
            InFlight::Other(b) => {
                self.with_server(|server| device::other_device(server, b));
                device::run(device::pull(side));
            }
        }
    }

    fn lose(&self) -> Result<Response, TransportError> {
        let mut trip = self.trip.lock().unwrap();
        trip.is_down = true;
        Err(match trip.plan.loss {
            Some(Loss::Unsent) => TransportError::new(TransportErrorKind::Unsent, "no way out"),
            _ => TransportError::new(TransportErrorKind::Unanswered, "lost on the way"),
        })
    }

    fn carry(&self, request: &Request) -> Result<Response, TransportError> {
        let is_read = request.method == Method::Get;
        let answer = || Ok(self.with_server(|server| server.answer(request)));
        let (plan, side) = match self.next(is_read) {
            Step::Through => return answer(),
            Step::Lost => return self.lose(),
            Step::Met(plan, side) => (plan, side),
        };
        if is_read {
            // What a read shows is older than nothing: all that happens meanwhile happens before it.
            if let Some(event) = plan.in_flight {
                self.meanwhile(&side, event);
            }
            return if plan.loss.is_some() { self.lose() } else { answer() };
        }
        if let Some(event @ InFlight::Local(_)) = plan.in_flight {
            self.meanwhile(&side, event);
        }
        if matches!(plan.loss, Some(Loss::Request | Loss::Unsent)) {
            return self.lose();
        }
        let response = answer();
        if let Some(event @ InFlight::Other(_)) = plan.in_flight {
            self.meanwhile(&side, event);
        }
        if plan.loss == Some(Loss::Reply) { self.lose() } else { response }
    }
}

enum Step {
    Through,
    Lost,
    Met(Plan, SyncContext),
}

impl Transport for Net {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(std::future::ready(self.carry(&request)))
    }
}

/// Time stands still and every wait is over at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_780_000_000_000).expect("an instant of our days")
    }

    fn sleep(&self, _duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}
