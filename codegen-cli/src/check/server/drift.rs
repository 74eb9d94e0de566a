//! What is compared: a table of the documents with what the server shows of it.

mod fit;

use serde_json::Value;
use synctable::wire::Dialect;
use synctable_codegen::document::{Column, ColumnRole, Kind, Table};

use super::probe::{ColumnFacts, Existence, Facts, Nulls, is_remote};
use crate::live::json_type;

/// How much a finding counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    /// Documents and server do not go together.
    Drift,
    /// They may go together; somebody should look.
    Warning,
    /// The server does not let it be seen.
    NotVerifiable,
}

/// Something that the comparison found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) severity: Severity,
    /// The stable name of what was compared.
    pub(super) code: &'static str,
    /// The wire name of the column, if it is about one.
    pub(super) column: Option<String>,
    pub(super) message: String,
    /// What to do.
    pub(super) help: Option<String>,
}

impl Finding {
    fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self { severity, code, column: None, message: message.into(), help: None }
    }

    pub(super) fn drift(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Drift, code, message)
    }

    fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    fn not_verifiable(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::NotVerifiable, code, message)
    }

    fn of(mut self, column: &str) -> Self {
        self.column = Some(column.to_owned());
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Compares; drift comes first, and within a severity the order is that of the document.
///
/// `texts_of` gives the texts of a column whose enum takes no others.
pub(super) fn compare<'a>(
    table: &Table,
    facts: &Facts,
    texts_of: impl Fn(&Column) -> Option<Vec<&'a str>>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut untyped = Vec::new();
    let mut unseen_nulls = Vec::new();
    for column in table.columns().iter().filter(|column| is_remote(column)) {
        let name = column.wire_name();
        let Some(known) = facts.columns.get(name) else { continue };
        if let Some(finding) = existence(column, known, facts.dialect) {
            findings.push(finding.of(name));
            continue;
        }
        if column.role() == ColumnRole::System {
            continue;
        }
        match fit::column(column, known, facts) {
            fit::Fit::Good => {}
            // Every server has ids as texts, unless its rows say otherwise.
            fit::Fit::Unseen if column.role() == ColumnRole::Id => {}
            fit::Fit::Unseen => untyped.push(name),
            fit::Fit::Bad(finding) => findings.push(finding.of(name)),
        }
        if let Some(finding) = texts_of(column).and_then(|texts| fit::other_text(name, &texts, facts)) {
            findings.push(finding.of(name));
        }
        let may_not_be_null = column.role() == ColumnRole::Data && !column.is_nullable() && column.default().is_none();
        match known.nulls {
            Nulls::Some if may_not_be_null => findings.push(null(facts, name).of(name)),
            Nulls::Unseen if may_not_be_null => unseen_nulls.push(name),
            _ => {}
        }
    }
    constants(table, facts, &mut findings);
    unmodelled(table, facts, &mut findings);
    soft_delete(table, facts, &mut findings);
    let why = if facts.rows.is_empty() { "the table has no rows" } else { "no row that was read has a value" };
    if !untyped.is_empty() {
        let message = format!("types of {}: {why}", listed(&untyped));
        findings.push(Finding::not_verifiable("type", message));
    }
    if !unseen_nulls.is_empty() {
        let message = format!("whether {} can be null: the table has no rows", listed(&unseen_nulls));
        findings.push(Finding::not_verifiable("null", message));
    }
    if facts.rows.is_empty() {
        let message = "columns that the document lacks: the table has no rows";
        findings.push(Finding::not_verifiable("missing-column", message));
    }
    findings.sort_by_key(|finding| finding.severity);
    findings
}

/// Names between backticks.
fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn existence(column: &Column, known: &ColumnFacts, dialect: Dialect) -> Option<Finding> {
    match &known.existence {
        Existence::Known => None,
        Existence::Spelled(spelled) => {
            let message = format!("the server spells it `{spelled}`");
            let help = format!("call the property `{spelled}`; `x-sync.name` names the field");
            Some(Finding::drift("unknown-column", message).help(help))
        }
        Existence::Unknown(_) if column.role() == ColumnRole::System => {
            let message = format!("servers of the dialect {dialect} do not send it: it stays empty");
            Some(Finding::warning("unknown-column", message))
        }
        Existence::Unknown(words) => {
            let said = if words.is_empty() { String::new() } else { format!(": {words}") };
            let message = format!("the server has no such column{said}");
            let help =
                "take it out of the document, rename it, or say `\"local\": true` in `x-sync` to keep it on the device";
            Some(Finding::drift("unknown-column", message).help(help))
        }
    }
}

