//! The strict model of `queue_cases.json`: a key or form that is not known here fails its case.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

mod expect;

pub(crate) use expect::{Expect, ExpectedError, ExpectedRequest, ExpectedRows, PushStatus, RequestShape, Said, State};

pub(crate) type Row = Map<String, Value>;

/// A case with its parts still unread, so that a part of one case cannot hide the others.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Outline {
    pub(crate) id: String,
    pub(crate) group: Group,
    pub(crate) profile: Profile,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) given: Option<Value>,
    #[serde(default)]
    pub(crate) server: Option<Value>,
    #[serde(default)]
    pub(crate) steps: Option<Value>,
    pub(crate) expect: Value,
    #[serde(default, rename = "note")]
    pub(crate) _note: Option<String>,
    #[serde(default, rename = "betterClient")]
    pub(crate) _better_client: Option<String>,
    #[serde(default, rename = "sources")]
    pub(crate) _sources: Vec<Value>,
}

impl Outline {
    /// The four parts as one tree, which is what the rules of `exempt.toml` look at.
    pub(crate) fn tree(&self) -> Value {
        let mut tree = Map::new();
        for (name, part) in [("given", &self.given), ("server", &self.server), ("steps", &self.steps)] {
            if let Some(part) = part {
                tree.insert(name.to_owned(), part.clone());
            }
        }
        tree.insert("expect".to_owned(), self.expect.clone());
        Value::Object(tree)
    }

    /// Reads the parts.
    ///
    /// # Errors
    /// The part and key that the model does not know.
    pub(crate) fn read(&self) -> Result<Case, String> {
        Ok(Case {
            profile: self.profile,
            given: part("given", self.given.as_ref())?,
            server: part("server", self.server.as_ref())?,
            steps: part("steps", self.steps.as_ref())?,
            expect: part("expect", Some(&self.expect))?,
        })
    }
}

fn part<T: for<'de> Deserialize<'de> + Default>(name: &str, value: Option<&Value>) -> Result<T, String> {
    value.map_or_else(
        || Ok(T::default()),
        |v| T::deserialize(v).map_err(|e| format!("{name}: {e}; teach the model this key or form")),
    )
}

