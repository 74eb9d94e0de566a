//! Every answer recorded from real servers, handed to the client as the answer to the call that fits
//! it: the outcome is that of protocol.md section 5, and the row is the row of the recording.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use synctable::wire::answer::{Answer, Body, Delivery, Page, Truth};
use synctable::wire::{Dialect, WireError, WriteRequest};
use synctable::{
    ColumnDef, Date, Decimal, ErrorKind, Remote, Row, RowBatch, SystemColumn, TableSchema, TimeOfDay, Timestamp, Value,
};

use crate::wire_script::{ALL_ROWS, Reply, Script, TODO, json, reply};

static KITCHEN_COLUMNS: [ColumnDef; 12] = [
    ColumnDef::id("id"),
    ColumnDef::new::<Option<String>>("text", "text"),
    ColumnDef::new::<Option<bool>>("flag", "flag"),
    ColumnDef::new::<Option<i32>>("int32", "int32"),
    ColumnDef::new::<Option<i64>>("int64", "int64"),
    ColumnDef::new::<Option<f64>>("double", "double"),
    ColumnDef::new::<Option<Decimal>>("decimal", "decimal"),
    ColumnDef::new::<Option<Timestamp>>("instant", "instant"),
    ColumnDef::new::<Option<uuid::Uuid>>("guid", "guid"),
    ColumnDef::new::<Option<Vec<u8>>>("bytes", "bytes"),
    ColumnDef::new::<Option<Date>>("date", "date"),
    ColumnDef::new::<Option<TimeOfDay>>("time", "time"),
];
static KITCHEN: TableSchema = TableSchema::new("kitchen", &KITCHEN_COLUMNS);

/// Rows that N2 stored although they do not fit their column.
const UNREADABLE: [(&str, &str); 5] = [
    ("node-v2 types/bytes bad", "column `bytes`: expected base64 text, found `***`"),
    ("node-v2 types/date bad", "column `date`: expected a date `yyyy-MM-dd`, found `2024-02-30`"),
    ("node-v2 types/guid bad", "column `guid`: expected a uuid, found `xyz`"),
    ("node-v2 types/int32 overflow", "column `int32`: 2147483648 does not fit 32 bits"),
    ("node-v2 types/int64 limits", "column `int64`: expected a 64-bit integer, found 9223372036854776000"),
];

struct Step {
    about: String,
    dialect: Dialect,
    method: String,
    /// Without its query.
    path: String,
    query: String,
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    json: Option<Json>,
}

fn steps(dialect: Dialect, text: &str) -> Vec<Step> {
    let recording: Json = serde_json::from_str(text).unwrap();
    let mut steps = Vec::new();
    for scenario in recording["scenarios"].as_array().unwrap() {
        for step in scenario["steps"].as_array().unwrap() {
            let (request, response) = (&step["request"], &step["response"]);
            let path = request["path"].as_str().unwrap();
            let json = response.get("json").cloned();
            let text = response.get("text").and_then(Json::as_str).unwrap_or_default();
            let headers = response["headers"].as_object().unwrap().iter();
            steps.push(Step {
                about: format!("{dialect} {}/{}", scenario["name"].as_str().unwrap(), step["note"].as_str().unwrap()),
                dialect,
                method: request["method"].as_str().unwrap().to_owned(),
                path: path.split('?').next().unwrap().to_owned(),
                query: path.split_once('?').map_or("", |(_, query)| query).to_owned(),
                status: u16::try_from(response["status"].as_u64().unwrap()).unwrap(),
                headers: headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect(),
                body: json.as_ref().map_or_else(|| text.as_bytes().to_vec(), |json| json.to_string().into_bytes()),
                json,
            });
        }
    }
    steps
}

fn all_steps() -> Vec<Step> {
    let mut all = steps(Dialect::NodeV2, include_str!("../data/wire/N2.json"));
    all.extend(steps(Dialect::DatasyncV3, include_str!("../data/wire/V3.json")));
    all.extend(steps(Dialect::Toolkit, include_str!("../data/wire/TK.json")));
    all
}

