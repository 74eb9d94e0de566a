//! A table of the store, as the requests know it.

use std::sync::{Arc, OnceLock};

use synctable::testing::ColumnType;

use super::StoreError;
use crate::dialect::Generation;
use crate::projection::Projection;
use crate::{Column, TableDefinition};

/// A table of the store.
#[derive(Debug)]
pub(crate) struct StoredTable {
    definition: TableDefinition,
    /// All members of a row, by generation; made when one is first asked for.
    whole: [OnceLock<Arc<Projection>>; Generation::ALL.len()],
    /// The statement by which the engine finds a row.
    find_sql: OnceLock<String>,
}

impl StoredTable {
    pub(crate) fn name(&self) -> &str {
        self.definition.name()
    }

    pub(crate) fn columns(&self) -> &[Column] {
        self.definition.columns()
    }

    pub(crate) fn is_soft_delete(&self) -> bool {
        self.definition.is_soft_delete()
    }

    /// Shows all members of a row.
    pub(crate) fn whole(&self, generation: Generation) -> Arc<Projection> {
        Arc::clone(self.whole[generation as usize].get_or_init(|| Arc::new(Projection::whole(self, generation))))
    }

    /// Returns the statement that finds a row by its id; the engine writes it once.
    pub(super) fn find_sql(&self, write: impl FnOnce(&Self) -> String) -> &str {
        self.find_sql.get_or_init(|| write(self))
    }

    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns().iter().find(|column| column.name().eq_ignore_ascii_case(name))
    }

    /// Finds what a filter or an order may name; the version may not, it is opaque.
    pub(crate) fn lookup(&self, name: &str) -> Option<(String, ColumnType)> {
        const SYSTEM: [(&str, ColumnType); 4] = [
            ("id", ColumnType::Text),
            ("createdAt", ColumnType::Instant),
            ("updatedAt", ColumnType::Instant),
            ("deleted", ColumnType::Bool),
        ];
        let system = SYSTEM
            .into_iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(known, kind)| (known.to_owned(), kind));
        system.or_else(|| self.column(name).map(|column| (column.name().to_owned(), column.column_type())))
    }
}

/// Checks what no engine can store: names that are none, and one name for two tables.
pub(super) fn tables(definitions: &[TableDefinition]) -> Result<Vec<Arc<StoredTable>>, StoreError> {
    for (at, definition) in definitions.iter().enumerate() {
        if let Some(fault) = definition.fault() {
            return Err(StoreError::new(fault));
        }
        if definitions[..at].iter().any(|other| other.name().eq_ignore_ascii_case(definition.name())) {
            return Err(StoreError::new(format!("table '{}' is defined twice", definition.name())));
        }
    }
    let stored = definitions.iter().map(|definition| StoredTable {
        definition: definition.clone(),
        whole: Default::default(),
        find_sql: OnceLock::new(),
    });
    Ok(stored.map(Arc::new).collect())
}

/// Writes a name of a table or column for SQL, where it keeps its case.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
