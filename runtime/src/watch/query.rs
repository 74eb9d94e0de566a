//! A typed query as something that can be watched.

use std::sync::Arc;

use super::live::{Interest, Ran, Run};
use super::print::{Print, id_print};
use crate::query::Selection;
use crate::row::RowBatch;
use crate::session::Tables;
use crate::subset::{ColumnSubset, read_all};
use crate::table::{SyncTable, TableSchema};

/// What the query depends on, and how it is run.
pub(super) fn watched<T: SyncTable, R: ColumnSubset<T>>(
    tables: Tables,
    selection: Selection,
) -> (Interest, Run<Arc<Vec<R>>>) {
    let schema: &'static TableSchema = T::SCHEMA;
    let interest = if selection.skip > 0 {
        // A row that leaves the part that is passed over moves all others.
        Interest::Tables(vec![schema.name()])
    } else {
        Interest::Rows { schema, filter: selection.filter.clone() }
    };
    let places = shown::<T, R>();
    let mut reading = selection;
    if R::SELECTED.is_some() && !places.contains(&schema.id_index()) {
        // The ids tell whether a change concerns the result.
        reading.columns = None;
    }
    let run = move |snapshot: &mut dyn crate::store::StoreRead, last: Option<Print>| {
        let schema = tables.check::<T>()?;
        let mut batch = RowBatch::new(schema);
        snapshot.select(schema, &reading, &mut batch)?;
        let print = Print::of_rows(&batch, &places);
        let mut ids: Vec<u64> = batch.iter().map(|row| id_print(row.id())).collect();
        ids.sort_unstable();
        let value = if last == Some(print) { None } else { Some(Arc::new(read_all::<T, R>(&batch)?)) };
        Ok(Ran { value, print, ids: Some(ids) })
    };
    (interest, Box::new(run))
}

/// The places of the cells that `R` reads: what it does not show cannot make two results differ.
fn shown<T: SyncTable, R: ColumnSubset<T>>() -> Vec<usize> {
    let schema: &'static TableSchema = T::SCHEMA;
    match R::SELECTED {
        Some(columns) => columns.iter().filter_map(|column| schema.place(column)).collect(),
        None => {
            let declared = schema.declared_system_columns().iter();
            let system = declared.map(|(system, _)| schema.columns().len() + system.offset());
            (0..schema.columns().len()).chain(system).collect()
        }
    }
}
