//! Columns of small numbers and of characters, from the app to the server and to another device.

use serde_json::{Value, json};
use synctable::{Id, MemoryStore, Predicate, Query, SqliteStore, Status, SyncContext, SyncTable, Table};
use synctable_server::{ColumnType, Config, Server, TableDefinition};

#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
struct Sample {
    id: Id,
    tiny: i8,
    short: i16,
    byte: u8,
    word: Option<u16>,
    unsigned: u32,
    #[sync(max = 3.4e38)]
    single: f32,
    #[sync(multiple_of = 0.1)]
    part: Option<f32>,
    #[sync(default, index)]
    letter: char,
    mark: Option<char>,
}

type Filter = fn(<Sample as SyncTable>::Columns) -> Predicate<Sample>;

fn least() -> Sample {
    Sample {
        id: id("least"),
        tiny: i8::MIN,
        short: i16::MIN,
        byte: 0,
        word: None,
        unsigned: 0,
        single: f32::MIN,
        part: None,
        letter: '\0',
        mark: Some('\''),
    }
}

fn greatest() -> Sample {
    Sample {
        id: id("greatest"),
        tiny: i8::MAX,
        short: i16::MAX,
        byte: u8::MAX,
        word: Some(u16::MAX),
        unsigned: u32::MAX,
        single: 0.1,
        part: Some(0.3),
        letter: char::MAX,
        mark: Some('🥛'),
    }
}

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

/// A server whose numbers with a fraction have this type.
fn server(fraction: ColumnType) -> Server {
    let definition = TableDefinition::new("sample")
        .required("tiny", ColumnType::Int32)
        .required("short", ColumnType::Int32)
        .required("byte", ColumnType::Int32)
        .column("word", ColumnType::Int32)
        .required("unsigned", ColumnType::Int64)
        .required("single", fraction)
        .column("part", fraction)
        .required("letter", ColumnType::Text)
        .column("mark", ColumnType::Text)
        .soft_delete();
    Server::start(Config::new(vec![definition])).unwrap()
}

async fn device(server: &Server) -> (SyncContext, Table<Sample>) {
    let builder = SyncContext::builder(&server.url()).store(MemoryStore::new());
    let context = builder.table::<Sample>().open().await.unwrap();
    let table = context.table();
    (context, table)
}

async fn names(table: &Table<Sample>, query: &Query<Sample>) -> Vec<String> {
    table.list(query).await.unwrap().into_iter().map(|row| row.id.to_string()).collect()
}

#[tokio::test]
async fn what_one_device_writes_another_reads() {
    for fraction in [ColumnType::Single, ColumnType::Double] {
        let server = server(fraction);
        let (context, samples) = device(&server).await;
        for row in [least(), greatest()] {
            assert_eq!(samples.insert(row.clone()).await.unwrap(), row);
        }
        context.push().await.unwrap().into_result().unwrap();
        // What the server answered stands where the rows were.
        assert_eq!(samples.get(&id("greatest")).await.unwrap(), Some(greatest()));
        let row = server.store().row("sample", "greatest").unwrap().unwrap();
        assert_eq!((&row["single"], &row["part"], &row["letter"]), (&json!(0.1), &json!(0.3), &json!("\u{10FFFF}")));

        let (_, other) = device(&server).await;
        assert_eq!(other.pull(Sample::full_pull()).await.unwrap().applied(), 2);
        assert_eq!(other.list(&Sample::query()).await.unwrap(), [greatest(), least()]);
    }
}

#[tokio::test]
async fn the_store_has_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("samples.db");
    let open = || SyncContext::builder("http://127.0.0.1:9").store(SqliteStore::at(&path)).table::<Sample>().open();
    let context = open().await.unwrap();
    for row in [least(), greatest()] {
        context.table().insert(row).await.unwrap();
    }
    drop(context);
    let context = open().await.unwrap();
    let samples = context.table::<Sample>();
    assert_eq!(samples.list(&Sample::query()).await.unwrap(), [greatest(), least()]);
    let error = samples.insert(Sample { part: Some(0.25), ..Sample::default() }).await.unwrap_err();
    assert_eq!(error.message(), "column `part` breaks `multiple_of = 0.1`: found 0.25");
}

#[tokio::test]
async fn a_filter_means_the_same_here_and_on_the_server() {
    let server = server(ColumnType::Single);
    let rows = [
        json!({"id": "a", "tiny": -1, "short": 300, "byte": 200, "unsigned": 4_000_000_000_u32, "single": 0.1, "letter": "b"}),
        json!({"id": "b", "tiny": 5, "short": -300, "byte": 7, "word": 65_535, "unsigned": 1, "single": 2.5, "letter": "ß"}),
    ];
    server.store().seed("sample", &rows).unwrap();
    let (_, all) = device(&server).await;
    all.pull(Sample::full_pull()).await.unwrap().into_result().unwrap();
    let filters: [(&str, Filter, &str); 8] = [
        ("tiny", |t| t.tiny.lt(0), "a"),
        ("short", |t| t.short.eq(-300), "b"),
        ("byte", |t| t.byte.gt(199), "a"),
        ("word", |t| t.word.eq(65_535), "b"),
        ("unsigned", |t| t.unsigned.eq(4_000_000_000), "a"),
        ("single", |t| t.single.eq(0.1), "a"),
        ("single2", |t| t.single.gt(0.1), "b"),
        ("letter", |t| t.letter.gt('b'), "b"),
    ];
    for (name, filter, expected) in filters {
        assert_eq!(names(&all, &Sample::query().filter(filter)).await, [expected], "{name} here");
        let (_, some) = device(&server).await;
        some.pull(Sample::pull(name).filter(filter)).await.unwrap().into_result().unwrap();
        assert_eq!(names(&some, &Sample::query()).await, [expected], "{name} on the server");
    }
}

#[tokio::test]
async fn a_value_that_the_column_cannot_hold_sets_the_row_aside() {
    let server = server(ColumnType::Double);
    let with = |id: &str, name: &str, value: Value| {
        let mut row = json!({"id": id, "tiny": 0, "short": 0, "byte": 0, "unsigned": 0, "single": 0, "letter": "x"});
        row[name] = value;
        row
    };
    let wrong = [
        ("tiny", json!(128), "128 does not fit 8 bits"),
        ("short", json!(-32_769), "-32769 does not fit 16 bits"),
        ("byte", json!(-1), "-1 does not fit 8 bits without sign"),
        ("word", json!(65_536), "65536 does not fit 16 bits without sign"),
        ("unsigned", json!(4_294_967_296_i64), "4294967296 does not fit 32 bits without sign"),
        ("single", json!(-1e39), "-1e+39 does not fit 32 bits"),
        ("letter", json!("ab"), "expected a string of one character, found `ab`"),
        ("mark", json!(""), "expected a string of one character, found ``"),
    ];
    let mut rows: Vec<Value> = wrong.iter().map(|(name, value, _)| with(name, name, value.clone())).collect();
    rows.push(with("fine", "mark", Value::Null));
    server.store().seed("sample", &rows).unwrap();
    let (context, samples) = device(&server).await;
    let report = samples.pull(Sample::full_pull()).await.unwrap();
    assert_eq!((report.status(), report.quarantined(), report.applied()), (Status::WithFailures, 8, 1));
    let aside = context.quarantined().await.unwrap();
    for (name, _, message) in wrong {
        let row = aside.iter().find(|row| row.id == name).unwrap();
        assert_eq!(row.error, format!("column `{name}`: {message}"));
    }
    assert_eq!(names(&samples, &Sample::query()).await, ["fine"]);
}