impl Step {
    fn reply(&self) -> Reply {
        // Lengths are of the recorded connection, not of the body as it is rebuilt here.
        let headers = self.headers.iter().filter(|(name, _)| name != "content-length");
        let headers: Vec<_> = headers.map(|(name, value)| format!("{name}: {value}")).collect();
        reply(self.status, &headers.join("\n"), &self.body)
    }

    fn schema(&self) -> &'static TableSchema {
        if self.path.to_lowercase().contains("kitchen") { &KITCHEN } else { &TODO }
    }

    /// The id in the path.
    fn id(&self) -> Option<String> {
        let id = self.path.trim_start_matches('/').split('/').nth(2).filter(|id| !id.is_empty())?;
        Some(percent_decode(id))
    }

    fn etag_version(&self) -> Option<String> {
        let (_, tag) = self.headers.iter().find(|(name, _)| name == "etag")?;
        Some(tag.strip_prefix('"')?.strip_suffix('"')?.replace("\\\"", "\""))
    }

    fn is_json(&self) -> bool {
        self.json.is_some() && self.headers.iter().any(|(name, value)| name == "content-type" && value.contains("json"))
    }
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                let hex = [*high, *low];
                bytes.push(u8::from_str_radix(str::from_utf8(&hex).unwrap(), 16).unwrap());
                rest = after;
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Compares a row with the JSON it was read from, by rules of its own.
fn same_row(about: &str, schema: &TableSchema, row: &Row, json: &Json, tag: Option<&str>) {
    let member = |name: &str| json.get(name).cloned().unwrap_or(Json::Null);
    for (column, value) in schema.columns().iter().zip(&row.values) {
        let (name, json) = (column.wire_name(), member(column.wire_name()));
        let same = match (value, &json) {
            (Value::Null, Json::Null) => true,
            (Value::Text(text), Json::String(other)) => {
                text == other
                    || (name == "guid" && text.eq_ignore_ascii_case(other))
                    || (name == "time" && same_time(text, other))
            }
            (Value::Text(text), Json::Number(number)) => text.parse::<f64>().unwrap() == number.as_f64().unwrap(),
            (Value::Integer(number), Json::Bool(truth)) => *number == i64::from(*truth),
            (Value::Integer(number), Json::Number(other)) => {
                other.as_i64() == Some(*number) || other.as_f64() == Some(*number as f64)
            }
            (Value::Integer(ticks), Json::String(other)) => *ticks == instant(other),
            (Value::Real(number), Json::Number(other)) => other.as_f64() == Some(*number),
            (Value::Blob(bytes), Json::String(other)) => base64_length(other) == bytes.len(),
            _ => false,
        };
        assert!(same, "{about}: column {name}: {value:?} was read from {json}");
    }
    let version = member("version").as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let expected = tag.map(str::to_owned).or(version);
    assert_eq!(row.version.as_ref().map(|version| version.as_str().to_owned()), expected, "{about}");
    assert_eq!(row.deleted, member("deleted") == Json::Bool(true), "{about}");
    for (time, column) in [(row.updated_at, SystemColumn::UpdatedAt), (row.created_at, SystemColumn::CreatedAt)] {
        let expected = member(column.wire_name()).as_str().map(instant);
        assert_eq!(time.map(Timestamp::ticks), expected, "{about} {}", column.wire_name());
    }
}

fn same_time(stored: &str, wire: &str) -> bool {
    stored.trim_end_matches('0').trim_end_matches(['.', ':']) == wire.trim_end_matches('0').trim_end_matches(['.', ':'])
}

fn base64_length(text: &str) -> usize {
    text.trim_end_matches('=').len() * 6 / 8
}

/// 100 ns since 1970 of `yyyy-MM-ddTHH:mm:ss[.fffffff](Z|±hh:mm)`, counted day by day.
fn instant(text: &str) -> i64 {
    let number = |range: std::ops::Range<usize>| text[range].parse::<i64>().unwrap();
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let (year, month) = (number(0..4), number(5..7));
    let mut days: i64 = (1..year).map(|year| if leap(year) { 366 } else { 365 }).sum::<i64>() - 719_162;
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    days += lengths.iter().take(usize::try_from(month - 1).unwrap()).sum::<i64>() + number(8..10) - 1;
    let seconds = days * 86_400 + number(11..13) * 3600 + number(14..16) * 60 + number(17..19);
    let rest = &text[19..];
    let (fraction, zone) = rest.split_at(rest.find(['Z', '+', '-']).unwrap());
    let digits = format!("{:0<7}", fraction.trim_start_matches('.'));
    let minutes = match zone {
        "Z" => 0,
        zone => {
            let minutes = zone[1..3].parse::<i64>().unwrap() * 60 + zone[4..6].parse::<i64>().unwrap();
            if zone.starts_with('-') { -minutes } else { minutes }
        }
    };
    (seconds - minutes * 60) * 10_000_000 + digits.parse::<i64>().unwrap()
}

