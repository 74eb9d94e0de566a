//! The arguments of `import`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::{EXIT_CODES, Exchange};

/// Make table documents of an OpenAPI document, of a live server's rows or of an SQLite file
///
/// Give one of `--openapi`, `--server` and `--sqlite`. What the source does not tell is filled in
/// carefully and said in the document; read it before code is generated.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES, group = ArgGroup::new("source").required(true))]
pub(crate) struct ImportArguments {
    /// An OpenAPI document in JSON, as a Datasync service publishes it
    #[arg(long, value_name = "FILE", group = "source")]
    pub(crate) openapi: Option<PathBuf>,
    /// The endpoint of a live backend; the documents are made of the tables' rows
    #[arg(long, value_name = "URL", group = "source", requires = "tables")]
    pub(crate) server: Option<String>,
    /// An SQLite file; it is only read
    #[arg(long, value_name = "FILE", group = "source")]
    pub(crate) sqlite: Option<PathBuf>,
    /// The tables; all of them if none is named, but `--server` needs names
    #[arg(value_name = "TABLE", id = "tables")]
    names: Vec<String>,
    /// A table, as an option
    #[arg(long = "table", value_name = "NAME")]
    named: Vec<String>,
    #[command(flatten)]
    pub(crate) exchange: Exchange,
    /// The folder that the documents are written to, a file for each table; without it the document
    /// of one table is printed
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Overwrite documents that are there
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
}

impl ImportArguments {
    /// The tables that were named.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &str> {
        self.names.iter().chain(&self.named).map(String::as_str)
    }
}
