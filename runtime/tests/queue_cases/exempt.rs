//! The rules of `exempt.toml`: where our client does something else on purpose, by key, value or profile.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use crate::case::{Outline, Profile};
use crate::instant;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rules {
    rule: Vec<Rule>,
}

/// One rule; it applies when every condition that it states holds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) reason: String,
    /// What the runner asserts instead, or prepares so that the case means something here.
    #[serde(default)]
    asserts: Vec<Assertion>,
    /// Expectations that are not compared as they are written.
    #[serde(default)]
    keys: Vec<String>,
    #[serde(default)]
    group: Vec<crate::case::Group>,
    #[serde(default)]
    profile: Vec<Profile>,
    /// One of these paths occurs, with one of `values` where that is given.
    #[serde(default)]
    any: Vec<String>,
    #[serde(default)]
    values: Vec<Value>,
    /// All of these paths occur.
    #[serde(default)]
    all: Vec<String>,
    /// None of these paths occurs.
    #[serde(default)]
    none: Vec<String>,
    /// A condition that no single path can say.
    #[serde(default)]
    when: Option<Condition>,
    /// The rule is for cases that are not in the repository.
    #[serde(default)]
    pub(crate) unseen: bool,
}

/// Behaviour of ours that the runner knows how to assert or prepare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Assertion {
    /// The queue is in the order of first writes, deletes at the end in the order of deleting.
    OrderOfSending,
    /// The entry of a delete keeps what the server had, not the last local values.
    DeleteKeepsBase,
    /// An update is a PATCH of the columns that differ from the base.
    ChangedColumns,
    /// Each list request asks from the token or the last stamp on, with tombstones and count, ordered by `updatedAt,id`, and never skips.
    KeysetPull,
    /// A pull of a table with pending operations pushes first and goes on; what stayed is in its report and still queued.
    DirtyPullGoesOn,
    /// A pull tells its start, each page, what came into the store, and its end; not each row.
    EventsOfPages,
    /// Only the writes among the requests are counted.
    WritesCounted,
    /// A push with nothing to do is complete.
    NothingToDoIsComplete,
    /// An operation that stays is failed in the report, and the push is not complete.
    StayingIsReported,
    /// An answer of 409 or 412 whose row equals the wish settles it: no error, nothing left to send.
    EqualAnswerSettles,
    /// The row is on the server, and pulled, before the first step.
    RowSeeded,
    /// A row that is gone is sent as a delete.
    GoneRowIsDeleted,
    /// A page with a row without id is refused whole: no row, no token, the pull is not complete.
    PageRefused,
    /// A page whose stamps go back is applied, the token stays at the last stamp in order, nothing more is asked, and the pull says so.
    DisorderIsFlagged,
    /// Rows of our own writes come back as nothing new.
    OwnWritesAreNoNews,
    /// A local write never stores system members that the app gives.
    NoSystemMembersWritten,
    /// A write that peers refuse is accepted and leaves the entry that base and wish say.
    AcceptedAsWish,
    /// A write to a row that is not there is refused as not found and queues nothing.
    NotFound,
    /// A replaced row without values gets one, so that there is something to send.
    ValueWritten,
    /// Code stops a push at a conflict, which stays and is reported.
    AbortsAtConflict,
    /// What is sent after a conflict wants the version that the conflict showed.
    ResentForTheVersionSeen,
    /// The row is what the server has, and nothing is pending.
    ServerRowShown,
    /// An operation that was resolved by the app begins from the server's row and has no error.
    ResolvedIsRebased,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Condition {
    AnswerEqualsWish,
    ReplaceOfUnknownRow,
    DeleteOfUnknownRow,
    OperationWithoutRow,
    InsertAfterDelete,
    DeleteAfterPush,
    DisorderedPage,
    PullWithPendingWork,
    ReplaceWithoutValues,
    ResolvedByTheApp,
}

/// What the rules make of one case.
#[derive(Debug, Clone, Default)]
pub(crate) struct Verdict {
    pub(crate) asserts: BTreeSet<Assertion>,
    pub(crate) rules: Vec<String>,
    off: Vec<String>,
}

impl Verdict {
    /// Whether the expectation at this path is compared as it is written.
    pub(crate) fn keeps(&self, path: &str) -> bool {
        !self.off.iter().any(|pattern| matches(pattern, path) || covers(pattern, path))
    }

    pub(crate) fn has(&self, assertion: Assertion) -> bool {
        self.asserts.contains(&assertion)
    }
}