#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) profile: Profile,
    pub(crate) given: Given,
    pub(crate) server: Vec<Answer>,
    pub(crate) steps: Vec<Step>,
    pub(crate) expect: Expect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Group {
    Collapse,
    Push,
    Conflict,
    Pull,
    Purge,
    QueryId,
    Initialise,
    Store,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Profile {
    Classic,
    #[serde(rename = "classic-2020")]
    Classic2020,
    Toolkit,
}

impl Profile {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Classic2020 => "classic-2020",
            Self::Toolkit => "toolkit",
        }
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(crate) struct Given {
    pub(crate) rows: BTreeMap<String, GivenRows>,
    pub(crate) queue: Vec<GivenOperation>,
    pub(crate) errors: Vec<GivenError>,
    /// `table/queryId` to instant.
    pub(crate) delta_tokens: BTreeMap<String, String>,
    /// The token of the one query that the case pulls.
    pub(crate) delta_token_unix_ms: Option<i64>,
    pub(crate) resolver: Option<Resolver>,
    pub(crate) store_fails_on: Option<StoreFault>,
    pub(crate) queue_appears_during_pull: Vec<GivenOperation>,
    pub(crate) push_does_nothing: bool,
    pub(crate) push_clears_queue: bool,
}

/// Who ends conflicts; the toolkit's resolvers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Resolver {
    #[serde(rename = "default")]
    Default,
    #[serde(rename = "clientWins")]
    ClientWins,
    #[serde(rename = "serverWins")]
    ServerWins,
    /// A merged row, given as the client's or as the server's.
    #[serde(rename = "merge->client")]
    MergeAsClient,
    #[serde(rename = "merge->server")]
    MergeAsServer,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum GivenRows {
    List(Vec<Row>),
    Made(MadeRows),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MadeRows {
    pub(crate) count: usize,
    #[serde(default)]
    pub(crate) template: Option<Row>,
}

impl GivenRows {
    pub(crate) fn rows(&self) -> Vec<Row> {
        match self {
            Self::List(rows) => rows.clone(),
            Self::Made(made) => (0..made.count).map(|n| made_row(made.template.as_ref(), n)).collect(),
        }
    }
}

/// Row `n` of a counted list; a page without rows of its own has the same ids.
pub(crate) fn made_row(template: Option<&Row>, n: usize) -> Row {
    template.map_or_else(
        || {
            Row::from_iter([
                ("id".to_owned(), Value::from(format!("id-{n:03}"))),
                ("title".to_owned(), Value::from(format!("title {n}"))),
            ])
        },
        |row| {
            row.iter()
                .map(|(k, v)| {
                    (k.clone(), v.as_str().map_or_else(|| v.clone(), |s| s.replace("{n}", &n.to_string()).into()))
                })
                .collect()
        },
    )
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct GivenOperation {
    pub(crate) kind: Kind,
    pub(crate) table: String,
    pub(crate) item_id: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct GivenError {
    #[serde(rename = "kind")]
    pub(crate) _kind: Kind,
    #[serde(rename = "table")]
    pub(crate) _table: String,
    #[serde(rename = "status")]
    pub(crate) _status: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum StoreFault {
    RowWrite,
    QueueWrite,
}

/// What an operation is; the toolkit says add and replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Kind {
    #[serde(alias = "add")]
    Insert,
    #[serde(alias = "replace")]
    Update,
    Delete,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Answer {
    pub(crate) status: Option<u16>,
    pub(crate) body: Option<Value>,
    pub(crate) failure: Option<Failure>,
    pub(crate) page: Option<Page>,
    pub(crate) rows: Option<Vec<Value>>,
    pub(crate) times: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Failure {
    /// The request arrives and is never answered.
    Timeout,
    /// The request arrives and the connection is closed without an answer.
    ConnectionError,
    /// The answer arrives and is nothing that the client can read.
    ClientSideException,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Page {
    /// Rows in all pages together.
    pub(crate) items: usize,
    #[serde(default = "yes")]
    pub(crate) with_updated_at: bool,
    #[serde(default, rename = "count")]
    pub(crate) _count: Option<u64>,
    /// How many of the last rows are tombstones.
    #[serde(default)]
    pub(crate) deleted: usize,
    #[serde(default)]
    pub(crate) deleted_index: Option<usize>,
    #[serde(default)]
    pub(crate) last_updated_at: Option<String>,
    #[serde(default = "one")]
    pub(crate) pages: usize,
    #[serde(default, rename = "nextLink")]
    pub(crate) _next_link: Option<String>,
}

fn yes() -> bool {
    true
}

fn one() -> usize {
    1
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Item {
    Row(Row),
    /// Words for a row that the runner makes.
    Words(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Fails {
    InvalidOperation,
    InvalidArgument,
    InvalidId,
    StoreError,
    PushFailed,
    QueueError,
    Error,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "do", deny_unknown_fields, rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Step {
    Insert {
        table: String,
        item: Item,
        fails: Option<Fails>,
    },
    Replace {
        table: String,
        item: Row,
        fails: Option<Fails>,
    },
    Delete {
        table: String,
        id: String,
        fails: Option<Fails>,
    },
    Push {
        tables: Option<Vec<String>>,
        parallel: Option<u32>,
        fails: Option<Fails>,
    },
    Pull(PullStep),
    Repeat {
        count: usize,
        step: Box<Step>,
    },
    RecordError {
        for_item: String,
    },
    Open {},
    Reopen {},
    CancelToken {},
    PushPausedAtServer {},
    LetPushFinish {},
    Handler {
        policy: String,
    },
    HandlerAborts {
        item: String,
    },
    UpdateOperation {
        error: String,
        item: Row,
        /// The version is always the server's.
        #[serde(rename = "updateVersion")]
        _update_version: Option<bool>,
        fails: Option<Fails>,
    },
    CancelAndUpdate {
        error: String,
        /// The row is always the server's.
        #[serde(rename = "item")]
        _item: Option<Row>,
        fails: Option<Fails>,
    },
    CancelAndDiscard {
        error: String,
        #[serde(rename = "item")]
        _item: Option<Row>,
        fails: Option<Fails>,
    },
    BumpOperationVersion {
        item: String,
        /// How often is no matter.
        #[serde(rename = "to")]
        _to: Option<u64>,
    },
    RemoveOperation {
        item: String,
    },
    DeleteWhere {
        table: String,
        filter: String,
    },
    ReplaceWhere {
        table: String,
        filter: String,
        set: Row,
    },
}

impl Step {
    /// Whether the app ends an operation that has failed.
    pub(crate) fn mends(&self) -> bool {
        matches!(
            self,
            Self::UpdateOperation { .. }
                | Self::CancelAndUpdate { .. }
                | Self::CancelAndDiscard { .. }
                | Self::RemoveOperation { .. }
        )
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(crate) struct PullStep {
    /// None: every table of the case.
    pub(crate) table: Option<String>,
    pub(crate) query: Option<String>,
    pub(crate) query_id: Option<String>,
    pub(crate) push_other_tables: Option<bool>,
    pub(crate) related_tables: Option<Vec<String>>,
    pub(crate) parameters: BTreeMap<String, String>,
    /// Which options the peer may use; ours are always the same.
    #[serde(rename = "serverSupports")]
    pub(crate) _server_supports: Option<String>,
    #[serde(rename = "forceTokenFilter")]
    pub(crate) _force_token_filter: bool,
    pub(crate) expect_additions: Option<u64>,
    pub(crate) fails: Option<Fails>,
}
