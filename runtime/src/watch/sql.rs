//! A read in SQL as something that can be watched.

use std::fmt;
use std::sync::Arc;

use super::live::{Ran, Run};
use super::print::{Print, Printer};
use crate::error::{Error, ErrorKind};
use crate::session::Tables;
use crate::sql::{Collect, FromSqlRow, SqlColumns, SqlOutput, SqlQuery, SqlRow, SqlStop};
use crate::store::StoreRead;
use crate::table::TableSchema;

/// How the read is run; `stop` ends a run.
pub(super) fn watched<R: FromSqlRow>(
    tables: &Tables,
    query: SqlQuery,
    of: &[&'static TableSchema],
    stop: SqlStop,
) -> Run<Arc<Vec<R>>> {
    // The changes of a table that the store does not have would never come.
    let unknown = of.iter().find(|schema| tables.get(schema.name()) != Some(**schema)).map(|schema| {
        let message = "the table is not registered, so that its changes cannot be watched: register it on the builder";
        Error::new(ErrorKind::Schema, message).in_table(schema.name())
    });
    Box::new(move |snapshot: &mut dyn StoreRead, last: Option<Print>| {
        if let Some(error) = &unknown {
            return Err(error.clone());
        }
        let mut rows = Vec::new();
        let mut output = Printed { collect: Collect::new(&mut rows), printer: Printer::new() };
        snapshot.sql_rows(&query, &stop, &mut output)?;
        let print = output.printer.finish();
        Ok(Ran { value: (last != Some(print)).then(|| Arc::new(rows)), print, ids: None })
    })
}

/// Collects the rows and makes the print of their cells.
struct Printed<'a, R: FromSqlRow> {
    collect: Collect<'a, R>,
    printer: Printer,
}

impl<R: FromSqlRow> SqlOutput for Printed<'_, R> {
    fn columns(&mut self, columns: &SqlColumns) -> Result<(), Error> {
        self.collect.columns(columns)
    }

    fn row(&mut self, row: SqlRow<'_>) -> Result<(), Error> {
        for place in 0..row.columns().names().len() {
            self.printer.cell(row.value(place)?);
        }
        self.collect.row(row)
    }
}

impl<R: FromSqlRow> fmt::Debug for Printed<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Printed").field("collect", &self.collect).finish_non_exhaustive()
    }
}