impl Rules {
    /// # Errors
    /// The line of a rule that cannot be read, or the name of one that says nothing or stands twice.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let rules: Self = toml::from_str(text).map_err(|e| format!("exempt.toml: {e}"))?;
        let mut names = BTreeSet::new();
        for rule in &rules.rule {
            if rule.reason.trim().is_empty() {
                return Err(format!("rule {}: has no reason", rule.name));
            }
            if rule.asserts.is_empty() {
                return Err(format!("rule {}: asserts nothing of ours", rule.name));
            }
            if rule.any.is_empty() && rule.all.is_empty() && rule.when.is_none() {
                return Err(format!("rule {}: needs a path or a condition", rule.name));
            }
            if !names.insert(&rule.name) {
                return Err(format!("rule {}: stands twice", rule.name));
            }
        }
        Ok(rules)
    }

    pub(crate) fn all(&self) -> &[Rule] {
        &self.rule
    }

    pub(crate) fn judge(&self, outline: &Outline) -> Verdict {
        let tree = outline.tree();
        let mut facts = Vec::new();
        flatten(String::new(), &tree, &mut facts);
        let mut verdict = Verdict::default();
        for rule in self.rule.iter().filter(|r| r.applies(outline, &tree, &facts)) {
            verdict.rules.push(rule.name.clone());
            verdict.off.extend(rule.keys.iter().cloned());
            verdict.asserts.extend(&rule.asserts);
        }
        verdict
    }
}

impl Rule {
    fn applies(&self, outline: &Outline, tree: &Value, facts: &[(String, Value)]) -> bool {
        let occurs = |pattern: &String| facts.iter().any(|(path, _)| matches(pattern, path));
        (self.group.is_empty() || self.group.contains(&outline.group))
            && (self.profile.is_empty() || self.profile.contains(&outline.profile))
            && (self.any.is_empty()
                || facts.iter().any(|(path, value)| {
                    self.any.iter().any(|p| matches(p, path)) && (self.values.is_empty() || self.values.contains(value))
                }))
            && self.all.iter().all(occurs)
            && !self.none.iter().any(occurs)
            && self.when.is_none_or(|w| w.holds(tree))
    }
}

impl Condition {
    fn holds(self, tree: &Value) -> bool {
        let steps = list(tree, "steps");
        match self {
            Self::AnswerEqualsWish => list(tree, "server").iter().any(|answer| {
                let body = &answer["body"];
                matches!(answer["status"].as_u64(), Some(409 | 412))
                    && steps.iter().rev().find(|s| s["item"]["id"] == body["id"] || s["id"] == body["id"]).is_some_and(
                        |s| {
                            s["item"].as_object().is_some_and(|item| {
                                let mut own = item.iter().filter(|(k, _)| !is_system(k) && *k != "id").peekable();
                                own.peek().is_some() && own.all(|(k, v)| body[k] == *v)
                            })
                        },
                    )
            }),
            Self::ReplaceOfUnknownRow => unknown(tree, steps, "replace", "item").any(|s| s["fails"].is_null()),
            Self::DeleteOfUnknownRow => unknown(tree, steps, "delete", "id").any(|s| s["fails"].is_null()),
            Self::OperationWithoutRow => list(&tree["given"], "queue").iter().any(|op| {
                op["kind"] != "delete"
                    && tree["given"]["rows"]
                        .get(op["table"].as_str().unwrap_or_default())
                        .and_then(Value::as_array)
                        .is_some_and(|rows| rows.iter().all(|r| r["id"] != op["itemId"]))
            }),
            Self::InsertAfterDelete => steps.iter().enumerate().any(|(at, s)| {
                s["do"] == "insert"
                    && !s["fails"].is_null()
                    && steps[..at].iter().rev().find(|p| id_of(p) == id_of(s)).is_some_and(|p| p["do"] == "delete")
            }),
            Self::PullWithPendingWork => {
                let queued = !list(&tree["given"], "queue").is_empty();
                let writes = |s: &Value| matches!(s["do"].as_str(), Some("insert" | "replace" | "delete" | "repeat"));
                let fails = |s: &Value| {
                    let given_up = ["pushFailed", "queueError", "invalidOperation", "error"];
                    s["do"] == "pull" && s["fails"].as_str().is_some_and(|f| given_up.contains(&f))
                };
                let at = steps.iter().position(fails);
                at.is_some_and(|at| queued || steps[..at].iter().any(writes))
            }
            Self::DisorderedPage => list(tree, "server").iter().any(|answer| {
                let rows = answer["rows"].as_array().map_or(&[][..], Vec::as_slice);
                ordered(rows).len() < rows.len()
            }),
            Self::ResolvedByTheApp => {
                steps.last().is_some_and(|step| step["do"] == "updateOperation" && step["fails"].is_null())
            }
            Self::ReplaceWithoutValues => steps.iter().any(|step| {
                step["do"] == "replace"
                    && step["item"]
                        .as_object()
                        .is_some_and(|item| item.keys().all(|name| name == "id" || is_system(name)))
            }),
            Self::DeleteAfterPush => steps.iter().enumerate().any(|(at, s)| {
                s["do"] == "delete" && !s["fails"].is_null() && {
                    let before = &steps[..at];
                    let inserted = before.iter().position(|p| p["do"] == "insert" && id_of(p) == id_of(s));
                    inserted.is_some_and(|i| before[i..].iter().any(|p| p["do"] == "push" || p["do"] == "recordError"))
                }
            }),
        }
    }
}

