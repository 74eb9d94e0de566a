//! Pure: what the background sync does next, from settings, hints, writes and outcomes.

use std::time::Duration;

use super::{Network, Settings};
use crate::status::Status;
use crate::value::Timestamp;

/// What the background sync knows of the time and of what was asked.
#[derive(Debug)]
pub(super) struct Plan {
    settings: Settings,
    network: Network,
    is_paused: bool,
    is_asked: bool,
    push: Option<Due>,
    first_write: Option<Timestamp>,
    pull: Option<Due>,
    held: Option<Due>,
    failures: u32,
    trouble: Option<Trouble>,
}

/// A time to come, as a wait from an instant, so that a clock that is set back holds up nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Due {
    since: Timestamp,
    wait: Duration,
}

/// What kept the last work from its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    Offline,
    Unavailable,
    Unauthorized,
    Error,
}

/// What is done at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// Send what is pending.
    Push,
    /// Push, then pull every registered query.
    Sync,
}

/// The next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Run(Work),
    /// Nothing until something happens, or until this time has passed.
    Wait(Option<Duration>),
}

/// Whether the network has come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Back,
    AsBefore,
}

/// What the state is called while nothing runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    Idle,
    Paused,
    Offline,
    WaitingUntil(Timestamp),
    Unauthorized,
    Error,
}

impl Due {
    fn left(&mut self, now: Timestamp) -> Duration {
        if now < self.since {
            self.since = now;
        }
        self.wait.saturating_sub(now.saturating_since(self.since))
    }
}

