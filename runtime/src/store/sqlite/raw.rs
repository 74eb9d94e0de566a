//! Reads by SQL that an app wrote: nothing but one read gets through, whatever the connection may do.

use std::cell::Cell;

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, ErrorCode, Statement};

use super::failure::failed;
use super::rows::{as_cell, bind_all};
use crate::error::{Error, ErrorKind};
use crate::sql::{SqlColumns, SqlOutput, SqlQuery, SqlRow, SqlStop};
use crate::value::ValueError;

/// Steps of SQLite's machine between two looks at whether the read should stop: well below a
/// millisecond of work.
const STEPS: i32 = 10_000;
const READING: &str = "reading by SQL";

/// Runs the query and hands out its rows.
///
/// The statement is not kept: its text is prepared anew each time, so that its columns are always
/// those of the tables as they are.
pub(super) fn rows(
    conn: &Connection,
    query: &SqlQuery,
    stop: &SqlStop,
    output: &mut dyn SqlOutput,
) -> Result<(), Error> {
    query.check()?;
    let _watched = Watched::new(conn, stop)?;
    let refused = |error| refused(query.text(), error, stop);
    let mut statement = prepare(conn, query.text()).map_err(refused)?;
    check_read(&statement)?;
    let (wanted, came) = (statement.parameter_count(), query.values().len());
    if wanted != came {
        let message = format!("the SQL has {wanted} parameters and {came} values are bound: bind one for each");
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    bind_all(&mut statement, query.values())?;
    let columns = SqlColumns::new(statement.column_names().into_iter().map(str::to_owned).collect());
    output.columns(&columns)?;
    let mut rows = statement.raw_query();
    let mut number = 0;
    while let Some(row) = rows.next().map_err(refused)? {
        // SQLite may give many rows between two looks of its own.
        if stop.is_asked() {
            return Err(stopped());
        }
        number += 1;
        let cells = |place: usize| match row.get_ref(place) {
            Ok(value) => as_cell(value),
            Err(error) => Err(ValueError::new(error.to_string())),
        };
        output.row(SqlRow::new(&columns, number, &cells))?;
    }
    Ok(())
}

thread_local! {
    /// Whether this thread prepares a text of an app.
    static OF_APP: Cell<bool> = const { Cell::new(false) };
}

/// Prepares a text of an app. Some pragmas act as soon as they are prepared, and what stands behind a
/// first statement is prepared too, so nothing but reads must come so far.
fn prepare<'a>(conn: &'a Connection, text: &str) -> Result<Statement<'a>, rusqlite::Error> {
    OF_APP.set(true);
    let statement = conn.prepare(text);
    OF_APP.set(false);
    statement
}

/// Says what a statement may do while it is prepared. Every connection is opened with this one: giving
/// a connection another would make SQLite prepare all of its statements anew.
pub(super) fn authorize(asked: AuthContext<'_>) -> Authorization {
    match asked.action {
        _ if !OF_APP.get() => Authorization::Allow,
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Function { .. } | AuthAction::Recursive => {
            Authorization::Allow
        }
        // SQLite 3.40 compiles this, and never runs it, to make `json_each` and its like known.
        AuthAction::Update { table_name: "sqlite_master" | "sqlite_schema", .. } => Authorization::Allow,
        _ => Authorization::Deny,
    }
}

/// Refuses a statement that is no read, beyond what [`authorize`] has refused. The first word of the
/// text was `SELECT`, `VALUES` or `WITH`.
fn check_read(statement: &Statement<'_>) -> Result<(), Error> {
    if statement.readonly() && statement.is_explain() == 0 && statement.column_count() > 0 {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Invalid, "the SQL is no read: only reads run here, writes go through the tables"))
}

fn stopped() -> Error {
    Error::new(ErrorKind::Cancelled, "the read by SQL was given up: nobody waits for its rows")
}

/// SQLite's errors that the text or its values cause are the caller's.
#[cfg_attr(not(feature = "bundled"), allow(unused_variables))]
fn refused(text: &str, error: rusqlite::Error, stop: &SqlStop) -> Error {
    let invalid = |message: String| Error::new(ErrorKind::Invalid, message);
    match &error {
        #[cfg(feature = "bundled")]
        rusqlite::Error::SqlInputError { msg, offset, .. } => {
            // SQLite counts bytes.
            let before = usize::try_from(*offset).ok().and_then(|offset| text.get(..offset));
            let place = before.map_or(0, |before| before.chars().count()) + 1;
            return invalid(format!("SQLite refuses the SQL at character {place}: {msg}")).with_source(error);
        }
        rusqlite::Error::MultipleStatement => {
            return invalid("the SQL text has more than one statement: run them one by one".to_owned());
        }
        _ => {}
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) if stop.is_asked() => stopped(),
        Some(ErrorCode::AuthorizationForStatementDenied) => {
            invalid("the SQL does more than read, in one statement: writes go through the tables".to_owned())
        }
        Some(ErrorCode::Unknown | ErrorCode::TooBig) => {
            invalid(format!("SQLite refuses the SQL: {error}")).with_source(error)
        }
        _ => failed(READING, error),
    }
}

/// Lets SQLite ask, while a statement runs, whether it should stop.
struct Watched<'a>(&'a Connection);

impl<'a> Watched<'a> {
    fn new(conn: &'a Connection, stop: &SqlStop) -> Result<Self, Error> {
        if stop.is_asked() {
            return Err(stopped());
        }
        let stop = stop.clone();
        conn.progress_handler(STEPS, Some(move || stop.is_asked())).map_err(|error| failed(READING, error))?;
        Ok(Self(conn))
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        // It fails only for a connection that this crate has not opened.
        let _ = self.0.progress_handler(0, None::<fn() -> bool>);
    }
}
