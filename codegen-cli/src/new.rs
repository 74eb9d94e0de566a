//! `new`: a document to begin with.

use crate::cli::NewArguments;
use crate::outcome::{Failure, Form, Outcome};

/// Not there yet.
pub(crate) fn run(arguments: &NewArguments, form: Form) -> Outcome {
    let _ = (arguments, form);
    Err(Failure::invalid("not yet"))
}
