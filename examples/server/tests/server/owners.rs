//! Each user sees his own rows, and nothing of others'.

use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use serde_json::json;
use synctable_server::{ColumnType, Config, Database, Dialect, Server, TableDefinition, Tokens};

use super::engines::Rows;
use super::http::{Answer, encode_query, send, send_json};
use super::tokens::{SECRET, token, token_of};

fn table() -> TableDefinition {
    TableDefinition::new("note")
        .column("title", ColumnType::Text)
        .column("userId", ColumnType::Text)
        .required("number", ColumnType::Int64)
        .soft_delete()
}

fn server(dialect: Dialect) -> Server {
    server_over(dialect, Database::Memory)
}

fn server_over(dialect: Dialect, database: Database) -> Server {
    let config = Config::new(vec![table()])
        .database(database)
        .dialect(dialect)
        .page_size(2)
        .tokens(Tokens::hs256(SECRET).unwrap());
    Server::start(config.rule("note", "owner:userid".parse().unwrap())).unwrap()
}

#[test]
fn rows_of_others_are_as_if_they_were_not_there() {
    let server = server(Dialect::Toolkit);
    let (port, ann, bob) = (server.port(), token_of("ann"), token_of("bob"));
    let (ann, bob) = (("X-ZUMO-AUTH", ann.as_str()), ("X-ZUMO-AUTH", bob.as_str()));
    for (sent, status) in [
        (json!({"id": "a1", "title": "Ann's"}), 201),
        (json!({"id": "a2", "userId": null}), 201),
        (json!({"id": "a3", "userId": ""}), 201),
        (json!({"id": "a4", "userId": "ann"}), 201),
        (json!({"id": "a5", "userId": "bob"}), 403),
        (json!({"id": "a5", "USERID": "bob"}), 403),
        (json!({"id": "a5", "userId": 5}), 403),
        (json!({"id": "a5", "userId": "Ann"}), 403),
    ] {
        let answer = send_json(port, "POST", "/tables/note", &[ann], &sent);
        assert_eq!(answer.status, status, "{sent}");
        assert!(status != 201 || answer.json()["userId"] == "ann", "{sent}");
    }
    let version = format!("\"{}\"", server.store().row("note", "a1").unwrap().unwrap()["version"].as_str().unwrap());
    for condition in
        [vec![], vec![("If-Match", version.as_str())], vec![("If-Match", "\"x\"")], vec![("If-None-Match", "*")]]
    {
        let headers = [vec![bob], condition].concat();
        let body = json!({"id": "a1", "title": "Bob's"});
        for (verb, target) in [("GET", "/tables/note/a1"), ("DELETE", "/tables/note/a1"), ("PUT", "/tables/note/a1")] {
            let answer = send_json(port, verb, target, &headers, &body);
            assert_eq!((answer.status, answer.body.len()), (404, 0), "{verb} {headers:?}");
        }
        let answer = send_json(port, "POST", "/tables/note", &headers, &body);
        assert_eq!((answer.status, answer.body.len(), answer.header("etag")), (400, 0, None), "{headers:?}");
    }
    for query in
        ["", "$count=true", "$filter=userId eq 'ann'", "$filter=title eq 'Ann''s'&$count=true", "__includedeleted=true"]
    {
        let page = send(port, "GET", &format!("/tables/note?{}", encode_query(query)), &[bob], None).json();
        assert_eq!(page["items"], json!([]), "{query}");
        assert!(page["count"].is_null() || page["count"] == 0, "{query}");
        assert!(page["nextLink"].is_null(), "{query}");
    }
    let page = send(port, "GET", "/tables/note?$count=true&$orderby=userId", &[ann], None).json();
    assert_eq!((&page["count"], page["items"].as_array().unwrap().len()), (&json!(4), 2));
    let given = json!({"id": "a1", "title": "for Bob", "userId": "bob"});
    assert_eq!(send_json(port, "PUT", "/tables/note/a1", &[ann], &given).status, 403);
    let kept = send_json(port, "PUT", "/tables/note/a1", &[ann], &json!({"id": "a1", "title": "new"}));
    assert_eq!((kept.status, &kept.json()["userId"], &kept.json()["title"]), (200, &json!("ann"), &json!("new")));
    let stale = send_json(port, "PUT", "/tables/note/a1", &[ann, ("If-Match", "\"x\"")], &json!({"id": "a1"}));
    assert_eq!((stale.status, &stale.json()["title"]), (412, &json!("new")), "one's own row is shown");
}

