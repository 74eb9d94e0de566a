//! What went wrong in PostgreSQL, and what follows from it.

use std::error::Error as _;
use std::future::Future;
use std::time::Duration;

use deadpool_postgres::{HookError, PoolError};
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::store::StoreError;

/// Why a transaction has no result.
#[derive(Debug)]
pub(super) enum Fault {
    /// It had no effect, and may succeed when it is done again: it lost against another one, or the connection broke before its commit was sent.
    Again(StoreError),
    /// The connection broke behind the commit: only a repetition shows whether it had its effect.
    Unknown(StoreError),
    /// The statement asks for what the database cannot compute.
    Refused(StoreError),
    /// It had no effect, and a repetition would not have one either.
    Failed(StoreError),
}

impl Fault {
    /// Tells what an error before the commit means.
    pub(super) fn before_commit(error: Error) -> Self {
        match error.code() {
            None if is_broken(&error) => {
                Self::Again(StoreError::unavailable("the connection to the database broke").because(reason(error)))
            }
            None => Self::Failed(StoreError::new("the database was not understood").because(reason(error))),
            // A limit of the database on time was reached, which a repetition would reach too.
            Some(code) if *code == SqlState::QUERY_CANCELED => {
                Self::Failed(StoreError::unavailable("the database stopped the statement").because(reason(error)))
            }
            Some(code) if is_passing(code) => {
                Self::Again(StoreError::unavailable("the database turned the transaction away").because(reason(error)))
            }
            // Data exceptions and exceeded limits.
            Some(code) if code.code().starts_with("22") || code.code().starts_with("54") => {
                let message = error.as_db_error().map_or_else(String::new, |error| error.message().to_owned());
                Self::Refused(StoreError::refused(format!("the database cannot compute it: {message}")))
            }
            Some(_) => Self::Failed(StoreError::new("the database refused").because(reason(error))),
        }
    }

    /// Tells what an error of the commit means.
    pub(super) fn of_commit(error: Error) -> Self {
        match error.code() {
            Some(code) if [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(code) => {
                Self::before_commit(error)
            }
            _ => Self::Unknown(
                StoreError::unavailable(
                    "the connection to the database broke in a commit, which may have had its effect",
                )
                .because(reason(error)),
            ),
        }
    }

    pub(super) fn into_error(self) -> StoreError {
        match self {
            Self::Again(error) | Self::Unknown(error) | Self::Refused(error) | Self::Failed(error) => error,
        }
    }
}

/// How often that is tried which had no effect, and how long the first pause before the next try is; each is twice as long.
const TRIES: u32 = 7;
const PAUSE: Duration = Duration::from_millis(10);

/// Does work again as long as it had no effect.
pub(super) async fn repeat<T, F: Future<Output = Result<T, Fault>>>(work: impl Fn() -> F) -> Result<T, Fault> {
    let mut pause = PAUSE;
    for _ in 1..TRIES {
        match work().await {
            Err(Fault::Again(_)) => tokio::time::sleep(pause).await,
            result => return result,
        }
        pause *= 2;
    }
    work().await
}

/// The error with its cause, which its own text leaves out.
pub(super) fn reason(error: Error) -> Box<dyn std::error::Error + Send + Sync> {
    let text = error.to_string();
    match error.into_source() {
        Some(cause) => format!("{text}: {cause}").into(),
        None => text.into(),
    }
}

/// Tells whether an error without a code is one of the connection, not one of the values that were to be sent or read.
fn is_broken(error: &Error) -> bool {
    let is_io = error.source().is_some_and(|source| source.is::<std::io::Error>());
    let text = error.to_string();
    error.is_closed() || text.starts_with("timeout") || (is_io && !text.starts_with("error encoding"))
}

/// Errors that a repetition may not meet: a transaction lost against another, or the database starts, stops or has no room for a connection.
fn is_passing(code: &SqlState) -> bool {
    let class = code.code().get(..2).unwrap_or_default();
    ["08", "40", "53", "57"].contains(&class)
        || [
            SqlState::UNIQUE_VIOLATION,
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
            SqlState::READ_ONLY_SQL_TRANSACTION,
        ]
        .contains(code)
}

impl From<PoolError> for Fault {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                Self::before_commit(error)
            }
            error => Self::Again(StoreError::unavailable("no connection to the database").because(error)),
        }
    }
}