fn kind_of(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::Unauthorized,
        500.. | 408 | 425 | 429 => ErrorKind::Busy,
        304 => ErrorKind::Decode,
        _ => ErrorKind::Rejected,
    }
}

#[tokio::test]
async fn recorded_writes() {
    let (mut rows, mut conflicts, mut others) = (0, 0, 0);
    let mut unreadable = BTreeSet::new();
    for step in all_steps().iter().filter(|step| ["POST", "PATCH", "PUT", "DELETE"].contains(&step.method.as_str())) {
        let about = &step.about;
        let object = step.json.as_ref().filter(|json| json.is_object() && step.is_json());
        let body_id = object.and_then(|json| json["id"].as_str());
        // Where the server made the id, it is taken as the one that was asked for.
        let id = step.id().or_else(|| body_id.map(str::to_owned)).unwrap_or_else(|| "none".into());
        let mut row = Row::new(step.schema());
        row.values[0] = Value::Text(id.clone());
        let request = match step.method.as_str() {
            "POST" if step.id().is_none() => WriteRequest::Insert { row: &row },
            "POST" => WriteRequest::Undelete { id: &id, row: &row, if_match: None },
            "DELETE" => WriteRequest::Delete { id: &id, if_match: None },
            _ => WriteRequest::Update { id: &id, changed: &[1], row: &row, if_match: None },
        };
        let script = Script::new([step.reply()]);
        let table = script.builder().dialect(step.dialect).build().unwrap().table(step.schema());
        let delivery = table.write(&request).await;
        assert_eq!(script.sent().len(), 1, "{about}");

        let is_success = (200..300).contains(&step.status);
        let answer = match delivery {
            Delivery::Answered(answer) => answer,
            Delivery::Unanswered(error) => {
                let is_row = body_id.is_some() && object.is_some();
                assert!(is_success && !is_row && !step.body.is_empty(), "{about}: {error}");
                others += 1;
                continue;
            }
            other => panic!("{about}: {other:?}"),
        };
        let Answer { status, body, message, .. } = answer;
        assert_eq!(status, step.status, "{about}");
        assert!(message.len() <= 1024 && !message.contains("</"), "{about}: {message}");
        let own_version = object.and_then(|json| json["version"].as_str()).is_some_and(|version| !version.is_empty());
        let has_row = match step.status {
            200..=299 => body_id.is_some(),
            409 if matches!(request, WriteRequest::Insert { .. }) && step.dialect == Dialect::NodeV2 => false,
            409 | 412 => own_version && body_id == Some(&id),
            _ => false,
        };
        match body {
            Body::Row(server) => {
                assert!(has_row && body_id == Some(&id), "{about}");
                same_row(about, step.schema(), &server.row, object.unwrap(), step.etag_version().as_deref());
                rows += 1;
                conflicts += usize::from(!is_success);
            }
            Body::WrongId(other) => assert!(is_success && body_id == Some(other.as_str()) && other != id, "{about}"),
            Body::Unreadable(row) => {
                assert!(has_row && row.id == id, "{about}");
                unreadable.insert(format!("{about}: {}", row.error));
            }
            Body::None => {
                assert!(!has_row, "{about}");
                others += 1;
            }
        }
    }
    expect_unreadable(&unreadable);
    assert!(rows > 150 && conflicts > 15 && others > 80, "{rows} rows, {conflicts} conflicts, {others} others");
}

fn expect_unreadable(came: &BTreeSet<String>) {
    let expected: BTreeSet<String> = UNREADABLE.iter().map(|(step, error)| format!("{step}: {error}")).collect();
    assert_eq!(came, &expected);
}

