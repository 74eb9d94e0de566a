//! Which failures are repeated, and when.

use std::time::Duration;

use crate::clock::Clock;
use crate::wire::failure::WireError;

/// How often a request is sent before its failure counts.
pub const TRIES: u32 = 3;
/// The wait before the second try; doubled for each further one.
pub const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait that a server may ask for: beyond it, the work stops instead.
pub const LONGEST_OBEYED_WAIT: Duration = Duration::from_secs(30);

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
///
/// Without the server's word the wait is drawn from the upper half of 500 ms, doubled a try.
#[must_use]
pub fn after_failure(tries: u32, retry_after: Option<Duration>) -> Next {
    next(tries, retry_after, fastrand::f64())
}

/// `jitter` is from 0 to 1.
fn next(tries: u32, retry_after: Option<Duration>, jitter: f64) -> Next {
    match retry_after {
        Some(wait) if wait > LONGEST_OBEYED_WAIT => Next::StopFor(wait),
        _ if tries >= TRIES => Next::GiveUp,
        Some(wait) => Next::RepeatAfter(wait),
        None => {
            let wait = FIRST_WAIT * 2u32.saturating_pow(tries.saturating_sub(1));
            Next::RepeatAfter(wait.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0))
        }
    }
}

/// Repeats a read while its failure may pass.
///
/// # Errors
/// The failure of the last try.
///
/// # Cancellation
/// A dropped future repeats nothing more.
pub async fn repeat<T, F>(clock: &dyn Clock, mut read: impl FnMut() -> F) -> Result<T, WireError>
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
        match after_failure(tries, failure.retry_after) {
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
    fn waits_double_and_end() {
        assert_eq!(next(1, None, 1.0), Next::RepeatAfter(FIRST_WAIT));
        assert_eq!(next(1, None, 0.0), Next::RepeatAfter(FIRST_WAIT / 2));
        assert_eq!(next(2, None, 1.0), Next::RepeatAfter(FIRST_WAIT * 2));
        assert_eq!(next(3, None, 1.0), Next::GiveUp);
        assert_eq!(next(1, Some(SECOND * 30), 0.0), Next::RepeatAfter(SECOND * 30));
        assert_eq!(next(1, Some(SECOND * 31), 0.0), Next::StopFor(SECOND * 31));
        assert_eq!(next(3, Some(SECOND), 0.0), Next::GiveUp);
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
