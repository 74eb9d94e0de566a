//! How a context is described and opened.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind};
use crate::event::{EventFeed, SyncEvent, Tally};
use crate::pull::Pull;
use crate::push::conflict::{self, AnyConflictHandler, ByClosure};
use crate::push::{DEFAULT_LANES, check_lanes};
use crate::queue::conflict::{Declared, Resolvers};
use crate::queue::{AnyConflict, ConflictPolicy, Resolution};
use crate::remote::Server;
use crate::row::Row;
use crate::session::{Narrow, Session, Tables, Turns};
use crate::store::system::key;
use crate::store::{ChangeSource, Durability, LocalStore, StoreWrite};
use crate::table::{SyncTable, TableSchema};
use crate::value::Id;
use crate::watch::{Hub, LOOK_INTERVAL};
use crate::wire::{
    AuthHeader, Dialect, PushExtensions, RetryPolicy, TokenNews, TokenProvider, Transport, WireClient,
    WireClientBuilder,
};

use super::options::{Refetch, TableOptions};
use super::sync::Registered;
use super::{MakeId, SyncContext};

/// Pulls under way at once, unless set.
const PARALLEL_PULLS: usize = 4;
/// More would only wait for each other in the store.
const MOST_PARALLEL_PULLS: usize = 16;

/// Describes a context; finished by [`open`](Self::open).
#[derive(Debug)]
#[must_use = "a builder does nothing until it is opened"]
pub struct SyncContextBuilder {
    wire: WireClientBuilder,
    endpoint: String,
    user: Option<String>,
    store: Option<Arc<dyn LocalStore>>,
    store_path: Option<PathBuf>,
    tables: Vec<&'static TableSchema>,
    registered: Vec<Registered>,
    never_refetched: Vec<&'static str>,
    conflicts: Vec<(&'static str, Declared)>,
    all_conflicts: Declared,
    parallel_pulls: usize,
    clock: Arc<dyn Clock>,
    make_id: MakeId,
    watch_interval: Duration,
    push_lanes: usize,
}

impl SyncContextBuilder {
    pub(super) fn new(endpoint: &str) -> Self {
        Self {
            wire: WireClient::builder(endpoint),
            endpoint: endpoint.to_owned(),
            user: None,
            store: None,
            store_path: None,
            tables: Vec::new(),
            registered: Vec::new(),
            never_refetched: Vec::new(),
            conflicts: Vec::new(),
            all_conflicts: Declared::default(),
            parallel_pulls: PARALLEL_PULLS,
            clock: Arc::new(SystemClock),
            make_id: MakeId(Arc::new(Id::new)),
            watch_interval: LOOK_INTERVAL,
            push_lanes: DEFAULT_LANES,
        }
    }

    /// Keeps the tables in an SQLite file; it is made if it is not there.
    #[cfg(feature = "sqlite")]
    pub fn store_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.store_path = Some(path.into());
        self
    }

    /// Keeps the tables in a store of the app's choice.
    pub fn store(mut self, store: impl LocalStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Registers a table; `sync` pulls all of it.
    pub fn table<T: SyncTable>(self) -> Self {
        self.table_with::<T>(|table| table.pull(Pull::named("all")))
    }

    /// Registers a table; `sync` pulls the queries that the closure names, none if it names none.
    pub fn table_with<T: SyncTable>(mut self, options: impl FnOnce(TableOptions<T>) -> TableOptions<T>) -> Self {
        let options = options(TableOptions::new());
        self = self.schema(T::SCHEMA);
        if options.refetch == Refetch::No {
            self.never_refetched.push(T::SCHEMA.name());
        }
        self.conflicts.push((T::SCHEMA.name(), options.conflicts));
        if T::SCHEMA.is_synced() {
            self.registered.extend(options.pulls.into_iter().map(|pull| Registered { pull }));
        }
        self
    }

    /// Registers a table by its schema alone; `sync` pulls nothing of it.
    pub(crate) fn schema(mut self, schema: &'static TableSchema) -> Self {
        self.tables.push(schema);
        self
    }

    /// Says which server generation this is; otherwise it is detected at the first request.
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.wire = self.wire.dialect(dialect);
        self
    }

