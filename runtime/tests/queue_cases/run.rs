//! Plays a case: puts the start state in place through the client's own calls, takes the steps, and keeps what was seen.

mod conflicts;
mod prepare;
mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::case::{Case, Fails, Item, Kind, Outline, PullStep, Row, Step, made_row};
use crate::check;
use crate::client::{Class, Client, Pending, PullRequest, Pulled, PushRequest, Pushed, Refused, Setup, Status, Told};
use crate::exempt::{Assertion, Verdict, is_system};
use crate::query::{comparisons, holds};
use crate::recorded::Recorded;
use crate::script::Script;
use crate::server::Server;

/// What a case has shown, for the checks at its end.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) requests: Vec<Recorded>,
    pub(crate) pushes: Vec<AfterPush>,
    pub(crate) pulls: Vec<Pulled>,
    /// Local writes that were accepted, in order.
    pub(crate) writes: Vec<Write>,
    /// What the server had of a row before the steps.
    pub(crate) base: BTreeMap<(String, String), Row>,
    /// Rows that the case does not name, put there for the operations that it starts with.
    pub(crate) brought: BTreeSet<(String, String)>,
    /// The row of the first local write right after it.
    pub(crate) first_written: Option<Row>,
    /// Operations that were pending before the first push.
    pub(crate) before_push: Option<Vec<Pending>>,
    /// The end state.
    pub(crate) pending: Vec<Pending>,
    pub(crate) rows: BTreeMap<String, Vec<Row>>,
    pub(crate) tokens: BTreeMap<(String, String), i64>,
    /// What the client told from the first step on.
    pub(crate) told: Vec<Told>,
    pub(crate) problems: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct AfterPush {
    pub(crate) report: Pushed,
    pub(crate) pending: usize,
    pub(crate) rows: BTreeMap<String, Vec<Row>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub(crate) table: String,
    pub(crate) id: String,
    pub(crate) kind: Kind,
    /// What the app wrote; empty for a delete.
    pub(crate) row: Row,
    /// The entry that it made or changed is gone.
    pub(crate) settled: bool,
}

struct Runner<'a, C> {
    case: &'a Case,
    verdict: &'a Verdict,
    script: Script,
    setup: Setup,
    client: C,
    in_flight: Option<JoinHandle<Result<Pushed, Refused>>>,
    cancelled: bool,
    seen: Seen,
}

/// Runs every case; the text names each that did not hold.
///
/// # Errors
/// One paragraph a case with all that differed.
pub(crate) async fn all<C: Client>(outlines: &[Outline], judge: impl Fn(&Outline) -> Verdict) -> Result<usize, String> {
    let (mut ran, mut failures) = (0, Vec::new());
    for outline in outlines {
        let verdict = judge(outline);
        ran += 1;
        let problems = match outline.read() {
            Ok(case) => one::<C>(&case, &verdict).await.unwrap_or_else(|e| vec![e]),
            Err(e) => vec![e],
        };
        if !problems.is_empty() {
            failures.push(format!(
                "{} ({}, {}; rules: {})\n  {}",
                outline.id,
                outline.title,
                outline.profile.name(),
                verdict.rules.join(", "),
                problems.join("\n  ")
            ));
        }
    }
    if failures.is_empty() {
        Ok(ran)
    } else {
        Err(format!("{} of {ran} cases:\n{}", failures.len(), failures.join("\n")))
    }
}

async fn one<C: Client>(case: &Case, verdict: &Verdict) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let script = Script::new(case.profile);
    let server = Server::start(script.clone()).await.map_err(|e| e.to_string())?;
    let setup = Setup {
        endpoint: server.endpoint.clone(),
        dialect: case.profile,
        store: folder.path().join("store.db"),
        tables: tables::tables(case)?,
        request_timeout: Duration::from_millis(250),
        retry_delay: Duration::from_millis(1),
        overlap: Duration::ZERO,
    };
    let client = C::open(setup.clone()).await.map_err(|e| format!("open: {}", e.text))?;
    let mut runner =
        Runner { case, verdict, script, setup, client, in_flight: None, cancelled: false, seen: Seen::default() };
    runner.prepare().await.map_err(|e| format!("start state: {e}"))?;
    // What prepared the start is no part of the case.
    runner.client.told().await.map_err(|e| e.text)?;
    for step in &case.steps {
        runner.step(step).await?;
    }
    runner.finish().await?;
    check::case(case, verdict, &mut runner.seen);
    Ok(runner.seen.problems)
}

