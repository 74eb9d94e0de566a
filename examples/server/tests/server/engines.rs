//! Where the rows of a test are: a file of SQLite, or a database of PostgreSQL.

use synctable_server::cluster;
use synctable_server::cluster::TestDatabase;
use tempfile::TempDir;

/// Rows that outlive a server; gone with this.
#[derive(Debug)]
#[allow(dead_code, reason = "tests over PostgreSQL follow its engine")]
pub(crate) enum Rows {
    Sqlite(TempDir),
    Postgres(TestDatabase<'static>),
}

impl Rows {
    /// A file that is not there yet.
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    /// An empty database; none, and a word on stderr, without PostgreSQL.
    #[allow(dead_code, reason = "tests over PostgreSQL follow its engine")]
    pub(crate) fn postgres(test: &str) -> Option<Self> {
        cluster::shared(test).map(|cluster| Self::Postgres(cluster.database()))
    }

    /// The value of `--db`.
    pub(crate) fn argument(&self) -> String {
        match self {
            Self::Sqlite(folder) => folder.path().join("rows.sqlite").display().to_string(),
            Self::Postgres(database) => database.url(),
        }
    }

    pub(crate) fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }
}
