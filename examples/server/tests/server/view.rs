//! The web page over plain HTTP: what it shows, to whom, and with which headers.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde_json::{Value, json};
use synctable_server::{
    Access, Arguments, ColumnType, Config, Database, Server, TableDefinition, Tokens, movies_table, todoitem_table,
};

use super::engines::on_each;
use super::http::{Answer, get, send, send_json};
use super::tokens::{SECRET, token_of};

/// Values that would run, break out of their place or mislead, if they were not escaped.
pub(crate) const HOSTILE: [&str; 6] = [
    "<script>document.documentElement.dataset.ran = 1; alert(1)</script>",
    "\"><img src=x onerror=\"document.documentElement.dataset.ran = 1; alert(1)\">",
    "' onmouseover='alert(1)' data-x='",
    "</script><!-- ]]> &lt;b&gt; \u{2028}\ndata: event\n\nevent: rows",
    "</bdi></td></table><svg onload=alert(1)>",
    "abc\u{202E}gpj.exe\u{0}\u{1B}[31m",
];

fn body(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.body).unwrap()
}

fn page(server: &Server, target: &str) -> String {
    let answer = get(server.port(), target);
    assert_eq!(answer.status, 200, "{target}: {}", body(&answer));
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    body(&answer).to_owned()
}

/// The events of a connection.
pub(crate) struct Events(BufReader<TcpStream>);

impl Events {
    pub(crate) fn open(port: u16, target: &str, headers: &[(&str, &str)]) -> Self {
        let (head, events) = Self::ask(port, target, headers);
        assert_eq!(head[0], "HTTP/1.1 200 OK");
        events
    }

    /// Asks for events; the head of the answer, and what follows it.
    fn ask(port: u16, target: &str, headers: &[(&str, &str)]) -> (Vec<String>, Self) {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n");
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(format!("{request}\r\n").as_bytes()).unwrap();
        let mut events = Self(BufReader::new(stream));
        let mut head = vec![events.line()];
        while let line = events.line()
            && !line.is_empty()
        {
            head.push(line);
        }
        (head, events)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert_ne!(self.0.read_line(&mut line).unwrap(), 0, "the stream has ended");
        line.trim_end_matches(['\r', '\n']).to_owned()
    }

    /// Waits for the next event of any name; its id and its data.
    fn next_any(&mut self) -> (String, Value) {
        self.next_where(|_| true)
    }

    /// Waits for the next event of a name; its id and its data.
    pub(crate) fn next(&mut self, name: &str) -> (String, Value) {
        self.next_where(|event| event == name)
    }

    fn next_where(&mut self, wanted: impl Fn(&str) -> bool) -> (String, Value) {
        let (mut event, mut id, mut data) = (String::new(), String::new(), String::new());
        let begun = Instant::now();
        loop {
            // A connection that is kept alive never ends by itself.
            assert!(begun.elapsed() < Duration::from_secs(60), "no event comes");
            // The sizes of chunks and empty lines stand between.
            let line = self.line();
            match line.split_once(": ") {
                Some(("event", value)) => event = value.to_owned(),
                Some(("id", value)) => id = value.to_owned(),
                Some(("data", value)) => data = value.to_owned(),
                _ if line.is_empty() && wanted(&event) && !data.is_empty() => {
                    return (id, serde_json::from_str(&data).unwrap());
                }
                _ if line.is_empty() => data.clear(),
                _ => {}
            }
        }
    }
}

fn insert(server: &Server, table: &str, row: &Value) {
    let answer = send_json(server.port(), "POST", &format!("/tables/{table}"), &[], row);
    assert_eq!(answer.status, 201, "{}", body(&answer));
}

