//! The worlds: a backend, a store and many children, compared at the end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use fastrand::Rng;
use rusqlite::{Connection, OptionalExtension as _};
use serde_json::{Value, json};
use synctable::wire::Dialect;
use synctable_server::{Config, Server, todoitem_table};
use tempfile::TempDir;

use crate::child;
use crate::http::Peer;
use crate::ledger::Ledger;
use crate::model::FOREIGN;
use crate::node::{self, Node};
use crate::proxy::{Phase, Proxy};
use crate::victim::{Event, Fell, Moment, Victim, lock};

/// Kills in all, unless `SYNCTABLE_KILLS` says otherwise.
const KILLS: u32 = 200;
/// Rows that another device writes after each kill.
const FOREIGN_ROWS: u32 = 2;

/// What answers the children.
enum Backend {
    Embedded(Server),
    Node(Node),
}

impl Backend {
    fn port(&self) -> u16 {
        match self {
            Self::Embedded(server) => server.port(),
            Self::Node(node) => node.port(),
        }
    }
}

/// Kills children in every world and prints where the kills fell.
pub(crate) fn kill_everywhere() {
    let seed = number("SYNCTABLE_KILL_SEED").unwrap_or_else(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        u64::from(since.subsec_nanos()) ^ since.as_secs()
    });
    let kills = number("SYNCTABLE_KILLS").map_or(KILLS, |kills| u32::try_from(kills).expect("a number of kills"));
    println!("kill: {kills} kills, seed {seed} (SYNCTABLE_KILL_SEED={seed} chooses the same)");
    let mut rng = Rng::with_seed(seed);
    let with_node = node::installed("kill, the part with the Node backend");
    // Half of the kills go to the Node backend, the rest to the embedded one in its two dialects.
    let on_node = if with_node { kills / 2 } else { 0 };
    let on_v3 = (kills - on_node) / 2;
    let mut worlds = vec![(Dialect::Toolkit, kills - on_node - on_v3), (Dialect::DatasyncV3, on_v3)];
    if with_node {
        worlds.push((Dialect::NodeV2, on_node));
    }
    let (mut embedded, mut node) = (Vec::new(), Vec::new());
    for (dialect, kills) in worlds {
        let world = World::start(dialect, rng.fork());
        match world.run(kills) {
            Ok(falls) if dialect == Dialect::NodeV2 => node.extend(falls),
            Ok(falls) => embedded.extend(falls),
            Err(fault) => {
                panic!("{dialect}, seed {seed}: {fault}; the files are kept in {}", world.folder.keep().display())
            }
        }
    }
    assert_classes("embedded", &embedded);
    assert_classes("Node", &node);
}

