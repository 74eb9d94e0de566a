//! `completions`: what a shell needs to complete arguments.

use crate::cli::CompletionsArguments;
use crate::outcome::{Failure, Form, Outcome};

/// Not there yet.
pub(crate) fn run(arguments: &CompletionsArguments, form: Form) -> Outcome {
    let _ = (arguments, form);
    Err(Failure::invalid("not yet"))
}
