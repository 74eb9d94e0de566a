//! Rules on who sees which rows.

use serde_json::json;
use synctable_server::{Access, Config, Database, Server, movies_table};

use super::engines::on_engines;
use super::http::{Answer, send, send_json};

on_engines!(hidden_rows_are_as_if_they_were_not_there, a_list_and_its_count_have_the_visible_rows);

fn server(database: &Database) -> Server {
    let config = Config::new(vec![movies_table()]).database(database.clone()).access("Movies", |headers| match headers
        .get("x-auth")
    {
        Some(value) if value == "success" => Access::Rows("rating eq 'R'".to_owned()),
        Some(value) if value == "operator" => Access::Full,
        Some(value) if value == "broken" => Access::Rows("nope eq 1".to_owned()),
        _ => Access::Refused(axum::http::StatusCode::UNAUTHORIZED),
    });
    let server = Server::start(config).unwrap();
    let rows = [json!({"id": "a", "rating": "R"}), json!({"id": "b", "rating": "G"}), json!({"id": "c"})];
    server.store().seed("movies", &rows).unwrap();
    server
}

fn ask(server: &Server, method: &str, target: &str, who: &str) -> Answer {
    match method {
        "POST" | "PUT" => {
            let id = target.rsplit('/').next().unwrap_or("");
            let (target, id) = if method == "POST" { ("/tables/movies", id) } else { (target, id) };
            send_json(
                server.port(),
                method,
                target,
                &[("X-Auth", who)],
                &json!({"id": id, "title": "new", "rating": "R"}),
            )
        }
        _ => send(server.port(), method, target, &[("X-Auth", who)], None),
    }
}

fn hidden_rows_are_as_if_they_were_not_there(database: &Database) {
    let server = server(database);
    for (method, target, who, status) in [
        ("GET", "/tables/movies", "nobody", 401),
        ("DELETE", "/tables/movies/a", "nobody", 401),
        ("GET", "/tables/movies", "broken", 500),
        ("GET", "/tables/movies/a", "success", 200),
        ("GET", "/tables/movies/b", "success", 404),
        ("GET", "/tables/movies/c", "success", 404),
        ("GET", "/tables/movies/b", "operator", 200),
        ("PUT", "/tables/movies/b", "success", 404),
        ("DELETE", "/tables/movies/b", "success", 404),
        ("POST", "/tables/movies/b", "success", 400),
        ("POST", "/tables/movies/a", "success", 409),
        ("PUT", "/tables/movies/a", "success", 200),
        ("DELETE", "/tables/movies/a", "success", 204),
        ("DELETE", "/tables/movies/a", "success", 410),
    ] {
        let answer = ask(&server, method, target, who);
        assert_eq!(answer.status, status, "{method} {target} for {who}");
        if method == "POST" {
            assert_eq!(answer.body.is_empty(), target.ends_with('b'), "only a visible row is shown in a conflict");
        }
    }
    let hidden = server.store().row("movies", "b").unwrap().unwrap();
    assert_eq!((&hidden["rating"], &hidden["title"]), (&json!("G"), &json!("")), "it is as it was");
}

fn a_list_and_its_count_have_the_visible_rows(database: &Database) {
    let server = server(database);
    for (query, who, count) in [
        ("$count=true", "operator", 3),
        ("$count=true", "success", 1),
        ("$count=true&$filter=id%20ge%20'a'%20or%20id%20eq%20'b'", "success", 1),
    ] {
        let page = ask(&server, "GET", &format!("/tables/movies?{query}"), who).json();
        assert_eq!((&page["count"], page["items"].as_array().unwrap().len()), (&json!(count), count), "{query} {who}");
    }
}
