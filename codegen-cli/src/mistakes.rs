//! Mistakes in documents, for people at their place in the file, and as JSON.

use std::collections::BTreeSet;
use std::env;
use std::fmt::{self, Write as _};
use std::io::IsTerminal;
use std::ops::Range;
use std::path::Path;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity, SourceCode};
use serde::Serialize;
use synctable_codegen::Mistake;

/// How mistakes are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// With colours and lines, for a terminal.
    Coloured,
    /// With lines, for a terminal whose user sets `NO_COLOR`.
    Plain,
    /// With lines of ASCII, for files and pipes.
    Ascii,
}

impl Look {
    /// The look for where the text goes.
    pub(crate) fn of(stream: &impl IsTerminal) -> Self {
        let no_colour = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        match stream.is_terminal() {
            false => Self::Ascii,
            true if no_colour => Self::Plain,
            true => Self::Coloured,
        }
    }

    fn theme(self) -> GraphicalTheme {
        match self {
            Self::Coloured => GraphicalTheme::unicode(),
            Self::Plain => GraphicalTheme::unicode_nocolor(),
            Self::Ascii => GraphicalTheme::none(),
        }
    }
}

/// Every mistake with its place, code and help, and a line that counts them.
pub(crate) fn shown(mistakes: &[Mistake], look: Look) -> String {
    let handler = GraphicalReportHandler::new_themed(look.theme()).with_width(100).with_links(false);
    let mut text = String::new();
    for mistake in mistakes {
        // Writing to a String cannot fail.
        let _ = match has_long_line(mistake.text()) {
            // A document without line breaks would be shown whole for each mistake.
            true => write!(text, "{mistake}"),
            false => handler.render_report(&mut text, &Report::of(mistake)),
        };
        text.push('\n');
    }
    text + &summary(mistakes) + "\n"
}

fn has_long_line(text: &str) -> bool {
    const LONG_BYTES: usize = 500;
    text.lines().any(|line| line.len() > LONG_BYTES)
}

/// How many mistakes there are.
pub(crate) fn summary(mistakes: &[Mistake]) -> String {
    let files: BTreeSet<&Path> = mistakes.iter().map(Mistake::path).collect();
    let counted = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    format!("{} in {}", counted(mistakes.len(), "mistake"), counted(files.len(), "file"))
}

/// A mistake as miette draws it.
#[derive(Debug)]
struct Report<'a> {
    mistake: &'a Mistake,
    source: NamedSource<String>,
    /// What the mistake is about too, where that stands in another file.
    elsewhere: Option<Elsewhere<'a>>,
}

/// A second place of a mistake, in another file.
#[derive(Debug)]
struct Elsewhere<'a> {
    message: &'a str,
    range: Range<usize>,
    source: NamedSource<String>,
}

impl<'a> Report<'a> {
    fn of(mistake: &'a Mistake) -> Self {
        let source = source(mistake.path(), mistake.text());
        let elsewhere = mistake.related().filter(|(path, ..)| *path != mistake.path());
        let elsewhere = elsewhere.map(|(path, range, message)| Elsewhere {
            message,
            range,
            source: self::source(path, mistake.related_text().unwrap_or_default()),
        });
        Self { mistake, source, elsewhere }
    }
}

/// The text of a file, without characters that a terminal would obey; every byte keeps its place.
fn source(path: &Path, text: &str) -> NamedSource<String> {
    let harmless = |character: char| match character {
        '\n' | '\t' => character,
        _ if !character.is_control() => character,
        _ if character.len_utf8() == 1 => ' ',
        _ => '\u{a0}',
    };
    NamedSource::new(path.display().to_string(), text.chars().map(harmless).collect())
}

fn label(message: Option<&str>, range: Range<usize>) -> LabeledSpan {
    LabeledSpan::new(message.map(str::to_owned), range.start, range.len())
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.mistake.message())
    }
}

impl std::error::Error for Report<'_> {}

impl Diagnostic for Report<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.mistake.code()))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.mistake.help().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let same_file = self.mistake.related().filter(|_| self.elsewhere.is_none());
        let second = same_file.map(|(_, range, message)| label(Some(message), range));
        // The place in the head of the excerpt is that of the primary label.
        let range = self.mistake.range();
        let first = LabeledSpan::new_primary_with_span(None, (range.start, range.len()));
        Some(Box::new(std::iter::once(first).chain(second)))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        let elsewhere = self.elsewhere.as_ref()?;
        Some(Box::new(std::iter::once(elsewhere as &dyn Diagnostic)))
    }
}

impl fmt::Display for Elsewhere<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl std::error::Error for Elsewhere<'_> {}

impl Diagnostic for Elsewhere<'_> {
    fn severity(&self) -> Option<Severity> {
        Some(Severity::Advice)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(label(None, self.range.clone()))))
    }
}

/// A mistake as `--json` prints it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Json<'a> {
    file: String,
    line: usize,
    column: usize,
    /// The bytes of the file, from and up to.
    bytes: [usize; 2],
    code: &'a str,
    message: &'a str,
    help: Option<&'a str>,
    related: Option<JsonRelated<'a>>,
}

#[derive(Debug, Serialize)]
struct JsonRelated<'a> {
    file: String,
    bytes: [usize; 2],
    message: &'a str,
}

/// The mistakes as `--json` prints them.
pub(crate) fn json(mistakes: &[Mistake]) -> Vec<Json<'_>> {
    let bytes = |range: Range<usize>| [range.start, range.end];
    let file = |path: &Path| path.display().to_string();
    mistakes
        .iter()
        .map(|mistake| Json {
            file: file(mistake.path()),
            line: mistake.line(),
            column: mistake.column(),
            bytes: bytes(mistake.range()),
            code: mistake.code(),
            message: mistake.message(),
            help: mistake.help(),
            related: mistake.related().map(|(path, range, message)| JsonRelated {
                file: file(path),
                bytes: bytes(range),
                message,
            }),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use synctable_codegen::document::Documents;

    use super::*;

    #[test]
    fn colours_are_for_terminals_whose_users_want_them() {
        let error = Documents::parse("t.json", "{ \"title\": 1 }").unwrap_err();
        let drawn = |look| shown(error.mistakes(), look);
        assert!(drawn(Look::Coloured).contains("\u{1b}["));
        assert!(!drawn(Look::Plain).contains('\u{1b}') && drawn(Look::Plain).contains('│'));
        assert!(!drawn(Look::Ascii).contains('\u{1b}') && !drawn(Look::Ascii).contains('│'));
        assert_eq!(Look::of(&tempfile::tempfile().unwrap()), Look::Ascii);
    }
}
