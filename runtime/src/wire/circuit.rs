//! The circuit: a server that keeps failing is left alone for a while.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::value::Timestamp;
use crate::wire::retry::{RetryPolicy, doubled};

/// The longest that a server's word on waiting counts; see [`parse_retry_after`](super::retry::parse_retry_after).
const LONGEST_ASKED: Duration = Duration::from_secs(3600);

/// Counts the failures of all requests of a client.
pub(crate) struct Circuit {
    policy: RetryPolicy,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    /// Failures since the last answer.
    failures: u32,
    /// When the last of them was counted.
    counted_at: Option<Timestamp>,
    /// Of which kind the last one was.
    kind: ErrorKind,
    open: Option<Open>,
    /// Until when the server asked to be left alone.
    asked_until: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    until: Timestamp,
    /// How long this wait could be at most, to know a clock that was set back.
    longest: Duration,
    /// How many probes have failed.
    failed_probes: u32,
    is_probing: bool,
}

/// A call of several requests that is let come to its end: once one of them found the circuit closed, the
/// others, its repetitions and proofs, are not refused.
#[derive(Debug, Default)]
pub(crate) struct Admission(AtomicBool);

/// The right to send one request; its end is to be told.
#[must_use]
pub(crate) struct Ticket<'a> {
    circuit: &'a Circuit,
    is_probe: bool,
    is_told: bool,
}

impl fmt::Debug for Circuit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Circuit").field(&*self.state()).finish()
    }
}

impl Circuit {
    pub(crate) fn new(policy: RetryPolicy) -> Self {
        Self { policy, state: Mutex::new(State::CLOSED) }
    }

    pub(crate) fn policy(&self) -> &RetryPolicy {
        &self.policy
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a request go, or says why not.
    ///
    /// # Errors
    /// The kind of the last failure, with the time when the server may be asked again.
    pub(crate) fn admit(&self, admission: &Admission, now: Timestamp) -> Result<Ticket<'_>, Error> {
        let mut state = self.state();
        let (kind, failures) = (state.kind, state.failures);
        let is_probe = match &mut state.open {
            None => {
                admission.0.store(true, Ordering::Relaxed);
                false
            }
            Some(_) if admission.0.load(Ordering::Relaxed) => false,
            Some(open) if !open.is_probing && open.is_over(now) => {
                open.is_probing = true;
                true
            }
            Some(open) => return Err(refused(kind, failures, open.until.max(now))),
        };
        Ok(Ticket { circuit: self, is_probe, is_told: false })
    }

    /// When the server may be asked again; `None` if it may be asked now.
    pub(crate) fn next_attempt(&self, now: Timestamp) -> Option<Timestamp> {
        let state = self.state();
        let open = state.open.filter(|open| !open.is_over(now)).map(|open| open.until);
        let asked = state.asked_until.filter(|until| *until > now && *until <= now.saturating_add(LONGEST_ASKED));
        open.max(asked)
    }

    /// Forgets all failures.
    pub(crate) fn close(&self) {
        *self.state() = State::CLOSED;
    }

    fn answered(&self) {
        self.close();
    }

    fn failed(&self, kind: ErrorKind, retry_after: Option<Duration>, now: Timestamp, is_probe: bool) {
        let mut state = self.state();
        if !state.counts_with_the_last(now, self.policy.burst()) {
            state.failures = state.failures.saturating_add(1);
            state.counted_at = Some(now);
        }
        state.kind = kind;
        state.asked_until = state.asked_until.max(retry_after.map(|asked| now.saturating_add(asked)));
        let Some(policy) = self.policy.circuit() else { return };
        let failed_probes = match state.open {
            None if state.failures < policy.failures => return,
            None => 0,
            Some(open) if is_probe => open.failed_probes.saturating_add(1),
            // Of a call that began before the circuit opened.
            Some(_) => return,
        };
        let wait = self.policy.jittered(doubled(policy.first_wait, failed_probes, policy.longest_wait));
        let wait = wait.max(retry_after.unwrap_or_default());
        state.open = Some(Open { until: now.saturating_add(wait), longest: wait, failed_probes, is_probing: false });
    }

    fn probe_given_up(&self) {
        if let Some(open) = &mut self.state().open {
            open.is_probing = false;
        }
    }
}

impl State {
    const CLOSED: Self =
        Self { failures: 0, counted_at: None, kind: ErrorKind::Offline, open: None, asked_until: None };

    /// Whether a failure is of the same moment as the last that was counted: many requests at once that meet
    /// one outage show no more than one does.
    fn counts_with_the_last(&self, now: Timestamp, burst: Duration) -> bool {
        self.counted_at.is_some_and(|at| now >= at && now.saturating_since(at) < burst)
    }
}

impl Open {
    /// Whether the wait is over, or the clock was set back so that its end cannot be told.
    fn is_over(&self, now: Timestamp) -> bool {
        now >= self.until || self.until > now.saturating_add(self.longest)
    }
}

impl Ticket<'_> {
    /// The server answered.
    pub(crate) fn answered(mut self) {
        self.is_told = true;
        self.circuit.answered();
    }

    /// The request failed in a way that may pass.
    pub(crate) fn failed(mut self, kind: ErrorKind, retry_after: Option<Duration>, now: Timestamp) {
        self.is_told = true;
        self.circuit.failed(kind, retry_after, now, self.is_probe);
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        // A dropped request has shown nothing: the next one is the probe.
        if self.is_probe && !self.is_told {
            self.circuit.probe_given_up();
        }
    }
}

