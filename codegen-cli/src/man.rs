//! `man`: manual pages.

use clap_mangen::Man;
use serde::Serialize;

use crate::cli::{self, ManArguments};
use crate::file;
use crate::outcome::{Failure, Form, Outcome, Verdict, print, print_json};

/// What `--json` prints.
#[derive(Serialize)]
struct Json {
    pages: Vec<Page>,
}

#[derive(Serialize)]
struct Page {
    /// Such as `cargo-synctable-check.1`.
    name: String,
    /// The page in roff, unless it was written to a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// What became of its file.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'static str>,
}

/// Prints the program's page, or writes all pages.
pub(crate) fn run(arguments: &ManArguments, form: Form) -> Outcome {
    let mut pages = Vec::new();
    let Some(folder) = &arguments.out else {
        let (name, text) = page("cargo-synctable", cli::grammar())?;
        match form {
            Form::Text => print(&text)?,
            Form::Json => print_json(&Json { pages: vec![Page { name, text: Some(text), result: None }] })?,
        }
        return Ok(Verdict::Done);
    };
    let mut grammar = cli::grammar();
    grammar.build();
    let commands = grammar.get_subcommands().filter(|command| command.get_name() != "help");
    let commands = commands.map(|command| (format!("cargo-synctable-{}", command.get_name()), command.clone()));
    for (name, command) in [("cargo-synctable".to_owned(), cli::grammar())].into_iter().chain(commands) {
        let (name, text) = page(&name, command)?;
        let result = file::word(file::write(&folder.join(&name), &text)?);
        pages.push(Page { name, text: None, result: Some(result) });
    }
    match form {
        Form::Text => {
            let line =
                |page: &Page| format!("{}: {}\n", folder.join(&page.name).display(), page.result.unwrap_or_default());
            print(&pages.iter().map(line).collect::<String>())?;
        }
        Form::Json => print_json(&Json { pages })?,
    }
    Ok(Verdict::Done)
}

fn page(name: &str, command: clap::Command) -> Result<(String, String), Failure> {
    let man = Man::new(command.display_name(name.to_owned()));
    let mut text = Vec::new();
    man.render(&mut text).map_err(|error| Failure::invalid(format!("cannot write a manual page: {error}")))?;
    Ok((man.get_filename(), String::from_utf8_lossy(&text).into_owned()))
}