    /// Says that a `node-v2` server keeps its rows in SQLite, where it answers some functions wrongly and
    /// without an error: filters with `starts_with`, `ends_with`, `contains`, `index_of` or `rem`, and those
    /// with functions that fail there (`len` and the parts of dates), are refused with `Unsupported`
    /// before anything is sent. Other generations are not concerned.
    ///
    /// Without this call such a filter is sent, and the report of a pull [warns](crate::PullReport::warnings).
    pub fn node_on_sqlite(mut self) -> Self {
        self.wire = self.wire.node_on_sqlite();
        self
    }

    /// Sends requests through a transport of the app's choice.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.wire = self.wire.transport(Arc::new(transport));
        self
    }

    /// Sends requests through the app's own client, with its proxy and certificates.
    #[cfg(feature = "reqwest")]
    pub fn http(mut self, client: reqwest::Client) -> Self {
        self.wire = self.wire.transport(Arc::new(crate::wire::ReqwestTransport::with_client(client)));
        self
    }

    /// Sets the path below the endpoint where tables are; `tables` unless set.
    pub fn tables_path(mut self, path: &str) -> Self {
        self.wire = self.wire.tables_path(path);
        self
    }

    /// Adds a header to every request.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.wire = self.wire.header(name, value);
        self
    }

    /// Binds the store to a user: it is refused to every other.
    pub fn user(mut self, user: &str) -> Self {
        self.user = Some(user.to_owned());
        self
    }

    /// Allows plain http to hosts other than this device. Everything sent can be read on the way.
    pub fn allow_http(mut self) -> Self {
        self.wire = self.wire.allow_http();
        self
    }

    /// Asks a provider for the token that requests carry; see [the guide](crate::guide::auth).
    ///
    /// The store is bound to the first user that a token names: the token of another is refused before
    /// anything is sent.
    pub fn auth(mut self, provider: impl TokenProvider) -> Self {
        self.wire = self.wire.auth(provider);
        self
    }

    /// Sets which header carries the token; `Authorization: Bearer` unless set.
    pub fn auth_header(mut self, header: AuthHeader) -> Self {
        self.wire = self.wire.auth_header(header);
        self
    }

    /// Sets how long before its end a token is renewed; 2 min unless set.
    pub fn renew_token_before(mut self, time: Duration) -> Self {
        self.wire = self.wire.renew_token_before(time);
        self
    }

    /// Sets how failures that may pass are met: tries, waits, and the circuit; see [`RetryPolicy`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.wire = self.wire.retry(policy);
        self
    }

    /// Bounds one request, from connecting to the last byte; 100 s unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.wire = self.wire.timeout(timeout);
        self
    }

    /// Waits and stamps by this clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Makes the ids of rows that are inserted without one; each must be new in the whole world.
    pub fn ids(mut self, make: impl Fn() -> Id + Send + Sync + 'static) -> Self {
        self.make_id = MakeId(Arc::new(make));
        self
    }

    /// Sets how many pulls [`sync`](SyncContext::sync) and [`pull_all`](SyncContext::pull_all) have under
    /// way at once: 1 to 16, 4 unless set; a value beyond is taken as the nearest. They share the network;
    /// the store takes their rows one slice after the other, and two queries of one table are never pulled
    /// at once.
    pub fn parallel_pulls(mut self, pulls: usize) -> Self {
        self.parallel_pulls = pulls.clamp(1, MOST_PARALLEL_PULLS);
        self
    }

    /// Sets how often the writes of other processes to the same file are looked for while something is
    /// watched; 500 ms unless set, at least 1 ms. What this context writes is seen at once.
    pub fn watch_interval(mut self, interval: Duration) -> Self {
        self.watch_interval = interval.max(Duration::from_millis(1));
        self
    }

    /// Has conflicts ended by a policy, in tables that say nothing of their own and unless there is a
    /// [handler](Self::on_any_conflict); [`ConflictPolicy::Fail`] unless set.
    pub fn conflict_policy(mut self, policy: ConflictPolicy) -> Self {
        self.all_conflicts.policy = Some(policy);
        self
    }

    /// Has conflicts ended by a handler, in all tables that have neither a handler nor a policy of their own.
    pub fn on_any_conflict(mut self, handler: impl AnyConflictHandler) -> Self {
        self.all_conflicts.handler = Some(conflict::by_any_handler(handler));
        self
    }

    /// As [`on_any_conflict`](Self::on_any_conflict), with a closure. An error leaves the conflict as it is,
    /// and is told with it.
    ///
    /// ```
    /// # use synctable::{Id, SyncContext, SyncTable};
    /// # #[derive(Debug, Clone, Default, SyncTable)]
    /// # pub struct TodoItem { pub id: Id, pub title: String, pub complete: bool }
    /// use synctable::{RemoteRow, Resolution};
    ///
    /// let builder = SyncContext::builder("https://todo.example").table::<TodoItem>().resolve_any_with(|conflict| async move {
    ///     let of_todos = conflict.resolve_as::<TodoItem>(|todo| match (todo.local(), todo.remote()) {
    ///         (Some(local), RemoteRow::Live(remote)) => {
    ///             Resolution::Merge(TodoItem { complete: local.complete || remote.complete, ..remote.clone() })
    ///         }
    ///         _ => Resolution::KeepRemote,
    ///     })?;
    ///     Ok(of_todos.unwrap_or(Resolution::Defer)) // another table
    /// });
    /// ```
    pub fn resolve_any_with<F, R>(self, resolve: F) -> Self
    where
        F: Fn(AnyConflict) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Resolution<Row>, Error>> + Send + 'static,
    {
        self.on_any_conflict(ByClosure(resolve))
    }

    /// Sets how many requests of a push may be under way at once, 1 to 8; 1 unless set. It holds for every
    /// push that does not say [otherwise](crate::Push::lanes), the one before a pull included.
    ///
    /// With one lane the operations leave in the order of the queue, each once the one before is
    /// answered. With more they are still sent one after the other for each row, and along declared
    /// references; between other rows the order is free.
    pub fn push_lanes(mut self, lanes: usize) -> Self {
        self.push_lanes = lanes;
        self
    }

    /// Sets which extensions of the push protocol are used where the server announces them; all unless set.
    ///
    /// With a key for each write a repeated one gets the answer that was lost, so that nothing that another
    /// device did meanwhile looks like a conflict; a batch carries several writes in one request. A server
    /// that announces neither is spoken to as ever.
    ///
    /// ```
    /// # use synctable::SyncContext;
    /// use synctable::PushExtensions;
    ///
    /// let builder = SyncContext::builder("https://todo.example").push_extensions(PushExtensions::KeysOnly);
    /// # drop(builder);
    /// ```
    pub fn push_extensions(mut self, extensions: PushExtensions) -> Self {
        self.wire = self.wire.push_extensions(extensions);
        self
    }

    /// Opens the store, creates and migrates its tables. Needs no network.
    ///
    /// # Errors
    /// `Invalid`: the endpoint is no http or https address, plain http to another host was not
    /// allowed, or the number of lanes is out of bounds. `Schema`: two tables have one name; the file is not ours, is newer than this
    /// library, cannot follow the tables, or is bound to another endpoint. `Store`: the file cannot
    /// be used.
    ///
    /// # Cancellation
    /// The file may have been made or migrated; opening again goes on from there.
    pub async fn open(self) -> Result<SyncContext, Error> {
        check_names(&self.tables)?;
        check_lanes(self.push_lanes)?;
        let tables = Tables::new(&self.tables);
        let store = open_store(self.store, self.store_path)?;
        let (bound, given) = (Arc::clone(&store), self.user.clone());
        let wire = self.wire.clock(Arc::clone(&self.clock)).on_user(Arc::new(move |user| {
            // Also after a wipe, when the store is nobody's.
            let is_another = given.as_ref().is_some_and(|given| *given != user);
            let store = Arc::clone(&bound);
            Box::pin(async move { if is_another { Err(of_another_user()) } else { bind_user(&*store, user).await } })
        }));
        let events = EventFeed::default();
        let told = events.clone();
        let wire = wire.on_news(Arc::new(move |news| {
            told.emit(|| match news {
                TokenNews::Refreshed => SyncEvent::TokenRefreshed,
                TokenNews::SignedOut => SyncEvent::SignedOut,
            });
        }));
        let wire = wire.build()?;
        store.open(&self.tables).await?;
        let pull_turns: HashMap<_, _> =
            self.tables.iter().map(|schema| (schema.name(), tokio::sync::Mutex::new(()))).collect();
        let session = Session {
            store,
            wire,
            clock: self.clock,
            tables,
            events,
            tally: Tally::default(),
            resolvers: Arc::new(Resolvers::new(self.conflicts, self.all_conflicts)),
            push_turns: Turns::new(),
            push_lanes: self.push_lanes,
            local_writes: Arc::default(),
            pull_turns,
            narrow: std::sync::Mutex::new(HashMap::new()),
            bound: std::sync::Mutex::new(None),
            endpoint: self.endpoint,
        };
        session.remember().await?;
        session.forget_refetches(self.never_refetched).await?;
        if let Some(user) = self.user {
            bind_user(&*session.store, user).await?;
        }
        let session = Arc::new(session);
        let online = Server::new(session.wire.clone(), Arc::clone(&self.make_id.0), Some(Arc::clone(&session)));
        let hub = Arc::new(Hub::new(&session.store, self.watch_interval));
        Ok(SyncContext {
            hub,
            session,
            registered: Arc::new(self.registered),
            parallel_pulls: self.parallel_pulls,
            make_id: self.make_id,
            online: Arc::new(online),
        })
    }
}

