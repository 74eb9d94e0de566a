//! Documents of the tables of an SQLite file; it is only read.

mod declared;
mod own;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use synctable_codegen::document::Member;

use super::made::{Made, Presence, is_system, member, pascal, unusable};

/// A column as SQLite has it.
#[derive(Debug)]
struct Declared {
    name: String,
    sql_type: String,
    not_null: bool,
    /// The SQL text of the default.
    default: Option<String>,
    /// The place in the primary key, from 1; 0 outside it.
    key: i64,
}

/// Makes a document of each table, or of those that are named; beside them what is left out.
pub(super) fn tables(path: &Path, wanted: &[&str]) -> Result<(Vec<Made>, Vec<String>), String> {
    if !path.is_file() {
        return Err("there is no such file".to_owned());
    }
    let connection = open(path).map_err(|error| unreadable(&error))?;
    read(&connection, wanted).map_err(|error| match error {
        Fault::Sqlite(error) => unreadable(&error),
        Fault::Input(message) => message,
    })
}

/// Opens a file without making others beside it, which SQLite does in the mode of a write-ahead log
/// even to read, unless it is told that nobody writes.
fn open(path: &Path) -> Result<Connection, rusqlite::Error> {
    let read = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        Path::new(&name).exists()
    };
    match path.to_str() {
        Some(text) if !beside("-wal") && !beside("-journal") => {
            let text = text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
            Connection::open_with_flags(format!("file:{text}?immutable=1"), read | OpenFlags::SQLITE_OPEN_URI)
        }
        _ => Connection::open_with_flags(path, read),
    }
}

