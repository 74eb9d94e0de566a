//! A live server: reached with the runtime's own client, and only read.

mod answer;
mod edm;

use std::error::Error as _;

use indexmap::IndexMap;
use serde_json::Value;
use synctable::wire::{Dialect, Look, WireClient, WireError, WireTable};
use synctable::{ColumnDef, ErrorKind, TableSchema};

use crate::cli::Exchange;
use crate::outcome::Failure;

pub(crate) use answer::{JsonType, json_type};
pub(crate) use edm::{Class, ServerType};

/// A row as it came, its members in the server's order.
pub(crate) type Row = IndexMap<String, Value>;

/// A server.
#[derive(Debug)]
pub(crate) struct Live {
    client: WireClient,
    /// What the arguments say it speaks.
    declared: Option<Dialect>,
}

/// A table of a server.
#[derive(Debug)]
pub(crate) struct LiveTable {
    table: WireTable,
    dialect: Dialect,
}

/// Whether a table answers.
#[derive(Debug)]
pub(crate) enum Found {
    Table(LiveTable),
    /// There is none under this address.
    None,
}

/// The first rows of a list.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) rows: Vec<Row>,
    /// How many rows there are in all, deleted ones included; `None` if the server does not say.
    pub(crate) count: Option<u64>,
}

impl Listing {
    /// Whether these are all rows of the table.
    pub(crate) fn is_whole(&self) -> bool {
        self.count == Some(self.rows.len() as u64)
    }
}

/// Runs what asks a server.
pub(crate) fn block_on<T>(asking: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::invalid(format!("the network cannot be used: {error}")))?;
    runtime.block_on(asking)
}

impl Live {
    /// Prepares to ask a server; nothing is sent.
    pub(crate) fn new(url: &str, exchange: &Exchange) -> Result<Self, Failure> {
        let mut builder = WireClient::builder(url).tables_path(&exchange.tables_path);
        for header in &exchange.header {
            // The argument is not repeated: it may be a secret.
            let Some((name, value)) = header.split_once(':').filter(|(name, _)| !name.trim().is_empty()) else {
                return Err(Failure::Usage("`--header` takes a name, `:` and a value".to_owned()));
            };
            builder = builder.header(name.trim(), value.trim());
        }
        if exchange.allow_http {
            builder = builder.allow_http();
        }
        let client = builder
            .build()
            .map_err(|error| Failure::Usage(error.message().replace("`allow_http`", "`--allow-http`")))?;
        Ok(Self { client, declared: exchange.dialect })
    }

    /// The address, without a slash at its end.
    pub(crate) fn endpoint(&self) -> &str {
        self.client.endpoint()
    }

    /// What the server speaks, once a table has shown it.
    pub(crate) fn dialect(&self) -> Option<Dialect> {
        self.client.known_dialect()
    }

    /// What the arguments say that the server speaks.
    pub(crate) fn declared(&self) -> Option<Dialect> {
        self.declared
    }

    /// Looks for a table, and finds out what the server speaks if no table has shown it yet.
    ///
    /// What is declared does not stand in for what answers, unless the answers fit no generation.
    pub(crate) async fn find(&self, name: &str, route: Option<&str>) -> Result<Found, Failure> {
        let table = self.client.table(schema(name, route));
        let dialect = match self.client.dialect(table.schema()).await {
            Ok(dialect) => dialect,
            Err(failure) if failure.error.status() == Some(404) => {
                return missing(&self.client, &table.look(Dialect::Toolkit, &[]).await.map_err(unreachable)?);
            }
            Err(failure) => match self.declared.filter(|_| failure.error.kind() == ErrorKind::Unsupported) {
                Some(declared) => {
                    self.client.set_dialect(declared);
                    declared
                }
                None => return Err(unreachable(failure)),
            },
        };
        let answer = table.look(dialect, &[("$top", "1")]).await.map_err(unreachable)?;
        if answer.status == 404 {
            return missing(&self.client, &answer);
        }
        let found = LiveTable { table, dialect };
        found.listing(answer)?;
        Ok(Found::Table(found))
    }
}

/// A table that is not there, if it is a server of tables that says so.
fn missing(client: &WireClient, answer: &Look) -> Result<Found, Failure> {
    let is_page = answer.json.is_none() && !answer.message.is_empty();
    if answer.status == 404 && (!is_page || answer.server.is_some()) {
        return Ok(Found::None);
    }
    let message = format!(
        "{} answers with a page in place of rows (status {}: {}): check the URL and the path of the tables",
        client.endpoint(),
        answer.status,
        answer.message
    );
    Err(Failure::Unreachable(message.into()))
}

