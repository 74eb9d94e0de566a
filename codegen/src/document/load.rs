//! Files to documents: reads each once, follows `$ref` and collects all mistakes of all files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use super::disk::{Unreadable, normal, read_text};
use super::documents::Documents;
use super::file::{Schema, TableDocument};
use super::keywords::{KEYWORDS, SYNC, is_keyword, is_near_sync};
use super::places::{Places, child};
use crate::diagnostics::{Diagnostics, Mistake, Mistakes, Place, nearest};
use crate::error::{self, Error, Source};

/// A place in a file: where a schema that is being read stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct At {
    pub(super) file: usize,
    pub(super) pointer: String,
}

impl At {
    pub(super) fn child(&self, token: &str) -> Self {
        Self { file: self.file, pointer: child(&self.pointer, token) }
    }

    pub(super) fn index(&self, token: &str, index: usize) -> Self {
        self.child(token).child(&index.to_string())
    }
}

/// The most mistakes of form that are told of one schema at once.
const MAX_FORM: usize = 200;

/// All files read so far, and the mistakes in them.
#[derive(Debug, Default)]
pub(super) struct Library {
    files: Vec<LoadedFile>,
    pub(super) diagnostics: Diagnostics,
}

#[derive(Debug)]
struct LoadedFile {
    /// The one name of the file, however it is referred to.
    identity: PathBuf,
    source: Arc<Source>,
    places: Places,
    /// Whether the text is JSON; mistakes of a text that is not are reported once.
    is_json: bool,
    /// Pointers whose mistakes of form have been reported.
    reported: BTreeSet<String>,
}

impl Library {
    /// Reads a file once.
    fn open(&mut self, path: &Path) -> Result<usize, Unreadable> {
        let identity = fs::canonicalize(path).unwrap_or_else(|_| normal(path));
        if let Some(known) = self.files.iter().position(|file| file.identity == identity) {
            return Ok(known);
        }
        let text = read_text(path)?;
        Ok(self.add(identity, path.to_owned(), text))
    }

    /// Opens a document; one that cannot be read is a mistake beside those of the others.
    pub(super) fn root(&mut self, path: &Path) -> usize {
        self.open(path).unwrap_or_else(|Unreadable { code, message, help }| {
            let source = Arc::new(Source { path: path.to_owned(), text: String::new() });
            let (identity, places, reported) = (normal(path), Places::default(), BTreeSet::new());
            let file = self.files.len();
            self.files.push(LoadedFile { identity, source, places, is_json: false, reported });
            self.error(code, Place::Document { file, start: 0, end: 0 }, message, help);
            file
        })
    }

