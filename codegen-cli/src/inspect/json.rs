//! The JSON of `inspect`; the README of this crate documents the shape.

use serde::Serialize;
use synctable::store::inspect::{InspectedOperation, InspectedTable, Inspection};
use synctable::store::system::{DeltaToken, Quarantined};

/// The object that is printed.
pub(crate) fn shown(found: &Inspection) -> impl Serialize {
    Store::from(found)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Store<'a> {
    format: i32,
    endpoint: Option<&'a str>,
    dialect: Option<&'a str>,
    user: Option<&'a str>,
    tables: Vec<Table<'a>>,
    pending: Vec<Operation<'a>>,
    delta_tokens: Vec<Token<'a>>,
    quarantined: Vec<SetAside<'a>>,
}

impl<'a> From<&'a Inspection> for Store<'a> {
    fn from(found: &'a Inspection) -> Self {
        Self {
            format: found.format,
            endpoint: found.endpoint.as_deref(),
            dialect: found.dialect.as_deref(),
            user: found.user.as_deref(),
            tables: found.tables.iter().map(Table::from).collect(),
            pending: found.operations.iter().map(Operation::from).collect(),
            delta_tokens: found.tokens.iter().map(Token::from).collect(),
            quarantined: found.quarantined.iter().map(SetAside::from).collect(),
        }
    }
}

#[derive(Serialize)]
struct Table<'a> {
    name: &'a str,
    synced: bool,
    rows: u64,
    fingerprint: &'a str,
}

impl<'a> From<&'a InspectedTable> for Table<'a> {
    fn from(table: &'a InspectedTable) -> Self {
        Self { name: &table.name, synced: table.synced, rows: table.rows, fingerprint: &table.fingerprint }
    }
}

#[derive(Serialize)]
struct Operation<'a> {
    sequence: i64,
    table: &'a str,
    id: &'a str,
    kind: String,
    revision: u64,
    attempts: u32,
    unanswered: bool,
    conflict: bool,
    failure: Option<Failure<'a>>,
}

impl<'a> From<&'a InspectedOperation> for Operation<'a> {
    fn from(operation: &'a InspectedOperation) -> Self {
        Self {
            sequence: operation.sequence,
            table: &operation.table,
            id: &operation.id,
            kind: operation.kind.to_string(),
            revision: operation.revision,
            attempts: operation.attempts,
            unanswered: operation.unanswered,
            conflict: operation.is_conflict(),
            failure: operation.failure.as_ref().map(|failure| Failure {
                kind: failure.kind.name(),
                status: failure.status,
                message: &failure.message,
            }),
        }
    }
}

#[derive(Serialize)]
struct Failure<'a> {
    kind: &'static str,
    status: Option<u16>,
    message: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Token<'a> {
    table: &'a str,
    query: &'a str,
    filter: &'a str,
    token: Option<String>,
    read_at: Option<String>,
}

impl<'a> From<&'a DeltaToken> for Token<'a> {
    fn from(token: &'a DeltaToken) -> Self {
        Self {
            table: &token.table,
            query: &token.query,
            filter: &token.filter,
            token: token.token.as_ref().map(ToString::to_string),
            read_at: token.read_at.as_ref().map(ToString::to_string),
        }
    }
}

#[derive(Serialize)]
struct SetAside<'a> {
    table: &'a str,
    id: &'a str,
    error: &'a str,
    raw: &'a str,
    at: String,
}

impl<'a> From<&'a Quarantined> for SetAside<'a> {
    fn from(row: &'a Quarantined) -> Self {
        Self { table: &row.table, id: &row.id, error: &row.error, raw: &row.raw, at: row.at.to_string() }
    }
}
