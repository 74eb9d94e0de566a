//! The argument grammar and its help.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The exit code of arguments that make no sense.
pub(crate) const USAGE: u8 = 2;
/// The exit code of an input that is not what the command reads, or cannot be read.
pub(crate) const INVALID_INPUT: u8 = 3;

const EXIT_CODES: &str = "Exit codes: 0 done, 2 usage, 3 invalid or unreadable input";

/// The command line of synctable.
#[derive(Debug, Parser)]
#[command(name = "cargo-synctable", bin_name = "cargo synctable", version, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Inspect(InspectArguments),
}

/// Show what a store file holds: tables, pending operations, delta tokens, quarantined rows
///
/// Reads one commit of the file and changes nothing; the app may run meanwhile.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct InspectArguments {
    /// The app's store file
    #[arg(value_name = "STORE")]
    pub(crate) store: PathBuf,
    /// Print one JSON object, of the shape that the README of cargo-synctable documents
    #[arg(long)]
    pub(crate) json: bool,
}

/// Reads the arguments, program name first. Cargo puts the word `synctable` behind it.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, clap::Error> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.get(1).is_some_and(|word| word == "synctable") {
        arguments.remove(1);
    }
    Cli::try_parse_from(arguments).map(|cli| cli.command)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_grammar_holds_together() {
        super::Cli::command().debug_assert();
    }
}