    pub(super) fn add(&mut self, identity: PathBuf, path: PathBuf, text: String) -> usize {
        let text = text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned);
        let file = self.files.len();
        let parsed = serde_json::from_str::<Value>(&text);
        let places = if parsed.is_ok() { Places::of(&text) } else { Places::default() };
        self.diagnostics.under("json");
        match &parsed {
            Ok(_) => {
                for (pointer, second, first) in places.duplicates() {
                    let name = pointer.rsplit('/').next().unwrap_or_default();
                    let place =
                        |range: &std::ops::Range<usize>| Place::Document { file, start: range.start, end: range.end };
                    self.diagnostics.push(
                        Mistake::new(place(second), format!("`{name}` stands twice in one object"))
                            .help("take one of them away: JSON readers keep only one")
                            .related(place(first), "the first one is here"),
                    );
                }
            }
            Err(error) => {
                let start = offset(&text, error.line(), error.column());
                let end = text[start..].chars().next().map_or(start, |c| start + c.len_utf8());
                let message = error.to_string();
                let message = message.split(" at line ").next().unwrap_or(&message);
                self.diagnostics.push(
                    Mistake::new(Place::Document { file, start, end }, format!("no JSON: {message}"))
                        .help("JSON has neither comments nor a comma behind the last member"),
                );
            }
        }
        let source = Arc::new(Source { path, text });
        let is_json = parsed.is_ok();
        self.files.push(LoadedFile { identity, source, places, is_json, reported: BTreeSet::new() });
        file
    }

    pub(super) fn documents(mut self, roots: &[usize]) -> (Vec<PathBuf>, Result<Documents, Error>) {
        let mut roots_read = Vec::new();
        for &file in roots {
            let at = At { file, pointer: String::new() };
            if let Some(document) = self.typed::<TableDocument>(&at) {
                roots_read.push((at, document));
            }
        }
        let (tables, types) = super::read::all(&mut self, roots_read);
        super::lower::check(&mut self, &tables, &types);
        let inputs: Vec<_> = self.files.iter().map(|file| file.source.path.clone()).collect();
        let files: Vec<_> = self.files.iter().map(|file| Arc::clone(&file.source)).collect();
        let documents = self
            .diagnostics
            .finish(Documents { tables, types, inputs: inputs.clone() })
            .map_err(|Mistakes(mistakes)| Error::mistakes_of(public(&files, mistakes)));
        (inputs, documents)
    }

    /// The name of a member, for mistakes about what it is called.
    pub(super) fn key(&self, at: &At) -> Place {
        let range = self.files[at.file].places.key(&at.pointer);
        Place::Document { file: at.file, start: range.start, end: range.end }
    }

    /// A value, for mistakes about what it says.
    pub(super) fn value(&self, at: &At) -> Place {
        let range = self.files[at.file].places.value(&at.pointer);
        Place::Document { file: at.file, start: range.start, end: range.end }
    }

    /// The JSON at a place; null if nothing stands there.
    pub(super) fn json(&self, at: &At) -> Value {
        let LoadedFile { source, places, .. } = &self.files[at.file];
        let text = places.has(&at.pointer).then(|| &source.text[places.value(&at.pointer)]);
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// Whether something stands at a place.
    pub(super) fn has(&self, at: &At) -> bool {
        self.files[at.file].places.has(&at.pointer)
    }

    /// The file's name without folder and ending.
    pub(super) fn stem(&self, file: usize) -> String {
        let path = &self.files[file].source.path;
        path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    pub(super) fn error(
        &mut self,
        code: &'static str,
        place: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.diagnostics.under(code).push(Mistake::new(place, message).help(help));
    }

    /// Reads what stands at a place as a type; mistakes of form are reported, each at its place.
    fn typed<T: DeserializeOwned>(&mut self, at: &At) -> Option<T> {
        let LoadedFile { source, places, is_json, .. } = &self.files[at.file];
        if !is_json {
            return None;
        }
        let text = &source.text[places.value(&at.pointer)];
        if at.pointer.is_empty() && !text.starts_with('{') {
            let help = "write the JSON Schema of one row: `{ \"title\": …, \"properties\": { … } }`";
            self.error("form", self.value(at), "a table document is a JSON object", help);
            return None;
        }
        let mut from_text = serde_json::Deserializer::from_str(text);
        if let Ok(read) = serde_path_to_error::deserialize(&mut from_text) {
            self.unknown_keywords(at);
            return Some(read);
        }
        let mut tree: Value = serde_json::from_str(text).unwrap_or_default();
        self.unknown_keywords(at);
        // Each mistake means another look at the whole text.
        for _ in 0..MAX_FORM {
            match serde_path_to_error::deserialize::<_, T>(&tree) {
                Ok(read) => return Some(read),
                Err(error) => {
                    let mut pointer = String::new();
                    for segment in error.path().iter() {
                        pointer = match segment {
                            Segment::Map { key } | Segment::Enum { variant: key } => child(&pointer, key),
                            Segment::Seq { index } => child(&pointer, &index.to_string()),
                            Segment::Unknown => pointer,
                        };
                    }
                    let place = At { file: at.file, pointer: format!("{}{pointer}", at.pointer) };
                    self.form(&place, &error.inner().to_string());
                    // The rest is read without it, so that all mistakes come out in one run.
                    if pointer.is_empty() || !remove(&mut tree, &pointer) {
                        return None;
                    }
                }
            }
        }
        None
    }

    /// Reports a value that has not the form of its keyword.
    fn form(&mut self, at: &At, message: &str) {
        if !self.files[at.file].reported.insert(at.pointer.clone()) {
            return;
        }
        let (message, _) = message.split_once(" at line ").unwrap_or((message, ""));
        let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`'));
        if let Some((name, rest)) = unknown {
            let known: Vec<_> = rest.split('`').skip(1).step_by(2).collect();
            let help = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("`x-sync` has here: {}", known.join(", ")),
            };
            return self.error("unknown-keyword", self.key(at), format!("unknown keyword `{name}`"), help);
        }
        if let Some(name) = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
            let help = format!("add `\"{name}\": …`");
            return self.error("missing-keyword", self.value(at), format!("`{name}` is missing"), help);
        }
        // serde counts in the types of Rust.
        let message = ["u64", "usize"].iter().fold(message.to_owned(), |message, name| {
            message.replace(&format!("expected {name}"), "expected a whole number that is not negative")
        });
        let help = "see what `schemas/meta/table.schema.json` has for this keyword";
        self.error("form", self.value(at), message, help);
    }

    /// Reports keywords that are near to one that means something, and mean nothing themselves.
    fn unknown_keywords(&mut self, at: &At) {
        let LoadedFile { source, places, .. } = &self.files[at.file];
        let tree: Value = serde_json::from_str(&source.text[places.value(&at.pointer)]).unwrap_or_default();
        let mut found = Vec::new();
        super::read::schemas_in(&tree, &at.pointer, &mut |pointer, schema| {
            for name in schema.keys().filter(|name| !is_keyword(name)) {
                let near = if is_near_sync(name) { Some(SYNC) } else { nearest(name, KEYWORDS) };
                found.extend(near.map(|near| (child(pointer, name), name.clone(), near)));
            }
        });
        for (pointer, name, near) in found {
            if self.files[at.file].reported.insert(pointer.clone()) {
                let place = self.key(&At { file: at.file, pointer });
                self.error(
                    "unknown-keyword",
                    place,
                    format!("unknown keyword `{name}`"),
                    format!("did you mean `{near}`?"),
                );
            }
        }
    }

    /// Follows `$ref` until a schema that has none; reports what leads nowhere or in a circle.
    pub(super) fn resolve(&mut self, mut schema: Schema, mut at: At) -> Option<(Schema, At)> {
        let mut seen = BTreeSet::new();
        while let Some(reference) = schema.0.reference.take() {
            let place = at.child("$ref");
            if !seen.insert(at.clone()) {
                let help = "give the type one place that does not refer back";
                self.error(
                    "ref-loop",
                    self.value(&place),
                    format!("`$ref` to `{reference}` comes back to itself"),
                    help,
                );
                return None;
            }
            at = self.target(&reference, &place)?;
            schema = self.typed(&at)?;
        }
        Some((schema, at))
    }

    fn target(&mut self, reference: &str, place: &At) -> Option<At> {
        let (path, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        if path.contains("://") {
            let help = "copy the schema into a file of the folder: documents are read without a network";
            self.error("ref", self.value(place), format!("`$ref` to the address `{path}`"), help);
            return None;
        }
        let file = if path.is_empty() {
            place.file
        } else {
            let folder = self.files[place.file].source.path.parent().map(Path::to_owned).unwrap_or_default();
            let path = normal(&folder.join(percent_decoded(path)));
            match self.open(&path) {
                Ok(file) => file,
                Err(Unreadable { message, .. }) => {
                    let help = "the path is relative to the folder of the document";
                    let message = format!("`$ref` leads to no document: {}: {message}", path.display());
                    self.error("ref", self.value(place), message, help);
                    return None;
                }
            }
        };
        let pointer = percent_decoded(fragment);
        let at = At { file, pointer };
        let LoadedFile { places, is_json, .. } = &self.files[file];
        if *is_json && !places.has(&at.pointer) {
            let known: Vec<String> = places.names_below(at.pointer.rsplit_once('/').map_or("", |(parent, _)| parent));
            let name = at.pointer.rsplit('/').next().unwrap_or_default();
            let help = match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write `#/$defs/Name` for a type of this file".to_owned(),
            };
            self.error("ref", self.value(place), format!("`$ref` to `{reference}`, where nothing stands"), help);
            return None;
        }
        Some(at)
    }
}

