//! Our client under the cases: tables are made from what a case names, everything else is what apps call.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Number, Value as Json};
use synctable::testing::dynamic::{self, DynamicTable};
use synctable::wire::{BoxFuture, Dialect};
use synctable::{
    AnyConflict, Clock, ColumnDef, Comparison, Error, ErrorKind, Events, Id, Literal, Operation, OperationKind, Push,
    PushReport, Resolution, Row as Cells, Selection, SyncContext, SystemClock, TableSchema, Term, Timestamp, Tree,
    Value, Version,
};

use crate::case::{Kind, Profile, Row, StoreFault};
use crate::client::{
    Class, Client, ColumnType, Columns, Decision, FailedOperation, Pending, PullRequest, Pulled, PushRequest, Pushed,
    Refused, Remedy, Setup, Status, Told,
};
use crate::exempt::is_system;
use crate::query;
use crate::told;

/// A wait that is longer is no wait between tries.
const LONGEST_RETRY_WAIT: Duration = Duration::from_secs(5);

#[derive(Debug, Clone)]
pub(crate) struct Ours {
    setup: Setup,
    schemas: BTreeMap<String, &'static TableSchema>,
    /// None once it is closed, for all clones.
    context: Arc<Mutex<Option<SyncContext>>>,
    events: Arc<Mutex<Events>>,
    /// How the handler of conflicts answers.
    decision: Arc<Mutex<Decision>>,
    /// What the last push reported as failed.
    failed: Arc<Mutex<Vec<Operation>>>,
}

/// The device's clock, with short waits between tries; a request's timeout is no such wait.
#[derive(Debug)]
struct Hurried {
    between_tries: Duration,
    timeout: Duration,
}

impl Clock for Hurried {
    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let is_between_tries = duration < LONGEST_RETRY_WAIT && duration != self.timeout;
        SystemClock.sleep(if is_between_tries { self.between_tries } else { duration })
    }
}

/// The schema lives as long as the test: tables of apps are constants.
fn schema(name: &str, columns: &Columns) -> &'static TableSchema {
    let mut defs = vec![ColumnDef::id("id")];
    for (name, kind) in columns {
        let name: &'static str = name.clone().leak();
        defs.push(match kind {
            ColumnType::Text => ColumnDef::new::<Option<String>>(name, name),
            ColumnType::Bool => ColumnDef::new::<Option<bool>>(name, name),
            ColumnType::Integer => ColumnDef::new::<Option<i64>>(name, name),
            ColumnType::Real => ColumnDef::new::<Option<f64>>(name, name),
        });
    }
    Box::leak(Box::new(TableSchema::new(name.to_owned().leak(), defs.leak())))
}

impl Client for Ours {
    async fn open(setup: Setup) -> Result<Self, Refused> {
        let schemas: BTreeMap<_, _> =
            setup.tables.iter().map(|(name, columns)| (name.clone(), schema(name, columns))).collect();
        let dialect = match setup.dialect {
            Profile::Classic => Dialect::DatasyncV3,
            Profile::Classic2020 => Dialect::NodeV2,
            Profile::Toolkit => Dialect::Toolkit,
        };
        let builder = SyncContext::builder(&setup.endpoint)
            .store_path(&setup.store)
            .dialect(dialect)
            .timeout(setup.request_timeout)
            .clock(Hurried { between_tries: setup.retry_delay, timeout: setup.request_timeout });
        let builder = schemas.values().fold(builder, |builder, schema| dynamic::register(builder, schema));
        let decision: Arc<Mutex<Decision>> = Arc::default();
        let decided = Arc::clone(&decision);
        let builder = builder.resolve_any_with(move |conflict| {
            let decision = *decided.lock().unwrap_or_else(PoisonError::into_inner);
            std::future::ready(Ok(resolution(decision, &conflict)))
        });
        let context = builder.open().await.map_err(refused)?;
        let events = Arc::new(Mutex::new(context.events()));
        let failed = Arc::default();
        Ok(Self { setup, schemas, events, decision, failed, context: Arc::new(Mutex::new(Some(context))) })
    }

