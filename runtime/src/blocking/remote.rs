//! The blocking forms of online tables.

use std::fmt;
use std::sync::Arc;

use super::driver::Driver;
use crate::error::Error;
use crate::query::{Page, Query};
use crate::remote::{self, RemoteClientBuilder};
use crate::subset::ColumnSubset;
use crate::table::SyncTable;
use crate::value::{Id, Timestamp, Version};
use crate::wire::{ApiRequest, ApiResponse, Dialect};

/// The blocking form of [`RemoteClient`](crate::RemoteClient); cheap to clone.
///
/// ```no_run
/// # use synctable::{Id, SyncTable};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String }
/// # fn main() -> Result<(), synctable::Error> {
/// use synctable::blocking::RemoteClient;
///
/// let client = RemoteClient::builder("https://todo.example").build_blocking()?;
/// for item in client.table::<TodoItem>().stream(&TodoItem::query()) {
///     println!("{}", item?.title);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct RemoteClient {
    client: remote::RemoteClient,
    driver: Arc<Driver>,
}

impl RemoteClientBuilder {
    /// Makes the client in its blocking form, with a background thread of its own.
    ///
    /// # Errors
    /// As [`build`](Self::build), and `Store`: the thread cannot be started.
    pub fn build_blocking(self) -> Result<RemoteClient, Error> {
        Ok(RemoteClient { client: self.build()?, driver: Driver::start()? })
    }
}

impl RemoteClient {
    /// Begins to describe a client; see [`RemoteClient::builder`](crate::RemoteClient::builder). End it by
    /// [`build_blocking`](RemoteClientBuilder::build_blocking).
    pub fn builder(endpoint: &str) -> RemoteClientBuilder {
        remote::RemoteClient::builder(endpoint)
    }

    /// Gives the online handle of a table.
    #[must_use]
    pub fn table<T: SyncTable>(&self) -> RemoteTable<T> {
        RemoteTable::new(self.client.table(), Arc::clone(&self.driver))
    }

    /// Sends a request to another endpoint of the server; see [`SyncContext::send`](crate::SyncContext::send).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn send(&self, request: ApiRequest) -> Result<ApiResponse, Error> {
        self.driver.wait(self.client.send(request))
    }

    /// Forgets the token; see [`RemoteClient::forget_token`](crate::RemoteClient::forget_token).
    pub fn forget_token(&self) {
        self.client.forget_token();
    }

    /// When the server may be asked again; see [`RemoteClient::next_attempt`](crate::RemoteClient::next_attempt).
    #[must_use]
    pub fn next_attempt(&self) -> Option<Timestamp> {
        self.client.next_attempt()
    }

    /// Forgets that requests have failed; see [`RemoteClient::close_circuit`](crate::RemoteClient::close_circuit).
    pub fn close_circuit(&self) {
        self.client.close_circuit();
    }

    /// The server generation, once it is known.
    #[must_use]
    pub fn dialect(&self) -> Option<Dialect> {
        self.client.dialect()
    }
}

/// The blocking form of [`RemoteTable`](crate::RemoteTable); cheap to clone.
///
/// ```no_run
/// # use synctable::{Id, SyncTable, Version};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String, #[sync(system)] pub version: Option<Version> }
/// # fn example(ctx: synctable::blocking::SyncContext) -> Result<(), synctable::Error> {
/// let todos = ctx.remote::<TodoItem>();
/// let mut milk = todos.insert(TodoItem { title: "Milk".into(), ..Default::default() })?;
/// milk.title.push('!');
/// let milk = todos.update(&milk).send()?; // `Conflict` if somebody else changed it meanwhile
/// todos.delete(&milk.id).send()?;
/// # Ok(())
/// # }
/// ```
pub struct RemoteTable<T> {
    table: remote::RemoteTable<T>,
    driver: Arc<Driver>,
}

impl<T> Clone for RemoteTable<T> {
    fn clone(&self) -> Self {
        Self { table: self.table.clone(), driver: Arc::clone(&self.driver) }
    }
}

impl<T: SyncTable> fmt::Debug for RemoteTable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table.fmt(f)
    }
}

impl<T: SyncTable> RemoteTable<T> {
    pub(super) fn new(table: remote::RemoteTable<T>, driver: Arc<Driver>) -> Self {
        Self { table, driver }
    }

