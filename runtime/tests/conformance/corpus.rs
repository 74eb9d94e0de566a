//! Replays the corpus of the fuzz target of OData text, so that what it once found stays mended.

use std::path::Path;

use crate::odata_text::{self, Readable};

#[test]
fn the_corpus_of_the_fuzz_target_is_read_without_harm() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/odata_text");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        all.push((name, odata_text::read(&std::fs::read(&path).unwrap())));
    }
    let count = |is: fn(&Readable) -> bool| all.iter().filter(|(_, readable)| is(readable)).count();
    // A corpus that the reader refuses at its first character would show nothing.
    let counts =
        (count(|readable| readable.filter), count(|readable| readable.order), count(|readable| readable.query));
    assert!(counts.0 > 35 && counts.1 > 0 && counts.2 > 2, "{counts:?} of {} can be read", all.len());
    for (name, readable) in &all {
        let expected = match name.split_once('-') {
            Some(("literal", what)) => Some(!matches!(what, "instant-bad")),
            _ if name.ends_with("-beyond") => Some(false),
            _ => None,
        };
        assert!(expected.is_none_or(|expected| readable.filter == expected), "{name}: {readable:?}");
    }
}
