//! The settings of the program: flags, each with a variable of the environment.

use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::HeaderMap;
use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory as _, FromArgMatches as _, Parser};

use super::print;
use super::values::{BuiltIn, DatabaseText, LogFormat, LogLevel, Secret, Switch, address, seconds};
use crate::dialect::Generation;
use crate::{
    Config, CorsOrigin, Database, Dialect, FaultPlan, Offer, RateLimit, TableAccess, TableDefinition, TlsFiles, Tokens,
    default_tables, document_tables, wire_tables,
};

/// What begins the name of each variable.
const ENVIRONMENT: &str = "SYNCTABLE_SERVER_";

/// The settings of the program.
#[derive(Debug, Parser)]
#[command(
    name = "synctable-server",
    version,
    about = "Serves tables by the datasync protocol under http://ADDRESS/tables/NAME",
    after_help = "Without --schemas it serves todoitem, movies and movies_v3. Each flag can be given by the environment as well, as\n\
                  SYNCTABLE_SERVER_PAGE_SIZE for --page-size; a flag counts more. Flags that may be given several times take lists with commas."
)]
pub struct Arguments {
    /// Table documents to serve: a folder, a file or a pattern; may be given several times
    #[arg(
        long,
        env = "SYNCTABLE_SERVER_SCHEMAS",
        value_name = "PATH",
        value_delimiter = ',',
        conflicts_with = "tables"
    )]
    schemas: Vec<PathBuf>,

    /// Built-in tables to serve: those of the examples, or those of the recorded exchanges
    #[arg(long, env = "SYNCTABLE_SERVER_TABLES", value_enum, default_value = "default")]
    tables: BuiltIn,

    /// Where the rows are kept: a file of SQLite, memory, or a database of PostgreSQL as postgres://user@host/name
    #[arg(
        long,
        env = "SYNCTABLE_SERVER_DB",
        value_name = "FILE|URL|memory",
        default_value = "memory",
        hide_env_values = true
    )]
    db: DatabaseText,

    /// The address to listen on; port 0 takes a free one, and the program prints which
    #[arg(long, env = "SYNCTABLE_SERVER_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:5000", value_parser = address)]
    listen: SocketAddr,

    /// The server generation to speak as
    #[arg(long, env = "SYNCTABLE_SERVER_DIALECT", default_value = "toolkit")]
    dialect: Dialect,

    /// How many rows a page holds at most; if not said 100, or 50 in the dialects of version 2
    #[arg(long, env = "SYNCTABLE_SERVER_PAGE_SIZE", value_name = "ROWS")]
    page_size: Option<NonZeroU64>,

    /// The largest $top that is not refused; if not said 128 000, 512 000 as v3, 1000 in the dialects of version 2
    #[arg(long, env = "SYNCTABLE_SERVER_MAX_TOP", value_name = "ROWS")]
    max_top: Option<u64>,

    /// The largest request body that is not refused; if not said 30 000 000, or 102 400 as node-v2
    #[arg(long, env = "SYNCTABLE_SERVER_BODY_LIMIT", value_name = "BYTES")]
    body_limit: Option<usize>,

    /// Whether idempotency keys and batches are offered: on or off
    #[arg(long, env = "SYNCTABLE_SERVER_EXTENSIONS", value_name = "ON|OFF", default_value = "on")]
    extensions: Offer,

    /// How long an answer may take
    #[arg(long, env = "SYNCTABLE_SERVER_REQUEST_TIMEOUT", value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    request_timeout: Duration,

    /// How long the head of a request may take to arrive, and a connection may be idle
    #[arg(long, env = "SYNCTABLE_SERVER_HEAD_TIMEOUT", value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    head_timeout: Duration,

    /// How long open requests may take once the program is told to stop
    #[arg(long, env = "SYNCTABLE_SERVER_GRACE", value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    grace: Duration,

    /// Who may use a table: anonymous, authenticated, read-only, owner:COLUMN or owner:COLUMN:CLAIM; the table '*' is all others; may be given
    /// several times
    #[arg(long, env = "SYNCTABLE_SERVER_ACCESS", value_name = "TABLE=RULE", value_delimiter = ',')]
    access: Vec<TableAccess>,

    /// The secret of tokens that are signed with HS256, of 32 bytes or more; better given by the environment
    #[arg(
        long,
        env = "SYNCTABLE_SERVER_JWT_SECRET",
        value_name = "SECRET",
        hide_env_values = true,
        conflicts_with = "jwt_public_key"
    )]
    jwt_secret: Option<Secret>,

    /// The public key of tokens that are signed with RS256, in a PEM file
    #[arg(long, env = "SYNCTABLE_SERVER_JWT_PUBLIC_KEY", value_name = "FILE")]
    jwt_public_key: Option<PathBuf>,

    /// The issuer that tokens must have; may be given several times
    #[arg(long, env = "SYNCTABLE_SERVER_JWT_ISSUER", value_name = "ISSUER", value_delimiter = ',')]
    jwt_issuer: Vec<String>,

    /// The audience that tokens must have; may be given several times
    #[arg(long, env = "SYNCTABLE_SERVER_JWT_AUDIENCE", value_name = "AUDIENCE", value_delimiter = ',')]
    jwt_audience: Vec<String>,

    /// How far the clocks of issuer and server may be apart
    #[arg(long, env = "SYNCTABLE_SERVER_JWT_LEEWAY", value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u64).range(..=3600))]
    jwt_leeway: u64,

    /// An origin whose pages may use the server, as `https://app.example`, or '*'; may be given several times
    #[arg(long, env = "SYNCTABLE_SERVER_CORS_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    cors_origin: Vec<CorsOrigin>,

    /// How often each user or address may ask, as 100/s, 600/min or 5000/h; without it there is no limit
    #[arg(long, env = "SYNCTABLE_SERVER_RATE_LIMIT", value_name = "RATE")]
    rate_limit: Option<RateLimit>,

    /// The certificate to show, with those that lead to a known authority, in a PEM file
    #[arg(long, env = "SYNCTABLE_SERVER_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// The private key of the certificate, in a PEM file
    #[arg(long, env = "SYNCTABLE_SERVER_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Faults that a share of the requests meets on purpose, for tests of clients, as drop-reply=0.1,delay=50ms:0.2,status-503=0.05,seed=7
    #[arg(long, env = "SYNCTABLE_SERVER_FAULTS", value_name = "SPEC")]
    faults: Option<FaultPlan>,

    /// The form of the log, on standard error
    #[arg(long, env = "SYNCTABLE_SERVER_LOG", value_enum, default_value = "text")]
    log: LogFormat,

    /// What is logged: error, warn, info, debug, trace or off
    #[arg(long, env = "SYNCTABLE_SERVER_LOG_LEVEL", value_name = "LEVEL", default_value = "info")]
    log_level: LogLevel,

    /// Whether the server has a web page at / that shows tables, rows and changes to those who may read them
    #[arg(long, env = "SYNCTABLE_SERVER_VIEW", value_enum, default_value = "on")]
    view: Switch,

    /// Print the settings that count, and where each is from, and end
    #[arg(long)]
    print_config: bool,

    #[arg(skip)]
    printed: String,
}

