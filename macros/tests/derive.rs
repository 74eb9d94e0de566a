//! What derived tables and column types do with values.

// What is outside a test function here is still only run by one.
#![allow(clippy::unwrap_used)]

use std::fmt::Debug;

use synctable::{
    ColumnType, ColumnValue, Comparison, Date, Decimal, Id, Query, RowBatch, RowVersion, SyncTable, SystemColumn, Term,
    TimeOfDay, Timestamp, Tree, Value, ValueRef, Version,
};

#[derive(Debug, Clone, PartialEq, ColumnValue)]
struct TrackId(Id);

#[derive(Debug, Clone, Copy, PartialEq, ColumnValue)]
#[sync(rename_all = "lowercase")]
enum Priority {
    Low,
    #[sync(rename = "very high")]
    High,
}

#[derive(Debug, Clone, PartialEq, ColumnValue)]
enum Genre {
    Rock,
    #[sync(other)]
    Other(String),
}

#[derive(Debug, Clone, Copy, PartialEq, ColumnValue)]
struct Length {
    seconds: f64,
}

#[derive(Debug, Clone, PartialEq, ColumnValue)]
struct Note(Option<String>);

#[derive(Debug, Clone, Copy, PartialEq, ColumnValue)]
struct Judgement(Priority);

#[derive(Debug, Clone, PartialEq, SyncTable)]
#[sync(table = "tracks", route = "api/tracks")]
struct Track {
    title: String,
    #[sync(id)]
    key: Id,
    after: Option<TrackId>,
    priority: Priority,
    genre: Option<Genre>,
    #[sync(index)]
    length: Length,
    note: Note,
    judgement: Option<Judgement>,
    #[sync(default = 7)]
    rank: i32,
    #[sync(default)]
    plays: i64,
    bytes: Vec<u8>,
    uuid: uuid::Uuid,
    decimal: Decimal,
    date: Date,
    time: TimeOfDay,
    at: Timestamp,
    flag: bool,
    #[sync(json)]
    tags: Vec<String>,
    #[sync(json)]
    link: Option<Vec<i32>>,
    #[sync(json, default = vec![1])]
    marks: Vec<i32>,
    #[sync(skip)]
    cached: usize,
    #[sync(local)]
    seen: Option<bool>,
    #[sync(references = Self)]
    cover_of: Option<Id>,
    #[sync(references = Album)]
    album: Option<TrackId>,
    #[sync(system)]
    version: Option<Version>,
    #[sync(system)]
    updated_at: Option<Timestamp>,
    #[sync(system)]
    created_at: Option<Timestamp>,
    #[sync(system)]
    deleted: bool,
}

#[derive(Debug, PartialEq, SyncTable)]
struct Album {
    id: Id,
    // Tables may refer to each other.
    #[sync(references = Track)]
    best: Option<Id>,
}

#[derive(Debug, PartialEq, SyncTable)]
#[sync(local)]
struct Setting {
    id: Id,
    version: i32,
}

fn track() -> Track {
    Track {
        title: "Naïve ' % _".to_owned(),
        key: Id::new(),
        after: Some(TrackId(Id::new())),
        priority: Priority::High,
        genre: Some(Genre::Other("polka".to_owned())),
        length: Length { seconds: 1.5 },
        note: Note(None),
        judgement: Some(Judgement(Priority::Low)),
        rank: -1,
        plays: i64::MAX,
        bytes: vec![0, 255],
        uuid: uuid::Uuid::from_u128(7),
        decimal: "-12.50".parse().unwrap(),
        date: "2024-02-29".parse().unwrap(),
        time: "23:59:59.5".parse().unwrap(),
        at: Timestamp::MAX,
        flag: true,
        tags: vec!["a".to_owned(), String::new()],
        link: None,
        marks: Vec::new(),
        cached: 0,
        seen: Some(true),
        cover_of: None,
        album: None,
        version: None,
        updated_at: None,
        created_at: None,
        deleted: false,
    }
}

fn read(fill: impl FnOnce(&mut RowBatch)) -> Result<Track, synctable::ValueError> {
    let mut batch = RowBatch::new(Track::SCHEMA);
    fill(&mut batch);
    Track::read_row(batch.get(0).unwrap())
}

fn column(name: &str) -> usize {
    Track::SCHEMA.columns().iter().position(|column| column.name() == name).unwrap()
}

