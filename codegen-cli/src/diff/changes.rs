//! What two versions of a table's document say otherwise.

use serde::Serialize;
use serde_json::Value;
use synctable_codegen::document::{Column, Documents, Table};

/// One text for each thing that differs, table first, then columns in their order.
pub(super) fn of(before: (&Documents, &Table), after: (&Documents, &Table)) -> Vec<String> {
    let mut changes = Changes { texts: Vec::new(), of: String::new() };
    let (earlier, later) = (before.1, after.1);
    changes.compare("struct", earlier.rust_name(), later.rust_name());
    changes.compare("description", earlier.docs(), later.docs());
    changes.compare("route", earlier.route(), later.route());
    changes.compare("local", earlier.is_local(), later.is_local());
    changes.compare("narrow", earlier.is_narrow(), later.is_narrow());
    changes.compare("keep deleted", earlier.keeps_deleted(), later.keeps_deleted());
    changes.compare("soft delete", earlier.has_soft_delete(), later.has_soft_delete());
    changes.compare("constants of inserts", earlier.on_insert(), later.on_insert());
    changes.compare("subsets", subsets(earlier), subsets(later));
    for column in later.columns() {
        let known = earlier.columns().iter().find(|known| known.wire_name() == column.wire_name());
        let renamed = || {
            let mut known = earlier.columns().iter().filter(|known| named(later, known.wire_name()).is_none());
            known.find(|known| column.was().iter().any(|was| was == known.wire_name()))
        };
        changes.of = format!("column `{}`: ", column.wire_name());
        match known.or_else(renamed) {
            Some(known) => columns(&mut changes, (before.0, known), (after.0, column)),
            None => changes.texts.push(format!("column `{}`: is new", column.wire_name())),
        }
    }
    for column in earlier.columns() {
        let is_followed = later.columns().iter().any(|now| now.was().iter().any(|was| was == column.wire_name()));
        if named(later, column.wire_name()).is_none() && !is_followed {
            changes.texts.push(format!("column `{}`: is gone", column.wire_name()));
        }
    }
    let order = |table: &'_ Table, other: &Table| -> Vec<String> {
        let shared = table.columns().iter().filter(|column| named(other, column.wire_name()).is_some());
        shared.map(|column| column.wire_name().to_owned()).collect()
    };
    if order(earlier, later) != order(later, earlier) {
        changes.texts.push("the columns have another order".to_owned());
    }
    changes.texts
}

fn named<'a>(table: &'a Table, wire_name: &str) -> Option<&'a Column> {
    table.columns().iter().find(|column| column.wire_name() == wire_name)
}

fn subsets(table: &Table) -> Vec<(&str, Vec<&str>)> {
    let names = |columns: &[usize]| {
        columns.iter().filter_map(|&place| table.columns().get(place)).map(Column::wire_name).collect()
    };
    table.subsets().iter().map(|subset| (subset.rust_name(), names(subset.columns()))).collect()
}

fn columns(changes: &mut Changes, before: (&Documents, &Column), after: (&Documents, &Column)) {
    let (earlier, later) = (before.1, after.1);
    changes.compare("name", earlier.wire_name(), later.wire_name());
    changes.compare("field", earlier.rust_name(), later.rust_name());
    changes.compare("description", earlier.docs(), later.docs());
    changes.compare("role", format!("{:?}", earlier.role()), format!("{:?}", later.role()));
    changes.compare("type", format!("{:?}", earlier.kind()), format!("{:?}", later.kind()));
    changes.compare("texts", before.0.texts_of(earlier), after.0.texts_of(later));
    changes.compare("nullable", earlier.is_nullable(), later.is_nullable());
    changes.compare("default", earlier.default(), later.default());
    changes.compare("index", earlier.is_indexed(), later.is_indexed());
    changes.compare("local", earlier.is_local_only(), later.is_local_only());
    changes.compare("references", earlier.references(), later.references());
    changes.compare("earlier names", earlier.was(), later.was());
    changes.compare("merge", earlier.merge(), later.merge());
    let (from, to) = (earlier.limits(), later.limits());
    changes.compare("minLength", from.min_length, to.min_length);
    changes.compare("maxLength", from.max_length, to.max_length);
    changes.compare("minimum", &from.minimum, &to.minimum);
    changes.compare("maximum", &from.maximum, &to.maximum);
    changes.compare("exclusiveMinimum", &from.exclusive_minimum, &to.exclusive_minimum);
    changes.compare("exclusiveMaximum", &from.exclusive_maximum, &to.exclusive_maximum);
    changes.compare("multipleOf", &from.multiple_of, &to.multiple_of);
}

struct Changes {
    texts: Vec<String>,
    /// How the texts begin.
    of: String,
}

impl Changes {
    fn compare<V: Serialize>(&mut self, what: &str, before: V, after: V) {
        let json = |value: V| serde_json::to_value(value).unwrap_or_default();
        let (before, after) = (json(before), json(after));
        if before != after {
            let shown = |value: Value| if value.is_null() { "not given".to_owned() } else { value.to_string() };
            self.texts.push(format!("{}{what} was {}, is {}", self.of, shown(before), shown(after)));
        }
    }
}
