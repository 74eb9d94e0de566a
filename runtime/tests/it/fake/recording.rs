//! Plays the exchanges recorded from a real Toolkit: same status, headers, members and values, and the
//! same relations between versions, stamps and entity tags.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use synctable::testing::FakeServer;
use synctable::wire::Response;

use super::ask;

const RECORDING: &str = include_str!("../../data/wire/TK.json");

/// More than a millisecond, and no whole number of them: the recorded stamps are finer than the wire shows.
const TICK: Duration = Duration::from_nanos(1_000_300);

const BODY: &str = "a body that does not fit is 400 and says why; the real server breaks with 500";
const TAGS: &str = "one of the two tags matches, so the write goes on; the real server breaks with 500";

/// Where the fake differs on purpose: scenario, note of the step, reason. A step that no longer differs
/// fails the test.
const DIFFERENT: [(&str, &str, &str); 18] = [
    ("create", "wrong type", BODY),
    ("create", "not json", BODY),
    ("create", "array body", BODY),
    ("update", "not json", BODY),
    ("types", "int32 overflow", BODY),
    ("types", "guid bad", BODY),
    ("types", "bytes bad", BODY),
    ("types", "date bad", BODY),
    ("types", "nested object in text", BODY),
    ("edges", "two tags, the second current", TAGS),
    ("edges", "row now", TAGS),
    ("edges", "If-Unmodified-Since long ago", TAGS),
    ("edges", "HEAD row", "no transport of the client sends the verb"),
    ("edges", "HEAD list", "no transport of the client sends the verb"),
    ("edges", "OPTIONS", "no transport of the client sends the verb"),
    ("types", "decimal long: read back", "decimals are exact; the recorded store kept a double"),
    ("types", "filter time", "a time of day can be compared; the recorded store could not translate it"),
    ("types", "filter year", "the parts of an instant can be compared; the recorded store could not translate them"),
];

#[test]
fn the_recording_is_answered_alike() {
    let data: Value = serde_json::from_str(RECORDING).unwrap();
    let mut player = Player { server: super::server().max_top(1000), names: BTreeMap::new() };
    let mut found: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    let mut steps = 0;
    for scenario in data["scenarios"].as_array().unwrap() {
        for row in scenario["seed"].as_array().into_iter().flatten() {
            player.server.clock().advance(TICK);
            let headers = [("Content-Type".to_owned(), "application/json".to_owned())];
            let body = row.to_string();
            let answer = ask(&player.server, "POST", "/tables/todoitem", &headers, Some(body.as_bytes()));
            assert_eq!(answer.status, 201, "{row}");
        }
        for step in scenario["steps"].as_array().unwrap() {
            steps += 1;
            let faults = player.step(step);
            if !faults.is_empty() {
                let place = (scenario["name"].as_str().unwrap(), step["note"].as_str().unwrap());
                found.entry(place).or_default().extend(faults);
            }
        }
    }
    assert!(steps > 200, "the recording has {steps} steps");
    let listed: BTreeSet<(&str, &str)> = DIFFERENT.iter().map(|(scenario, note, _)| (*scenario, *note)).collect();
    let unlisted: Vec<_> = found.iter().filter(|(step, _)| !listed.contains(*step)).collect();
    assert!(unlisted.is_empty(), "{} steps differ: {unlisted:#?}", unlisted.len());
    let stale: Vec<_> = listed.iter().filter(|step| !found.contains_key(*step)).collect();
    assert!(stale.is_empty(), "these steps are listed as different but no longer are: {stale:?}");
}

struct Player {
    server: FakeServer,
    /// Versions and stamps of the recording with those of the fake.
    names: BTreeMap<String, String>,
}

