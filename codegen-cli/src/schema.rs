//! `schema`: the schema by which editors check documents.

use crate::cli::SchemaArguments;
use crate::outcome::{Failure, Form, Outcome};

/// Not there yet.
pub(crate) fn run(arguments: &SchemaArguments, form: Form) -> Outcome {
    let _ = (arguments, form);
    Err(Failure::invalid("not yet"))
}
