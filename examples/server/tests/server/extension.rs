//! The extensions of the push protocol (docs/protocol-extensions.md), over the socket.

mod batch;
mod keys;

use serde_json::Value;
use synctable_server::{Config, Database, Server, todoitem_table};

use crate::engines::on_each;
use crate::http::{Answer, get, send, send_json};

/// Runs a test at a server of each engine.
fn on_each_engine(test: &str, check: impl Fn(&Server)) {
    on_each(test, |database| check(&Server::start(over(database)).unwrap()));
}

fn over(database: &Database) -> Config {
    Config::new(vec![todoitem_table()]).database(database.clone())
}

fn keyed(server: &Server, key: &str, method: &str, target: &str, body: &Value) -> Answer {
    send_json(server.port(), method, target, &[("Idempotency-Key", key)], body)
}

fn delete(server: &Server, headers: &[(&str, &str)], id: &str) -> Answer {
    send(server.port(), "DELETE", &format!("/tables/todoitem/{id}"), headers, None)
}

fn is_replayed(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == Some("true")
}

/// The answer again, in all that a client reads.
fn assert_same(first: &Answer, again: &Answer) {
    assert!(!is_replayed(first) && is_replayed(again), "{first:?} {again:?}");
    assert_eq!((first.status, first.json()), (again.status, again.json()));
    for header in ["content-type", "etag", "last-modified", "location"] {
        assert_eq!(first.header(header), again.header(header), "{header}");
    }
}

fn rows(server: &Server) -> Vec<Value> {
    server.store().rows("todoitem").unwrap()
}

fn tag(server: &Server, id: &str) -> String {
    get(server.port(), &format!("/tables/todoitem/{id}")).header("etag").unwrap().to_owned()
}
