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
        let mut child = Command::new(env!("CARGO_BIN_EXE_synctable-server"))
            .args(["--listen", "127.0.0.1:0", "--page-size", "100000", "--db", rows])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().strip_prefix("http://127.0.0.1:").unwrap_or_else(|| panic!("it says {line:?}"));
        Self { port: port.parse().unwrap(), child }
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

/// The port of the running server, for those who wait for one.
#[derive(Debug, Default)]
pub(crate) struct Door {
    port: Mutex<Option<u16>>,
    opened: Condvar,
}

impl Door {
    pub(crate) fn open(&self, port: u16) {
        *lock(&self.port) = Some(port);
        self.opened.notify_all();
    }

    /// Closes it for those who come from now on.
    pub(crate) fn close(&self) {
        *lock(&self.port) = None;
    }

    /// Waits until there is a server.
    pub(crate) fn port(&self) -> u16 {
        let (port, _) = self
            .opened
            .wait_timeout_while(lock(&self.port), PATIENCE, |port| port.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        port.unwrap_or_else(|| panic!("no server came within {PATIENCE:?}"))
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
