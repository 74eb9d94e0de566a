//! Reads by SQL: what they give, what they refuse, and that they end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use synctable::{
    Column, ColumnSubset, Date, Decimal, ErrorKind, Id, MemoryStore, SqlQuery, SqliteStore, SyncContext, SyncTable,
    Timestamp, ValueRef, Version,
};

#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
struct Shelf {
    id: Id,
    name: String,
}

/// Names that are keywords, or have quotes and spaces in SQL.
#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "order")]
struct Book {
    id: Id,
    #[sync(rename = "headLine")]
    title: String,
    shelf: Option<Id>,
    r#select: i64,
    price: Decimal,
    bought: Option<Timestamp>,
    day: Option<Date>,
    weight: Option<f64>,
    read: bool,
    cover: Vec<u8>,
    #[sync(json, default = Vec::new())]
    tags: Vec<String>,
    #[sync(system)]
    version: Option<Version>,
    #[sync(system)]
    deleted: bool,
}

#[derive(Debug, Clone, PartialEq, ColumnSubset)]
#[sync(of = Book)]
struct Line {
    tags: Vec<String>,
    title: String,
    deleted: bool,
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

fn book(name: &str, price: &str, shelf: Option<&str>) -> Book {
    Book {
        id: id(name),
        title: format!("Title {name}"),
        price: decimal(price),
        shelf: shelf.map(id),
        ..Book::default()
    }
}

struct World {
    ctx: SyncContext,
    _folder: tempfile::TempDir,
}

/// A context on a file and one in SQLite's memory, each with some books.
async fn worlds() -> [World; 2] {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let stores = [SqliteStore::at(folders[0].path().join("store.db")), SqliteStore::in_memory()];
    let mut worlds = Vec::new();
    for (store, folder) in stores.into_iter().zip(folders) {
        let ctx = SyncContext::builder("http://127.0.0.1:9")
            .store(store)
            .table::<Shelf>()
            .table::<Book>()
            .open()
            .await
            .unwrap();
        let shelf = Shelf { id: id("s"), name: "Upper".to_owned() };
        ctx.table::<Shelf>().insert(shelf).await.unwrap();
        for book in [book("a", "9.5", Some("s")), book("b", "10", None), book("c", "-1", Some("s"))] {
            ctx.table::<Book>().insert(book).await.unwrap();
        }
        worlds.push(World { ctx, _folder: folder });
    }
    worlds.try_into().ok().unwrap()
}

async fn refused(ctx: &SyncContext, query: SqlQuery) -> String {
    let error = ctx.sql_rows_with(&query, |_| Ok(())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{}: {error}", query.text());
    error.to_string()
}

#[tokio::test]
async fn tables_are_joined_by_the_names_of_their_constants() {
    let (b, s) = (Book::COLUMNS, Shelf::COLUMNS);
    for World { ctx, .. } in &worlds().await {
        let text = format!(
            "SELECT {}, {} FROM {} AS b LEFT JOIN {} ON {} = {} ORDER BY {}",
            b.title.sql_of("b"),
            s.name,
            Book::SCHEMA,
            Shelf::SCHEMA,
            s.id,
            b.shelf.sql_of("b"),
            b.id.sql_of("b"),
        );
        let rows: Vec<(String, Option<String>)> = ctx.sql_rows(&SqlQuery::new(text)).await.unwrap();
        let upper = Some("Upper".to_owned());
        let title = |name: &str| format!("Title {name}");
        assert_eq!(rows, [(title("a"), upper.clone()), (title("b"), None), (title("c"), upper)]);
    }
    assert_eq!(b.select.to_string(), r#""order"."select""#);
    const QUOTED: Column<Book, String> = Column::new(const { &synctable::ColumnDef::new::<String>("x", r#"a"b"#) });
    assert_eq!(QUOTED.sql_of(r#"t" "#).to_string(), r#""t"" "."a""b""#);
    assert_eq!(b.version.to_string(), r#""order"."__version""#);
}

#[tokio::test]
async fn structs_and_subsets_are_read_by_name() {
    for World { ctx, .. } in &worlds().await {
        let books = ctx.table::<Book>();
        let tags = vec!["x".to_owned()];
        let whole = Book {
            title: "nul \0 and é' %".to_owned(),
            select: i64::MIN,
            bought: Timestamp::from_ticks(-7),
            day: Some("2024-02-29".parse().unwrap()),
            weight: Some(-0.5),
            read: true,
            cover: vec![0, 255],
            tags: tags.clone(),
            ..book("d", "12345678901234567890.5", None)
        };
        books.insert(whole.clone()).await.unwrap();
        let query = SqlQuery::new(format!("SELECT 1 AS one, * FROM {} WHERE id = ?", Book::SCHEMA)).bind(&whole.id);
        assert_eq!(ctx.sql_rows::<Book>(&query).await.unwrap(), std::slice::from_ref(&whole));
        let line = Line { tags, title: whole.title.clone(), deleted: false };
        assert_eq!(ctx.sql_rows::<Line>(&query).await.unwrap(), [line]);
        // As the typed query gives it.
        let typed = books.list(&Book::query().filter(|b| b.id.eq("d"))).await.unwrap();
        assert_eq!(typed, [whole]);

        let lacks = SqlQuery::new(format!("SELECT id, {} FROM {}", Book::COLUMNS.title, Book::SCHEMA));
        let error = ctx.sql_rows::<Line>(&lacks).await.unwrap_err();
        assert_eq!((error.kind(), error.table()), (ErrorKind::Invalid, Some("order")));
        assert!(error.message().contains("lacks the column `tags`"), "{error}");
        assert!(error.message().contains("`id`, `headLine`"), "{error}");
        // Without a row too.
        let none = SqlQuery::new(format!("{} WHERE 0", lacks.text()));
        assert!(ctx.sql_rows::<Line>(&none).await.is_err());
        let wrong = SqlQuery::new("SELECT 1 AS headLine, '[]' AS tags");
        let error = ctx.sql_rows::<Line>(&wrong).await.unwrap_err();
        assert_eq!((error.kind(), error.table()), (ErrorKind::Decode, Some("order")));
        assert!(error.message().contains("row 1") && error.message().contains("found an integer"), "{error}");
    }
}

#[tokio::test]
async fn a_declared_system_column_is_not_taken_for_null() {
    let [World { ctx, .. }, _] = &worlds().await;
    let text = format!("SELECT * FROM {}", Book::SCHEMA);
    assert_eq!(ctx.sql_rows::<Book>(&SqlQuery::new(text)).await.unwrap().len(), 3);
    let names: Vec<String> = Book::SCHEMA.columns().iter().map(|column| format!("\"{}\"", column.sql_name())).collect();
    let text = format!("SELECT {} FROM {}", names.join(", "), Book::SCHEMA);
    let error = ctx.sql_rows::<Book>(&SqlQuery::new(text)).await.unwrap_err();
    assert!(error.message().contains("`__version`"), "{error}");
}

#[tokio::test]
async fn values_are_compared_in_their_stored_form() {
    let at = |millis| Timestamp::from_millis(millis).unwrap();
    for World { ctx, .. } in &worlds().await {
        let books = ctx.table::<Book>();
        for (name, millis) in [("a", 1_000), ("b", -1_000), ("c", 5_000)] {
            books.edit(&id(name), move |book| book.bought = Timestamp::from_millis(millis)).await.unwrap();
        }
        let c = Book::COLUMNS;
        let text = format!("SELECT id FROM {} WHERE {} >= ?2 AND {} < ?1", Book::SCHEMA, c.bought, c.bought);
        let found: Vec<(Id,)> = ctx.sql_rows(&SqlQuery::new(text).bind(at(5_000)).bind(at(-1_000))).await.unwrap();
        assert_eq!(found, [(id("a"),), (id("b"),)]);

        let text = format!("SELECT id FROM {} ORDER BY {} COLLATE synctable_decimal", Book::SCHEMA, c.price);
        let by_price: Vec<(Id,)> = ctx.sql_rows(&SqlQuery::new(text)).await.unwrap();
        assert_eq!(by_price, [(id("c"),), (id("a"),), (id("b"),)]);
        let text = format!(
            "SELECT max({} COLLATE synctable_decimal), max({}), count(*) > 2 FROM {}",
            c.price,
            c.bought,
            Book::SCHEMA
        );
        let most: Vec<(Decimal, Timestamp, bool)> = ctx.sql_rows(&SqlQuery::new(text)).await.unwrap();
        assert_eq!(most, [(decimal("10"), at(5_000), true)]);

        let in_list = SqlQuery::new("SELECT id FROM shelf WHERE id IN (SELECT value FROM json_each(?1))");
        assert_eq!(ctx.sql_rows::<(Id,)>(&in_list.bind(r#"["s","t"]"#)).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn nul_and_other_hostile_text_stays_as_it_is() {
    let [World { ctx, .. }, _] = &worlds().await;
    for text in ["a\0b", "\0", "it's \" ; DROP TABLE \"order\" --", "\u{10ffff}é", ""] {
        let query = SqlQuery::new("SELECT ?1, length(CAST(?1 AS BLOB)), ?2").bind(text).bind(None::<String>);
        let rows: Vec<(String, i64, Option<String>)> = ctx.sql_rows(&query).await.unwrap();
        assert_eq!(rows, [(text.to_owned(), text.len() as i64, None)]);
    }
    let error = ctx.sql_rows::<(String,)>(&SqlQuery::new("SELECT CAST(x'ff' AS TEXT)")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.message().contains("not UTF-8"), "{error}");
    assert!(refused(ctx, SqlQuery::new("SELECT 1\0, 2")).await.contains("NUL"));
    assert!(refused(ctx, SqlQuery::new("SELECT ?").bind(f64::INFINITY)).await.contains("inf"));
}

#[tokio::test]
async fn errors_name_row_column_and_what_came() {
    let [World { ctx, .. }, _] = &worlds().await;
    let query = SqlQuery::new("SELECT 1 AS n, 'x' AS word UNION ALL SELECT NULL, 'y'");
    let error = ctx.sql_rows::<(i64, String)>(&query).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.message(), "row 2 of the result, column `n`: expected an integer, found null");
    assert_eq!(ctx.sql_rows::<(Option<i64>, String)>(&query).await.unwrap().len(), 2);
    let error = ctx.sql_rows::<(i64, i64)>(&query).await.unwrap_err();
    assert_eq!(error.message(), "row 1 of the result, column `word`: expected an integer, found text");
    let error = ctx.sql_rows::<(i64,)>(&query).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.message().contains("tuple of 1") && error.message().contains("2 columns: `n`, `word`"), "{error}");
    assert!(ctx.sql_rows::<(i64,)>(&SqlQuery::new("SELECT 1, 2 WHERE 0")).await.is_err(), "without a row too");

    let of = |query: &'static str, name: &'static str| {
        let (ctx, query) = (ctx.clone(), SqlQuery::new(query));
        async move { ctx.sql_rows_with(&query, move |row| row.get::<i64>(name)).await }
    };
    assert_eq!(of("SELECT 7 AS Seven", "sEVEN").await.unwrap(), [7]);
    assert!(of("SELECT 7 AS seven", "eight").await.unwrap_err().message().contains("no column `eight`"));
    assert!(of("SELECT 7 AS a, 8 AS A", "a").await.unwrap_err().message().contains("more than one"));
    let by_place = ctx.sql_rows_with(&query, |row| row.get::<String>(2)).await.unwrap_err();
    assert!(by_place.message().contains("place 2"), "{by_place}");
    let own = ctx.sql_rows_with(&query, |_| Err::<(), _>(synctable::Error::new(ErrorKind::App, "enough"))).await;
    assert_eq!(own.unwrap_err().message(), "enough");
    let shown = ctx.sql_rows_with(&query, |row| Ok((format!("{row:?}"), row.value("n")? == ValueRef::Null))).await;
    let shown = shown.unwrap();
    assert_eq!(
        (shown[0].0.as_str(), shown[0].1, shown[1].1),
        (r#"{"n": Ok(Integer(1)), "word": Ok(Text("x"))}"#, false, true)
    );
}

#[tokio::test]
async fn a_panic_of_the_closure_is_an_error_and_the_store_goes_on() {
    for World { ctx, .. } in &worlds().await {
        let query = SqlQuery::new("SELECT 1");
        let error = ctx.sql_rows_with(&query, |_| -> Result<(), _> { panic!("no") }).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::App);
        assert_eq!(ctx.sql_rows::<(i64,)>(&query).await.unwrap(), [(1,)]);
        ctx.table::<Shelf>().insert(Shelf::default()).await.unwrap();
    }
}

/// Each of these says something else than one read, and SQLite knows it.
const NO_READS: [&str; 38] = [
    "",
    ";",
    "-- SELECT 1",
    "INSERT INTO shelf (id, name) VALUES ('x', 'x')",
    "UPDATE shelf SET name = 'x'",
    "DELETE FROM shelf",
    "REPLACE INTO shelf (id, name) VALUES ('x', 'x')",
    "DELETE FROM shelf RETURNING id",
    "WITH x AS (SELECT 1) DELETE FROM shelf",
    "WITH x AS (SELECT 1) DELETE FROM shelf RETURNING id",
    "with x(id, name) as (values ('x', 'x')) insert into shelf (id, name) select * from x",
    "WITH x AS (SELECT 1) UPDATE shelf SET name = 'x' RETURNING id",
    "/* SELECT */ DELETE FROM shelf",
    "CREATE TABLE x (y)",
    "CREATE TEMP TABLE x AS SELECT 1",
    "DROP TABLE shelf",
    "UPDATE sqlite_master SET type = 'x'",
    "WITH x AS (SELECT 1) UPDATE sqlite_master SET type = 'x' RETURNING 1",
    "ALTER TABLE shelf ADD COLUMN x",
    "ATTACH ':memory:' AS x",
    "DETACH main",
    "PRAGMA user_version",
    "PRAGMA user_version = 7",
    "PRAGMA journal_mode = delete",
    "PRAGMA query_only = 0",
    // These act while they are prepared.
    "PRAGMA case_sensitive_like = 1",
    "PRAGMA cache_size = 7",
    "PRAGMA synchronous = 0",
    "EXPLAIN SELECT 1",
    "EXPLAIN QUERY PLAN SELECT 1",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT x",
    "RELEASE job",
    "VACUUM INTO 'x.db'",
    "ANALYZE",
    "REINDEX",
];

#[tokio::test]
async fn only_one_read_gets_through() {
    for World { ctx, .. } in &worlds().await {
        let before = content(ctx).await;
        for text in NO_READS {
            refused(ctx, SqlQuery::new(text)).await;
            // The first three say nothing, which may stand behind a statement.
            if !NO_READS[..3].contains(&text) {
                refused(ctx, SqlQuery::new(format!("SELECT 1; {text}"))).await;
            }
            refused(ctx, SqlQuery::new(format!("({text})"))).await;
        }
        assert_eq!(content(ctx).await, before);
        // A read that the store still runs, and a write that it still commits.
        ctx.table::<Shelf>().insert(Shelf::default()).await.unwrap();
        for text in ["SELECT 1;", " select 1 ; -- end", "VALUES (1)", "WITH x AS (SELECT 1) SELECT * FROM x"] {
            assert_eq!(ctx.sql_rows::<(i64,)>(&SqlQuery::new(text)).await.unwrap(), [(1,)], "{text}");
        }
    }
}

/// All that the statements above could change.
async fn content(ctx: &SyncContext) -> Vec<String> {
    let mut content = Vec::new();
    for text in [
        "SELECT count(*) || group_concat(name) FROM shelf",
        "SELECT count(*) FROM __operations",
        "SELECT group_concat(sql) FROM sqlite_schema",
        "SELECT group_concat(name) FROM temp.sqlite_schema",
        "SELECT group_concat(name) FROM pragma_database_list WHERE name <> 'temp'",
        "SELECT 'a' LIKE 'A'",
        "SELECT cache_size || ' ' || synchronous FROM pragma_cache_size, pragma_synchronous",
        "SELECT user_version FROM pragma_user_version",
        "SELECT journal_mode FROM pragma_journal_mode",
    ] {
        let rows = ctx.sql_rows_with(&SqlQuery::new(text), |row| Ok(format!("{:?}", row.value(0)?))).await;
        content.push(format!("{rows:?}"));
    }
    content
}

#[tokio::test]
async fn sqlites_own_words_and_place_are_told() {
    let [World { ctx, .. }, _] = &worlds().await;
    let told = refused(ctx, SqlQuery::new("SELECT 'é', nme FROM shelf")).await;
    assert!(told.contains("no such column: nme"), "{told}");
    #[cfg(feature = "bundled")]
    assert!(told.contains("at character 13:"), "{told}");
    assert!(refused(ctx, SqlQuery::new("SELECT \"nme\" FROM shelf")).await.contains("nme"));
    assert!(refused(ctx, SqlQuery::new("SELECT * FROM nowhere")).await.contains("no such table: nowhere"));
    assert!(refused(ctx, SqlQuery::new("SELECT 1 FROM")).await.contains("incomplete input"));
    assert!(refused(ctx, SqlQuery::new("SELECT json_extract('{', '$')")).await.contains("JSON"));
    assert!(refused(ctx, SqlQuery::new("SELECT load_extension('x')")).await.contains("not authorized"));
    let many = "1 + (".repeat(2_000);
    assert!(!refused(ctx, SqlQuery::new(format!("SELECT {many}"))).await.is_empty());
}

#[tokio::test]
async fn each_parameter_needs_its_value() {
    let [World { ctx, .. }, _] = &worlds().await;
    let told = refused(ctx, SqlQuery::new("SELECT ?, ?").bind(1)).await;
    assert!(told.contains("2 parameters and 1 values"), "{told}");
    refused(ctx, SqlQuery::new("SELECT 1").bind(1)).await;
    refused(ctx, SqlQuery::new("SELECT ?3").bind(1)).await;
    let twice = SqlQuery::new("SELECT ?1 + ?1 + ?2").bind(1).bind(5);
    assert_eq!(ctx.sql_rows::<(i64,)>(&twice).await.unwrap(), [(7,)]);
    let clone = twice.clone().bind(9);
    assert!(clone != twice && clone.values().len() == 3);
}

#[tokio::test]
async fn a_store_without_sql_says_so() {
    let ctx =
        SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new()).table::<Shelf>().open().await.unwrap();
    let error = ctx.sql_rows::<(i64,)>(&SqlQuery::new("SELECT 1")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(!refused(&ctx, SqlQuery::new("DELETE FROM shelf")).await.is_empty());
}

const FOR_EVER: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n WHERE i < 0";
const ROWS_FOR_EVER: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_without_end_blocks_no_writer_and_ends_when_it_is_dropped() {
    for World { ctx, .. } in &worlds().await {
        let file = SqlQuery::new("SELECT file FROM pragma_database_list WHERE name = 'main'");
        let is_file = ctx.sql_rows::<(String,)>(&file).await.unwrap() != [(String::new(),)];
        let seen = Arc::new(AtomicU64::new(0));
        let reads: Vec<_> = [FOR_EVER, ROWS_FOR_EVER]
            .into_iter()
            .map(|text| {
                let (ctx, seen) = (ctx.clone(), Arc::clone(&seen));
                tokio::spawn(async move {
                    let count = move |_: synctable::SqlRow<'_>| {
                        seen.fetch_add(1, Ordering::Relaxed);
                        Ok(())
                    };
                    ctx.sql_rows_with(&SqlQuery::new(text), count).await
                })
            })
            .collect();
        if is_file {
            // Both readers are taken now, or will be; the writer is not.
            while seen.load(Ordering::Relaxed) == 0 {
                tokio::task::yield_now().await;
            }
            ctx.table::<Shelf>().insert(Shelf::default()).await.unwrap();
        }
        for read in reads {
            read.abort();
            assert!(read.await.unwrap_err().is_cancelled());
        }
        // The thread is free again.
        let one = SqlQuery::new("SELECT 1");
        let next = ctx.sql_rows::<(i64,)>(&one);
        assert_eq!(tokio::time::timeout(Duration::from_secs(60), next).await.unwrap().unwrap(), [(1,)]);
        ctx.table::<Shelf>().insert(Shelf::default()).await.unwrap();
    }
}

#[tokio::test]
async fn many_rows_are_read_on_the_thread_of_the_store() {
    let [World { ctx, .. }, _] = &worlds().await;
    let query = SqlQuery::new(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?1) SELECT i, 'row ' || i, NULL FROM n",
    )
    .bind(50_000);
    let rows: Vec<(i64, String, Option<f64>)> = ctx.sql_rows(&query).await.unwrap();
    assert_eq!((rows.len(), rows[49_999].clone()), (50_000, (50_000, "row 50000".to_owned(), None)));
    let name = |_: synctable::SqlRow<'_>| Ok(std::thread::current().name().map(str::to_owned));
    let threads = ctx.sql_rows_with(&SqlQuery::new("SELECT 1"), name).await.unwrap();
    assert!(threads[0].as_deref().unwrap().starts_with("synctable-reader"), "{threads:?}");
}

#[tokio::test]
async fn a_watched_read_comes_again_when_one_of_its_tables_changed_the_result() {
    for World { ctx, .. } in &worlds().await {
        let (b, s) = (Book::COLUMNS, Shelf::COLUMNS);
        let text = format!(
            "SELECT {}, count({}) FROM {} LEFT JOIN {} ON {} = {} GROUP BY 1 ORDER BY 1",
            s.name,
            b.id,
            Shelf::SCHEMA,
            Book::SCHEMA,
            b.shelf,
            s.id,
        );
        let mut live = ctx.watch_sql::<(String, i64)>(&SqlQuery::new(text), [Book::SCHEMA, Shelf::SCHEMA]);
        let mut next = async || live.next().await.unwrap().unwrap().to_vec();
        assert_eq!(next().await, [("Upper".to_owned(), 2)]);
        // A change that is none of the result's, and one that is: only the second comes.
        ctx.table::<Book>().edit(&id("a"), |book| book.title.push('!')).await.unwrap();
        ctx.table::<Shelf>().edit(&id("s"), |shelf| shelf.name = "Lower".to_owned()).await.unwrap();
        assert_eq!(next().await, [("Lower".to_owned(), 2)]);
        ctx.table::<Book>().delete(&id("a")).await.unwrap();
        assert_eq!(next().await, [("Lower".to_owned(), 1)]);
    }
}

#[tokio::test]
async fn a_table_outside_the_list_is_not_watched() {
    // In memory: over a file, the first look at other connections runs every watch once more.
    let [_, World { ctx, .. }] = &worlds().await;
    let count =
        SqlQuery::new(format!("SELECT (SELECT count(*) FROM {}), count(*) FROM {}", Shelf::SCHEMA, Book::SCHEMA));
    let mut live = ctx.watch_sql::<(i64, i64)>(&count, [Book::SCHEMA]);
    assert_eq!(*live.next().await.unwrap().unwrap(), [(1, 3)]);
    let runs = live.runs();
    ctx.table::<Shelf>().insert(Shelf::default()).await.unwrap();
    ctx.table::<Book>().delete(&id("a")).await.unwrap();
    assert_eq!(*live.next().await.unwrap().unwrap(), [(2, 2)]);
    assert_eq!(live.runs(), runs + 1);
}

#[tokio::test]
async fn a_watched_read_that_cannot_be_run_tells_why_and_goes_on() {
    let [World { ctx, .. }, _] = &worlds().await;
    let mut wrong = ctx.watch_sql::<(i64,)>(&SqlQuery::new("SELECT nothing FROM shelf"), [Shelf::SCHEMA]);
    assert_eq!(wrong.next().await.unwrap().unwrap_err().kind(), ErrorKind::Invalid);
    let mut writes = ctx.watch_sql::<(i64,)>(&SqlQuery::new("DELETE FROM shelf"), [Shelf::SCHEMA]);
    assert_eq!(writes.next().await.unwrap().unwrap_err().kind(), ErrorKind::Invalid);
    let null = SqlQuery::new(format!("SELECT max({}) FROM {}", Book::COLUMNS.weight, Book::SCHEMA));
    let mut live = ctx.watch_sql::<(f64,)>(&null, [Book::SCHEMA]);
    assert_eq!(live.next().await.unwrap().unwrap_err().kind(), ErrorKind::Decode);
    ctx.table::<Book>().edit(&id("a"), |book| book.weight = Some(1.5)).await.unwrap();
    assert_eq!(*live.next().await.unwrap().unwrap(), [(1.5,)]);

    let memory = SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new()).table::<Shelf>();
    let memory = memory.open().await.unwrap();
    let mut none = memory.watch_sql::<(i64,)>(&SqlQuery::new("SELECT 1"), [Shelf::SCHEMA]);
    assert_eq!(none.next().await.unwrap().unwrap_err().kind(), ErrorKind::Unsupported);
    let mut unknown = memory.watch_sql::<(i64,)>(&SqlQuery::new("SELECT 1"), [Shelf::SCHEMA, Book::SCHEMA]);
    let error = unknown.next().await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::Schema, Some("order")));
}

#[tokio::test]
async fn a_watched_read_without_end_stops_when_it_is_dropped_and_when_the_context_is() {
    let bound = Duration::from_secs(60);
    for World { ctx, _folder } in worlds().await {
        let endless = ctx.watch_sql::<(i64,)>(&SqlQuery::new(FOR_EVER), []);
        drop(endless);
        let mut next = ctx.watch_sql::<(i64,)>(&SqlQuery::new("SELECT 1"), []);
        assert_eq!(*tokio::time::timeout(bound, next.next()).await.unwrap().unwrap().unwrap(), [(1,)]);
        let mut endless = ctx.watch_sql::<(i64,)>(&SqlQuery::new(FOR_EVER), []);
        let began = std::time::Instant::now();
        drop(ctx);
        assert!(tokio::time::timeout(bound, endless.next()).await.unwrap().is_none());
        // The hub gives up waiting for a read after five seconds.
        assert!(began.elapsed() < Duration::from_secs(4), "the read was not stopped");
    }
}
