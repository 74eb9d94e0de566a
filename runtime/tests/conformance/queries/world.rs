//! The servers that the cases are asked of.

use std::collections::BTreeMap;
use std::fmt;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use synctable_server::cluster::{Cluster, TestDatabase};
use synctable_server::{Access, Config, Database, Dialect, Server, movies_table, movies_v3_table};
use tempfile::TempDir;

use super::case::{Case, Dates, Endpoint, Generation, Precondition, Ratings, Seed};
use super::rows;
use crate::http;
use crate::node::Node;

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Peer {
    /// The reference server in its default dialect.
    Toolkit,
    /// The reference server as V3, asked with protocol version 3.0.
    V3,
    /// The reference server as V3, asked with protocol version 2.0.
    #[serde(rename = "v3-as-2.0")]
    V3AsTwo,
    /// The real Node backend over its SQLite provider.
    Node,
}

impl Peer {
    /// The generation of the cases that it runs.
    pub(crate) fn generation(self) -> Generation {
        match self {
            Self::Toolkit | Self::V3 => Generation::Three,
            Self::V3AsTwo | Self::Node => Generation::Two,
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Toolkit => "the reference server as Toolkit",
            Self::V3 => "the reference server as V3",
            Self::V3AsTwo => "the reference server as V3 in its 2.0 mode",
            Self::Node => "the Node backend",
        })
    }
}

/// What keeps the rows of the reference server.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Engine {
    /// SQLite, in memory.
    Sqlite,
    /// PostgreSQL, a database for each server.
    Postgres(&'static Cluster),
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        })
    }
}

/// A table to ask.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) port: u16,
    pub(crate) table: String,
    /// What every request carries, besides the headers of its case.
    pub(crate) headers: BTreeMap<String, String>,
}

/// What a server of the cases is made of.
type Setup = (Endpoint, Vec<Precondition>, Option<Seed>);

/// Reference servers, one for each setup, started when a case first asks for it.
pub(crate) struct Reference {
    peer: Peer,
    engine: Engine,
    servers: BTreeMap<Setup, Running>,
}

struct Running {
    server: Server,
    /// Dropped after the server that uses it.
    _database: Option<TestDatabase<'static>>,
}

impl Reference {
    pub(crate) fn new(peer: Peer, engine: Engine) -> Self {
        Self { peer, engine, servers: BTreeMap::new() }
    }

    /// The tables that a case runs on: where it names neither a rating nor a date, both forms of the movies.
    pub(crate) fn targets(&mut self, case: &Case) -> Result<Vec<Target>, String> {
        let newer = case.ratings == Some(Ratings::Enum) || case.dates == Some(Dates::Date);
        let older = case.ratings == Some(Ratings::Text) || case.dates == Some(Dates::Instant);
        let tables = match (case.endpoint, newer, older) {
            (Endpoint::KitchenSink, ..) => vec!["kitchensink"],
            (Endpoint::DateTime, ..) => vec!["datetime"],
            (Endpoint::NotFound, ..) => vec!["notfound"],
            (_, true, true) => return Err("no table has the ratings and the dates of this case".to_owned()),
            (_, true, false) => vec!["movies"],
            (_, false, true) => vec!["movies_v3"],
            (_, false, false) => vec!["movies", "movies_v3"],
        };
        let setup = (case.endpoint, case.precondition.clone(), case.seed);
        if !self.servers.contains_key(&setup) {
            self.servers.insert(setup.clone(), start(self.peer, self.engine, &setup)?);
        }
        let port = self.servers[&setup].server.port();
        let mut headers = BTreeMap::new();
        if self.peer == Peer::V3 {
            headers.insert("ZUMO-API-VERSION".to_owned(), "3.0.0".to_owned());
        }
        Ok(tables.into_iter().map(|table| Target { port, table: table.to_owned(), headers: headers.clone() }).collect())
    }
}

fn start(peer: Peer, engine: Engine, (endpoint, preconditions, seed): &Setup) -> Result<Running, String> {
    let dialect = if peer == Peer::Toolkit { Dialect::Toolkit } else { Dialect::V3 };
    let tables = vec![movies_table(), movies_v3_table(), rows::kitchen_sink_table(), rows::date_time_table()];
    let mut config = Config::new(tables).dialect(dialect);
    let database = match engine {
        Engine::Sqlite => None,
        Engine::Postgres(cluster) => Some(cluster.database()),
    };
    if let Some(database) = &database {
        config = config.database(Database::Postgres(database.url()));
    }
    if *endpoint == Endpoint::MoviesPaged25 {
        config = config.page_size(25);
    }
    let refusal = match endpoint {
        Endpoint::MoviesAuthorized => Some(StatusCode::UNAUTHORIZED),
        Endpoint::MoviesLegal => Some(StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS),
        _ => None,
    };
    if let Some(refusal) = refusal {
        for table in ["movies", "movies_v3"] {
            config = config.access(table, move |headers| match headers.get("x-auth") {
                Some(value) if value == "success" => Access::Rows("rating eq 'R'".to_owned()),
                _ => Access::Refused(refusal),
            });
        }
    }
    let server = Server::start(config).map_err(|error| error.to_string())?;
    let store = server.store();
    for (table, mut movies) in [("movies", rows::movies()), ("movies_v3", rows::movies_v3())] {
        if preconditions.contains(&Precondition::SoftDeleteRatingR) {
            for movie in &mut movies {
                movie["deleted"] = json!(movie["rating"] == "R");
            }
        }
        store.seed(table, &movies).map_err(|error| error.to_string())?;
    }
    let seeded = match seed {
        None => Ok(()),
        Some(Seed::KitchenSinkDays) => store.seed("kitchensink", &rows::days("id", "dateOnlyValue", "timeOnlyValue")),
        Some(Seed::DateTimeDays) => store.seed("datetime", &rows::days("dtm", "dateOnly", "timeOnly")),
        Some(Seed::KitchenSinkCountries) => return Err("the countries are not in the repository".to_owned()),
    };
    seeded.map_err(|error| error.to_string())?;
    Ok(Running { server, _database: database })
}

/// The Node backend with the movies of the older suite.
pub(crate) struct NodeBackend {
    node: Node,
    _folder: TempDir,
}

impl NodeBackend {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let node = Node::start(&folder.path().join("backend.db"), 0);
        let version = BTreeMap::from([("ZUMO-API-VERSION".to_owned(), "2.0.0".to_owned())]);
        for movie in rows::movies_v3() {
            let answer = http::send(node.port(), "POST", "/tables/movies_v3", &version, Some(&movie)).unwrap();
            assert_eq!(answer.status, 201, "{answer:?}");
        }
        Self { node, _folder: folder }
    }

    pub(crate) fn target(&self) -> Target {
        Target { port: self.node.port(), table: "movies_v3".to_owned(), headers: BTreeMap::new() }
    }
}
