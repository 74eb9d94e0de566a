//! Servers and two stores with the same rows, and a query asked of all.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use fastrand::Rng;
use serde_json::Value;
use synctable::store::{ChangeSource, Durability, SameVersion, StoreWrite};
use synctable::wire::Dialect;
use synctable::{
    Id, LocalStore, MemoryStore, Query, RowBatch, SqliteStore, Status, SyncContext, SyncTable as _, SystemColumn, Table,
};
use synctable_server::cluster::{Cluster, TestDatabase};
use synctable_server::{Config, Database, Server};
use tokio::runtime::Runtime;

use crate::http::Line;
use crate::sample::{Found, Sample, definition, json_of, random_row};

/// Rows of a table.
const ROWS: usize = 50;
/// Kestrel's bound of a request line, which the library keeps to.
const REQUEST_LINE_BYTES: usize = 8 * 1024;
/// The first stamp, in milliseconds since 1970; each row has the next one.
const FIRST_STAMP: u64 = 1_767_225_600_000;

/// The same rows on servers and on a device.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) rows: Vec<Sample>,
    dialect: Dialect,
    line: Line,
    /// To the server on PostgreSQL, if there is one.
    postgres: Option<Line>,
    sqlite: Table<Sample>,
    memory: Table<Sample>,
    runtime: Runtime,
    // Dropped after what uses them.
    _contexts: [SyncContext; 2],
    _servers: Vec<Server>,
    _database: Option<TestDatabase<'static>>,
    _folder: tempfile::TempDir,
}

/// Whom a query is asked of, besides the stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Servers {
    /// The server on SQLite.
    Sqlite,
    /// The one on PostgreSQL too, if there is one.
    All,
}

/// What came of one query.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// All gave the same; how many rows there were before skip and take.
    Same(u64),
    /// Beyond what servers take.
    TooLong,
    /// Who gave what.
    Different(String),
}

/// Ids in order, and how many rows match in all.
type Rows = (Vec<String>, u64);

impl World {
    pub(crate) fn new(rng: &mut Rng, dialect: Dialect, cluster: Option<&'static Cluster>) -> Self {
        let version = match dialect {
            Dialect::DatasyncV3 => "ZUMO-API-VERSION: 3.0.0\r\n",
            _ => "",
        };
        let rows: Vec<Sample> = (0..ROWS).map(|at| random_row(row_id(at), rng)).collect();
        let server = serve(dialect, Database::Memory, &rows);
        let database = cluster.map(Cluster::database);
        let on_postgres = database.as_ref().map(|database| serve(dialect, Database::Postgres(database.url()), &rows));
        let open = |server: &Server| Line::open(server.port(), version).expect("the server listens");
        let (line, postgres) = (open(&server), on_postgres.as_ref().map(open));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sample.db");
        let memory_store = MemoryStore::new();
        let (contexts, tables) = runtime.block_on(async {
            let sqlite = device(&server, dialect, SqliteStore::at(&path)).await;
            let memory = device(&server, dialect, memory_store.clone()).await;
            let second = SqliteStore::at(&path);
            second.open(&[Sample::SCHEMA]).await.expect("the store opens twice");
            let pulled = sqlite.1.list(&Sample::query()).await.expect("the store reads");
            let exact = exact_rows(&rows, &pulled);
            store(&second, &exact).await;
            store(&memory_store, &exact).await;
            ([sqlite.0, memory.0], [sqlite.1, memory.1])
        });
        let [sqlite, memory] = tables;
        let servers = std::iter::once(server).chain(on_postgres).collect();
        Self {
            rows,
            dialect,
            line,
            postgres,
            sqlite,
            memory,
            runtime,
            _contexts: contexts,
            _servers: servers,
            _database: database,
            _folder: folder,
        }
    }

    /// Tells whether one of the servers is on PostgreSQL.
    pub(crate) fn has_postgres(&self) -> bool {
        self.postgres.is_some()
    }

