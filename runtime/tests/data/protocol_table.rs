//! Plays `protocol_table.json` against a server that speaks as the Toolkit.
//!
//! A step sends `send` (spaces and the like are encoded, `<n>` stands for n letters x, `${name.member}` for
//! what a step with `save` got) with the JSON `body` or the text `raw`, and the answer must have
//!
//! | member | meaning |
//! |---|---|
//! | `status` | this status |
//! | `empty` | no body |
//! | `error` | the Toolkit's error body, whose message has this text, if it is one |
//! | `row` | a row with these values; `$hex32`: a generated id, `$other:x`: anything but x |
//! | `members` | a row with just these members |
//! | `same`, `newer` | the saved row again; or a row with another version and a later stamp |
//! | `items`, `count`, `next`, `item_members` | a list of rows with these ids, this count, this link, these members |
//! | `contains` | this text in the body |
//! | `headers_out` | these headers; null: it is absent |
//!
//! What holds for every answer is checked with each: the entity tag of a row is its version, its
//! `Last-Modified` is its stamp, a list has neither, no body has no type, and the clock is told.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Answer, Peer, json_type};

/// Plays all scenarios, each on a new server; panics with what differs.
pub(crate) fn play<P: Peer>(new: impl Fn() -> P) {
    let table: Value = serde_json::from_str(include_str!("protocol_table.json")).unwrap();
    let (mut steps, mut faults) = (0, Vec::new());
    for scenario in table["scenarios"].as_array().unwrap() {
        let mut player = Player { peer: new(), saved: BTreeMap::new() };
        for number in 0..scenario["seed"].as_u64().unwrap_or(0) {
            let row = format!(r#"{{"id":"i{number:03}","title":"Item {number}"}}"#);
            let answer = player.peer.send("POST", "/tables/todoitem", &[json_type()], Some(row.as_bytes()));
            assert_eq!(answer.status, 201, "{row}");
        }
        for step in scenario["steps"].as_array().unwrap() {
            steps += 1;
            let place = format!("{}: {}", scenario["name"].as_str().unwrap(), step["note"].as_str().unwrap());
            faults.extend(player.step(step).into_iter().map(|fault| format!("{place}: {fault}")));
        }
    }
    assert!(faults.is_empty(), "{} of {steps} steps differ:\n{}", faults.len(), faults.join("\n"));
    assert!(steps >= 250, "the table has {steps} steps");
}

struct Player<P> {
    peer: P,
    /// Rows by the names of `save`, with `etag` and `last-modified` of their answers.
    saved: BTreeMap<String, Map<String, Value>>,
}

impl<P: Peer> Player<P> {
    fn step(&mut self, step: &Value) -> Vec<String> {
        let (method, target) = step["send"].as_str().unwrap().split_once(' ').unwrap();
        let target = encode(&self.fill(target));
        let body = match (step.get("raw"), step.get("body")) {
            (Some(raw), _) => Some(self.fill(raw.as_str().unwrap())),
            (None, Some(body)) => Some(self.fill(&body.to_string())),
            (None, None) => None,
        };
        let mut headers: Vec<(String, String)> =
            members(step, "headers").map(|(name, value)| (name.clone(), self.fill(value.as_str().unwrap()))).collect();
        if body.is_some() && !headers.iter().any(|(name, _)| name == "Content-Type") {
            headers.push(json_type());
        }
        if method != "GET" {
            self.peer.next_ms();
        }
        let answer = self.peer.send(method, &target, &headers, body.as_deref().map(str::as_bytes));
        let mut faults = Vec::new();
        if u64::from(answer.status) != step["status"] {
            let body = String::from_utf8_lossy(&answer.body);
            faults.push(format!("status {} instead of {}: {body}", answer.status, step["status"]));
        } else {
            self.check(step, &answer, &mut faults);
            check_form(&answer, &mut faults);
        }
        if let Some(name) = step["save"].as_str() {
            let mut row = answer.json().as_object().cloned().unwrap_or_default();
            for header in ["etag", "last-modified"] {
                row.insert(header.to_owned(), answer.header(header).unwrap_or_default().into());
            }
            self.saved.insert(name.to_owned(), row);
        }
        faults
    }

    fn check(&self, step: &Value, answer: &Answer, faults: &mut Vec<String>) {
        let json = answer.json();
        if step["empty"] == true && !answer.body.is_empty() {
            faults.push(format!("a body of {} bytes", answer.body.len()));
        }
        match &step["error"] {
            Value::Null => {}
            words => {
                let message = json["message"].as_str().unwrap_or_default();
                if json["code"] != "400" || message.is_empty() || !message.contains(words.as_str().unwrap_or_default())
                {
                    faults.push(format!("not an error with {words}: {json}"));
                }
            }
        }
        for (name, expected) in members(step, "row") {
            let same = match expected.as_str() {
                Some("$hex32") => json[name].as_str().is_some_and(is_generated),
                Some(text) => match text.strip_prefix("$other:") {
                    Some(other) => json[name].is_string() && json[name] != other,
                    None => json[name] == *expected,
                },
                None => json[name] == *expected,
            };
            if !same || json.get(name).is_none() {
                faults.push(format!("{name} is {} instead of {expected}", json[name]));
            }
        }
        check_members(&step["members"], &json, faults);
        if let Some(name) = step["same"].as_str() {
            let known =
                self.saved[name].iter().filter(|(member, _)| !matches!(member.as_str(), "etag" | "last-modified"));
            let known: Map<String, Value> = known.map(|(member, value)| (member.clone(), value.clone())).collect();
            if json != Value::Object(known) {
                faults.push(format!("not the row '{name}': {json}"));
            }
        }
        if let Some(name) = step["newer"].as_str() {
            let stamp = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let older = &self.saved[name];
            if json["version"] == older["version"] || stamp(&json["updatedAt"]) <= stamp(&older["updatedAt"]) {
                faults.push(format!("not newer than the row '{name}': {json}"));
            }
        }
        if let Some(text) =
            step["contains"].as_str().filter(|text| !String::from_utf8_lossy(&answer.body).contains(text))
        {
            faults.push(format!("no {text} in {}", String::from_utf8_lossy(&answer.body)));
        }
        for (name, expected) in members(step, "headers_out") {
            let expected = expected.as_str().map(|expected| self.fill(expected));
            if answer.header(name) != expected.as_deref() {
                faults.push(format!("{name} is {:?} instead of {expected:?}", answer.header(name)));
            }
        }
        if step.get("items").is_some() {
            check_list(step, &json, faults);
        }
    }

    /// Puts in what was saved, and letters for their number.
    fn fill(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['$', '<']) {
            filled.push_str(&rest[..at]);
            rest = &rest[at..];
            let (open, close) = if rest.starts_with("${") { ("${", '}') } else { ("<", '>') };
            let inner = rest.strip_prefix(open).and_then(|rest| rest.split_once(close));
            let replaced = inner.and_then(|(inner, tail)| Some((self.value(inner)?, tail)));
            match replaced {
                Some((value, tail)) => {
                    filled.push_str(&value);
                    rest = tail;
                }
                None => {
                    filled.push_str(&rest[..1]);
                    rest = &rest[1..];
                }
            }
        }
        filled + rest
    }

    fn value(&self, name: &str) -> Option<String> {
        if name == "base" {
            return Some(self.peer.base());
        }
        if let Ok(length) = name.parse() {
            return Some("x".repeat(length));
        }
        let (saved, member) = name.split_once('.')?;
        Some(self.saved.get(saved)?.get(member)?.as_str()?.to_owned())
    }
}

