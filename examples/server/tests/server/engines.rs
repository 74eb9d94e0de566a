//! Where the rows of a test are: a file of SQLite, or a database of PostgreSQL.

use synctable_server::cluster::TestDatabase;
use synctable_server::{Database, cluster};
use tempfile::TempDir;

/// Rows that outlive a server; gone with this.
#[derive(Debug)]
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

    /// Where a server keeps them.
    pub(crate) fn database(&self) -> Database {
        match self {
            Self::Sqlite(folder) => Database::File(folder.path().join("rows.sqlite")),
            Self::Postgres(database) => Database::Postgres(database.url()),
        }
    }
}

/// Runs a test on each engine, which has no rows; without PostgreSQL on the other one alone, and says so.
pub(crate) fn on_each(test: &str, run: impl Fn(&Database)) {
    for rows in [Some(Rows::sqlite()), Rows::postgres(test)].into_iter().flatten() {
        eprintln!("{test} on {}", rows.engine());
        run(&rows.database());
    }
}

/// Makes a test for each engine of each function; it takes an empty database.
macro_rules! on_engines {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[test]
            fn $name() {
                let rows = crate::engines::Rows::sqlite();
                super::$name(&rows.database());
            })+
        }

        mod on_postgres {
            $(#[test]
            fn $name() {
                let test = concat!(module_path!(), "::", stringify!($name));
                if let Some(rows) = crate::engines::Rows::postgres(test) {
                    super::$name(&rows.database());
                }
            })+
        }
    };
}

pub(crate) use on_engines;
