//! How a server is set up.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;

use crate::access::AccessRules;
use crate::extension::{Extensions, KEPT, LONGEST_BODY, Offer};
use crate::store::Kept;
use crate::{
    Access, CorsOrigin, Database, Dialect, FaultPlan, RateLimit, Store, StoreError, TableDefinition, TableRule,
    TlsFiles, Tokens,
};

mod args;
mod print;
mod values;

pub use args::Arguments;
pub use values::{LogFormat, LogLevel};

/// The settings of a server.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) tables: Vec<TableDefinition>,
    pub(crate) dialect: Dialect,
    pub(crate) page_size: Option<u64>,
    pub(crate) max_top: Option<u64>,
    pub(crate) body_limit_bytes: Option<usize>,
    pub(crate) listen: SocketAddr,
    pub(crate) database: Database,
    pub(crate) access: AccessRules,
    pub(crate) tokens: Option<Tokens>,
    pub(crate) request_timeout: Duration,
    pub(crate) head_timeout: Duration,
    pub(crate) grace: Duration,
    pub(crate) cors_origins: Vec<CorsOrigin>,
    pub(crate) rate_limit: Option<RateLimit>,
    pub(crate) tls: Option<TlsFiles>,
    pub(crate) faults: FaultPlan,
    pub(crate) has_view: bool,
    pub(crate) offer: Offer,
    pub(crate) kept: Kept,
}

impl Config {
    /// Makes settings for some tables: Toolkit dialect, rows in memory, a free port of 127.0.0.1.
    pub fn new(tables: Vec<TableDefinition>) -> Self {
        Self {
            tables,
            dialect: Dialect::Toolkit,
            page_size: None,
            max_top: None,
            body_limit_bytes: None,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            database: Database::Memory,
            access: AccessRules::default(),
            tokens: None,
            request_timeout: Duration::from_secs(30),
            head_timeout: Duration::from_secs(60),
            grace: Duration::from_secs(2),
            cors_origins: Vec::new(),
            rate_limit: None,
            tls: None,
            faults: FaultPlan::default(),
            has_view: true,
            offer: Offer::On,
            kept: KEPT,
        }
    }

    /// Sets the server generation to speak as. Default: Toolkit.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Sets how many rows a page holds at most, at least 1. Default: that of the dialect, 100 or (version 2) 50.
    #[must_use]
    pub fn page_size(mut self, rows: u64) -> Self {
        self.page_size = Some(rows.max(1));
        self
    }

    /// Sets the largest `$top` that is not refused. Default: that of the dialect: 128 000 (Toolkit), 512 000 (V3) or 1000 (version 2).
    #[must_use]
    pub fn max_top(mut self, rows: u64) -> Self {
        self.max_top = Some(rows);
        self
    }

    /// Sets the size in bytes of the largest request body. Default: that of the dialect, 30 000 000 or (Node) 102 400.
    #[must_use]
    pub fn body_limit_bytes(mut self, bytes: usize) -> Self {
        self.body_limit_bytes = Some(bytes);
        self
    }

    /// Sets whether the server offers idempotency keys and batches (`docs/protocol-extensions.md`). Default: it does.
    #[must_use]
    pub fn extensions(mut self, offer: Offer) -> Self {
        self.offer = offer;
        self
    }

    /// Sets for how long an answer is kept under the key of its request, and how many are kept at most. Default: 24 hours, 1 000 000.
    #[must_use]
    pub fn kept_answers(mut self, time: Duration, most: u64) -> Self {
        self.kept = Kept { time, most };
        self
    }

    /// The extensions as they are served.
    pub(crate) fn extended(&self) -> Extensions {
        Extensions {
            offer: self.offer,
            kept: self.kept,
            body_limit_bytes: self.body_limit_bytes.unwrap_or(LONGEST_BODY),
        }
    }

