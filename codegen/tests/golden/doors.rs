//! Both doors: a table document gives the tokens that the derive of the same table gives.

use std::collections::BTreeSet;

use syn::Item;
use synctable_codegen::configure;

use super::{cases, expanded, folder, known_options, options_in, source};

/// The cases that have documents beside their derives.
fn shared() -> impl Iterator<Item = String> {
    cases().into_iter().filter(|case| !documents(case).is_empty())
}

fn documents(case: &str) -> BTreeSet<std::path::PathBuf> {
    let files = std::fs::read_dir(folder(case)).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect()
}

/// The code without what only one door has: imports of derives, the check of the version.
fn items(text: &str) -> String {
    let mut file = syn::parse_file(text).unwrap();
    file.attrs.clear();
    file.items.retain(|item| match item {
        Item::Use(_) => false,
        Item::Macro(item) => !item.mac.path.segments.iter().any(|segment| segment.ident == "generated_by"),
        _ => true,
    });
    prettyplease::unparse(&file)
}

#[test]
fn both_doors_give_the_same_tokens() {
    assert!(shared().count() >= 4);
    let mut different = String::new();
    for case in shared() {
        let generated = configure().schemas(folder(&case)).generate().unwrap_or_else(|error| panic!("{case}: {error}"));
        let (document, derive) = (items(generated.text()), items(&expanded(source(&case))));
        // A macro's arguments are laid out by where their tokens came from.
        let tokens = |text: &str| text.split_whitespace().collect::<String>();
        if tokens(&document) != tokens(&derive) {
            let first = document.lines().zip(derive.lines()).position(|(left, right)| left != right);
            let near = |text: &str| -> Vec<String> {
                text.lines().skip(first.unwrap_or_default().saturating_sub(3)).take(8).map(str::to_owned).collect()
            };
            different += &format!("{case}: document {:#?}, derive {:#?}\n", near(&document), near(&derive));
        }
    }
    assert!(different.is_empty(), "{different}");
}

#[test]
fn every_attribute_has_a_case_of_both_doors() {
    // A skipped field is none of the table's, so that a document of the table has no word for it.
    const OF_DERIVES_ONLY: [&str; 1] = ["skip"];
    let seen = options_in(shared().map(|case| source(&case)));
    for (known, seen) in known_options().iter().zip(&seen) {
        let missing: Vec<_> = known.difference(seen).filter(|name| !OF_DERIVES_ONLY.contains(&name.as_str())).collect();
        assert_eq!(missing, Vec::<&String>::new(), "seen: {seen:?}");
    }
}
