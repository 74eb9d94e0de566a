//! Failures of online calls: what became of the request, and what the server has of the row.

use crate::error::{Error, ErrorKind};
use crate::queue::{RemoteRow, read_as};
use crate::row::{Remote, Row};
use crate::table::SyncTable;
use crate::value::Version;
use crate::wire::answer::{Truth, UnreadableRow};

/// What the server showed of a row beside a refusal.
#[derive(Debug, Clone)]
pub(super) enum Shown {
    Live(Row),
    Deleted(Option<Row>),
    Unreadable(UnreadableRow),
}

impl Shown {
    pub(super) fn of(row: Row) -> Self {
        match Remote::of(row) {
            Remote::Row(row) => Self::Live(row),
            Remote::Deleted(row) => Self::Deleted(row),
        }
    }

    /// `None` if there is no such row.
    pub(super) fn of_truth(truth: Truth) -> Option<Self> {
        match truth {
            Truth::None => None,
            Truth::There(Remote::Row(row), _) => Some(Self::Live(row)),
            Truth::There(Remote::Deleted(row), _) => Some(Self::Deleted(row)),
            Truth::Unreadable(row) => Some(Self::Unreadable(row)),
        }
    }

    pub(super) fn version(&self) -> Option<&Version> {
        match self {
            Self::Live(row) | Self::Unreadable(UnreadableRow { system: row, .. }) => row.version.as_ref(),
            Self::Deleted(row) => row.as_ref()?.version.as_ref(),
        }
    }
}

impl Error {
    /// The server's side of an online write that was refused: the row as it is there, or that it is
    /// deleted; `None` if this error knows nothing of it.
    ///
    /// Errors of the kinds `Conflict` and `Exists` of a [`RemoteTable`](crate::RemoteTable) carry it
    /// wherever the server could be asked, and `NotFound` where it says that the row is deleted.
    ///
    /// ```no_run
    /// # use synctable::{Id, RemoteTable, SyncTable, Version};
    /// # #[derive(Debug, Clone, Default, SyncTable)]
    /// # pub struct TodoItem { pub id: Id, pub title: String, #[sync(system)] pub version: Option<Version> }
    /// # async fn example(todos: RemoteTable<TodoItem>, mut item: TodoItem) -> Result<(), synctable::Error> {
    /// use synctable::RemoteRow;
    ///
    /// item.title.push('!');
    /// if let Err(error) = todos.update(&item).await {
    ///     match error.remote::<TodoItem>()? {
    ///         Some(RemoteRow::Live(row)) => println!("it is `{}` now", row.title),
    ///         Some(RemoteRow::Deleted) => println!("it is deleted"),
    ///         None => return Err(error),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Invalid`: `T` is another table. `Decode`: the server's row cannot be read as `T`.
    pub fn remote<T: SyncTable>(&self) -> Result<Option<RemoteRow<T>>, Error> {
        let Some(shown) = self.shown().and_then(|shown| shown.downcast_ref::<Shown>()) else { return Ok(None) };
        let (Shown::Live(row) | Shown::Unreadable(UnreadableRow { system: row, .. })) = shown else {
            return Ok(Some(RemoteRow::Deleted));
        };
        if row.schema() != T::SCHEMA {
            let (table, other) = (row.schema().name(), T::SCHEMA.name());
            let message = format!("the error is about table `{table}`, not about `{other}`");
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        match shown {
            Shown::Unreadable(row) => Err(unreadable(row).in_table(T::SCHEMA.name())),
            _ => Ok(Some(RemoteRow::Live(read_as(row)?))),
        }
    }

    /// The version of the server's row that [`remote`](Self::remote) shows, for a condition of the
    /// next try; `None` if it is not known.
    #[must_use]
    pub fn remote_version(&self) -> Option<&Version> {
        self.shown()?.downcast_ref::<Shown>()?.version()
    }
}

/// The failure that a row of the server is that cannot be read; it names row and column.
pub(super) fn unreadable(row: &UnreadableRow) -> Error {
    Error::new(ErrorKind::Decode, format!("the server's row cannot be read: {}", row.error)).in_row(&row.id)
}
