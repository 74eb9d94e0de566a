//! `inspect`: what a store file holds, as text or as JSON.

mod json;
mod text;

use std::error::Error;
use std::io::{self, Write as _};

use synctable::SqliteStore;

use crate::cli::InspectArguments;

/// Reads the store and prints it.
pub(crate) fn run(arguments: &InspectArguments) -> Result<(), Box<dyn Error>> {
    let found = SqliteStore::inspect(&arguments.store)?;
    let shown = if arguments.json { json::shown(&found)? } else { text::shown(&found) };
    match io::stdout().write_all(shown.as_bytes()) {
        // Whoever read our output has seen enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}
