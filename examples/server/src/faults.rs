//! Faults on purpose: what a share of the requests meets, so that a client can be seen to bear it.

use std::fmt;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, DATE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use synctable::Timestamp;
use synctable::testing::{Fault, Skew};

use crate::answer;

/// Which faults requests meet, and what share of them; a request meets one at most.
///
/// Written as a list: `drop-request=RATE`, `drop-reply=RATE`, `truncate=RATE`, `status-NNN=RATE`,
/// `delay=TIME:RATE`, `clock-ahead=TIME:RATE`, `clock-behind=TIME:RATE`, and `seed=NUMBER`. A rate is a
/// number from 0 to 1, a time is as `50ms`, `2s`, `5m` or `1h`. The same seed gives the same faults to the
/// same row of requests.
///
/// ```
/// use synctable_server::FaultPlan;
///
/// let plan: FaultPlan = "drop-reply=0.1,delay=50ms:0.2,status-503=0.05,seed=7".parse()?;
/// assert_eq!(plan.to_string(), "drop-reply=0.1,delay=50ms:0.2,status-503=0.05,seed=7");
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FaultPlan {
    shares: Vec<(Fault, f64)>,
    seed: u64,
}

impl FaultPlan {
    /// Puts the faults around the routes of a server.
    pub(crate) fn around(&self, routes: Router) -> Router {
        if self.shares.is_empty() {
            return routes;
        }
        let dice = Dice { plan: self.clone(), state: Mutex::new(self.seed) };
        routes.layer(from_fn_with_state(Arc::new(dice), meet))
    }

    /// The fault of a number from 0 up to 1.
    fn at(&self, place: f64) -> Option<Fault> {
        let mut end = 0.0;
        self.shares.iter().find_map(|(fault, rate)| {
            end += rate;
            (place < end).then_some(*fault)
        })
    }
}

impl FromStr for FaultPlan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut plan = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| format!("'{part}' is no fault; write NAME=RATE"))?;
            if name == "seed" {
                plan.seed = value.parse().map_err(|_| format!("the seed of faults is a number, not '{value}'"))?;
                continue;
            }
            let timed = |fault: fn(Duration) -> Fault| match value.split_once(':') {
                Some((time, rate)) => Ok((fault(parse_time(time)?), rate)),
                None => Err(format!("'{part}' lacks its rate; write {name}=TIME:RATE, as {name}=50ms:0.2")),
            };
            let (fault, rate) = match name {
                "drop-request" => (Fault::DropRequest, value),
                "drop-reply" => (Fault::DropReply, value),
                "truncate" => (Fault::Truncate, value),
                "delay" => timed(Fault::Delay)?,
                "busy" => timed(Fault::Busy)?,
                "clock-ahead" => timed(|by| Fault::ClockSkew(Skew::Ahead(by)))?,
                "clock-behind" => timed(|by| Fault::ClockSkew(Skew::Behind(by)))?,
                _ => match name.strip_prefix("status-").map(str::parse) {
                    Some(Ok(status @ 400..=599)) => (Fault::Status(status), value),
                    Some(_) => return Err(format!("'{name}' is no status; write status-NNN with 400 to 599")),
                    None => {
                        return Err(format!(
                            "'{name}' is no fault; use drop-request, drop-reply, truncate, status-NNN, busy, delay, clock-ahead, clock-behind or seed"
                        ));
                    }
                },
            };
            let rate = rate
                .parse()
                .ok()
                .filter(|rate| (0.0..=1.0).contains(rate))
                .ok_or_else(|| format!("the rate of {name} is a number from 0 to 1, not '{rate}'"))?;
            plan.shares.push((fault, rate));
        }
        let sum: f64 = plan.shares.iter().map(|(_, rate)| rate).sum();
        if sum > 1.0 + 1e-9 {
            return Err(format!("the rates of all faults add up to {sum}; at most 1 is left to share"));
        }
        Ok(plan)
    }
}

impl fmt::Display for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (fault, rate) in &self.shares {
            match fault {
                Fault::DropRequest => write!(f, "drop-request={rate},")?,
                Fault::DropReply => write!(f, "drop-reply={rate},")?,
                Fault::Truncate => write!(f, "truncate={rate},")?,
                Fault::Status(status) => write!(f, "status-{status}={rate},")?,
                Fault::Busy(time) => write!(f, "busy={}:{rate},", time_text(*time))?,
                Fault::Delay(time) => write!(f, "delay={}:{rate},", time_text(*time))?,
                Fault::ClockSkew(Skew::Ahead(by)) => write!(f, "clock-ahead={}:{rate},", time_text(*by))?,
                Fault::ClockSkew(Skew::Behind(by)) => write!(f, "clock-behind={}:{rate},", time_text(*by))?,
                // No text makes another.
                _ => {}
            }
        }
        if self.shares.is_empty() { Ok(()) } else { write!(f, "seed={}", self.seed) }
    }
}

fn parse_time(text: &str) -> Result<Duration, String> {
    let wrong = || format!("'{text}' is no time; write it as 50ms, 2s, 5m or 1h");
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let millis = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(millis).map(Duration::from_millis).ok_or_else(wrong)
}

fn time_text(time: Duration) -> String {
    let millis = time.as_millis();
    match millis {
        _ if millis.is_multiple_of(3_600_000) => format!("{}h", millis / 3_600_000),
        _ if millis.is_multiple_of(60_000) => format!("{}m", millis / 60_000),
        _ if millis.is_multiple_of(1000) => format!("{}s", millis / 1000),
        _ => format!("{millis}ms"),
    }
}

