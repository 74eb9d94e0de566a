//! The default transport against a server of a few bytes.

use std::time::Duration;

use synctable::wire::answer::Delivery;
use synctable::wire::{Dialect, Limits, WireClient, WireError, WriteRequest};
use synctable::{ErrorKind, RowBatch};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::wire_script::{ALL_ROWS, TODO, outcome, version};

/// Takes one connection, reads a request's head and body, answers with `reply`, and ends with the
/// request as text. Without a reply it holds the connection until the client is gone.
async fn serve(reply: Option<&'static str>) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut seen = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let count = stream.read(&mut buffer).await.unwrap_or(0);
            seen.extend_from_slice(&buffer[..count]);
            let text = String::from_utf8_lossy(&seen).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                if count == 0 {
                    return text;
                }
                continue;
            };
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() < length.unwrap_or(0) {
                continue;
            }
            if let Some(reply) = reply {
                stream.write_all(reply.as_bytes()).await.unwrap();
            } else {
                while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
            }
            return text;
        }
    });
    (url, served)
}

fn client(url: &str) -> WireClient {
    WireClient::builder(url).dialect(Dialect::Toolkit).timeout(Duration::from_secs(20)).build().unwrap()
}

async fn list(client: &WireClient) -> Result<u64, WireError> {
    client.table(&TODO).page(&ALL_ROWS, RowBatch::new(&TODO)).await.map(|page| page.row_count())
}

#[tokio::test]
async fn a_request_goes_out_and_an_answer_comes_in() {
    const REPLY: &str = "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\netag: \"Mg==\"\r\ncontent-length: 36\r\n\r\n{\"id\":\"t1\",\"title\":\"x\",\"version\":\"\"}";
    let (url, served) = serve(Some(REPLY)).await;
    let row = crate::wire_script::todo("t1", "x");
    let delivery = client(&url).table(&TODO).write(&WriteRequest::Insert { row: &row }).await;
    assert_eq!(outcome(&delivery), "201 row t1 x Mg== -");
    let request = served.await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /tables/todoitem HTTP/1.1\r\n"), "{head}");
    assert!(head.to_lowercase().contains("content-type: application/json"), "{head}");
    assert!(head.to_lowercase().contains("accept-encoding: gzip"), "{head}");
    assert_eq!(body, r#"{"id":"t1","title":"x","complete":true}"#);
}

#[tokio::test]
async fn encoded_ids_and_queries_arrive_as_they_were_written() {
    const REPLY: &str = "HTTP/1.1 204 No Content\r\n\r\n";
    let (url, served) = serve(Some(REPLY)).await;
    let base = version("MQ==");
    let request = WriteRequest::Delete { id: "a/b ü'", if_match: Some(&base) };
    client(&url).table(&TODO).write(&request).await;
    let head = served.await.unwrap();
    assert!(head.starts_with("DELETE /tables/todoitem/a%2Fb%20%C3%BC%27 HTTP/1.1"), "{head}");
    assert!(head.contains("\"MQ==\""), "{head}");

    let (url, served) = serve(Some("HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n")).await;
    list(&client(&url)).await.unwrap_err();
    let head = served.await.unwrap();
    assert!(
        head.starts_with("GET /tables/todoitem?$orderby=updatedAt,id&$top=50&$count=true&__includeDeleted=true "),
        "{head}"
    );
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let delivery = client(&url).table(&TODO).write(&WriteRequest::Delete { id: "t1", if_match: None }).await;
    let Delivery::Unsent(error) = delivery else { panic!("{delivery:?}") };
    assert_eq!((error.kind(), error.row()), (ErrorKind::Offline, Some("t1")));
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn answers_that_are_cut_or_do_not_come() {
    for reply in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"items\":",
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"ite",
    ] {
        let (url, _served) = serve(Some(reply)).await;
        let delivery = client(&url).table(&TODO).write(&WriteRequest::Delete { id: "t1", if_match: None }).await;
        assert_eq!(outcome(&delivery), "unanswered offline", "{reply:?}");
        let (url, _served) = serve(Some(reply)).await;
        assert_eq!(list(&client(&url)).await.unwrap_err().error.kind(), ErrorKind::Offline, "{reply:?}");
    }
    let (url, served) = serve(None).await;
    let client =
        WireClient::builder(&url).dialect(Dialect::Toolkit).timeout(Duration::from_millis(200)).build().unwrap();
    let delivery = client.table(&TODO).write(&WriteRequest::Delete { id: "t1", if_match: None }).await;
    assert_eq!(outcome(&delivery), "unanswered offline");
    assert!(served.await.unwrap().starts_with("DELETE "));
}

#[tokio::test]
async fn long_answers_are_not_read_to_their_end() {
    for reply in [
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99999999\r\n\r\n{",
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n20\r\n{\"items\":                       \r\n20\r\n                                \r\n",
    ] {
        let (url, _served) = serve(Some(reply)).await;
        let mut limits = Limits::default();
        limits.received_bytes = 40;
        let client = WireClient::builder(&url).dialect(Dialect::Toolkit).limits(limits).build().unwrap();
        let failure = list(&client).await.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::Decode, "{reply:?}: {failure}");
        assert!(failure.to_string().contains("40 bytes"), "{failure}");
    }
}

#[tokio::test]
async fn redirects_are_left_to_the_caller() {
    let (url, _served) =
        serve(Some("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n")).await;
    let failure = list(&client(&url)).await.unwrap_err();
    assert_eq!((failure.error.kind(), failure.error.status()), (ErrorKind::Busy, Some(302)));
}
