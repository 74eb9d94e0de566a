//! The order that declared references ask for (queue.md 3).

use super::plan::Before;
use super::{Key, Round, Through};
use crate::error::Error;
use crate::queue;
use crate::queue::plan::Case;
use crate::row::Row;
use crate::store::StoreWrite;
use crate::store::entry::{Base, Sequence};
use crate::table::TableSchema;
use crate::value::{Id, ValueRef};

impl Round {
    /// What comes before an entry, the last of its path (queue.md 3, Order).
    pub(super) fn before(&self, tx: &mut dyn StoreWrite, case: &Case, path: &[Key]) -> Result<Before, Error> {
        let keys = match &case.wish {
            Some(wish) => self.parents(tx, wish)?,
            None => self.children(tx, case)?,
        };
        let mut open = None;
        for key in keys {
            match self.through.get(&key) {
                Some(Through::Settled) => {}
                Some(Through::Failed) if case.wish.is_none() => {}
                Some(Through::Failed) => return Ok(Before::Failed(key)),
                // A cycle: the order of the queue decides.
                None if path.contains(&key) => {}
                None if self.open.contains(&key) => open = open.or(Some(key)),
                // A child that this push does not send: the row cannot go before it.
                None if case.wish.is_none() && !self.scope.has(&key.0) => return Ok(Before::Failed(key)),
                None => return Ok(Before::First(key)),
            }
        }
        Ok(open.map_or(Before::Nothing, Before::First))
    }

    /// The pending inserts and make-agains of the rows that a wish references.
    fn parents(&self, tx: &mut dyn StoreWrite, wish: &Row) -> Result<Vec<Key>, Error> {
        let mut parents = Vec::new();
        for (index, column) in wish.schema().data_columns() {
            let Some(schema) = column.referenced_table().and_then(|table| self.tables.get(table)) else { continue };
            let ValueRef::Text(id) = wish.values[index].as_ref() else { continue };
            if let Some(parent) = tx.entry_of(schema, id)? {
                let is_made = !parent.absent && !matches!(parent.base, Base::Row(_));
                if is_made && (parent.table.as_str(), &parent.id) != (wish.schema().name(), &Id::trusted(wish.id())) {
                    parents.push((parent.table, parent.id));
                }
            }
        }
        Ok(parents)
    }

    /// The pending entries whose base or wish names a row that is to be deleted.
    fn children(&self, tx: &mut dyn StoreWrite, case: &Case) -> Result<Vec<Key>, Error> {
        let id = case.entry.id.as_str();
        let table = case.entry.table.as_str();
        let references = |schema: &'static TableSchema| {
            schema.data_columns().filter(|(_, column)| column.referenced_table() == Some(table)).map(|(index, _)| index)
        };
        if !self.tables.iter().any(|schema| references(schema).next().is_some()) {
            return Ok(Vec::new());
        }
        let mut children = Vec::new();
        let mut cursor = Sequence(0);
        while let Some(entry) = tx.next_entry(cursor, self.made_until)? {
            cursor = entry.sequence;
            let Some(schema) = self.tables.get(&entry.table) else { continue };
            if references(schema).next().is_none() || (entry.table == table && entry.id.as_str() == id) {
                continue;
            }
            // One that rests holds nobody back, here as in a push that passes it over.
            if entry.is_set_aside() && !self.scope.has(&entry.table) {
                continue;
            }
            let child = queue::case_of(tx, schema, entry)?;
            let names = |row: &Row| references(schema).any(|index| row.values[index].as_ref() == ValueRef::Text(id));
            let in_base = matches!(&child.entry.base, Base::Row(row) if names(row));
            if in_base || child.wish.as_ref().is_some_and(names) {
                children.push((child.entry.table, child.entry.id));
            }
        }
        Ok(children)
    }
}
