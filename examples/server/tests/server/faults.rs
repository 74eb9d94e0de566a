//! Faults on purpose, as a client on a socket meets them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;
use synctable::{Id, MemoryStore, RetryPolicy, SyncContext, SyncTable};
use synctable_server::{Config, Server, todoitem_table};

use super::http;

fn server(faults: &str) -> Server {
    Server::start(Config::new(vec![todoitem_table()]).faults(faults.parse().unwrap())).unwrap()
}

/// All bytes that come back before the connection ends.
fn bytes(server: &Server, method: &str, target: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    let length = body.len();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all((head + body).as_bytes()).unwrap();
    let mut answer = String::new();
    // A connection that is reset has brought nothing more.
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn a_dropped_request_is_not_done_and_a_dropped_reply_is() {
    let row = r#"{"id":"a","title":"Milk"}"#;
    for (faults, rows) in [("drop-request=1", 0), ("drop-reply=1", 1)] {
        let server = server(faults);
        assert_eq!(bytes(&server, "POST", "/tables/todoitem", row), "", "{faults}");
        assert_eq!(server.store().rows("todoitem").unwrap().len(), rows, "{faults}");
    }
}

#[test]
fn a_truncated_answer_has_half_a_body_under_the_length_of_the_whole() {
    let server = server("truncate=1");
    let answer = bytes(&server, "GET", "/tables/todoitem", "");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let whole = r#"{"items":[],"count":null,"nextLink":null}"#;
    assert!(head.to_ascii_lowercase().contains(&format!("content-length: {}", whole.len())), "{head}");
    assert_eq!(body, &whole[..whole.len() / 2]);
    server.store().seed("todoitem", &[json!({"id": "a"})]).unwrap();
    let answer = http::send(server.port(), "DELETE", "/tables/todoitem/a", &[], None);
    assert_eq!(answer.status, 204, "an answer without a body arrives whole");
}

#[test]
fn a_status_hides_the_server_a_delay_takes_time_and_a_clock_is_off() {
    let busy = server("status-503=1");
    let answer = http::send_json(busy.port(), "POST", "/tables/todoitem", &[], &json!({"id": "a"}));
    assert_eq!((answer.status, answer.body.len()), (503, 0));
    assert!(busy.store().rows("todoitem").unwrap().is_empty());
    let busy = server("busy=1500ms:1");
    let answer = http::send_json(busy.port(), "POST", "/tables/todoitem", &[], &json!({"id": "a"}));
    assert_eq!((answer.status, answer.header("retry-after"), answer.body.len()), (503, Some("2"), 0));
    assert!(busy.store().rows("todoitem").unwrap().is_empty());

    let slow = server("delay=120ms:1");
    let began = Instant::now();
    assert_eq!(http::get(slow.port(), "/tables/todoitem").status, 200);
    assert!(began.elapsed() >= Duration::from_millis(120));

    let ahead = server("clock-ahead=1h:1");
    let date = httpdate::parse_http_date(http::get(ahead.port(), "/tables/todoitem").header("date").unwrap()).unwrap();
    let by = date.duration_since(std::time::SystemTime::now()).unwrap();
    assert!((3590..=3600).contains(&by.as_secs()), "{by:?}");
    let behind = server("clock-behind=1h:1");
    let date = httpdate::parse_http_date(http::get(behind.port(), "/tables/todoitem").header("date").unwrap()).unwrap();
    let by = std::time::SystemTime::now().duration_since(date).unwrap();
    assert!((3600..=3610).contains(&by.as_secs()), "{by:?}");
}

#[test]
fn other_addresses_meet_no_fault() {
    assert_eq!(http::get(server("status-503=1").port(), "/elsewhere").status, 404);
}

#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "todoitem")]
struct TodoItem {
    id: Id,
    title: Option<String>,
    complete: bool,
}

#[tokio::test]
async fn a_client_comes_through_with_each_row_once() {
    let server = server("drop-request=0.1,drop-reply=0.2,truncate=0.1,status-503=0.1,status-500=0.1,seed=11");
    let ctx = SyncContext::builder(&server.url())
        .store(MemoryStore::new())
        .retry(
            RetryPolicy::new()
                .first_wait(Duration::from_millis(1))
                .longest_wait(Duration::from_millis(2))
                .without_circuit(),
        )
        .table::<TodoItem>()
        .open()
        .await
        .unwrap();
    let todos = ctx.table::<TodoItem>();
    for number in 0..20 {
        todos.insert(TodoItem { title: Some(format!("Item {number}")), ..Default::default() }).await.unwrap();
    }
    for _ in 0..50 {
        drop(ctx.push().await.unwrap());
        if ctx.pending_count().await.unwrap() == 0 {
            break;
        }
    }
    assert_eq!(ctx.pending_count().await.unwrap(), 0);
    let rows = server.store().rows("todoitem").unwrap();
    let mut titles: Vec<_> = rows.iter().map(|row| row["title"].as_str().unwrap().to_owned()).collect();
    titles.sort();
    titles.dedup();
    assert_eq!((rows.len(), titles.len()), (20, 20));
}
