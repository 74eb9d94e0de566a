//! Notes from the field: tables from documents, written offline and synced between two devices.

mod served;
mod walk;

/// The tables that the build script made of `schemas/*.json`.
pub mod tables {
    synctable::include_tables!();
}

use std::process::ExitCode;

/// What can go wrong in the walk; the message is all that is shown.
type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    match walk::walk().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("the walk ended early: {failure}");
            ExitCode::FAILURE
        }
    }
}
