//! The walk of the original tutorial as one program: offline, online, two devices, a conflict.

mod options;
mod server_view;
mod walk;

use std::process::ExitCode;

/// What can go wrong in the walk; the message is all that is shown.
type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match options::Options::parse(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{}", options::USAGE);
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("{message}\n{}", options::USAGE);
            return ExitCode::from(2);
        }
    };
    match walk::walk(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("the walk ended early: {failure}");
            ExitCode::FAILURE
        }
    }
}
