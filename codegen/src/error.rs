//! What is wrong with table documents and their output, each mistake at its place in the file.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why documents could not be read or code could not be written.
///
/// Its `Display` lists every mistake with file, line, column, excerpt, code and help, so that a build
/// script may just return it.
pub struct Error(Box<Problem>);

enum Problem {
    Mistakes(Vec<Mistake>),
    Io { path: PathBuf, doing: &'static str, source: io::Error },
    Other(String),
}

/// One mistake in a document.
#[derive(Clone)]
pub struct Mistake {
    pub(crate) source: Arc<Source>,
    pub(crate) range: Range<usize>,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) related: Option<(Arc<Source>, Range<usize>, String)>,
}

/// A file that was read.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl Source {
    /// Line and column of a byte, from 1; a column is a character.
    fn line_and_column(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

impl Error {
    pub(crate) fn mistakes_of(mistakes: Vec<Mistake>) -> Self {
        Self(Box::new(Problem::Mistakes(mistakes)))
    }

    pub(crate) fn io(path: &Path, doing: &'static str, source: io::Error) -> Self {
        Self(Box::new(Problem::Io { path: path.to_owned(), doing, source }))
    }

    pub(crate) fn other(message: impl Into<String>) -> Self {
        Self(Box::new(Problem::Other(message.into())))
    }

    /// The mistakes in documents, by file and place; empty if something else is wrong.
    #[must_use]
    pub fn mistakes(&self) -> &[Mistake] {
        match &*self.0 {
            Problem::Mistakes(mistakes) => mistakes,
            Problem::Io { .. } | Problem::Other(_) => &[],
        }
    }
}

impl Mistake {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.source.path
    }

    /// The whole text of the file.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.source.text
    }

    /// The bytes of the file that are wrong.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.source.line_and_column(self.range.start).0
    }

    /// The character in the line, from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.source.line_and_column(self.range.start).1
    }

    /// The stable name of the rule that does not hold, such as `unknown-keyword`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// What is wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to write instead.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// A second place that the mistake is about: its file, bytes and what is there.
    #[must_use]
    pub fn related(&self) -> Option<(&Path, Range<usize>, &str)> {
        self.related.as_ref().map(|(source, range, message)| (source.path.as_path(), range.clone(), message.as_str()))
    }

    /// The whole text of the file of [`related`](Self::related).
    #[must_use]
    pub fn related_text(&self) -> Option<&str> {
        self.related.as_ref().map(|(source, ..)| source.text.as_str())
    }
}

/// Writes the line of a place with a mark below it.
fn excerpt(f: &mut fmt::Formatter<'_>, source: &Source, range: &Range<usize>) -> fmt::Result {
    /// The most characters of a line that are shown, and the most before the place.
    const SHOWN: (usize, usize) = (100, 40);
    if source.text.is_empty() {
        return Ok(());
    }
    let (number, column) = source.line_and_column(range.start);
    let line = source.text.lines().nth(number - 1).unwrap_or_default();
    let left = (column - 1).saturating_sub(SHOWN.1);
    let shown: String = line.chars().skip(left).take(SHOWN.0).map(|c| if c == '\t' { ' ' } else { c }).collect();
    let gap = " ".repeat(number.to_string().len());
    let in_line =
        source.text.get(range.clone()).and_then(|text| text.lines().next()).map_or(1, |text| text.chars().count());
    let room = shown.chars().count().saturating_sub(column - 1 - left);
    let mark = "^".repeat(in_line.clamp(1, room.max(1)));
    writeln!(f, "{gap} |")?;
    writeln!(f, "{number} | {shown}")?;
    writeln!(f, "{gap} | {}{mark}", " ".repeat(column - 1 - left))
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.source.line_and_column(self.range.start);
        writeln!(f, "{}:{line}:{column}: {} [{}]", self.source.path.display(), self.message, self.code)?;
        excerpt(f, &self.source, &self.range)?;
        if let Some((source, range, message)) = &self.related {
            let (line, column) = source.line_and_column(range.start);
            writeln!(f, "{}:{line}:{column}: {message}", source.path.display())?;
            excerpt(f, source, range)?;
        }
        match &self.help {
            Some(help) => writeln!(f, "  = help: {help}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Problem::Mistakes(mistakes) => {
                let files = {
                    let mut files: Vec<_> = mistakes.iter().map(Mistake::path).collect();
                    files.sort();
                    files.dedup();
                    files.len()
                };
                let s = |count: usize| if count == 1 { "" } else { "s" };
                let count = mistakes.len();
                writeln!(f, "{count} mistake{} in {files} table document{}", s(count), s(files))?;
                mistakes.iter().try_for_each(|mistake| write!(f, "\n{mistake}"))
            }
            Problem::Io { path, doing, source } => write!(f, "{}: cannot {doing}: {source}", path.display()),
            Problem::Other(message) => f.write_str(message),
        }
    }
}

/// As `Display`, which is what a build script that returns the error prints.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            Problem::Io { source, .. } => Some(source),
            Problem::Mistakes(_) | Problem::Other(_) => None,
        }
    }
}
