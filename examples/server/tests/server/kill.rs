//! What was acknowledged is there after a crash, of the server or of its database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::thread;

use synctable_server::cluster;

use super::engines::Rows;
use super::http::get;
use super::process::{Door, PATIENCE, Process, seed};
use writer::{Event, Writer};

mod writer;

const WRITERS: usize = 8;
/// Crashes of a run.
const CRASHES: usize = 5;
/// Each takes a second or two until the database has recovered and the server's tries are over.
const CRASHES_OF_THE_DATABASE: usize = 2;

/// Writers at work.
struct Load {
    door: Arc<Door>,
    enough: Arc<AtomicBool>,
    events: Receiver<Event>,
    threads: Vec<thread::JoinHandle<Writer>>,
}

impl Load {
    fn start(port: u16, rng: &mut fastrand::Rng) -> Self {
        let (door, enough) = (Arc::new(Door::default()), Arc::new(AtomicBool::new(false)));
        door.open(port);
        let (sender, events) = std::sync::mpsc::channel();
        let threads = (0..WRITERS)
            .map(|number| {
                let mut writer = Writer::new(number, rng.fork(), Arc::clone(&door), sender.clone());
                let enough = Arc::clone(&enough);
                thread::spawn(move || {
                    while !enough.load(Ordering::Relaxed) {
                        writer.write();
                    }
                    writer
                })
            })
            .collect();
        Self { door, enough, events, threads }
    }

    /// Waits until this has happened so often from now on.
    fn wait(&self, wanted: Event, times: usize) {
        while self.events.try_recv().is_ok() {}
        let mut left = times;
        while left > 0 {
            match self.events.recv_timeout(PATIENCE) {
                Ok(event) => left -= usize::from(event == wanted),
                Err(error) => panic!("{wanted:?} has happened {left} of {times} times less than wanted: {error}"),
            }
        }
    }

    /// Ends the writers and compares the rows of the server with what they know.
    fn end(self, engine: &str, port: u16) {
        self.enough.store(true, Ordering::Relaxed);
        let writers: Vec<Writer> = self.threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        let page = get(port, "/tables/todoitem?__includedeleted=true&$count=true").json();
        let rows = page["items"].as_array().unwrap();
        assert_eq!(page["count"], rows.len(), "one page holds all rows");
        let known: usize = writers.iter().map(|writer| writer.compare(rows)).sum();
        assert_eq!(rows.len(), known, "there is no row that nobody wrote");
        let (acknowledged, unclear) =
            writers.iter().fold((0, 0), |(some, others), writer| (some + writer.acknowledged, others + writer.unclear));
        assert!(unclear > 0, "the crashes fell into writes");
        println!(
            "{engine}: {acknowledged} acknowledged writes to {known} rows, {unclear} tries without an answer: none lost"
        );
    }
}

/// Kills the server over and over while clients write.
fn kill_the_server(rows: &Rows) {
    let mut rng = seed(rows.engine());
    let mut server = Process::start(&rows.argument());
    let load = Load::start(server.port, &mut rng);
    for _ in 0..CRASHES {
        load.wait(Event::Acknowledged, rng.usize(50..200));
        load.door.close();
        server.kill();
        server = Process::start(&rows.argument());
        load.door.open(server.port);
    }
    load.wait(Event::Acknowledged, WRITERS * 4);
    load.end(rows.engine(), server.port);
}

#[test]
fn a_killed_server_over_sqlite_has_lost_nothing() {
    kill_the_server(&Rows::sqlite());
}

#[test]
fn a_killed_server_over_postgresql_has_lost_nothing() {
    let Some(rows) = Rows::postgres("kill::a_killed_server_over_postgresql_has_lost_nothing") else { return };
    kill_the_server(&rows);
}

#[test]
fn a_server_outlives_the_crash_of_its_database_and_answers_503_meanwhile() {
    const NAME: &str = "kill::a_server_outlives_the_crash_of_its_database_and_answers_503_meanwhile";
    let Some(cluster) = cluster::own(NAME) else { return };
    let database = cluster.database();
    let mut rng = seed("the crash of PostgreSQL");
    let mut server = Process::start(&database.url());
    let load = Load::start(server.port, &mut rng);
    for _ in 0..CRASHES_OF_THE_DATABASE {
        load.wait(Event::Acknowledged, rng.usize(50..200));
        cluster.crash();
        // From here until the next turn an answer but 503 is a lie, which the writers look out for.
        load.door.turn_database();
        load.wait(Event::Unavailable, WRITERS);
        load.door.turn_database();
        cluster.start_again();
        load.wait(Event::Acknowledged, WRITERS * 4);
    }
    assert!(server.is_running(), "the server was not started again");
    load.end("PostgreSQL crashed", server.port);
}
