//! `check --server`: whether a live server has the tables of the documents.

mod drift;
mod probe;
mod report;

use synctable_codegen::document::Documents;

use crate::cli::Exchange;
use crate::live::{Found, Live, block_on};
use crate::outcome::{Failure, Form, Outcome, Progress, Verdict, print, print_json};
use drift::Finding;
use report::{LookedAt, Report, TableReport};

/// Compares the tables of a server with those of the documents.
pub(crate) fn run(url: &str, exchange: &Exchange, documents: &Documents, form: Form) -> Outcome {
    let live = Live::new(url, exchange)?;
    let report = block_on(compared(&live, documents, form))?;
    match form {
        Form::Text => print(&report.text())?,
        Form::Json => print_json(&report.json())?,
    }
    Ok(if report.has_drift() { Verdict::Drifted } else { Verdict::Done })
}

async fn compared(live: &Live, documents: &Documents, form: Form) -> Result<Report, Failure> {
    let progress = Progress::new(form);
    let mut tables = Vec::new();
    for table in documents.tables() {
        progress.tell(format_args!("asking for {}", table.name()));
        let (looked_at, findings) = if table.is_local() {
            (LookedAt::Nothing, Vec::new())
        } else {
            match live.find(table.name(), table.route()).await? {
                Found::None => (LookedAt::Missing, vec![missing(table.name())]),
                Found::Table(answering) => {
                    let facts = probe::facts(&answering, table).await?;
                    let looked_at = LookedAt::Rows { read: facts.rows.len(), all: facts.row_count };
                    (looked_at, drift::compare(table, &facts, |column| documents.texts_of(column)))
                }
            }
        };
        let document = documents.path_of(table).display().to_string();
        tables.push(TableReport { name: table.name().to_owned(), document, looked_at, findings });
    }
    let (found, declared) = (live.dialect(), live.declared());
    let findings = match (found, declared) {
        (Some(found), Some(declared)) if found != declared => {
            let message = format!("the server speaks {found}, not {declared}");
            vec![Finding::drift("dialect", message).help(format!("say `--dialect {found}`, or ask another server"))]
        }
        _ => Vec::new(),
    };
    Ok(Report { server: live.endpoint().to_owned(), dialect: found.map(|found| found.name()), findings, tables })
}

fn missing(name: &str) -> Finding {
    Finding::drift("table", format!("the server has no table `{name}`"))
        .help("check the URL, `x-sync.table` and `x-sync.route`")
}
