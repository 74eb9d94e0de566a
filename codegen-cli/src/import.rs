//! `import`: documents from an OpenAPI document, a live server's rows or an SQLite file.

mod made;
mod openapi;
mod output;
mod rows;
mod sqlite;

use std::fs;

use crate::cli::ImportArguments;
use crate::live::{Live, block_on};
use crate::outcome::{Failure, Form, Outcome, Progress};
use made::Made;

/// Makes documents of the source and writes them.
pub(crate) fn run(arguments: &ImportArguments, form: Form) -> Outcome {
    let wanted: Vec<&str> = arguments.tables().collect();
    let (made, skipped) = if let Some(path) = &arguments.openapi {
        let text = fs::read_to_string(path).map_err(|error| Failure::file(path, "read the document", error))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        openapi::tables(text, &wanted).map_err(|message| Failure::invalid(format!("{}: {message}", path.display())))?
    } else if let Some(path) = &arguments.sqlite {
        sqlite::tables(path, &wanted).map_err(|message| Failure::invalid(format!("{}: {message}", path.display())))?
    } else if let Some(url) = &arguments.server {
        let live = Live::new(url, &arguments.exchange)?;
        (block_on(of_rows(&live, &wanted, form))?, Vec::new())
    } else {
        return Err(Failure::Usage("give one of `--openapi`, `--server` and `--sqlite`".to_owned()));
    };
    output::write(made, &skipped, arguments, form)
}

async fn of_rows(live: &Live, tables: &[&str], form: Form) -> Result<Vec<Made>, Failure> {
    let progress = Progress::new(form);
    let mut made = Vec::new();
    for table in tables {
        progress.tell(format_args!("asking for {table}"));
        made.push(rows::table(live, table).await?);
    }
    Ok(made)
}
