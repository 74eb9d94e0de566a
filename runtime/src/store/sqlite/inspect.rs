//! Reads a store file from outside: no migration, no write, no knowledge of the app's tables.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::SystemTime;

use rusqlite::Connection;

use super::failure::Fails;
use super::key::Key;
use super::{connection, entries, migrate, notes};
use crate::error::{Error, ErrorKind};
use crate::query::sql::{LIVE, quoted};
use crate::store::inspect::{InspectedTable, Inspection};
use crate::store::system::key;

pub(super) fn inspect(path: &Path) -> Result<Inspection, Error> {
    let before = stamp(path)?;
    migrate::check_header(path, &Key::default())?;
    // A reader of a file with a write-ahead log makes the log's two files if they are not there, and
    // leaves them behind. Where no log is, nobody writes, and the file is read as if it never changed;
    // whether that held is looked at afterwards.
    if has_log(path)?
        && migrate::rests(path)
        && let Ok(conn) = connection::resting(path)
    {
        let found = read(&conn, path);
        if migrate::rests(path) && stamp(path)? == before {
            return found;
        }
    }
    read(&connection::reader(path, &Key::default())?, path)
}

/// Whether changes go to a write-ahead log, by the file's header; else readers need locks.
fn has_log(path: &Path) -> Result<bool, Error> {
    let mut header = [0; 20];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    match read {
        Ok(()) => Ok(header[18..] == [2, 2]),
        Err(error) => Err(unreadable(path, error)),
    }
}

/// Length and time of the last change, where the file system tells one.
fn stamp(path: &Path) -> Result<(u64, Option<SystemTime>), Error> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, error))?;
    Ok((metadata.len(), metadata.modified().ok()))
}

fn unreadable(path: &Path, error: io::Error) -> Error {
    let what = match error.kind() {
        io::ErrorKind::NotFound => "there is no such file: check the path",
        io::ErrorKind::UnexpectedEof => "the file is empty: give another path, or open it with the app first",
        _ => "the file cannot be read: check path and permissions",
    };
    Error::new(ErrorKind::Store, format!("{}: {what}", path.display())).with_source(error)
}

fn read(conn: &Connection, path: &Path) -> Result<Inspection, Error> {
    // Reads only, so the end of the transaction has nothing to say.
    let _snapshot = conn.unchecked_transaction().doing("beginning to read")?;
    let format = migrate::check_ours(conn, path)?;
    Ok(Inspection {
        format,
        endpoint: notes::meta(conn, key::ENDPOINT)?,
        dialect: notes::meta(conn, key::DIALECT)?,
        user: notes::meta(conn, key::USER)?,
        tables: notes::known_tables(conn)?.into_iter().map(|name| table(conn, name)).collect::<Result<_, _>>()?,
        operations: entries::inspected(conn)?,
        tokens: notes::tokens(conn)?,
        quarantined: notes::quarantined(conn, None)?,
    })
}

fn table(conn: &Connection, name: String) -> Result<InspectedTable, Error> {
    let live = if migrate::keeps_deleted(conn, &name)? { format!(" WHERE {LIVE}") } else { String::new() };
    let counted: Result<i64, _> =
        conn.query_row(&format!("SELECT count(*) FROM {}{live}", quoted(&name)), [], |row| row.get(0));
    let rows = counted.doing("counting rows").map_err(|error| error.in_table(&name))?.unsigned_abs();
    let synced = migrate::stored_is_synced(conn, &name)?;
    let shape = notes::meta(conn, &key::schema(&name))?.unwrap_or_default();
    let fingerprint = fingerprint(&[shape, index_texts(conn, &name)?]);
    Ok(InspectedTable { name, synced, rows, fingerprint })
}

/// The texts of a table's indexes, by name.
fn index_texts(conn: &Connection, table: &str) -> Result<String, Error> {
    let text = "SELECT coalesce(group_concat(sql, ';'), '') FROM \
                (SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ?1 AND sql IS NOT NULL ORDER BY name)";
    conn.query_row(text, [table], |row| row.get(0)).doing("reading the indexes of a table")
}

/// FNV-1a of 64 bits: the same in every version and on every machine.
fn fingerprint(texts: &[String]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in texts.iter().flat_map(|text| text.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}
