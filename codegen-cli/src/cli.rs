//! The argument grammar and its help.

mod import;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;
use synctable::wire::Dialect;

pub(crate) use import::ImportArguments;

use crate::outcome::Form;

const EXIT_CODES: &str = "\
Exit codes:
  0  done, and nothing differs
  1  there is a difference (diff, generate --check)
  2  usage: the arguments make no sense
  3  invalid input, or a file that cannot be read or written
  4  the server cannot be reached, or does not answer as one
  5  drift: the server's tables are not those of the documents";

/// Table code from table documents, and a look into the stores of apps
#[derive(Debug, Parser)]
#[command(name = "cargo-synctable", bin_name = "cargo synctable", version, after_help = EXIT_CODES)]
struct Cli {
    /// Print one JSON object, of the shape that the README of cargo-synctable documents
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Generate(GenerateArguments),
    Check(CheckArguments),
    Ddl(DdlArguments),
    Diff(DiffArguments),
    Import(ImportArguments),
    New(NewArguments),
    Schema(SchemaArguments),
    Inspect(InspectArguments),
    Completions(CompletionsArguments),
    Man(ManArguments),
}

/// Which documents a command reads.
#[derive(Debug, Args)]
pub(crate) struct Inputs {
    /// Table documents: folders (`*.json` in them, not below), files and globs
    #[arg(value_name = "INPUT", default_value = "schemas")]
    pub(crate) inputs: Vec<PathBuf>,
}

/// Write the Rust code of table documents to a file
///
/// A file that has the same bytes is not touched. A build script does the same by
/// `synctable_codegen::compile("schemas")`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct GenerateArguments {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    /// The Rust file
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Write nothing: show how the file differs from what would be written, and end with 1 if it does
    #[arg(long)]
    pub(crate) check: bool,
    /// Add a derive to all structs, such as `serde::Serialize`
    #[arg(long, value_name = "PATH")]
    pub(crate) derive: Vec<String>,
    /// Add attributes to a type, such as `Rating=#[non_exhaustive]`; `*` is every type
    #[arg(long, value_name = "TYPE=ATTRIBUTE", value_parser = pair)]
    pub(crate) type_attribute: Vec<(String, String)>,
    /// Add attributes to fields: `Type.field=…`, `Type=…` for each of its fields, `*.field=…` or `*=…`
    #[arg(long, value_name = "FIELD=ATTRIBUTE", value_parser = pair)]
    pub(crate) field_attribute: Vec<(String, String)>,
    /// Use a type of the app in place of a generated one, such as `Point=crate::geo::Point`
    #[arg(long, value_name = "TYPE=PATH", value_parser = pair)]
    pub(crate) extern_type: Vec<(String, String)>,
    /// Add a narrow struct over a table, such as `TodoTitle=TodoItem:id,title`, by names on the wire
    #[arg(long, value_name = "NAME=TYPE:COLUMN,…", value_parser = subset)]
    pub(crate) subset: Vec<Subset>,
    /// The path of the runtime crate, for a renamed dependency
    #[arg(long, value_name = "PATH", default_value = "::synctable")]
    pub(crate) runtime_path: String,
}

/// A narrow struct that `--subset` asks for.
#[derive(Debug, Clone)]
pub(crate) struct Subset {
    pub(crate) name: String,
    pub(crate) table: String,
    pub(crate) columns: Vec<String>,
}

/// Hold table documents against all rules, or against a live server
///
/// All mistakes of all documents come in one run, each at its place. With `--server` the tables of a
/// live backend are compared: unknown, missing and mistyped columns, missing soft delete, a wrong
/// dialect. What a server does not let one see is printed as not verifiable.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    /// The endpoint of a live backend to compare with, such as `https://todo.example`
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    #[command(flatten)]
    pub(crate) exchange: Exchange,
}

/// How a live server is spoken to.
#[derive(Debug, Args)]
pub(crate) struct Exchange {
    /// The server's generation: `node-v2`, `dotnet-v2`, `v3` or `toolkit`; found out if not given
    #[arg(long, value_name = "DIALECT", requires = "server")]
    pub(crate) dialect: Option<Dialect>,
    /// Add a header to every request, such as `X-ZUMO-AUTH:…`
    // Taken apart later: a refused value would be repeated in the message, and it may be a secret.
    #[arg(long, value_name = "NAME:VALUE", requires = "server")]
    pub(crate) header: Vec<String>,
    /// The path of the tables below the endpoint
    #[arg(long, value_name = "PATH", default_value = "tables", requires = "server")]
    pub(crate) tables_path: String,
    /// Allow plain http to other hosts than this one: everything sent can be read on the way
    #[arg(long, requires = "server")]
    pub(crate) allow_http: bool,
}

/// Print the SQL text of the tables as the local store makes them
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct DdlArguments {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
}

/// Compare two versions of a document: what changed, and what a store of the earlier one goes through
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct DiffArguments {
    /// The earlier version: a document, or a folder or glob of documents
    #[arg(value_name = "BEFORE")]
    pub(crate) before: PathBuf,
    /// The later version
    #[arg(value_name = "AFTER")]
    pub(crate) after: PathBuf,
}

/// Write a commented document to begin with; a file that is there is not overwritten
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct NewArguments {
    /// The struct's name, such as `TodoItem`; the file is named `todo_item.json`
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// The folder of the documents
    #[arg(long, value_name = "DIR", default_value = "schemas")]
    pub(crate) out: PathBuf,
}

/// Print the JSON Schema of table documents, by which editors complete and check them
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct SchemaArguments {
    /// Write it to a file instead
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
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
}

/// Print the completions of a shell
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

/// Print the manual page, or write one for each command to a folder
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct ManArguments {
    /// The folder that the pages are written to
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

/// Reads the arguments, program name first. Cargo puts the word `synctable` behind it.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<(Command, Form), clap::Error> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.get(1).is_some_and(|word| word == "synctable") {
        arguments.remove(1);
    }
    let Cli { json, command } = Cli::try_parse_from(arguments)?;
    Ok((command, if json { Form::Json } else { Form::Text }))
}

/// The grammar, for what is made of it: completions and manual pages.
pub(crate) fn grammar() -> clap::Command {
    Cli::command()
}

/// Reads `name=value`.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected a name, `=` and a value".to_owned()),
    }
}

/// Reads `Name=Table:column,column`.
fn subset(text: &str) -> Result<Subset, String> {
    let parts = text.split_once('=').and_then(|(name, rest)| Some((name, rest.split_once(':')?)));
    match parts {
        Some((name, (table, columns))) if ![name, table, columns].contains(&"") => Ok(Subset {
            name: name.to_owned(),
            table: table.to_owned(),
            columns: columns.split(',').map(|column| column.trim().to_owned()).collect(),
        }),
        _ => Err("expected a name, `=`, the table's struct, `:` and its columns between commas".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_holds_together() {
        grammar().debug_assert();
    }

    #[test]
    fn parts_of_values_are_told_apart() {
        assert_eq!(pair("A=#[b = 1]").unwrap(), ("A".to_owned(), "#[b = 1]".to_owned()));
        assert!(pair("A").is_err() && pair("=b").is_err() && pair("a=").is_err());
        let Subset { name, table, columns } = subset("T=TodoItem:id, title").unwrap();
        assert_eq!((name.as_str(), table.as_str(), columns), ("T", "TodoItem", vec!["id".into(), "title".into()]));
        assert!(subset("T=TodoItem").is_err() && subset("T=:id").is_err());
    }
}
