//! `import`: documents from an OpenAPI document, a live server's rows or an SQLite file.

use crate::cli::ImportArguments;
use crate::outcome::{Failure, Form, Outcome};

/// Makes documents of the source and writes them.
pub(crate) fn run(arguments: &ImportArguments, form: Form) -> Outcome {
    let _ = (arguments, form);
    Err(Failure::invalid("`import` cannot read this source yet"))
}
