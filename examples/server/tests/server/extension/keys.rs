//! Idempotency keys.

use std::time::{Duration, SystemTime};

use serde_json::json;
use synctable_server::{Access, Config, Offer, Server, Tokens, todoitem_table};

use super::{assert_same, delete, is_replayed, keyed, on_each_engine, over, rows, tag};
use crate::engines::on_each;
use crate::http::{get, send, send_json};
use crate::tokens::{SECRET, now, token};

#[test]
fn every_answer_below_the_tables_announces_them_and_no_other() {
    on_each_engine("every_answer_below_the_tables_announces_them_and_no_other", |server| {
        for (method, target) in [
            ("GET", "/tables/todoitem"),
            ("GET", "/tables/todoitem/none"),
            ("GET", "/tables/nothing"),
            ("PATCH", "/tables/todoitem"),
            ("GET", "/tables/todoitem?$filter=nonsense("),
        ] {
            let answer = send(server.port(), method, target, &[], None);
            let announced = "idempotency-key, batch; operations=100; bytes=1048576";
            assert_eq!(answer.header("synctable-extensions"), Some(announced), "{method} {target}");
        }
        assert_eq!(get(server.port(), "/elsewhere").header("synctable-extensions"), None);
    });
}

#[test]
fn switched_off_nothing_is_announced_and_keys_are_no_matter() {
    let server = Server::start(Config::new(vec![todoitem_table()]).extensions(Offer::Off)).unwrap();
    assert_eq!(get(server.port(), "/tables/todoitem").header("synctable-extensions"), None);
    for expected in [201, 409] {
        assert_eq!(keyed(&server, "k", "POST", "/tables/todoitem", &json!({ "id": "a" })).status, expected);
    }
    assert_eq!(send_json(server.port(), "POST", "/tables/$batch", &[], &json!({ "operations": [] })).status, 404);
}

#[test]
fn a_repeated_write_is_done_once_and_answered_as_the_first_time() {
    on_each_engine("a_repeated_write_is_done_once_and_answered_as_the_first_time", |server| {
        let insert = || keyed(server, "insert", "POST", "/tables/todoitem", &json!({ "id": "a", "title": "one" }));
        let (first, again) = (insert(), insert());
        assert_eq!(first.status, 201);
        assert_same(&first, &again);

        let update = || keyed(server, "update", "PUT", "/tables/todoitem/a", &json!({ "id": "a", "title": "two" }));
        let first = update();
        assert_eq!(first.status, 200);
        // Another device goes on from it.
        server.store().seed("todoitem", &[json!({ "id": "a", "title": "three" })]).unwrap();
        assert_same(&first, &update());
        assert_eq!(rows(server)[0]["title"], "three", "the repetition has no effect");

        let remove = || delete(server, &[("Idempotency-Key", "delete")], "a");
        let first = remove();
        assert_eq!(first.status, 204);
        server.store().seed("todoitem", &[json!({ "id": "a", "title": "four" })]).unwrap();
        assert_same(&first, &remove());
        assert_eq!((&rows(server)[0]["title"], &rows(server)[0]["deleted"]), (&json!("four"), &json!(false)));
    });
}

#[test]
fn an_insert_without_an_id_makes_one_row() {
    on_each_engine("an_insert_without_an_id_makes_one_row", |server| {
        let insert = || keyed(server, "k", "POST", "/tables/todoitem", &json!({ "title": "one" }));
        let (first, again) = (insert(), insert());
        assert_same(&first, &again);
        assert_eq!(rows(server).len(), 1);
    });
}

#[test]
fn what_a_look_at_the_row_refused_stays_refused() {
    on_each_engine("what_a_look_at_the_row_refused_stays_refused", |server| {
        let missing = || keyed(server, "missing", "PUT", "/tables/todoitem/a", &json!({ "id": "a" }));
        let first = missing();
        assert_eq!(first.status, 404);
        server.store().seed("todoitem", &[json!({ "id": "a" })]).unwrap();
        assert_same(&first, &missing());

        let exists = || keyed(server, "exists", "POST", "/tables/todoitem", &json!({ "id": "a" }));
        let first = exists();
        assert_eq!(first.status, 409);
        assert_same(&first, &exists());

        let outdated = || delete(server, &[("Idempotency-Key", "outdated"), ("If-Match", "\"AAAA\"")], "a");
        let first = outdated();
        assert_eq!(first.status, 412);
        server.store().seed("todoitem", &[json!({ "id": "a", "title": "new" })]).unwrap();
        assert_same(&first, &outdated());
    });
}

