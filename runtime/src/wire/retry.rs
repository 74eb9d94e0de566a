//! Which failures are repeated, and when.

mod policy;

use std::time::Duration;

pub use policy::RetryPolicy;
pub(crate) use policy::doubled;

use crate::clock::Clock;
use crate::wire::failure::WireError;

/// What follows a failed try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Wait, then send the same request again.
    RepeatAfter(Duration),
    /// The tries are used up.
    GiveUp,
    /// The server asks to wait longer than is sensible now.
    StopFor(Duration),
}

/// Whether a status leaves open whether the request takes effect: it is repeated as it was (queue.md 4).
#[must_use]
pub fn is_transient_status(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}

/// What follows the failure of a try, 1 being the first.
#[must_use]
pub fn after_failure(policy: &RetryPolicy, tries: u32, retry_after: Option<Duration>) -> Next {
    match retry_after {
        Some(wait) if !policy.obeys(wait) => Next::StopFor(wait),
        _ if tries >= policy.most_tries() => Next::GiveUp,
        Some(wait) => Next::RepeatAfter(wait),
        None => Next::RepeatAfter(policy.wait(tries)),
    }
}

/// Repeats a read while its failure may pass.
///
/// # Errors
/// The failure of the last try.
///
/// # Cancellation
/// A dropped future repeats nothing more.
pub async fn repeat<T, F>(policy: &RetryPolicy, clock: &dyn Clock, mut read: impl FnMut() -> F) -> Result<T, WireError>
where
    F: Future<Output = Result<T, WireError>>,
{
    let mut tries = 0;
    loop {
        let failure = match read().await {
            Err(failure) if failure.is_transient => failure,
            done => return done,
        };
        tries += 1;
        match after_failure(policy, tries, failure.retry_after) {
            Next::RepeatAfter(wait) => clock.sleep(wait).await,
            Next::GiveUp | Next::StopFor(_) => return Err(failure),
        }
    }
}

/// Reads `Retry-After`: seconds, or a date that is taken relative to the server's own `Date`.
///
/// The result is from 0 to 1 h; `None` for what is neither.
pub(crate) fn parse_retry_after(value: &str, date: Option<&str>, now_seconds: i64) -> Option<Duration> {
    const LONGEST: Duration = Duration::from_secs(3600);
    let value = value.trim();
    let digits = value.strip_prefix('-').unwrap_or(value);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = if value.starts_with('-') { 0 } else { digits.parse().unwrap_or(u64::MAX) };
        return Some(Duration::from_secs(seconds).min(LONGEST));
    }
    let until = date_seconds(value)?;
    let from = date.and_then(date_seconds).unwrap_or(now_seconds);
    Some(Duration::from_secs(u64::try_from(until.saturating_sub(from)).unwrap_or(0)).min(LONGEST))
}

/// Seconds since 1970 of an HTTP date.
pub(crate) fn date_seconds(text: &str) -> Option<i64> {
    let time = httpdate::parse_http_date(text.trim()).ok()?;
    let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn tries_end_and_long_waits_stop() {
        let policy = RetryPolicy::new().without_jitter();
        let next = |tries, retry_after| after_failure(&policy, tries, retry_after);
        assert_eq!(next(1, None), Next::RepeatAfter(SECOND / 2));
        assert_eq!(next(2, None), Next::RepeatAfter(SECOND));
        assert_eq!(next(3, None), Next::GiveUp);
        assert_eq!(next(1, Some(SECOND * 30)), Next::RepeatAfter(SECOND * 30));
        assert_eq!(next(1, Some(SECOND * 31)), Next::StopFor(SECOND * 31));
        assert_eq!(next(3, Some(SECOND)), Next::GiveUp);
        let policy = policy.tries(1).longest_obeyed(SECOND * 31);
        assert_eq!(after_failure(&policy, 1, None), Next::GiveUp);
        assert_eq!(after_failure(&policy, 0, Some(SECOND * 31)), Next::RepeatAfter(SECOND * 31));
    }

    #[test]
    fn both_forms_of_retry_after() {
        let date = Some("Sun, 22 Nov 2026 03:42:03 GMT");
        let cases = [
            ("5", None, Some(SECOND * 5)),
            ("0", None, Some(Duration::ZERO)),
            ("-3", None, Some(Duration::ZERO)),
            ("99999999999999999999999", None, Some(SECOND * 3600)),
            ("Sun, 22 Nov 2026 03:42:13 GMT", date, Some(SECOND * 10)),
            ("Sun, 22 Nov 2026 03:41:13 GMT", date, Some(Duration::ZERO)),
            ("Thu, 01 Jan 1970 00:00:40 GMT", None, Some(SECOND * 30)),
            ("Sun, 22 Nov 2037 03:41:13 GMT", date, Some(SECOND * 3600)),
            ("soon", None, None),
            ("1.5", None, None),
            ("", None, None),
        ];
        for (value, date, expected) in cases {
            assert_eq!(parse_retry_after(value, date, 10), expected, "{value}");
        }
    }

    #[test]
    fn which_statuses_repeat() {
        for status in [408, 425, 429, 500, 502, 503, 504, 599] {
            assert!(is_transient_status(status), "{status}");
        }
        for status in [200, 204, 301, 400, 401, 403, 404, 405, 409, 410, 412, 413, 600] {
            assert!(!is_transient_status(status), "{status}");
        }
    }
}