    /// Reads the rows that a query selects; see [`RemoteTable::list`](crate::RemoteTable::list).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn list<R: ColumnSubset<T>>(&self, query: &Query<T, R>) -> Result<Vec<R>, Error> {
        self.driver.wait(self.table.list(query))
    }

    /// Reads the rows that a query selects as they come; see
    /// [`RemoteTable::stream`](crate::RemoteTable::stream).
    pub fn stream<R: ColumnSubset<T>>(&self, query: &Query<T, R>) -> RemoteStream<T, R> {
        RemoteStream { stream: self.table.stream(query), driver: Arc::clone(&self.driver) }
    }

    /// Reads one page, and how many rows there are in all; see
    /// [`RemoteTable::page`](crate::RemoteTable::page).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn page<R: ColumnSubset<T>>(&self, query: &Query<T, R>) -> Result<Page<R>, Error> {
        self.driver.wait(self.table.page(query))
    }

    /// Counts the rows that a query selects; see [`RemoteTable::count`](crate::RemoteTable::count).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn count<R>(&self, query: &Query<T, R>) -> Result<u64, Error> {
        self.driver.wait(self.table.count(query))
    }

    /// Reads a row; see [`RemoteTable::get`](crate::RemoteTable::get).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn get(&self, id: &Id) -> Result<Option<T>, Error> {
        self.driver.wait(self.table.get(id))
    }

    /// Reads a row again; see [`RemoteTable::refresh`](crate::RemoteTable::refresh).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn refresh(&self, row: &T) -> Result<T, Error> {
        self.driver.wait(self.table.refresh(row))
    }

    /// Inserts a row; see [`RemoteTable::insert`](crate::RemoteTable::insert).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn insert(&self, row: T) -> Result<T, Error> {
        self.driver.wait(self.table.insert(row))
    }

    /// Changes a row, once it is [sent](RemoteUpdate::send); see
    /// [`RemoteTable::update`](crate::RemoteTable::update).
    pub fn update<'a>(&'a self, row: &'a T) -> RemoteUpdate<'a, T> {
        RemoteUpdate { write: self.table.update(row), driver: &self.driver }
    }

    /// Replaces a row, once it is [sent](RemoteUpdate::send); see
    /// [`RemoteTable::replace`](crate::RemoteTable::replace).
    pub fn replace<'a>(&'a self, row: &'a T) -> RemoteUpdate<'a, T> {
        RemoteUpdate { write: self.table.replace(row), driver: &self.driver }
    }

    /// Deletes a row, once it is [sent](RemoteDelete::send); see
    /// [`RemoteTable::delete`](crate::RemoteTable::delete).
    pub fn delete<'a>(&'a self, id: &'a Id) -> RemoteDelete<'a, T> {
        RemoteDelete { write: self.table.delete(id), driver: &self.driver }
    }

    /// Makes a deleted row live again, once it is [sent](RemoteUndelete::send); see
    /// [`RemoteTable::undelete`](crate::RemoteTable::undelete).
    pub fn undelete<'a>(&'a self, id: &'a Id) -> RemoteUndelete<'a, T> {
        RemoteUndelete { write: self.table.undelete(id), driver: &self.driver }
    }
}

/// The blocking form of a write that may get a condition before it is sent.
macro_rules! write {
    ($name:ident, $of:literal, $made_by:literal, $output:ty) => {
        #[doc = concat!("The blocking form of [`", $of, "`](crate::", $of, "); made by ", $made_by, ".")]
        ///
        #[doc = concat!("See [`RemoteTable`] for an example.")]
        #[must_use = "nothing is done before it is sent"]
        pub struct $name<'a, T> {
            write: remote::$name<'a, T>,
            driver: &'a Driver,
        }

        impl<T: SyncTable> $name<'_, T> {
            /// Writes only if the row has this version on the server.
            pub fn if_version(self, version: &Version) -> Self {
                Self { write: self.write.if_version(version), ..self }
            }

            /// Writes whatever version the row has on the server.
            pub fn force(self) -> Self {
                Self { write: self.write.force(), ..self }
            }

            /// Sends the write and waits for the answer.
            ///
            /// # Errors
            /// Those of the async form.
            pub fn send(self) -> Result<$output, Error> {
                self.driver.wait(self.write.into_future())
            }
        }

        impl<T: SyncTable> fmt::Debug for $name<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.write.fmt(f)
            }
        }
    };
}

write!(RemoteUpdate, "RemoteUpdate", "[`RemoteTable::update`] and [`RemoteTable::replace`]", T);
write!(RemoteDelete, "RemoteDelete", "[`RemoteTable::delete`]", ());
write!(RemoteUndelete, "RemoteUndelete", "[`RemoteTable::undelete`]", T);

/// The blocking form of [`RemoteStream`](crate::RemoteStream): an iterator over the rows, of which a
/// page is asked for when its first row is.
///
/// See [`RemoteClient`] for an example.
#[must_use = "nothing is sent before the first row is asked for"]
pub struct RemoteStream<T, R = T> {
    stream: remote::RemoteStream<T, R>,
    driver: Arc<Driver>,
}

impl<T: SyncTable, R: ColumnSubset<T>> Iterator for RemoteStream<T, R> {
    type Item = Result<R, Error>;

    fn next(&mut self) -> Option<Result<R, Error>> {
        let next = async { self.stream.next().await.transpose() };
        self.driver.wait(next).transpose()
    }
}

impl<T: SyncTable, R> fmt::Debug for RemoteStream<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.fmt(f)
    }
}
