//! Runs the query cases of the peers' suites: which rows, how many, and what the next link asks for.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use synctable_server::{ColumnType, Config, Server, TableDefinition};

use super::http::{encode_query, get};

/// Cases that need what the server does not have: endpoint or part of the query, reason.
const EXEMPT: [(&str, &str); 4] = [
    ("movies_authorized", "the server has no access rules"),
    ("movies_legal", "the server has no access rules"),
    ("geo.distance", "the server has no geography"),
    ("$orderby=rating asc|enum", "the server orders enumerations as text"),
];

fn movies() -> Vec<Value> {
    let data: Value = serde_json::from_str(include_str!("../../../../runtime/tests/data/movies.json")).unwrap();
    data["movies"].as_array().unwrap().clone()
}

/// One table for each form that the suites give the movies.
fn movie_table(case: &Value) -> String {
    let rating = if case["ratings"] == "text" { "text" } else { "enum" };
    let release = if case["dates"] == "instant" { "instant" } else { "date" };
    format!("movies_{rating}_{release}")
}

fn movie_server(page_size: u64) -> Server {
    let mut tables = Vec::new();
    for rating in ["enum", "text"] {
        for (release, release_type) in [("date", ColumnType::Date), ("instant", ColumnType::Instant)] {
            tables.push(
                TableDefinition::new(format!("movies_{rating}_{release}"))
                    .column("title", ColumnType::Text)
                    .required("year", ColumnType::Int32)
                    .required("duration", ColumnType::Int32)
                    .column("rating", ColumnType::Text)
                    .required("bestPictureWinner", ColumnType::Bool)
                    .column("releaseDate", release_type)
                    .soft_delete(),
            );
        }
    }
    let server = Server::start(Config::new(tables).page_size(page_size)).unwrap();
    fill(&server, |_| false);
    server
}

fn fill(server: &Server, deleted: impl Fn(&Value) -> bool) {
    for rating in ["enum", "text"] {
        for release in ["date", "instant"] {
            let rows: Vec<Value> = movies()
                .into_iter()
                .map(|mut movie| {
                    movie["deleted"] = json!(deleted(&movie));
                    if rating == "text" {
                        movie["rating"] = movie["ratingText"].clone();
                    }
                    if release == "instant" {
                        movie["releaseDate"] = json!(format!("{}T00:00:00Z", movie["releaseDate"].as_str().unwrap()));
                    }
                    movie
                })
                .collect();
            server.store().seed(&format!("movies_{rating}_{release}"), &rows).unwrap();
        }
    }
}

/// The suites' tables of days: row i stands for the day 2022-01-01 + i, its time is hour := month, minute := day.
fn days_server() -> Server {
    let table = |name: &str, date: &str, time: &str| {
        TableDefinition::new(name).column(date, ColumnType::Date).column(time, ColumnType::Time)
    };
    let tables =
        vec![table("kitchensink", "dateOnlyValue", "timeOnlyValue"), table("datetime", "dateOnly", "timeOnly")];
    let server = Server::start(Config::new(tables)).unwrap();
    let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days: Vec<(usize, usize)> =
        lengths.iter().enumerate().flat_map(|(month, length)| (1..=*length).map(move |day| (month + 1, day))).collect();
    for (table, prefix, date, time) in
        [("kitchensink", "id", "dateOnlyValue", "timeOnlyValue"), ("datetime", "dtm", "dateOnly", "timeOnly")]
    {
        let row = |(at, (month, day)): (usize, &(usize, usize))| json!({"id": format!("{prefix}-{at:03}"), date: format!("2022-{month:02}-{day:02}"), time: format!("{month:02}:{day:02}:00")});
        server.store().seed(table, &days.iter().enumerate().map(row).collect::<Vec<_>>()).unwrap();
    }
    server
}

