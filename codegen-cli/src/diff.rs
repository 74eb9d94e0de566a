//! `diff`: what changed between two versions of documents, and what a store goes through.

mod changes;
mod text;

use std::path::Path;

use serde::Serialize;
use synctable::store::{MigrationPlan, migration_plan, schema_text};
use synctable_codegen::document::{Documents, Table};

use crate::cli::DiffArguments;
use crate::outcome::{Failure, Form, Outcome, Verdict, print, print_json};
use crate::schema_of::schema;

/// Compares the tables, by their names in the store.
pub(crate) fn run(arguments: &DiffArguments, form: Form) -> Outcome {
    let before = Documents::find([&arguments.before])?;
    let after = Documents::find([&arguments.after])?;
    let mut found = Found { equal: true, refused: false, tables: Vec::new() };
    for table in after.tables() {
        let earlier = before.tables().iter().find(|earlier| earlier.name() == table.name());
        found.tables.push(match earlier {
            Some(earlier) => compared(&before, earlier, &after, table)?,
            None => added(&after, table)?,
        });
    }
    for table in before.tables() {
        if !after.tables().iter().any(|later| later.name() == table.name()) {
            found.tables.push(TableDiff::new(table, Standing::Removed));
        }
    }
    found.refused = found.tables.iter().any(|table| !table.refusals.is_empty());
    found.equal = found.tables.iter().all(|table| table.standing == Standing::Unchanged);
    if found.equal && code(&arguments.before)? != code(&arguments.after)? {
        found.equal = false;
        // Types inside JSON columns and texts of enums: the store does not know them.
        for table in &mut found.tables {
            table.standing = Standing::Changed;
            table.changes.push("a type that the generated code defines beside the table's struct".to_owned());
        }
    }
    match form {
        Form::Text => print(&text::shown(&found))?,
        Form::Json => print_json(&found)?,
    }
    Ok(if found.equal { Verdict::Done } else { Verdict::Different })
}

/// What was found, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Found {
    equal: bool,
    refused: bool,
    tables: Vec<TableDiff>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TableDiff {
    name: String,
    #[serde(rename = "result")]
    standing: Standing,
    /// What the documents say otherwise, one thing a text.
    changes: Vec<String>,
    steps: Vec<Step>,
    refusals: Vec<Refusal>,
    /// Whether the next pull reads all rows again.
    refetches: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Standing {
    Unchanged,
    Added,
    Removed,
    Changed,
}

#[derive(Debug, Serialize)]
struct Step {
    what: String,
    sql: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Refusal {
    column: Option<String>,
    before: Option<String>,
    after: Option<String>,
    reason: String,
}

impl TableDiff {
    fn new(table: &Table, standing: Standing) -> Self {
        Self {
            name: table.name().to_owned(),
            standing,
            changes: Vec::new(),
            steps: Vec::new(),
            refusals: Vec::new(),
            refetches: false,
        }
    }
}

fn added(documents: &Documents, table: &Table) -> Result<TableDiff, Failure> {
    let sql = schema_text(schema(documents, table)?).map_err(|error| Failure::Invalid(error.into()))?;
    let mut diff = TableDiff::new(table, Standing::Added);
    diff.steps.push(Step { what: "the table is made".to_owned(), sql: vec![sql] });
    Ok(diff)
}

fn compared(before: &Documents, earlier: &Table, after: &Documents, later: &Table) -> Result<TableDiff, Failure> {
    let plan = migration_plan(schema(before, earlier)?, schema(after, later)?)
        .map_err(|error| Failure::Invalid(error.into()))?;
    let mut diff = TableDiff::new(later, Standing::Unchanged);
    diff.changes = changes::of((before, earlier), (after, later));
    diff.refusals = refusals(&plan);
    if diff.refusals.is_empty() {
        diff.steps = steps(&plan);
        diff.refetches = plan.refetches();
    }
    if !diff.changes.is_empty() || !plan.is_empty() {
        diff.standing = Standing::Changed;
    }
    Ok(diff)
}

fn steps(plan: &MigrationPlan) -> Vec<Step> {
    plan.steps().iter().map(|step| Step { what: step.to_string(), sql: step.sql().to_vec() }).collect()
}

fn refusals(plan: &MigrationPlan) -> Vec<Refusal> {
    let text = |text: Option<&str>| text.map(str::to_owned);
    let refusals = plan.refusals().iter().map(|refusal| Refusal {
        column: text(refusal.column()),
        before: text(refusal.file()),
        after: text(refusal.app()),
        reason: refusal.reason().to_owned(),
    });
    refusals.collect()
}

/// The code of all documents, which tells what the tables' models do not.
fn code(input: &Path) -> Result<String, Failure> {
    Ok(synctable_codegen::configure().schemas(input).generate()?.text().to_owned())
}
