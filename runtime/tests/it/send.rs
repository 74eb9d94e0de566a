//! Calls of other endpoints of the same server.

use std::sync::Arc;
use std::time::Duration;

use synctable::wire::{Dialect, Method, TransportErrorKind};
use synctable::{ApiRequest, ErrorKind, JsonValue, MemoryStore, RemoteClient, RetryPolicy, SyncContext, Token};

use crate::wire_script::{Reply, Script, Shared, fails, json, reply};

async fn play(replies: impl IntoIterator<Item = Reply>) -> (Arc<Script>, SyncContext) {
    let script = Script::new(replies);
    let context = SyncContext::builder("https://example.com/app")
        .transport(Shared(Arc::clone(&script)))
        .header("X-App", "1")
        .retry(RetryPolicy::new().first_wait(Duration::ZERO))
        .store(MemoryStore::new())
        .open()
        .await
        .unwrap();
    (script, context)
}

#[tokio::test]
async fn what_is_sent_and_what_comes_back() {
    let (script, context) = play([
        json(200, r#"{"sum":5}"#),
        json(201, "{}"),
        reply(204, "x-trace: 7", ""),
        reply(200, "content-type: text/plain", "plain"),
    ])
    .await;
    let answer = context.send(ApiRequest::get("api/sum").query("a b", "c&d")).await.unwrap();
    assert_eq!((answer.status(), answer.is_success()), (200, true));
    assert_eq!(answer.json::<JsonValue>().unwrap()["sum"], 5);

    let order = ApiRequest::post("/orders?x=1").json(&serde_json::json!({ "n": 1 })).unwrap();
    context.send(order.header("X-One", "2").timeout(Duration::from_secs(3))).await.unwrap();
    let answer = context.send(ApiRequest::new(Method::Delete, "https://example.com/app/api/5#top")).await.unwrap();
    assert_eq!((answer.header("X-TRACE"), answer.body()), (Some("7"), &b""[..]));
    let answer = context.send(ApiRequest::post("api/text").body("text/csv", "a;b")).await.unwrap();
    assert_eq!(answer.text().unwrap(), "plain");
    assert_eq!(answer.json::<JsonValue>().unwrap_err().kind(), ErrorKind::Decode);

    let requests = script.requests();
    let lines: Vec<_> = requests
        .iter()
        .map(|request| format!("{} {} {}", request.method, request.url, String::from_utf8_lossy(&request.body)))
        .collect();
    assert_eq!(
        lines,
        [
            "GET https://example.com/app/api/sum?a%20b=c%26d ",
            "POST https://example.com/orders?x=1 {\"n\":1}",
            "DELETE https://example.com/app/api/5 ",
            "POST https://example.com/app/api/text a;b",
        ]
    );
    assert!(requests.iter().all(|request| request.headers.get("x-app") == Some("1")));
    assert_eq!(requests[1].headers.get("x-one"), Some("2"));
    assert_eq!(requests[1].headers.get("content-type"), Some("application/json"));
    assert_eq!(requests[1].timeout, Duration::from_secs(3));
    assert_eq!((requests[0].timeout, requests[0].headers.get("content-type")), (Duration::from_secs(100), None));
    assert_eq!(requests[3].headers.get("content-type"), Some("text/csv"));
}

#[tokio::test]
async fn every_status_is_an_answer_until_it_is_asked_to_be_none() {
    for (status, kind) in [
        (400, ErrorKind::Rejected),
        (401, ErrorKind::Unauthorized),
        (404, ErrorKind::Rejected),
        (409, ErrorKind::Rejected),
        (503, ErrorKind::Busy),
    ] {
        let (_script, context) = play([json(status, r#"{"error":"no such thing"}"#)]).await;
        let answer = context.send(ApiRequest::post("api/x")).await.unwrap();
        assert_eq!(answer.status(), status);
        let error = answer.into_success().unwrap_err();
        assert_eq!((error.kind(), error.status()), (kind, Some(status)));
        assert!(error.to_string().contains("no such thing"), "{error}");
    }
}

#[tokio::test]
async fn other_servers_are_refused() {
    let (script, context) = play([]).await;
    for path in ["https://evil.example/x", "//evil.example/x", "http://example.com/x", "https://example.com:444/x"] {
        let error = context.send(ApiRequest::get(path)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{path}");
    }
    assert!(script.requests().is_empty());
    // Nor does a redirect lead there; within the server it is followed.
    let (script, context) =
        play([reply(307, "location: https://evil.example/x", ""), reply(307, "location: /there", ""), json(200, "{}")])
            .await;
    assert_eq!(context.send(ApiRequest::get("x")).await.unwrap().status(), 307);
    assert_eq!(context.send(ApiRequest::get("x")).await.unwrap().status(), 200);
    assert_eq!(script.requests()[2].url, "https://example.com/there");
}

#[tokio::test]
async fn headers_that_are_set_already_are_refused() {
    let (script, context) = play([]).await;
    for name in ["host", "Content-Length", "transfer-encoding", "accept-encoding", "content-type", "bad name", ""] {
        let error = context.send(ApiRequest::get("x").header(name, "1")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{name}");
    }
    for request in
        [ApiRequest::get("x").header("X-A", "1\r\nX-B: 2"), ApiRequest::post("x").body("text/plain\r\nX-B: 2", "b")]
    {
        assert_eq!(context.send(request).await.unwrap_err().kind(), ErrorKind::Invalid);
    }
    assert!(script.requests().is_empty());
}

#[tokio::test]
async fn only_what_may_be_done_twice_is_repeated() {
    let busy = || reply(503, "", "");
    let lost = || fails(TransportErrorKind::Unanswered);
    for (request, tries) in [
        (ApiRequest::get("x"), 3),
        (ApiRequest::post("x"), 1),
        (ApiRequest::post("x").repeatable(), 3),
        (ApiRequest::new(Method::Delete, "x"), 1),
        (ApiRequest::new(Method::Put, "x").repeatable(), 3),
    ] {
        let (script, context) = play((0..tries).map(|_| busy())).await;
        assert_eq!(context.send(request.clone()).await.unwrap().status(), 503);
        assert_eq!(script.sent().len(), tries);
        let (script, context) = play((0..tries).map(|_| lost())).await;
        let error = context.send(request).await.unwrap_err();
        assert_eq!((error.kind(), error.may_have_arrived()), (ErrorKind::Offline, true));
        assert_eq!(script.sent().len(), tries);
    }
    let (_script, context) = play([fails(TransportErrorKind::Unsent)]).await;
    let error = context.send(ApiRequest::post("x")).await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_arrived()), (ErrorKind::Offline, false));
    let (script, context) = play([busy(), json(200, "{}")]).await;
    assert_eq!(context.send(ApiRequest::get("x")).await.unwrap().status(), 200);
    assert_eq!(script.sent().len(), 2);
}

#[tokio::test]
async fn a_client_without_store_sends_too_with_token_and_version() {
    let script = Script::new([reply(401, "", ""), json(200, "{}")]);
    let client = RemoteClient::builder("https://example.com")
        .transport(Shared(Arc::clone(&script)))
        .dialect(Dialect::NodeV2)
        .auth({
            let calls = std::sync::atomic::AtomicU64::new(0);
            move |_reason| {
                let call = calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                async move { Ok(Some(Token::new(format!("t{call}")))) }
            }
        })
        .build()
        .unwrap();
    let answer = client.send(ApiRequest::post("api/x").header("Accept", "text/csv")).await.unwrap();
    assert_eq!(answer.status(), 200, "a request that was refused was not done: it is sent again");
    let requests = script.requests();
    let tokens: Vec<_> = requests.iter().map(|request| request.headers.get("authorization").unwrap()).collect();
    assert_eq!(tokens, ["Bearer t0", "Bearer t1"]);
    assert!(requests.iter().all(|request| request.headers.get("zumo-api-version") == Some("2.0.0")));
    assert_eq!(requests[0].headers.get("accept"), Some("text/csv"));
    let own = client.send(ApiRequest::get("x").header("Authorization", "Basic x")).await.unwrap_err();
    assert_eq!(own.kind(), ErrorKind::Invalid);
}
