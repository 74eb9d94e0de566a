//! The start state of a case, put in place by the client's own calls and a server that has the rows.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Runner, Write, request, tables};
use crate::case::{Answer, ExpectedRequest, GivenOperation, GivenRows, Kind, Row, Said, Step};
use crate::client::Client;
use crate::exempt::{Assertion, is_system};
use crate::instant;

impl<C: Client> Runner<'_, C> {
    pub(super) async fn prepare(&mut self) -> Result<(), String> {
        let case = self.case;
        if let Some(resolver) = case.given.resolver {
            self.resolve(resolver);
        }
        let appears: BTreeSet<&str> =
            case.given.queue_appears_during_pull.iter().map(|op| op.item_id.as_str()).collect();
        for (table, rows) in &case.given.rows {
            for mut row in rows.rows() {
                // The write that appears during the pull makes the given row; before it the row is another.
                if row["id"].as_str().is_some_and(|id| appears.contains(id)) {
                    row.iter_mut()
                        .filter(|(name, value)| *name != "id" && value.is_string())
                        .for_each(|(_, value)| *value = "before".into());
                }
                self.put(table, row);
            }
            self.full_pull(table).await?;
        }
        if self.verdict.has(Assertion::RowSeeded) {
            self.seed_replaced().await?;
        }
        if let Some(count) =
            case.steps.iter().find_map(|s| if let Step::Pull(p) = s { p.expect_additions } else { None })
        {
            for movie in tables::movies()?.into_iter().take(usize::try_from(count).unwrap_or(usize::MAX)) {
                self.script.put("movies", movie);
            }
        }
        self.seed_tokens().await?;
        for op in &case.given.queue {
            if op.kind != Kind::Insert && !self.seen.base.contains_key(&(op.table.clone(), op.item_id.clone())) {
                self.put(
                    &op.table,
                    Row::from_iter([
                        ("id".to_owned(), op.item_id.as_str().into()),
                        ("text".to_owned(), "before".into()),
                    ]),
                );
                self.seen.brought.insert((op.table.clone(), op.item_id.clone()));
                self.full_pull(&op.table).await?;
            }
            self.queue(op).await?;
            if self.verdict.has(Assertion::GoneRowIsDeleted) {
                self.client.delete(&op.table, &op.item_id).await.map_err(|e| e.text)?;
            }
        }
        if let Some(fault) = case.given.store_fails_on {
            self.client.break_store(fault).await.map_err(|e| e.text)?;
        }
        if case.given.push_does_nothing {
            self.script.refuse_writes(Some(403));
        }
        if self.verdict.has(Assertion::PageRefused) && case.server.is_empty() {
            let rows = vec![serde_json::json!({"id": "whole", "text": "x"}), serde_json::json!({"text": "no id"})];
            self.script.plan(&[Answer { status: Some(200), rows: Some(rows), ..Answer::default() }])?;
        }
        if case.given.queue.is_empty() && case.steps.iter().all(|step| matches!(step, Step::Pull(_))) {
            self.script.expect_only_lists();
        }
        self.script.plan(&case.server)?;
        self.script.take_recorded();
        Ok(())
    }

    fn put(&mut self, table: &str, mut row: Row) {
        if self.verdict.has(Assertion::ChangedColumns) && !self.verdict.has(Assertion::EqualAnswerSettles) {
            // A column that no step touches, so that a body with the whole row shows.
            row.entry("title").or_insert_with(|| "untouched".into());
        }
        let path = format!("/tables/{table}/{}", row.get("id").and_then(Value::as_str).unwrap_or_default());
        let guarded = row.contains_key("version") || !self.expects_no_condition(&path);
        let stored = if guarded { self.script.put(table, row) } else { self.script.put_without_version(table, row) };
        let id = stored["id"].as_str().unwrap_or_default().to_owned();
        self.seen.base.insert((table.to_owned(), id), stored);
    }

    /// Whether the case expects a write of the row without If-Match.
    fn expects_no_condition(&self, path: &str) -> bool {
        self.case.expect.requests.iter().flatten().any(|request| match request {
            ExpectedRequest::Shape(shape) => shape.path.as_deref() == Some(path) && shape.if_match == Said::Is(None),
            ExpectedRequest::Query(_) => false,
        })
    }

    async fn full_pull(&self, table: &str) -> Result<(), String> {
        let pulled = self.client.full_pull(table).await.map_err(|e| e.text)?;
        if pulled.complete { Ok(()) } else { Err(format!("pull of {table} is not complete")) }
    }

    /// Puts the rows there that steps replace without anything having made them.
    async fn seed_replaced(&mut self) -> Result<(), String> {
        for step in &self.case.steps {
            let Step::Replace { table, item, fails: None } = step else {
                continue;
            };
            let id = item["id"].as_str().unwrap_or_default().to_owned();
            if !self.seen.base.contains_key(&(table.clone(), id)) {
                let row = item
                    .iter()
                    .filter(|(name, _)| *name == "id" || *name == "version")
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect();
                self.put(table, row);
                self.full_pull(table).await?;
            }
        }
        Ok(())
    }

    /// A token is what a pull left behind: a tombstone of a row that nobody knows, with the token's stamp.
    async fn seed_tokens(&mut self) -> Result<(), String> {
        for step in &self.case.steps {
            let Step::Pull(pull) = step else { continue };
            let Some(table) = &pull.table else { continue };
            let given = match &pull.query_id {
                Some(id) => self.case.given.delta_tokens.get(&format!("{table}/{id}")).cloned(),
                None => self.case.given.delta_token_unix_ms.map(instant::format),
            };
            let Some(stamp) = given else { continue };
            let tombstone = serde_json::json!({"id": "token", "updatedAt": stamp, "version": "token", "deleted": true});
            self.script.plan(&[Answer { status: Some(200), rows: Some(vec![tombstone]), ..Answer::default() }])?;
            let pulled = self.client.pull(table, request(pull, table)?).await.map_err(|e| e.text)?;
            if !pulled.complete {
                return Err(format!("pull of {table} for its token is not complete"));
            }
        }
        Ok(())
    }

    pub(super) async fn queue(&mut self, op: &GivenOperation) -> Result<(), String> {
        let mut row =
            Row::from_iter([("id".to_owned(), op.item_id.as_str().into()), ("text".to_owned(), "local".into())]);
        if let Some(GivenRows::List(rows)) = self.case.given.rows.get(&op.table)
            && let Some(given) = rows.iter().find(|r| r["id"] == op.item_id.as_str())
        {
            row.extend(given.iter().filter(|(name, _)| !is_system(name)).map(|(k, v)| (k.clone(), v.clone())));
            if !self.case.given.queue_appears_during_pull.iter().any(|o| o.item_id == op.item_id) {
                row.insert("text".to_owned(), "local".into());
            }
        }
        match op.kind {
            Kind::Insert => self.client.insert(&op.table, row.clone()).await.map(drop),
            Kind::Update => self.client.replace(&op.table, row.clone()).await,
            Kind::Delete => self.client.delete(&op.table, &op.item_id).await,
        }
        .map_err(|e| e.text)?;
        self.seen.writes.push(Write {
            table: op.table.clone(),
            id: op.item_id.clone(),
            kind: op.kind,
            row,
            settled: false,
        });
        self.note_settled().await
    }
}
