//! Compares what the client told.

use super::{Check, Problems};
use crate::client::Told;

impl Check<'_> {
    pub(super) fn events(&self, problems: &mut Problems) {
        let (expect, told) = (&self.case.expect, &self.seen.told);
        let words: Vec<String> = told.iter().map(Told::words).collect();
        if let Some(expected) = expect.events.as_ref().filter(|_| self.verdict.keeps("expect.events"))
            && *expected != words
        {
            problems.push(format!("told {words:?}, expected {expected:?}"));
        }
        if let Some(expected) = expect.event_count.filter(|_| self.verdict.keeps("expect.eventCount"))
            && expected != told.len()
        {
            problems.push(format!("{} events were told, expected {expected}: {words:?}", told.len()));
        }
        if let Some(expected) =
            expect.first_event_queue_length.filter(|_| self.verdict.keeps("expect.firstEventQueueLength"))
            && told.first() != Some(&Told::PushStarted { queued: expected as u64 })
        {
            problems.push(format!("first was told {:?}, expected a push of {expected}", told.first()));
        }
    }

    /// Of a pull its start, each page, what came into the store, and its end are told.
    pub(super) fn events_of_pages(&self, problems: &mut Problems) {
        let told = &self.seen.told;
        let fetched = |event: &Told| if let Told::PageFetched { rows } = event { *rows } else { 0 };
        let rows: u64 = told.iter().map(fetched).sum();
        let stored = told.iter().rev().find_map(|event| match event {
            Told::PagesStored { rows_so_far } => Some(*rows_so_far),
            _ => None,
        });
        let complete = self.seen.pulls.iter().all(|pull| pull.complete);
        if rows == 0
            || stored != Some(rows)
            || told.first() != Some(&Told::PullStarted)
            || told.last() != Some(&Told::PullFinished { complete })
        {
            problems.push(format!("the pull of {rows} rows, complete: {complete}, was told as {told:?}"));
        }
    }
}
