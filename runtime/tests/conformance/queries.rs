//! Runs `odata_queries.json`: which rows a query string gives, how many there are, and what the next link asks for.
//!
//! The cases of protocol 3.0 run against the reference server as the Toolkit and as V3, those of 2.0 against V3 in its 2.0 mode, all of
//! them on SQLite and on PostgreSQL, and those of 2.0 against the real Node backend too. What cannot run there stands in `exempt_queries.toml`.

mod case;
mod exempt;
pub(crate) mod rows;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use crate::{data, node};
use case::{Case, Generation};
use exempt::Rules;
use synctable_server::cluster;
use world::{Engine, NodeBackend, Peer, Reference, Target};

const CASES: &str = "odata_queries.json";
const RULES: &str = "exempt_queries.toml";

/// What became of the cases on one server.
#[derive(Debug, Default)]
struct Tally {
    ran: usize,
    exempt: BTreeMap<String, Vec<String>>,
    faults: Vec<String>,
}

impl Tally {
    /// Runs the cases of a generation, each on every table that fits it.
    fn run(
        rules: &Rules,
        cases: &[Case],
        peer: Peer,
        mut target: impl FnMut(&Case) -> Result<Vec<Target>, String>,
    ) -> Self {
        let mut tally = Self::default();
        for case in cases.iter().filter(|case| case.dialect == peer.generation()) {
            if let Some(rule) = rules.applies(case, peer) {
                tally.exempt.entry(rule.reason.clone()).or_default().push(case.id.clone());
                continue;
            }
            tally.ran += 1;
            let outcome = target(case).and_then(|targets| {
                targets.iter().try_for_each(|target| {
                    case.check(target).map_err(|fault| format!("{}?{}: {fault}", target.table, case.query))
                })
            });
            if let Err(fault) = outcome {
                tally.faults.push(format!("{} {fault}", case.id));
            }
        }
        tally
    }

    fn tell(&self, peer: &str) {
        let exempt: usize = self.exempt.values().map(Vec::len).sum();
        data::say(&format!("{CASES}: {} cases ran against {peer}, {exempt} are exempt", self.ran));
        for (reason, ids) in &self.exempt {
            data::say(&format!("  exempt: {} ({reason})", ids.join(", ")));
        }
    }

    /// Tells what ran, and fails for what went wrong.
    fn expect(self, peer: &str) {
        self.tell(peer);
        assert!(
            self.faults.is_empty(),
            "{} of {} cases against {peer}:\n{}",
            self.faults.len(),
            self.ran,
            self.faults.join("\n")
        );
        assert!(self.ran > 0 || !data::is_own(), "no case ran against {peer}");
    }
}

fn cases() -> Vec<Case> {
    data::recorded(CASES)
}

fn rules() -> Rules {
    data::exemptions(RULES)
}

fn against_the_reference(peer: Peer, engine: Engine) {
    let mut reference = Reference::new(peer, engine);
    Tally::run(&rules(), &cases(), peer, |case| reference.targets(case)).expect(&format!("{peer} on {engine}"));
}

#[test]
fn the_toolkit_answers_as_recorded() {
    against_the_reference(Peer::Toolkit, Engine::Sqlite);
}

#[test]
fn v3_answers_as_recorded() {
    against_the_reference(Peer::V3, Engine::Sqlite);
}

#[test]
fn v3_answers_protocol_2_as_recorded() {
    against_the_reference(Peer::V3AsTwo, Engine::Sqlite);
}

#[test]
fn the_toolkit_on_postgresql_answers_as_recorded() {
    let Some(cluster) = cluster::shared("the_toolkit_on_postgresql_answers_as_recorded") else { return };
    against_the_reference(Peer::Toolkit, Engine::Postgres(cluster));
}

#[test]
fn v3_on_postgresql_answers_as_recorded() {
    let Some(cluster) = cluster::shared("v3_on_postgresql_answers_as_recorded") else { return };
    against_the_reference(Peer::V3, Engine::Postgres(cluster));
}

#[test]
fn v3_on_postgresql_answers_protocol_2_as_recorded() {
    let Some(cluster) = cluster::shared("v3_on_postgresql_answers_protocol_2_as_recorded") else { return };
    against_the_reference(Peer::V3AsTwo, Engine::Postgres(cluster));
}

#[test]
fn the_node_backend_answers_as_recorded() {
    if !node::installed("the_node_backend_answers_as_recorded") {
        return;
    }
    let backend = NodeBackend::start();
    Tally::run(&rules(), &cases(), Peer::Node, |_| Ok(vec![backend.target()])).expect(&Peer::Node.to_string());
}

#[test]
fn every_rule_meets_a_case_or_is_for_unseen_ones() {
    if !data::is_own() {
        return;
    }
    let (rules, cases) = (rules(), cases());
    let mut used = BTreeSet::new();
    for case in &cases {
        for peer in [Peer::Toolkit, Peer::V3, Peer::V3AsTwo, Peer::Node] {
            if case.dialect == peer.generation() {
                used.extend(rules.all().iter().filter(|rule| rule.applies(case, peer)).map(|rule| rule.name.as_str()));
            }
        }
    }
    for rule in rules.all() {
        assert_eq!(used.contains(rule.name.as_str()), !rule.unseen, "rule {} ({})", rule.name, rule.reason);
    }
    // A rule that comes to cover more must not take cases away unseen.
    let exempt = |peer: Peer| {
        let generation = cases.iter().filter(|case| case.dialect == peer.generation());
        generation.filter(|case| rules.applies(case, peer).is_some()).map(|case| case.id.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(exempt(Peer::Toolkit), ["odata-0326"]);
    assert_eq!(exempt(Peer::V3), ["odata-0326"]);
    assert!(exempt(Peer::V3AsTwo).is_empty() && exempt(Peer::Node).is_empty());
    assert!(cases.iter().any(|case| case.dialect == Generation::Two), "the cases have both generations");
}

#[test]
fn a_wrong_answer_is_a_fault() {
    let mut reference = Reference::new(Peer::Toolkit, Engine::Sqlite);
    let case = |change: &str, value: serde_json::Value| {
        let mut case = serde_json::json!({
            "id": "x", "kind": "query", "dialect": "odata4", "endpoint": "movies", "query": "$count=true&$top=2&$orderby=id",
            "headers": {}, "itemCount": 2, "totalCount": 248, "nextLinkQuery": null, "firstIds": ["id-000"],
            "firstIdsOrdered": true, "sources": []
        });
        case[change] = value;
        serde_json::from_value::<Case>(case).unwrap()
    };
    let mut check = |case: &Case| -> Result<(), String> {
        let targets = reference.targets(case)?;
        targets.iter().try_for_each(|target| case.check(target))
    };
    check(&case("id", "x".into())).unwrap();
    for (change, value) in [
        ("itemCount", 3.into()),
        ("totalCount", serde_json::Value::Null),
        ("totalCount", 247.into()),
        ("nextLinkQuery", "$skip=2".into()),
        ("firstIds", serde_json::json!(["id-001"])),
        ("firstIds", serde_json::json!(["id-000", "id-001", "id-002"])),
        ("envelope", "array".into()),
        ("kind", "error".into()),
        ("kind", "paging".into()),
    ] {
        assert!(check(&case(change, value.clone())).is_err(), "{change} {value}");
    }
}
