//! Columns that hold one of some names.

use serde_json::json;
use synctable_server::{ColumnType, Config, Database, Server, TableDefinition};

use super::engines::on_engines;
use super::http::{encode_query, get, send_json};

on_engines!(an_enumeration_orders_and_compares_by_the_places_of_its_names);

fn an_enumeration_orders_and_compares_by_the_places_of_its_names(database: &Database) {
    // As the movies, but for the rating, which may be null here.
    let ratings = ColumnType::Enum(&["Unrated", "G", "PG", "PG13", "NC17", "R"]);
    let movies =
        TableDefinition::new("movies").column("title", ColumnType::Text).column("rating", ratings).soft_delete();
    let server = Server::start(Config::new(vec![movies]).database(database.clone())).unwrap();
    let rows = ["R", "G", "PG13", "Unrated"].map(|rating| json!({"id": rating.to_lowercase(), "rating": rating}));
    server.store().seed("movies", &rows).unwrap();
    server.store().seed("movies", &[json!({"id": "none", "rating": null})]).unwrap();
    for (query, expected) in [
        ("$orderby=rating", "none unrated g pg13 r"),
        ("$orderby=rating desc", "r pg13 g unrated none"),
        ("$filter=rating ge 'PG13'", "pg13 r"),
        ("$filter='PG' gt rating", "g unrated"),
        ("$filter=rating ne 'R'", "g none pg13 unrated"),
        ("$filter=rating eq null or rating in ('G','R')", "g none r"),
        ("$filter=not (rating in ('G',null))", "pg13 r unrated"),
    ] {
        let page = get(server.port(), &format!("/tables/movies?{}", encode_query(query))).json();
        let ids: Vec<&str> = page["items"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(ids.join(" "), expected, "{query}");
    }
    for query in [
        "rating eq 'X'",
        "rating eq 'r'",
        "rating eq 5",
        "rating in ('G','X')",
        "startswith(rating,'P')",
        "rating eq title",
    ] {
        let answer = get(server.port(), &format!("/tables/movies?$filter={}", encode_query(query)));
        assert_eq!(answer.status, 400, "{query}");
    }
    let answer = send_json(server.port(), "POST", "/tables/movies", &[], &json!({"id": "x", "rating": "X"}));
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(get(server.port(), "/tables/movies/pg13").json()["rating"], "PG13");
}
