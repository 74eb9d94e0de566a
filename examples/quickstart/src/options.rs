//! The command line of the walk.

use std::path::PathBuf;

use synctable::wire::Dialect;

/// How to call the program.
pub(crate) const USAGE: &str = "usage: quickstart [--server URL] [--dialect toolkit|v3|node-v2|dotnet-v2] [--keep DIR]

  --server URL   walk against a backend that is running; without it one is started in this process
  --dialect NAME which server generation it is; detected if not given
  --keep DIR     keep the two store files in DIR, which has none of an earlier walk";

/// What the command line asks for.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) server: Option<String>,
    pub(crate) dialect: Option<Dialect>,
    pub(crate) keep: Option<PathBuf>,
}

impl Options {
    /// Reads the arguments; `None` if help was asked for.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut options = Self::default();
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{name} wants a value"));
            match name.as_str() {
                "--server" => options.server = Some(value()?),
                "--dialect" => options.dialect = Some(value()?.parse().map_err(|error| format!("{error}"))?),
                "--keep" => options.keep = Some(PathBuf::from(value()?)),
                "--help" | "-h" => return Ok(None),
                other => return Err(format!("unknown argument {other}")),
            }
        }
        Ok(Some(options))
    }
}
