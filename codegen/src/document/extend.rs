//! What a configuration adds to documents: subsets, types of the app, and the names that it may use.

use indexmap::IndexMap;

use super::documents::Documents;
use super::load::At;
use super::table::{Subset, TypeShape};
use crate::diagnostics::nearest;
use crate::model::names;

impl Documents {
    /// Adds a narrow struct over a table; says why not if it cannot be.
    pub(crate) fn add_subset(&mut self, name: &str, table: &str, columns: &[String]) -> Result<(), String> {
        if !names::is_type_name(name) {
            return Err(format!("`{name}` is no name of a struct"));
        }
        let known: Vec<&str> = self.tables.iter().map(|table| table.rust_name.as_str()).collect();
        let Some(index) = known.iter().position(|known| *known == table) else {
            return Err(format!("no document has the struct `{table}`{}", did_you_mean(table, known)));
        };
        if self.type_names().any(|known| known == name) {
            return Err("another generated type has that name".to_owned());
        }
        let table = &mut self.tables[index];
        let known = || table.columns.iter().map(|column| column.wire_name.as_str());
        let mut places = Vec::new();
        for column in columns {
            match known().position(|known| known == column) {
                Some(place) if !places.contains(&place) => places.push(place),
                Some(_) => return Err(format!("the column `{column}` stands twice")),
                None => return Err(format!("there is no column `{column}`{}", did_you_mean(column, known()))),
            }
        }
        if places.is_empty() {
            return Err("it has no columns".to_owned());
        }
        let at = At { file: 0, pointer: String::new() };
        table.subsets.push(Subset { at, rust_name: name.to_owned(), columns: places });
        Ok(())
    }

    /// The names of all generated types.
    pub(crate) fn type_names(&self) -> impl Iterator<Item = &str> {
        let of_tables = self.tables.iter().flat_map(|table| {
            let subsets = table.subsets.iter().map(|subset| subset.rust_name.as_str());
            subsets.chain([table.rust_name.as_str()])
        });
        of_tables.chain(self.types.iter().map(|item| item.rust_name.as_str()))
    }

    /// The names of the fields and variants of a generated type.
    pub(crate) fn part_names(&self, type_name: &str) -> Vec<&str> {
        for table in &self.tables {
            if table.rust_name == type_name {
                return table.columns.iter().map(|column| column.rust_name.as_str()).collect();
            }
            if let Some(subset) = table.subsets.iter().find(|subset| subset.rust_name == type_name) {
                return subset.columns.iter().map(|place| table.columns[*place].rust_name.as_str()).collect();
            }
        }
        match self.types.iter().find(|item| item.rust_name == type_name).map(|item| &item.shape) {
            Some(TypeShape::Object { members, .. }) => members.iter().map(|member| member.rust_name.as_str()).collect(),
            Some(TypeShape::Texts { variants, .. }) => variants.iter().map(|text| text.rust_name.as_str()).collect(),
            Some(TypeShape::Newtype(_)) | None => Vec::new(),
        }
    }

    /// Uses types of the app in place of generated ones; says why not if they cannot be.
    pub(crate) fn replace_types(&mut self, externs: &IndexMap<String, String>) -> Vec<String> {
        let known = || self.types.iter().map(|item| item.rust_name.as_str());
        let unknown = externs.keys().filter(|name| !known().any(|known| known == *name));
        let mut wrong: Vec<String> = unknown
            .map(|name| format!("no document has a type `{name}` inside a column{}", did_you_mean(name, known())))
            .collect();
        self.types.retain(|item| !externs.contains_key(&item.rust_name));
        let codes = self.tables.iter_mut().flat_map(|table| &mut table.columns).map(|column| &mut column.code);
        let members = self.types.iter_mut().filter_map(|item| match &mut item.shape {
            TypeShape::Object { members, .. } => Some(members),
            _ => None,
        });
        let codes = codes.chain(members.flatten().map(|member| &mut member.code));
        codes.for_each(|code| code.replace(externs));
        let columns = self.tables.iter().flat_map(|table| &table.columns);
        wrong.extend(columns.filter_map(|column| {
            let why = super::default::error(column, &self.types)?;
            Some(format!("column `{}`: {why}", column.wire_name))
        }));
        wrong
    }
}

/// The end of a message about a name that is not there.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, known).map(|near| format!(": did you mean `{near}`?")).unwrap_or_default()
}
