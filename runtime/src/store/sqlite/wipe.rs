//! Takes everything out of a file that came from a user or a server.

use rusqlite::{Connection, TransactionBehavior};

use super::connection::run;
use super::failure::Fails;
use super::{entries, notes};
use crate::error::{Error, ErrorKind};
use crate::query::sql::quoted;
use crate::store::ddl;
use crate::store::system::key;

const WIPING: &str = "wiping the store";

/// Removes all rows, entries and notes in one transaction. The tables stay, and so do the numbers that
/// are never given twice.
pub(super) fn remove_all(conn: &Connection) -> Result<(), Error> {
    let transaction = rusqlite::Transaction::new_unchecked(conn, TransactionBehavior::Immediate).doing(WIPING)?;
    let sequence = entries::last_sequence(conn)?;
    let mark = notes::settle_mark(conn)?;
    let ours = ddl::SYSTEM_ROWS.iter().map(|name| (*name).to_owned());
    for table in notes::known_tables(conn)?.into_iter().chain(ours) {
        run(conn, &format!("DELETE FROM {}", quoted(&table)), WIPING).map_err(|error| error.in_table(&table))?;
    }
    let kept = "DELETE FROM \"__meta\" WHERE key <> ?1 AND substr(key, 1, length(?2)) <> ?2";
    conn.execute(kept, [key::CHANGES, &key::schema("")]).doing(WIPING)?;
    entries::keep_sequence(conn, sequence)?;
    notes::put_meta(conn, key::SETTLE_MARK, Some(&mark.to_string()))?;
    transaction.commit().doing(WIPING)
}

/// Writes the file anew without what was removed, and empties the log.
pub(super) fn compact(conn: &Connection) -> Result<(), Error> {
    run(conn, "VACUUM", WIPING)?;
    let busy: bool = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).doing(WIPING)?;
    if busy {
        let message = "all rows are removed, but a reader still needs the file's log, which may show them: end what \
                       other processes read, and wipe again";
        return Err(Error::new(ErrorKind::Busy, message));
    }
    Ok(())
}
