//! One query, one meaning: random typed queries give the same rows in the same order from SQLite, from
//! the store in memory and from the reference server over HTTP.
//!
//! One of 20 queries also goes to the reference server on PostgreSQL.
//!
//! `SYNCTABLE_SEED` replays a run, `SYNCTABLE_AGREE_QUERIES` sets how many queries it asks (100 000), `SYNCTABLE_AGREE_POSTGRES` of how many
//! queries one goes to PostgreSQL (20; 1 sends all, 0 none).

mod data;
mod generate;
mod hits;
mod http;
mod sample;
mod shape;
mod world;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use fastrand::Rng;
use synctable::wire::Dialect;
use synctable_server::cluster::{self, Cluster};

use generate::{Plan, Vocabulary};
use hits::Tally;
use world::{Outcome, Servers, World};

/// Queries of a run, unless the environment says otherwise.
const QUERIES: u64 = 100_000;
/// Of so many queries one goes to PostgreSQL, unless the environment says otherwise.
const POSTGRES: u64 = 20;
/// How often each operator is compared on each type in a run of that length.
const LEAST_HITS: u64 = 500;
/// Queries before the rows are renewed.
const QUERIES_OF_A_TABLE: u64 = 2_500;
/// Differences that a lane looks for before it ends; the other lanes end with the first.
const DIFFERENCES: usize = 3;
/// Lanes run beside each other, each with a server of its own.
const LANES: [Dialect; 4] = [Dialect::Toolkit, Dialect::DatasyncV3, Dialect::Toolkit, Dialect::DatasyncV3];

/// What the lanes of a run share.
#[derive(Debug)]
struct Run {
    /// A lane has found a difference.
    stop: AtomicBool,
    asked: AtomicU64,
    cluster: Option<&'static Cluster>,
    /// Of so many queries one goes to PostgreSQL.
    postgres: u64,
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")))
}

#[test]
fn queries_give_the_same_rows_from_sqlite_and_from_the_server() {
    let seed = number("SYNCTABLE_SEED").unwrap_or_else(|| fastrand::u64(..));
    let queries = number("SYNCTABLE_AGREE_QUERIES").unwrap_or(QUERIES);
    println!("seed {seed}: replay with SYNCTABLE_SEED={seed}");
    let began = Instant::now();
    let postgres = number("SYNCTABLE_AGREE_POSTGRES").unwrap_or(POSTGRES);
    let cluster = match postgres {
        0 => None,
        _ => cluster::shared("queries_give_the_same_rows_from_sqlite_and_from_the_server"),
    };
    let run = Run { stop: AtomicBool::new(false), asked: AtomicU64::new(0), cluster, postgres };
    let results: Vec<Result<Tally, String>> = std::thread::scope(|scope| {
        let lanes: Vec<_> = LANES
            .iter()
            .zip(0..)
            .map(|(dialect, number)| {
                let run = &run;
                scope
                    .spawn(move || lane(*dialect, seed.wrapping_add(number), queries.div_ceil(LANES.len() as u64), run))
            })
            .collect();
        lanes.into_iter().map(|lane| lane.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    let mut tally = Tally::default();
    let mut differences = Vec::new();
    for result in results {
        match result {
            Ok(one) => tally.join(one),
            Err(difference) => differences.push(difference),
        }
    }
    assert!(differences.is_empty(), "seed {seed}: {}", differences.join("\n\n"));
    println!("{}", tally.table());
    println!(
        "{} queries compared in {:.0?}, {} of them on PostgreSQL too, {} too long to send; {} selected some rows and not all; {} of {} values null",
        tally.compared,
        began.elapsed(),
        tally.postgres,
        tally.too_long,
        tally.partial,
        tally.nulls,
        tally.values
    );
    assert!(tally.partial * 5 >= tally.compared * 2, "at least two of five queries select some rows and not all");
    assert!(tally.nulls * 10 >= tally.values || tally.compared < QUERIES, "at least a tenth of the values are null");
    assert!(
        cluster.is_none() || tally.postgres * postgres * 2 >= tally.compared,
        "PostgreSQL gets its share of the queries"
    );
    if queries >= QUERIES {
        let missed: Vec<_> = Vocabulary::new()
            .expected()
            .into_iter()
            .filter(|hit| tally.hits.get(hit).is_none_or(|count| *count < LEAST_HITS))
            .collect();
        assert!(missed.is_empty(), "compared less than {LEAST_HITS} times: {missed:?}");
    }
}

/// Asks one server's share of the queries.
///
/// # Errors
/// The first differences, each made as small as it gets.
fn lane(dialect: Dialect, seed: u64, queries: u64, run: &Run) -> Result<Tally, String> {
    let vocabulary = Vocabulary::new();
    let mut rng = Rng::with_seed(seed);
    let mut tally = Tally::default();
    let mut asked = 0;
    let mut differences = Vec::new();
    while asked < queries {
        let mut world = World::new(&mut rng, dialect, run.cluster);
        let (nulls, values) = world.nulls();
        tally.nulls += nulls;
        tally.values += values;
        for _ in 0..QUERIES_OF_A_TABLE.min(queries - asked) {
            if run.stop.load(Ordering::Relaxed) && differences.is_empty() {
                return Ok(tally);
            }
            if differences.len() == DIFFERENCES {
                return Err(differences.join("\n"));
            }
            asked += 1;
            let in_all = run.asked.fetch_add(1, Ordering::Relaxed) + 1;
            let plan = Plan::random(&vocabulary, &world.rows, &mut rng);
            let servers = if asked % run.postgres.max(1) == 0 { Servers::All } else { Servers::Sqlite };
            match world.ask(&plan.query(), &plan.in_all(), servers) {
                Outcome::Same(count) => {
                    tally.compared += 1;
                    tally.postgres += u64::from(servers == Servers::All && world.has_postgres());
                    tally.partial += u64::from(0 < count && count < world.rows.len() as u64);
                    tally.add(&plan.hits());
                }
                Outcome::TooLong => tally.too_long += 1,
                Outcome::Different(told) => {
                    run.stop.store(true, Ordering::Relaxed);
                    let told = smallest(&mut world, plan).unwrap_or(told);
                    differences.push(format!("found after {in_all} queries, query {asked} of a lane:\n{told}"));
                }
            }
        }
    }
    if differences.is_empty() { Ok(tally) } else { Err(differences.join("\n")) }
}

/// The smallest query that differs, told.
fn smallest(world: &mut World, mut plan: Plan) -> Option<String> {
    let mut smallest = None;
    'smaller: loop {
        for less in plan.smaller() {
            if let Outcome::Different(told) = world.ask(&less.query(), &less.in_all(), Servers::All) {
                smallest = Some(told);
                plan = less;
                continue 'smaller;
            }
        }
        return smallest;
    }
}
