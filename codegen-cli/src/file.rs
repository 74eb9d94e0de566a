//! Files that commands write: whole or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use synctable_codegen::Written;

use crate::outcome::Failure;

/// Writes a file whose bytes may stay; one that has them already is not touched.
pub(crate) fn write(path: &Path, text: &str) -> Result<Written, Failure> {
    if fs::read(path).is_ok_and(|before| before == text.as_bytes()) {
        return Ok(Written::Unchanged);
    }
    let part = part(path, text)?;
    fs::rename(&part, path).map_err(|error| {
        let _ = fs::remove_file(&part);
        Failure::file(path, "write the file", error)
    })?;
    Ok(Written::Changed)
}

/// Writes a file that is not there yet.
pub(crate) fn create(path: &Path, text: &str) -> Result<(), Failure> {
    let part = part(path, text)?;
    // A link to a name that is taken fails, where a rename would overwrite.
    let done = fs::hard_link(&part, path);
    let _ = fs::remove_file(&part);
    done.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::invalid(format!("{}: this file is there already, and is not overwritten", path.display()))
        }
        _ => Failure::file(path, "write the file", error),
    })
}

/// Writes the text to a file beside it, of a name that no other process uses.
fn part(path: &Path, text: &str) -> Result<PathBuf, Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| Failure::file(folder, "make the folder", error))?;
    let mut name = path.file_name().ok_or_else(|| Failure::file(path, "write the file", "it has no name"))?.to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = fs::File::create(&part).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        let _ = fs::remove_file(&part);
        Failure::file(path, "write the file", error)
    })?;
    Ok(part)
}

/// The word that `--json` has for what a write did.
pub(crate) fn word(written: Written) -> &'static str {
    match written {
        Written::Changed => "written",
        Written::Unchanged => "unchanged",
    }
}