    /// Asks for a page of rows, and how many rows there are `in_all`.
    pub(crate) fn ask(
        &mut self,
        query: &Query<Sample, Found>,
        in_all: &Query<Sample, Found>,
        servers: Servers,
    ) -> Outcome {
        let text = match self.dialect.query_string(query.selection()) {
            Ok(text) => text,
            Err(error) => return Outcome::Different(format!("the query cannot be written: {error}")),
        };
        let target = format!("/tables/sample?{text}&$count=true");
        if target.len() > REQUEST_LINE_BYTES - 200 {
            return Outcome::TooLong;
        }
        let Some(on_sqlite) = served(&mut self.line, &target) else { return Outcome::TooLong };
        let mut answers = vec![("server", on_sqlite)];
        if let (Servers::All, Some(line)) = (servers, &mut self.postgres) {
            let on_postgres = served(line, &target);
            answers
                .push(("server on PostgreSQL", on_postgres.unwrap_or_else(|| Err("the query is too long".to_owned()))));
        }
        answers.push(("SQLite", self.runtime.block_on(local(&self.sqlite, query, in_all))));
        answers.push(("memory", self.runtime.block_on(local(&self.memory, query, in_all))));
        match &answers[0].1 {
            Ok((_, count)) if answers.iter().all(|(_, answer)| answer == &answers[0].1) => Outcome::Same(*count),
            _ => Outcome::Different(self.told(query, &text, &answers)),
        }
    }

    /// The query, and what each gave.
    fn told(&self, query: &Query<Sample, Found>, text: &str, answers: &[(&str, Result<Rows, String>)]) -> String {
        let decoded = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
        let mut told = format!("{}\n{} text: {decoded}\n", short(&format!("{:?}", query.selection())), self.dialect);
        let mut seen: Vec<String> = Vec::new();
        for (_, answer) in answers {
            seen.extend(answer.iter().flat_map(|(ids, _)| ids.clone()));
        }
        for (name, answer) in answers {
            // Writing to a string cannot fail.
            let _ = match answer {
                Ok((ids, count)) => writeln!(told, "{name:>7}: {count} in all: {}", ids.join(" ")),
                Err(error) => writeln!(told, "{name:>7}: {error}"),
            };
        }
        let in_all =
            |id: &String| answers.iter().all(|(_, answer)| answer.as_ref().is_ok_and(|(ids, _)| ids.contains(id)));
        if let Some(row) = self.rows.iter().find(|row| {
            let id = row.id.as_str().to_owned();
            seen.contains(&id) && !in_all(&id)
        }) {
            let _ = writeln!(told, "the first row that not all gave: {row:?}");
        }
        told
    }

    /// How many of the values that may be null are.
    pub(crate) fn nulls(&self) -> (u64, u64) {
        let optional = Sample::SCHEMA.columns().iter().filter(|column| column.is_nullable());
        let names: Vec<&str> = optional.map(|column| column.wire_name()).collect();
        let mut nulls = 0;
        let mut values = 0;
        for row in &self.rows {
            let Value::Object(members) = json_of(row) else { continue };
            values += members.len() as u64;
            nulls += names.iter().filter(|name| members.get(**name) == Some(&Value::Null)).count() as u64;
        }
        (nulls, values)
    }
}

/// Starts a server with the rows.
fn serve(dialect: Dialect, database: Database, rows: &[Sample]) -> Server {
    let served = match dialect {
        Dialect::DatasyncV3 => synctable_server::Dialect::V3,
        _ => synctable_server::Dialect::Toolkit,
    };
    let config = Config::new(vec![definition()]).dialect(served).page_size(1000).database(database);
    let server = Server::start(config).expect("the server starts");
    for (at, row) in rows.iter().enumerate() {
        // Whole milliseconds: of stamps the wire carries no more.
        let stamp = FIRST_STAMP + at as u64;
        server.store().hold_clock(UNIX_EPOCH + Duration::from_millis(stamp));
        server.store().seed("sample", &[json_of(row)]).expect("the server takes the row");
    }
    server
}

/// What a server gives; `None` when the query is beyond what it takes.
fn served(line: &mut Line, target: &str) -> Option<Result<Rows, String>> {
    let answer = line.get(target).expect("the server answers");
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    match answer.status {
        200 => Some(page(&body)),
        400 if body.contains("node count limit") => None,
        status => Some(Err(format!("{status} {body}"))),
    }
}

/// The debug text of a query with columns by their names only.
fn short(text: &str) -> String {
    const COLUMN: &str = "ColumnDef { name: \"";
    let mut parts = text.split(COLUMN);
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('"').unwrap_or((part, ""));
        // Up to the brace that closes the definition.
        let mut open = 1;
        let end = rest.find(|c: char| {
            open += i32::from(c == '{') - i32::from(c == '}');
            open == 0
        });
        short.push_str(name);
        short.push_str(end.and_then(|end| rest.get(end + 1..)).unwrap_or_default());
    }
    short
}

/// Ids whose order by code point is not that of their numbers.
fn row_id(at: usize) -> Id {
    let text = match at % 7 {
        0 => format!("R{at}"),
        1 => format!("é{at}"),
        2 => format!("'{at}%"),
        3 => format!("\u{10ffff}{at}"),
        _ => format!("r{at}"),
    };
    Id::parse(&text).expect("the text is an id")
}

