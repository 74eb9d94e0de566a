//! Runs the recorded offline scenarios of the older clients against ours; what differs on purpose stands in `exempt.toml`.

mod beside;
mod case;
mod check;
mod client;
mod exempt;
mod instant;
mod ours;
mod query;
mod recorded;
mod run;
mod script;
mod server;
mod told;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;

use case::{Group, Outline};
use exempt::Rules;

/// The groups that the client has the features for.
const GROUPS: [Group; 4] = [Group::Collapse, Group::Push, Group::Conflict, Group::Pull];

fn data() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// A file of the older clients' data, here or in the folder that `SYNCTABLE_CONFORMANCE_DIR` names.
pub(crate) fn recorded_file(name: &str) -> PathBuf {
    std::env::var_os("SYNCTABLE_CONFORMANCE_DIR").map_or_else(data, PathBuf::from).join(name)
}

/// The cases of our groups.
fn outlines() -> Vec<Outline> {
    let path = recorded_file("queue_cases.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let all: Vec<Outline> = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    all.into_iter().filter(|o| GROUPS.contains(&o.group)).collect()
}

fn rules() -> Rules {
    let path = data().join("exempt.toml");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    Rules::read(&text).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn every_key_of_every_case_is_known() {
    let outlines = outlines();
    assert!(!outlines.is_empty(), "no case of the groups that run here");
    let unknown: Vec<String> =
        outlines.iter().filter_map(|o| o.read().err().map(|e| format!("{}: {e}", o.id))).collect();
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

#[tokio::test]
async fn every_case_holds() {
    let rules = rules();
    let ran = run::all::<ours::Ours>(&outlines(), |outline| rules.judge(outline)).await;
    let ran = ran.unwrap_or_else(|problems| panic!("{problems}"));
    // Written past the test harness, which hides what a passing test prints.
    let _ = writeln!(std::io::stderr(), "queue_cases.json: {ran} cases hold");
    assert!(ran > 0, "no case ran");
}

#[test]
fn an_unknown_key_fails_its_case() {
    for (part, text) in [
        ("given", r#"{"frob":1}"#),
        ("server", r#"[{"status":200,"frob":1}]"#),
        ("server", r#"[{"page":{"items":1,"frob":1}}]"#),
        ("steps", r#"[{"do":"push","frob":1}]"#),
        ("steps", r#"[{"do":"reopen","frob":1}]"#),
        ("steps", r#"[{"do":"pull","table":"t","frob":1}]"#),
        ("steps", r#"[{"do":"frob"}]"#),
        ("expect", r#"{"frob":1}"#),
        ("expect", r#"{"queue":[{"kind":"insert","table":"t","itemId":"a","frob":1}]}"#),
        ("expect", r#"{"requests":[{"frob":1}]}"#),
    ] {
        let mut case = serde_json::json!({"id": "x", "group": "push", "profile": "classic", "title": "", "expect": {}});
        case[part] = serde_json::from_str(text).expect("test text");
        let outline: Outline = serde_json::from_value(case).expect("outline");
        assert!(outline.read().is_err(), "{part} {text}");
    }
}

#[test]
fn every_rule_meets_a_case_or_is_for_unseen_ones() {
    let rules = rules();
    let path = data().join("queue_cases.json");
    let all: Vec<Outline> = serde_json::from_str(&std::fs::read_to_string(path).expect("cases")).expect("cases");
    let used: BTreeSet<String> =
        all.iter().filter(|o| GROUPS.contains(&o.group)).flat_map(|o| rules.judge(o).rules).collect();
    for rule in rules.all() {
        assert_eq!(used.contains(&rule.name), !rule.unseen, "rule {} ({})", rule.name, rule.reason);
    }
}
