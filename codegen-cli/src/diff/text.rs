//! The text of `diff`, for people.

use std::fmt::{self, Write as _};

use super::{Found, Standing, TableDiff};

/// All tables that differ, each with its changes and what its store goes through.
pub(super) fn shown(found: &Found) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write(found, &mut text);
    text
}

fn write(found: &Found, text: &mut String) -> fmt::Result {
    for diff in found.tables.iter().filter(|table| table.standing != Standing::Unchanged) {
        table(diff, text)?;
        text.push('\n');
    }
    if found.equal {
        writeln!(text, "no difference")
    } else if found.refused {
        writeln!(
            text,
            "refused: a store of the earlier version is not opened by the later one; nothing in it is touched"
        )
    } else {
        writeln!(text, "a store of the earlier version follows, and no value is lost")
    }
}

fn table(diff: &TableDiff, text: &mut String) -> fmt::Result {
    match diff.standing {
        Standing::Added => writeln!(text, "table {}: is new", diff.name)?,
        Standing::Removed => {
            writeln!(text, "table {}: is gone; its rows stay in the file and are not read", diff.name)?;
        }
        Standing::Changed | Standing::Unchanged => writeln!(text, "table {}", diff.name)?,
    }
    for change in &diff.changes {
        writeln!(text, "  {change}")?;
    }
    if !diff.refusals.is_empty() {
        writeln!(text, "  the store does not follow:")?;
    }
    for refusal in &diff.refusals {
        let column = refusal.column.as_ref().map(|column| format!("column `{column}`: ")).unwrap_or_default();
        writeln!(text, "    {column}{}", refusal.reason)?;
        for (version, definition) in [("before", &refusal.before), ("after", &refusal.after)] {
            if let Some(definition) = definition {
                writeln!(text, "      {version:<6} {definition}")?;
            }
        }
    }
    if !diff.steps.is_empty() {
        writeln!(text, "  the store:")?;
        for step in &diff.steps {
            writeln!(text, "    {}", step.what)?;
            for line in step.sql.iter().flat_map(|sql| sql.lines()) {
                writeln!(text, "      {line}")?;
            }
        }
    }
    if diff.refetches {
        writeln!(text, "  the next pull reads all rows again")?;
    }
    Ok(())
}
