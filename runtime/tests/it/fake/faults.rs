//! What a request meets, and what the server and the device make of it.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use synctable::testing::{Fault, SeenRequest, Skew};
use synctable::wire::{Request, Transport as _, TransportErrorKind};
use synctable::{Clock as _, MemoryStore, Status, Timestamp};

use super::{TodoItem, ask, device, server, todo};

fn lines(requests: &[SeenRequest]) -> Vec<String> {
    requests.iter().map(ToString::to_string).collect()
}

#[tokio::test(start_paused = true)]
async fn offline_nothing_leaves_the_device() {
    let server = server();
    let ctx = device(&server).await;
    server.offline(true);
    ctx.table::<TodoItem>().insert(todo("a", "Milk")).await.unwrap();
    assert_eq!(ctx.push().await.unwrap().status(), Status::Offline);
    assert!(server.requests().is_empty() && server.rows::<TodoItem>().unwrap().is_empty());
    let request = Request::new(synctable::wire::Method::Get, server.url());
    assert_eq!(server.transport().send(request).await.unwrap_err().kind(), TransportErrorKind::Unsent);
    server.offline(false);
    ctx.push().await.unwrap().into_result().unwrap();
    assert_eq!(server.rows::<TodoItem>().unwrap(), [todo("a", "Milk")]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_request_is_not_done_and_a_lost_reply_is() {
    for (fault, first) in
        [(Fault::DropRequest, "POST tables/todoitem -> not seen"), (Fault::DropReply, "POST tables/todoitem -> 201")]
    {
        let server = server();
        let ctx = device(&server).await;
        ctx.table::<TodoItem>().insert(todo("a", "Milk")).await.unwrap();
        server.next(fault);
        ctx.push().await.unwrap().into_result().unwrap();
        let sent = server.take_requests();
        assert_eq!(sent[0].to_string(), first);
        assert_eq!(sent[0].fault(), Some(fault));
        assert!(sent.len() > 1 && sent[1..].iter().all(|request| request.fault().is_none()), "{sent:?}");
        assert_eq!(server.rows::<TodoItem>().unwrap(), [todo("a", "Milk")]);
        assert_eq!(ctx.pending_count().await.unwrap(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_status_comes_from_before_the_server() {
    let server = server();
    let ctx = device(&server).await;
    ctx.table::<TodoItem>().insert(todo("a", "Milk")).await.unwrap();
    server.next(Fault::Status(503));
    ctx.push().await.unwrap().into_result().unwrap();
    assert_eq!(lines(&server.take_requests()), ["POST tables/todoitem -> not seen", "POST tables/todoitem -> 201"]);
    ctx.table::<TodoItem>().insert(todo("b", "Bread")).await.unwrap();
    server.next(Fault::Status(400));
    let report = ctx.push().await.unwrap();
    assert_eq!((report.status(), report.failed().len()), (Status::WithFailures, 1));
    assert_eq!(server.rows::<TodoItem>().unwrap().len(), 1);
    for status in [401, 429, 599] {
        server.next(Fault::Status(status));
        let answer = ask(&server, "GET", "/tables/todoitem", &[], None);
        assert_eq!((answer.status, answer.body.len()), (status, 0));
        assert!(answer.headers.get("date").is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn one_who_is_busy_is_asked_again_when_it_says() {
    let server = server();
    let ctx = device(&server).await;
    ctx.table::<TodoItem>().insert(todo("a", "Milk")).await.unwrap();
    let start = server.clock().now();
    server.next(Fault::Busy(Duration::from_millis(6500)));
    ctx.push().await.unwrap().into_result().unwrap();
    let sent = server.take_requests();
    assert_eq!(lines(&sent), ["POST tables/todoitem -> not seen", "POST tables/todoitem -> 201"]);
    assert_eq!(sent[0].fault(), Some(Fault::Busy(Duration::from_millis(6500))));
    assert!(sent[1].at().saturating_since(start) >= Duration::from_secs(7), "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_takes_its_time_by_the_clock() {
    let server = server();
    let ctx = device(&server).await;
    ctx.table::<TodoItem>().insert(todo("a", "Milk")).await.unwrap();
    let start = server.clock().now();
    server.next(Fault::Delay(Duration::from_secs(7)));
    ctx.push().await.unwrap().into_result().unwrap();
    assert_eq!(server.clock().now().saturating_since(start), Duration::from_secs(7));
    assert_eq!(server.take_requests().len(), 1);
}

#[tokio::test]
async fn a_wait_ends_when_the_clock_is_moved_past_its_end() {
    let clock = server().clock();
    let mut wait = clock.sleep(Duration::from_secs(3600));
    clock.advance(Duration::from_secs(3599));
    let is_over = |polled: Poll<()>| Poll::Ready(polled.is_ready());
    assert!(!poll_fn(|context| is_over(wait.as_mut().poll(context))).await, "a second is left");
    clock.advance(Duration::from_secs(1));
    assert!(poll_fn(|context| is_over(wait.as_mut().poll(context))).await, "without an hour of waiting");
}

#[tokio::test(start_paused = true)]
async fn a_wait_shorter_than_the_clock_can_show_moves_it_all_the_same() {
    let clock = server().clock();
    let start = clock.now();
    clock.sleep(Duration::from_nanos(1)).await;
    clock.sleep(Duration::from_nanos(101)).await;
    assert_eq!(clock.now().saturating_since(start), Duration::from_nanos(300));
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_lasts_is_met_until_it_is_cleared() {
    let server = server();
    let ctx = device(&server).await;
    ctx.table::<TodoItem>().insert(todo("a", "Milk")).await.unwrap();
    server.always(Fault::Status(503));
    server.next_write(Fault::DropRequest);
    assert_eq!(ctx.push().await.unwrap().status(), Status::Unavailable);
    let met: Vec<_> = server.take_requests().iter().map(SeenRequest::fault).collect();
    assert_eq!(met[0], Some(Fault::DropRequest), "one that waits for a request comes first");
    assert!(met.len() > 2 && met[1..].iter().all(|fault| *fault == Some(Fault::Status(503))), "{met:?}");
    server.next(Fault::DropReply);
    server.clear_faults();
    ctx.push().await.unwrap().into_result().unwrap();
    assert_eq!(lines(&server.take_requests()), ["POST tables/todoitem -> 201"]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_slower_than_the_device_waits_is_lost() {
    let server = server();
    let ctx = server
        .context()
        .timeout(Duration::from_secs(10))
        .store(MemoryStore::new())
        .table::<TodoItem>()
        .open()
        .await
        .unwrap();
    ctx.table::<TodoItem>().insert(todo("a", "Milk")).await.unwrap();
    server.next(Fault::Delay(Duration::from_secs(3600)));
    ctx.push().await.unwrap().into_result().unwrap();
    let sent = server.take_requests();
    assert_eq!(sent[0].to_string(), "POST tables/todoitem -> 201", "the server has done it");
    assert!(sent.len() > 1, "the device has asked again");
    assert_eq!(server.rows::<TodoItem>().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn half_a_page_is_no_page() {
    let server = server();
    for number in 0..5 {
        server.seed(todo(&format!("t{number}"), "x")).unwrap();
    }
    let whole = ask(&server, "GET", "/tables/todoitem", &[], None).body;
    server.next(Fault::Truncate);
    let half = ask(&server, "GET", "/tables/todoitem", &[], None).body;
    assert_eq!(half, whole[..whole.len() / 2]);
    let ctx = device(&server).await;
    server.next(Fault::Truncate);
    ctx.sync().await.unwrap().into_result().unwrap();
    assert_eq!(ctx.table::<TodoItem>().count(&TodoItem::query()).await.unwrap(), 5);
}

#[test]
fn a_skewed_clock_is_told_in_the_date_alone() {
    let server = server();
    let date = |server| ask(server, "GET", "/tables/todoitem", &[], None).headers.get("date").unwrap().to_owned();
    assert_eq!(date(&server), "Thu, 01 Jan 2026 00:00:00 GMT");
    server.next(Fault::ClockSkew(Skew::Ahead(Duration::from_secs(3600))));
    server.next(Fault::ClockSkew(Skew::Behind(Duration::from_secs(60))));
    assert_eq!(date(&server), "Thu, 01 Jan 2026 01:00:00 GMT");
    assert_eq!(date(&server), "Wed, 31 Dec 2025 23:59:00 GMT");
    assert_eq!(date(&server), "Thu, 01 Jan 2026 00:00:00 GMT");
    server.clock().set(Timestamp::MAX);
    assert_eq!(date(&server), "Fri, 31 Dec 9999 23:59:59 GMT");
}

#[tokio::test(start_paused = true)]
async fn faults_are_met_in_order_and_those_of_writes_let_reads_pass() {
    let server = server();
    let ctx = device(&server).await;
    server.next_write(Fault::Status(500));
    server.next(Fault::Status(502));
    server.next(Fault::Status(503));
    ctx.table::<TodoItem>().insert(todo("a", "Milk")).await.unwrap();
    let status = |server| ask(server, "GET", "/tables/todoitem", &[], None).status;
    assert_eq!((status(&server), status(&server), status(&server)), (502, 503, 200));
    ctx.push().await.unwrap().into_result().unwrap();
    let writes: Vec<_> = server.requests().into_iter().filter(SeenRequest::is_write).collect();
    assert_eq!(lines(&writes), ["POST tables/todoitem -> not seen", "POST tables/todoitem -> 201"]);
    assert_eq!(writes[0].fault(), Some(Fault::Status(500)));
}