/// Draws the fault of each request.
struct Dice {
    plan: FaultPlan,
    state: Mutex<u64>,
}

impl Dice {
    /// Splitmix64: the same seed gives the same row of numbers on every machine.
    fn throw(&self) -> Option<Fault> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        drop(state);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        // 53 bits fill a double.
        self.plan.at((mixed >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

async fn meet(State(dice): State<Arc<Dice>>, request: Request, next: Next) -> Response {
    let is_of_a_table = request.uri().path().get(..7).is_some_and(|root| root.eq_ignore_ascii_case("/tables"));
    let Some(fault) = is_of_a_table.then(|| dice.throw()).flatten() else { return next.run(request).await };
    match fault {
        Fault::DropRequest => cut(Bytes::new()),
        Fault::Status(status) => {
            answer::empty(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
        }
        Fault::Busy(time) => {
            let mut response = answer::empty(StatusCode::SERVICE_UNAVAILABLE);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(Fault::retry_after(time)));
            response
        }
        Fault::DropReply => {
            drop(next.run(request).await);
            cut(Bytes::new())
        }
        Fault::Delay(time) => {
            let response = next.run(request).await;
            tokio::time::sleep(time).await;
            response
        }
        Fault::ClockSkew(skew) => {
            let mut response = next.run(request).await;
            let told =
                SystemTime::UNIX_EPOCH + skew.of(Timestamp::now()).saturating_since(Timestamp::EPOCH).min(LAST_DATE);
            if let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(told)) {
                response.headers_mut().insert(DATE, date);
            }
            response
        }
        Fault::Truncate => truncated(next.run(request).await).await,
        _ => next.run(request).await,
    }
}

/// The last second that an HTTP date can tell.
const LAST_DATE: Duration = Duration::from_secs(253_402_300_799);

async fn truncated(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(whole) = axum::body::to_bytes(body, usize::MAX).await else { return cut(Bytes::new()) };
    if whole.is_empty() {
        return Response::from_parts(parts, Body::empty());
    }
    // The length of the whole, so that the half is not taken for it.
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let half = cut(whole.slice(..whole.len() / 2));
    Response::from_parts(parts, half.into_body())
}

/// An answer whose connection ends after some bytes of the body; without any, nothing of it is sent.
fn cut(sent: Bytes) -> Response {
    let sent = Some(sent).filter(|sent| !sent.is_empty());
    Response::new(Body::from_stream(Cut { waited: sent.is_none(), sent }))
}

/// Gives its bytes and then fails.
///
/// The server writes the head of an answer together with the first bytes of its body, so one that fails
/// at once leaves nothing to send.
struct Cut {
    sent: Option<Bytes>,
    waited: bool,
}

impl futures_core::Stream for Cut {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(sent) = self.sent.take() {
            return Poll::Ready(Some(Ok(sent)));
        }
        // Once, so that what came before is written out.
        if !std::mem::replace(&mut self.waited, true) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(std::io::Error::other("the answer is cut on purpose"))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_read_and_shown() {
        for text in [
            "",
            "drop-reply=0.1,seed=0",
            "drop-request=1,seed=3",
            "busy=7s:0.5,seed=0",
            "truncate=0.25,status-429=0.05,delay=1500ms:0.1,clock-ahead=1h:0.1,clock-behind=90s:0.1,seed=7",
        ] {
            assert_eq!(text.parse::<FaultPlan>().unwrap().to_string(), text);
        }
        assert_eq!(
            " drop-reply=0.5 , delay=120s:0 ".parse::<FaultPlan>().unwrap().to_string(),
            "drop-reply=0.5,delay=2m:0,seed=0"
        );
    }

    #[test]
    fn mistakes_are_told() {
        for (text, told) in [
            ("drop-reply", "'drop-reply' is no fault; write NAME=RATE"),
            ("drop=0.1", "'drop' is no fault; use drop-request"),
            ("drop-reply=2", "the rate of drop-reply is a number from 0 to 1, not '2'"),
            ("drop-reply=NaN", "not 'NaN'"),
            ("truncate=x", "not 'x'"),
            ("status-200=0.1", "'status-200' is no status"),
            ("status-x=0.1", "'status-x' is no status"),
            ("delay=0.1", "write delay=TIME:RATE"),
            ("delay=5:0.1", "'5' is no time"),
            ("delay=99999999999999999999h:0.1", "is no time"),
            ("delay=ms:0.1", "'ms' is no time"),
            ("seed=x", "the seed of faults is a number, not 'x'"),
            ("drop-reply=0.6,truncate=0.6", "add up to 1.2"),
        ] {
            let error = text.parse::<FaultPlan>().unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
    }

    #[test]
    fn each_fault_has_its_share_and_a_seed_repeats() {
        let plan: FaultPlan = "drop-reply=0.1,status-503=0.3,seed=7".parse().unwrap();
        let throws = |seed| {
            let dice = Dice { plan: plan.clone(), state: Mutex::new(seed) };
            (0..10_000).map(|_| dice.throw()).collect::<Vec<_>>()
        };
        let drawn = throws(7);
        let share = |fault| drawn.iter().filter(|drawn| **drawn == fault).count();
        for (fault, expected) in [(Some(Fault::DropReply), 1000), (Some(Fault::Status(503)), 3000), (None, 6000)] {
            assert!(share(fault).abs_diff(expected) < 200, "{fault:?}: {}", share(fault));
        }
        assert_eq!(drawn, throws(7));
        assert_ne!(drawn, throws(8));
    }
}