impl Player {
    fn step(&mut self, step: &Value) -> Vec<String> {
        let (request, recorded) = (&step["request"], &step["response"]);
        let method = request["method"].as_str().unwrap();
        if matches!(method, "HEAD" | "OPTIONS") {
            return vec!["cannot be sent".to_owned()];
        }
        if method != "GET" {
            self.server.clock().advance(TICK);
        }
        let target = self.live(request["path"].as_str().unwrap());
        let headers: Vec<(String, String)> = request["headers"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.clone(), self.live(value.as_str().unwrap())))
            .collect();
        let body = request.get("body").map(|body| match body {
            Value::String(text) => text.clone(),
            other => self.expand(other).to_string(),
        });
        let answer = ask(&self.server, method, &target, &headers, body.as_deref().map(str::as_bytes));
        self.compare(recorded, &answer)
    }

    /// Replaces recorded versions and stamps by live ones.
    fn live(&self, text: &str) -> String {
        let mut names: Vec<_> = self.names.iter().filter(|(recorded, _)| text.contains(recorded.as_str())).collect();
        names.sort_by_key(|(recorded, _)| std::cmp::Reverse(recorded.len()));
        names.into_iter().fold(text.to_owned(), |text, (recorded, live)| text.replace(recorded, live))
    }

    fn expand(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => {
                let length = text.strip_prefix('<').and_then(|rest| rest.strip_suffix(" characters>"));
                match length.and_then(|number| number.parse().ok()) {
                    Some(length) => "x".repeat(length).into(),
                    None => self.names.get(text).unwrap_or(text).clone().into(),
                }
            }
            Value::Array(items) => items.iter().map(|item| self.expand(item)).collect(),
            Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), self.expand(value))).collect(),
            other => other.clone(),
        }
    }

    fn compare(&mut self, recorded: &Value, answer: &Response) -> Vec<String> {
        let mut faults = Vec::new();
        if u64::from(answer.status) != recorded["status"] {
            faults.push(format!("status {} where {} was recorded", answer.status, recorded["status"]));
            return faults;
        }
        self.compare_headers(recorded, answer, &mut faults);
        let (json, live) = (&recorded["json"], serde_json::from_slice(&answer.body).unwrap_or(Value::Null));
        if json.is_object() != live.is_object() || answer.body.is_empty() != json.is_null() {
            faults.push(format!("the body is {live} where {json} was recorded"));
        }
        for place in ["code", "message", "target", "details"] {
            if answer.status >= 400 && json.get(place).is_some() && live.get(place).is_none() {
                faults.push(format!("the error lacks {place}"));
            }
        }
        if is_row(json) {
            compare_row(json, &live, &mut faults);
            self.learn(json, &live);
            let tag = live["version"].as_str().map(|version| format!("\"{version}\""));
            if answer.headers.get("etag") != tag.as_deref() {
                faults.push("the entity tag is not the version".to_owned());
            }
        } else if json["items"].is_array() {
            self.compare_list(recorded, &live, &mut faults);
        }
        faults
    }

    fn compare_headers(&self, recorded: &Value, answer: &Response, faults: &mut Vec<String>) {
        for name in ["etag", "location", "last-modified", "allow", "link", "content-type"] {
            let (expected, live) = (recorded["headers"][name].as_str(), answer.headers.get(name));
            let same = match (expected, live) {
                (Some(expected), Some(live)) => match name {
                    "allow" => {
                        let verbs = |text: &str| text.split(", ").map(str::to_owned).collect::<BTreeSet<_>>();
                        verbs(expected) == verbs(live)
                    }
                    "content-type" => expected == live,
                    "location" => {
                        let expected = expected.replace("{base}", self.server.url());
                        is_generated(expected.rsplit('/').next().unwrap()) || expected == live
                    }
                    _ => true,
                },
                (None, None) => true,
                _ => false,
            };
            if !same {
                faults.push(format!("{name} is {live:?} where {expected:?} was recorded"));
            }
        }
    }

    fn compare_list(&mut self, recorded: &Value, live: &Value, faults: &mut Vec<String>) {
        let json = &recorded["json"];
        let (expected, Some(rows)) = (json["items"].as_array().unwrap(), live["items"].as_array()) else {
            return faults.push("the body is no list".to_owned());
        };
        if recorded["rows"] != rows.len() || json["count"] != live["count"] {
            let (rows, count) = (rows.len(), &live["count"]);
            faults
                .push(format!("{rows} rows of {count} where {} of {} were recorded", recorded["rows"], json["count"]));
        }
        let options = |value: &Value| {
            value["nextLink"]
                .as_str()
                .map(|link| link.split('&').map(|option| option.replace("%27", "'")).collect::<BTreeSet<_>>())
        };
        if options(json) != options(live) {
            faults.push(format!("nextLink {} where {} was recorded", live["nextLink"], json["nextLink"]));
        }
        // A generated id sorts anywhere, so the first rows may be others.
        let generated = |rows: &[Value]| rows.iter().take(3).any(|row| row["id"].as_str().is_none_or(is_generated));
        if generated(expected) || generated(rows) {
            return;
        }
        for (expected, row) in expected.iter().zip(rows) {
            compare_row(expected, row, faults);
            self.learn(expected, row);
        }
    }

    fn learn(&mut self, recorded: &Value, live: &Value) {
        if recorded["id"] != live["id"] && !recorded["id"].as_str().is_some_and(is_generated) {
            return;
        }
        if let (Some(recorded), Some(live)) = (recorded["version"].as_str(), live["version"].as_str()) {
            self.names.insert(recorded.to_owned(), live.to_owned());
        }
        if let (Some(recorded), Some(live)) = (recorded["updatedAt"].as_str(), live["updatedAt"].as_str()) {
            let plain = |stamp: &str| stamp.trim_end_matches('Z').to_owned();
            // A stamp of one millisecond may belong to several rows of the recording; the first one counts.
            self.names.entry(plain(recorded)).or_insert_with(|| plain(live));
        }
    }
}

fn is_row(json: &Value) -> bool {
    json.get("id").is_some() && json.get("version").is_some()
}

/// 32 hexadecimal digits, or a dashed uuid.
fn is_generated(id: &str) -> bool {
    let plain = id.replace('-', "");
    plain.len() == 32 && plain.bytes().all(|byte| byte.is_ascii_hexdigit()) && matches!(id.len(), 32 | 36)
}

fn compare_row(recorded: &Value, live: &Value, faults: &mut Vec<String>) {
    let (Some(expected), Some(row)) = (recorded.as_object(), live.as_object()) else {
        return faults.push(format!("the row is {live}"));
    };
    if expected.keys().collect::<BTreeSet<_>>() != row.keys().collect() {
        faults.push(format!("members {:?} where {:?} were recorded", row.keys(), expected.keys()));
    }
    for (name, expected) in expected {
        let value = &live[name];
        let same = match (name.as_str(), expected.as_str(), value.as_str()) {
            ("version", Some(_), Some(live)) => !live.is_empty(),
            // A stamp keeps the recorded form: digits where digits were.
            ("updatedAt", Some(expected), Some(live)) => form(expected) == form(live),
            ("id", Some(expected), Some(live)) if is_generated(expected) => {
                is_generated(live) && expected.contains('-') == live.contains('-')
            }
            (_, Some(expected), Some(live)) if live.len() > 1000 => {
                expected == format!("<{} characters>", live.chars().count())
            }
            _ => {
                expected == value
                    || expected.as_f64().is_some_and(|number| !expected.is_i64() && value.as_f64() == Some(number))
            }
        };
        if !same {
            faults.push(format!("{name} is {value} where {expected} was recorded"));
        }
    }
}

fn form(stamp: &str) -> String {
    stamp.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect()
}
