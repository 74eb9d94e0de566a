//! `check`: whether documents are right, and whether a server has their tables.

mod server;

use synctable_codegen::document::Documents;

use crate::cli::CheckArguments;
use crate::outcome::{Form, Outcome, Verdict};

/// Reads the documents, shows their mistakes, and asks the server if one is given.
pub(crate) fn run(arguments: &CheckArguments, form: Form) -> Outcome {
    let documents = Documents::find(&arguments.inputs.inputs)?;
    if let Some(url) = &arguments.server {
        return server::run(url, &arguments.exchange, &documents, form);
    }
    Ok(Verdict::Done)
}
