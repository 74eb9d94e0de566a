//! Requests a second of the server beside the same SQL without it: `cargo bench -p synctable-server [-- FILTER] [--runs N] [--quick]`;
//! see docs/server-performance.md.

mod client;
mod http;
#[path = "../../../../runtime/benches/sync/measure.rs"]
#[allow(dead_code, reason = "the benches of the client use all of it")]
mod measure;
mod postgres;
mod rows;
mod sqlite;
mod stamps;

use std::process::ExitCode;
use std::time::Duration;

use synctable_server::{Config, Database, router};

use crate::client::Load;
use crate::http::Served;
use crate::measure::{Group, Verdict, print_goals};
use crate::rows::Action;

/// Any error; a bench reports it and stops.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const USAGE: &str = "usage: cargo bench -p synctable-server -- [FILTER] [--runs N] [--quick]
  FILTER    only groups whose name contains it, as 'sqlite get 8' or 'postgres insert'
  --runs N  runs of every case (default 5)
  --quick   short runs over few rows: shows that all runs, its figures mean little";

fn main() -> ExitCode {
    match Options::read().and_then(|options| options.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// What the command line asks for.
struct Options {
    filter: String,
    runs: usize,
    rows: u64,
    time: Duration,
}

impl Options {
    fn read() -> Result<Self> {
        let mut arguments = std::env::args().skip(1);
        let mut options = Self { filter: String::new(), runs: 5, rows: 10_000, time: Duration::from_millis(500) };
        // Cargo says so when it benches; without it, it is a test of whether everything runs.
        let mut quick = true;
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--bench" => quick = false,
                "--quick" => {
                    options = Self { rows: 2_000, runs: 1, time: Duration::from_millis(20), ..options };
                }
                "--runs" => options.runs = arguments.next().ok_or(USAGE)?.parse().map_err(|_| USAGE)?,
                flag if flag.starts_with('-') => return Err(USAGE.into()),
                filter => filter.clone_into(&mut options.filter),
            }
        }
        if quick {
            options = Self { rows: 2_000, runs: 1, time: Duration::from_millis(20), ..options };
        }
        Ok(options)
    }

    fn run(&self) -> Result<()> {
        let cpus = std::thread::available_parallelism().map_or(0, usize::from);
        println!(
            "{cpus} processors, {}; {} runs a case of {:?} over {} rows",
            std::env::consts::OS,
            self.runs,
            self.time,
            self.rows
        );
        let mut verdicts = Vec::new();
        for action in Action::ALL {
            self.sqlite(action, &mut verdicts)?;
        }
        match synctable_server::cluster::own("the benches on PostgreSQL") {
            Some(cluster) => {
                wait_for_the_disk(&cluster)?;
                for action in Action::ALL {
                    self.postgres(&cluster, action, &mut verdicts)?;
                }
                stamps::measure(self, &cluster, &mut verdicts)?;
            }
            None => println!("PostgreSQL was not measured"),
        }
        print_goals(&verdicts);
        Ok(())
    }

    fn has(&self, engine: &str, action: Action) -> bool {
        CONNECTIONS.iter().any(|connections| title(engine, action, *connections).contains(&self.filter))
    }

    fn sqlite(&self, action: Action, verdicts: &mut Vec<Verdict>) -> Result<()> {
        if !self.has("sqlite", action) {
            return Ok(());
        }
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let (own, bare) = (folder.path().join("server.db"), folder.path().join("bare.db"));
        for file in [&own, &bare] {
            rows::fill(&rows::config().db_file(file).open_store()?, self.rows)?;
        }
        let served = Served::start(serve(&rows::config().db_file(&own))?)?;
        let floor = Served::start(sqlite::routes(&bare)?)?;
        self.groups(
            "sqlite",
            action,
            &served,
            &floor,
            &|connections| sqlite::driver(&bare, action, connections, self),
            verdicts,
        )
    }

    fn postgres(
        &self,
        cluster: &synctable_server::cluster::Cluster,
        action: Action,
        verdicts: &mut Vec<Verdict>,
    ) -> Result<()> {
        if !self.has("postgres", action) {
            return Ok(());
        }
        let (own, bare) = (cluster.database(), cluster.database());
        for database in [&own, &bare] {
            rows::fill(&rows::config().database(Database::Postgres(database.url())).open_store()?, self.rows)?;
            database.execute("VACUUM ANALYZE")?;
        }
        let served = Served::start(serve(&rows::config().database(Database::Postgres(own.url())))?)?;
        let floor = Served::start(postgres::routes(&bare.url())?)?;
        let url = bare.url();
        self.groups(
            "postgres",
            action,
            &served,
            &floor,
            &|connections| postgres::driver(&url, action, connections, self),
            verdicts,
        )
    }

    /// Measures one action with 1, 8 and 64 connections.
    fn groups(
        &self,
        engine: &str,
        action: Action,
        served: &Served,
        floor: &Served,
        driver: &dyn Fn(usize) -> Result<f64>,
        verdicts: &mut Vec<Verdict>,
    ) -> Result<()> {
        for connections in CONNECTIONS {
            let title = title(engine, action, connections);
            if !title.contains(&self.filter) {
                continue;
            }
            let load = |server: &Served| {
                Load { address: server.address, action, connections, rows: self.rows, time: self.time }.run()
            };
            let mut group = Group::new(title, "requests/s");
            group.case("driver", || driver(connections));
            group.case("axum + SQL", || load(floor));
            group.case("server", || load(served));
            if action.is_read() {
                group.at_least("server", "axum + SQL", 0.7);
            } else {
                group.show_speed("server", "axum + SQL");
            }
            group.show_speed("server", "driver");
            verdicts.extend(group.measure(self.runs)?.print());
        }
        Ok(())
    }
}

/// Lets commits wait for the disk, which clusters of tests leave out.
fn wait_for_the_disk(cluster: &synctable_server::cluster::Cluster) -> Result<()> {
    let database = cluster.database();
    for setting in ["fsync", "full_page_writes"] {
        database.execute(&format!("ALTER SYSTEM SET {setting} = on"))?;
    }
    database.execute("SELECT pg_reload_conf()")?;
    Ok(())
}

const CONNECTIONS: [usize; 3] = [1, 8, 64];

fn title(engine: &str, action: Action, connections: usize) -> String {
    format!("{engine} {action} {connections} connections")
}

fn serve(config: &Config) -> Result<axum::Router> {
    Ok(router(config, config.open_store()?))
}
