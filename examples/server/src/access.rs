//! Who may see and change which rows.
//!
//! [`Gate::admit`] is the one place where a request on a table is judged; what it grants is used by every read and write of the request.

use std::fmt;
use std::sync::Arc;

use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use synctable::testing::odata::{Grammar, Limits, QueryError, parse_filter};
use synctable::testing::typed::{Comparison, Node, Typed, resolve_filter};
use synctable::testing::{ColumnType, Kind, Value};

use crate::TableDefinition;
use crate::answer;
use crate::body::Members;
use crate::dialect::Protocol;
use crate::store::StoredTable;

mod rule;
mod token;

use rule::Who;
pub use rule::{TableAccess, TableRule};
pub(crate) use token::Caller;
pub use token::Tokens;

/// What a request may see of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// All rows.
    Full,
    /// The rows that an OData v4 filter selects; the others are as if they were not there.
    Rows(String),
    /// The rows whose column, a text, has a value: the others are as if they were not there, and a row that is written gets the value.
    Owner {
        /// The column that names the owner of a row.
        column: String,
        /// Who asks.
        value: String,
    },
    /// Nothing: the request is answered with this status.
    Refused(StatusCode),
}

type Decide = dyn Fn(&HeaderMap) -> Access + Send + Sync;

#[derive(Clone)]
enum Rule {
    Decided(Arc<Decide>),
    Of(TableRule),
}

/// The rules of the tables, by name; `*` is the rule of those without one.
#[derive(Clone, Default)]
pub(crate) struct AccessRules(Vec<(String, Rule)>);

impl fmt::Debug for AccessRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|(table, rule)| match rule {
            Rule::Decided(_) => (table, "decided by the application".to_owned()),
            Rule::Of(rule) => (table, rule.to_string()),
        });
        f.debug_map().entries(shown).finish()
    }
}

impl AccessRules {
    pub(crate) fn decide_by(&mut self, table: String, decide: Arc<Decide>) {
        self.set(table, Rule::Decided(decide));
    }

    pub(crate) fn rule(&mut self, table: String, rule: TableRule) {
        self.set(table, Rule::Of(rule));
    }

    fn set(&mut self, table: String, rule: Rule) {
        self.0.retain(|(known, _)| !known.eq_ignore_ascii_case(&table));
        self.0.push((table, rule));
    }

    fn of(&self, table: &str) -> Option<&Rule> {
        let named = |name: &str| self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        named(table).or_else(|| named("*")).map(|(_, rule)| rule)
    }

    /// Returns what is wrong with the rules, if anything: a rule that guards nothing must not go unseen.
    pub(crate) fn fault(&self, tables: &[TableDefinition], has_tokens: bool) -> Option<String> {
        for (name, rule) in &self.0 {
            let Rule::Of(rule) = rule else { continue };
            let ruled: Vec<_> = match name.as_str() {
                "*" => tables.iter().filter(|table| !self.is_named(table.name())).collect(),
                name => tables.iter().filter(|table| table.name().eq_ignore_ascii_case(name)).collect(),
            };
            if ruled.is_empty() && name != "*" {
                return Some(format!("the access rule '{name}={rule}' is for a table that is not served"));
            }
            if rule.who != Who::Anyone && !has_tokens {
                return Some(format!(
                    "the access rule '{name}={rule}' needs tokens; give --jwt-secret or --jwt-public-key"
                ));
            }
            let Who::Owner { column, .. } = &rule.who else { continue };
            for table in ruled {
                let found = table.columns().iter().find(|known| known.name().eq_ignore_ascii_case(column));
                if found.is_none_or(|found| found.column_type() != ColumnType::Text) {
                    let table = table.name();
                    return Some(format!(
                        "the access rule '{name}={rule}' needs a text column '{column}' in table '{table}'"
                    ));
                }
            }
        }
        None
    }

    fn is_named(&self, table: &str) -> bool {
        self.0.iter().any(|(known, _)| known.eq_ignore_ascii_case(table))
    }
}

/// What a request may do on its table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grant {
    visible: Option<Typed>,
    owner: Option<Owner>,
}

#[derive(Debug, Clone)]
struct Owner {
    column: String,
    value: String,
}

impl Grant {
    /// Returns what holds for the rows that the request may see, where that is not all.
    pub(crate) fn visible(&self) -> Option<&Typed> {
        self.visible.as_ref()
    }

