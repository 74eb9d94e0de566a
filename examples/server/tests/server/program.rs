//! The server as a program.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::json;

use super::http::{get, send_json};

/// A running program; killed when the test ends.
struct Program {
    child: Child,
    port: u16,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_synctable-server"))
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().strip_prefix("http://127.0.0.1:").unwrap().parse().unwrap();
        Self { child, port }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn an_answered_write_survives_the_kill_of_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.sqlite");
    let file = file.to_str().unwrap();
    let program = Program::start(&["--db", file]);
    for number in 0..20 {
        let row = json!({"id": format!("i{number}"), "title": "Milk", "dueAt": "2024-02-29T12:34:56.789Z"});
        assert_eq!(send_json(program.port, "POST", "/tables/todoitem", &[], &row).status, 201);
    }
    drop(program);
    let program = Program::start(&["--db", file]);
    let page = get(program.port, "/tables/todoitem?$count=true").json();
    assert_eq!((&page["count"], &page["items"][0]["dueAt"]), (&json!(20), &json!("2024-02-29T12:34:56.789Z")));
    assert_eq!(get(program.port, "/tables/movies?$count=true").json()["count"], 0);
    assert_eq!(get(program.port, "/tables/movies_v3?$count=true").json()["count"], 0);
}

#[test]
fn arguments_choose_dialect_tables_and_limits() {
    let program = Program::start(&["--dialect=v3", "--tables", "wire", "--page-size", "1", "--max-top", "5"]);
    assert_eq!(get(program.port, "/tables/todoitem").json()["title"], "Missing ZUMO-API-VERSION");
    let version = ("ZUMO-API-VERSION", "3.0.0");
    for id in ["a", "b"] {
        assert_eq!(send_json(program.port, "POST", "/tables/kitchen", &[version], &json!({"id": id})).status, 201);
    }
    let page = get(program.port, "/tables/kitchen?$top=5&zumo-api-version=3.0").json();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(get(program.port, "/tables/kitchen?$top=6&zumo-api-version=3.0").status, 400);
}

#[test]
fn arguments_that_are_wrong_end_the_program_with_a_reason() {
    for (arguments, reason) in [
        (&["--frob", "1"][..], "unknown argument '--frob'"),
        (&["--listen"], "'--listen' needs a value"),
        (&["--listen", "here"], "--listen is an address"),
        (&["--dialect", "v4"], "'v4' is not a dialect"),
        (&["--page-size", "many"], "--page-size is a number"),
        (&["--tables", "mine"], "--tables is default or wire"),
        (&["--listen", "127.0.0.1:0", "--db", "/"], "cannot open the database '/'"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_synctable-server")).args(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains(reason), "{arguments:?}: {error}");
    }
}