#[test]
fn a_row_cannot_be_given_away_by_a_patch_of_either_form() {
    let server = server(Dialect::V3);
    let (port, ann) = (server.port(), token_of("ann"));
    let headers = [("ZUMO-API-VERSION", "3.0.0"), ("X-ZUMO-AUTH", ann.as_str())];
    assert_eq!(send_json(port, "POST", "/tables/note", &headers, &json!({"id": "a"})).status, 201);
    assert_eq!(send_json(port, "PATCH", "/tables/note/a", &headers, &json!({"userId": "bob"})).status, 403);
    let patch = |body: &str| {
        let headers = [headers[0], headers[1], ("Content-Type", "application/json-patch+json")];
        send(port, "PATCH", "/tables/note/a", &headers, Some(body))
    };
    assert_eq!(patch(r#"[{"op": "replace", "path": "/userId", "value": "bob"}]"#).status, 403);
    for harmless in
        [r#"[{"op": "remove", "path": "/userId"}]"#, r#"[{"op": "replace", "path": "/title", "value": "x"}]"#]
    {
        let answer = patch(harmless);
        assert_eq!((answer.status, &answer.json()["userId"]), (200, &json!("ann")), "{harmless}");
    }
}

#[test]
fn a_token_that_names_nobody_owns_nothing() {
    let server = server(Dialect::Toolkit);
    server.store().seed("note", &[json!({"id": "a", "userId": null}), json!({"id": "b", "userId": ""})]).unwrap();
    let long = "x".repeat(1025);
    for claims in [
        json!({"exp": 4_000_000_000_u64}),
        json!({"exp": 4_000_000_000_u64, "sub": ""}),
        json!({"exp": 4_000_000_000_u64, "sub": null}),
        json!({"exp": 4_000_000_000_u64, "sub": ["ann"]}),
        json!({"exp": 4_000_000_000_u64, "sub": "a\u{0}b"}),
        json!({"exp": 4_000_000_000_u64, "sub": long}),
    ] {
        let answer = send(server.port(), "GET", "/tables/note", &[("X-ZUMO-AUTH", &token(&claims))], None);
        assert_eq!(answer.status, 401, "{claims}");
        assert!(answer.header("www-authenticate").is_some());
    }
    let odd = "o'hara or 1 eq 1";
    let headers = [("X-ZUMO-AUTH", token_of(odd))];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(send(server.port(), "GET", "/tables/note", &headers, None).json()["items"], json!([]));
    assert_eq!(send_json(server.port(), "POST", "/tables/note", &headers, &json!({"id": "c"})).json()["userId"], odd);
    assert_eq!(send(server.port(), "GET", "/tables/note", &headers, None).json()["items"][0]["id"], "c");
}

/// A request, as a test makes it up.
#[derive(Debug, Clone)]
struct Asked {
    verb: &'static str,
    /// Of the ids of whoever asks (0..3), or of the other user (3..6).
    id: usize,
    query: &'static str,
    /// Index of what is put into `If-Match`.
    condition: usize,
    owner: Option<&'static str>,
    number: i64,
}

const QUERIES: [&str; 15] = [
    "",
    "$count=true",
    "$filter=userId eq 'ann'",
    "$filter=userId ne 'bob'&$count=true",
    "$filter=not (userId eq 'bob') or id eq 'a1'",
    "$filter=1 div (number sub 3) ge 0",
    "$filter=startswith(title,'t')&$orderby=userId desc,id",
    "$filter=id gt 'a' and number mod number eq 0",
    "$orderby=number desc&$top=1&$count=true",
    "$select=id,userId&$skip=1",
    "__includedeleted=true&$count=true",
    "$filter=updatedAt ge 2029-01-01T00:00:00Z&$orderby=updatedAt",
    "$filter=length(userId) eq 3",
    "$filter=number mul 9223372036854775807 gt 1&$count=true",
    "$filter=substring(title,number) eq 'x' or number div 0 eq 1",
];

fn asked() -> impl Strategy<Value = Asked> {
    let verb = prop::sample::select(vec!["LIST", "LIST", "GET", "POST", "POST", "PUT", "PATCH", "DELETE"]);
    let owner = prop::sample::select(vec![None, None, Some("ann"), Some("bob"), Some("")]);
    (verb, 0..6_usize, prop::sample::select(QUERIES.to_vec()), 0..4_usize, owner, 0..5_i64)
        .prop_map(|(verb, id, query, condition, owner, number)| Asked { verb, id, query, condition, owner, number })
}

/// Sends a request as a user.
fn ask(server: &Server, dialect: Dialect, user: &str, asked: &Asked, ann_version: &str) -> Answer {
    let token = token_of(user);
    let other = if user == "ann" { "b" } else { "a" };
    let id = match asked.id {
        // Only one's own ids are inserted: an insert of one that is taken is answered differently, of necessity.
        id if id < 3 || asked.verb == "POST" => format!("{}{}", &user[..1], id % 3),
        id => format!("{other}{}", id % 3),
    };
    let mut headers = vec![("X-ZUMO-AUTH", token.as_str())];
    match dialect {
        Dialect::V3 => headers.push(("ZUMO-API-VERSION", "3.0.0")),
        Dialect::NodeV2 | Dialect::DotNetV2 => headers.push(("ZUMO-API-VERSION", "2.0.0")),
        _ => {}
    }
    match asked.condition {
        1 => headers.push(("If-Match", "\"AAAA\"")),
        2 => headers.push(("If-Match", ann_version)),
        3 => headers.push(("If-None-Match", "*")),
        _ => {}
    }
    let mut body = json!({"id": id, "title": format!("t{}", asked.number), "number": asked.number});
    if let Some(owner) = asked.owner {
        body["userId"] = json!(owner);
    }
    let (port, query) = (server.port(), encode_query(asked.query));
    match asked.verb {
        "LIST" => send(port, "GET", &format!("/tables/note?{query}"), &headers, None),
        "GET" | "DELETE" => send(port, asked.verb, &format!("/tables/note/{id}?{query}"), &headers, None),
        "POST" => send_json(port, "POST", "/tables/note", &headers, &body),
        verb => send_json(port, verb, &format!("/tables/note/{id}?{query}"), &headers, &body),
    }
}

/// All of an answer that does not tell the connection, the time of day or the number of requests.
fn seen(server: &Server, answer: &Answer) -> String {
    let port = server.port().to_string();
    let headers = answer.headers().iter().filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()));
    let text = format!("{} {:?} {}", answer.status, headers.collect::<Vec<_>>(), String::from_utf8_lossy(&answer.body));
    text.replace(&port, "PORT")
}

fn base() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000)
}

