//! Which dialect answers is found out once (protocol.md 1 and 10).

use synctable::ErrorKind;
use synctable::wire::answer::Delivery;
use synctable::wire::{Dialect, TransportErrorKind, WriteRequest};

use crate::wire_script::{Reply, Script, TODO, fails, json, outcome, reply};

const ITEMS: &str = r#"{"items":[],"count":null,"nextLink":null}"#;
const NODE: &str = "content-type: application/json\nx-zumo-server-version: node-4.0.2";
const NET: &str = "content-type: application/json\nx-zumo-server-version: net-1.0.0";
const PROBLEM: &str = "content-type: application/problem+json; charset=utf-8";

async fn detect(replies: Vec<Reply>) -> (Vec<String>, Result<Dialect, (ErrorKind, Option<u16>)>) {
    let script = Script::new(replies);
    let client = script.builder().build().unwrap();
    let found = client.dialect(&TODO).await;
    assert_eq!(client.known_dialect(), found.as_ref().ok().copied());
    (script.sent(), found.map_err(|failure| (failure.error.kind(), failure.error.status())))
}

const BARE: &str = "GET /tables/todoitem?$top=1";
const AS_V3: &str = "GET /tables/todoitem?$top=1 version=3.0.0";
const AS_V2: &str = "GET /tables/todoitem?$top=1 version=2.0.0";

#[tokio::test]
async fn each_server_is_known_by_its_answer() {
    let missing = r#"{"title":"Missing ZUMO-API-VERSION","status":400}"#;
    let no_version = || json(400, r#"{"error":"An invalid API version was specified"}"#);
    for (replies, requests, expected) in [
        (vec![json(200, ITEMS)], vec![BARE], Dialect::Toolkit),
        (vec![reply(400, PROBLEM, missing)], vec![BARE], Dialect::DatasyncV3),
        (vec![reply(400, NODE, r#"{"error":"…"}"#)], vec![BARE], Dialect::NodeV2),
        (vec![reply(401, NODE, "")], vec![BARE], Dialect::NodeV2),
        (vec![reply(400, NET, r#"{"message":"…"}"#)], vec![BARE], Dialect::DotNetV2),
        // A gateway that takes the first request amiss.
        (vec![reply(400, "", ""), json(200, ITEMS)], vec![BARE, AS_V3], Dialect::DatasyncV3),
        (vec![no_version(), no_version(), reply(200, NET, "[]")], vec![BARE, AS_V3, AS_V2], Dialect::DotNetV2),
        (vec![reply(500, "", ""), no_version(), reply(200, NODE, "[]")], vec![BARE, AS_V3, AS_V2], Dialect::NodeV2),
    ] {
        let (sent, found) = detect(replies).await;
        assert_eq!((sent, found), (requests.into_iter().map(str::to_owned).collect(), Ok(expected)));
    }
}

#[tokio::test]
async fn what_is_no_dialect() {
    let thrice = |answer: fn() -> Reply| vec![answer(), answer(), answer()];
    for (replies, expected) in [
        (vec![fails(TransportErrorKind::Unsent)], (ErrorKind::Offline, None)),
        (vec![fails(TransportErrorKind::Unanswered)], (ErrorKind::Offline, None)),
        (vec![reply(503, "", "")], (ErrorKind::Busy, Some(503))),
        (vec![reply(200, "content-type: text/html", "<html>")], (ErrorKind::Decode, Some(200))),
        // Half an answer: what a further request would get is not taken for its.
        (vec![json(200, r#"{"items":["#)], (ErrorKind::Decode, Some(200))),
        (thrice(|| reply(401, "", "")), (ErrorKind::Unauthorized, Some(401))),
        (thrice(|| reply(404, "", "")), (ErrorKind::Rejected, Some(404))),
        (thrice(|| reply(500, NODE, "")), (ErrorKind::Busy, Some(500))),
        (thrice(|| json(200, r#"{"hello":1}"#)), (ErrorKind::Unsupported, None)),
        (thrice(|| json(200, r#"{"items":5}"#)), (ErrorKind::Unsupported, None)),
        (thrice(|| json(200, "[]")), (ErrorKind::Unsupported, None)),
    ] {
        assert_eq!(detect(replies).await.1, Err(expected));
    }
}

#[tokio::test]
async fn it_is_asked_once_and_can_be_forgotten() {
    let script = Script::new([json(200, ITEMS), json(200, ITEMS), json(200, ITEMS), json(200, ITEMS)]);
    let client = script.builder().build().unwrap();
    let table = client.table(&TODO);
    let (first, second) = tokio::join!(table.answers(), table.answers());
    first.unwrap();
    second.unwrap();
    assert_eq!(script.requests().len(), 3, "one detection and two reads");
    client.set_dialect(Dialect::DatasyncV3);
    table.answers().await.unwrap();
    assert_eq!(script.sent(), [BARE, BARE, BARE, AS_V3]);
    client.forget_dialect();
    assert_eq!(client.known_dialect(), None);

    let script = Script::new([]);
    let client = script.builder().dialect(Dialect::NodeV2).build().unwrap();
    assert_eq!(client.dialect(&TODO).await.unwrap(), Dialect::NodeV2);
}

#[tokio::test]
async fn a_write_that_cannot_ask_first_has_not_left() {
    for (replies, expected) in [
        (vec![fails(TransportErrorKind::Unanswered)], "unsent offline"),
        (vec![reply(200, "content-type: text/html", "<html>")], "unsent decode"),
        (vec![reply(503, "", "")], "503 none foreign `the server cannot answer now`"),
    ] {
        let script = Script::new(replies);
        let table = script.builder().build().unwrap().table(&TODO);
        let delivery: Delivery = table.write(&WriteRequest::Delete { id: "t1", if_match: None }).await;
        assert_eq!(outcome(&delivery), expected);
        assert_eq!(script.sent(), [BARE]);
    }
}
