//! Plays the exchanges recorded from real servers: same status, headers, members and values, and the same relations between versions, stamps
//! and entity tags.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Answer, Peer, json_type};

/// Where a server differs on purpose: scenario, note of the step, reason. A step that no longer differs fails the test.
pub(crate) type Difference = (&'static str, &'static str, &'static str);

/// Where servers of this workspace differ on purpose from the two that run on Entity Framework.
pub(crate) const BOTH: [Difference; 6] = [
    (
        "edges",
        "two tags, the second current",
        "one of the tags matches, so the write goes on; the real server breaks with 500",
    ),
    ("edges", "row now", "shows the write with two tags"),
    ("edges", "If-Unmodified-Since long ago", "the row of the 412 shows the write with two tags"),
    ("types", "decimal long: read back", "decimals are exact; the recorded store kept a double"),
    ("types", "filter time", "a time of day can be compared; the recorded store could not translate it"),
    ("types", "filter year", "the parts of an instant can be compared; the recorded store could not translate them"),
];

const BODY: &str =
    "a body that does not fit is 400 and says why; the real server breaks with 500, which looks transient";

/// Of the Toolkit.
pub(crate) const TOOLKIT: [Difference; 9] = [
    ("create", "wrong type", BODY),
    ("create", "not json", BODY),
    ("create", "array body", BODY),
    ("update", "not json", BODY),
    ("types", "int32 overflow", BODY),
    ("types", "guid bad", BODY),
    ("types", "bytes bad", BODY),
    ("types", "date bad", BODY),
    ("types", "nested object in text", BODY),
];

/// Plays a recording; panics with what differs and is not listed.
pub(crate) fn play(peer: impl Peer, recording: &str, differences: &[&[Difference]]) {
    let data: Value = serde_json::from_str(recording).unwrap();
    let mut player = Player { peer, names: BTreeMap::new(), steps: 0 };
    let mut found: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for scenario in data["scenarios"].as_array().unwrap() {
        player.play(scenario, &mut found);
    }
    assert!(player.steps > 200, "the recording has {} steps", player.steps);
    let listed: BTreeSet<(String, String)> = differences
        .iter()
        .copied()
        .flatten()
        .map(|(scenario, note, _)| ((*scenario).to_owned(), (*note).to_owned()))
        .collect();
    let unlisted: Vec<_> = found.iter().filter(|(step, _)| !listed.contains(*step)).collect();
    assert!(unlisted.is_empty(), "{} steps differ: {unlisted:#?}", unlisted.len());
    let stale: Vec<_> = listed.iter().filter(|step| !found.contains_key(*step)).collect();
    assert!(stale.is_empty(), "these steps are listed as different but no longer are: {stale:?}");
}

struct Player<P> {
    peer: P,
    /// Versions and stamps of the recording with those of the live server.
    names: BTreeMap<String, String>,
    steps: usize,
}

impl<P: Peer> Player<P> {
    fn play(&mut self, scenario: &Value, found: &mut BTreeMap<(String, String), Vec<String>>) {
        let name = scenario["name"].as_str().unwrap();
        let steps = scenario["steps"].as_array().unwrap();
        let version = steps.iter().find_map(|step| step["request"]["headers"]["ZUMO-API-VERSION"].as_str());
        let version = version.map(|version| ("ZUMO-API-VERSION".to_owned(), version.to_owned()));
        let headers: Vec<_> = [json_type()].into_iter().chain(version).collect();
        for row in scenario["seed"].as_array().into_iter().flatten() {
            self.peer.next_ms();
            let answer = self.peer.send("POST", "/tables/todoitem", &headers, Some(row.to_string().as_bytes()));
            assert_eq!(answer.status, 201, "{row}");
        }
        for step in steps {
            self.steps += 1;
            let faults = self.step(step);
            if !faults.is_empty() {
                found.entry((name.to_owned(), step["note"].as_str().unwrap().to_owned())).or_default().extend(faults);
            }
        }
    }

    fn step(&mut self, step: &Value) -> Vec<String> {
        let (request, recorded) = (&step["request"], &step["response"]);
        let method = request["method"].as_str().unwrap();
        if !self.peer.sends(method) {
            return vec!["cannot be sent".to_owned()];
        }
        if method != "GET" {
            self.peer.next_ms();
        }
        let target = self.live(request["path"].as_str().unwrap());
        let headers: Vec<(String, String)> = request["headers"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| !name.eq_ignore_ascii_case("content-length"))
            .map(|(name, value)| (name.clone(), self.live(value.as_str().unwrap())))
            .collect();
        let body = request.get("body").map(|body| match body {
            Value::String(text) => text.clone(),
            other => self.expand(other).to_string(),
        });
        let answer = self.peer.send(method, &target, &headers, body.as_deref().map(str::as_bytes));
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
                let length = text
                    .strip_prefix('<')
                    .and_then(|rest| rest.strip_suffix(" characters>"))
                    .and_then(|number| number.parse().ok());
                Value::String(
                    length.map_or_else(|| self.names.get(text).unwrap_or(text).clone(), |length| "x".repeat(length)),
                )
            }
            Value::Array(items) => items.iter().map(|item| self.expand(item)).collect(),
            Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), self.expand(value))).collect(),
            other => other.clone(),
        }
    }

    fn compare(&mut self, recorded: &Value, answer: &Answer) -> Vec<String> {
        let mut faults = Vec::new();
        let status = recorded["status"].as_u64().unwrap();
        if u64::from(answer.status) != status {
            faults.push(format!("status {} where {status} was recorded", answer.status));
        }
        self.compare_headers(recorded, answer, &mut faults);
        let (json, live) = (&recorded["json"], answer.json());
        if u64::from(answer.status) == status && kind(json) != kind(&live) {
            faults.push(format!("the body is {} where {} was recorded", kind(&live), kind(json)));
        }
        if u64::from(answer.status) == status && status >= 400 && !is_row(json) {
            // Words are the server's own; where a client looks for them is not.
            const PLACES: [&str; 11] = [
                "error", "errors", "type", "title", "status", "detail", "code", "message", "Message", "target",
                "details",
            ];
            let places =
                |json: &Value| PLACES.into_iter().filter(|place| json.get(place).is_some()).collect::<BTreeSet<_>>();
            let absent: Vec<_> = places(json).difference(&places(&live)).copied().collect();
            if !absent.is_empty() {
                faults.push(format!("the error lacks {absent:?}"));
            }
        }
        if is_row(json) {
            compare_row(json, &live, &mut faults);
            self.learn(json, &live);
            if answer.header("etag") != live["version"].as_str().map(|version| format!("\"{version}\"")).as_deref() {
                faults.push("the entity tag is not the version".to_owned());
            }
        } else if u64::from(answer.status) == status && status < 300 && items(json).is_some() {
            self.compare_list(recorded, &live, &mut faults);
        }
        faults
    }

    fn compare_headers(&self, recorded: &Value, answer: &Answer, faults: &mut Vec<String>) {
        for name in ["etag", "location", "last-modified", "allow", "link", "content-type"] {
            let (expected, live) = (recorded["headers"][name].as_str(), answer.header(name));
            match (expected, live) {
                (None, None) => {}
                (Some(expected), Some(live)) => {
                    let set = |text: &str| text.split(',').map(|verb| verb.trim().to_owned()).collect::<BTreeSet<_>>();
                    if name == "allow" && set(expected) != set(live) {
                        faults.push(format!("allow is '{live}' where '{expected}' was recorded"));
                    }
                    if name == "content-type" && u64::from(answer.status) == recorded["status"] && expected != live {
                        faults.push(format!("content-type is '{live}' where '{expected}' was recorded"));
                    }
                    let expected = expected.replace("{base}", &self.peer.base());
                    if name == "location" && !is_generated(expected.rsplit('/').next().unwrap()) && expected != live {
                        faults.push(format!("location is '{live}' where '{expected}' was recorded"));
                    }
                }
                (None, Some(live)) => faults.push(format!("{name} is '{live}' where none was recorded")),
                (Some(expected), None) => faults.push(format!("{name} is absent where '{expected}' was recorded")),
            }
        }
    }

    fn compare_list(&mut self, recorded: &Value, live: &Value, faults: &mut Vec<String>) {
        let json = &recorded["json"];
        let (Some(expected), Some(rows)) = (items(json), items(live)) else {
            return faults.push("the body is no list".to_owned());
        };
        if json.is_array() != live.is_array() || json.get("results").is_some() != live.get("results").is_some() {
            faults.push("another envelope".to_owned());
        }
        if recorded["rows"] != rows.len() {
            faults.push(format!("{} rows where {} were recorded", rows.len(), recorded["rows"]));
        }
        if json["count"] != live["count"] {
            faults.push(format!("count {} where {} was recorded", live["count"], json["count"]));
        }
        let link = |value: &Value| {
            value["nextLink"].as_str().map(|link| {
                let (address, query) = link.split_once('?').unwrap_or(("", link));
                let mut options: Vec<String> = query.split('&').map(|option| option.replace("%27", "'")).collect();
                options.sort();
                (address.replace("{base}", &self.peer.base()), options)
            })
        };
        if link(json) != link(live) {
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
            let plain = |stamp: &str| stamp.trim_end_matches("+00:00").trim_end_matches('Z').to_owned();
            // A stamp of one millisecond may belong to several rows of the recording; the first one that was seen counts.
            self.names.entry(plain(recorded)).or_insert_with(|| plain(live));
        }
    }
}

fn kind(json: &Value) -> &'static str {
    match json {
        Value::Null => "absent",
        Value::Bool(_) | Value::Number(_) => "a constant",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn items(json: &Value) -> Option<&Vec<Value>> {
    json.as_array().or_else(|| json["items"].as_array()).or_else(|| json["results"].as_array())
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
        return faults.push(format!("the row is {}", kind(live)));
    };
    if expected.keys().collect::<BTreeSet<_>>() != row.keys().collect() {
        faults.push(format!("members {:?} where {:?} were recorded", row.keys(), expected.keys()));
    }
    for (name, expected) in expected {
        let value = live[name].clone();
        let same = match (name.as_str(), expected.as_str(), value.as_str()) {
            ("version", Some(_), Some(live)) => !live.is_empty(),
            // Versions aside, a stamp keeps the recorded form: digits where digits were.
            ("createdAt" | "updatedAt", Some(expected), Some(live)) => form(expected) == form(live),
            ("id", Some(expected), Some(live)) if is_generated(expected) => {
                is_generated(live) && expected.contains('-') == live.contains('-')
            }
            (_, Some(expected), Some(live)) if live.len() > 1000 => {
                expected == format!("<{} characters>", live.chars().count())
            }
            _ => {
                *expected == value
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
