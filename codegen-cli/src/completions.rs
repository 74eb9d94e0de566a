//! `completions`: what a shell needs to complete arguments.

use serde::Serialize;

use crate::cli::{self, CompletionsArguments};
use crate::outcome::{Form, Outcome, Verdict, print, print_json};

/// What `--json` prints.
#[derive(Serialize)]
struct Json {
    shell: String,
    script: String,
}

/// Prints the script. It completes `cargo-synctable`; Cargo has no completions of its subcommands.
pub(crate) fn run(arguments: &CompletionsArguments, form: Form) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut cli::grammar(), "cargo-synctable", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    match form {
        Form::Text => print(&script)?,
        Form::Json => print_json(&Json { shell: arguments.shell.to_string(), script })?,
    }
    Ok(Verdict::Done)
}