impl Arguments {
    /// Reads the settings of a command line, whose first text is the name of the program, and of the environment.
    ///
    /// # Errors
    /// What is wrong and where; or the text of `--help` or `--version`, of which [`clap::Error::exit_code`] tells that it is none.
    pub fn read(line: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Self, clap::Error> {
        let line: Vec<OsString> = line.into_iter().map(Into::into).collect();
        let mut command = Self::command();
        let read = command.try_get_matches_from_mut(line.clone()).and_then(|matches| {
            let mut arguments = Self::from_arg_matches(&matches)?;
            arguments.printed = print::text(&command, &matches, |name| arguments.unset(name));
            Ok(arguments)
        });
        read.map_err(|error| with_variable(error, &line))
    }

    /// Returns what counts where a setting has no value.
    fn unset(&self, name: &str) -> String {
        let of_dialect = |text: fn(Generation) -> String| match self.dialect {
            Dialect::Header => "that of each dialect".to_owned(),
            dialect => text(dialect.generation(&HeaderMap::new(), &[])),
        };
        match name {
            "page_size" => of_dialect(|generation| generation.page_limits().page_size.to_string()),
            "max_top" => of_dialect(|generation| generation.page_limits().max_top.to_string()),
            "body_limit" => of_dialect(|generation| generation.body_limit_bytes().to_string()),
            _ => "none".to_owned(),
        }
    }

    /// Tells whether only the settings are asked for.
    pub fn is_print_config(&self) -> bool {
        self.print_config
    }

    /// Returns the settings that count, one a line with where it is from; secrets are shown as `***`.
    pub fn printed(&self) -> &str {
        &self.printed
    }

    /// Returns the form of the log.
    pub fn log_format(&self) -> LogFormat {
        self.log
    }

    /// Returns how much is logged.
    pub fn log_level(&self) -> LogLevel {
        self.log_level
    }

    /// Makes the settings of a server: reads the table documents and all other files that flags name.
    ///
    /// # Errors
    /// What is wrong with which flag or file.
    pub fn config(&self) -> Result<Config, String> {
        let mut config = Config::new(self.served()?)
            .listen(self.listen)
            .database(database(&self.db.0)?)
            .dialect(self.dialect)
            .extensions(self.extensions)
            .request_timeout(self.request_timeout)
            .head_timeout(self.head_timeout)
            .grace(self.grace);
        if let Some(rows) = self.page_size {
            config = config.page_size(rows.get());
        }
        if let Some(rows) = self.max_top {
            config = config.max_top(rows);
        }
        if let Some(bytes) = self.body_limit {
            config = config.body_limit_bytes(bytes);
        }
        config = self.cors_origin.iter().cloned().fold(config, Config::cors_origin);
        config = self.access.iter().fold(config, |config, access| config.rule(&access.table, access.rule.clone()));
        if let Some(tokens) = self.tokens()? {
            config = config.tokens(tokens);
        }
        if let Some(limit) = self.rate_limit {
            config = config.rate_limit(limit);
        }
        if let Some(faults) = &self.faults {
            config = config.faults(faults.clone());
        }
        if let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) {
            config = config.tls(TlsFiles { certificate: certificate.clone(), key: key.clone() });
        }
        Ok(match self.view {
            Switch::On => config,
            Switch::Off => config.without_view(),
        })
    }

