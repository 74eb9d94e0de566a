//! How the comparison with a server is shown: as text for people, and as JSON.

use std::fmt::{self, Write as _};

use serde::Serialize;

use super::drift::{Finding, Severity};

/// All that was found.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) server: String,
    /// What the server speaks; `None` if no table answered.
    pub(super) dialect: Option<&'static str>,
    /// Of the server as a whole.
    pub(super) findings: Vec<Finding>,
    pub(super) tables: Vec<TableReport>,
}

/// What was found of a table.
#[derive(Debug)]
pub(super) struct TableReport {
    pub(super) name: String,
    /// The path of the document.
    pub(super) document: String,
    pub(super) looked_at: LookedAt,
    pub(super) findings: Vec<Finding>,
}

/// How much of a table was looked at.
#[derive(Debug, Clone, Copy)]
pub(super) enum LookedAt {
    /// The table stays on the device.
    Nothing,
    /// The server has no such table.
    Missing,
    Rows {
        read: usize,
        all: Option<u64>,
    },
}

impl Report {
    /// Whether the server is another one than the documents describe.
    pub(super) fn has_drift(&self) -> bool {
        is_drift(&self.findings) || self.tables.iter().any(|table| is_drift(&table.findings))
    }

    /// The text; writing to a String cannot fail.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> fmt::Result {
        writeln!(text, "server   {}", self.server)?;
        writeln!(text, "dialect  {}", self.dialect.unwrap_or("not seen"))?;
        write_findings(text, &self.findings)?;
        for table in &self.tables {
            let looked_at = match table.looked_at {
                LookedAt::Nothing => "stays on the device, not compared".to_owned(),
                LookedAt::Missing => "not there".to_owned(),
                LookedAt::Rows { read, all: Some(all) } if all > read as u64 => format!("{read} of {all} rows read"),
                LookedAt::Rows { read: 1, .. } => "1 row read".to_owned(),
                LookedAt::Rows { read, .. } => format!("{read} rows read"),
            };
            writeln!(text, "\n{} ({}): {looked_at}", plain(&table.name), plain(&table.document))?;
            if matches!(table.looked_at, LookedAt::Rows { .. }) && !is_drift(&table.findings) {
                writeln!(text, "  ok              what the server shows matches the document")?;
            }
            write_findings(text, &table.findings)?;
        }
        let drifted = self.tables.iter().filter(|table| is_drift(&table.findings)).count();
        let tables = match self.tables.len() {
            1 => "1 table".to_owned(),
            count => format!("{count} tables"),
        };
        match (drifted, self.has_drift()) {
            (0, false) => writeln!(text, "\nno drift in {tables}"),
            (0, true) => writeln!(text, "\ndrift: the server is another one than expected"),
            _ => writeln!(text, "\ndrift in {drifted} of {tables}"),
        }
    }

    /// The JSON, of the shape that the README of this crate documents.
    pub(super) fn json(&self) -> impl Serialize {
        Json {
            server: &self.server,
            dialect: self.dialect,
            status: if self.has_drift() { "drift" } else { "match" },
            findings: self.findings.iter().map(JsonFinding::from).collect(),
            tables: self.tables.iter().map(JsonTable::from).collect(),
        }
    }
}

fn is_drift(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Drift)
}

fn write_findings(text: &mut String, findings: &[Finding]) -> fmt::Result {
    for finding in findings {
        let severity = match finding.severity {
            Severity::Drift => "drift",
            Severity::Warning => "warning",
            Severity::NotVerifiable => "not verifiable",
        };
        let column = finding.column.as_deref().map(|name| format!("{}: ", plain(name))).unwrap_or_default();
        writeln!(text, "  {severity:<14}  {column}{} [{}]", plain(&finding.message), finding.code)?;
        if let Some(help) = &finding.help {
            writeln!(text, "  {:<14}  help: {}", "", plain(help))?;
        }
    }
    Ok(())
}

/// Text from a server on one line, without characters that a terminal would obey.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            plain.extend(character.escape_default());
        } else {
            plain.push(character);
        }
    }
    plain
}

#[derive(Serialize)]
struct Json<'a> {
    server: &'a str,
    dialect: Option<&'a str>,
    status: &'a str,
    findings: Vec<JsonFinding<'a>>,
    tables: Vec<JsonTable<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonTable<'a> {
    table: &'a str,
    document: &'a str,
    status: &'static str,
    rows_read: Option<usize>,
    row_count: Option<u64>,
    findings: Vec<JsonFinding<'a>>,
}

impl<'a> From<&'a TableReport> for JsonTable<'a> {
    fn from(table: &'a TableReport) -> Self {
        let (rows_read, row_count) = match table.looked_at {
            LookedAt::Rows { read, all } => (Some(read), all),
            LookedAt::Nothing | LookedAt::Missing => (None, None),
        };
        Self {
            table: &table.name,
            document: &table.document,
            status: match table.looked_at {
                LookedAt::Nothing => "local",
                _ if is_drift(&table.findings) => "drift",
                _ => "match",
            },
            rows_read,
            row_count,
            findings: table.findings.iter().map(JsonFinding::from).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonFinding<'a> {
    severity: &'static str,
    code: &'a str,
    column: Option<&'a str>,
    message: &'a str,
    help: Option<&'a str>,
}

impl<'a> From<&'a Finding> for JsonFinding<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            severity: match finding.severity {
                Severity::Drift => "drift",
                Severity::Warning => "warning",
                Severity::NotVerifiable => "notVerifiable",
            },
            code: finding.code,
            column: finding.column.as_deref(),
            message: &finding.message,
            help: finding.help.as_deref(),
        }
    }
}
