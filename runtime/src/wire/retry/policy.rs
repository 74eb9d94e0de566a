//! How often and when failed requests are repeated: plain data.

use std::time::Duration;

/// How failures that may pass are met: tries, waits, and when a server that stays away is left alone.
///
/// | failure | class | a read, and a call of [`send`](crate::SyncContext::send) that may be repeated | a write of a push |
/// |---|---|---|---|
/// | the request never left: name, connection or TLS failed | transient | repeated | the push stops, `Offline`; the request is as if it had not been tried |
/// | no answer in time, connection lost, answer cut | transient | repeated | repeated; then the table is read to learn whether the server answers at all |
/// | 408, 425, 429, 500 to 599 | transient | repeated | as above |
/// | a success that is no answer of a tables server, such as a portal's page | transient | repeated | as above |
/// | a redirect that may not be followed | transient | repeated | as above |
/// | `Retry-After` beyond [`longest_obeyed`](Self::longest_obeyed) | transient | fails at once | the push stops, `Unavailable` |
/// | the circuit is open | not asked | fails at once | the push stops; the request is as if it had not been tried |
/// | 401 | sign-in | the token is refreshed and the request repeated, once | the same; then the table is read with the same token |
/// | 400, 413, 414, 415, 422, 431, 451 | permanent | fails | the operation is set aside |
/// | every other status | permanent | fails | as the push has it ([conflicts](crate::guide::conflicts)) |
///
/// A write of a [`RemoteTable`](crate::RemoteTable) is sent once: only the app knows whether it may be done
/// twice.
///
/// **The circuit.** Failures of the transient class are counted over all requests of a context or
/// client; those closer together than [`first_wait`](Self::first_wait) count as one, as many lanes that meet one
/// outage do. When so many came in a row as [`circuit_after`](Self::circuit_after) says, the circuit
/// opens: further calls fail at once, as `Offline` or `Busy`, without touching the network, and
/// [`Error::retry_at`](crate::Error::retry_at) says until when. After the wait one request is let through:
/// if it is answered the circuit is closed, else the wait is doubled. A push, pull or online read that
/// began before the circuit opened comes to its own end: its tries are few.
///
/// ```
/// use std::time::Duration;
/// use synctable::{RemoteClient, RetryPolicy};
///
/// let patient = RetryPolicy::new().tries(5).first_wait(Duration::from_secs(1)).without_circuit();
/// let client = RemoteClient::builder("https://todo.example").retry(patient).build()?;
/// # Ok::<(), synctable::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RetryPolicy {
    tries: u32,
    first_wait: Duration,
    longest_wait: Duration,
    longest_obeyed: Duration,
    jitter: Jitter,
    circuit: Option<CircuitPolicy>,
}

/// When the circuit opens, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CircuitPolicy {
    pub(crate) failures: u32,
    pub(crate) first_wait: Duration,
    pub(crate) longest_wait: Duration,
}

