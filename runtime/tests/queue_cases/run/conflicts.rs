//! Steps that end conflicts: by code while a push runs, or by the app afterwards.

use super::Runner;
use crate::case::{Fails, Resolver, Row, Step};
use crate::client::{Client, Decision, Refused, Remedy};
use crate::exempt::Assertion;

impl<C: Client> Runner<'_, C> {
    /// The toolkit's resolvers as our resolutions.
    pub(super) fn resolve(&self, resolver: Resolver) {
        self.client.decide(match resolver {
            Resolver::Default => Decision::Leave,
            Resolver::ClientWins => Decision::KeepLocal,
            Resolver::ServerWins => Decision::KeepRemote,
            Resolver::MergeAsClient | Resolver::MergeAsServer => Decision::Merge,
        });
    }

    /// Code that the older clients run around every operation; ours runs it at conflicts.
    pub(super) async fn handle(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Handler { policy } if policy == "on 412 take the server version and execute again, at most twice" => {
                self.client.decide(Decision::KeepLocal);
                Ok(())
            }
            Step::HandlerAborts { item } => {
                if !self.verdict.has(Assertion::AbortsAtConflict) {
                    return Err("code is run at conflicts only; a rule must say so".to_owned());
                }
                let table = self.table_of(item).await?;
                let row =
                    Row::from_iter([("id".to_owned(), item.as_str().into()), ("text".to_owned(), "another".into())]);
                self.script.put(&table, row);
                self.client.decide(Decision::Abort);
                Ok(())
            }
            other => Err(format!("nothing is known for {other:?}")),
        }
    }

    async fn table_of(&self, id: &str) -> Result<String, String> {
        let pending = self.client.pending().await.map_err(|e| e.text)?;
        let operation = pending.into_iter().find(|operation| operation.id == id);
        Ok(operation.ok_or_else(|| format!("no operation of {id} is pending"))?.table)
    }

    /// What the app does with an operation after the push that failed.
    pub(super) async fn mend(&mut self, step: &Step) -> Result<(), String> {
        let (id, remedy, fails) = match step {
            Step::UpdateOperation { error, item, fails, .. } => (error, Remedy::Send(item.clone()), *fails),
            Step::CancelAndUpdate { error, fails, .. } => (error, Remedy::TakeRemote, *fails),
            Step::CancelAndDiscard { error, fails, .. } => (error, Remedy::Discard, *fails),
            Step::RemoveOperation { item } => (item, Remedy::Discard, None),
            Step::BumpOperationVersion { item, .. } => return self.write_again(item).await,
            other => return Err(format!("nothing is known for {other:?}")),
        };
        let result = self.client.remedy(id, remedy).await;
        self.mended(step, result, fails);
        self.note_settled().await
    }

    fn mended(&mut self, step: &Step, result: Result<(), Refused>, fails: Option<Fails>) {
        match (result, fails) {
            (Ok(()), None) => {}
            (Ok(()), Some(expected)) => self.problem(format!("{step:?} was accepted, expected {expected:?}")),
            (Err(e), Some(expected)) if self.classes(expected).contains(&e.class) => {}
            (Err(e), _) => self.problem(format!("{step:?} was refused as {:?}: {}", e.class, e.text)),
        }
    }

    /// Two writes after which the row is as it was: what was known of the operation is outdated.
    async fn write_again(&mut self, id: &str) -> Result<(), String> {
        let table = self.table_of(id).await?;
        let rows = self.client.rows(&table).await.map_err(|e| e.text)?;
        let row = rows.into_iter().find(|row| row["id"] == id).ok_or_else(|| format!("no row {id} to write"))?;
        let text = row.get("text").cloned().unwrap_or_default();
        for text in ["between".into(), text] {
            let written = Row::from_iter([("id".to_owned(), id.into()), ("text".to_owned(), text)]);
            self.client.replace(&table, written).await.map_err(|e| e.text)?;
        }
        Ok(())
    }
}