fn open_store(store: Option<Arc<dyn LocalStore>>, path: Option<PathBuf>) -> Result<Arc<dyn LocalStore>, Error> {
    match (store, path) {
        (Some(store), None) => Ok(store),
        #[cfg(feature = "sqlite")]
        (None, Some(path)) => Ok(Arc::new(crate::store::SqliteStore::at(path))),
        (Some(_), Some(_)) => Err(Error::new(ErrorKind::Invalid, "both a store and a store path were given; give one")),
        (None, _) => Err(Error::new(ErrorKind::Invalid, "no store was given; call `.store_path(..)` on the builder")),
    }
}

/// Two structs must not claim one table of the server (SQLite and the servers fold ASCII case).
fn check_names(tables: &[&'static TableSchema]) -> Result<(), Error> {
    let mut names = HashMap::new();
    for schema in tables {
        let remote = schema.wire_route().map_or_else(|| format!("tables/{}", schema.name()), str::to_owned);
        if let Some(other) = names.insert(remote.to_ascii_lowercase(), schema) {
            let message =
                format!("tables `{}` and `{}` both claim `{remote}` on the server", other.name(), schema.name());
            return Err(Error::new(ErrorKind::Schema, message).in_table(schema.name()));
        }
    }
    Ok(())
}

impl Session {
    /// Takes up what the store knows of its server, and refuses another server.
    async fn remember(&self) -> Result<(), Error> {
        let tables: Vec<_> = self.tables.iter().collect();
        let (endpoint, dialect, narrow, unnoted) = self
            .read(move |snapshot| {
                let (mut narrow, mut unnoted) = (HashMap::new(), Vec::new());
                for schema in tables {
                    match snapshot.meta(&key::narrow(schema.name()))? {
                        Some(note) => drop(narrow.insert(schema.name(), Narrow::noted(&note))),
                        None if schema.lacks_columns() => unnoted.push(schema.name()),
                        None => {}
                    }
                }
                Ok((snapshot.meta(key::ENDPOINT)?, snapshot.meta(key::DIALECT)?, narrow, unnoted))
            })
            .await?;
        if let Some(endpoint) = endpoint.as_ref().filter(|endpoint| **endpoint != self.endpoint) {
            let message = format!("the store belongs to `{endpoint}`, not to `{}`; open another file", self.endpoint);
            return Err(Error::new(ErrorKind::Schema, message));
        }
        if let Some(dialect) = dialect.and_then(|name| name.parse::<Dialect>().ok()) {
            if self.wire.known_dialect().is_none() {
                self.wire.set_dialect(dialect);
            }
            if endpoint.is_some() {
                // What the store says already need not be written at the first answer.
                *self.bound.lock().unwrap_or_else(PoisonError::into_inner) = Some(dialect);
            }
        }
        *self.narrow.lock().unwrap_or_else(PoisonError::into_inner) = narrow;
        if !unnoted.is_empty() && !self.store.is_read_only() {
            // A later version of the app may no longer declare it, and has not seen the other columns.
            let note = move |tx: &mut dyn StoreWrite| {
                unnoted.iter().try_for_each(|table| tx.put_meta(&key::narrow(table), Some(key::ADDED)))
            };
            self.write(Durability::Power, ChangeSource::Local, note).await?;
        }
        Ok(())
    }

    /// Takes the marks away by which tables wait to be read again.
    async fn forget_refetches(&self, tables: Vec<&'static str>) -> Result<(), Error> {
        let marks: Vec<String> = tables.into_iter().map(key::refetch).collect();
        let wanted = marks.clone();
        let is_marked = self
            .read(move |snapshot| {
                wanted.iter().try_fold(false, |found, mark| Ok(found || snapshot.meta(mark)?.is_some()))
            })
            .await?;
        if !is_marked || self.store.is_read_only() {
            return Ok(());
        }
        self.write(Durability::Power, ChangeSource::Local, move |tx| {
            marks.iter().try_for_each(|mark| tx.put_meta(mark, None))
        })
        .await
    }

    /// Binds the store to its server, at the first answer.
    pub(crate) async fn bind(&self, dialect: Dialect) -> Result<(), Error> {
        let is_bound = *self.bound.lock().unwrap_or_else(PoisonError::into_inner) == Some(dialect);
        if is_bound || self.store.is_read_only() {
            return Ok(());
        }
        let endpoint = self.endpoint.clone();
        self.write(Durability::Power, ChangeSource::Local, move |tx| {
            tx.put_meta(key::ENDPOINT, Some(&endpoint))?;
            tx.put_meta(key::DIALECT, Some(dialect.name()))
        })
        .await?;
        *self.bound.lock().unwrap_or_else(PoisonError::into_inner) = Some(dialect);
        Ok(())
    }
}

fn of_another_user() -> Error {
    // The name of the other user is nobody else's business.
    Error::new(ErrorKind::Schema, "the store belongs to another user; open another file")
}

/// Binds the store to a user, and refuses another's.
async fn bind_user(store: &dyn LocalStore, user: String) -> Result<(), Error> {
    let check = |bound: Option<String>, user: &str| match bound {
        Some(bound) if bound == user => Ok(true),
        Some(_) => Err(of_another_user()),
        None => Ok(false),
    };
    let asked = user.clone();
    if crate::store::read(store, move |snapshot| check(snapshot.meta(key::USER)?, &asked)).await?
        || store.is_read_only()
    {
        return Ok(());
    }
    crate::store::write(store, Durability::Power, ChangeSource::Local, move |tx| {
        let is_bound = check(tx.meta(key::USER)?, &user)?;
        if is_bound { Ok(()) } else { tx.put_meta(key::USER, Some(&user)) }
    })
    .await
}
