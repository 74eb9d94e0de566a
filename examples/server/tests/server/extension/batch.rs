//! Batches.

use serde_json::{Value, json};
use synctable_server::Server;

use super::{keyed, on_each_engine, rows, tag};
use crate::http::{Answer, send, send_json};

fn send_batch(server: &Server, operations: &Value) -> Answer {
    send_json(server.port(), "POST", "/tables/$batch", &[], &json!({ "operations": operations }))
}

fn answers(server: &Server, operations: &Value) -> Vec<Value> {
    let answer = send_batch(server, operations);
    assert_eq!(answer.status, 200, "{:?}", String::from_utf8_lossy(&answer.body));
    answer.json()["answers"].as_array().unwrap().clone()
}

fn insert(key: &str, id: &str) -> Value {
    json!({ "key": key, "method": "POST", "path": "todoitem", "body": { "id": id, "title": id } })
}

#[test]
fn operations_are_done_in_order_and_answered_as_if_they_had_come_alone() {
    on_each_engine("operations_are_done_in_order_and_answered_as_if_they_had_come_alone", |server| {
        server.store().seed("todoitem", &[json!({ "id": "old", "title": "old" })]).unwrap();
        let tag = tag(server, "old");
        let operations = json!([
            insert("1", "a"),
            { "key": "2", "method": "PUT", "path": "todoitem/a", "body": { "id": "a", "title": "again" } },
            { "key": "3", "method": "DELETE", "path": "todoitem/old", "ifMatch": tag },
            { "key": "4", "method": "PUT", "path": "todoitem/none", "body": { "id": "none" } },
            { "key": "5", "method": "PUT", "path": "todoitem/a", "ifMatch": "\"AAAA\"", "body": { "id": "a" } },
            { "key": "6", "method": "POST", "path": "todoitem", "body": "no row" },
            insert("7", "b"),
        ]);
        let answers = answers(server, &operations);
        let statuses: Vec<i64> = answers.iter().map(|answer| answer["status"].as_i64().unwrap()).collect();
        assert_eq!(statuses, [201, 200, 204, 404, 412, 400, 201], "{answers:?}");
        assert_eq!((&answers[0]["body"]["title"], &answers[1]["body"]["title"]), (&json!("a"), &json!("again")));
        assert_eq!(answers[4]["body"], answers[1]["body"], "the row that another condition found");
        // What comes alone under the key is the answer of before, in all its parts.
        let alone = keyed(server, "1", "POST", "/tables/todoitem", &json!({ "id": "a", "title": "a" }));
        assert_eq!((alone.status, &alone.json()), (201, &answers[0]["body"]));
        for header in ["etag", "content-type", "last-modified", "location"] {
            assert_eq!(alone.header(header), answers[0]["headers"][header].as_str(), "{header}");
        }
        assert_eq!(alone.header("idempotency-replayed"), Some("true"));
        assert_eq!(rows(server).len(), 3);
    });
}

#[test]
fn a_repeated_batch_is_done_once() {
    on_each_engine("a_repeated_batch_is_done_once", |server| {
        let operations = json!([insert("1", "a"), insert("2", "b")]);
        let first = answers(server, &operations);
        let stored = rows(server);
        let again = answers(server, &json!([insert("1", "a"), insert("2", "b"), insert("3", "c")]));
        for place in 0..2 {
            assert_eq!(first[place]["body"], again[place]["body"]);
            assert_eq!(again[place]["headers"]["idempotency-replayed"], "true");
        }
        assert_eq!(again[2]["status"], 201);
        assert_eq!(rows(server)[..2], stored[..]);
    });
}

#[test]
fn what_names_a_failed_one_is_not_done_and_may_be_done_later() {
    on_each_engine("what_names_a_failed_one_is_not_done_and_may_be_done_later", |server| {
        server.store().seed("todoitem", &[json!({ "id": "taken" })]).unwrap();
        let after = |key: &str, id: &str, after: &[usize]| {
            let mut operation = insert(key, id);
            operation["after"] = json!(after);
            operation
        };
        let operations = json!([
            insert("1", "taken"),
            insert("2", "free"),
            after("3", "child", &[0]),
            after("4", "other", &[1]),
            after("5", "grandchild", &[1, 2])
        ]);
        let done = answers(server, &operations);
        let statuses: Vec<i64> = done.iter().map(|answer| answer["status"].as_i64().unwrap()).collect();
        assert_eq!(statuses, [409, 201, 424, 201, 424]);
        assert_eq!(rows(server).len(), 3);
        assert_eq!(answers(server, &json!([insert("3", "child")]))[0]["status"], 201, "it was not kept");
    });
}

#[test]
fn a_batch_that_is_none_is_refused_whole() {
    on_each_engine("a_batch_that_is_none_is_refused_whole", |server| {
        let refused = |operations: Value, status: u16| {
            let answer = send_batch(server, &operations);
            assert_eq!(answer.status, status, "{operations}");
            assert!(answer.header("synctable-extensions").is_some());
        };
        let with = |name: &str, value: Value| {
            let mut operation = insert("1", "a");
            operation[name] = value;
            json!([insert("0", "first"), operation])
        };
        refused(json!("no list"), 400);
        refused(with("method", json!("GET")), 400);
        refused(with("key", json!("a b")), 400);
        refused(with("key", json!(1)), 400);
        refused(with("path", json!("todo item")), 400);
        refused(with("after", json!([1])), 400);
        refused(with("after", json!([-1])), 400);
        refused(with("more", json!(true)), 400);
        refused(with("ifMatch", json!("a\nb")), 400);
        refused(Value::from((0..101).map(|n| insert(&n.to_string(), &n.to_string())).collect::<Vec<_>>()), 413);
        refused(with("body", json!({ "id": "a", "title": "x".repeat(1 << 20) })), 413);
        let plain = send(server.port(), "POST", "/tables/$batch", &[("Content-Type", "text/plain")], Some("{}"));
        assert_eq!(plain.status, 415);
        assert_eq!(send(server.port(), "GET", "/tables/$batch", &[], None).status, 405);
        assert!(rows(server).is_empty(), "nothing of them is done");
    });
}

#[test]
fn operations_reach_tables_only() {
    on_each_engine("operations_reach_tables_only", |server| {
        let at = |path: &str| json!([{ "key": path.len().to_string(), "method": "DELETE", "path": path }]);
        for path in ["$batch", "../healthz", "nothing/a", "todoitem", ""] {
            let status = answers(server, &at(path))[0]["status"].as_i64().unwrap();
            assert!(status == 404 || status == 405, "{path}: {status}");
        }
    });
}

#[test]
fn a_hundred_operations_fit() {
    on_each_engine("a_hundred_operations_fit", |server| {
        let operations: Vec<Value> = (0..100).map(|n| insert(&format!("k{n}"), &format!("r{n:03}"))).collect();
        let answers = answers(server, &Value::from(operations));
        assert!(answers.iter().all(|answer| answer["status"] == 201));
        let stamps: Vec<String> =
            answers.iter().map(|answer| answer["body"]["updatedAt"].as_str().unwrap().to_owned()).collect();
        assert!(stamps.is_sorted(), "in order");
        assert_eq!(rows(server).len(), 100);
    });
}
