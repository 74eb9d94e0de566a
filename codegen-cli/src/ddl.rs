//! `ddl`: the SQL text of the tables as the local store makes them.

use crate::cli::DdlArguments;
use crate::outcome::{Failure, Form, Outcome};

/// Not there yet.
pub(crate) fn run(arguments: &DdlArguments, form: Form) -> Outcome {
    let _ = (arguments, form);
    Err(Failure::invalid("not yet"))
}
