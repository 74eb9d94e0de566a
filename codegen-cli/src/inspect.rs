//! `inspect`: what a store file holds, as text or as JSON.

mod json;
mod text;

use synctable::SqliteStore;

use crate::cli::InspectArguments;
use crate::outcome::{Failure, Form, Outcome, Verdict, print, print_json};

/// Reads the store and prints it.
pub(crate) fn run(arguments: &InspectArguments, form: Form) -> Outcome {
    let found = SqliteStore::inspect(&arguments.store).map_err(|error| Failure::Invalid(error.into()))?;
    match form {
        Form::Text => print(&text::shown(&found))?,
        Form::Json => print_json(&json::shown(&found))?,
    }
    Ok(Verdict::Done)
}
