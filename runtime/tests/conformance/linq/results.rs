//! Where results are read from: both local stores, and the reference server.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use synctable::wire::Dialect;
use synctable::{ColumnSubset, Error, Id, MemoryStore, RemoteClient, SyncContext, SyncTable};
use synctable_server::{Config, Server, movies_table, movies_v3_table};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::Outcome;
use super::build::build;
use super::case::{Case, Entity as Named, Ratings, Seed};
use super::exempt::Difference;
use super::tables::{Entity, KitchenSink, Movie, OlderMovie};
use crate::data;
use crate::queries::rows;

/// The data sets of the cases, each made when a case first asks for it.
pub(crate) struct Worlds {
    runtime: Runtime,
    made: BTreeMap<(Option<Seed>, bool), World>,
}

impl Default for Worlds {
    fn default() -> Self {
        Self { runtime: Runtime::new().unwrap(), made: BTreeMap::new() }
    }
}

/// One data set in every place.
struct World {
    stores: Vec<(&'static str, SyncContext)>,
    servers: Vec<(Dialect, RemoteClient, Server)>,
    _folder: TempDir,
}

impl Worlds {
    /// Reads the rows of a case in every place, from every table that fits it.
    pub(crate) fn check(&mut self, case: &Case) -> Result<Outcome, String> {
        let is_softly_deleted = case.precondition.is_some();
        let key = (case.seed, is_softly_deleted);
        if !self.made.contains_key(&key) {
            self.made.insert(key, self.runtime.block_on(World::new(case.seed, is_softly_deleted))?);
        }
        let world = &self.made[&key];
        let check = async {
            match case.entity {
                Some(Named::KitchenSink) => world.check::<KitchenSink>(case).await,
                Some(Named::Movies) => match case.movies() {
                    (true, true) => match (world.check::<Movie>(case).await?, world.check::<OlderMovie>(case).await?) {
                        // A case that names neither rating nor date runs where its constants have the types of the columns.
                        (Outcome::Exempt(_), outcome) | (outcome, Outcome::Exempt(_)) => Ok(outcome),
                        (outcome, _) => Ok(outcome),
                    },
                    (true, false) => world.check::<Movie>(case).await,
                    (false, _) => world.check::<OlderMovie>(case).await,
                },
                other => Err(format!("no rows of {other:?}")),
            }
        };
        self.runtime.block_on(check)
    }
}

/// A row of which only the id is read.
trait Key: Send + 'static {
    fn id(&self) -> &Id;
}

/// Tables with rows.
trait Filled: Entity {
    type Key: ColumnSubset<Self> + Key;
}

macro_rules! keys {
    ($($table:ident: $key:ident),+) => {
        $(
            #[derive(Debug, ColumnSubset)]
            #[sync(of = $table)]
            struct $key {
                id: Id,
            }

            impl Key for $key {
                fn id(&self) -> &Id {
                    &self.id
                }
            }

            impl Filled for $table {
                type Key = $key;
            }
        )+
    };
}

keys!(KitchenSink: KitchenSinkKey, Movie: MovieKey, OlderMovie: OlderMovieKey);

impl World {
    async fn new(seed: Option<Seed>, is_softly_deleted: bool) -> Result<Self, String> {
        let movies = |mut movies: Vec<Value>| {
            if is_softly_deleted {
                for movie in &mut movies {
                    movie["deleted"] = json!(movie["rating"] == "R");
                }
            }
            movies
        };
        let seeded = match seed {
            None => Vec::new(),
            Some(Seed::KitchenSinkDays) => rows::days("id", "dateOnlyValue", "timeOnlyValue"),
            Some(Seed::KitchenSinkCountries) => countries(),
        };
        let tables =
            [("movies", movies(rows::movies())), ("movies_v3", movies(rows::movies_v3())), ("kitchensink", seeded)];
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let mut stores = Vec::new();
        let builder =
            || SyncContext::builder("http://127.0.0.1:9").table::<Movie>().table::<OlderMovie>().table::<KitchenSink>();
        let file = folder.path().join("linq.db");
        for (name, builder) in
            [("SQLite", builder().store_path(&file)), ("memory", builder().store(MemoryStore::new()))]
        {
            let context = builder.open().await.map_err(|error| error.to_string())?;
            fill(&context, &tables).await.map_err(|error| error.to_string())?;
            stores.push((name, context));
        }
        let mut servers = Vec::new();
        for (dialect, own) in [
            (Dialect::Toolkit, synctable_server::Dialect::Toolkit),
            (Dialect::DatasyncV3, synctable_server::Dialect::V3),
        ] {
            let definitions = vec![movies_table(), movies_v3_table(), rows::kitchen_sink_table()];
            let server = Server::start(Config::new(definitions).dialect(own)).map_err(|error| error.to_string())?;
            for (table, rows) in &tables {
                server.store().seed(table, rows).map_err(|error| error.to_string())?;
            }
            let endpoint = format!("http://127.0.0.1:{}", server.port());
            let client =
                RemoteClient::builder(&endpoint).dialect(dialect).build().map_err(|error| error.to_string())?;
            servers.push((dialect, client, server));
        }
        Ok(Self { stores, servers, _folder: folder })
    }

