//! Column subsets: what queries give as them, on each store, and that nothing else is read.

use std::sync::Arc;

use synctable::store::{
    BoxFuture, ChangeFeed, ChangeSource, Durability, LocalStore, ReadWork, StoreWrite, StoredRow, WriteWork,
};
use synctable::{
    ColumnSubset, Date, ErrorKind, Id, MemoryStore, Row, SqliteStore, SyncContext, SyncTable, Table, TableSchema,
    Timestamp, Value, Version,
};

#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
struct Note {
    id: Id,
    #[sync(rename = "headLine")]
    title: String,
    day: Option<Date>,
    #[sync(json, default = vec!["none".to_owned()])]
    tags: Vec<String>,
    #[sync(local, default = 3)]
    stars: i32,
    r#type: Option<String>,
    #[sync(system)]
    version: Option<Version>,
    #[sync(system)]
    updated_at: Option<Timestamp>,
    #[sync(system)]
    deleted: bool,
}

/// Not in the order of the table, with what the server says of the row, and without the id.
#[derive(Debug, Clone, PartialEq, ColumnSubset)]
#[sync(of = Note)]
struct Line {
    updated_at: Option<Timestamp>,
    tags: Vec<String>,
    title: String,
    deleted: bool,
    version: Option<Version>,
    r#type: Option<String>,
    stars: i32,
}

#[derive(Debug, Clone, PartialEq, ColumnSubset)]
#[sync(of = Note)]
struct Day {
    day: Option<Date>,
}

/// The same store for the context and for the test.
#[derive(Debug, Clone)]
struct Shared(Arc<dyn LocalStore>);

impl LocalStore for Shared {
    fn open(&self, tables: &[&'static TableSchema]) -> BoxFuture<'_, Result<(), synctable::Error>> {
        self.0.open(tables)
    }

    fn write(
        &self,
        durability: Durability,
        source: ChangeSource,
        work: WriteWork,
    ) -> BoxFuture<'_, Result<(), synctable::Error>> {
        self.0.write(durability, source, work)
    }

    fn read(&self, work: ReadWork) -> BoxFuture<'_, Result<(), synctable::Error>> {
        self.0.read(work)
    }

    fn sole_pusher(&self) -> Option<Box<dyn std::fmt::Debug + Send + Sync>> {
        self.0.sole_pusher()
    }

    fn changes(&self) -> &ChangeFeed {
        self.0.changes()
    }
}

struct World {
    context: SyncContext,
    notes: Table<Note>,
    store: Shared,
    _folder: tempfile::TempDir,
}

/// A device on each store.
async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for is_memory in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn LocalStore> = if is_memory {
            Arc::new(MemoryStore::new())
        } else {
            Arc::new(SqliteStore::at(folder.path().join("notes.db")))
        };
        let store = Shared(store);
        let builder = SyncContext::builder("http://127.0.0.1:9").store(store.clone()).table::<Note>();
        let context = builder.open().await.unwrap();
        worlds.push(World { notes: context.table(), context, store, _folder: folder });
    }
    worlds
}

impl World {
    async fn put(&self, row: Row) {
        let row = StoredRow { row, replaced: None, entry: None };
        let work = move |tx: &mut dyn StoreWrite| tx.put_row(&row);
        self.store.write(Durability::Process, ChangeSource::Local, Box::new(work)).await.unwrap();
    }
}

fn note(id: &str, title: &str) -> Note {
    Note { id: Id::parse(id).unwrap(), title: title.to_owned(), tags: vec![id.to_owned()], stars: 4, ..Note::default() }
}

/// A row as the server gave it, with a null where a default stands in and a day that is none.
fn odd_row() -> Row {
    let mut row = Row::new(Note::SCHEMA);
    let text = |text: &str| Value::Text(text.to_owned());
    row.values = vec![text("odd"), text("Odd"), text("no day"), Value::Null, Value::Integer(5), text("t")];
    row.version = Version::parse("v");
    row.updated_at = Timestamp::from_millis(7);
    row
}

