//! The text of `inspect`, for people.

use std::fmt::{self, Write as _};

use synctable::store::inspect::{InspectedOperation, Inspection};

/// All sections; an empty one says so. Writing to a String cannot fail.
pub(crate) fn shown(found: &Inspection) -> String {
    let mut text = String::new();
    let _ = write(found, &mut text);
    text
}

fn write(found: &Inspection, text: &mut String) -> fmt::Result {
    let unknown = |value: &Option<String>, instead: &str| value.as_deref().map_or(instead.to_owned(), plain);
    writeln!(text, "format    {}", found.format)?;
    writeln!(text, "endpoint  {}", unknown(&found.endpoint, "none yet"))?;
    writeln!(text, "dialect   {}", unknown(&found.dialect, "none yet"))?;
    writeln!(text, "user      {}", unknown(&found.user, "none"))?;

    section(text, "tables", found.tables.len())?;
    for table in &found.tables {
        let pending = found.operations.iter().filter(|operation| operation.table == table.name);
        let (mut all, mut conflicts) = (0_u64, 0);
        for operation in pending {
            all += 1;
            conflicts += u64::from(operation.is_conflict());
        }
        let kind =
            if table.synced { format!("{all} pending, {}", count(conflicts, "conflict")) } else { "local".into() };
        let (name, rows, shape) = (plain(&table.name), count(table.rows, "row"), &table.fingerprint);
        writeln!(text, "  {name}: {rows}, {kind}, schema {shape}")?;
    }

    section(text, "pending operations", found.operations.len())?;
    for operation in &found.operations {
        write_operation(operation, text)?;
    }

    section(text, "delta tokens", found.tokens.len())?;
    for token in &found.tokens {
        let at = token.token.map_or("none yet".to_owned(), |token| token.to_string());
        write!(text, "  {}/{}: {at}", plain(&token.table), plain(&token.query))?;
        if !token.filter.is_empty() {
            write!(text, ", filter {}", plain(&token.filter))?;
        }
        writeln!(text)?;
    }

    section(text, "quarantined rows", found.quarantined.len())?;
    for row in &found.quarantined {
        writeln!(text, "  {}/{}: {} (since {})", plain(&row.table), plain(&row.id), plain(&row.error), row.at)?;
    }
    Ok(())
}

fn write_operation(operation: &InspectedOperation, text: &mut String) -> fmt::Result {
    write!(
        text,
        "  {} {} {}/{}: revision {}, {}",
        operation.sequence,
        operation.kind,
        plain(&operation.table),
        plain(&operation.id),
        operation.revision,
        count(operation.attempts.into(), "attempt")
    )?;
    if operation.unanswered {
        write!(text, ", unanswered")?;
    }
    writeln!(text)?;
    if let Some(failure) = &operation.failure {
        let status = failure.status.map_or(String::new(), |status| format!(" (status {status})"));
        writeln!(text, "    {}{status}: {}", failure.kind.name(), plain(&failure.message))?;
    }
    Ok(())
}

fn section(text: &mut String, title: &str, entries: usize) -> fmt::Result {
    writeln!(text, "\n{title}: {entries}")
}

fn count(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// Text from a server or an app on one line, without characters that a terminal would obey.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_nothing_and_letters_stay() {
        assert_eq!(plain("é\n\u{1b}[2Jx"), "é\\n\\u{1b}[2Jx");
        assert_eq!((count(0, "row"), count(1, "row")), ("0 rows".to_owned(), "1 row".to_owned()));
    }
}
