//! Reads are repeated while their failure may pass, with waits on the injected clock.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use synctable::wire::{BoxFuture, Clock, Dialect};
use synctable::{ErrorKind, Timestamp};

use crate::wire_script::{Reply, Script, json, reply};

/// Waits for nothing and keeps what it was asked to wait.
#[derive(Debug, Default)]
struct Waits(Mutex<Vec<Duration>>);

impl Clock for Waits {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(0).unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.0.lock().unwrap().push(duration);
        Box::pin(async {})
    }
}

async fn repeat(replies: Vec<Reply>) -> (Vec<Duration>, Option<ErrorKind>) {
    let script = Script::new(replies);
    let clock = Arc::new(Waits::default());
    let client = script.builder().dialect(Dialect::Toolkit).clock(clock.clone()).build().unwrap();
    let table = client.table(&crate::wire_script::TODO);
    let came = client.repeat(async || table.answers().await).await;
    assert!(!script.sent().is_empty());
    let waits = clock.0.lock().unwrap().clone();
    (waits, came.err().map(|failure| failure.error.kind()))
}

#[tokio::test]
async fn what_may_pass_is_repeated() {
    let busy = || reply(503, "", "");
    let page = || json(200, r#"{"items":[]}"#);
    let (waits, failure) = repeat(vec![busy(), json(200, "{\"items\":["), page()]).await;
    assert_eq!(failure, None);
    for (wait, longest) in waits.iter().zip([500, 1000]) {
        let longest = Duration::from_millis(longest);
        assert!(*wait >= longest / 2 && *wait <= longest, "{wait:?}");
    }
    assert_eq!(waits.len(), 2);

    let (waits, failure) = repeat(vec![busy(), busy(), busy()]).await;
    assert_eq!((waits.len(), failure), (2, Some(ErrorKind::Busy)));

    // The clock stands in for a missing `Date`.
    let (waits, failure) = repeat(vec![reply(429, "retry-after: Thu, 01 Jan 1970 00:00:07 GMT", ""), page()]).await;
    assert_eq!((waits, failure), (vec![Duration::from_secs(7)], None));
}

#[tokio::test]
async fn what_lasts_or_waits_too_long_is_not() {
    for (answer, kind) in [
        (reply(400, "", ""), ErrorKind::Rejected),
        (reply(401, "", ""), ErrorKind::Unauthorized),
        (json(200, "{}"), ErrorKind::Decode),
        (reply(503, "retry-after: 31", ""), ErrorKind::Busy),
    ] {
        assert_eq!(repeat(vec![answer]).await, (vec![], Some(kind)));
    }
}