#[test]
fn tables_rows_and_one_row_are_pages_of_their_own() {
    let server = Server::start(Config::new(vec![todoitem_table(), movies_table()])).unwrap();
    let store = server.store();
    store.seed("todoitem", &[json!({"id": "a", "title": "Milk"}), json!({"id": "b", "title": "Bread"})]).unwrap();
    assert_eq!(send(server.port(), "DELETE", "/tables/todoitem/b", &[], None).status, 204);
    let home = page(&server, "/");
    for part in ["href=\"/view/todoitem\"", "1 row, 1 deleted", "0 rows", "href=\"/view/todoitem/b\"", "title: Milk"] {
        assert!(home.contains(part), "{part}: {home}");
    }
    let newest = page(&server, "/view/todoitem");
    let version = store.row("todoitem", "a").unwrap().unwrap()["version"].as_str().unwrap().to_owned();
    assert!(newest.contains(&version) && newest.contains("class=\"deleted\"") && newest.contains(">updatedAt<"));
    let place = |page: &str, id: &str| page.find(&format!("href=\"/view/todoitem/{id}\"")).unwrap();
    assert!(place(&newest, "b") < place(&newest, "a"), "the delete is the newest change");
    let by_id = page(&server, "/view/TODOITEM?order=id");
    assert!(place(&by_id, "a") < place(&by_id, "b"));
    let row = page(&server, "/view/todoitem/b");
    assert!(row.contains("Bread") && row.contains("tombstone") && row.contains(">deleted<"));
    for (target, status) in [("/view/none", 404), ("/view/todoitem/none", 404), ("/view/todoitem/%FF", 400)] {
        assert_eq!(get(server.port(), target).status, status, "{target}");
    }
    for target in ["/view", "/view/"] {
        assert_eq!(get(server.port(), target).header("location"), Some("/"));
    }
    assert_eq!(send(server.port(), "POST", "/", &[], Some("")).status, 405);
    assert_eq!(get(server.port(), "/none").status, 404);
}

#[test]
fn pages_follow_each_other_in_both_orders_and_no_row_is_left_out() {
    on_each("view::pages_follow_each_other_in_both_orders_and_no_row_is_left_out", all_pages);
}

