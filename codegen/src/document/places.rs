//! Where the values of a JSON text stand: JSON pointer to range of bytes.

use std::collections::HashMap;
use std::ops::Range;

/// The ranges of all members and values of a text.
#[derive(Debug, Default)]
pub(super) struct Places {
    keys: HashMap<String, Range<usize>>,
    values: HashMap<String, Range<usize>>,
    duplicates: Vec<(String, Range<usize>, Range<usize>)>,
}

impl Places {
    /// Reads a text that serde_json has read before, so that only its shape is looked at.
    pub(super) fn of(text: &str) -> Self {
        let mut places = Self::default();
        Scanner { text: text.as_bytes(), at: 0, places: &mut places }.value(&mut String::new());
        places
    }

    /// The name of a member, quotes included; the value for what has no name, and the nearest value
    /// around for a pointer to nothing.
    pub(super) fn key(&self, pointer: &str) -> Range<usize> {
        self.keys.get(pointer).cloned().unwrap_or_else(|| self.value(pointer))
    }

    /// The value that a pointer names; the nearest value around it for a pointer to nothing.
    pub(super) fn value(&self, pointer: &str) -> Range<usize> {
        let mut pointer = pointer;
        loop {
            if let Some(range) = self.values.get(pointer) {
                return range.clone();
            }
            let Some(parent) = pointer.rfind('/') else { return 0..0 };
            pointer = &pointer[..parent];
        }
    }

    /// Whether something stands at a pointer.
    pub(super) fn has(&self, pointer: &str) -> bool {
        self.values.contains_key(pointer)
    }

    /// The names of the members of an object.
    pub(super) fn names_below(&self, pointer: &str) -> Vec<String> {
        let below = |key: &String| {
            let name = key.strip_prefix(pointer)?.strip_prefix('/')?;
            (!name.contains('/')).then(|| name.replace("~1", "/").replace("~0", "~"))
        };
        let mut names: Vec<_> = self.keys.keys().filter_map(below).collect();
        names.sort();
        names
    }

    /// Members that stand twice in one object: the pointer, the second name and the first.
    pub(super) fn duplicates(&self) -> &[(String, Range<usize>, Range<usize>)] {
        &self.duplicates
    }
}

/// Appends a member or an index to a pointer.
pub(super) fn child(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    places: &'a mut Places,
}

impl Scanner<'_> {
    fn peek(&mut self) -> u8 {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied().unwrap_or_default()
    }

    fn value(&mut self, pointer: &mut String) {
        let first = self.peek();
        let start = self.at;
        match first {
            b'{' => self.members(pointer, b'}'),
            b'[' => self.members(pointer, b']'),
            b'"' => {
                self.string();
            }
            _ => {
                while self.text.get(self.at).is_some_and(|c| !c.is_ascii_whitespace() && !b",]}".contains(c)) {
                    self.at += 1;
                }
            }
        }
        self.places.values.insert(pointer.clone(), start..self.at);
    }

    /// Reads an object or an array, from its opening to its closing mark.
    fn members(&mut self, pointer: &mut String, end: u8) {
        self.at += 1;
        let mut index = 0_usize;
        loop {
            match self.peek() {
                b',' => self.at += 1,
                0 => return,
                mark if mark == end => {
                    self.at += 1;
                    return;
                }
                _ => {
                    let before = pointer.len();
                    if end == b'}' {
                        let start = self.at;
                        *pointer = child(pointer, &self.string());
                        let range = start..self.at;
                        if let Some(first) = self.places.keys.insert(pointer.clone(), range.clone()) {
                            self.places.duplicates.push((pointer.clone(), range, first));
                        }
                        self.peek();
                        self.at += 1;
                    } else {
                        *pointer = child(pointer, &index.to_string());
                        index += 1;
                    }
                    self.value(pointer);
                    pointer.truncate(before);
                }
            }
        }
    }

    /// Reads a string, and gives what it says.
    fn string(&mut self) -> String {
        let start = self.at;
        self.at += 1;
        while let Some(c) = self.text.get(self.at) {
            match c {
                b'\\' => self.at += 2,
                b'"' => break,
                _ => self.at += 1,
            }
        }
        self.at = (self.at + 1).min(self.text.len());
        serde_json::from_slice(&self.text[start..self.at]).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_found() {
        let text = "{ \"a\": [1, {\"b~/\\n\": \"x,]}\\\"\"}], \"c\" : null, \"ü\":true }";
        let places = Places::of(text);
        let value = |pointer: &str| &text[places.value(pointer)];
        assert_eq!(value(""), text);
        assert_eq!(value("/a/0"), "1");
        assert_eq!(value("/a/1/b~0~1\n"), "\"x,]}\\\"\"");
        assert_eq!(value("/c"), "null");
        assert_eq!(value("/ü"), "true");
        assert_eq!(&text[places.key("/a/1/b~0~1\n")], "\"b~/\\n\"");
        assert_eq!(&text[places.key("/c")], "\"c\"");
        assert_eq!(value("/a/1/nothing/there"), value("/a/1"));
        assert!(places.duplicates().is_empty());
    }

    #[test]
    fn a_member_that_stands_twice_is_told() {
        let text = r#"{"a": {"b": 1, "b": 2}}"#;
        let places = Places::of(text);
        let [(pointer, second, first)] = places.duplicates() else { panic!("{places:?}") };
        assert_eq!((pointer.as_str(), second.clone(), first.clone()), ("/a/b", 15..18, 7..10));
    }
}
