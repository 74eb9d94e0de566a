//! Random sequences of local writes, syncs, lost requests and replies, restarts and writes of others,
//! over several devices and a server in memory: after every step the store must be one that the rules
//! allow, and at the end all devices must have the server's rows.
//!
//! `SYNCTABLE_SIM_SEED` is the seed of the first sequence, the others follow it; without it every run has
//! the same sequences. The seed that a failure prints repeats it at once. `SYNCTABLE_SIM_SEQUENCES` sets
//! the number of sequences (10 000).

#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod action;
mod check;
mod clock;
mod device;
mod history;
mod look;
mod net;
mod parcel;
mod settle;
mod step;
mod store;
mod tables;
mod tally;
mod world;

#[path = "../it/world/filter.rs"]
mod filter;
#[path = "../it/world/keys.rs"]
#[allow(dead_code, reason = "the histories use more of the keys")]
mod keys;
#[path = "../it/world/server.rs"]
#[allow(dead_code, reason = "the histories use more of the server")]
mod server;

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use action::{Sequence, Writing, sequences};
use tally::Tally;
use world::Extensions;

/// The seed of the first sequence, unless the environment says otherwise.
const SEED: u64 = 1;
/// Sequences of a run, unless the environment says otherwise.
const SEQUENCES: u64 = 10_000;
/// How often each thing happens in a run of that length.
const LEAST_HAPPENINGS: u64 = 80;
/// Sequences run beside each other on so many threads.
const LANES: u64 = 2;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")))
}

#[test]
fn devices_and_server_come_to_the_same_rows_whatever_happens() {
    let seed = number("SYNCTABLE_SIM_SEED").unwrap_or(SEED);
    let sequences = number("SYNCTABLE_SIM_SEQUENCES").unwrap_or(SEQUENCES);
    println!("seed {seed}: replay with SYNCTABLE_SIM_SEED={seed}");
    let began = Instant::now();
    let next = AtomicU64::new(0);
    let lanes: Vec<Result<(u64, Tally), String>> = std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES).map(|_| scope.spawn(|| lane(seed, sequences, &next))).collect();
        lanes.into_iter().map(|lane| lane.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    let mut tally = Tally::default();
    let mut ran = 0;
    let mut failures = Vec::new();
    for lane in lanes {
        match lane {
            Ok((count, one)) => {
                ran += count;
                tally.join(&one);
            }
            Err(failure) => failures.push(failure),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    println!("{}{ran} sequences in {:.0?}", tally.table(), began.elapsed());
    assert_eq!(ran, sequences);
    let missing = tally.missing(LEAST_HAPPENINGS * sequences / SEQUENCES);
    assert!(missing.is_empty() || sequences < SEQUENCES, "too seldom to show anything: {missing:?}");
}

/// Runs sequences until there are enough or another lane has found a failure.
fn lane(seed: u64, sequences_wanted: u64, next: &AtomicU64) -> Result<(u64, Tally), String> {
    let (little, much) = (sequences(Writing::Little), sequences(Writing::Much));
    let mut tally = Tally::default();
    let mut ran = 0;
    loop {
        let place = next.fetch_add(1, Ordering::Relaxed);
        if place >= sequences_wanted {
            return Ok((ran, tally));
        }
        let seed = seed.wrapping_add(place);
        let found = RefCell::new(Tally::default());
        let mut runner = runner(seed);
        let strategy = if let Extensions::Batches(_) = server_of(seed) { &much } else { &little };
        let result =
            runner.run(strategy, |sequence| run(seed, &sequence, &mut found.borrow_mut()).map_err(TestCaseError::fail));
        if let Err(error) = result {
            next.store(sequences_wanted, Ordering::Relaxed);
            return Err(told(seed, place, error));
        }
        tally.join(&found.borrow());
        ran += 1;
    }
}

fn runner(seed: u64) -> TestRunner {
    let config = Config { cases: 1, failure_persistence: None, max_shrink_iters: 5_000, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

fn run(seed: u64, sequence: &Sequence, tally: &mut Tally) -> Result<(), String> {
    // The waits between tries are drawn from this.
    fastrand::seed(seed);
    world::run(sequence, server_of(seed), tally, &mut None)
}

/// The server of every fourth sequence knows idempotency keys, that of every fourth batches too: every other
/// of these takes no more operations than a batch must have.
fn server_of(seed: u64) -> Extensions {
    match seed % 8 {
        0 | 4 => Extensions::Keys,
        2 => Extensions::Batches(100),
        6 => Extensions::Batches(2),
        _ => Extensions::None,
    }
}

/// What failed, the smallest sequence that fails so, and what happened in it.
fn told(seed: u64, place: u64, error: TestError<Sequence>) -> String {
    let after = place + 1;
    let TestError::Fail(reason, sequence) = error else { return format!("sequence {seed}: {error}") };
    let mut trace = Some(Vec::new());
    fastrand::seed(seed);
    // A panic of the product ends the trace where it is.
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        world::run(&sequence, server_of(seed), &mut Tally::default(), &mut trace)
    }));
    let told = format!("{reason}\n{:?}\n{}", sequence.setup, trace.unwrap_or_default().join("\n"));
    format!("found after {after} sequences; replay with SYNCTABLE_SIM_SEED={seed}\n{}", without_schemas(&told))
}

/// Leaves out what every row says of its table.
fn without_schemas(text: &str) -> String {
    const SCHEMA: &str = "schema: TableSchema {";
    let mut parts = text.split(SCHEMA);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut depth = 1;
        let end = part.find(|letter| {
            depth += i32::from(letter == '{') - i32::from(letter == '}');
            depth == 0
        });
        kept.push_str(end.map_or(part, |end| part[end + 1..].trim_start_matches(", ")));
    }
    kept
}