fn all_pages(database: &Database) {
    let server = Server::start(Config::new(vec![todoitem_table()]).database(database.clone())).unwrap();
    // Written in another order than that of their ids; among the ids are some that paths and queries take for something else.
    let odd = ["..", ".", "a/b", "a?b&c=d#e", "ä %2F +", "'\"<>"];
    let mut ids: Vec<String> = (0..104).map(|number| format!("r{:03}", number * 37 % 104)).collect();
    ids.extend(odd.map(str::to_owned));
    let rows: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
    server.store().seed("todoitem", &rows).unwrap();
    let shown = |html: &str| -> Vec<String> {
        let rows = html.split("<tr role=\"row\" data-id=\"").skip(1).map(|part| part.split('"').next().unwrap());
        rows.map(|id| {
            id.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&")
        })
        .collect()
    };
    let next = |html: &str| {
        let link = html.split_once("rel=\"next\" href=\"")?.1.split('"').next()?;
        Some(link.replace("&amp;", "&"))
    };
    let mut sorted = ids.clone();
    sorted.sort();
    let newest = ids.iter().rev().cloned().collect();
    for (first, expected) in [("/view/todoitem", newest), ("/view/todoitem?order=id", sorted)] {
        let mut target = Some(first.to_owned());
        let mut found = Vec::new();
        while let Some(at) = target {
            let html = page(&server, &at);
            let rows = shown(&html);
            assert!(rows.len() <= 50, "{at}");
            for id in rows.iter().filter(|id| odd.contains(&id.as_str())) {
                let at = html.find(&format!("data-id=\"{}\"", escaped(id))).unwrap();
                let link = html[at..].split_once("href=\"").unwrap().1.split('"').next().unwrap().replace("&amp;", "&");
                assert!(page(&server, &link).contains(&format!("<bdi>{}</bdi></h1>", escaped(id))), "{link}");
            }
            found.extend(rows);
            target = next(&html);
        }
        assert_eq!(found, expected, "{first}");
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[test]
fn every_answer_forbids_what_the_page_does_not_need() {
    let server = Server::start(Config::new(vec![todoitem_table()])).unwrap();
    server.store().seed("todoitem", &[json!({"id": "a"})]).unwrap();
    for target in [
        "/",
        "/view/todoitem",
        "/view/todoitem/a",
        "/view/none",
        "/view/style.css",
        "/view/script.js",
        "/view/icon.svg",
    ] {
        let answer = get(server.port(), target);
        let policy = answer.header("content-security-policy").unwrap();
        for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{target}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{target}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{target}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{target}");
        let text = body(&answer);
        let local = !text.contains("src=\"http") && !text.contains("href=\"http") && !text.contains("url(");
        assert!(local, "{target} loads nothing from elsewhere");
        assert!(!text.contains("<script>") && !text.contains(" style=") && !text.contains(" onclick"), "{target}");
    }
}

#[test]
fn hostile_values_and_ids_are_text_in_pages_and_events() {
    on_each("view::hostile_values_and_ids_are_text_in_pages_and_events", hostile_is_text);
}

fn hostile_is_text(database: &Database) {
    let server = Server::start(Config::new(vec![todoitem_table()]).database(database.clone())).unwrap();
    let mut events = Events::open(server.port(), "/view/events?since=todoitem.0", &[]);
    let rows: Vec<Value> = HOSTILE.iter().map(|text| json!({"id": text, "title": text})).collect();
    server.store().seed("todoitem", &rows).unwrap();
    let (_, change) = events.next("rows");
    assert_eq!(change["rows"].as_array().unwrap().len(), HOSTILE.len(), "a line feed in a value ends no event");
    for target in ["/", "/view/todoitem", "/view/todoitem?order=id"] {
        let html = page(&server, target);
        for tag in ["<img", "<script>", "<svg onload", "' onmouseover", "onerror=\""] {
            assert!(!html.contains(tag), "{target} has {tag}");
        }
        assert!(html.contains("&lt;script&gt;"), "{target}");
        assert!(html.contains("abc⟨U+202E⟩gpj.exe␀␛[31m"), "{target}: what would reorder or hide is written out");
    }
    for row in change["rows"].as_array().unwrap() {
        let href = row["href"].as_str().unwrap();
        assert!(href.starts_with("/view/todoitem/") && !href.contains(['<', '"', '\'', ' ']), "{href}");
        assert!(!page(&server, href).contains("<img"));
    }
    let missing = get(server.port(), "/view/%3Cscript%3Ealert(1)%3C%2Fscript%3E");
    assert_eq!((missing.status, body(&missing).contains("<script>")), (404, false));
}

#[test]
fn long_values_are_cut_in_lists_and_whole_on_their_page_and_bytes_are_a_length() {
    let table = TableDefinition::new("files").column("text", ColumnType::Text).column("data", ColumnType::Bytes);
    let server = Server::start(Config::new(vec![table.column("price", ColumnType::Decimal)])).unwrap();
    let text = format!("{}END", "x".repeat(5000));
    let row = json!({"id": "a", "text": text, "data": "AAECAwQ=", "price": "1234567890123456789.12"});
    server.store().seed("files", &[row]).unwrap();
    let list = page(&server, "/view/files");
    assert!(!list.contains("xEND") && list.contains("all 5\u{202F}003 characters") && list.contains("5 bytes"));
    assert!(!list.contains("AAECAwQ") && list.contains("1234567890123456789.12"), "digits of decimals are all there");
    assert!(page(&server, "/view/files/a").contains("xEND"));
    assert!(list.len() < 6000, "{}", list.len());
}

fn guarded() -> Server {
    let config = Config::new(vec![movies_table(), todoitem_table()])
        .access("movies", |headers| match headers.get("x-auth") {
            Some(_) => Access::Rows("rating eq 'R'".to_owned()),
            None => Access::Refused(StatusCode::UNAUTHORIZED),
        })
        .access("todoitem", |_| Access::Rows("complete eq true".to_owned()));
    let server = Server::start(config).unwrap();
    let movies = [json!({"id": "secret-r", "rating": "R"}), json!({"id": "secret-g", "rating": "G"})];
    server.store().seed("movies", &movies).unwrap();
    let items = [json!({"id": "shown", "complete": true}), json!({"id": "secret-todo", "complete": false})];
    server.store().seed("todoitem", &items).unwrap();
    server
}

#[test]
fn the_page_shows_what_the_visitor_could_read_and_nothing_else() {
    let server = guarded();
    let home = page(&server, "/");
    assert!(home.contains("needs a token") && home.contains("movies") && !home.contains("href=\"/view/movies\""));
    assert!(home.contains("shown") && home.contains("1 row<") && !home.contains("secret"), "{home}");
    for target in ["/view/movies", "/view/movies?order=id", "/view/movies/secret-r", "/view/movies/none"] {
        let answer = get(server.port(), target);
        assert_eq!((answer.status, body(&answer).contains("secret")), (401, false), "{target}");
    }
    assert_eq!(get(server.port(), "/view/events?table=movies").status, 401);
    assert_eq!(get(server.port(), "/view/todoitem/secret-todo").status, 404, "as an id that is not there");
    assert!(!page(&server, "/view/todoitem").contains("secret"));
    let signed_in = send(server.port(), "GET", "/view/movies", &[("X-Auth", "1")], None);
    assert!(body(&signed_in).contains("secret-r") && !body(&signed_in).contains("secret-g"));
}

#[test]
fn events_tell_only_of_rows_that_the_visitor_could_read() {
    let server = guarded();
    let mut events = Events::open(server.port(), "/view/events?since=todoitem.0,movies.0", &[]);
    let (id, change) = events.next("rows");
    assert_eq!((&change["table"], change["rows"].as_array().unwrap().len()), (&json!("todoitem"), 1));
    assert_eq!(change["rows"][0]["id"], "shown");
    assert!(!id.contains("movies"), "not even that a table was written: {id}");
    assert_eq!(events.next("count").1, json!({"table": "todoitem", "counts": "1 row"}));
    let hidden = json!({"id": "secret-2", "complete": false});
    server.store().seed("todoitem", &[hidden, json!({"id": "shown-2", "complete": true})]).unwrap();
    let (_, change) = events.next("rows");
    assert_eq!(change["rows"].as_array().unwrap().iter().map(|row| &row["id"]).collect::<Vec<_>>(), ["shown-2"]);
}

#[test]
fn events_go_on_where_a_visitor_left_off_and_tell_deletes() {
    let server = Server::start(Config::new(vec![todoitem_table(), movies_table()])).unwrap();
    let mut events = Events::open(server.port(), "/view/events?table=todoitem&since=todoitem.0", &[]);
    insert(&server, "todoitem", &json!({"id": "a", "title": "Milk"}));
    let (id, change) = events.next("rows");
    assert_eq!(
        (&change["rows"][0]["id"], &change["rows"][0]["summary"]),
        (&json!("a"), &json!("title: Milk · complete: false"))
    );
    drop(events);
    insert(&server, "todoitem", &json!({"id": "b"}));
    assert_eq!(send(server.port(), "DELETE", "/tables/todoitem/a", &[], None).status, 204);
    let again = [("Last-Event-ID", id.as_str())];
    let (_, change) = Events::open(server.port(), "/view/events?table=todoitem&since=todoitem.0", &again).next("rows");
    let told: Vec<_> = change["rows"].as_array().unwrap().iter().map(|row| (&row["id"], &row["deleted"])).collect();
    assert_eq!(told, [(&json!("a"), &json!(true)), (&json!("b"), &json!(false))], "newest first, nothing twice");
}

#[test]
fn an_event_has_a_bounded_number_of_rows_and_so_has_the_server_watchers() {
    let server = Server::start(Config::new(vec![todoitem_table()])).unwrap();
    let rows: Vec<Value> = (0..200).map(|number| json!({"id": format!("r{number}")})).collect();
    server.store().seed("todoitem", &rows).unwrap();
    let mut watchers: Vec<Events> =
        (0..64).map(|_| Events::open(server.port(), "/view/events?since=todoitem.0", &[])).collect();
    let (refused, _) = Events::ask(server.port(), "/view/events", &[]);
    assert_eq!(refused[0], "HTTP/1.1 503 Service Unavailable");
    assert!(refused.contains(&"retry-after: 10".to_owned()), "{refused:?}");
    let (_, change) = watchers[0].next("rows");
    assert_eq!((change["rows"].as_array().unwrap().len(), &change["more"]), (50, &json!(true)));
    assert_eq!(change["rows"][0]["id"], "r199");
}

#[test]
fn writes_of_another_process_are_seen_and_a_table_may_be_called_events() {
    on_each("view::writes_of_another_process_are_seen_and_a_table_may_be_called_events", |database| {
        let tables = vec![TableDefinition::new("events").column("title", ColumnType::Text).soft_delete()];
        let config = Config::new(tables).database(database.clone());
        // Two servers that share nothing but the database, as two processes do.
        let (one, other) = (Server::start(config.clone()).unwrap(), Server::start(config).unwrap());
        let mut events = Events::open(one.port(), "/view/events?since=events.0", &[]);
        insert(&other, "events", &json!({"id": "a", "title": "Milk"}));
        assert_eq!(events.next("rows").1["rows"][0]["summary"], "title: Milk");
        assert_eq!(events.next("count").1["counts"], "1 row");
        assert!(page(&one, "/view/events").contains("Milk"));
    });
}

#[test]
fn a_visitor_with_a_token_sees_his_own_rows() {
    let note = TableDefinition::new("note").column("title", ColumnType::Text).column("userId", ColumnType::Text);
    let config = Config::new(vec![note]).tokens(Tokens::hs256(SECRET).unwrap());
    let server = Server::start(config.rule("note", "owner:userId".parse().unwrap())).unwrap();
    let rows =
        [json!({"id": "a", "title": "Ann's", "userId": "ann"}), json!({"id": "b", "title": "Bob's", "userId": "bob"})];
    server.store().seed("note", &rows).unwrap();
    assert!(page(&server, "/").contains("needs a token") && !page(&server, "/").contains("title:"));
    let refused = get(server.port(), "/view/note/b");
    assert_eq!((refused.status, refused.header("www-authenticate").is_some()), (401, true));
    let ann = token_of("ann");
    let ann = [("Authorization", &*format!("Bearer {ann}"))];
    for (target, status) in [("/", 200), ("/view/note", 200), ("/view/note/a", 200), ("/view/note/b", 404)] {
        let answer = send(server.port(), "GET", target, &ann, None);
        assert_eq!(answer.status, status, "{target}");
        assert_eq!(body(&answer).contains("Ann&#39;s"), status == 200, "{target}");
        assert!(!body(&answer).contains("Bob"), "{target}");
    }
    let (_, change) = Events::open(server.port(), "/view/events?since=note.0", &ann).next("rows");
    assert_eq!(change["rows"].as_array().unwrap().iter().map(|row| &row["id"]).collect::<Vec<_>>(), ["a"]);
}

#[test]
fn what_others_write_shows_in_no_page_and_no_event() {
    let config = Config::new(vec![todoitem_table(), movies_table()])
        .access("todoitem", |_| Access::Rows("complete eq true".to_owned()));
    let server = Server::start(config).unwrap();
    let store = server.store();
    store.seed("todoitem", &[json!({"id": "shown", "complete": true})]).unwrap();
    let pages =
        || ["/", "/view/todoitem", "/view/todoitem?order=id", "/view/todoitem/shown"].map(|at| page(&server, at));
    let before = pages();
    let since = before[0].split("data-since=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let items = |seen: &str| seen.split(',').find(|part| part.starts_with("todoitem.")).unwrap().to_owned();
    let targets = [format!("/view/events?since={since}"), "/view/events".to_owned()];
    let mut watchers = targets.map(|target| Events::open(server.port(), &target, &[]));
    for events in &mut watchers {
        assert_eq!(events.next_any().1, json!({"table": "todoitem", "counts": "1 row"}), "whatever happens");
    }
    store.seed("todoitem", &[json!({"id": "secret", "complete": false})]).unwrap();
    assert!(pages() == before, "not even that something was written");
    // The look that sees this row sees the hidden one too.
    store.seed("movies", &[json!({"id": "m"})]).unwrap();
    for events in &mut watchers {
        let (id, change) = events.next_any();
        assert_eq!((&change["table"], &change["rows"][0]["id"]), (&json!("movies"), &json!("m")));
        assert_eq!(items(&id), items(&since), "no stamp of a row that is not seen");
        assert_eq!(events.next_any().1["table"], "movies");
    }
    store.seed("todoitem", &[json!({"id": "shown-2", "complete": true})]).unwrap();
    store.seed("todoitem", &[json!({"id": "secret-2", "complete": false})]).unwrap();
    for events in &mut watchers {
        let (id, change) = events.next_any();
        assert_eq!(change["rows"][0]["id"], "shown-2");
        assert_eq!(items(&id), format!("todoitem.{}", change["rows"][0]["stamp"].as_str().unwrap()));
        assert_eq!(events.next_any().1["counts"], "2 rows");
    }
}

#[test]
fn an_open_page_does_not_hold_up_the_end_of_the_server() {
    let grace = Duration::from_secs(600);
    let server = Server::start(Config::new(vec![todoitem_table()]).grace(grace)).unwrap();
    let mut events = Events::open(server.port(), "/view/events?since=todoitem.0", &[]);
    insert(&server, "todoitem", &json!({"id": "a"}));
    events.next("rows");
    let begun = std::time::Instant::now();
    drop(server);
    assert!(begun.elapsed() < grace / 10, "the server waited for the page");
}

#[test]
fn a_server_without_the_page_has_the_tables_only() {
    let arguments = Arguments::read(["synctable-server", "--view", "off", "--listen", "127.0.0.1:0"]).unwrap();
    let server = Server::start(arguments.config().unwrap()).unwrap();
    for target in ["/", "/view", "/view/todoitem", "/view/events", "/view/style.css"] {
        assert_eq!(get(server.port(), target).status, 404, "{target}");
    }
    assert_eq!(get(server.port(), "/tables/todoitem").status, 200);
}