/// Which part of a wait is left to chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Jitter {
    UpperHalf,
    None,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl RetryPolicy {
    /// Three tries, half a second before the second, twice that before the third; `Retry-After` obeyed up
    /// to 30 s; the circuit opens after ten failures in a row, for 5 s at first and 5 min at most.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            tries: 3,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
            longest_obeyed: Duration::from_secs(30),
            jitter: Jitter::UpperHalf,
            circuit: Some(CircuitPolicy {
                failures: 10,
                first_wait: Duration::from_secs(5),
                longest_wait: Duration::from_secs(5 * 60),
            }),
        }
    }

    /// Sets how often a request is sent before its failure counts; at least once.
    #[must_use]
    pub const fn tries(mut self, tries: u32) -> Self {
        self.tries = if tries == 0 { 1 } else { tries };
        self
    }

    /// Sets the wait before the second try; it is doubled for each further one.
    #[must_use]
    pub const fn first_wait(mut self, wait: Duration) -> Self {
        self.first_wait = wait;
        self
    }

    /// Sets the longest wait between two tries where the server names none.
    #[must_use]
    pub const fn longest_wait(mut self, wait: Duration) -> Self {
        self.longest_wait = wait;
        self
    }

    /// Sets the longest wait that a server may ask for (`Retry-After`) between two tries: beyond it the
    /// work stops instead.
    #[must_use]
    pub const fn longest_obeyed(mut self, wait: Duration) -> Self {
        self.longest_obeyed = wait;
        self
    }

    /// Waits for the whole time where otherwise its upper half is left to chance. Devices that failed
    /// together then come back together: meant for tests.
    #[must_use]
    pub const fn without_jitter(mut self) -> Self {
        self.jitter = Jitter::None;
        self
    }

    /// Sets after how many failures in a row, at least one, the circuit opens, how long for at first,
    /// and how long at most.
    #[must_use]
    pub const fn circuit_after(mut self, failures: u32, first_wait: Duration, longest_wait: Duration) -> Self {
        let failures = if failures == 0 { 1 } else { failures };
        self.circuit = Some(CircuitPolicy { failures, first_wait, longest_wait });
        self
    }

    /// Sends every request, however many have failed before it.
    #[must_use]
    pub const fn without_circuit(mut self) -> Self {
        self.circuit = None;
        self
    }

    pub(crate) const fn most_tries(&self) -> u32 {
        self.tries
    }

    pub(crate) const fn obeys(&self, asked: Duration) -> bool {
        asked.as_nanos() <= self.longest_obeyed.as_nanos()
    }

    /// Failures closer together than this count as one.
    pub(crate) const fn burst(&self) -> Duration {
        self.first_wait
    }

    pub(crate) const fn circuit(&self) -> Option<CircuitPolicy> {
        self.circuit
    }

    /// The wait after so many failed tries.
    pub(crate) fn wait(&self, failed_tries: u32) -> Duration {
        self.jittered(doubled(self.first_wait, failed_tries.saturating_sub(1), self.longest_wait))
    }

    /// The wait, less a random part of its upper half.
    pub(crate) fn jittered(&self, wait: Duration) -> Duration {
        match self.jitter {
            Jitter::UpperHalf => shortened(wait, fastrand::f64()),
            Jitter::None => wait,
        }
    }
}

/// A wait that was doubled so many times.
pub(crate) fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    first.saturating_mul(2u32.saturating_pow(times)).min(longest)
}

/// `part` is from 0, half of the wait, to 1, all of it.
fn shortened(wait: Duration, part: f64) -> Duration {
    wait.mul_f64(0.5 + part.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_double_up_to_the_longest() {
        let policy = RetryPolicy::new().longest_wait(SECOND * 3).without_jitter();
        let waits: Vec<_> = (1..=5).map(|tries| policy.wait(tries)).collect();
        assert_eq!(waits, [SECOND / 2, SECOND, SECOND * 2, SECOND * 3, SECOND * 3]);
        assert_eq!(doubled(SECOND, u32::MAX, SECOND * 7), SECOND * 7);
    }

    #[test]
    fn the_upper_half_is_left_to_chance() {
        assert_eq!(shortened(SECOND, 0.0), SECOND / 2);
        assert_eq!(shortened(SECOND, 1.0), SECOND);
        let waits: Vec<_> = (0..100).map(|_| RetryPolicy::new().wait(2)).collect();
        assert!(waits.iter().all(|wait| (SECOND / 2..=SECOND).contains(wait)), "{waits:?}");
        assert!(waits.iter().any(|wait| *wait != waits[0]), "devices that failed together come back apart");
    }

    #[test]
    fn nothing_is_never_tried() {
        assert_eq!(RetryPolicy::new().tries(0).most_tries(), 1);
        let zero = RetryPolicy::new().circuit_after(0, SECOND, SECOND);
        assert_eq!(zero.circuit().map(|circuit| circuit.failures), Some(1));
    }
}