    async fn close(self) {
        // The last handle closes the file.
        self.context.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    async fn insert(&self, table: &str, row: Row) -> Result<Row, Refused> {
        let table = self.table(table)?;
        let mut cells = Cells::new(table.schema());
        lay(&mut cells, &row)?;
        let given = cells.id().to_owned();
        let stored = table.insert(cells).await.map_err(|error| match error.kind() {
            ErrorKind::Invalid if Id::parse(&given).is_err() => Refused { class: Class::InvalidId, ..refused(error) },
            _ => refused(error),
        })?;
        Ok(json(&stored))
    }

    async fn replace(&self, table: &str, row: Row) -> Result<(), Refused> {
        let table = self.table(table)?;
        let version = row.get("version").and_then(Json::as_str).and_then(Version::parse);
        let id = id(row.get("id").and_then(Json::as_str).unwrap_or_default())?;
        // Values that have no cell are refused before anything is written.
        lay(&mut Cells::new(table.schema()), &row)?;
        table
            .change(&id, version, move |cells| {
                lay(cells, &row).unwrap_or_else(|e| panic!("laid before: {}", e.text));
            })
            .await
            .map_err(refused)
    }

    async fn delete(&self, table: &str, id_text: &str) -> Result<(), Refused> {
        self.table(table)?.delete(&id(id_text)?).await.map_err(refused)
    }

    async fn push(&self, request: PushRequest) -> Result<Pushed, Refused> {
        let mut push = self.push_of(&request.tables)?;
        if let Some(parallel) = request.parallel {
            push = push.lanes(parallel as usize);
        }
        let report = self.context()?.push_with(push).await.map_err(refused)?;
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) =
            report.failed().iter().map(|failed| failed.operation().clone()).collect();
        Ok(pushed(&report))
    }

    async fn pull(&self, table: &str, request: PullRequest) -> Result<Pulled, Refused> {
        let name = request.query_id.clone().unwrap_or_else(|| format!("{:?}", request.filter));
        let schema = self.schema(table)?;
        let conditions = request.filter.iter().map(|c| condition(schema, c)).collect::<Result<Vec<_>, _>>()?;
        let filter = if conditions.is_empty() { None } else { Some(Tree::And(conditions)) };
        let push = self.push_of(&request.push_before)?;
        self.pulled(table, Some(&name), filter, request.parameters, push).await
    }

    async fn full_pull(&self, table: &str) -> Result<Pulled, Refused> {
        self.pulled(table, None, None, BTreeMap::new(), Push::new()).await
    }

    async fn pending(&self) -> Result<Vec<Pending>, Refused> {
        let operations = self.context()?.pending().await.map_err(refused)?;
        Ok(operations
            .iter()
            .map(|operation| Pending {
                table: operation.table().to_owned(),
                id: operation.id().as_str().to_owned(),
                kind: kind(operation),
                attempted: operation.attempts() > 0,
                failed: operation.failure().is_some(),
                http_status: operation.failure().and_then(|failure| failure.status),
                base: dynamic::base(operation).map(json),
            })
            .collect())
    }

    async fn rows(&self, table: &str) -> Result<Vec<Row>, Refused> {
        let rows = self.table(table)?.list(&Selection::default()).await.map_err(refused)?;
        Ok(rows.iter().map(json).collect())
    }

    async fn tokens(&self) -> Result<BTreeMap<(String, String), i64>, Refused> {
        let read = || -> rusqlite::Result<BTreeMap<_, _>> {
            let store = rusqlite::Connection::open(&self.setup.store)?;
            let mut tokens =
                store.prepare(r#"SELECT "table", query, token FROM "__delta_tokens" WHERE token IS NOT NULL"#)?;
            let tokens = tokens.query_map([], |row| {
                let ticks: i64 = row.get(2)?;
                Ok(((row.get(0)?, row.get(1)?), ticks.div_euclid(10_000)))
            })?;
            tokens.collect()
        };
        read().map_err(|e| Refused { class: Class::Store, text: e.to_string() })
    }

    fn decide(&self, decision: Decision) {
        *self.decision.lock().unwrap_or_else(PoisonError::into_inner) = decision;
    }

    async fn remedy(&self, id: &str, remedy: Remedy) -> Result<(), Refused> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let operation = failed
            .into_iter()
            .find(|operation| operation.id().as_str() == id)
            .ok_or_else(|| Refused { class: Class::Other, text: format!("no operation of {id} has failed") })?;
        let table = self.table(operation.table())?;
        match remedy {
            Remedy::Discard => self.context()?.discard(&operation).await,
            Remedy::TakeRemote if operation.is_conflict() => table.resolve(&operation, Resolution::KeepRemote).await,
            Remedy::TakeRemote => self.context()?.discard(&operation).await,
            Remedy::Send(row) if operation.is_conflict() => {
                let resolution = match dynamic::local(&operation) {
                    None => Resolution::KeepLocal,
                    Some(local) => {
                        let mut cells = local.clone();
                        lay(&mut cells, &row)?;
                        Resolution::Merge(cells)
                    }
                };
                table.resolve(&operation, resolution).await
            }
            Remedy::Send(row) => {
                self.context()?.retry(&operation).await.map_err(refused)?;
                if dynamic::local(&operation).is_some() {
                    let row = row.into_iter().filter(|(name, _)| name != "version").collect();
                    return self.replace(operation.table(), row).await;
                }
                Ok(())
            }
        }
        .map_err(refused)
    }