impl LiveTable {
    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Reads rows from a place on, deleted ones included; the server may send fewer than asked for.
    pub(crate) async fn rows(&self, skip: usize, top: usize) -> Result<Listing, Failure> {
        let (skip, top) = (skip.to_string(), top.to_string());
        // In the order of ids no row is met twice while nobody writes.
        let mut options = vec![("$orderby", "id"), ("$top", top.as_str())];
        if skip != "0" {
            options.push(("$skip", skip.as_str()));
        }
        self.listing(self.ask(&options).await?)
    }

    /// The columns among these that the server does not have, with its words.
    pub(crate) async fn unknown_columns(&self, names: &[String]) -> Result<Vec<(String, String)>, Failure> {
        /// Twenty names of the longest form, 128 characters, stay below the servers' 8 kB.
        const AT_ONCE: usize = 20;
        let mut unknown = Vec::new();
        for some in names.chunks(AT_ONCE) {
            if self.refusal_of_columns(&some.join(",")).await?.is_none() {
                continue;
            }
            for name in some {
                if let Some(words) = self.refusal_of_columns(name).await? {
                    unknown.push((name.clone(), words));
                }
            }
        }
        Ok(unknown)
    }

    async fn refusal_of_columns(&self, list: &str) -> Result<Option<String>, Failure> {
        let answer = self.ask(&[("$select", list), ("$top", "1")]).await?;
        match (answer.is_success(), self.dialect) {
            (true, Dialect::NodeV2 | Dialect::DotNetV2) => {
                // Where the count was asked for, a bare empty array hides an error (protocol.md 7.5).
                let hides_error = answer.json.as_deref() == Some("[]");
                Ok(hides_error.then(|| "it answers with an empty list that has no count".to_owned()))
            }
            (true, _) => Ok(None),
            (false, Dialect::NodeV2) if matches!(answer.status, 400 | 500) => Ok(Some(answer.message)),
            (false, _) if answer.status == 400 => Ok(Some(answer.message)),
            (false, _) => Err(self.refused(&answer)),
        }
    }

    /// The type of a column, where the server tells it: in its refusal of a comparison that does not
    /// fit. N2 compares anything.
    pub(crate) async fn type_of(&self, column: &str) -> Result<Option<ServerType>, Failure> {
        if self.dialect == Dialect::NodeV2 {
            return Ok(None);
        }
        let filter = format!("{column} eq true");
        let answer = self.ask(&[("$filter", &filter), ("$select", "id"), ("$top", "1")]).await?;
        match answer.status {
            200..=299 if answer.json.as_deref() != Some("[]") => Ok(Some(ServerType::named("Edm.Boolean"))),
            _ => Ok(ServerType::in_refusal(&answer.message)),
        }
    }

    /// Whether a row of the table has null in a column; `None` if the server does not say.
    pub(crate) async fn has_null(&self, column: &str) -> Result<Option<bool>, Failure> {
        let filter = format!("{column} eq null");
        let answer = self.ask(&[("$filter", &filter), ("$select", "id"), ("$top", "1")]).await?;
        if !answer.is_success() || answer.json.as_deref() == Some("[]") {
            return Ok(None);
        }
        self.listing(answer).map(|listing| Some(!listing.rows.is_empty()))
    }

    async fn ask(&self, options: &[(&str, &str)]) -> Result<Look, Failure> {
        self.table.look(self.dialect, options).await.map_err(unreachable)
    }

    fn listing(&self, answer: Look) -> Result<Listing, Failure> {
        if !answer.is_success() {
            return Err(self.refused(&answer));
        }
        answer::listing(answer.json.as_deref().unwrap_or_default())
            .map_err(|message| Failure::Unreachable(format!("{}: {message}", self.address()).into()))
    }

    fn refused(&self, answer: &Look) -> Failure {
        let words = if answer.message.is_empty() { "it does not say why" } else { &answer.message };
        let message = format!("{} refuses to be read (status {}): {words}", self.address(), answer.status);
        Failure::Unreachable(message.into())
    }

    fn address(&self) -> String {
        format!("the table `{}` of {}", self.table.schema().name(), self.table.client().endpoint())
    }
}

/// The failure with its cause; neither names headers.
fn unreachable(failure: WireError) -> Failure {
    let mut message = failure.error.to_string();
    let mut cause = failure.error.source();
    while let Some(next) = cause {
        let words = next.to_string();
        if !message.contains(&words) {
            message = format!("{message}: {words}");
        }
        cause = next.source();
    }
    if failure.error.kind() == ErrorKind::Unauthorized {
        message.push_str("; give what it asks for by `--header`, such as `--header \"Authorization: Bearer …\"`");
    }
    Failure::Unreachable(message.into())
}

/// A table of which only the address matters. It lives as long as the program, which ends soon.
fn schema(name: &str, route: Option<&str>) -> &'static TableSchema {
    static ID: [ColumnDef; 1] = [ColumnDef::id("id")];
    let leaked = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let schema = TableSchema::new(leaked(name), &ID);
    Box::leak(Box::new(match route {
        Some(route) => schema.route(leaked(route)),
        None => schema,
    }))
}
