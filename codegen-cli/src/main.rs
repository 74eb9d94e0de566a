//! The command line of synctable: error to exit code, nothing else.

mod check;
mod cli;
mod completions;
mod ddl;
mod diff;
mod file;
mod generate;
mod import;
mod inspect;
mod live;
mod man;
mod mistakes;
mod new;
mod outcome;
mod schema;
mod schema_of;

use std::process::ExitCode;

use cli::Command;
use outcome::{Outcome, USAGE};

fn main() -> ExitCode {
    let (command, form) = match cli::parse(std::env::args_os()) {
        Ok(parsed) => parsed,
        Err(error) => {
            // Nobody is left to be told when the terminal is gone.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
        }
    };
    let done: Outcome = match &command {
        Command::Generate(arguments) => generate::run(arguments, form),
        Command::Check(arguments) => check::run(arguments, form),
        Command::Ddl(arguments) => ddl::run(arguments, form),
        Command::Diff(arguments) => diff::run(arguments, form),
        Command::Import(arguments) => import::run(arguments, form),
        Command::New(arguments) => new::run(arguments, form),
        Command::Schema(arguments) => schema::run(arguments, form),
        Command::Inspect(arguments) => inspect::run(arguments, form),
        Command::Completions(arguments) => completions::run(arguments, form),
        Command::Man(arguments) => man::run(arguments, form),
    };
    match done {
        Ok(verdict) => verdict.exit_code(),
        Err(failure) => {
            failure.show(form);
            failure.exit_code()
        }
    }
}