    /// Makes the row of a body the caller's: a body need not name him, and none may name another.
    pub(crate) fn own(&self, members: &mut Members) -> Result<(), Refusal> {
        let Some(Owner { column, value }) = &self.owner else { return Ok(()) };
        let named = members.get(column).map(serde_json::from_str::<Option<String>>);
        match named {
            None | Some(Ok(None)) => {}
            Some(Ok(Some(named))) if named.is_empty() || named == *value => {}
            Some(_) => return Err(Refusal::Status(StatusCode::FORBIDDEN)),
        }
        let json = serde_json::value::to_raw_value(value).map_err(|error| Refusal::Broken(error.to_string()))?;
        members.set(column.clone(), json);
        Ok(())
    }
}

/// Why a request is not let in.
#[derive(Debug)]
pub(crate) enum Refusal {
    Status(StatusCode),
    /// There is no valid token; says why, where one was sent.
    Unauthorized(Option<&'static str>),
    /// Nobody may write to the table.
    ReadOnly,
    /// The rule cannot be applied.
    Broken(String),
}

impl Refusal {
    /// Answers the request.
    ///
    /// A table that nobody may write to has no such verb: 405, as servers of version 2 answer a disabled operation. 401 would make clients renew
    /// their tokens, and 403 make them try again at each push.
    pub(crate) fn answer(self, protocol: Protocol) -> Response {
        let (status, reason) = match self {
            Self::Status(status) => (status, None),
            Self::Unauthorized(reason) => (StatusCode::UNAUTHORIZED, reason),
            Self::ReadOnly => return answer::not_allowed("GET"),
            Self::Broken(error) => {
                tracing::error!(error, "an access rule is wrong");
                return answer::empty(StatusCode::INTERNAL_SERVER_ERROR);
            }
        };
        let mut response = protocol.status(status);
        if status == StatusCode::UNAUTHORIZED {
            let challenge = match reason {
                Some(reason) => {
                    format!(r#"Bearer realm="synctable", error="invalid_token", error_description="{reason}""#)
                }
                None => r#"Bearer realm="synctable""#.to_owned(),
            };
            if let Ok(challenge) = HeaderValue::try_from(challenge) {
                response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            }
        }
        response
    }
}

/// Judges requests by the rules of their tables.
#[derive(Debug, Clone)]
pub(crate) struct Gate(AccessRules);

impl Gate {
    pub(crate) fn new(rules: AccessRules) -> Self {
        Self(rules)
    }

    /// Tells what a request may do on a table.
    pub(crate) fn admit(
        &self,
        table: &StoredTable,
        method: &Method,
        headers: &HeaderMap,
        caller: &Caller,
    ) -> Result<Grant, Refusal> {
        let access = match self.0.of(table.name()) {
            None => Access::Full,
            Some(Rule::Decided(decide)) => decide(headers),
            Some(Rule::Of(rule)) if rule.read_only && ![Method::GET, Method::HEAD].contains(method) => {
                return Err(Refusal::ReadOnly);
            }
            Some(Rule::Of(rule)) => rule.access(caller)?,
        };
        match access {
            Access::Full => Ok(Grant::default()),
            Access::Rows(filter) => match read_filter(&filter, table) {
                Ok(filter) => Ok(Grant { visible: Some(filter), owner: None }),
                Err(error) => Err(Refusal::Broken(format!("table '{}': {error}", table.name()))),
            },
            Access::Owner { column, value } => owned(table, &column, value),
            Access::Refused(status) => Err(Refusal::Status(status)),
        }
    }
}

fn owned(table: &StoredTable, column: &str, value: String) -> Result<Grant, Refusal> {
    let Some((column, ColumnType::Text)) = table.lookup(column) else {
        return Err(Refusal::Broken(format!("table '{}' has no text column '{column}'", table.name())));
    };
    let operand = |node| Box::new(Typed { kind: Kind::Text, node });
    let (left, right) = (Node::Column(column.clone(), ColumnType::Text), Node::Literal(Value::Text(value.clone())));
    let same = Node::Compare(Comparison::Equal, operand(left), operand(right));
    Ok(Grant { visible: Some(Typed { kind: Kind::Bool, node: same }), owner: Some(Owner { column, value }) })
}

/// Reads the filter of a rule.
fn read_filter(text: &str, table: &StoredTable) -> Result<Typed, QueryError> {
    let filter = parse_filter(text, Grammar::V4, Limits::default())?;
    resolve_filter(&filter, &|name| table.lookup(name))
}