/// Each place where a kill may fall was hit; fewer kills than this may miss one by chance.
fn assert_classes(backend: &str, falls: &[Fell]) {
    const ENOUGH: usize = 100;
    type Is = fn(&Fell) -> bool;
    let classes: [(&str, Is); 5] = [
        ("a write", |fell| fell.write),
        ("the request of a push", |fell| fell.request[0]),
        ("the reply to a push", |fell| fell.reply[0]),
        ("a request or reply of a pull", |fell| fell.request[1] || fell.reply[1]),
        ("a time with the right to push", |fell| fell.lease),
    ];
    for (class, is) in classes {
        assert!(falls.len() < ENOUGH || falls.iter().any(is), "{backend} backend: no kill fell inside {class}");
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is a number, not `{text}`")))
}

struct World {
    dialect: Dialect,
    rng: std::cell::RefCell<Rng>,
    folder: TempDir,
    backend: Backend,
    proxy: Proxy,
    ledger: Arc<Mutex<Ledger>>,
}

impl World {
    fn start(dialect: Dialect, mut rng: Rng) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let rows = folder.path().join("backend.db");
        let embedded = |dialect| {
            let config = Config::new(vec![todoitem_table()]).dialect(dialect).db_file(&rows);
            Backend::Embedded(Server::start(config).expect("the server starts"))
        };
        let backend = match dialect {
            Dialect::Toolkit => embedded(synctable_server::Dialect::Toolkit),
            Dialect::DatasyncV3 => embedded(synctable_server::Dialect::V3),
            _ => Backend::Node(Node::start(&rows, 0)),
        };
        let proxy = Proxy::start(backend.port(), rng.fork());
        let ledger = Arc::new(Mutex::new(Ledger::new(&folder.path().join("ledger"))));
        Self { dialect, rng: rng.into(), folder, backend, proxy, ledger }
    }

    fn run(&self, kills: u32) -> Result<Vec<Fell>, String> {
        let started = std::time::Instant::now();
        let store = self.folder.path().join("device.db");
        let mut falls = Vec::new();
        for number in 0..kills {
            let (seed, moment) = self.choose(number);
            let words = [seed.as_str(), &format!("t{number}"), child::LOOP];
            let victim = Victim::start(&store, &self.proxy, &self.ledger, words);
            let fell = victim.kill(moment).map_err(|fault| format!("child {number}, {moment:?}: {fault}"))?;
            falls.push(Fell { lease: self.left_lease(&store, number), ..fell });
            for row in 0..FOREIGN_ROWS {
                self.write_foreign(number * FOREIGN_ROWS + row);
            }
        }
        let words = ["0", "last", child::FINISH];
        Victim::start(&store, &self.proxy, &self.ledger, words).finish()?;
        self.compare(&store, kills * FOREIGN_ROWS)?;
        self.tell(&falls, started.elapsed());
        Ok(falls)
    }

    /// The seed of a child and when it dies: at any time, or close after something began, so that short
    /// phases are hit too.
    fn choose(&self, number: u32) -> (String, Moment) {
        let mut rng = self.rng.borrow_mut();
        let micros = |rng: &mut Rng, most| Duration::from_micros(rng.u64(..most));
        let moment = match number % 5 {
            0 => Moment::AfterStart(micros(&mut rng, 60_000)),
            1 => Moment::After(Event::Listed, 1, micros(&mut rng, 400_000)),
            2 => Moment::After(Event::Write, rng.u32(1..=20), micros(&mut rng, 1500)),
            kind => {
                let phase = if kind == 3 { Phase::Request } else { Phase::Reply };
                let write = rng.u32(..4) > 0;
                Moment::After(Event::Wire(phase, write), rng.u32(1..=10), micros(&mut rng, 1000))
            }
        };
        (rng.u64(..).to_string(), moment)
    }

    /// Whether the child died with the right to push; read in a copy, so that the next child finds the files as they are.
    fn left_lease(&self, store: &Path, number: u32) -> bool {
        let copy = self.folder.path().join(format!("copy-{number}.db"));
        if !store.exists() {
            return false;
        }
        let with = |path: &Path, end: &str| PathBuf::from(format!("{}{end}", path.display()));
        for end in ["", "-wal"] {
            if with(store, end).exists() {
                std::fs::copy(with(store, end), with(&copy, end)).expect("the store can be copied");
            }
        }
        let connection = Connection::open(&copy).expect("the copy opens");
        let tables: u32 = connection
            .query_row("SELECT count(*) FROM sqlite_master WHERE name = '__meta'", [], |row| row.get(0))
            .expect("the copy can be read");
        let lease: Option<String> = if tables == 0 {
            None
        } else {
            connection
                .query_row("SELECT value FROM __meta WHERE key = 'lease'", [], |row| row.get(0))
                .optional()
                .expect("the copy can be read")
        };
        drop(connection);
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(with(&copy, end));
        }
        lease.is_some()
    }

    fn peer(&self) -> Peer {
        Peer { port: self.backend.port(), dialect: self.dialect }
    }

    fn write_foreign(&self, number: u32) {
        let row = json!({"id": format!("{FOREIGN}{number}"), "title": format!("foreign{number}"), "complete": false});
        let answer = self.peer().send("POST", "/tables/todoitem", Some(&row));
        assert_eq!(answer.status, 201, "{answer:?}");
    }

    /// Compares ledger, backend and store.
    fn compare(&self, store: &Path, foreign: u32) -> Result<(), String> {
        let ledger = lock(&self.ledger);
        let model = ledger.replay()?;
        if model != *ledger.model() {
            return Err("the ledger on disk is not what the children said".to_owned());
        }
        let rows = self.peer().rows("todoitem");
        let live: BTreeMap<String, String> = rows
            .iter()
            .filter(|row| row["deleted"] != json!(true))
            .map(|row| (text(&row["id"]), text(&row["title"])))
            .collect();
        model.compare("the backend", &live)?;
        let found = live.keys().filter(|id| id.starts_with(FOREIGN)).count();
        if found != foreign as usize {
            return Err(format!("{found} of {foreign} rows of the other device are in the backend"));
        }
        let stored = stored(store).map_err(|error| format!("the store cannot be read: {error}"))?;
        if stored != live {
            return Err(format!("the store and the backend differ: {stored:?} and {live:?}"));
        }
        let state = self.proxy.state();
        match state.applied_again().first() {
            Some((what, times)) => Err(format!("{what} was applied {times} times")),
            None => Ok(()),
        }
    }

    /// Prints where the kills fell.
    fn tell(&self, falls: &[Fell], took: Duration) {
        let count = |is: fn(&Fell) -> bool| falls.iter().filter(|fell| is(fell)).count();
        let (push_request, pull_request) = (count(|fell| fell.request[0]), count(|fell| fell.request[1]));
        let (push_reply, pull_reply) = (count(|fell| fell.reply[0]), count(|fell| fell.reply[1]));
        let (write, opening, lease) = (count(|fell| fell.write), count(|fell| fell.opening), count(|fell| fell.lease));
        let between =
            count(|fell| !(fell.opening || fell.write || fell.request.contains(&true) || fell.reply.contains(&true)));
        let ledger = lock(&self.ledger);
        let (rows, live) = ledger.model().rows();
        println!(
            "kill: {}: {} kills in {:.1} s: {write} in a write, {} in a request ({push_request} of a push, {pull_request} of a pull), \
             {} in a reply ({push_reply} of a push, {pull_reply} of a pull), {opening} before the store was open, {between} between these; \
             {lease} left the right to push behind",
            self.dialect,
            falls.len(),
            took.as_secs_f64(),
            push_request + pull_request,
            push_reply + pull_reply,
        );
        println!(
            "kill: {}: {} acknowledged writes to {rows} rows ({live} live), {} acknowledged by the backend: none lost, none applied twice, no conflict",
            self.dialect,
            ledger.model().acknowledged(),
            self.proxy.state().applied(),
        );
    }
}

/// The rows in the file of a store that nobody has open, once it is sound and nothing is pending.
fn stored(store: &Path) -> rusqlite::Result<BTreeMap<String, String>> {
    let connection = Connection::open(store)?;
    let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    assert_eq!(sound, "ok", "the file is sound");
    let pending: u32 = connection.query_row("SELECT count(*) FROM __operations", [], |row| row.get(0))?;
    assert_eq!(pending, 0, "nothing is pending");
    let mut statement = connection.prepare("SELECT id, title FROM todoitem")?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is a text")).to_owned()
}