fn null(facts: &Facts, name: &str) -> Finding {
    let rows = facts.rows.iter().filter(|row| row.get(name).is_none_or(Value::is_null));
    let (count, first) = (rows.clone().count(), rows.clone().next());
    let message = match first {
        Some(row) => format!(
            "the document says never null, but it is null in {count} of the {} rows that were read, such as {}",
            facts.rows.len(),
            row_name(row)
        ),
        None => "the document says never null, but rows of the server have null".to_owned(),
    };
    let help = "take it out of `required`, or give it a `default`: such rows are set aside when they are pulled";
    Finding::drift("null", message).help(help)
}

/// A row by its id.
fn row_name(row: &crate::live::Row) -> String {
    match row.get("id") {
        Some(Value::String(id)) => format!("the row `{}`", id.escape_debug()),
        Some(Value::Number(id)) => format!("the row {id}"),
        _ => "a row without id".to_owned(),
    }
}

fn constants(table: &Table, facts: &Facts, findings: &mut Vec<Finding>) {
    for (name, value) in table.on_insert() {
        let Some(known) = facts.columns.get(name) else { continue };
        let finding = match &known.existence {
            Existence::Known => match &known.server_type {
                Some(server) if !fit::constant(value, server) => {
                    let message = format!("inserts send {}, but the server has {server}", json_type(value));
                    Finding::drift("type", message).help("change the constant in `x-sync.onInsert`")
                }
                _ => continue,
            },
            Existence::Spelled(spelled) => {
                Finding::drift("unknown-column", format!("the server spells it `{spelled}`"))
                    .help("change the name in `x-sync.onInsert`")
            }
            Existence::Unknown(_) => {
                let message = "inserts send it, but the server has no such column";
                Finding::drift("unknown-column", message).help("take it out of `x-sync.onInsert`")
            }
        };
        findings.push(finding.of(name));
    }
}

fn unmodelled(table: &Table, facts: &Facts, findings: &mut Vec<Finding>) {
    for (name, nulls) in &facts.unmodelled {
        // A column that is never null may be one that inserts must bring.
        let may_be_required = *nulls == Nulls::None;
        let finding = match (table.is_narrow(), may_be_required) {
            (true, false) => continue,
            (true, true) => Finding::warning(
                "required-column",
                "the document lacks it and no row has null in it: an insert may need it",
            )
            .help("if the server requires it, give it a constant in `x-sync.onInsert`"),
            (false, may_be_required) => {
                let also = if may_be_required { "; no row has null in it, so that an insert may need it" } else { "" };
                let message = format!("the server has this column, the document lacks it{also}");
                let constant =
                    if may_be_required { ", with a constant in `x-sync.onInsert` if it is required" } else { "" };
                let help = format!("add it, or say `\"narrow\": true` in `x-sync`{constant}");
                Finding::drift("missing-column", message).help(help)
            }
        };
        findings.push(finding.of(name));
    }
}

fn soft_delete(table: &Table, facts: &Facts, findings: &mut Vec<Finding>) {
    if !table.has_soft_delete() {
        return;
    }
    match facts.soft_delete {
        Some(true) => {}
        Some(false) => {
            let message = "the server deletes rows for good: devices never learn of rows that others deleted";
            let help = "switch soft delete on at the server, or say `\"softDelete\": false` in `x-sync`";
            findings.push(Finding::drift("soft-delete", message).help(help));
        }
        None => {
            let message = format!("soft delete: servers of the dialect {} send `deleted` in any case", facts.dialect);
            findings.push(Finding::not_verifiable("soft-delete", message));
        }
    }
}

/// What a document says of a column, in words.
fn said(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "true or false",
        Kind::I8 => "a whole number of 8 bits",
        Kind::I16 => "a whole number of 16 bits",
        Kind::I32 => "a whole number of 32 bits",
        Kind::U8 => "a whole number of 8 bits without sign",
        Kind::U16 => "a whole number of 16 bits without sign",
        Kind::U32 => "a whole number of 32 bits without sign",
        Kind::F32 => "a number of 32 bits",
        Kind::Char => "one character",
        Kind::I64 => "a whole number",
        Kind::F64 => "a number",
        Kind::Text => "text",
        Kind::Id => "an id",
        Kind::Version => "a version",
        Kind::Timestamp => "an instant",
        Kind::Bytes => "bytes in base64",
        Kind::Uuid => "a UUID",
        Kind::Decimal => "a decimal number",
        Kind::Date => "a date",
        Kind::TimeOfDay => "a time of day",
        Kind::Json => "JSON",
        _ => "another type",
    }
}
