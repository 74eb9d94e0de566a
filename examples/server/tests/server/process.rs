//! A server process that is killed, and the place where clients find the one that is running.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long anything may take that is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A running process; killed when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pub(crate) port: u16,
}

impl Process {
    /// Starts the program over rows and waits until it listens.
    pub(crate) fn start(rows: &str) -> Self {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_synctable-server"))
            .args(["--listen", "127.0.0.1:0", "--page-size", "100000", "--db", rows])
            .stdout(Stdio::piped())
            .stderr(log.reopen().unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Some(port) = line.trim().strip_prefix("http://127.0.0.1:") else {
            child.wait().unwrap();
            let errors = std::fs::read_to_string(log.path()).unwrap();
            panic!("the server over {rows} says {line:?} and {errors}");
        };
        Self { port: port.parse().unwrap(), child }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Ends it as a crash does, and returns once it has ended.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether there is a database; each change is a state of its own.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State(u32);

impl State {
    /// Whether there was none since this state began.
    pub(crate) fn is_down(self) -> bool {
        self.0 % 2 == 1
    }
}

/// What clients know of the server, and wait for.
#[derive(Debug, Default)]
pub(crate) struct Door {
    /// The port of the server, if there is one, and its database.
    state: Mutex<(Option<u16>, State)>,
    changed: Condvar,
}

impl Door {
    /// Says where the server is.
    pub(crate) fn open(&self, port: u16) {
        lock(&self.state).0 = Some(port);
        self.changed.notify_all();
    }

    /// Says that there is none for those who come from now on.
    pub(crate) fn close(&self) {
        lock(&self.state).0 = None;
    }

    /// Waits until there is a server.
    pub(crate) fn port(&self) -> u16 {
        let (port, _) = self.wait(|(port, _)| port.is_none());
        port.unwrap_or_else(|| panic!("no server came within {PATIENCE:?}"))
    }

    /// Says that the database is down, or is going to be there again.
    pub(crate) fn turn_database(&self) {
        lock(&self.state).1.0 += 1;
        self.changed.notify_all();
    }

    pub(crate) fn database(&self) -> State {
        lock(&self.state).1
    }

    /// Waits until the database is said to be there.
    pub(crate) fn wait_for_database(&self) {
        let (_, database) = self.wait(|(_, database)| database.is_down());
        assert!(!database.is_down(), "no database came within {PATIENCE:?}");
    }

    fn wait(&self, lacks: impl Fn(&(Option<u16>, State)) -> bool) -> (Option<u16>, State) {
        let found = self.changed.wait_timeout_while(lock(&self.state), PATIENCE, |state| lacks(state));
        *found.unwrap_or_else(PoisonError::into_inner).0
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The seed of a run: that of the variable, else of the time; printed, so that a failure can be repeated.
pub(crate) fn seed(test: &str) -> fastrand::Rng {
    const VARIABLE: &str = "SYNCTABLE_SEED";
    let seed = match std::env::var(VARIABLE) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{VARIABLE} is a number, not '{text}'")),
        Err(_) => fastrand::u64(..),
    };
    println!("{test}: seed {seed} ({VARIABLE}={seed} chooses the same)");
    fastrand::Rng::with_seed(seed)
}
