//! Kills a separate process at random instants of a loop of write, push and pull, and compares server and store with a
//! ledger of what was acknowledged.
//!
//! Run as `cargo test -p synctable --test kill`. `SYNCTABLE_KILL_SEED` repeats the choices of a run (not the timing of
//! the machine), `SYNCTABLE_KILLS` sets the number of kills, 200 unless set.

#[cfg(unix)]
mod child;
#[cfg(unix)]
mod ledger;
#[cfg(unix)]
mod model;
#[cfg(unix)]
mod proxy;
#[cfg(unix)]
mod victim;
#[cfg(unix)]
mod world;

#[cfg(unix)]
#[path = "../support/http.rs"]
mod http;
#[cfg(unix)]
#[path = "../support/node.rs"]
mod node;

#[cfg(not(unix))]
fn main() {
    println!("SKIPPED kill: the test ends processes by the signal SIGKILL, which only Unix has");
}

#[cfg(unix)]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == child::FLAG) {
        child::run(&arguments[1..]);
        return;
    }
    // The few arguments of the usual harness that tools rely on.
    const NAME: &str = "killed_processes_lose_nothing";
    if arguments.iter().any(|argument| argument == "--list") {
        println!("{NAME}: test");
        return;
    }
    let filters: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    if !filters.is_empty() && !filters.iter().any(|filter| NAME.contains(filter.as_str())) {
        println!("{NAME}: not run, the filter names another test");
        return;
    }
    world::kill_everywhere();
}