fn public(files: &[Arc<Source>], mut mistakes: Vec<Mistake>) -> Vec<error::Mistake> {
    let place = |place: Place| match place {
        Place::Document { file, start, end } => Some((file, start..end)),
        Place::Source(_) => None,
    };
    // By file and place, so that the order does not depend on which rule found what.
    mistakes.sort_by_key(|mistake| place(mistake.place).map(|(file, range)| (file, range.start)));
    // A type is read for each column that refers to it, and wrong only once.
    let mut seen = BTreeSet::new();
    mistakes.retain(|mistake| {
        let at = place(mistake.place).map(|(file, range)| (file, range.start, range.end));
        seen.insert((at, mistake.code, mistake.message.clone()))
    });
    mistakes
        .into_iter()
        .map(|mistake| {
            let (file, range) = place(mistake.place).unwrap_or((0, 0..0));
            error::Mistake {
                source: Arc::clone(&files[file]),
                range,
                code: mistake.code,
                message: mistake.message,
                help: mistake.help,
                related: mistake.related.and_then(|(related, message)| {
                    place(related).map(|(file, range)| (Arc::clone(&files[file]), range, message))
                }),
            }
        })
        .collect()
}

/// The byte of a line and column of serde_json, which count from 1 and bytes.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut at = (start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Takes away what a pointer names.
fn remove(tree: &mut Value, pointer: &str) -> bool {
    let Some((parent, token)) = pointer.rsplit_once('/') else { return false };
    let token = token.replace("~1", "/").replace("~0", "~");
    match tree.pointer_mut(parent) {
        Some(Value::Object(members)) => members.remove(&token).is_some(),
        // Without the item the places of those behind it would be wrong, so the whole list goes.
        Some(Value::Array(_)) => remove(tree, parent),
        _ => false,
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail
            .get(..2)
            .filter(|hex| hex.iter().all(u8::is_ascii_hexdigit))
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match hex {
            Some(byte) if first == b'%' => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
