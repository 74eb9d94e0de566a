//! How commands end: what their exit codes are, and how failures are shown.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use serde::Serialize;

use crate::mistakes;

/// The exit code of arguments that make no sense.
pub(crate) const USAGE: u8 = 2;
/// The exit code of input that is wrong, and of files that cannot be read or written.
const INVALID: u8 = 3;

/// How a command ends.
pub(crate) type Outcome = Result<Verdict, Failure>;

/// What a command found that could do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing to complain of.
    Done,
    /// Two things that were compared are not the same.
    Different,
    /// Documents have mistakes, which were shown.
    Mistaken,
    /// A server's tables are not those of the documents.
    Drifted,
}

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments make no sense together.
    Usage(String),
    /// The input is not what the command reads, or a file cannot be read or written.
    Invalid(Box<dyn Error>),
    /// Documents are wrong, or cannot be read.
    Documents(synctable_codegen::Error),
    /// The server cannot be reached, or does not answer as one.
    Unreachable(Box<dyn Error>),
}

/// For whom a command prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// For programs: one JSON object.
    Json,
}

impl Verdict {
    /// The exit code.
    pub(crate) fn exit_code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Done => 0,
            Self::Different => 1,
            Self::Mistaken => INVALID,
            Self::Drifted => 5,
        })
    }
}

impl Failure {
    /// Input or output that is not as it should be, and what to do.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into().into())
    }

    /// A file that cannot be read or written.
    pub(crate) fn file(path: impl AsRef<std::path::Path>, doing: &str, error: impl Display) -> Self {
        Self::invalid(format!("{}: cannot {doing}: {error}", path.as_ref().display()))
    }

    /// The exit code.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Usage(_) => USAGE,
            Self::Invalid(_) | Self::Documents(_) => INVALID,
            Self::Unreachable(_) => 4,
        })
    }

    /// Tells on standard error what is wrong: every mistake of documents at its place, else a line.
    pub(crate) fn show(&self, form: Form) {
        let text = match form {
            Form::Json => json_text(&self.json()),
            Form::Text => match self {
                Self::Documents(error) if !error.mistakes().is_empty() => {
                    mistakes::shown(error.mistakes(), mistakes::Look::of(&io::stderr()))
                }
                _ => format!("error: {}\n", self.message()),
            },
        };
        remark(&text);
    }

    fn json(&self) -> Failed<'_> {
        let mistakes = match self {
            Self::Documents(error) => mistakes::json(error.mistakes()),
            Self::Usage(_) | Self::Invalid(_) | Self::Unreachable(_) => Vec::new(),
        };
        Failed { error: Told { message: self.message(), mistakes } }
    }

    fn message(&self) -> String {
        match self {
            Self::Usage(message) => message.clone(),
            Self::Invalid(error) | Self::Unreachable(error) => error.to_string(),
            Self::Documents(error) if error.mistakes().is_empty() => error.to_string(),
            Self::Documents(error) => mistakes::summary(error.mistakes()),
        }
    }
}

impl From<synctable_codegen::Error> for Failure {
    fn from(error: synctable_codegen::Error) -> Self {
        Self::Documents(error)
    }
}

/// What `--json` prints on standard error when a command fails.
#[derive(Serialize)]
struct Failed<'a> {
    error: Told<'a>,
}

#[derive(Serialize)]
struct Told<'a> {
    message: String,
    mistakes: Vec<mistakes::Json<'a>>,
}

/// Prints text on standard error.
pub(crate) fn remark(text: &str) {
    // Nobody is left to be told when standard error is gone.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Prints text on standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever read our output has seen enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done.map_err(|error| Failure::invalid(format!("cannot write to standard output: {error}"))),
    }
}

/// Prints one JSON object on standard output.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    print(&json_text(value))
}

/// One object on lines of its own, ending with a line break.
pub(crate) fn json_text(value: &impl Serialize) -> String {
    // What commands print is made of texts, numbers and maps by text, so that JSON can carry it.
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// A line that tells a person at a terminal what goes on; it leaves nothing behind when it is dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    shown: bool,
}

impl Progress {
    /// Begins; nothing is ever shown where standard error is no terminal, or for programs.
    pub(crate) fn new(form: Form) -> Self {
        Self { shown: form == Form::Text && io::stderr().is_terminal() }
    }

    /// Shows what is being done now.
    pub(crate) fn tell(&self, doing: impl Display) {
        if self.shown {
            let mut err = io::stderr();
            let _ = write!(err, "\r\u{1b}[2K{doing} …").and_then(|()| err.flush());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = io::stderr().write_all(b"\r\x1b[2K");
        }
    }
}
