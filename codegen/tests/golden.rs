//! The code that the generator writes, as golden files that `compiled.rs` compiles.
//!
//! `SYNCTABLE_BLESS=1 cargo test -p synctable-codegen --test golden` writes them anew.

// What is outside a test function here is still only run by one.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::{Attribute, Item, UseTree};
use synctable_codegen::{derive_column_subset, derive_column_value, derive_table};

const DERIVES: [&str; 3] = ["SyncTable", "ColumnValue", "ColumnSubset"];

#[path = "golden/doors.rs"]
mod doors;

/// The names of the cases.
fn cases() -> BTreeSet<String> {
    let folders = fs::read_dir(folder("")).unwrap();
    folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn folder(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(case)
}

fn source(case: &str) -> syn::File {
    let path = folder(case).join("derive.rs");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn attributes(item: &mut Item) -> Option<&mut Vec<Attribute>> {
    match item {
        Item::Struct(item) => Some(&mut item.attrs),
        Item::Enum(item) => Some(&mut item.attrs),
        _ => None,
    }
}

/// The file with each of our derives replaced by what it writes.
fn expanded(mut file: syn::File) -> String {
    let mut items = Vec::new();
    for mut item in file.items {
        let input = item.to_token_stream();
        let mut code = TokenStream::new();
        for attribute in attributes(&mut item).into_iter().flatten().filter(|attr| attr.path().is_ident("derive")) {
            let mut others = Vec::new();
            attribute
                .parse_nested_meta(|derive| {
                    match derive.path.get_ident().map(ToString::to_string).as_deref().unwrap_or_default() {
                        "SyncTable" => code.extend(derive_table(input.clone())),
                        "ColumnValue" => code.extend(derive_column_value(input.clone())),
                        "ColumnSubset" => code.extend(derive_column_subset(input.clone())),
                        _ => others.push(derive.path),
                    }
                    Ok(())
                })
                .unwrap();
            *attribute = syn::parse_quote!(#[derive(#(#others),*)]);
        }
        strip(&mut item);
        if let Item::Use(import) = &mut item
            && !strip_import(&mut import.tree)
        {
            continue;
        }
        items.push(item);
        items.extend(syn::parse2::<syn::File>(code).unwrap().items);
    }
    file.items = items;
    prettyplease::unparse(&file)
}

/// Takes `#[sync(..)]` away.
fn strip(item: &mut Item) {
    let keep = |attributes: &mut Vec<Attribute>| {
        attributes.retain(|attribute| !attribute.path().is_ident("sync"));
    };
    if let Some(attributes) = attributes(item) {
        keep(attributes);
    }
    match item {
        Item::Struct(item) => item.fields.iter_mut().for_each(|field| keep(&mut field.attrs)),
        Item::Enum(item) => item.variants.iter_mut().for_each(|variant| keep(&mut variant.attrs)),
        _ => {}
    }
}

/// Takes the names away that only the derives use; tells whether any other is left.
fn strip_import(tree: &mut UseTree) -> bool {
    match tree {
        UseTree::Path(path) => strip_import(&mut path.tree),
        UseTree::Group(group) => {
            let names = std::mem::take(&mut group.items).into_iter();
            group.items = names.filter_map(|mut tree| strip_import(&mut tree).then_some(tree)).collect();
            !group.items.is_empty()
        }
        UseTree::Name(name) => !DERIVES.iter().any(|derive| name.ident == *derive),
        UseTree::Rename(_) | UseTree::Glob(_) => true,
    }
}

#[test]
fn expansions_equal_the_golden_files() {
    let bless = env::var_os("SYNCTABLE_BLESS").is_some();
    for case in cases() {
        let path = folder(&case).join("expected.rs");
        let came = format!("//! What the generator writes for `derive.rs`.\n\n{}", expanded(source(&case)));
        if bless {
            fs::write(&path, &came).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            came == expected,
            "{case}: the expansion is not that of {}; if it is right, set SYNCTABLE_BLESS=1:\n{came}",
            path.display()
        );
    }
}

/// The options that the grammar has, as its message for an unknown one lists them.
fn options(input: &TokenStream, expand: fn(TokenStream) -> TokenStream) -> BTreeSet<String> {
    let error = expand(input.clone()).to_string();
    let (_, list) = error.split_once(" has ").unwrap_or_else(|| panic!("no list of options in {error}"));
    let (list, _) = list.split_once('"').unwrap_or_else(|| panic!("no end of the list in {error}"));
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The options on structs and enums, and those on fields and variants, that sources use.
fn options_in(sources: impl IntoIterator<Item = syn::File>) -> [BTreeSet<String>; 2] {
    let mut on_containers = BTreeSet::new();
    let mut on_parts = BTreeSet::new();
    for item in sources.into_iter().flat_map(|source| source.items) {
        let names = |attributes: &[Attribute], seen: &mut BTreeSet<String>| {
            for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("sync")) {
                // `crate` is no path of a `Meta`, so the names are read as what stands at the start
                // and after each comma.
                let mut at_start = true;
                for token in attribute.meta.require_list().unwrap().tokens.clone() {
                    if at_start {
                        seen.insert(token.to_string());
                    }
                    at_start = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',');
                }
            }
        };
        match &item {
            Item::Struct(item) => {
                names(&item.attrs, &mut on_containers);
                item.fields.iter().for_each(|field| names(&field.attrs, &mut on_parts));
            }
            Item::Enum(item) => {
                names(&item.attrs, &mut on_containers);
                item.variants.iter().for_each(|variant| names(&variant.attrs, &mut on_parts));
            }
            _ => {}
        }
    }
    [on_containers, on_parts]
}

/// The options that the grammar has: on structs and enums, and on fields and variants.
fn known_options() -> [BTreeSet<String>; 2] {
    let unknown = quote!(zzzzzzzzzzzz);
    let mut expected_on_containers = options(
        &quote!(
            #[sync(#unknown)]
            struct A {
                id: Id,
            }
        ),
        derive_table,
    );
    expected_on_containers.extend(options(
        &quote!(
            #[sync(#unknown)]
            struct A(i32);
        ),
        derive_column_value,
    ));
    expected_on_containers.extend(options(
        &quote!(
            #[sync(of = B, #unknown)]
            struct A {
                id: Id,
            }
        ),
        derive_column_subset,
    ));
    let mut expected_on_parts = options(
        &quote!(
            struct A {
                #[sync(#unknown)]
                id: Id,
            }
        ),
        derive_table,
    );
    expected_on_parts.extend(options(
        &quote!(
            enum A {
                #[sync(#unknown)]
                B,
            }
        ),
        derive_column_value,
    ));
    assert!(expected_on_containers.len() >= 5 && expected_on_parts.len() >= 10, "{expected_on_parts:?}");
    [expected_on_containers, expected_on_parts]
}

#[test]
fn every_attribute_has_a_case() {
    let seen = options_in(cases().iter().map(|case| source(case)));
    for (known, seen) in known_options().iter().zip(&seen) {
        assert_eq!(known.difference(seen).collect::<Vec<_>>(), Vec::<&String>::new(), "seen: {seen:?}");
    }
}
