//! The walk as a program: it ends well, and the backend holds what it says.

#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use std::collections::BTreeMap;
use std::process::{Command, Output};

use serde_json::json;
use synctable::wire::Dialect;
use synctable_server::{Config, Server, todoitem_table};

use http::Peer;
use node::Node;

#[path = "../../../runtime/tests/support/http.rs"]
mod http;
#[path = "../../../runtime/tests/support/node.rs"]
mod node;

fn walk(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_quickstart")).args(arguments).output().unwrap()
}

/// Runs the walk against a backend, twice, and compares the rows that it shows at its end with plain requests.
fn walk_against(peer: Peer, dialect_argument: &str) {
    for arguments in [&[][..], &["--dialect", dialect_argument][..]] {
        let url = format!("http://127.0.0.1:{}", peer.port);
        let output = walk(&[&["--server", &url], arguments].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.contains(&format!("the server speaks {dialect_argument}")), "{text}");
        let (_, last_step) = text.split_once("\n9. ").unwrap();
        let rows: BTreeMap<String, _> =
            peer.rows("todoitem").into_iter().map(|row| (row["id"].as_str().unwrap().to_owned(), row)).collect();
        let (mut live, mut gone) = (0, 0);
        for line in last_step.lines().map(str::trim) {
            if let Some(id) = line.strip_prefix("gone: ") {
                assert_eq!(rows[id]["deleted"], json!(true), "{line}");
                gone += 1;
            } else if let Some((title, id)) = line.strip_suffix(')').and_then(|line| line.split_once(" (")) {
                let (mark, title) = title.split_at(4);
                assert_eq!(rows[id]["title"], title, "{line}");
                assert_eq!(rows[id]["complete"], json!(mark == "[x] "), "{line}");
                assert_eq!(rows[id]["deleted"], json!(false), "{line}");
                live += 1;
            }
        }
        assert_eq!((live, gone), (2, 1), "{text}");
    }
}

#[test]
fn without_arguments_it_brings_its_own_server() {
    let output = walk(&[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("push: offline") && text.contains("the server speaks toolkit"), "{text}");
}

#[test]
fn a_server_that_does_not_answer_ends_it_with_a_failure() {
    // Nobody listens on the port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let output = walk(&["--server", &format!("http://127.0.0.1:{port}")]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("the walk ended early"));
    assert_eq!(walk(&["--dialect", "v4"]).status.code(), Some(2));
}

#[test]
fn the_stores_are_kept_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    let keep = folder.path().join("kept");
    assert!(walk(&["--keep", keep.to_str().unwrap()]).status.success());
    assert!(keep.join("tablet.db").is_file() && keep.join("phone.db").is_file());
    let again = walk(&["--keep", keep.to_str().unwrap()]);
    let message = String::from_utf8(again.stderr).unwrap();
    assert!(!again.status.success() && message.contains("has the stores of an earlier walk"), "{message}");
}

#[test]
fn it_walks_against_the_embedded_server_in_all_dialects() {
    for (dialect, server) in [
        (Dialect::Toolkit, synctable_server::Dialect::Toolkit),
        (Dialect::DatasyncV3, synctable_server::Dialect::V3),
        (Dialect::NodeV2, synctable_server::Dialect::NodeV2),
        (Dialect::DotNetV2, synctable_server::Dialect::DotNetV2),
    ] {
        let server = Server::start(Config::new(vec![todoitem_table()]).dialect(server)).unwrap();
        walk_against(Peer { port: server.port(), dialect }, dialect.name());
    }
}

#[test]
fn it_walks_against_the_node_backend() {
    if !node::installed("it_walks_against_the_node_backend") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(&folder.path().join("backend.db"), 0);
    walk_against(Peer { port: node.port(), dialect: Dialect::NodeV2 }, Dialect::NodeV2.name());
}