impl Plan {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            network: Network::Unmetered,
            is_paused: false,
            is_asked: false,
            push: None,
            first_write: None,
            pull: None,
            held: None,
            failures: 0,
            trouble: None,
        }
    }

    /// Begins: what was left of an earlier run is sent, and everything is pulled.
    pub(super) fn begin(&mut self, now: Timestamp) {
        self.pull = self.settings.pull_interval.map(|_| Due { since: now, wait: Duration::ZERO });
        self.push = Some(Due { since: now, wait: Duration::ZERO });
    }

    /// The app has written.
    pub(super) fn wrote(&mut self, now: Timestamp) {
        let first = *self.first_write.get_or_insert(now);
        let longest = self.settings.push_at_latest.saturating_sub(now.saturating_since(first));
        self.push = Some(Due { since: now, wait: self.settings.push_delay.min(longest) });
    }

    /// The app asks for a sync now.
    pub(super) fn ask(&mut self) {
        self.is_asked = true;
    }

    pub(super) fn pause(&mut self) {
        self.is_paused = true;
    }

    /// Goes on; what had failed is tried again at once.
    pub(super) fn resume(&mut self) {
        if self.is_paused {
            self.is_paused = false;
            self.forget_trouble();
        }
    }

    /// The network is another; one that has come back is tried at once.
    pub(super) fn network(&mut self, network: Network, now: Timestamp) -> Reach {
        let is_back = self.network == Network::Offline && network != Network::Offline;
        self.network = network;
        if !is_back {
            return Reach::AsBefore;
        }
        self.forget_trouble();
        self.begin(now);
        Reach::Back
    }

    fn forget_trouble(&mut self) {
        self.held = None;
        self.failures = 0;
        self.trouble = None;
    }

    pub(super) fn next(&mut self, now: Timestamp) -> Step {
        if self.network == Network::Offline {
            return Step::Wait(None);
        }
        if self.is_asked {
            return Step::Run(Work::Sync);
        }
        if self.is_paused {
            return Step::Wait(None);
        }
        if let Some(left) = self.held.as_mut().map(|held| held.left(now)).filter(|left| !left.is_zero()) {
            return Step::Wait(Some(left));
        }
        let pull = match self.network {
            Network::Unmetered => self.pull.as_mut().map(|due| due.left(now)),
            Network::Metered | Network::Offline => None,
        };
        let push = self.push.as_mut().map(|due| due.left(now));
        match (pull, push) {
            (Some(Duration::ZERO), _) => Step::Run(Work::Sync),
            (_, Some(Duration::ZERO)) => Step::Run(Work::Push),
            (Some(pull), Some(push)) => Step::Wait(Some(pull.min(push))),
            (pull, push) => Step::Wait(pull.or(push)),
        }
    }

    /// Work begins: a write that comes from now on is pushed after it.
    pub(super) fn begun(&mut self) {
        self.is_asked = false;
        self.push = None;
        self.first_write = None;
    }

    /// There was nothing to push.
    pub(super) fn nothing_to_push(&mut self) {
        self.push = None;
        self.first_write = None;
    }

    /// Work has ended so; `asked` is the wait that the server or the circuit wants, `jitter` from 0 to 1.
    pub(super) fn ended(&mut self, work: Work, status: Status, asked: Option<Duration>, now: Timestamp, jitter: f64) {
        let trouble = match status {
            Status::Complete | Status::WithFailures | Status::Aborted => None,
            Status::Offline => Some(Trouble::Offline),
            Status::Unauthorized => Some(Trouble::Unauthorized),
            Status::Unavailable => Some(Trouble::Unavailable),
        };
        if let Some(trouble) = trouble {
            return self.failed(trouble, asked, now, jitter);
        }
        self.forget_trouble();
        let interval = self.settings.pull_interval.map(|interval| interval.mul_f64(0.9 + jitter.clamp(0.0, 1.0) / 5.0));
        if work == Work::Sync {
            self.pull = interval.map(|wait| Due { since: now, wait });
        }
        if status != Status::Complete && self.push.is_none() {
            // What is refused now may be accepted later, and nothing else would ask again.
            self.push = Some(Due { since: now, wait: self.settings.longest_wait });
        }
    }

    /// The store failed.
    pub(super) fn broke(&mut self, now: Timestamp, jitter: f64) {
        self.failed(Trouble::Error, None, now, jitter);
    }

    fn failed(&mut self, trouble: Trouble, asked: Option<Duration>, now: Timestamp, jitter: f64) {
        let doubled = self.settings.first_wait.saturating_mul(2u32.saturating_pow(self.failures));
        let own = doubled.min(self.settings.longest_wait).mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0);
        let wait = match trouble {
            // Only a new sign-in helps.
            Trouble::Unauthorized => self.settings.longest_wait,
            _ => own.max(asked.unwrap_or_default()),
        };
        self.failures = self.failures.saturating_add(1);
        self.trouble = Some(trouble);
        self.held = Some(Due { since: now, wait });
        if self.push.is_none() {
            self.push = Some(Due { since: now, wait: Duration::ZERO });
        }
    }

    /// What the state is called while nothing runs.
    pub(super) fn rest(&mut self, now: Timestamp) -> Rest {
        let until = self.held.as_mut().map_or(now, |held| now.saturating_add(held.left(now)));
        match (self.network, self.trouble) {
            (Network::Offline, _) => Rest::Offline,
            _ if self.is_paused => Rest::Paused,
            (_, Some(Trouble::Offline)) => Rest::Offline,
            (_, Some(Trouble::Unavailable)) => Rest::WaitingUntil(until),
            (_, Some(Trouble::Unauthorized)) => Rest::Unauthorized,
            (_, Some(Trouble::Error)) => Rest::Error,
            (_, None) => Rest::Idle,
        }
    }

    /// When the server is asked again by itself, after a failure.
    pub(super) fn next_attempt(&mut self, now: Timestamp) -> Option<Timestamp> {
        let held = self.held.as_mut()?.left(now);
        (self.network != Network::Offline && !self.is_paused).then(|| now.saturating_add(held))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_780_000_000_000).unwrap().saturating_add(SECOND * u32::try_from(seconds).unwrap())
    }

    fn settings() -> Settings {
        Settings {
            push_delay: SECOND * 2,
            push_at_latest: SECOND * 5,
            pull_interval: Some(SECOND * 100),
            first_wait: SECOND * 10,
            longest_wait: SECOND * 60,
        }
    }

    /// A plan whose first sync is over at second 0.
    fn synced() -> Plan {
        let mut plan = Plan::new(settings());
        plan.begin(at(0));
        assert_eq!(plan.next(at(0)), Step::Run(Work::Sync));
        plan.begun();
        plan.ended(Work::Sync, Status::Complete, None, at(0), 0.5);
        plan
    }

    #[test]
    fn a_pull_comes_each_interval() {
        let mut plan = synced();
        assert_eq!(plan.next(at(0)), Step::Wait(Some(SECOND * 100)));
        assert_eq!(plan.next(at(99)), Step::Wait(Some(SECOND)));
        assert_eq!(plan.next(at(100)), Step::Run(Work::Sync));
    }

    #[test]
    fn a_write_is_pushed_when_the_writer_rests_or_after_the_longest_delay() {
        let mut plan = synced();
        plan.wrote(at(10));
        assert_eq!(plan.next(at(10)), Step::Wait(Some(SECOND * 2)));
        plan.wrote(at(11));
        assert_eq!(plan.next(at(12)), Step::Wait(Some(SECOND)), "the second write began the wait anew");
        plan.wrote(at(12));
        plan.wrote(at(14));
        assert_eq!(plan.next(at(14)), Step::Wait(Some(SECOND)), "not longer than five seconds after the first");
        assert_eq!(plan.next(at(15)), Step::Run(Work::Push));
    }

    #[test]
    fn a_write_during_a_push_is_pushed_after_it() {
        let mut plan = synced();
        plan.wrote(at(10));
        plan.begun();
        plan.wrote(at(11));
        plan.ended(Work::Push, Status::Complete, None, at(12), 0.5);
        assert_eq!(plan.next(at(12)), Step::Wait(Some(SECOND)));
        assert_eq!(plan.next(at(13)), Step::Run(Work::Push));
    }

    #[test]
    fn failures_wait_longer_each_time_and_success_ends_that() {
        let mut plan = synced();
        plan.wrote(at(0));
        let mut now = 10;
        for expected in [10, 20, 40, 60, 60] {
            plan.begun();
            plan.ended(Work::Push, Status::Unavailable, None, at(now), 1.0);
            assert_eq!(plan.next(at(now)), Step::Wait(Some(SECOND * expected)));
            assert_eq!(plan.rest(at(now)), Rest::WaitingUntil(at(now + u64::from(expected))));
            now += u64::from(expected);
            assert!(matches!(plan.next(at(now)), Step::Run(_)), "what was not sent is tried again");
        }
        plan.begun();
        plan.ended(Work::Sync, Status::Complete, None, at(now), 0.5);
        assert_eq!((plan.rest(at(now)), plan.next_attempt(at(now))), (Rest::Idle, None));
        plan.begun();
        plan.ended(Work::Push, Status::Offline, None, at(now), 1.0);
        assert_eq!(plan.next(at(now)), Step::Wait(Some(SECOND * 10)), "the waits begin anew");
    }

    #[test]
    fn the_server_may_ask_for_a_longer_wait() {
        let mut plan = synced();
        plan.ended(Work::Push, Status::Unavailable, Some(SECOND * 300), at(0), 1.0);
        assert_eq!(plan.next(at(0)), Step::Wait(Some(SECOND * 300)));
    }

    #[test]
    fn what_was_refused_is_tried_again_later() {
        let mut plan = synced();
        plan.begun();
        plan.ended(Work::Push, Status::WithFailures, None, at(0), 0.5);
        assert_eq!(plan.next(at(0)), Step::Wait(Some(SECOND * 60)));
        assert_eq!(plan.next(at(60)), Step::Run(Work::Push));
    }

    #[test]
    fn on_a_metered_network_pulls_wait_and_pushes_do_not() {
        let mut plan = synced();
        plan.network(Network::Metered, at(1));
        assert_eq!(plan.next(at(500)), Step::Wait(None));
        plan.wrote(at(500));
        assert_eq!(plan.next(at(502)), Step::Run(Work::Push));
        plan.begun();
        plan.ended(Work::Push, Status::Complete, None, at(503), 0.5);
        plan.network(Network::Unmetered, at(504));
        assert_eq!(plan.next(at(504)), Step::Run(Work::Sync), "the pull that was put off is due");
    }

    #[test]
    fn nothing_begins_offline_and_all_when_the_network_is_back() {
        let mut plan = synced();
        plan.ended(Work::Push, Status::Offline, None, at(0), 1.0);
        plan.network(Network::Offline, at(1));
        plan.ask();
        assert_eq!((plan.next(at(500)), plan.rest(at(500))), (Step::Wait(None), Rest::Offline));
        plan.network(Network::Metered, at(500));
        assert_eq!(plan.next(at(500)), Step::Run(Work::Sync), "what was asked is not forgotten");
        plan.begun();
        plan.ended(Work::Sync, Status::Complete, None, at(501), 0.5);
        plan.network(Network::Offline, at(502));
        plan.network(Network::Unmetered, at(503));
        assert_eq!(plan.next(at(503)), Step::Run(Work::Sync), "though the interval is not over");
    }

    #[test]
    fn a_pause_holds_all_but_what_is_asked() {
        let mut plan = synced();
        plan.ended(Work::Push, Status::Unavailable, None, at(0), 1.0);
        plan.pause();
        plan.wrote(at(1));
        assert_eq!((plan.next(at(500)), plan.rest(at(500))), (Step::Wait(None), Rest::Paused));
        plan.ask();
        assert_eq!(plan.next(at(500)), Step::Run(Work::Sync));
        plan.begun();
        plan.ended(Work::Sync, Status::Unavailable, None, at(500), 1.0);
        plan.resume();
        assert!(matches!(plan.next(at(500)), Step::Run(_)), "the wait after failures is over");
    }

    #[test]
    fn a_clock_that_is_set_back_holds_up_nothing() {
        let mut plan = synced();
        plan.wrote(at(50));
        assert_eq!(plan.next(at(1)), Step::Wait(Some(SECOND * 2)));
        assert_eq!(plan.next(at(3)), Step::Run(Work::Push));
    }
}