    fn tokens(&self) -> Result<Option<Tokens>, String> {
        let tokens = match (&self.jwt_secret, &self.jwt_public_key) {
            (Some(Secret(secret)), _) => {
                Tokens::hs256(secret.as_bytes()).map_err(|error| format!("--jwt-secret: {error}"))?
            }
            (None, Some(path)) => {
                let at = |error: &dyn fmt::Display| format!("--jwt-public-key {}: {error}", path.display());
                let pem = std::fs::read(path).map_err(|error| at(&error))?;
                Tokens::rs256(&pem).map_err(|error| at(&error))?
            }
            (None, None) => return Ok(None),
        };
        let tokens = self.jwt_issuer.iter().fold(tokens, Tokens::issuer);
        let tokens = self.jwt_audience.iter().fold(tokens, Tokens::audience);
        Ok(Some(tokens.leeway_seconds(self.jwt_leeway)))
    }

    fn served(&self) -> Result<Vec<TableDefinition>, String> {
        if self.schemas.is_empty() {
            return Ok(match self.tables {
                BuiltIn::Default => default_tables(),
                BuiltIn::Wire => wire_tables(),
            });
        }
        let mut tables = Vec::new();
        for path in &self.schemas {
            tables.extend(document_tables(path).map_err(|error| format!("--schemas {}: {error}", path.display()))?);
        }
        Ok(tables)
    }
}

fn database(text: &str) -> Result<Database, String> {
    match text {
        "" => Err("--db is empty; write a file, or 'memory'".to_owned()),
        "memory" => Ok(Database::Memory),
        url if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
            Ok(Database::Postgres(url.to_owned()))
        }
        file => Ok(Database::File(file.into())),
    }
}

/// Says so when the value that is wrong is from the environment.
fn with_variable(error: clap::Error, line: &[OsString]) -> clap::Error {
    let Some(ContextValue::String(shown)) = error.get(ContextKind::InvalidArg) else { return error };
    let flag = shown.split([' ', '=']).next().unwrap_or("");
    let is_on_line = line.iter().any(|given| given.to_str().is_some_and(|given| given.split('=').next() == Some(flag)));
    let variable = format!("{ENVIRONMENT}{}", flag.trim_start_matches('-').replace('-', "_").to_uppercase());
    if is_on_line || std::env::var_os(&variable).is_none() {
        return error;
    }
    let text = error.to_string();
    let text = text.trim_start_matches("error: ");
    Arguments::command().error(
        error.kind(),
        format!("{}\n\n  the value is from the environment: {variable}", text.split("\n\n").next().unwrap_or(text)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flag_has_its_variable_and_is_in_the_manual() {
        let manual = include_str!("../../../../docs/server.md");
        Arguments::command().debug_assert();
        for argument in Arguments::command().get_arguments() {
            let flag = argument.get_long().unwrap();
            assert!(manual.contains(&format!("| `--{flag}")), "docs/server.md has no line of --{flag}");
            if flag != "print-config" {
                let variable = format!("{ENVIRONMENT}{}", flag.replace('-', "_").to_uppercase());
                assert_eq!(argument.get_env().and_then(|env| env.to_str()), Some(variable.as_str()), "--{flag}");
            }
        }
    }
}