#[tokio::test]
async fn recorded_lists() {
    let (mut pages, mut refusals) = (0, 0);
    for step in all_steps().iter().filter(|step| step.method == "GET" && step.id().is_none()) {
        let about = &step.about;
        let script = Script::new([step.reply()]);
        let table = script.builder().dialect(step.dialect).build().unwrap().table(step.schema());
        let came = table.page(&ALL_ROWS, RowBatch::new(step.schema())).await;
        assert_eq!(script.sent().len(), 1, "{about}: no link is followed");
        let json = step.json.as_ref().filter(|_| step.is_json() && step.status == 200);
        let list = json.and_then(|json| [json, &json["items"], &json["results"]].into_iter().find_map(Json::as_array));
        match (came, list) {
            (Ok(page), Some(list)) => {
                same_page(about, step, &page, list);
                pages += 1;
            }
            (Err(failure), list) => {
                refused(about, step, &failure, list);
                refusals += 1;
            }
            (Ok(page), None) => panic!("{about}: {page:?}"),
        }
    }
    assert!(pages > 80 && refusals > 20, "{pages} pages, {refusals} refusals");
}

/// The columns and system members that a recorded list was asked for by `$select`.
fn selected(step: &Step) -> Option<Vec<&str>> {
    let names = step.query.split('&').find_map(|option| option.strip_prefix("$select="))?;
    Some(names.split(',').collect())
}

/// What the servers give for `$select` reads as rows of a narrow table: no member is unknown, and
/// nothing that a pull needs is lost.
#[tokio::test]
async fn recorded_selections() {
    let mut replayed = BTreeSet::new();
    for step in all_steps().iter().filter(|step| step.method == "GET" && step.id().is_none()) {
        let Some(names) = selected(step) else { continue };
        let about = &step.about;
        let is_own = |name: &&str| ["title", "complete"].contains(name);
        let columns = names.iter().filter(|name| is_own(name)).map(|name| {
            let name: &'static str = name.to_string().leak();
            ColumnDef::new::<Option<String>>(name, name)
        });
        let columns: Vec<_> = [ColumnDef::id("id")].into_iter().chain(columns).collect();
        let schema: &'static TableSchema = Box::leak(Box::new(TableSchema::new("todoitem", columns.leak()).narrow()));
        let script = Script::new([step.reply()]);
        let table = script.builder().dialect(step.dialect).build().unwrap().table(schema);
        let came = table.page(&ALL_ROWS, RowBatch::new(schema)).await;
        // What was recorded is part of what is asked for.
        let asked = script.sent().remove(0);
        if step.status == 200 && step.dialect != Dialect::NodeV2 {
            let (_, list) = asked.split_once("$select=").unwrap();
            let list: Vec<_> = list.split('&').next().unwrap().split(',').collect();
            assert!(names.iter().all(|name| list.contains(name)), "{about}: {list:?}");
        }
        let json = step.json.as_ref().filter(|_| step.status == 200);
        let list = json.and_then(|json| [json, &json["items"], &json["results"]].into_iter().find_map(Json::as_array));
        let has_ids =
            list.is_some_and(|list| list.iter().all(|row| row["id"].as_str().is_some_and(|id| !id.is_empty())));
        match (came, list) {
            (Ok(page), Some(list)) => {
                assert!(!page.has_unknown_members, "{about}");
                for (row, json) in page.rows.iter().zip(list) {
                    same_row(about, schema, &row.to_row(), json, None);
                }
                replayed.insert((step.dialect.name(), page.row_count() > 0));
            }
            // V3 has a row whose id is empty.
            (Err(_), Some(_)) => assert!(!has_ids, "{about}"),
            (Err(failure), None) => assert_eq!(failure.error.kind(), kind_of(step.status), "{about}"),
            (Ok(page), None) => panic!("{about}: {page:?}"),
        }
    }
    for dialect in [Dialect::NodeV2, Dialect::DatasyncV3, Dialect::Toolkit] {
        assert!(replayed.contains(&(dialect.name(), true)), "{dialect}: {replayed:?}");
    }
}