async fn device(server: &Server, dialect: Dialect, store: impl LocalStore) -> (SyncContext, Table<Sample>) {
    let context = SyncContext::builder(&server.url()).dialect(dialect).store(store).table::<Sample>().open().await;
    let context = context.expect("the context opens");
    let table = context.table::<Sample>();
    let report = table.pull(Sample::full_pull()).await.expect("the pull runs");
    assert_eq!(
        (report.status(), report.applied(), report.quarantined()),
        (Status::Complete, ROWS as u64, 0),
        "{report:?}"
    );
    (context, table)
}

/// The pulled rows with all digits of their times: the wire cuts those below a millisecond, which are
/// there on the device that wrote the row.
fn exact_rows(rows: &[Sample], pulled: &[Sample]) -> RowBatch {
    let mut batch = RowBatch::new(Sample::SCHEMA);
    for pulled in pulled {
        let row = rows.iter().find(|row| row.id == pulled.id).expect("each row was seeded");
        assert_eq!(format!("{:?}", cut(row)), format!("{:?}", cut(pulled)), "the pull brings what was seeded");
        let exact = Sample {
            instant_a: row.instant_a,
            instant_b: row.instant_b,
            time_a: row.time_a,
            time_b: row.time_b,
            f32_a: row.f32_a,
            f32_b: row.f32_b,
            f64_a: row.f64_a,
            f64_b: row.f64_b,
            ..pulled.clone()
        };
        let mut writer = batch.push();
        exact.write_row(&mut writer).expect("the row has a stored form");
        let version = pulled.version.as_ref().expect("the server gives versions");
        writer.system(SystemColumn::Version).text(version.as_str());
        let stamp = pulled.updated_at.expect("the server gives stamps");
        writer.system(SystemColumn::UpdatedAt).integer(stamp.ticks());
    }
    batch
}

/// The row as the wire carries it, without what the server adds.
fn cut(row: &Sample) -> Sample {
    Sample {
        instant_a: row.instant_a.floor_to_millis(),
        instant_b: row.instant_b.map(synctable::Timestamp::floor_to_millis),
        time_a: row.time_a.floor_to_millis(),
        time_b: row.time_b.map(synctable::TimeOfDay::floor_to_millis),
        // SQLite keeps no negative zero.
        f32_a: row.f32_a + 0.0,
        f32_b: row.f32_b.map(|value| value + 0.0),
        f64_a: row.f64_a + 0.0,
        f64_b: row.f64_b.map(|value| value + 0.0),
        version: None,
        updated_at: None,
        ..row.clone()
    }
}

async fn store(store: &dyn LocalStore, rows: &RowBatch) {
    let mut batch = RowBatch::new(Sample::SCHEMA);
    for row in rows.iter() {
        row.to_row().append_to(&mut batch);
    }
    let changed = Arc::new(Mutex::new(0));
    let told = Arc::clone(&changed);
    let work = move |store: &mut dyn StoreWrite| {
        let applied = store.apply(&batch, &[], SameVersion::Rewrite)?;
        *told.lock().unwrap_or_else(PoisonError::into_inner) = applied.changed;
        Ok(())
    };
    store.write(Durability::Process, ChangeSource::Pull, Box::new(work)).await.expect("the store writes");
    assert_eq!(*changed.lock().unwrap_or_else(PoisonError::into_inner), ROWS as u64, "every row is written again");
}

async fn local(
    table: &Table<Sample>,
    query: &Query<Sample, Found>,
    in_all: &Query<Sample, Found>,
) -> Result<Rows, String> {
    let rows = table.list(query).await.map_err(|error| error.to_string())?;
    let count = table.count(in_all).await.map_err(|error| error.to_string())?;
    Ok((rows.into_iter().map(|row| row.id.as_str().to_owned()).collect(), count))
}

/// Reads a page of ids.
fn page(body: &str) -> Result<Rows, String> {
    let page: Value = serde_json::from_str(body).map_err(|error| format!("{error} in {body}"))?;
    let ids = page["items"].as_array().ok_or_else(|| format!("no items in {body}"))?;
    let ids: Option<Vec<String>> = ids.iter().map(|row| row["id"].as_str().map(str::to_owned)).collect();
    match (ids, page["count"].as_u64()) {
        (Some(ids), Some(count)) => Ok((ids, count)),
        _ => Err(format!("a row without id, or no count, in {body}")),
    }
}
