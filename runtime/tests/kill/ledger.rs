//! The parent's ledger: what the child said, on disk before anything else happens with it.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::model::Model;

/// A file of lines, and the model that follows from them.
#[derive(Debug)]
pub(crate) struct Ledger {
    path: PathBuf,
    file: File,
    model: Model,
}

impl Ledger {
    /// Makes the file.
    pub(crate) fn new(path: &Path) -> Self {
        let file = File::create_new(path).expect("the ledger can be made");
        Self { path: path.to_owned(), file, model: Model::default() }
    }

    /// Appends a line; an acknowledgement is on disk when this returns.
    pub(crate) fn append(&mut self, line: &str) -> Result<(), String> {
        self.file.write_all(format!("{line}\n").as_bytes()).expect("the ledger can be written");
        if line == "ack" {
            self.file.sync_all().expect("the ledger can be synced");
        }
        self.model.take(line)
    }

    /// What the lines so far say.
    pub(crate) fn model(&self) -> &Model {
        &self.model
    }

    /// Reads the file from its beginning.
    pub(crate) fn replay(&self) -> Result<Model, String> {
        let text = std::fs::read_to_string(&self.path).expect("the ledger can be read");
        let mut model = Model::default();
        for line in text.lines() {
            model.take(line)?;
        }
        Ok(model)
    }
}
