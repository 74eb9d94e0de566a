//! How often a caller may ask.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher as _;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

/// Callers that are told apart; more than these share the last places.
const CALLERS: usize = 65_536;
/// The places that callers share when there are too many.
const CROWD: u64 = 4096;

/// A rate, as `100/s`, `600/min` or `5000/h`: so many requests may come at once, and as many come back evenly over the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    requests: NonZeroU32,
    seconds: u32,
}

impl RateLimit {
    fn quota(self) -> Quota {
        let per_request = Duration::from_secs(self.seconds.into()) / self.requests.get();
        // Of more than 10^9 requests a second none is refused.
        let quota = Quota::with_period(per_request.max(Duration::from_nanos(1)));
        quota.unwrap_or(Quota::per_second(self.requests)).allow_burst(self.requests)
    }
}

impl FromStr for RateLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is not a rate; write it as 100/s, 600/min or 5000/h");
        let (requests, unit) = text.split_once('/').ok_or_else(wrong)?;
        let seconds = match unit {
            "s" => 1,
            "min" => 60,
            "h" => 3600,
            _ => return Err(wrong()),
        };
        Ok(Self { requests: requests.parse().map_err(|_| wrong())?, seconds })
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.seconds {
            1 => "s",
            60 => "min",
            _ => "h",
        };
        write!(f, "{}/{unit}", self.requests)
    }
}

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy)]
pub(super) enum Who<'a> {
    /// The user of a verified token, wherever he is.
    User(&'a str),
    /// An address, of IPv6 the network of 64 bits; those that are not known share one limit.
    Peer(Option<IpAddr>),
}

/// Counts the requests of callers.
///
/// Memory is bounded: callers are known by a hash, those that have not asked of late are forgotten, and beyond 65 536 of them at a time the
/// others share 4096 limits.
pub(super) struct Limiter {
    limiter: RateLimiter<u64, HashMapStateStore<u64>, DefaultClock>,
    clock: DefaultClock,
    hasher: RandomState,
    swept: Mutex<Instant>,
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter").field("callers", &self.limiter.len()).finish_non_exhaustive()
    }
}

impl Limiter {
    pub(super) fn new(limit: RateLimit) -> Self {
        Self {
            limiter: RateLimiter::hashmap(limit.quota()),
            clock: DefaultClock::default(),
            hasher: RandomState::new(),
            swept: Mutex::new(Instant::now()),
        }
    }

    /// Counts a request; `Err` is the time after which the next one is welcome.
    pub(super) fn check(&self, who: Who<'_>) -> Result<(), Duration> {
        let mut key = match who {
            Who::User(user) => self.hasher.hash_one((0_u8, user)),
            Who::Peer(peer) => self.hasher.hash_one((1_u8, peer.map(network))),
        };
        if self.limiter.len() >= CALLERS {
            self.sweep();
            if self.limiter.len() >= CALLERS {
                key %= CROWD;
            }
        }
        self.limiter.check_key(&key).map_err(|refused| refused.wait_time_from(self.clock.now()))
    }

    /// Forgets callers that have their full limit again, at most once a second.
    fn sweep(&self) {
        let Ok(mut swept) = self.swept.try_lock() else { return };
        if swept.elapsed() >= Duration::from_secs(1) {
            self.limiter.retain_recent();
            *swept = Instant::now();
        }
    }
}

/// One household has a whole IPv6 network, so its addresses count as one.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_and_written() {
        for text in ["1/s", "600/min", "5000/h"] {
            assert_eq!(text.parse::<RateLimit>().unwrap().to_string(), text);
        }
        for text in ["", "5", "0/s", "-1/s", "5/day", "x/s", "5/"] {
            assert!(text.parse::<RateLimit>().unwrap_err().contains("100/s"), "{text}");
        }
        assert!(Limiter::new("4294967295/s".parse().unwrap()).check(Who::Peer(None)).is_ok());
    }

    #[test]
    fn callers_are_counted_apart_and_a_network_of_ipv6_as_one() {
        let limiter = Limiter::new("2/h".parse().unwrap());
        let peer = |text: &str| Who::Peer(Some(text.parse().unwrap()));
        for _ in 0..2 {
            assert!(limiter.check(Who::User("ann")).is_ok());
        }
        let wait = limiter.check(Who::User("ann")).unwrap_err();
        assert!(wait > Duration::from_secs(1700) && wait <= Duration::from_secs(1800), "{wait:?}");
        assert!(limiter.check(Who::User("bob")).is_ok());
        assert!(limiter.check(peer("10.0.0.1")).is_ok());
        assert!(limiter.check(peer("::ffff:10.0.0.1")).is_ok());
        assert!(limiter.check(peer("10.0.0.1")).is_err(), "one address in both its forms");
        for (address, passes) in [("2001:db8::1", true), ("2001:db8::2", true), ("2001:db8::3", false)] {
            assert_eq!(limiter.check(peer(address)).is_ok(), passes, "{address}");
        }
    }

    #[test]
    fn memory_is_bounded_whoever_asks() {
        let limiter = Limiter::new("1/h".parse().unwrap());
        for number in 0..CALLERS as u64 * 3 {
            let _ = limiter.check(Who::User(&number.to_string()));
        }
        assert!(limiter.limiter.len() <= CALLERS + CROWD as usize, "{}", limiter.limiter.len());
        // The early ones share a limit now, so they are still bounded.
        assert!((0..3).any(|_| limiter.check(Who::User("1")).is_err()));
    }
}