#[tokio::test]
async fn rows_come_as_the_subset_in_the_order_of_the_query() {
    for world in worlds().await {
        for row in [note("b", "Beta"), note("a", "Alpha"), note("c", "Gamma")] {
            world.notes.insert(row).await.unwrap();
        }
        // Filter, order and bounds may name what is not selected.
        let query = Note::query().filter(|n| n.id.ne("c").and(n.day.is_null())).order_by(|n| n.id.desc());
        let titles = |lines: Vec<Line>| lines.into_iter().map(|line| line.title).collect::<Vec<_>>();
        assert_eq!(titles(world.notes.list(&query.select::<Line>()).await.unwrap()), ["Beta", "Alpha"]);
        assert_eq!(titles(world.notes.list(&query.select::<Line>().skip(1)).await.unwrap()), ["Alpha"]);
        assert_eq!(world.notes.count(&query.select::<Line>().take(1)).await.unwrap(), 1);
        // A selected query can be narrowed on, kept, and selected anew.
        let alpha = query.select::<Line>().filter(|n| n.title.eq("Alpha"));
        assert_eq!(titles(world.notes.list(&alpha.clone()).await.unwrap()), ["Alpha"]);
        assert_eq!(world.notes.list(&alpha.select::<Day>()).await.unwrap(), [Day { day: None }]);
        assert_eq!(world.notes.list(&alpha.select::<Note>()).await.unwrap(), [note("a", "Alpha")]);
        let found = world.context.transaction(move |tx| Ok((tx.list(&alpha)?, tx.count(&alpha)?))).await.unwrap();
        assert_eq!((titles(found.0), found.1), (vec!["Alpha".to_owned()], 1));
    }
}

#[tokio::test]
async fn a_subset_has_the_values_of_the_row() {
    for world in worlds().await {
        world.put(odd_row()).await;
        let lines = world.notes.list(&Note::query().select::<Line>()).await.unwrap();
        let expected = Line {
            updated_at: Timestamp::from_millis(7),
            tags: vec!["none".to_owned()],
            title: "Odd".to_owned(),
            deleted: false,
            version: Version::parse("v"),
            r#type: Some("t".to_owned()),
            stars: 5,
        };
        assert_eq!(lines, [expected]);
    }
}

#[tokio::test]
async fn what_is_not_selected_is_not_read() {
    for world in worlds().await {
        world.put(odd_row()).await;
        let whole = world.notes.list(&Note::query()).await.unwrap_err();
        assert_eq!((whole.kind(), whole.row()), (ErrorKind::Decode, Some("odd")), "{whole}");
        assert_eq!(world.notes.list(&Note::query().select::<Line>()).await.unwrap().len(), 1);
        // What is selected is; without the id the error names no row.
        let day = world.notes.list(&Note::query().select::<Day>()).await.unwrap_err();
        assert_eq!((day.kind(), day.row()), (ErrorKind::Decode, None), "{day}");
        assert!(day.to_string().contains("column `day`"), "{day}");
    }
}

#[test]
fn a_query_names_what_it_selects() {
    let names = |query: &synctable::Selection| {
        query.columns.map(|columns| columns.iter().map(|column| column.wire_name()).collect::<Vec<_>>())
    };
    let query = Note::query().order_by(|n| n.title.asc());
    assert_eq!(names(query.selection()), None);
    assert_eq!(names(query.select::<Day>().selection()), Some(vec!["day"]));
    let line = vec!["updatedAt", "tags", "headLine", "deleted", "version", "type", "stars"];
    assert_eq!(names(query.select::<Line>().selection()), Some(line));
    assert_eq!(names(query.select::<Line>().select::<Note>().selection()), None);
    assert_eq!(query.select::<Day>().selection().order, query.selection().order);
    assert!(format!("{:?}", query.select::<Day>()).contains("\"day\""));
}
