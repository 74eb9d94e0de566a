//! Where PostgreSQL's programs are, and who may run them.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::ClusterError;

/// Where Debian and its kin keep the programs, by version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// Returns the folder of `initdb` and `pg_ctl`.
pub(super) fn programs() -> Result<PathBuf, ClusterError> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&on_path).collect();
    folders.extend(installed());
    folders.into_iter().find(|folder| has_programs(folder)).ok_or_else(|| {
        ClusterError(format!(
            "no initdb and pg_ctl on PATH or in {VERSIONS}/*/bin; install PostgreSQL (Debian: postgresql) or set {}",
            super::RUNNING
        ))
    })
}

fn has_programs(folder: &Path) -> bool {
    ["initdb", "pg_ctl"].iter().all(|name| folder.join(name).is_file())
}

/// The folders of the installed versions, the newest first.
fn installed() -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(VERSIONS) else { return Vec::new() };
    let mut versions: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_unstable();
    versions.into_iter().rev().map(|(_, folder)| folder).collect()
}

/// A user that PostgreSQL runs as, as it does not run as root.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unprivileged {
    pub(super) user: u32,
    pub(super) group: u32,
}

impl Unprivileged {
    /// Finds one; none is needed when this process is not root.
    pub(super) fn find() -> Result<Option<Self>, ClusterError> {
        if id(&["-u"]) != Some(0) {
            return Ok(None);
        }
        let known = |name| Some(Self { user: id(&["-u", name])?, group: id(&["-g", name])? });
        match known("postgres").or_else(|| known("nobody")) {
            Some(found) => Ok(Some(found)),
            None => Err(ClusterError(
                "PostgreSQL does not run as root, and there is no user postgres or nobody to run it as".to_owned(),
            )),
        }
    }

    /// Returns the words that run the command after them as this user.
    pub(super) fn words(self) -> Vec<String> {
        let (user, group) = (format!("--reuid={}", self.user), format!("--regid={}", self.group));
        ["setpriv", &user, &group, "--clear-groups", "--"].map(str::to_owned).to_vec()
    }
}

fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
