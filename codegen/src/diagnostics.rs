//! The collector of all mistakes of one input, each at its place.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

/// Where a mistake is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// Tokens of Rust source.
    Source(Span),
    /// Bytes of a table document.
    #[cfg(feature = "schema")]
    Document {
        /// The number of the file among those read.
        file: usize,
        /// The first byte.
        start: usize,
        /// The byte after the last.
        end: usize,
    },
}

impl Place {
    /// The tokens to which generated code and compile errors of this place point.
    pub(crate) fn span(self) -> Span {
        match self {
            Self::Source(span) => span,
            #[cfg(feature = "schema")]
            Self::Document { .. } => Span::call_site(),
        }
    }

    /// Picks what to write instead: an attribute in Rust source, a keyword in a document.
    #[cfg_attr(not(feature = "schema"), allow(unused_variables))]
    pub(crate) fn hint<'a>(self, attribute: &'a str, keyword: &'a str) -> &'a str {
        match self {
            Self::Source(_) => attribute,
            #[cfg(feature = "schema")]
            Self::Document { .. } => keyword,
        }
    }
}

impl From<Span> for Place {
    fn from(span: Span) -> Self {
        Self::Source(span)
    }
}

/// One mistake: what is wrong, what to write instead, and where.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub(crate) place: Place,
    /// The rule's stable name.
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// What to write instead, where the message does not say it.
    pub(crate) help: Option<String>,
    pub(crate) related: Option<(Place, String)>,
}

impl Mistake {
    pub(crate) fn new(place: impl Into<Place>, message: impl Into<String>) -> Self {
        Self { place: place.into(), code: "invalid", message: message.into(), help: None, related: None }
    }

    /// Says what to write instead.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Names a second place that the mistake is about.
    pub(crate) fn related(mut self, place: impl Into<Place>, message: impl Into<String>) -> Self {
        self.related = Some((place.into(), message.into()));
        self
    }
}

/// All mistakes of an input.
///
/// Invariant: [`finish`](Self::finish) ends its life, so that no mistake is lost on the way.
#[derive(Debug, Default)]
#[must_use]
pub(crate) struct Diagnostics {
    mistakes: Vec<Mistake>,
    code: Option<&'static str>,
    finished: bool,
}

impl Diagnostics {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Gives the mistakes that come from here on the name of a rule.
    pub(crate) fn under(&mut self, code: &'static str) -> &mut Self {
        self.code = Some(code);
        self
    }

    pub(crate) fn push(&mut self, mut mistake: Mistake) {
        mistake.code = self.code.unwrap_or(mistake.code);
        self.mistakes.push(mistake);
    }

    /// Adds a mistake.
    pub(crate) fn error(&mut self, place: impl Into<Place>, message: impl Into<String>) {
        self.push(Mistake::new(place, message));
    }

    /// Whether there was no mistake so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.mistakes.is_empty()
    }

    /// Adds a mistake with what to write instead.
    pub(crate) fn advise(&mut self, place: impl Into<Place>, message: impl Into<String>, help: impl Into<String>) {
        self.push(Mistake::new(place, message).help(help));
    }

    /// Gives `value` if there was no mistake.
    pub(crate) fn finish<T>(mut self, value: T) -> Result<T, Mistakes> {
        self.finished = true;
        let mistakes = std::mem::take(&mut self.mistakes);
        if mistakes.is_empty() { Ok(value) } else { Err(Mistakes(mistakes)) }
    }

    /// Gives the mistakes, if there was one.
    pub(crate) fn into_mistakes(self) -> Option<Mistakes> {
        self.finish(()).err()
    }

    /// The number of mistakes so far.
    pub(crate) fn count(&self) -> usize {
        self.mistakes.len()
    }
}

impl Drop for Diagnostics {
    fn drop(&mut self) {
        if cfg!(debug_assertions) && !self.finished && !std::thread::panicking() {
            panic!("diagnostics dropped without `finish`: {:?}", self.mistakes);
        }
    }
}

/// The mistakes of an input that has at least one.
#[derive(Debug)]
pub(crate) struct Mistakes(pub(crate) Vec<Mistake>);

impl Mistakes {
    /// The mistakes as compile errors, one a place.
    pub(crate) fn to_compile_errors(&self) -> TokenStream {
        let error =
            |place: Place, message: &str| quote_spanned! { place.span() => ::core::compile_error! { #message } };
        self.0
            .iter()
            .flat_map(|mistake| {
                let related = mistake.related.as_ref().map(|(place, message)| error(*place, message));
                let message = match &mistake.help {
                    Some(help) => format!("{}; {help}", mistake.message),
                    None => mistake.message.clone(),
                };
                std::iter::once(error(mistake.place, &message)).chain(related)
            })
            .collect()
    }
}

/// The candidate that a misspelt word most likely meant, if any is near.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1) + 1;
    candidates
        .into_iter()
        .map(|candidate| (distance(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= limit)
        .map(|(_, candidate)| candidate)
}

/// Counts the characters to insert, delete or replace to get from one word to the other.
pub(crate) fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, from) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, to) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "diagnostics dropped without `finish`")]
    fn a_dropped_collector_panics() {
        let mut diagnostics = Diagnostics::new();
        diagnostics.error(Span::call_site(), "lost");
    }

    #[test]
    fn every_mistake_comes_out() {
        let mut diagnostics = Diagnostics::new();
        diagnostics.error(Span::call_site(), "one");
        diagnostics.push(Mistake::new(Span::call_site(), "two").related(Span::call_site(), "and there"));
        let mistakes = diagnostics.finish(()).unwrap_err();
        let errors = mistakes.to_compile_errors().to_string();
        for message in ["\"one\"", "\"two\"", "\"and there\""] {
            assert!(errors.contains(message), "{errors}");
        }
        assert_eq!(errors.matches("compile_error").count(), 3);
        assert!(Diagnostics::new().into_mistakes().is_none());
        assert!(Diagnostics::new().finish(7).is_ok_and(|value| value == 7));
    }

    #[test]
    fn the_nearest_word_is_found_and_a_far_one_is_not() {
        let words = ["rename", "rename_all", "table", "route", "local"];
        assert_eq!(nearest("renam", words), Some("rename"));
        assert_eq!(nearest("tabel", words), Some("table"));
        assert_eq!(nearest("renameAll", words), Some("rename_all"));
        assert_eq!(nearest("colour", words), None);
        assert_eq!(nearest("Knid", ["Point", "Kind"]), Some("Kind"));
    }
}