#[test]
fn a_row_is_read_as_it_was_written() {
    let track = track();
    let read = read(|batch| track.write_row(&mut batch.push()).unwrap()).unwrap();
    assert_eq!(read, track);
}

#[test]
fn system_columns_are_read_and_never_written() {
    let version = Version::parse("AAA=").unwrap();
    let read = read(|batch| {
        let mut row = batch.push();
        Track { version: Some(Version::parse("own").unwrap()), deleted: true, ..track() }.write_row(&mut row).unwrap();
        row.system(SystemColumn::Version).text(version.as_str());
        row.system(SystemColumn::UpdatedAt).integer(20);
        row.system(SystemColumn::CreatedAt).integer(10);
    })
    .unwrap();
    assert_eq!(read.version(), RowVersion::Declared(Some(&version)));
    assert_eq!(read.updated_at, Timestamp::from_ticks(20));
    assert_eq!(read.created_at, Timestamp::from_ticks(10));
    assert!(!read.deleted);
    assert_eq!(track().version(), RowVersion::Declared(None));
    assert_eq!(Album { id: Id::new(), best: None }.version(), RowVersion::NotDeclared);
}

#[test]
fn the_schema_says_what_the_attributes_say() {
    let schema = Track::SCHEMA;
    assert_eq!((schema.name(), schema.wire_route(), schema.is_synced()), ("tracks", Some("api/tracks"), true));
    assert_eq!(schema.id_index(), 1);
    let id = &schema.columns()[1];
    assert_eq!((id.name(), id.wire_name(), id.is_id()), ("key", "id", true));
    let cover = &schema.columns()[column("cover_of")];
    assert_eq!((cover.wire_name(), cover.referenced_table()), ("coverOf", Some("tracks")));
    assert_eq!(schema.columns()[column("album")].referenced_table(), Some("album"));
    assert_eq!(Album::SCHEMA.columns()[1].referenced_table(), Some("tracks"));
    let of = |test: fn(&synctable::ColumnDef) -> bool| -> Vec<&str> {
        schema.columns().iter().filter(|column| test(column)).map(|column| column.name()).collect()
    };
    assert_eq!(of(|column| column.is_indexed()), ["length"]);
    assert_eq!(of(|column| column.is_local_only()), ["seen"]);
    assert_eq!(of(|column| column.has_default()), ["rank", "plays", "marks"]);
    assert_eq!(of(|column| column.column_type() == ColumnType::Json), ["tags", "link", "marks"]);
    assert!(schema.columns().iter().all(|column| !["cached", "version", "deleted"].contains(&column.name())));
    assert!(!Setting::SCHEMA.is_synced());
    assert_eq!(Setting::SCHEMA.columns()[1].wire_name(), "version");
}

#[test]
fn defaults_stand_in_for_null() {
    let mut batch = RowBatch::new(Track::SCHEMA);
    let mut row = batch.push();
    for name in ["rank", "plays", "marks"] {
        Track::SCHEMA.columns()[column(name)].write_default(row.cell(column(name))).unwrap();
    }
    let row = batch.get(0).unwrap();
    assert_eq!(row.get::<i32>(column("rank")).unwrap(), 7);
    assert_eq!(row.get::<i64>(column("plays")).unwrap(), 0);
    assert_eq!(row.value(column("marks")), ValueRef::Text("[1]"));
}

#[test]
fn json_null_is_null_and_is_read_as_the_type_says() {
    let null = |name: &str| {
        read(|batch| {
            let mut row = batch.push();
            track().write_row(&mut row).unwrap();
            row.cell(column(name)).null();
        })
    };
    assert_eq!(null("link").unwrap().link, None);
    assert_eq!(null("marks").unwrap().marks, [1]);
    assert!(null("tags").unwrap_err().to_string().starts_with("column `tags`: "));
    // A pull asks the column before it stores a cell.
    let check = |name: &str, value: ValueRef<'_>| Track::SCHEMA.columns()[column(name)].check(value);
    assert!(check("link", ValueRef::Null).is_ok());
    assert!(check("marks", ValueRef::Null).is_ok());
    assert!(check("tags", ValueRef::Null).is_err());
    assert!(check("tags", ValueRef::Text("[\"a\"]")).is_ok());
    assert!(check("tags", ValueRef::Text("[1]")).is_err());
    assert!(check("tags", ValueRef::Text("[")).is_err());
    let mut batch = RowBatch::new(Track::SCHEMA);
    track().write_row(&mut batch.push()).unwrap();
    assert_eq!(batch.get(0).unwrap().value(column("link")), ValueRef::Null);
}

