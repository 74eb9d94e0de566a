//! What the rows may be, given the writes that were begun and acknowledged.

use std::collections::BTreeMap;

/// The title of a live row, or none: no such row.
pub(crate) type Title = Option<String>;

/// Ids of rows that another device writes begin so; the model of this device does not know them.
pub(crate) const FOREIGN: &str = "foreign-";

/// The rows of one device by what it said about its writes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Model {
    /// Invariant: never empty; more than one title only after a kill inside a write of the row.
    rows: BTreeMap<String, Vec<Title>>,
    /// The write that was begun and not yet acknowledged.
    open: Option<(String, Title)>,
    /// Rows said so far, until the end of the listing.
    listing: BTreeMap<String, String>,
    /// Acknowledged writes.
    acknowledged: u64,
}

impl Model {
    /// Takes one line of the ledger; an error says what does not agree.
    pub(crate) fn take(&mut self, line: &str) -> Result<(), String> {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["begin", id, title] => self.open = Some((id.to_owned(), Some(title.to_owned()))),
            ["begin", id] => self.open = Some((id.to_owned(), None)),
            ["ack"] => {
                let (id, title) = self.open.take().ok_or("a write was acknowledged and none was begun")?;
                self.rows.insert(id, vec![title]);
                self.acknowledged += 1;
            }
            ["killed"] => {
                self.listing.clear();
                if let Some((id, title)) = self.open.take() {
                    // It may be there or not; what stands before it may be there still.
                    self.rows.entry(id).or_insert_with(|| vec![None]).push(title);
                }
            }
            ["row", id, title] => drop(self.listing.insert(id.to_owned(), title.to_owned())),
            ["listed"] => {
                let listing = std::mem::take(&mut self.listing);
                self.compare("the store", &listing)?;
                // From here on it is known which outcome a write had that the kill cut.
                for (id, allowed) in &mut self.rows {
                    *allowed = vec![listing.get(id).cloned()];
                }
            }
            _ => return Err(format!("a line that nobody writes: {line}")),
        }
        Ok(())
    }

    /// Compares the live rows of a store or server with what they may be.
    pub(crate) fn compare(&self, place: &str, live: &BTreeMap<String, String>) -> Result<(), String> {
        for (id, allowed) in &self.rows {
            let found = live.get(id);
            if !allowed.iter().any(|title| title.as_ref() == found) {
                return Err(format!("row {id} is {found:?} in {place}, the ledger allows {allowed:?}"));
            }
        }
        match live.keys().find(|id| !self.rows.contains_key(*id) && !id.starts_with(FOREIGN)) {
            Some(id) => Err(format!("row {id} is in {place} and the ledger does not know it")),
            None => Ok(()),
        }
    }

    /// Whether a write was begun and not yet acknowledged.
    pub(crate) fn is_writing(&self) -> bool {
        self.open.is_some()
    }

    /// Writes that were acknowledged.
    pub(crate) fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Rows ever written, and those of them that are live.
    pub(crate) fn rows(&self) -> (usize, usize) {
        let live = self.rows.values().filter(|allowed| allowed.iter().all(Option::is_some)).count();
        (self.rows.len(), live)
    }
}
