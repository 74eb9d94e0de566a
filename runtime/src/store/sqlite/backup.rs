//! A copy of the file as one commit left it, made while others go on.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::failure::Fails;
use crate::error::{Error, ErrorKind};

/// Copies the last commit into a new file. Nothing is seen under its name before all of it is on the disk.
pub(super) fn to_file(conn: &Connection, path: &Path) -> Result<(), Error> {
    if fs::symlink_metadata(path).is_ok() {
        return Err(taken(path));
    }
    let mut name = path.to_owned().into_os_string();
    name.push(format!(".{}.partial", uuid::Uuid::now_v7().simple()));
    let partial = PathBuf::from(name);
    let copied = copy(conn, &partial, path);
    // After the copy has its name, the partial one is only a second name of it.
    let removed = fs::remove_file(&partial);
    copied?;
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&partial, error)),
        _ => Ok(()),
    }
}

fn copy(conn: &Connection, partial: &Path, path: &Path) -> Result<(), Error> {
    let Some(name) = partial.to_str() else {
        let message = format!("{}: a backup needs a path that is UTF-8", path.display());
        return Err(Error::new(ErrorKind::Invalid, message));
    };
    conn.execute("VACUUM INTO ?1", [name]).doing("copying the store").map_err(|error| {
        Error::new(error.kind(), format!("{}: {}", path.display(), error.message())).with_source(error)
    })?;
    let file = OpenOptions::new().read(true).write(true).open(partial).map_err(|error| failed(path, error))?;
    file.sync_all().map_err(|error| failed(path, error))?;
    publish(partial, path)?;
    sync_folder(path);
    Ok(())
}

/// Gives the copy its name, unless a file has it by now.
fn publish(partial: &Path, path: &Path) -> Result<(), Error> {
    match fs::hard_link(partial, path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(taken(path)),
        // Where a file has only one name, nobody can be kept from making one of this name just now.
        Err(_) if fs::symlink_metadata(path).is_ok() => Err(taken(path)),
        Err(_) => fs::rename(partial, path).map_err(|error| failed(path, error)),
    }
}

/// Makes the name survive loss of power, where folders can be synced.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = fs::File::open(folder) {
        // Where this is not possible the file system does it by itself, or nobody can.
        let _ = folder.sync_all();
    }
}

fn taken(path: &Path) -> Error {
    let message = format!("{}: there is a file already, and a backup replaces none: give another path", path.display());
    Error::new(ErrorKind::Exists, message)
}

fn failed(path: &Path, error: io::Error) -> Error {
    let message = format!("{}: the backup cannot be written: check path, permissions and free space", path.display());
    Error::new(ErrorKind::Store, message).with_source(error)
}