fn members<'a>(step: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
    step[name].as_object().into_iter().flatten()
}

fn encode(target: &str) -> String {
    let encoded = |byte: u8| match byte {
        b'!'..=b'~' if !b"\"<>".contains(&byte) => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    target.bytes().map(encoded).collect()
}

fn is_generated(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn check_members(expected: &Value, json: &Value, faults: &mut Vec<String>) {
    let Some(expected) = expected.as_array() else { return };
    let expected: BTreeSet<&str> = expected.iter().filter_map(Value::as_str).collect();
    let found: BTreeSet<&str> = json.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    if expected != found {
        faults.push(format!("members {found:?} instead of {expected:?}"));
    }
}

fn check_list(step: &Value, json: &Value, faults: &mut Vec<String>) {
    let Some(rows) = json["items"].as_array() else { return faults.push(format!("no list: {json}")) };
    let expected: Vec<String> = match &step["items"] {
        Value::Array(ids) => ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect(),
        range => {
            let (from, to) = (range["from"].as_u64().unwrap(), range["to"].as_u64().unwrap());
            let ids = if from < to { (from..to).collect() } else { (to + 1..=from).rev().collect::<Vec<_>>() };
            ids.into_iter().map(|number| format!("i{number:03}")).collect()
        }
    };
    let ids: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap_or_default()).collect();
    if ids != expected {
        faults.push(format!("rows {ids:?} instead of {expected:?}"));
    }
    for row in rows {
        check_members(&step["item_members"], row, faults);
    }
    for (name, member) in [("count", "count"), ("next", "nextLink")] {
        if json.get(member).is_none() || step.get(name).is_some_and(|expected| *expected != json[member]) {
            faults.push(format!("{member} is {} instead of {}", json[member], step[name]));
        }
    }
}

/// What holds for every answer.
fn check_form(answer: &Answer, faults: &mut Vec<String>) {
    let json = answer.json();
    if answer.header("date").is_none_or(|date| !date.ends_with(" GMT")) {
        faults.push("no date".to_owned());
    }
    let content_type = if answer.body.is_empty() { None } else { Some("application/json; charset=utf-8") };
    if answer.header("content-type") != content_type {
        faults.push(format!("content-type is {:?} instead of {content_type:?}", answer.header("content-type")));
    }
    let version = json["version"].as_str().map(|version| format!("\"{version}\""));
    if answer.header("etag") != version.as_deref() {
        faults.push(format!("etag is {:?} instead of {version:?}", answer.header("etag")));
    }
    // Both tell the second: `Sun, 22 Nov 2026 03:33:21 GMT` and `2026-11-22T03:33:21.944Z`.
    let told = answer.header("last-modified").map(|date| date[17..25].to_owned());
    let stamp = json["updatedAt"].as_str().map(|stamp| stamp[11..19].to_owned());
    if told != stamp {
        faults.push(format!("last-modified is {told:?}, the stamp {stamp:?}"));
    }
}
