//! A document that is being made, and what its source does not tell.

use serde_json::Value;
use synctable_codegen::document::{Member, Schema, TableDocument, TableKeywords, Types};

/// A document made of a source.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    /// The table's name.
    pub(crate) table: String,
    pub(crate) document: TableDocument,
    /// What the source does not tell and somebody should look at.
    pub(crate) notes: Vec<Note>,
}

/// A remark on a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    /// The wire name of the column, if it is about one.
    pub(crate) column: Option<String>,
    pub(crate) message: String,
}

/// Whether a column may be null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Always,
    Optional,
}

impl Made {
    /// Begins the document of a table whose struct has this name.
    pub(crate) fn new(table: &str, title: &str) -> Self {
        let document = TableDocument {
            schema: Some("https://json-schema.org/draft/2020-12/schema".to_owned()),
            title: Some(title.to_owned()),
            types: Some(Types(vec!["object".to_owned()])),
            sync: TableKeywords { table: Some(table.to_owned()), ..TableKeywords::default() },
            ..TableDocument::default()
        };
        let mut made = Self { table: table.to_owned(), document, notes: Vec::new() };
        made.put("id", member("string", None), Presence::Always);
        made
    }

    /// Adds a column, or says more of one that is there. A name that no column can have is noted.
    pub(crate) fn put(&mut self, name: &str, mut column: Member, presence: Presence) {
        if let Some(why) = unusable(name) {
            return self.note(Some(name), format!("left out: {why}"));
        }
        // No field can have these names, not even behind `r#`.
        if ["self", "super", "crate"].contains(&name.to_ascii_lowercase().as_str()) {
            column.sync.name = Some(format!("{}_", name.to_ascii_lowercase()));
        }
        let required = &mut self.document.required;
        required.retain(|other| other != name);
        match presence {
            Presence::Always => required.push(name.to_owned()),
            Presence::Optional => nullable(&mut column),
        }
        self.document.properties.insert(name.to_owned(), Schema::new(column));
    }

    pub(crate) fn note(&mut self, column: Option<&str>, message: impl Into<String>) {
        self.notes.push(Note { column: column.map(str::to_owned), message: message.into() });
    }

    /// The name of the document's file.
    pub(crate) fn file_name(&self) -> String {
        let title = self.document.title.as_deref().unwrap_or(&self.table);
        format!("{}.json", snake(title))
    }
}

/// The schema of a type.
pub(crate) fn member(of_type: &str, format: Option<&str>) -> Member {
    Member { types: Some(Types(vec![of_type.to_owned()])), format: format.map(str::to_owned), ..Member::default() }
}

/// Allows null beside what a schema allows.
fn nullable(column: &mut Member) {
    if let Some(reference) = column.reference.take() {
        let to = Schema::new(Member { reference: Some(reference), ..Member::default() });
        column.any_of = vec![to, Schema::new(member("null", None))];
    }
    if let Some(types) = &mut column.types {
        types.0.push("null".to_owned());
    }
    if let Some(values) = &mut column.values {
        values.push(Value::Null);
    }
}

/// Whether the server makes a column itself; documents need not have it.
pub(crate) fn is_system(name: &str) -> bool {
    ["updatedAt", "version", "createdAt", "deleted"].iter().any(|system| system.eq_ignore_ascii_case(name))
}

/// Why a name cannot be that of a column or table; `None` if it can.
pub(crate) fn unusable(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let starts_well = name.starts_with(|first: char| first.is_alphabetic() || first == '_');
    if lower.starts_with("__") || lower.starts_with("sqlite_") {
        Some("the beginning of its name is reserved")
    } else if !starts_well || !name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
        Some("names are letters, digits, `_` and `-`, and start with a letter or `_`")
    } else {
        None
    }
}

/// The name of a struct for any name: `TodoItem` for `todo_item`, `TodoItem` and `Todo.Items.TodoItem`.
pub(crate) fn pascal(name: &str) -> String {
    let last = name.rsplit(['.', '+', '/']).next().unwrap_or(name);
    let words = last.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let pascal: String = words
        .map(|word| {
            let mut chars = word.chars();
            let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
            let rest = chars.as_str();
            // A name in capitals, such as `TODO_ITEM`, is no abbreviation.
            if word.chars().any(char::is_lowercase) { first + rest } else { first + &rest.to_lowercase() }
        })
        .collect();
    match pascal.chars().next() {
        Some(first) if first.is_alphabetic() => pascal,
        _ => format!("Table{pascal}"),
    }
}

/// The name of a file for the name of a struct: `todo_item` for `TodoItem`.
fn snake(pascal: &str) -> String {
    let chars: Vec<char> = pascal.chars().collect();
    let mut snake = String::new();
    for (index, c) in chars.iter().enumerate() {
        let after_small = index > 0 && !chars[index - 1].is_uppercase();
        let before_small = index > 0 && chars.get(index + 1).is_some_and(|next| next.is_lowercase());
        if c.is_uppercase() && (after_small || before_small) {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_structs_and_files() {
        for (name, title, file) in [
            ("todoitem", "Todoitem", "todoitem"),
            ("todo_item", "TodoItem", "todo_item"),
            ("InventoryItem", "InventoryItem", "inventory_item"),
            ("Shop.Models.HTTPLog", "HTTPLog", "http_log"),
            ("ORDER LINES", "OrderLines", "order_lines"),
            ("2nd", "Table2nd", "table2nd"),
        ] {
            let pascal = pascal(name);
            assert_eq!((pascal.as_str(), snake(&pascal).as_str()), (title, file), "{name}");
        }
        assert!(unusable("dueAt").is_none() && unusable("größe").is_none() && unusable("a-b").is_none());
        assert!(unusable("__op").is_some() && unusable("a b").is_some() && unusable("1st").is_some());
    }
}
