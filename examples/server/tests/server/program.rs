//! The server as a program.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::{Value, json};

use super::http::{get, read_answer, send, send_json};
use super::tokens::{SECRET, token};

/// A running program; killed when the test ends.
struct Program {
    child: Child,
    port: u16,
    log: Option<ChildStderr>,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        Self::start_in(arguments, &[])
    }

    fn start_in(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = command()
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Some(port) = line.trim().strip_prefix("http://127.0.0.1:") else {
            let mut error = String::new();
            child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
            panic!("no address but '{line}': {error}");
        };
        Self { port: port.parse().unwrap(), log: child.stderr.take(), child }
    }

    /// Sends the signal that asks to end.
    fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end; returns the code and the log.
    fn end(mut self) -> (Option<i32>, String) {
        let mut log = String::new();
        self.log.take().unwrap().read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().code(), log)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program, whatever the environment of the test says.
fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_synctable-server"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SYNCTABLE_SERVER_") {
            command.env_remove(name);
        }
    }
    command
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
fn the_environment_sets_what_flags_do_not() {
    let environment = [("SYNCTABLE_SERVER_MAX_TOP", "5"), ("SYNCTABLE_SERVER_PAGE_SIZE", "7")];
    let program = Program::start_in(&["--page-size", "1"], &environment);
    let rows: Vec<_> = ["a", "b"].map(|id| json!({"id": id})).to_vec();
    for row in rows {
        assert_eq!(send_json(program.port, "POST", "/tables/todoitem", &[], &row).status, 201);
    }
    assert_eq!(get(program.port, "/tables/todoitem?$top=6").status, 400);
    let page = get(program.port, "/tables/todoitem?$top=5").json();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn table_documents_are_served_from_folders_files_and_patterns() {
    let folder = tempfile::tempdir().unwrap();
    for (file, table) in [("a.json", "apples"), ("b.json", "berries"), ("c.json", "cherries")] {
        let document = json!({"x-sync": {"table": table}, "type": "object", "title": table, "required": ["id"],
            "properties": {"id": {"type": "string"}, "weight": {"type": "number"}}});
        std::fs::write(folder.path().join(file), document.to_string()).unwrap();
    }
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for (paths, served) in [
        (vec![folder.path().to_str().unwrap().to_owned()], [true, true, true]),
        (vec![at("a.json"), at("c.json")], [true, false, true]),
        (vec![at("[ab].json")], [true, true, false]),
    ] {
        let arguments: Vec<&str> = paths.iter().flat_map(|path| ["--schemas", path]).collect();
        let program = Program::start(&arguments);
        for (table, is_served) in ["apples", "berries", "cherries"].into_iter().zip(served) {
            let status = get(program.port, &format!("/tables/{table}?$filter=weight%20gt%201")).status;
            assert_eq!(status, if is_served { 200 } else { 404 }, "{paths:?} {table}");
        }
        assert_eq!(get(program.port, "/tables/todoitem").status, 404, "the built-in tables are not served besides");
    }
}

#[test]
fn arguments_that_are_wrong_end_the_program_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.json");
    std::fs::write(&broken, "{").unwrap();
    let broken = broken.to_str().unwrap();
    for (arguments, code, reasons) in [
        (&["--frob", "1"][..], 2, &["--frob"][..]),
        (&["--listen"], 2, &["--listen <ADDRESS>", "value is required"]),
        (&["--listen", "here"], 2, &["--listen <ADDRESS>", "127.0.0.1:5000"]),
        (&["--dialect", "v4"], 2, &["--dialect", "'v4' is not a dialect"]),
        (&["--page-size", "many"], 2, &["--page-size <ROWS>", "'many'"]),
        (&["--page-size", "0"], 2, &["--page-size <ROWS>", "'0'"]),
        (&["--tables", "mine"], 2, &["--tables", "[possible values: default, wire]"]),
        (&["--tables", "wire", "--schemas", "x"], 2, &["--tables", "--schemas", "cannot be used with"]),
        (&["--grace=-1"], 2, &["--grace", "seconds"]),
        (&["--rate-limit", "5/day"], 2, &["--rate-limit", "100/s"]),
        (&["--faults", "drop-reply=2"], 2, &["--faults <SPEC>", "a number from 0 to 1"]),
        (&["--cors-origin", "app.example"], 2, &["--cors-origin", "https://app.example"]),
        (&["--access", "movies"], 2, &["--access", "TABLE=RULE"]),
        (&["--access", "movies=some"], 2, &["--access", "'some' is not a rule"]),
        (&["--access", "films=read-only"], 1, &["'films=read-only' is for a table that is not served"]),
        (&["--access", "*=authenticated"], 1, &["--jwt-secret"]),
        (&["--jwt-secret", "short"], 1, &["--jwt-secret: the secret of tokens has 5 bytes"]),
        (&["--jwt-public-key", broken], 1, &["--jwt-public-key", "broken.json", "PEM"]),
        (&["--tls-cert", "x"], 2, &["--tls-key"]),
        (&["--listen", "127.0.0.1:0", "--db", "/"], 1, &["cannot open the database '/'"]),
        (&["--listen", "127.0.0.1:0", "--schemas", "/nowhere"], 1, &["--schemas /nowhere"]),
        (&["--listen", "127.0.0.1:0", "--schemas", broken], 1, &["--schemas", "broken.json"]),
        (&["--listen", "127.0.0.1:0", "--tls-cert", "/x", "--tls-key", "/y"], 1, &["cannot read '/x'"]),
        (&["--listen", "127.0.0.1:0", "--tls-cert", broken, "--tls-key", broken], 1, &["broken.json", "PEM"]),
        (&["--listen", "203.0.113.1:1"], 1, &["cannot listen on 203.0.113.1:1"]),
    ] {
        let output = command().args(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        for reason in reasons {
            assert!(error.contains(reason), "{arguments:?}: {error}");
        }
    }
}

#[test]
fn rules_and_the_secret_of_tokens_are_set_by_flags_and_environment() {
    let secret = std::str::from_utf8(SECRET).unwrap();
    let environment = [("SYNCTABLE_SERVER_JWT_SECRET", secret), ("SYNCTABLE_SERVER_JWT_LEEWAY", "5")];
    let program = Program::start_in(&["--access", "movies=read-only,*=owner:title:name"], &environment);
    let ann = token(&json!({"name": "ann", "exp": 4_000_000_000_u64}));
    let headers = [("Authorization", format!("Bearer {ann}"))];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(get(program.port, "/tables/todoitem").status, 401);
    let answer = send_json(program.port, "POST", "/tables/todoitem", &headers, &json!({"id": "a"}));
    assert_eq!((answer.status, &answer.json()["title"]), (201, &json!("ann")));
    assert_eq!(send_json(program.port, "POST", "/tables/movies", &[], &json!({"id": "a"})).status, 405);
}

#[test]
fn a_mistake_of_the_environment_names_the_variable() {
    let output = command().env("SYNCTABLE_SERVER_LISTEN", "here").output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    for reason in ["'here'", "--listen", "127.0.0.1:5000", "SYNCTABLE_SERVER_LISTEN"] {
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn the_settings_that_count_are_printed_without_secrets() {
    let output = command()
        .args(["--page-size", "5", "--db", "postgres://me:hush@db/x", "--print-config"])
        .env("SYNCTABLE_SERVER_MAX_TOP", "7")
        .env("SYNCTABLE_SERVER_JWT_SECRET", "hush")
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && !printed.contains("hush"), "{printed}");
    for line in [
        "page-size = 5  (flag)",
        "max-top = 7  (environment)",
        "jwt-secret = ***  (environment)",
        "body-limit = 30000000  (default)",
        "rate-limit = none  (default)",
        "listen = 127.0.0.1:5000  (default)",
        "db = postgres://me:***@db/x  (flag)",
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{line} is not in\n{printed}");
    }
}

#[test]
fn a_request_that_is_open_when_the_program_is_told_to_end_gets_its_answer() {
    let program = Program::start(&["--log", "json"]);
    let port = program.port;
    let body = r#"{"id": "late", "title": "Milk"}"#;
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let head = format!(
        "POST /tables/todoitem HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body.as_bytes()[..5]).unwrap();
    // It is counted once its head is read, beside the request that asks.
    let in_flight = || String::from_utf8(get(port, "/metrics").body).unwrap().contains("requests_in_flight 2\n");
    while !in_flight() {
        std::thread::yield_now();
    }
    program.terminate();
    while TcpStream::connect(("127.0.0.1", port)).is_ok() {
        std::thread::yield_now();
    }
    stream.write_all(&body.as_bytes()[5..]).unwrap();
    let answer = read_answer(stream);
    assert_eq!((answer.status, &answer.json()["id"]), (201, &json!("late")));
    let (code, log) = program.end();
    assert_eq!(code, Some(0), "{log}");
}

#[test]
fn the_end_does_not_wait_for_a_client_that_sends_nothing_more() {
    let program = Program::start(&["--grace", "0.2"]);
    let mut stream = TcpStream::connect(("127.0.0.1", program.port)).unwrap();
    stream
        .write_all(b"POST /tables/todoitem HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{")
        .unwrap();
    program.terminate();
    let (code, log) = program.end();
    assert_eq!(code, Some(0), "{log}");
}

#[test]
fn the_log_has_a_line_an_answer_and_nothing_of_rows_or_tokens() {
    let program = Program::start(&["--log=json"]);
    let headers = [("Authorization", "Bearer top-secret"), ("X-Request-Id", "trace-1"), ("X-ZUMO-AUTH", "top-secret")];
    let row = json!({"id": "private-id", "title": "private-title"});
    let answer = send_json(program.port, "POST", "/tables/TodoItem", &headers, &row);
    assert_eq!((answer.status, answer.header("x-request-id")), (201, Some("trace-1")));
    let answer = send(
        program.port,
        "GET",
        "/tables/nope/private-id?$filter=title%20eq%20'private-title'",
        &[("X-Request-Id", "not plain")],
        None,
    );
    let given = answer.header("x-request-id").unwrap().to_owned();
    assert_eq!((answer.status, given == "not plain"), (404, false));
    program.terminate();
    let (_, log) = program.end();
    assert!(!log.contains("private") && !log.contains("secret"), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |id: &str| {
        let line = lines.iter().map(|line| &line["fields"]).find(|fields| fields["request_id"] == id);
        line.unwrap_or_else(|| panic!("no line of {id}: {log}")).clone()
    };
    let (first, second) = (of("trace-1"), of(&given));
    assert_eq!(
        (&first["method"], &first["table"], &first["status"]),
        (&json!("POST"), &json!("todoitem"), &json!(201))
    );
    assert!(first["duration_ms"].as_f64().is_some_and(|ms| ms > 0.0), "{first}");
    assert_eq!((&second["method"], &second["table"], &second["status"]), (&json!("GET"), &json!(""), &json!(404)));
}
