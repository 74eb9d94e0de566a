//! Text as PostgreSQL holds it, which has no U+0000.
//!
//! U+0000 and U+0001 are held as U+0001 followed by a character that no text has by the rules of Unicode. Texts keep their order and tell
//! each other apart as before, one that begins another still does, and the SQL functions count such a pair as one character.

use std::borrow::Cow;

const ESCAPE: char = '\u{1}';
const NUL: char = '\u{fffe}';
const ONE: char = '\u{ffff}';

/// Returns what PostgreSQL holds for a text.
pub(super) fn held(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte < 2) {
        return text.into();
    }
    let mut held = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\0' => held.extend([ESCAPE, NUL]),
            ESCAPE => held.extend([ESCAPE, ONE]),
            other => held.push(other),
        }
    }
    held.into()
}

/// Returns the text that PostgreSQL holds.
pub(super) fn meant(held: &str) -> Cow<'_, str> {
    if !held.contains(ESCAPE) {
        return held.into();
    }
    let mut text = String::with_capacity(held.len());
    let mut characters = held.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            (ESCAPE, Some(&NUL)) => {
                characters.next();
                text.push('\0');
            }
            (ESCAPE, Some(&ONE)) => {
                characters.next();
                text.push(ESCAPE);
            }
            // What another program wrote may be otherwise.
            (other, _) => text.push(other),
        }
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text() -> impl Strategy<Value = String> {
        prop::collection::vec(prop::sample::select(vec!['\0', '\u{1}', '\u{2}', 'a', 'ż', '🥛', '\u{fffd}']), 0..6)
            .prop_map(String::from_iter)
    }

    proptest! {
        #[test]
        fn texts_come_back_and_keep_their_order(a in text(), b in text()) {
            prop_assert!(!held(&a).contains('\0'));
            let back = meant(&held(&a)).into_owned();
            prop_assert_eq!(&back, &a);
            prop_assert_eq!(held(&a).cmp(&held(&b)), a.cmp(&b));
            prop_assert_eq!(held(&a).starts_with(&*held(&b)), a.starts_with(&b));
        }
    }
}
