//! The rules of `exempt_queries.toml`: which cases a server cannot run, and why.

use serde::Deserialize;

use super::case::{Case, Dates, Endpoint, Kind, Ratings};
use super::world::Peer;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rules {
    rule: Vec<Rule>,
}

/// One rule; it applies when all that it states holds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) reason: String,
    servers: Vec<Peer>,
    /// One of these texts is in the query, outside of quoted text.
    #[serde(default)]
    any: Vec<String>,
    #[serde(default)]
    kind: Vec<Kind>,
    #[serde(default)]
    endpoint: Vec<Endpoint>,
    #[serde(default)]
    ratings: Vec<Ratings>,
    #[serde(default)]
    dates: Vec<Dates>,
    /// `$top` asks for more rows than this.
    top_above: Option<u64>,
    /// The rule is for cases that are not in the repository.
    #[serde(default)]
    pub(crate) unseen: bool,
}

impl Rules {
    pub(crate) fn all(&self) -> &[Rule] {
        &self.rule
    }

    /// The rule that exempts a case from a server, if any.
    pub(crate) fn applies(&self, case: &Case, peer: Peer) -> Option<&Rule> {
        self.rule.iter().find(|rule| rule.applies(case, peer))
    }
}

impl Rule {
    pub(crate) fn applies(&self, case: &Case, peer: Peer) -> bool {
        fn among<T: PartialEq>(listed: &[T], value: Option<T>) -> bool {
            listed.is_empty() || value.is_some_and(|value| listed.contains(&value))
        }
        let bare = without_quoted(&case.query);
        self.servers.contains(&peer)
            && (self.any.is_empty() || self.any.iter().any(|part| bare.contains(part.as_str())))
            && among(&self.kind, Some(case.kind))
            && among(&self.endpoint, Some(case.endpoint))
            && among(&self.ratings, case.ratings)
            && among(&self.dates, case.dates)
            && self.top_above.is_none_or(|limit| top(&bare).is_some_and(|top| top > limit))
    }
}

/// Leaves out what stands between quotes.
fn without_quoted(query: &str) -> String {
    query.split('\'').step_by(2).collect::<Vec<_>>().join("''")
}

fn top(query: &str) -> Option<u64> {
    query.split('&').find_map(|option| option.strip_prefix("$top=")?.parse().ok())
}

#[test]
fn a_rule_looks_past_quoted_text() {
    assert_eq!(without_quoted("a eq 'it''s mod' and b mod 2"), "a eq '''' and b mod 2");
    assert_eq!((top("$filter=''&$top=125"), top("$skip=1")), (Some(125), None));
}

#[test]
fn a_rule_that_says_too_little_or_something_unknown_is_refused() {
    let whole = "[[rule]]\nname = 'a'\nreason = 'b'\nservers = ['node']\n";
    toml::from_str::<Rules>(whole).unwrap();
    for text in [
        whole.replace("reason", "season"),
        whole.replace("servers = ['node']\n", ""),
        whole.replace("node", "nobody"),
        format!("{whole}frob = 1"),
    ] {
        assert!(toml::from_str::<Rules>(&text).is_err(), "{text}");
    }
}
