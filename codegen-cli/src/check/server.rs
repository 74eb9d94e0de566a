//! `check --server`: whether a live server has the tables of the documents.

use synctable_codegen::document::Documents;

use crate::cli::Exchange;
use crate::outcome::{Failure, Form, Outcome};

/// Compares the tables of a server with those of the documents.
pub(crate) fn run(url: &str, exchange: &Exchange, documents: &Documents, form: Form) -> Outcome {
    let _ = (url, exchange, documents, form);
    Err(Failure::invalid("`check` cannot ask a server yet"))
}