fn same_page(about: &str, step: &Step, page: &Page, list: &[Json]) {
    assert_eq!(page.row_count(), list.len() as u64, "{about}");
    for json in list {
        let id = json["id"].as_str().unwrap();
        // `$select` leaves columns out; what is absent is null on both sides.
        match page.rows.iter().find(|row| row.id() == id) {
            Some(row) => same_row(about, step.schema(), &row.to_row(), json, None),
            None => {
                let (_, row) = page.unreadable.iter().find(|(_, row)| row.id == id).unwrap();
                assert!(UNREADABLE.iter().any(|(_, error)| *error == row.error), "{about}: {}", row.error);
            }
        }
    }
    let count = step.json.as_ref().and_then(|json| json["count"].as_u64());
    assert_eq!(page.count, count, "{about}");
}

fn refused(about: &str, step: &Step, failure: &WireError, list: Option<&Vec<Json>>) {
    let kind = failure.error.kind();
    match list {
        // N2 swallowed an error, or was not asked for the count.
        Some(list) if list.is_empty() && step.dialect == Dialect::NodeV2 => {
            assert_eq!(kind, ErrorKind::Rejected, "{about}")
        }
        // Without `id` among the selected columns nothing can be told of a row; V3 stores an empty id
        // and lists it; V3 as 2.0.0 answers an empty array.
        Some(list) => assert!(
            kind == ErrorKind::Decode
                && (list.is_empty() || list.iter().any(|row| row["id"].as_str().is_none_or(str::is_empty))),
            "{about}: {failure}"
        ),
        None if step.status == 200 => assert_eq!(kind, ErrorKind::Decode, "{about}"),
        None => assert_eq!((kind, failure.error.status()), (kind_of(step.status), Some(step.status)), "{about}"),
    }
}

#[tokio::test]
async fn recorded_rows() {
    let (mut live, mut gone, mut none, mut refusals) = (0, 0, 0, 0);
    for step in all_steps().iter().filter(|step| step.method == "GET") {
        let (about, Some(id)) = (&step.about, step.id()) else { continue };
        // N2's reads of one row have the form of D2's; its own truth is a list.
        let dialect = if step.dialect == Dialect::NodeV2 { Dialect::DotNetV2 } else { step.dialect };
        let script =
            Script::new([step.reply()].into_iter().chain((step.status == 404).then(|| json(200, r#"{"items":[]}"#))));
        let table = script.builder().dialect(dialect).build().unwrap().table(step.schema());
        let object = step.json.as_ref().filter(|json| json.is_object() && step.is_json());
        match (table.truth(&id).await, step.status) {
            (Ok(Truth::There(remote, _)), 200) => {
                same_row(about, step.schema(), remote.row().unwrap(), object.unwrap(), step.etag_version().as_deref());
                match remote {
                    Remote::Row(_) => live += 1,
                    Remote::Deleted(_) => gone += 1,
                }
            }
            (Ok(Truth::There(Remote::Deleted(None), _)), 410) => gone += 1,
            (Ok(Truth::None), 404) => none += 1,
            (Err(failure), status) => {
                let is_row = status == 200 && object.is_some_and(|json| json["id"] == Json::String(id));
                assert!(!is_row && status != 404 && status != 410, "{about}: {failure}");
                if status != 200 {
                    assert_eq!(failure.error.kind(), kind_of(status), "{about}");
                }
                refusals += 1;
            }
            (Ok(Truth::Unreadable(row)), 200) => {
                let written = about.trim_end_matches(": read back");
                assert!(UNREADABLE.contains(&(written, row.error.as_str())), "{about}: {}", row.error);
            }
            (came, status) => panic!("{about}: {status} {came:?}"),
        }
    }
    assert!(live > 60 && gone >= 5 && none > 10 && refusals > 5, "{live} {gone} {none} {refusals}");
}

#[tokio::test]
async fn recorded_answers_that_fit_no_call() {
    for step in all_steps().iter().filter(|step| ["HEAD", "OPTIONS"].contains(&step.method.as_str())) {
        let script = Script::new([step.reply()]);
        let table = script.builder().dialect(step.dialect).build().unwrap().table(step.schema());
        assert!(table.answers().await.is_err(), "{}", step.about);
    }
}