/// Steps of a kind on rows that neither the start nor an earlier step brought.
fn unknown<'a>(tree: &'a Value, steps: &'a [Value], kind: &'a str, _key: &str) -> impl Iterator<Item = &'a Value> {
    steps
        .iter()
        .enumerate()
        .filter(move |(at, s)| {
            let table = s["table"].as_str().unwrap_or_default();
            let id = id_of(s);
            s["do"] == kind
                && match &tree["given"]["rows"][table] {
                    Value::Array(rows) => rows.iter().all(|r| Some(&r["id"]) != id),
                    Value::Object(_) => false,
                    _ => true,
                }
                && steps[..*at].iter().all(|p| id_of(p) != id)
                && list(&tree["given"], "queue").iter().all(|op| Some(&op["itemId"]) != id)
        })
        .map(|(_, s)| s)
}

/// The rows of a page before the first whose stamp goes back.
pub(crate) fn ordered(rows: &[Value]) -> &[Value] {
    let mut greatest = i64::MIN;
    let goes_back = |row: &Value| {
        let stamp = row["updatedAt"].as_str().and_then(instant::parse).unwrap_or(greatest);
        let back = stamp < greatest;
        greatest = greatest.max(stamp);
        back
    };
    let end = rows.iter().position(goes_back).unwrap_or(rows.len());
    &rows[..end]
}

fn id_of(step: &Value) -> Option<&Value> {
    step.get("id").or_else(|| step.get("item").and_then(|i| i.get("id")))
}

fn list<'a>(tree: &'a Value, key: &str) -> &'a [Value] {
    tree.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub(crate) fn is_system(column: &str) -> bool {
    matches!(column, "version" | "updatedAt" | "createdAt" | "deleted")
}

/// Every path with its value. Items of a list stand under `[]`, and under `[name]` where `do`, `kind` or `failure` names them.
fn flatten(path: String, value: &Value, facts: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                flatten(if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, member, facts);
            }
        }
        Value::Array(items) => {
            for item in items {
                flatten(format!("{path}[]"), item, facts);
                if let Some(name) = ["do", "kind", "failure"].iter().find_map(|k| item.get(k)?.as_str()) {
                    flatten(format!("{path}[{name}]"), item, facts);
                }
            }
        }
        _ => {}
    }
    if !path.is_empty() {
        facts.push((path, value.clone()));
    }
}

/// `*` stands for one segment, a trailing `**` for any rest.
fn matches(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('.'), path.split('.'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some("**"), _) => return true,
            (Some(p), Some(s)) if p == "*" || p == s => {}
            _ => return false,
        }
    }
}

/// An expectation that is off takes all below it with it.
fn covers(pattern: &str, path: &str) -> bool {
    path.strip_prefix(pattern).is_some_and(|rest| rest.starts_with('.') || rest.starts_with('['))
}

#[test]
fn patterns_match_by_segment() {
    assert!(matches("expect.queue[].version", "expect.queue[].version"));
    assert!(matches("given.rows.*", "given.rows.t"));
    assert!(matches("steps[pull].**", "steps[pull].parameters.x"));
    assert!(!matches("given.rows", "given.rows.t"));
    assert!(covers("expect.requests", "expect.requests[].path"));
    assert!(!covers("expect.request", "expect.requests"));
}

#[test]
fn a_rule_that_says_nothing_is_refused() {
    for text in [
        "[[rule]]\nname = 'a'\nreason = ' '\nasserts = ['keyset-pull']\nany = ['x']",
        "[[rule]]\nname = 'a'\nreason = 'r'\nany = ['x']",
        "[[rule]]\nname = 'a'\nreason = 'r'\nasserts = ['keyset-pull']",
        "[[rule]]\nname = 'a'\nreason = 'r'\nasserts = ['keyset-pull']\nany = ['x']\nfrob = 1",
        "[[rule]]\nname = 'a'\nreason = 'r'\nasserts = ['luck']\nany = ['x']",
    ] {
        assert!(Rules::read(text).is_err(), "{text}");
    }
}
