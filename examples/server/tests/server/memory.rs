//! The memory of a server does not grow with the number of its writes.

use std::thread;
use std::time::Instant;

use serde_json::json;

use super::engines::Rows;
use super::kept::Kept;
use super::process::Process;

/// Sets the number of rows.
const VARIABLE: &str = "SYNCTABLE_MEMORY_ROWS";
/// Rows unless it is set; a million is for a run by hand.
const ROWS: usize = 10_000;
const CONNECTIONS: usize = 32;
/// The first of so many equal parts of the run is the one in which caches fill.
const PARTS: usize = 5;
/// How much the rest of the run may add: caches that the first part of a short run does not fill, and what allocators keep.
const GROWTH_KIB: u64 = 24 * 1024;

/// Inserts rows over many connections at once.
fn insert(port: u16, from: usize, to: usize) {
    thread::scope(|scope| {
        for connection in 0..CONNECTIONS {
            scope.spawn(move || {
                let mut kept = Kept::default();
                for number in (from + connection..to).step_by(CONNECTIONS) {
                    let row = json!({"id": format!("row-{number:09}"), "title": "a title of a usual length"});
                    let (status, answer) = kept.send(port, "POST", "/tables/todoitem", &row).unwrap();
                    assert_eq!(status, 201, "{answer}");
                }
            });
        }
    });
}

/// The most memory that a process ever had.
fn peak_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

fn stays_flat(rows: &Rows) {
    let count = std::env::var(VARIABLE)
        .map_or(ROWS, |text| text.parse().unwrap_or_else(|_| panic!("{VARIABLE} is a number, not '{text}'")));
    let server = Process::start(&rows.argument());
    let began = Instant::now();
    insert(server.port, 0, count / PARTS);
    let early = peak_kib(server.id());
    insert(server.port, count / PARTS, count);
    let late = peak_kib(server.id());
    println!(
        "memory over {}: {} MiB at most after {} inserts, {} MiB after {count}, in {:.0} s",
        rows.engine(),
        early / 1024,
        count / PARTS,
        late / 1024,
        began.elapsed().as_secs_f64()
    );
    assert!(late - early <= GROWTH_KIB, "{} KiB more after {count} inserts", late - early);
}

#[test]
fn of_a_server_over_sqlite_stays_flat() {
    stays_flat(&Rows::sqlite());
}

#[test]
fn of_a_server_over_postgresql_stays_flat() {
    let Some(rows) = Rows::postgres("memory::of_a_server_over_postgresql_stays_flat") else { return };
    stays_flat(&rows);
}