type Steps = Vec<(Vec<Asked>, Asked)>;

fn steps() -> impl Strategy<Value = Steps> {
    prop::collection::vec((prop::collection::vec(asked(), 0..4), asked()), 1..16)
}

/// Bob's answers are the same bytes, whether Ann is there or not.
fn compare(shared: &Server, alone: &Server, dialect: Dialect, steps: &Steps) -> Result<(), TestCaseError> {
    for (at, (anns, bobs)) in steps.iter().enumerate() {
        for asked in anns {
            let answer = ask(shared, dialect, "ann", asked, "\"AAAA\"");
            prop_assert!(answer.status < 500, "{asked:?}: {}", answer.status);
        }
        let rows = shared.store().rows("note").unwrap();
        let of_ann = rows.iter().find(|row| row["userId"] == "ann").and_then(|row| row["version"].as_str());
        let version = format!("\"{}\"", of_ann.unwrap_or("AAAA"));
        // Stamps tell the time of a write, and would tell how many there were within 100 ns.
        let time = base() + Duration::from_secs(1000 * (at as u64 + 1));
        let answers = [shared, alone].map(|server| {
            server.store().hold_clock(time);
            seen(server, &ask(server, dialect, "bob", bobs, &version))
        });
        prop_assert_eq!(&answers[0], &answers[1], "{:?}", bobs);
    }
    let rows = shared.store().rows("note").unwrap();
    prop_assert!(rows.iter().all(|row| row["id"].as_str().unwrap()[..1] == row["userId"].as_str().unwrap()[..1]));
    Ok(())
}

fn dialect() -> impl Strategy<Value = Dialect> {
    prop::sample::select(vec![Dialect::Toolkit, Dialect::V3, Dialect::NodeV2, Dialect::DotNetV2])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn what_one_user_sees_does_not_depend_on_another(steps in steps(), dialect in dialect()) {
        compare(&server(dialect), &server(dialect), dialect, &steps)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    #[test]
    fn what_one_user_sees_does_not_depend_on_another_over_postgres(steps in steps(), dialect in dialect()) {
        let rows = || Rows::postgres("owners::what_one_user_sees_does_not_depend_on_another_over_postgres");
        let (Some(shared), Some(alone)) = (rows(), rows()) else { return Ok(()) };
        let [one, other] = [&shared, &alone].map(|rows| server_over(dialect, rows.database()));
        compare(&one, &other, dialect, &steps)?;
    }
}