#[test]
fn what_was_refused_before_is_looked_at_anew() {
    on_each_engine("what_was_refused_before_is_looked_at_anew", |server| {
        let unreadable = send(
            server.port(),
            "POST",
            "/tables/todoitem",
            &[("Idempotency-Key", "k"), ("Content-Type", "application/json")],
            Some("{"),
        );
        assert_eq!(unreadable.status, 400);
        assert_eq!(keyed(server, "k", "POST", "/tables/todoitem", &json!({ "id": "a" })).status, 201);
    });
}

#[test]
fn another_request_under_a_known_key_is_refused() {
    on_each_engine("another_request_under_a_known_key_is_refused", |server| {
        let body = json!({ "id": "a", "title": "one" });
        assert_eq!(keyed(server, "k", "POST", "/tables/todoitem", &body).status, 201);
        let tag = tag(server, "a");
        let match_tag = [("Idempotency-Key", "k"), ("If-Match", tag.as_str())];
        for (method, target, headers, body) in [
            ("POST", "/tables/todoitem", &match_tag[..1], json!({ "id": "a", "title": "two" })),
            ("POST", "/tables/todoitem?x=1", &match_tag[..1], body.clone()),
            ("PUT", "/tables/todoitem/a", &match_tag[..1], body.clone()),
            ("POST", "/tables/todoitem", &match_tag[..], body.clone()),
        ] {
            let answer = send_json(server.port(), method, target, headers, &body);
            assert_eq!(
                (answer.status, answer.header("idempotency-mismatch")),
                (422, Some("true")),
                "{method} {target}"
            );
            assert!(!is_replayed(&answer));
        }
        assert_eq!(rows(server)[0]["title"], "one");
    });
}

#[test]
fn keys_that_do_not_follow_the_grammar_do_nothing() {
    on_each_engine("keys_that_do_not_follow_the_grammar_do_nothing", |server| {
        let long = "k".repeat(129);
        for keys in [&["a b"][..], &[""], &["a,b"], &[&long], &["a", "a"]] {
            let headers: Vec<(&str, &str)> = keys.iter().map(|key| ("Idempotency-Key", *key)).collect();
            let answer = send_json(server.port(), "POST", "/tables/todoitem", &headers, &json!({ "id": "a" }));
            assert_eq!(answer.status, 400, "{keys:?}");
        }
        assert!(rows(server).is_empty());
        let longest = "k".repeat(128);
        assert_eq!(keyed(server, &longest, "POST", "/tables/todoitem", &json!({ "id": "a" })).status, 201);
    });
}

#[test]
fn nobody_meets_the_keys_of_another_user() {
    on_each_engine("nobody_meets_the_keys_of_another_user", |server| {
        let insert = |sign: &str, id: &str| {
            let headers = [("Idempotency-Key", "k"), ("Authorization", sign)];
            send_json(server.port(), "POST", "/tables/todoitem", &headers, &json!({ "id": id, "title": "secret" }))
        };
        assert_eq!(insert("Bearer one", "a").status, 201);
        let other = insert("Bearer two", "b");
        assert_eq!(other.status, 201, "it is a new key there");
        assert!(!is_replayed(&other));
        assert!(is_replayed(&insert("Bearer one", "a")));
        // The very same request of another user is not answered with the first one's answer either.
        assert_eq!(insert("Bearer three", "a").status, 409);
    });
}