    async fn check<T: Filled>(&self, case: &Case) -> Result<Outcome, String> {
        let built = match build::<T>(case) {
            Ok(built) => built,
            Err(reason) => return Ok(Outcome::Exempt(reason)),
        };
        let query = &built.query;
        let orders_enum = case.ratings == Some(Ratings::Enum) && orders_by(case, "rating");
        let differences: Vec<Difference> = [
            (query.selection().include_deleted && case.precondition.is_some(), Difference::DeletedRowsLocally),
            (orders_enum, Difference::OrderOfEnumerations),
        ]
        .into_iter()
        .filter_map(|(is_met, difference)| is_met.then_some(difference))
        .collect();
        if differences.is_empty() {
            for (name, context) in &self.stores {
                let rows = context.table::<T>().list(query).await.map_err(|error| format!("{name}: {error}"))?;
                expect(case, rows.iter().map(SyncTable::id)).map_err(|fault| format!("{name}: {fault}"))?;
            }
        }
        for (dialect, client, _) in &self.servers {
            let table = client.table::<T>();
            let place = format!("{} by {}", T::SCHEMA.name(), dialect.name());
            let rows = table.list(&query.select::<T::Key>()).await.map_err(|error| format!("{place}: {error}"))?;
            expect(case, rows.iter().map(Key::id)).map_err(|fault| format!("{place}: {fault}"))?;
        }
        Ok(Outcome::of(differences))
    }
}

fn orders_by(case: &Case, field: &str) -> bool {
    case.query.iter().any(|step| step[1] == field && step[0] != "select" && step[0] != "where")
}

fn expect<'a>(case: &Case, ids: impl Iterator<Item = &'a Id>) -> Result<(), String> {
    let ids: Vec<&str> = ids.map(Id::as_str).collect();
    if case.result_count.is_some_and(|count| count != ids.len()) {
        return Err(format!("expected {:?} rows, found {}", case.result_count, ids.len()));
    }
    let first = &ids[..case.first_ids.len().min(ids.len())];
    if first != case.first_ids.iter().map(String::as_str).collect::<Vec<_>>() {
        return Err(format!("expected {:?} first, found {first:?}", case.first_ids));
    }
    Ok(())
}

/// One row for each country of ISO 3166.
fn countries() -> Vec<Value> {
    let names: BTreeMap<String, String> = data::own_file("countries.json");
    names.into_iter().map(|(code, name)| json!({"id": code, "stringValue": name})).collect()
}

/// Inserts the rows as an app does, those that are not deleted.
async fn fill(context: &SyncContext, tables: &[(&str, Vec<Value>)]) -> Result<(), Error> {
    let tables: BTreeMap<String, Vec<Value>> =
        tables.iter().map(|(name, rows)| ((*name).to_owned(), rows.clone())).collect();
    context
        .transaction(move |tx| {
            let live = |table: &str| tables[table].iter().filter(|row| row["deleted"] != true);
            for row in live("movies") {
                tx.insert(Movie {
                    id: read(&text(row, "id"))?,
                    title: text(row, "title"),
                    year: whole(row, "year"),
                    duration: whole(row, "duration"),
                    rating: read(&text(row, "rating"))?,
                    best_picture_winner: row["bestPictureWinner"] == true,
                    release_date: Some(parsed(&text(row, "releaseDate"))?),
                    updated_at: None,
                })?;
            }
            for row in live("movies_v3") {
                tx.insert(OlderMovie {
                    id: read(&text(row, "id"))?,
                    title: text(row, "title"),
                    year: whole(row, "year"),
                    duration: whole(row, "duration"),
                    rating: row["rating"].as_str().map(str::to_owned),
                    best_picture_winner: row["bestPictureWinner"] == true,
                    release_date: Some(parsed(&text(row, "releaseDate"))?),
                    updated_at: None,
                })?;
            }
            for row in live("kitchensink") {
                let (date, time) = (row["dateOnlyValue"].as_str(), row["timeOnlyValue"].as_str());
                tx.insert(KitchenSink {
                    id: read(&text(row, "id"))?,
                    string_value: text(row, "stringValue"),
                    date_only_value: date.map(parsed).transpose()?,
                    time_only_value: time.map(parsed).transpose()?,
                    ..KitchenSink::default()
                })?;
            }
            Ok(())
        })
        .await
}

fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_default().to_owned()
}

fn whole(row: &Value, name: &str) -> i32 {
    row[name].as_i64().and_then(|number| number.try_into().ok()).unwrap_or_default()
}

fn parsed<V: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(text: &str) -> Result<V, Error> {
    text.parse().map_err(Error::app)
}

fn read<V: synctable::ColumnValue>(text: &str) -> Result<V, Error> {
    V::read(synctable::ValueRef::Text(text)).map_err(Error::app)
}
