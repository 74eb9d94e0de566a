//! `diff`: what changed between two versions of documents.

use crate::cli::DiffArguments;
use crate::outcome::{Failure, Form, Outcome};

/// Not there yet.
pub(crate) fn run(arguments: &DiffArguments, form: Form) -> Outcome {
    let _ = (arguments, form);
    Err(Failure::invalid("not yet"))
}