enum Fault {
    Sqlite(rusqlite::Error),
    Input(String),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

fn unreadable(error: &rusqlite::Error) -> String {
    format!("cannot be read as an SQLite database: {error}")
}

fn read(connection: &Connection, wanted: &[&str]) -> Result<(Vec<Made>, Vec<String>), Fault> {
    // Shadow tables and those of extensions are no tables of rows.
    let mut statement = connection.prepare(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' \
         AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_\\_%' ESCAPE '\\' ORDER BY name",
    )?;
    let all = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    if let Some(unknown) = wanted.iter().find(|name| !all.iter().any(|table| table.eq_ignore_ascii_case(name))) {
        let known = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
        return Err(Fault::Input(format!("there is no table `{unknown}`; the tables are: {known}")));
    }
    let is_wanted = |table: &str| wanted.is_empty() || wanted.iter().any(|name| table.eq_ignore_ascii_case(name));
    let (mut made, mut skipped) = (Vec::new(), Vec::new());
    let chosen: BTreeSet<String> = all.into_iter().filter(|table| is_wanted(table)).collect();
    for table in &chosen {
        match unusable(table) {
            Some(why) => skipped.push(format!("the table `{}` is left out: {why}", table.escape_debug())),
            None => made.push(document(connection, table, &chosen)?),
        }
    }
    if made.is_empty() {
        return Err(Fault::Input("the file has no tables to make documents of".to_owned()));
    }
    Ok((made, skipped))
}

fn document(connection: &Connection, table: &str, chosen: &BTreeSet<String>) -> Result<Made, Fault> {
    let mut made = Made::new(table, &pascal(table));
    let columns = columns(connection, table)?;
    let indexed = indexed(connection, table)?;
    let references = references(connection, table)?;
    let own = own::types(connection, table)?;
    if own.as_ref().is_some_and(|own| own.is_local) {
        made.document.sync.local = true;
    }
    let keys: Vec<&Declared> = columns.iter().filter(|column| column.key > 0).collect();
    match (columns.iter().find(|column| column.name == "id"), &keys[..]) {
        (Some(id), _) if !declared::is_text(&id.sql_type) => {
            made.note(
                Some("id"),
                format!("it is declared {}: ids are texts on the wire and in the store", shown(&id.sql_type)),
            );
        }
        (Some(_), _) => {}
        (None, [key]) => made.note(
            Some("id"),
            format!("the table has the key `{}`: rows are known by `id` on the wire, which is added", key.name),
        ),
        (None, _) => {
            made.note(Some("id"), "the table has no such column: rows are known by it on the wire, it is added")
        }
    }
    for column in columns.iter().filter(|column| column.name != "id" && !column.name.starts_with("__")) {
        if is_system(&column.name) && !made.document.sync.local {
            made.note(Some(&column.name), "left out: the server keeps it for every row");
            continue;
        }
        let own_type = own.as_ref().and_then(|own| own.columns.get(&column.name));
        if own_type.is_some_and(|own| own.removed) {
            made.note(Some(&column.name), "left out: no version of the app reads it any more");
            continue;
        }
        let (mut schema, note) = match own_type.and_then(|own| own.schema()) {
            Some(schema) => (schema, None),
            None => declared::schema(&column.sql_type),
        };
        if let Some(note) = note {
            made.note(Some(&column.name), note);
        }
        let is_optional = own_type.map_or(!column.not_null && column.key == 0, |own| own.optional);
        // In a store of ours the default of a column that cannot be null only fills a gap.
        if own.is_none() {
            match column.default.as_deref().map(|default| declared::default(default, &schema)) {
                Some(Some(default)) => schema.default = Some(default),
                Some(None) if !column.default.as_deref().is_some_and(|text| text.eq_ignore_ascii_case("null")) => {
                    made.note(Some(&column.name), "its default is an expression or of another type: it is left out");
                }
                _ => {}
            }
        }
        schema.sync.index = indexed.contains(&column.name) && has_index(&schema);
        schema.sync.local = own_type.is_some_and(|own| own.local);
        refer(column, references.get(&column.name), chosen, &mut schema, &mut made);
        made.put(&column.name, schema, if is_optional { Presence::Optional } else { Presence::Always });
    }
    Ok(made)
}

/// Notes what table a column refers to.
fn refer(column: &Declared, to: Option<&String>, chosen: &BTreeSet<String>, schema: &mut Member, made: &mut Made) {
    let Some(to) = to else { return };
    if !declared::is_text(&column.sql_type) {
        let message = format!("it refers to `{to}` by a number: ids are texts on the wire, so that it becomes an id");
        made.note(Some(&column.name), message);
        *schema = Member { sync: schema.sync.clone(), ..member("string", None) };
    }
    schema.format = None;
    match chosen.iter().find(|other| other.eq_ignore_ascii_case(to)) {
        Some(other) => schema.sync.references = Some(other.clone()),
        None => {
            schema.format = Some("id".to_owned());
            made.note(
                Some(&column.name),
                format!("it refers to `{to}`, which is not among the documents: it becomes an id"),
            );
        }
    }
}

fn has_index(schema: &Member) -> bool {
    schema.types.is_some() && schema.format.as_deref() != Some("decimal")
}

fn shown(sql_type: &str) -> String {
    if sql_type.is_empty() { "without a type".to_owned() } else { sql_type.escape_debug().to_string() }
}

fn columns(connection: &Connection, table: &str) -> Result<Vec<Declared>, rusqlite::Error> {
    let mut statement = connection.prepare(
        "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_xinfo(?1) WHERE hidden = 0 ORDER BY cid",
    )?;
    let columns = statement.query_map([table], |row| {
        Ok(Declared {
            name: row.get(0)?,
            sql_type: row.get(1)?,
            not_null: row.get(2)?,
            default: row.get(3)?,
            key: row.get(4)?,
        })
    })?;
    columns.collect()
}

/// The columns that are the first of an index; the key has one in any case.
fn indexed(connection: &Connection, table: &str) -> Result<BTreeSet<String>, rusqlite::Error> {
    let mut statement = connection.prepare(
        "SELECT info.name FROM pragma_index_list(?1) AS list, pragma_index_info(list.name) AS info \
         WHERE list.origin <> 'pk' AND info.seqno = 0 AND info.name IS NOT NULL",
    )?;
    statement.query_map([table], |row| row.get(0))?.collect()
}

/// The tables that columns refer to; a key of several columns is no reference to an id.
fn references(connection: &Connection, table: &str) -> Result<BTreeMap<String, String>, rusqlite::Error> {
    let mut statement = connection
        .prepare("SELECT \"from\", \"table\" FROM pragma_foreign_key_list(?1) GROUP BY id HAVING count(*) = 1")?;
    statement.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

#[cfg(test)]
mod tests;