#[test]
fn the_cases_of_the_peers_suites_give_their_rows() {
    let cases: Value = serde_json::from_str(include_str!("../../../../runtime/tests/data/odata_queries.json")).unwrap();
    let (plain, paged, days) = (movie_server(100), movie_server(25), days_server());
    let soft = movie_server(100);
    fill(&soft, |movie| movie["rating"] == "R");
    let mut exempt_used = BTreeSet::new();
    let (mut run, mut faults) = (0, Vec::new());
    for case in cases.as_array().unwrap().iter().filter(|case| case["dialect"] == "odata4") {
        let (endpoint, query) = (case["endpoint"].as_str().unwrap(), case["query"].as_str().unwrap());
        let exempt = EXEMPT.iter().position(|(rule, _)| match rule.split_once('|') {
            Some(_) => query.contains("$orderby=rating") && case["ratings"] == "enum",
            None => *rule == endpoint || query.contains(rule),
        });
        if let Some(rule) = exempt {
            exempt_used.insert(rule);
            continue;
        }
        let (server, table) = match endpoint {
            "movies" => (&plain, movie_table(case)),
            "movies_paged25" => (&paged, movie_table(case)),
            "movies_soft" => (&soft, movie_table(case)),
            "kitchensink" | "datetime" => (&days, endpoint.to_owned()),
            "notfound" => (&plain, "notfound".to_owned()),
            other => panic!("unknown endpoint {other}"),
        };
        run += 1;
        if let Err(fault) = check(case, server, &table, query) {
            faults.push(format!("{} {table}?{query}: {fault}", case["id"]));
        }
    }
    assert!(faults.is_empty(), "{} of {run} cases: {faults:#?}", faults.len());
    assert!(run > 150, "{run} cases ran");
    assert_eq!(exempt_used.len(), EXEMPT.len(), "each exemption is needed");
}

fn check(case: &Value, server: &Server, table: &str, query: &str) -> Result<(), String> {
    let answer = get(server.port(), &format!("/tables/{table}?{}", encode_query(query)));
    let expect = |what: &str, expected: &Value, found: Value| {
        if *expected == found { Ok(()) } else { Err(format!("{what} is {found}, expected {expected}")) }
    };
    if case["kind"] == "error" {
        return expect("status", &case["status"], json!(answer.status));
    }
    if answer.status != 200 {
        return Err(format!("status {}: {}", answer.status, String::from_utf8_lossy(&answer.body)));
    }
    let page = answer.json();
    let ids: Vec<&str> =
        page["items"].as_array().ok_or("no items")?.iter().map(|row| row["id"].as_str().unwrap_or("")).collect();
    if case["kind"] == "paging" {
        let (mut total, mut requests, mut link) = (ids.len(), 1, page["nextLink"].as_str().map(str::to_owned));
        while let Some(query) = link {
            let next = get(server.port(), &format!("/tables/{table}?{query}")).json();
            total += next["items"].as_array().ok_or("no items on a later page")?.len();
            requests += 1;
            link = next["nextLink"].as_str().map(str::to_owned);
        }
        expect("totalItems", &case["totalItems"], json!(total))?;
        return expect("requests", &case["requests"], json!(requests));
    }
    expect("itemCount", &case["itemCount"], json!(ids.len()))?;
    expect("totalCount", &case["totalCount"], page["count"].clone())?;
    let options = |text: Option<&str>| text.map(|text| text.split('&').map(str::to_owned).collect::<BTreeSet<_>>());
    let link = page["nextLink"].as_str().map(|link| synctable::testing::odata::percent_decode(link).unwrap());
    if options(link.as_deref()) != options(case["nextLinkQuery"].as_str()) {
        return Err(format!("next link {link:?}, expected {}", case["nextLinkQuery"]));
    }
    let first: Vec<&str> = case["firstIds"].as_array().into_iter().flatten().map(|id| id.as_str().unwrap()).collect();
    let found = &ids[..first.len().min(ids.len())];
    let same = if case["firstIdsOrdered"] == false {
        found.iter().collect::<BTreeSet<_>>() == first.iter().collect()
    } else {
        found == first
    };
    if same { Ok(()) } else { Err(format!("first ids {found:?}, expected {first:?}")) }
}