impl<C: Client> Runner<'_, C> {
    async fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Insert { table, item, fails } => {
                let row = match item {
                    Item::Row(row) => row.clone(),
                    Item::Words(words) if words == "new movie" => {
                        Row::from_iter([("id".to_owned(), "new-movie".into()), ("title".to_owned(), "New".into())])
                    }
                    Item::Words(words) => {
                        return Err(format!("insert: no row is known for the words {words:?}"));
                    }
                };
                let stored = self.client.insert(table, row.clone()).await;
                let id = stored.as_ref().ok().and_then(|r| r["id"].as_str().map(str::to_owned));
                self.wrote(Kind::Insert, table, id.unwrap_or_default(), row, stored.map(drop), *fails).await
            }
            Step::Replace { table, item, fails } => {
                let id = item["id"].as_str().unwrap_or_default().to_owned();
                let mut item = item.clone();
                if self.verdict.has(Assertion::ValueWritten) && item.keys().all(|name| name == "id" || is_system(name))
                {
                    item.insert("text".to_owned(), "changed".into());
                }
                let result = self.client.replace(table, item.clone()).await;
                self.wrote(Kind::Update, table, id, item, result, *fails).await
            }
            Step::Delete { table, id, fails } => {
                let result = self.client.delete(table, id).await;
                self.wrote(Kind::Delete, table, id.clone(), Row::new(), result, *fails).await
            }
            Step::Repeat { count, step } => {
                for n in 0..*count {
                    Box::pin(self.step(&numbered(step, n)?)).await?;
                }
                Ok(())
            }
            Step::Push { tables, parallel, fails } => {
                let request = PushRequest { tables: tables.clone().unwrap_or_default(), parallel: *parallel };
                self.push(request, *fails).await
            }
            Step::Pull(pull) => self.pull(pull).await,
            Step::RecordError { for_item } => {
                let pending = self.client.pending().await.map_err(|e| e.text)?;
                if !pending.iter().any(|op| op.id == *for_item) {
                    return Err(format!("recordError: no operation of {for_item} is pending"));
                }
                self.script.refuse_writes(Some(403));
                self.client.push(PushRequest::default()).await.map_err(|e| e.text)?;
                self.script.refuse_writes(None);
                Ok(())
            }
            Step::Open {} | Step::Reopen {} => {
                self.client.clone().close().await;
                self.client = C::open(self.setup.clone()).await.map_err(|e| format!("open: {}", e.text))?;
                Ok(())
            }
            Step::CancelToken {} => {
                self.cancelled = true;
                Ok(())
            }
            Step::PushPausedAtServer {} => {
                self.script.hold();
                let client = self.client.clone();
                self.in_flight = Some(tokio::spawn(async move { client.push(PushRequest::default()).await }));
                self.script.arrival().await;
                Ok(())
            }
            Step::LetPushFinish {} => {
                self.script.release();
                let task = self.in_flight.take().ok_or("no push is paused")?;
                let report = task.await.map_err(|e| e.to_string())?;
                self.pushed(report, None).await
            }
            Step::DeleteWhere { table, filter } => {
                for row in self.selected(table, filter).await? {
                    let id = row["id"].as_str().unwrap_or_default().to_owned();
                    let result = self.client.delete(table, &id).await;
                    self.wrote(Kind::Delete, table, id, Row::new(), result, None).await?;
                }
                Ok(())
            }
            Step::ReplaceWhere { table, filter, set } => {
                for mut row in self.selected(table, filter).await? {
                    row.extend(set.clone());
                    row.retain(|name, _| !is_system(name));
                    let id = row["id"].as_str().unwrap_or_default().to_owned();
                    let result = self.client.replace(table, row.clone()).await;
                    self.wrote(Kind::Update, table, id, row, result, None).await?;
                }
                Ok(())
            }
            Step::Handler { .. } | Step::HandlerAborts { .. } => self.handle(step).await,
            Step::UpdateOperation { .. }
            | Step::CancelAndUpdate { .. }
            | Step::CancelAndDiscard { .. }
            | Step::BumpOperationVersion { .. }
            | Step::RemoveOperation { .. } => self.mend(step).await,
        }
    }

    async fn selected(&self, table: &str, filter: &str) -> Result<Vec<Row>, String> {
        let conditions = comparisons(filter)?;
        let rows = self.client.rows(table).await.map_err(|e| e.text)?;
        rows.into_iter().filter_map(|row| holds(&conditions, &row).map(|yes| yes.then_some(row)).transpose()).collect()
    }

    /// Judges a local write and keeps it when it was accepted.
    async fn wrote(
        &mut self,
        kind: Kind,
        table: &str,
        id: String,
        row: Row,
        result: Result<(), Refused>,
        fails: Option<Fails>,
    ) -> Result<(), String> {
        let accepted = self.verdict.has(Assertion::AcceptedAsWish);
        match (&result, fails) {
            (Ok(()), Some(expected)) if !accepted => {
                self.problem(format!("{kind:?} of {table}/{id} was accepted, expected {expected:?}"))
            }
            (Err(e), Some(_)) if accepted => {
                self.problem(format!("{kind:?} of {table}/{id} was refused ({}), expected to be accepted", e.text))
            }
            (Err(e), None) if self.verdict.has(Assertion::NotFound) && e.class == Class::NotFound => {}
            (Err(e), None) => self.problem(format!("{kind:?} of {table}/{id} was refused: {}", e.text)),
            (Err(e), Some(expected)) => {
                if !self.classes(expected).contains(&e.class) {
                    self.problem(format!(
                        "{kind:?} of {table}/{id} was refused as {:?} ({}), expected {expected:?}",
                        e.class, e.text
                    ));
                }
            }
            (Ok(()), _) => {}
        }
        if result.is_ok() {
            if self.seen.first_written.is_none() {
                let rows = self.client.rows(table).await.map_err(|e| e.text)?;
                self.seen.first_written = rows.into_iter().find(|r| r["id"] == id.as_str());
            }
            self.seen.writes.push(Write { table: table.to_owned(), id, kind, row, settled: false });
            self.note_settled().await?;
        }
        Ok(())
    }

    /// The ways in which our client says that a call fails so.
    fn classes(&self, fails: Fails) -> &'static [Class] {
        match fails {
            Fails::StoreError if self.case.given.store_fails_on.is_some() => &[Class::Store],
            Fails::StoreError | Fails::InvalidOperation | Fails::QueueError | Fails::Error => {
                &[Class::Exists, Class::NotFound, Class::Conflict]
            }
            Fails::InvalidId => &[Class::InvalidId],
            Fails::InvalidArgument => &[Class::InvalidArgument, Class::InvalidId],
            Fails::PushFailed => &[],
        }
    }

    async fn note_settled(&mut self) -> Result<(), String> {
        let pending = self.client.pending().await.map_err(|e| e.text)?;
        for write in &mut self.seen.writes {
            write.settled |= !pending.iter().any(|p| p.table == write.table && p.id == write.id);
        }
        Ok(())
    }

    async fn push(&mut self, request: PushRequest, fails: Option<Fails>) -> Result<(), String> {
        if self.seen.before_push.is_none() {
            self.seen.before_push = Some(self.client.pending().await.map_err(|e| e.text)?);
        }
        if self.cancelled {
            drop(self.client.push(request));
            return Ok(());
        }
        let report = self.client.push(request).await;
        self.pushed(report, fails).await
    }

    async fn pushed(&mut self, report: Result<Pushed, Refused>, fails: Option<Fails>) -> Result<(), String> {
        self.script.recover();
        let report = match (report, fails) {
            (Ok(report), _) => report,
            (Err(e), Some(Fails::InvalidArgument)) if e.class == Class::InvalidArgument => {
                return Ok(());
            }
            (Err(e), _) => return Err(format!("push: {}", e.text)),
        };
        let fine = self.verdict.has(Assertion::EqualAnswerSettles)
            || self.verdict.has(Assertion::NothingToDoIsComplete)
            || self.verdict.has(Assertion::GoneRowIsDeleted);
        if fails.is_some() && (report.status == Status::Complete) != fine {
            self.problem(format!(
                "push ended as {:?}, which is {} a failure",
                report.status,
                if fine { "to be no longer" } else { "not" }
            ));
        }
        let (pending, rows) = (self.client.pending().await.map_err(|e| e.text)?.len(), self.all_rows().await?);
        self.seen.pushes.push(AfterPush { report, pending, rows });
        self.note_settled().await
    }

    async fn pull(&mut self, step: &PullStep) -> Result<(), String> {
        let tables = step.table.clone().map_or_else(|| self.setup.tables.keys().cloned().collect(), |t| vec![t]);
        for table in tables {
            let result = if self.case.given.queue_appears_during_pull.is_empty() {
                self.client.pull(&table, request(step, &table)?).await
            } else {
                self.script.hold();
                let (client, wanted, name) = (self.client.clone(), request(step, &table)?, table.clone());
                let task = tokio::spawn(async move { client.pull(&name, wanted).await });
                self.script.arrival().await;
                for op in &self.case.given.queue_appears_during_pull {
                    self.queue(op).await?;
                }
                self.script.release();
                task.await.map_err(|e| e.to_string())?
            };
            self.script.recover();
            match (result, step.fails) {
                (Err(e), Some(_)) if !self.verdict.has(Assertion::DirtyPullGoesOn) => {
                    if step.fails == Some(Fails::InvalidArgument) && e.class != Class::InvalidArgument {
                        self.problem(format!("pull of {table} was refused as {:?}: {}", e.class, e.text));
                    }
                }
                (Err(e), _) => return Err(format!("pull of {table}: {}", e.text)),
                (Ok(pulled), fails) => {
                    if fails.is_some() && !self.verdict.has(Assertion::DirtyPullGoesOn) && pulled.complete {
                        self.problem(format!("pull of {table} is complete, expected {fails:?}"));
                    }
                    if step.expect_additions.is_some_and(|n| n != pulled.additions) {
                        self.problem(format!(
                            "pull of {table} added {} rows, expected {:?}",
                            pulled.additions, step.expect_additions
                        ));
                    }
                    self.seen.pulls.push(pulled);
                    self.note_settled().await?;
                }
            }
        }
        Ok(())
    }

    async fn all_rows(&self) -> Result<BTreeMap<String, Vec<Row>>, String> {
        let mut all = BTreeMap::new();
        for table in self.setup.tables.keys() {
            all.insert(table.clone(), self.client.rows(table).await.map_err(|e| e.text)?);
        }
        Ok(all)
    }

    async fn finish(&mut self) -> Result<(), String> {
        self.seen.told = self.client.told().await.map_err(|e| e.text)?;
        self.seen.requests = self.script.take_recorded();
        self.seen.pending = self.client.pending().await.map_err(|e| e.text)?;
        self.seen.rows = self.all_rows().await?;
        self.seen.tokens = self.client.tokens().await.map_err(|e| e.text)?;
        Ok(())
    }

    fn problem(&mut self, text: String) {
        self.seen.problems.push(text);
    }
}

fn request(step: &PullStep, table: &str) -> Result<PullRequest, String> {
    let filter = step.query.as_deref().map(comparisons).transpose()?.unwrap_or_default();
    let mut push_before = step.related_tables.clone().unwrap_or_default();
    if step.related_tables.is_some() || step.push_other_tables == Some(false) {
        push_before.push(table.to_owned());
    }
    let (query_id, parameters) = (step.query_id.clone(), step.parameters.clone());
    Ok(PullRequest { query_id, filter, parameters, push_before })
}

fn numbered(step: &Step, n: usize) -> Result<Step, String> {
    match step {
        Step::Delete { table, id, fails } => {
            Ok(Step::Delete { table: table.clone(), id: id.replace("{n}", &n.to_string()), fails: *fails })
        }
        Step::Insert { table, item: Item::Row(row), fails } => {
            Ok(Step::Insert { table: table.clone(), item: Item::Row(made_row(Some(row), n)), fails: *fails })
        }
        Step::Replace { table, item, fails } => {
            Ok(Step::Replace { table: table.clone(), item: made_row(Some(item), n), fails: *fails })
        }
        other => Err(format!("step {other:?} cannot be repeated")),
    }
}
