//! The process that starts the cluster and outlives this one to remove it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::time::SystemTime;

use super::ClusterError;
use super::find::{self, Unprivileged};

/// Longest path of a folder whose socket has a name that the system takes.
const LONGEST_FOLDER: usize = 80;

/// A cluster in a folder; dropped, it is stopped and removed.
#[derive(Debug)]
pub(super) struct Keeper {
    folder: PathBuf,
    process: Child,
    /// Invariant: some until the drop, as its end is what ends the other process.
    pipes: Mutex<Option<(ChildStdin, BufReader<ChildStdout>)>>,
}

impl Keeper {
    /// Makes a cluster and waits until it takes connections.
    pub(super) fn start() -> Result<Self, ClusterError> {
        let programs = find::programs()?;
        let other = Unprivileged::find()?;
        let folder = make_folder(other)?;
        let mut command = Command::new("bash");
        command.args(["-c", include_str!("keeper.sh"), "keeper"]).arg(&folder).arg(programs);
        command.args(other.map(Unprivileged::words).unwrap_or_default());
        // Standard error stays: whoever reads this process's to its end then waits for the removal too.
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // What a terminal sends to this process does not reach it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut process =
            command.spawn().map_err(|error| ClusterError(format!("cannot run bash to start PostgreSQL: {error}")))?;
        let pipes =
            process.stdin.take().zip(process.stdout.take()).map(|(stdin, stdout)| (stdin, BufReader::new(stdout)));
        let keeper = Self { folder, process, pipes: Mutex::new(pipes) };
        keeper.answer()?;
        Ok(keeper)
    }

    /// Returns the folder of the socket.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Has something done and waits for it.
    pub(super) fn ask(&self, command: &str) {
        {
            let mut pipes = self.pipes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let (stdin, _) = pipes.as_mut().expect("the cluster is not dropped");
            writeln!(stdin, "{command}").expect("the keeper of the cluster reads");
        }
        self.answer().unwrap_or_else(|error| panic!("{command}: {error}"));
    }

    fn answer(&self) -> Result<(), ClusterError> {
        let mut line = String::new();
        let mut pipes = self.pipes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, stdout)) = pipes.as_mut() {
            // An end of the pipe leaves the line empty.
            let _ = stdout.read_line(&mut line);
        }
        match line.trim() {
            "ready" | "stopped" => Ok(()),
            "" => Err(ClusterError("the process that starts PostgreSQL has ended".to_owned())),
            answer => Err(ClusterError(format!("PostgreSQL in {}: {answer}", self.folder.display()))),
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.pipes.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take());
        let _ = self.process.wait();
    }
}

/// Makes a folder that only the user of the cluster (and root) may look into.
fn make_folder(owner: Option<Unprivileged>) -> Result<PathBuf, ClusterError> {
    let temporary = std::env::temp_dir();
    let fits = temporary.as_os_str().len() <= LONGEST_FOLDER - 40;
    let base = if fits { temporary } else { PathBuf::from("/tmp") };
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let folder = base.join(format!("synctable-pg-{}-{}", std::process::id(), since.subsec_nanos()));
    let failed = |error| ClusterError(format!("cannot make the folder '{}' of a cluster: {error}", folder.display()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        std::fs::DirBuilder::new().mode(0o700).create(&folder).map_err(failed)?;
        if let Some(owner) = owner {
            std::os::unix::fs::chown(&folder, Some(owner.user), Some(owner.group)).map_err(failed)?;
        }
    }
    #[cfg(not(unix))]
    {
        let _ = owner;
        return Err(failed(std::io::Error::other(
            "private clusters need sockets in the file system, as Unix has them",
        )));
    }
    #[cfg(unix)]
    Ok(folder)
}