#[test]
fn an_unknown_text_of_a_closed_enum_is_refused() {
    let round = |value: Priority| Priority::read(Value::of(&value).unwrap().as_ref()).unwrap();
    assert_eq!(round(Priority::Low), Priority::Low);
    assert_eq!(Value::of(&Priority::High).unwrap(), Value::Text("very high".to_owned()));
    let error = Priority::read(ValueRef::Text("Low")).unwrap_err().to_string();
    assert_eq!(error, r#""Low" is none of ["low", "very high"]"#);
    assert!(Priority::read(ValueRef::Integer(1)).is_err());
    let checked = [Priority::CHECKED, Judgement::CHECKED, Genre::CHECKED];
    assert_eq!(checked, [true, true, false]);
    let check = |name: &str, text| Track::SCHEMA.columns()[column(name)].check(ValueRef::Text(text));
    assert!(check("priority", "middle").is_err());
    assert!(check("judgement", "middle").is_err());
    assert!(check("judgement", "low").is_ok());
    assert!(check("genre", "middle").is_ok());
}

#[test]
fn an_open_enum_keeps_other_texts() {
    let read = |text| Genre::read(ValueRef::Text(text)).unwrap();
    assert_eq!(read("Rock"), Genre::Rock);
    assert_eq!(read("rock"), Genre::Other("rock".to_owned()));
    assert_eq!(Value::of(&Genre::Rock).unwrap(), Value::Text("Rock".to_owned()));
    assert_eq!(Value::of(&Genre::Other("x".to_owned())).unwrap(), Value::Text("x".to_owned()));
}

#[test]
fn a_newtype_is_a_column_as_its_field_is() {
    assert_eq!((TrackId::TYPE, const { TrackId::NULLABLE }), (ColumnType::Id, false));
    assert_eq!((Note::TYPE, const { Note::NULLABLE }), (ColumnType::Text, true));
    assert!(Track::SCHEMA.columns()[column("note")].is_nullable());
    assert!(Value::of(&Length { seconds: f64::NAN }).is_err());
    assert!(TrackId::read(ValueRef::Text("")).is_err());
}

fn filter<T: SyncTable + Debug>(query: &Query<T>) -> &Tree {
    query.selection().filter.as_ref().unwrap()
}

#[test]
fn columns_are_those_of_the_schema_and_have_the_operators_of_their_types() {
    let query = Track::query()
        .filter(|t| t.length.gt(Length { seconds: 1.0 }))
        .filter(|t| t.after.starts_with("a").and(t.note.contains("b")).and(t.priority.le(Priority::Low)))
        .filter(|t| t.link.is_null().or(t.genre.eq(Genre::Rock)).or(t.judgement.is_null()))
        .filter(|t| t.version.is_null().and(t.updated_at.lt(Timestamp::MAX)).and(t.deleted.eq(false)))
        .order_by(|t| t.after.asc())
        .order_by(|t| t.priority.desc());
    assert_eq!(query.selection().order[0].0.wire_name(), "after");
    let one = Track::query().filter(|t| t.key.eq("k"));
    let Tree::Compare { left: Term::Column(left), comparison: Comparison::Eq, .. } = filter(&one) else {
        panic!("{one:?}")
    };
    assert_eq!(*left, &Track::SCHEMA.columns()[1]);
    let system = Track::query().filter(|t| t.updated_at.is_null());
    let Tree::Compare { left: Term::Column(left), .. } = filter(&system) else { panic!("{system:?}") };
    assert_eq!(*left, SystemColumn::UpdatedAt.column());
}

#[test]
fn the_id_can_be_changed() {
    let mut track = track();
    track.set_id(Id::parse("other").unwrap());
    assert_eq!((track.id().as_str(), track.key.as_str()), ("other", "other"));
}

#[test]
fn the_functions_of_a_table_start_from_nothing() {
    assert_eq!(*Track::query().selection(), synctable::Selection::default());
    let _ = (Track::pull("all"), Track::pull(String::from("all")), Track::full_pull(), Track::purge());
    let _ = (Setting::query(), Setting::purge());
}
