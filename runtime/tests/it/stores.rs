//! Store files: read-only, copied, encrypted, used by several processes.

mod backup;
#[cfg(feature = "sqlcipher")]
mod encrypted;
mod processes;
mod read_only;

use std::path::Path;

/// The names of the files of a folder that hold a text.
pub(crate) fn holding(folder: &Path, text: &str) -> Vec<String> {
    let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    let mut names = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        // A file that SQLite removes meanwhile holds nothing.
        if std::fs::read(&path).is_ok_and(|bytes| holds(&bytes)) {
            names.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    names.sort_unstable();
    names
}

/// The names of the files of a folder.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}

/// A process of its own that runs one test of this program: the part that a child plays, which does
/// nothing unless it is given the values.
pub(crate) fn child(test: &str, values: &[(&str, &str)]) -> std::process::Command {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
    command.envs(values.iter().copied()).stdin(std::process::Stdio::null());
    command
}
