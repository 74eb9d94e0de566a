//! Of rows that a request may not see nothing is computed: a condition that fails for one of them would tell of it.

use synctable::testing::ColumnType;
use synctable::testing::odata::{Grammar, Limits, parse_filter, parse_order};
use synctable::testing::typed::{Typed, resolve_filter, resolve_order};

use super::{Database, ListQuery, SortKey, Store, StoredTable};
use crate::TableDefinition;

/// The text in capitals that an engine is made to fail at.
pub(super) const FAILS: &str = "boom";

/// Opens a store with a row of Ann, and one of Bob whose texts the engine fails at.
pub(super) fn open(database: &Database) -> Store {
    let table =
        TableDefinition::new("note").column("title", ColumnType::Text).column("owner", ColumnType::Text).soft_delete();
    let store = Store::open(database, &[table]).unwrap();
    let row = |id: &str, owner: &str| serde_json::json!({"id": id, "title": id, "owner": owner});
    store.seed("note", &[row(FAILS, "bob"), row("mine", "ann")]).unwrap();
    store
}

fn filter(text: &str, table: &StoredTable) -> Typed {
    let filter = parse_filter(text, Grammar::V4, Limits::default()).unwrap();
    resolve_filter(&filter, &|name| table.lookup(name)).unwrap()
}

fn ask(store: &Store, visible: &str, asked: &str, order: &str) -> Result<(Option<u64>, Vec<String>), String> {
    let table = store.table("note").unwrap();
    let order = parse_order(order, Grammar::V4, Limits::default()).unwrap();
    let mut query = ListQuery::all(&table).among(Some(filter(visible, &table)));
    query.filter = Some(filter(asked, &table));
    query.count = true;
    query.order = order
        .iter()
        .map(|key| SortKey {
            typed: resolve_order(&key.expr, &|name| table.lookup(name)).unwrap(),
            descending: key.descending,
        })
        .collect();
    let answer = store.list_blocking(&table, query).map_err(|error| error.to_string())?;
    let rows: Vec<serde_json::Value> = serde_json::from_str(&answer.items).unwrap();
    Ok((answer.count, rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()))
}

/// Asks what would fail for the row of Bob, in ways that let an engine look at his row first.
pub(super) fn ask_beside(store: &Store) {
    // The engine does fail, so that the rest shows something.
    assert!(ask(store, "true", "toupper(title) eq 'MINE'", "id").is_err());
    for visible in ["owner eq 'ann'", "contains(tolower(trim(owner)),'ann')", "not (owner eq 'bob')"] {
        for asked in [
            "toupper(title) eq 'MINE'",
            "toupper(id) eq 'MINE'",
            "updatedAt ge 2000-01-01T00:00:00Z and toupper(id) eq 'MINE'",
            "id ge 'a' and not (toupper(id) eq 'BOOM')",
            "toupper(id) in ('MINE','BOOM') or toupper(title) eq owner",
            "deleted eq false and (owner eq 'bob' or toupper(concat(id,'')) eq 'MINE')",
        ] {
            for order in ["id", "updatedAt,id", "toupper(title) desc", "length(toupper(id))"] {
                let answer = ask(store, visible, asked, order);
                assert_eq!(answer, Ok((Some(1), vec!["mine".to_owned()])), "{visible}: {asked} by {order}");
            }
        }
    }
}