fn refused(kind: ErrorKind, failures: u32, until: Timestamp) -> Error {
    let message = format!("{failures} requests in a row have failed, so the server is left alone until {until}");
    Error::new(kind, message).not_before(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_780_000_000_000 + seconds * 1000).unwrap()
    }

    fn circuit() -> Circuit {
        Circuit::new(RetryPolicy::new().first_wait(Duration::ZERO).without_jitter().circuit_after(
            2,
            SECOND * 5,
            SECOND * 12,
        ))
    }

    fn fail(circuit: &Circuit, seconds: i64) {
        let ticket = circuit.admit(&Admission::default(), at(seconds)).unwrap();
        ticket.failed(ErrorKind::Busy, None, at(seconds));
    }

    fn refusal(circuit: &Circuit, seconds: i64) -> Option<Timestamp> {
        circuit.admit(&Admission::default(), at(seconds)).err().map(|error| {
            assert_eq!(error.kind(), ErrorKind::Busy);
            error.retry_at().unwrap()
        })
    }

    #[test]
    fn an_answer_between_keeps_it_closed() {
        let circuit = circuit();
        for second in 0..5 {
            fail(&circuit, second);
            circuit.admit(&Admission::default(), at(second)).unwrap().answered();
        }
        assert_eq!(refusal(&circuit, 5), None);
    }

    #[test]
    fn waits_double_and_end_with_an_answer() {
        let circuit = circuit();
        let mut now = 0;
        fail(&circuit, now);
        fail(&circuit, now);
        for wait in [5, 10, 12, 12] {
            assert_eq!(refusal(&circuit, now + wait - 1), Some(at(now + wait)));
            assert_eq!(circuit.next_attempt(at(now + 1)), Some(at(now + wait)));
            now += wait;
            assert_eq!(circuit.next_attempt(at(now)), None);
            fail(&circuit, now);
        }
        circuit.admit(&Admission::default(), at(now + 12)).unwrap().answered();
        fail(&circuit, now + 13);
        assert_eq!(refusal(&circuit, now + 13), None, "the count began anew");
    }

    #[test]
    fn failures_of_one_moment_count_once() {
        let policy = RetryPolicy::new().first_wait(SECOND * 2).without_jitter();
        let circuit = Circuit::new(policy.circuit_after(3, SECOND * 5, SECOND * 12));
        for second in [0, 0, 0, 1, 1, 2, 3] {
            fail(&circuit, second);
        }
        assert_eq!(refusal(&circuit, 3), None, "those at 0 and at 2 were counted");
        fail(&circuit, 4);
        assert_eq!(refusal(&circuit, 4), Some(at(9)));
    }

    #[test]
    fn one_probe_at_a_time() {
        let circuit = circuit();
        fail(&circuit, 0);
        fail(&circuit, 0);
        let probe = circuit.admit(&Admission::default(), at(6)).unwrap();
        assert!(circuit.admit(&Admission::default(), at(6)).is_err());
        drop(probe);
        circuit.admit(&Admission::default(), at(6)).unwrap().answered();
        assert_eq!(circuit.next_attempt(at(6)), None);
    }

    #[test]
    fn what_began_before_comes_to_its_end() {
        let circuit = circuit();
        let call = Admission::default();
        for _ in 0..4 {
            circuit.admit(&call, at(0)).unwrap().failed(ErrorKind::Busy, None, at(0));
        }
        assert_eq!(refusal(&circuit, 1), Some(at(5)), "what fails later does not lengthen the wait");
        circuit.admit(&call, at(1)).unwrap().answered();
        assert_eq!(refusal(&circuit, 1), None);
    }

    #[test]
    fn the_server_may_ask_for_longer() {
        let circuit = circuit();
        fail(&circuit, 0);
        let ticket = circuit.admit(&Admission::default(), at(0)).unwrap();
        ticket.failed(ErrorKind::Busy, Some(SECOND * 60), at(0));
        assert_eq!(refusal(&circuit, 59), Some(at(60)));
        assert_eq!(circuit.next_attempt(at(59)), Some(at(60)));
        let closed = Circuit::new(RetryPolicy::new().without_circuit());
        let ticket = closed.admit(&Admission::default(), at(0)).unwrap();
        ticket.failed(ErrorKind::Busy, Some(SECOND * 60), at(0));
        assert_eq!(refusal(&closed, 0), None);
        assert_eq!(closed.next_attempt(at(0)), Some(at(60)), "what a status shows, though nothing is refused");
    }

    #[test]
    fn a_clock_that_is_set_back_ends_the_wait() {
        let circuit = circuit();
        fail(&circuit, 10_000);
        fail(&circuit, 10_000);
        assert_eq!(refusal(&circuit, 0), None);
    }

    #[test]
    fn it_can_be_off_and_closed_by_hand() {
        let off = Circuit::new(RetryPolicy::new().without_circuit());
        (0..100).for_each(|_| fail(&off, 0));
        let circuit = circuit();
        fail(&circuit, 0);
        fail(&circuit, 0);
        circuit.close();
        assert_eq!(refusal(&circuit, 0), None);
    }
}
