//! Text of others made visible: what a browser would hide, or would let reorder what stands beside it, is written out.

use std::borrow::Cow;

/// A text without characters that hide or reorder others.
#[derive(Debug)]
pub(super) struct Visible<'a>(Cow<'a, str>);

impl<'a> Visible<'a> {
    /// Writes out what cannot be seen; line feeds and tabs stay.
    pub(super) fn of(text: &'a str) -> Self {
        if !text.contains(is_hidden) {
            return Self(Cow::Borrowed(text));
        }
        let mut out = String::with_capacity(text.len() + 8);
        for c in text.chars() {
            match c {
                c if !is_hidden(c) => out.push(c),
                '\u{0}'..='\u{1F}' => out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{FFFD}')),
                '\u{7F}' => out.push('\u{2421}'),
                c => out.push_str(&format!("⟨U+{:04X}⟩", u32::from(c))),
            }
        }
        Self(Cow::Owned(out))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn into_string(self) -> String {
        self.0.into_owned()
    }
}

fn is_hidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        c if c.is_control() => true,
        // Embeddings, overrides and isolates of direction.
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => true,
        // Characters without width, and line ends that are none on the screen; joiners are part of scripts and emoji.
        '\u{AD}' | '\u{200B}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' => true,
        '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}' => true,
        _ => false,
    }
}

/// The first characters of a text; `None` when it has no more.
pub(super) fn head(text: &str, characters: usize) -> Option<&str> {
    text.char_indices().nth(characters).map(|(end, _)| &text[..end])
}

/// A number with a narrow space between its thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{202F}');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_or_reorders_is_written_out() {
        for (text, seen) in [
            ("plain\n\ttext", "plain\n\ttext"),
            ("a\u{202E}cod.exe", "a⟨U+202E⟩cod.exe"),
            ("\u{0}\u{1B}[31m\r", "␀␛[31m␍"),
            ("\u{85}\u{7F}\u{FEFF}", "⟨U+0085⟩␡⟨U+FEFF⟩"),
            ("👨\u{200D}👩\u{200D}👧 नमस्ते שלום", "👨\u{200D}👩\u{200D}👧 नमस्ते שלום"),
        ] {
            assert_eq!(Visible::of(text).as_str(), seen);
        }
    }

    #[test]
    fn numbers_and_heads_are_cut_at_whole_characters() {
        assert_eq!(
            [grouped(7), grouped(1234), grouped(1_000_000)].map(|text| text.replace('\u{202F}', " ")),
            ["7", "1 234", "1 000 000"]
        );
        assert_eq!((head("äöü", 2), head("äöü", 3)), (Some("äö"), None));
    }
}