    async fn told(&self) -> Result<Vec<Told>, Refused> {
        Ok(told::all(&mut self.events.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    async fn break_store(&self, fault: StoreFault) -> Result<(), Refused> {
        let tables: Vec<&str> = match fault {
            StoreFault::RowWrite => self.schemas.keys().map(String::as_str).collect(),
            StoreFault::QueueWrite => vec!["__operations"],
        };
        let mut triggers = String::new();
        for table in tables {
            for write in ["INSERT", "UPDATE", "DELETE"] {
                // An overflow is a failure of the store's own; RAISE would be a refused value.
                triggers.push_str(&format!(
                    r#"CREATE TRIGGER "fault {write} {table}" BEFORE {write} ON "{table}"
                       BEGIN SELECT abs(-9223372036854775807 - 1); END;"#
                ));
            }
        }
        rusqlite::Connection::open(&self.setup.store)
            .and_then(|store| store.execute_batch(&triggers))
            .map_err(|e| Refused { class: Class::Store, text: e.to_string() })
    }
}

impl Ours {
    fn context(&self) -> Result<SyncContext, Refused> {
        let context = self.context.lock().unwrap_or_else(PoisonError::into_inner).clone();
        context.ok_or_else(|| Refused { class: Class::Other, text: "the client is closed".to_owned() })
    }

    fn schema(&self, table: &str) -> Result<&'static TableSchema, Refused> {
        let unknown = || Refused { class: Class::Other, text: format!("table {table} is not among the case's") };
        self.schemas.get(table).copied().ok_or_else(unknown)
    }

    /// A push of these tables, of all if there is none.
    fn push_of(&self, tables: &[String]) -> Result<Push, Refused> {
        tables.iter().try_fold(Push::new(), |push, table| Ok(dynamic::push_of(push, self.schema(table)?)))
    }

    fn table(&self, table: &str) -> Result<DynamicTable, Refused> {
        Ok(DynamicTable::new(&self.context()?, self.schema(table)?))
    }

    async fn ids(&self, table: &str) -> Result<BTreeSet<String>, Refused> {
        let rows = self.table(table)?.list(&Selection::default()).await.map_err(refused)?;
        Ok(rows.iter().map(|row| row.id().to_owned()).collect())
    }

    /// The report counts rows inserted and changed as one; which of them are new, the table tells.
    async fn pulled(
        &self,
        table: &str,
        name: Option<&str>,
        filter: Option<Tree>,
        parameters: BTreeMap<String, String>,
        push: Push,
    ) -> Result<Pulled, Refused> {
        let before = self.ids(table).await?;
        let pull = self.table(table)?;
        let report = pull.pull(name, filter, parameters, self.setup.overlap, push).await.map_err(refused)?;
        let additions = self.ids(table).await?.difference(&before).count() as u64;
        Ok(Pulled {
            complete: report.stopped_by().is_none() && report.quarantined() == 0,
            push: report.push().map(pushed),
            additions,
            replacements: report.applied().saturating_sub(additions),
            deletions: report.deleted(),
        })
    }
}

fn id(text: &str) -> Result<Id, Refused> {
    Id::parse(text).map_err(|e| Refused { class: Class::InvalidId, text: e.to_string() })
}

fn refused(error: Error) -> Refused {
    let class = match error.kind() {
        ErrorKind::Exists => Class::Exists,
        ErrorKind::NotFound => Class::NotFound,
        ErrorKind::Invalid => Class::InvalidArgument,
        ErrorKind::Conflict => Class::Conflict,
        ErrorKind::Store => Class::Store,
        _ => Class::Other,
    };
    Refused { class, text: error.to_string() }
}

fn kind(operation: &Operation) -> Kind {
    match operation.kind() {
        OperationKind::Insert => Kind::Insert,
        OperationKind::Update => Kind::Update,
        OperationKind::Delete => Kind::Delete,
    }
}

fn resolution(decision: Decision, conflict: &AnyConflict) -> Resolution<Cells> {
    match decision {
        Decision::Leave => Resolution::Defer,
        Decision::KeepLocal => Resolution::KeepLocal,
        Decision::KeepRemote => Resolution::KeepRemote,
        Decision::Abort => Resolution::Abort,
        Decision::Merge => match dynamic::wished(conflict) {
            None => Resolution::KeepLocal,
            Some(local) => {
                let mut cells = local.clone();
                match lay(&mut cells, &Row::from_iter([("text".to_owned(), "merged".into())])) {
                    Ok(()) => Resolution::Merge(cells),
                    Err(_) => Resolution::Defer,
                }
            }
        },
    }
}

fn pushed(report: &PushReport) -> Pushed {
    Pushed {
        status: match report.status() {
            synctable::Status::Complete => Status::Complete,
            synctable::Status::Offline => Status::Offline,
            synctable::Status::Unavailable => Status::Unavailable,
            synctable::Status::Unauthorized => Status::Unauthorized,
            synctable::Status::Aborted => Status::Aborted,
            _ => Status::WithFailures,
        },
        settled: usize::try_from(report.done()).unwrap_or(usize::MAX),
        failed: report
            .failed()
            .iter()
            .map(|failed| FailedOperation {
                table: failed.table().to_owned(),
                id: failed.id().as_str().to_owned(),
                kind: kind(failed.operation()),
                http_status: failed.failure().status,
                remote: dynamic::remote(failed.operation()).map(json),
            })
            .collect(),
        not_attempted: report
            .not_attempted()
            .iter()
            .map(|entry| (entry.table().to_owned(), entry.id().as_str().to_owned()))
            .collect(),
    }
}

fn condition(schema: &'static TableSchema, comparison: &query::Comparison) -> Result<Tree, Refused> {
    let bad = |text: String| Refused { class: Class::InvalidArgument, text };
    let column = schema
        .columns()
        .iter()
        .find(|column| column.wire_name() == comparison.column)
        .ok_or_else(|| bad(format!("no column {}", comparison.column)))?;
    Ok(Tree::Compare {
        left: Term::Column(column),
        comparison: match comparison.op.as_str() {
            "eq" => Comparison::Eq,
            "ne" => Comparison::Ne,
            "lt" => Comparison::Lt,
            "le" => Comparison::Le,
            "gt" => Comparison::Gt,
            "ge" => Comparison::Ge,
            other => return Err(bad(format!("operator {other} is not known to the runner"))),
        },
        right: Term::Literal(Literal::of(column, cell(column, &comparison.value)?)),
    })
}

/// Sets the columns that a row of the app names; what the server writes is not the app's to set.
fn lay(cells: &mut Cells, row: &Row) -> Result<(), Refused> {
    for (name, value) in row.iter().filter(|(name, _)| !is_system(name)) {
        let columns = cells.schema().columns();
        let place = columns
            .iter()
            .position(|column| column.wire_name() == name)
            .ok_or_else(|| Refused { class: Class::InvalidArgument, text: format!("no column {name}") })?;
        cells.values[place] = cell(&columns[place], value)?;
    }
    Ok(())
}

fn cell(column: &ColumnDef, value: &Json) -> Result<Value, Refused> {
    use synctable::ColumnType as Type;
    let cell = match (column.column_type(), value) {
        (_, Json::Null) => Some(Value::Null),
        (Type::Bool, Json::Bool(value)) => Some(Value::Integer(i64::from(*value))),
        (Type::I64, Json::Number(value)) => value.as_i64().map(Value::Integer),
        (Type::F64, Json::Number(value)) => value.as_f64().map(Value::Real),
        (Type::Text | Type::Id, Json::String(value)) => Some(Value::Text(value.clone())),
        _ => None,
    };
    cell.ok_or_else(|| Refused {
        class: Class::InvalidArgument,
        text: format!("{value} is no value of column {}", column.wire_name()),
    })
}

fn json(cells: &Cells) -> Row {
    let mut row = Row::new();
    for (column, value) in cells.schema().columns().iter().zip(&cells.values) {
        let is_bool = column.column_type() == synctable::ColumnType::Bool;
        let value = match value {
            Value::Null => continue,
            Value::Integer(value) if is_bool => Json::Bool(*value != 0),
            Value::Integer(value) => Json::from(*value),
            Value::Real(value) => Number::from_f64(*value).map_or(Json::Null, Json::Number),
            Value::Text(value) => Json::from(value.as_str()),
            Value::Blob(_) => panic!("no column of a case holds bytes"),
        };
        row.insert(column.wire_name().to_owned(), value);
    }
    if let Some(version) = &cells.version {
        row.insert("version".to_owned(), version.as_str().into());
    }
    for (name, at) in [("updatedAt", cells.updated_at), ("createdAt", cells.created_at)] {
        if let Some(at) = at {
            row.insert(name.to_owned(), at.to_millis_string().into());
        }
    }
    row
}
