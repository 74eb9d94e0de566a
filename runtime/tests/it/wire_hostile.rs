//! Bad input: each gets an error that says what came, and nothing of it is taken (protocol.md 12).

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use synctable::wire::answer::Page;
use synctable::wire::{Dialect, Limits, TransportErrorKind, WireError};
use synctable::{
    CellWriter, ColumnDef, ColumnType, ColumnValue, ErrorKind, RowBatch, TableSchema, Timestamp, ValueError, ValueRef,
};

use crate::wire_script::{ALL_ROWS, Reply, Script, TODO, fails, json, line, reply};

async fn page_of(
    dialect: Dialect,
    answer: Reply,
    table: &'static TableSchema,
    limits: Limits,
) -> Result<Page, WireError> {
    let script = Script::new([answer]);
    let client = script.builder().dialect(dialect).limits(limits).build().unwrap();
    let page = client.table(table).page(&ALL_ROWS, RowBatch::new(table)).await;
    assert_eq!(script.sent().len(), 1);
    page
}

async fn read(answer: Reply) -> Result<Page, WireError> {
    page_of(Dialect::Toolkit, answer, &TODO, Limits::default()).await
}

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

#[tokio::test]
async fn pages_that_are_none() {
    let html = |body: &str| reply(200, "content-type: text/html; charset=utf-8", body);
    let pages = |bodies: &[&str]| bodies.iter().map(|body| json(200, *body)).collect::<Vec<_>>();
    let nested = "[".repeat(100_000);
    // The answers, words of the message, whether it is worth another try.
    let cases: Vec<(Vec<Reply>, &str, bool)> = vec![
        (vec![html("<html>sign in</html>"), html(r#"{"items":[],"count":0}"#)], "text/html", true),
        (vec![reply(200, "content-type: text/plain", "[]")], "text/plain", true),
        (
            pages(&[
                "<html>",
                "",
                r#"{"items":[{"id":"a"}"#,
                r#"{"items":[{"id":"a"},{"id":"b","title":"x"#,
                r#"{"items":[{"id":"a"}],"count":1} x"#,
                r#"{"items":[{"id":"a",}]}"#,
                &nested,
            ]),
            "not JSON, or cut",
            true,
        ),
        (vec![json(204, "")], "not JSON, or cut", true),
        (vec![json(200, b"{\"items\":[{\"id\":\"\xFF\"}]}")], "not text in UTF-8", true),
        (
            pages(&[r#"{"value":[{"id":"a"}],"count":1}"#, r#"{"error":"no such table"}"#, "{}"]),
            "without `items` or `results`",
            false,
        ),
        (
            pages(&["null", "5", r#""rows""#, r#"{"items":null,"count":0}"#, r#"{"items":{"a":1}}"#]),
            "expected a list of rows",
            false,
        ),
        (pages(&[r#"{"items":[],"results":[]}"#]), "two lists", false),
        (pages(&[r#"[{"id":"a"},null]"#]), "expected a row, found `null`", false),
        (pages(&[r#"[[{"id":"a"}]]"#, &format!("{nested}{}", "]".repeat(100_000))]), "expected a row", false),
        (pages(&[r#"[{"title":"x"}]"#, r#"[{"id":null}]"#]), "no id", false),
        (pages(&[r#"[{"id":"a"},{"id":""}]"#]), "the id `\"\"`", false),
        (pages(&[r#"[{"id":7}]"#]), "the id `7`", false),
        (
            pages(&[r#"[{"id":["a"]}]"#, r#"[{"id":"a\nb"}]"#, &format!(r#"[{{"id":"{}"}}]"#, "x".repeat(256))]),
            "the id",
            false,
        ),
        (vec![reply(200, "content-type: application/json\ncontent-length: 10", "[]")], "cut", true),
    ];
    let cases = cases.into_iter().flat_map(|(answers, words, is_transient)| {
        answers.into_iter().map(move |answer| (answer, words, is_transient))
    });
    for (answer, words, is_transient) in cases {
        let about = format!("{answer:?}").chars().take(200).collect::<String>();
        let failure = read(answer).await.unwrap_err();
        let kind = if words == "cut" { ErrorKind::Offline } else { ErrorKind::Decode };
        assert_eq!(failure.error.kind(), kind, "{about}: {failure}");
        assert!(failure.error.message().contains(words), "{about}: {failure}");
        assert!(failure.error.message().len() < 400, "{about}: {failure}");
        assert_eq!(failure.is_transient, is_transient, "{about}: {failure}");
        assert_eq!(failure.error.table(), Some("todoitem"));
    }
}

#[tokio::test]
async fn failures_of_the_network() {
    for (kind, expected) in [
        (TransportErrorKind::Unsent, ErrorKind::Offline),
        (TransportErrorKind::Unanswered, ErrorKind::Offline),
        (TransportErrorKind::TooLarge, ErrorKind::Decode),
    ] {
        let failure = read(fails(kind)).await.unwrap_err();
        assert_eq!(failure.error.kind(), expected);
        assert_eq!(failure.is_transient, expected == ErrorKind::Offline);
        assert!(std::error::Error::source(&failure).is_some(), "the cause is kept");
    }
}

#[tokio::test]
async fn rows_that_cannot_be_read_stand_apart() {
    let body = r#"{"items":[
        {"id":"a","title":"A"},
        {"id":"b","title":7,"version":"v","updatedAt":"2026-11-22T04:14:25.400Z"},
        {"id":"c","title":"C","complete":"yes"},
        {"id":"d","title":"D"},
        {"id":"e","title":"\ud800"},
        {"id":"f","title":{"a":1}},
        {"id":"g","title":null,"deleted":"no"}
    ],"count":7}"#;
    let page = read(json(200, body)).await.unwrap();
    let ids: Vec<_> = page.rows.iter().map(|row| row.id().to_owned()).collect();
    assert_eq!(ids, ["a", "d"]);
    let apart: Vec<_> =
        page.unreadable.iter().map(|(place, row)| (*place, row.id.as_str(), row.error.as_str())).collect();
    assert_eq!(
        apart,
        [
            (1, "b", "column `title`: expected a string, found `7`"),
            (1, "c", "column `complete`: expected true or false, found `yes`"),
            (2, "e", "column `title`: `\"\\ud800\"` has an escape that is no character"),
            (2, "f", "column `title`: expected a single value, found `{\"a\":1}`"),
            (2, "g", "column `deleted`: expected true or false, found `no`"),
        ]
    );
    assert_eq!(page.row_count(), 7);
    let row = &page.unreadable[0].1;
    assert_eq!(row.raw, r#"{"id":"b","title":7,"version":"v","updatedAt":"2026-11-22T04:14:25.400Z"}"#);
    assert_eq!(line(&row.system), " - v 2026-11-22T04:14:25.400Z");
}

#[tokio::test]
async fn tombstones_need_only_their_id() {
    let page = read(json(200, r#"[{"id":"a","title":7,"deleted":true},{"deleted":true,"id":"b"}]"#)).await.unwrap();
    assert_eq!(page.rows.iter().map(|row| row.is_deleted()).collect::<Vec<_>>(), [true, true]);
    assert!(page.unreadable.is_empty());
}

#[tokio::test]
async fn system_members_that_cannot_be_read_are_absent() {
    let body = r#"[
        {"id":"a","version":"","updatedAt":null},
        {"id":"b","version":7,"updatedAt":"soon"},
        {"id":"c","version":"a\nb","updatedAt":5},
        {"id":"d","version":null}
    ]"#;
    let page = read(json(200, body)).await.unwrap();
    for row in page.rows.iter() {
        assert_eq!((row.version(), row.updated_at(), row.is_deleted()), (None, None, false), "{}", row.id());
    }
    assert_eq!(page.rows.len(), 4);
}

#[tokio::test]
async fn members_of_other_case_and_repeated_ones() {
    for (body, expected) in [
        (r#"[{"ID":"a","Title":"A"}]"#, "a A - -"),
        (r#"[{"id":"a","title":"A","Title":"B"}]"#, "a A - -"),
        (r#"[{"id":"a","Title":"B","title":"A"}]"#, "a A - -"),
        (r#"[{"id":"a","title":"A","title":"B"}]"#, "a B - -"),
        (r#"[{"id":"a","title":7,"title":"B"}]"#, "a B - -"),
        (r#"[{"id":"a","title":"B","title":null}]"#, "a - - -"),
        (r#"[{"id":"x","id":"a","t\u0069tle":"\u0041\/"}]"#, "a A/ - -"),
    ] {
        let page = read(json(200, body)).await.unwrap();
        assert_eq!(line(&page.rows.get(0).unwrap().to_row()), expected, "{body}");
        assert!(!page.has_unknown_members);
    }
    let page = read(json(200, r#"[{"id":"a"},{"id":"b","more":{"x":[1]}},{"id":"c"}]"#)).await.unwrap();
    assert!(page.has_unknown_members);
    assert_eq!(page.rows.len(), 3);
}

#[tokio::test]
async fn numbers_as_ids_on_n2_only() {
    let body = || json(200, r#"{"results":[{"id":42}],"count":1}"#);
    let page = page_of(Dialect::NodeV2, body(), &TODO, Limits::default()).await.unwrap();
    assert_eq!(page.rows.get(0).unwrap().id(), "42");
    for (dialect, text) in
        [(Dialect::DatasyncV3, "42"), (Dialect::NodeV2, "4.5"), (Dialect::NodeV2, "-1"), (Dialect::NodeV2, "1e3")]
    {
        let body = json(200, format!(r#"{{"results":[{{"id":{text}}}],"count":1}}"#));
        assert_eq!(page_of(dialect, body, &TODO, Limits::default()).await.unwrap_err().error.kind(), ErrorKind::Decode);
    }
}

static STRICT_COLUMNS: [ColumnDef; 8] = [
    ColumnDef::id("id"),
    ColumnDef::new::<i32>("small", "small").default_value(seven),
    ColumnDef::new::<i64>("large", "large").default_value(seven),
    ColumnDef::new::<String>("must", "must"),
    ColumnDef::new::<Option<Timestamp>>("at", "at"),
    ColumnDef::new::<Option<Json>>("json", "json"),
    ColumnDef::new::<Option<Even>>("even", "even"),
    ColumnDef::new::<i64>("here", "here").default_value(seven).local_only(),
];
static STRICT: TableSchema = TableSchema::new("strict", &STRICT_COLUMNS);

fn seven(cell: CellWriter<'_>) -> Result<(), ValueError> {
    cell.integer(7);
    Ok(())
}

struct Json;

impl ColumnValue for Json {
    const TYPE: ColumnType = ColumnType::Json;

    fn write(&self, cell: CellWriter<'_>) -> Result<(), ValueError> {
        cell.null();
        Ok(())
    }

    fn read(_: ValueRef<'_>) -> Result<Self, ValueError> {
        Ok(Self)
    }
}

/// A type that refuses well-formed cells.
struct Even;

impl ColumnValue for Even {
    const TYPE: ColumnType = ColumnType::I32;
    const CHECKED: bool = true;

    fn write(&self, cell: CellWriter<'_>) -> Result<(), ValueError> {
        cell.integer(2);
        Ok(())
    }

    fn read(value: ValueRef<'_>) -> Result<Self, ValueError> {
        match value {
            ValueRef::Integer(number) if number % 2 == 0 => Ok(Self),
            _ => Err(ValueError::new("expected an even number")),
        }
    }
}

#[tokio::test]
async fn defaults_nulls_and_values_beyond_the_type() {
    let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
    // The members beside id; the error, or the cells.
    for (members, expected) in [
        (r#""must":"m""#, Ok("7 7 m - - - 7")),
        (r#""must":"m","small":null,"large":3.0,"here":5"#, Ok("7 3 m - - - 7")),
        (r#""must":"m","small":1,"large":9223372036854775807"#, Ok("1 9223372036854775807 m - - - 7")),
        (r#""must":"m","json": {"a": [1, 2.50]} "#, Ok(r#"7 7 m - {"a": [1, 2.50]} - 7"#)),
        (r#""must":"m","json":"{}""#, Ok(r#"7 7 m - "{}" - 7"#)),
        (r#""must":"m","even":4"#, Ok("7 7 m - - 4 7")),
        (r#""small":1"#, Err("column `must` is null")),
        (r#""must":null"#, Err("column `must` is null")),
        (r#""must":"m","small":2147483648"#, Err("column `small`: 2147483648 does not fit 32 bits")),
        (r#""must":"m","large":9223372036854775808"#, Err("column `large`: expected a 64-bit integer")),
        (r#""must":"m","large":"5""#, Err("column `large`: expected an integer, found `5`")),
        (r#""must":"m","large":1e999999999"#, Err("column `large`")),
        (r#""must":"m","at":"yesterday""#, Err("column `at`")),
        (r#""must":"m","even":3"#, Err("column `even`: expected an even number")),
        (&format!(r#""must":"m","json":{deep}"#), Err("column `json`: the JSON is nested 65 deep, at most 64 is read")),
    ] {
        gives(Dialect::Toolkit, members, expected).await;
    }
    for (members, expected) in [
        (r#""must":"m","json":"{\"a\":1}""#, Ok(r#"7 7 m - {"a":1} - 7"#)),
        (
            r#""must":"m","json":"[object Object]""#,
            Err("column `json`: expected JSON as text, found `[object Object]`"),
        ),
    ] {
        gives(Dialect::NodeV2, members, expected).await;
    }
}

/// A row of the strict table with these members is read as these cells, or stands apart with these words.
async fn gives(dialect: Dialect, members: &str, expected: Result<&str, &str>) {
    let body = json(200, format!(r#"{{"items":[{{"id":"a",{members}}}],"count":1}}"#));
    let page = page_of(dialect, body, &STRICT, Limits::default()).await.unwrap();
    match expected {
        Ok(cells) => {
            assert!(page.unreadable.is_empty(), "{members}: {:?}", page.unreadable);
            let row = page.rows.get(0).unwrap();
            let shown = (1..8).map(|index| match row.value(index) {
                ValueRef::Null => "-".to_owned(),
                ValueRef::Integer(number) => number.to_string(),
                ValueRef::Text(text) => text.to_owned(),
                other => format!("{other:?}"),
            });
            assert_eq!(shown.collect::<Vec<_>>().join(" "), cells, "{members}");
        }
        Err(words) => {
            assert!(page.rows.is_empty(), "{members}");
            let error = &page.unreadable[0].1.error;
            assert!(error.contains(words) && error.len() < 200, "{members}: {error}");
        }
    }
}

#[tokio::test]
async fn an_unknown_member_of_any_depth_is_passed_over() {
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let page =
        read(json(200, format!(r#"{{"more":{deep},"items":[{{"id":"a","more":{deep}}}],"count":1}}"#))).await.unwrap();
    assert_eq!((page.rows.len(), page.has_unknown_members), (1, true));
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn sizes_are_bounded() {
    let headers = "content-type: application/json\ncontent-encoding: gzip";
    let body = r#"{"items":[{"id":"a"},{"id":"b"}],"count":2}"#;
    let page = read(reply(200, headers, gzip(body.as_bytes()))).await.unwrap();
    assert_eq!(page.rows.len(), 2);
    assert_eq!(page.bytes, gzip(body.as_bytes()).len() as u64, "bytes are counted as received");

    let bomb = gzip(&vec![b' '; 2_000_000]);
    assert!(bomb.len() < 10_000);
    for (answer, limits, words) in [
        (reply(200, headers, bomb), limits(|limits| limits.expanded_bytes = 1_000_000), "1000000 bytes once expanded"),
        (json(200, body), limits(|limits| limits.received_bytes = 10), "longer than 10 bytes"),
        (json(200, body), limits(|limits| limits.expanded_bytes = 10), "longer than 10 bytes"),
        (json(200, body), limits(|limits| limits.page_rows = 1), "more than 1 rows"),
        (reply(200, headers, &gzip(body.as_bytes())[..20]), Limits::default(), "cut or damaged"),
        (reply(200, headers, body), Limits::default(), "cut or damaged"),
    ] {
        let failure = page_of(Dialect::Toolkit, answer, &TODO, limits).await.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::Decode, "{words}");
        assert!(failure.error.message().contains(words), "{words}: {failure}");
    }
    // A refusal counts although its body cannot be read.
    let failure = read(reply(400, headers, "no gzip")).await.unwrap_err();
    assert_eq!((failure.error.kind(), failure.error.status()), (ErrorKind::Rejected, Some(400)));
}

#[tokio::test]
async fn no_cut_or_flipped_byte_is_taken_for_the_page() {
    let body = r#"{"items":[{"id":"a","title":"é\n","complete":true,"more":[1,{"x":2.5e3}],"deleted":false}],"count":1,"nextLink":null}"#;
    for length in 0..body.len() {
        let failure = read(json(200, &body.as_bytes()[..length])).await.unwrap_err();
        assert_eq!((failure.error.kind(), failure.is_transient), (ErrorKind::Decode, true), "{length} bytes");
    }
    // Whatever a damaged byte makes of it: a page or an error, and rows only with ids.
    for place in 0..body.len() {
        for byte in *b"\"\\{}[],:0-eE tn\0\xFF" {
            let mut damaged = body.as_bytes().to_vec();
            damaged[place] = byte;
            if let Ok(page) = read(json(200, damaged)).await {
                assert!(page.rows.iter().all(|row| !row.id().is_empty()), "{byte} at {place}");
            }
        }
    }
}