    /// Sets who may see which rows of a table, by the headers of a request; the last rule of a table counts. Default: everybody sees all.
    ///
    /// The rule is about what requests find: a row that it hides cannot be read, changed or deleted and its id cannot be inserted,
    /// while a visible row may be given values by which it is hidden afterwards.
    ///
    /// ```
    /// use synctable_server::{Access, Config, Server, movies_table};
    ///
    /// let signed_in = Config::new(vec![movies_table()]).access("movies", |headers| match headers.get("x-auth") {
    ///     Some(value) if value == "success" => Access::Rows("rating eq 'R'".to_owned()),
    ///     _ => Access::Refused(axum::http::StatusCode::UNAUTHORIZED),
    /// });
    /// let server = Server::start(signed_in)?;
    /// # drop(server);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn access(
        mut self,
        table: impl Into<String>,
        rule: impl Fn(&HeaderMap) -> Access + Send + Sync + 'static,
    ) -> Self {
        self.access.decide_by(table.into(), Arc::new(rule));
        self
    }

    /// Sets who may use a table by the tokens of requests; the last rule of a table counts. The table `*` is every one without a rule of its own.
    /// Default: everybody may do everything.
    ///
    /// A rule for a table that is not served, or that the tables or [`tokens`](Self::tokens) do not fit, keeps the server from starting.
    #[must_use]
    pub fn rule(mut self, table: impl Into<String>, rule: TableRule) -> Self {
        self.access.rule(table.into(), rule);
        self
    }

    /// Sets which tokens name a user. Default: none.
    #[must_use]
    pub fn tokens(mut self, tokens: Tokens) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// Has a share of the requests below `/tables` meet faults, as if on their way to the server. Default: none.
    #[must_use]
    pub fn faults(mut self, plan: FaultPlan) -> Self {
        self.faults = plan;
        self
    }

    /// Leaves out the web page at `/` and `/view`.
    #[must_use]
    pub fn without_view(mut self) -> Self {
        self.has_view = false;
        self
    }

    /// Sets the port of 127.0.0.1 to listen on; 0 takes a free one. Default: 0.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.listen.set_port(port);
        self
    }

    /// Sets the address to listen on. Default: a free port of 127.0.0.1.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Keeps the rows in a file, which is made when it is not there. Default: in memory.
    #[must_use]
    pub fn db_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.database = Database::File(path.into());
        self
    }

    /// Sets where the rows are kept. Default: in memory.
    #[must_use]
    pub fn database(mut self, database: Database) -> Self {
        self.database = database;
        self
    }

    /// Sets how long an answer may take, the arrival of the body included; later it is 503. Default: 30 s.
    #[must_use]
    pub fn request_timeout(mut self, time: Duration) -> Self {
        self.request_timeout = time;
        self
    }

    /// Sets how long the head of a request may take to arrive, and a connection may be idle, before it is closed. Default: 60 s.
    #[must_use]
    pub fn head_timeout(mut self, time: Duration) -> Self {
        self.head_timeout = time;
        self
    }

    /// Sets how long open requests may take once the server is told to stop. Default: 2 s; the program's is 10 s.
    #[must_use]
    pub fn grace(mut self, time: Duration) -> Self {
        self.grace = time;
        self
    }

    /// Lets the pages of an origin use the server; may be called several times. Default: none.
    #[must_use]
    pub fn cors_origin(mut self, origin: CorsOrigin) -> Self {
        self.cors_origins.push(origin);
        self
    }

    /// Sets how often each user or address may ask before it is answered 429. Default: no limit.
    #[must_use]
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = Some(limit);
        self
    }

    /// Takes only encrypted connections. Default: plain ones.
    #[must_use]
    pub fn tls(mut self, files: TlsFiles) -> Self {
        self.tls = Some(files);
        self
    }

    /// Returns the tables to serve.
    pub fn tables(&self) -> &[TableDefinition] {
        &self.tables
    }

    /// Opens the rows where the settings say they are.
    ///
    /// Blocks the calling thread.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_store(&self) -> Result<Store, StoreError> {
        Store::open(&self.database, &self.dialect.tables(&self.tables))
    }

    /// Returns `http` or `https`.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}