/// Without tokens all share one space of keys; an answer with a row is for those only who see the row.
#[test]
fn a_kept_answer_is_for_nobody_who_does_not_see_its_row() {
    on_each("a_kept_answer_is_for_nobody_who_does_not_see_its_row", |database| {
        let config = over(database).access("todoitem", |headers| {
            let team = headers.get("x-team").and_then(|team| team.to_str().ok()).unwrap_or("none");
            Access::Owner { column: "title".to_owned(), value: team.to_owned() }
        });
        let server = Server::start(config).unwrap();
        let insert = |team: &str| {
            let headers = [("Idempotency-Key", "k"), ("X-Team", team)];
            send_json(server.port(), "POST", "/tables/todoitem", &headers, &json!({"id": "a"}))
        };
        let first = insert("red");
        assert_eq!((first.status, &first.json()["title"]), (201, &json!("red")));
        let other = insert("blue");
        assert_eq!(
            (other.status, other.header("idempotency-mismatch"), other.header("etag")),
            (422, Some("true"), None)
        );
        assert!(!String::from_utf8_lossy(&other.body).contains("red"));
        assert_same(&first, &insert("red"));
    });
}

/// Whoever has a new token is the same user, and has the same keys.
#[test]
fn a_key_is_of_the_user_whatever_token_he_has() {
    let tokens = Tokens::hs256(SECRET).unwrap();
    let server = Server::start(Config::new(vec![todoitem_table()]).tokens(tokens)).unwrap();
    let of = |user: &str, seconds: u64| token(&json!({ "sub": user, "exp": now() + seconds }));
    let insert = |token: &str| {
        let sign = format!("Bearer {token}");
        let headers = [("Idempotency-Key", "k"), ("Authorization", sign.as_str())];
        send_json(server.port(), "POST", "/tables/todoitem", &headers, &json!({ "title": "one" }))
    };
    let first = insert(&of("ann", 100));
    assert_same(&first, &insert(&of("ann", 200)));
    assert!(!is_replayed(&insert(&of("bob", 100))));
    assert_eq!(rows(&server).len(), 2);
}

#[test]
fn answers_outlive_the_server() {
    on_each("answers_outlive_the_server", |database| {
        let insert =
            |server: &Server| keyed(server, "k", "POST", "/tables/todoitem", &json!({ "id": "a", "title": "one" }));
        let first = insert(&Server::start(over(database)).unwrap());
        let server = Server::start(over(database)).unwrap();
        let again = insert(&server);
        assert_eq!((again.status, again.json()), (first.status, first.json()));
        assert!(is_replayed(&again));
    });
}

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn answers_are_let_go_after_their_time() {
    on_each("answers_are_let_go_after_their_time", |database| {
        are_let_go(&Server::start(over(database).kept_answers(HOUR, 1_000)).unwrap());
    });
}

#[test]
fn answers_are_let_go_beyond_their_number() {
    on_each("answers_are_let_go_beyond_their_number", |database| {
        are_let_go(&Server::start(over(database).kept_answers(24 * HOUR, 3)).unwrap());
    });
}

fn are_let_go(server: &Server) {
    let began = SystemTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000);
    server.store().hold_clock(began);
    let first = || keyed(server, "first", "POST", "/tables/todoitem", &json!({ "id": "a" }));
    assert_eq!(first().status, 201);
    server.store().hold_clock(began + 2 * HOUR);
    assert!(is_replayed(&first()), "it is there until others come");
    for n in 0..4 {
        keyed(server, &format!("k{n}"), "POST", "/tables/todoitem", &json!({ "id": format!("r{n}") }));
    }
    let gone = first();
    assert_eq!((gone.status, is_replayed(&gone)), (409, false), "as without a key");
    let last = keyed(server, "k3", "POST", "/tables/todoitem", &json!({ "id": "r3" }));
    assert!(is_replayed(&last), "the newest is there");
}

#[test]
fn of_many_at_once_with_one_key_one_is_done_and_the_others_get_its_answer() {
    on_each_engine("of_many_at_once_with_one_key_one_is_done_and_the_others_get_its_answer", |server| {
        let bodies: Vec<_> = std::thread::scope(|scope| {
            let insert = || keyed(server, "k", "POST", "/tables/todoitem", &json!({ "title": "one" }));
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(insert)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(rows(server).len(), 1);
        assert!(bodies.iter().all(|answer| answer.status == 201 && answer.json() == bodies[0].json()));
        assert_eq!(bodies.iter().filter(|answer| is_replayed(answer)).count(), 15);
    });
}
