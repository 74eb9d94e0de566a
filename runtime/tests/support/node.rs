//! Starts the real backend of `examples/node-server`, if it is installed.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A running backend; killed when dropped.
#[derive(Debug)]
pub(crate) struct Node {
    process: Child,
    port: u16,
}

/// Whether the backend can be started. If not, says on stderr that the test is skipped and why; with
/// `SYNCTABLE_REQUIRE_INTEROP=1` that is a failure.
pub(crate) fn installed(test: &str) -> bool {
    let Err(reason) = find() else { return true };
    let required = std::env::var_os("SYNCTABLE_REQUIRE_INTEROP").is_some_and(|value| value == "1");
    assert!(!required, "{test} wants the Node backend and SYNCTABLE_REQUIRE_INTEROP=1 forbids to skip it: {reason}");
    // Written past the test harness, which hides what a passing test prints.
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {reason}");
    false
}

/// The folder of the backend; packages of any depth have it above them.
fn folder() -> PathBuf {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("examples/node-server"));
    above.into_iter().find(|folder| folder.is_dir()).expect("the workspace holds examples/node-server")
}

fn find() -> Result<(), String> {
    if !folder().join("node_modules/azure-mobile-apps").is_dir() {
        return Err("the Node backend is not installed; run `npm ci --prefix examples/node-server`".to_owned());
    }
    match Command::new("node").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`node --version` ended with {status}")),
        Err(error) => Err(format!("`node` cannot be run: {error}")),
    }
}

impl Node {
    /// Starts the backend over a database file, on a port (0: a free one), and waits until it listens.
    pub(crate) fn start(db: &Path, port: u16) -> Self {
        Self::start_with("app", db, port)
    }

    /// Starts the backend as [`start`](Self::start), with a set of its tables.
    pub(crate) fn start_with(tables: &str, db: &Path, port: u16) -> Self {
        let log = db.with_extension("log");
        let mut process = Command::new("node")
            .arg(folder().join("server.js"))
            .args(["--tables", tables, "--port", &port.to_string(), "--db"])
            .arg(db)
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("the log of the backend can be made"))
            .spawn()
            .expect("node can be run");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("the backend says where it listens");
        let Some(port) = line.trim().rsplit_once(':').and_then(|(_, port)| port.parse().ok()) else {
            let errors = std::fs::read_to_string(&log).unwrap_or_default();
            panic!("the backend did not start: it said {line:?} and {errors}");
        };
        Self { process, port }
    }

    /// The port it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
