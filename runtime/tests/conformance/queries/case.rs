//! One case: what is asked, and what must come back.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};
use synctable::testing::odata::percent_decode;

use super::world::Target;
use crate::http::{self, Answer};

/// A case as the file has it; `README.md` beside the file explains the members.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) dialect: Generation,
    pub(crate) endpoint: Endpoint,
    pub(crate) query: String,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) ratings: Option<Ratings>,
    pub(crate) dates: Option<Dates>,
    pub(crate) seed: Option<Seed>,
    #[serde(default)]
    pub(crate) precondition: Vec<Precondition>,
    status: Option<u16>,
    item_count: Option<u64>,
    total_count: Option<u64>,
    next_link_query: Option<String>,
    #[serde(default)]
    first_ids: Vec<String>,
    first_ids_ordered: Option<bool>,
    total_items: Option<u64>,
    requests: Option<u64>,
    envelope: Option<Envelope>,
    #[serde(rename = "sources")]
    _sources: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Query,
    Error,
    Paging,
}

/// The generation of the protocol that a case is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Generation {
    #[serde(rename = "odata4")]
    Three,
    #[serde(rename = "zumo2")]
    Two,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) enum Endpoint {
    #[serde(rename = "movies")]
    Movies,
    #[serde(rename = "movies_paged25")]
    MoviesPaged25,
    #[serde(rename = "movies_soft")]
    MoviesSoft,
    #[serde(rename = "movies_authorized")]
    MoviesAuthorized,
    #[serde(rename = "movies_legal")]
    MoviesLegal,
    #[serde(rename = "kitchensink")]
    KitchenSink,
    #[serde(rename = "datetime")]
    DateTime,
    #[serde(rename = "notfound")]
    NotFound,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Ratings {
    Enum,
    Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Dates {
    Date,
    Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) enum Seed {
    #[serde(rename = "kitchensink_days")]
    KitchenSinkDays,
    #[serde(rename = "datetime_days")]
    DateTimeDays,
    #[serde(rename = "kitchensink_countries")]
    KitchenSinkCountries,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) enum Precondition {
    #[serde(rename = "softDeleteRatingR")]
    SoftDeleteRatingR,
}

/// The form of a list's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Envelope {
    #[serde(rename = "array")]
    Array,
    #[serde(rename = "results+count")]
    ResultsAndCount,
}

/// A list that came back.
struct Page {
    ids: Vec<String>,
    count: Option<u64>,
    next_link: Option<String>,
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what} is {found:?}, expected {expected:?}")) }
}

impl Case {
    /// Asks a server and compares.
    pub(crate) fn check(&self, target: &Target) -> Result<(), String> {
        let answer = self.get(target, &http::encode(&self.query, true))?;
        match self.kind {
            Kind::Error => same("status", &Some(answer.status), &self.status),
            Kind::Paging => self.check_paging(target, self.page(&answer)?),
            Kind::Query => self.check_page(&self.page(&answer)?),
        }
    }

    fn get(&self, target: &Target, query: &str) -> Result<Answer, String> {
        let mut headers = target.headers.clone();
        headers.extend(self.headers.clone());
        http::send(target.port, "GET", &format!("/tables/{}?{query}", target.table), &headers, None)
    }

    /// Reads an answer in the form that the case states.
    fn page(&self, answer: &Answer) -> Result<Page, String> {
        if answer.status != 200 {
            return Err(format!("status {}: {}", answer.status, answer.body));
        }
        let body = answer.json();
        let (items, members): (&Value, &[&str]) = match self.envelope {
            None => (&body["items"], &["items", "count", "nextLink"]),
            Some(Envelope::Array) => (&body, &[]),
            Some(Envelope::ResultsAndCount) => (&body["results"], &["results", "count"]),
        };
        if let Some(stranger) =
            body.as_object().and_then(|body| body.keys().find(|key| !members.contains(&key.as_str())))
        {
            return Err(format!("the answer has a member '{stranger}'"));
        }
        let items = items.as_array().ok_or_else(|| format!("the answer is no list in this form: {}", answer.body))?;
        let id = |row: &Value| row["id"].as_str().map(str::to_owned).ok_or_else(|| format!("a row has no id: {row}"));
        let (count, next_link) = match self.envelope {
            Some(Envelope::Array) => (None, None),
            _ => (body["count"].as_u64(), body["nextLink"].as_str().map(str::to_owned)),
        };
        Ok(Page { ids: items.iter().map(id).collect::<Result<_, _>>()?, count, next_link })
    }

    fn check_page(&self, page: &Page) -> Result<(), String> {
        same("itemCount", &Some(page.ids.len() as u64), &self.item_count)?;
        same("totalCount", &page.count, &self.total_count)?;
        // The order of the options has no meaning.
        let options =
            |query: Option<&str>| query.map(|query| query.split('&').map(str::to_owned).collect::<BTreeSet<_>>());
        let link = page.next_link.as_deref().map(link_query).map(percent_decode);
        let link = link.map(|query| query.ok_or("the next link is not percent-encoded UTF-8")).transpose()?;
        same("the next link", &options(link.as_deref()), &options(self.next_link_query.as_deref()))?;
        let found = &page.ids[..self.first_ids.len().min(page.ids.len())];
        if self.first_ids_ordered == Some(false) {
            let set = |ids: &[String]| ids.iter().cloned().collect::<BTreeSet<_>>();
            return same("the set of first ids", &set(found), &set(&self.first_ids));
        }
        same("first ids", &found, &self.first_ids.as_slice())
    }

    fn check_paging(&self, target: &Target, mut page: Page) -> Result<(), String> {
        let (mut ids, mut requests) = (page.ids, 1_u64);
        while let Some(link) = page.next_link.take() {
            // The absolute link of V3 has spaces and other characters as they are.
            page = self.page(&self.get(target, &http::encode(link_query(&link), false))?)?;
            ids.append(&mut page.ids);
            requests += 1;
            if requests > 10_000 {
                return Err(format!("{requests} requests do not reach the end"));
            }
        }
        same("rows that came twice", &(ids.len() - ids.iter().collect::<BTreeSet<_>>().len()), &0)?;
        same("totalItems", &Some(ids.len() as u64), &self.total_items)?;
        same("requests", &Some(requests), &self.requests)
    }
}

/// The query of a next link: the Toolkit sends nothing else, V3 a whole address.
fn link_query(link: &str) -> &str {
    link.split_once('?').map_or(link, |(_, query)| query)
}

#[test]
fn an_unknown_member_or_name_fails_its_case() {
    let case =
        json!({"id": "x", "kind": "query", "dialect": "odata4", "endpoint": "movies", "query": "", "sources": []});
    serde_json::from_value::<Case>(case.clone()).unwrap();
    for (name, value) in
        [("frob", "1"), ("kind", "frob"), ("endpoint", "frob"), ("seed", "frob"), ("precondition", "frob")]
    {
        let mut case = case.clone();
        case[name] = json!(value);
        assert!(serde_json::from_value::<Case>(case).is_err(), "{name}");
    }
}
