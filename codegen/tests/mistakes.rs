//! Every mistake of an input comes out, and no input panics.

use proc_macro2::TokenStream;
use synctable_codegen::{derive_column_subset, derive_column_value, derive_table};

fn errors(code: &TokenStream) -> usize {
    code.to_string().matches("compile_error").count()
}

/// Reads the text as the input of a derive.
fn tokens(text: &str) -> TokenStream {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Mistakes that a struct can have beside others, one a field.
const FIELDS: [&str; 12] = [
    "#[sync(renam = \"a\")] a: i32",
    "#[sync(rename = 1)] b: i32",
    "#[sync(rename = \"\")] c: i32",
    "#[sync(rename = \"__d\")] d: i32",
    "version: i32",
    "#[sync(system)] e: i32",
    "#[sync] f: i32",
    "#[sync(index index)] g: i32",
    "#[sync(skip, index)] h: i32",
    "#[sync(json, index)] i: i32",
    "#[sync(json, local)] j: i32",
    "#[sync(rename = \"k\", rename = \"l\")] k: i32",
];

#[test]
fn each_mistake_is_reported_beside_all_others() {
    for chosen in 0..1_u32 << FIELDS.len() {
        let fields: Vec<_> = (0..FIELDS.len()).filter(|bit| chosen >> bit & 1 == 1).map(|bit| FIELDS[bit]).collect();
        let code = derive_table(tokens(&format!("struct T {{ id: Id, {} }}", fields.join(", "))));
        assert_eq!(errors(&code), fields.len(), "{fields:?}: {code}");
    }
}

#[test]
fn beside_its_mistakes_an_input_has_its_impls() {
    let table = |code: &TokenStream| {
        let code = code.to_string();
        ["SyncTable for T ", "fn query ()", "fn pull", "fn purge ()"].iter().all(|part| code.contains(part))
    };
    for input in [
        "struct T { a: i32 }",
        "struct T { #[sync(renam = \"a\")] id: Id }",
        "#[sync(tabel = \"a\")] struct T { id: Id }",
        "struct T(Id);",
        "struct T;",
        "enum T { A }",
        "union T { id: Id }",
    ] {
        let code = derive_table(tokens(input));
        assert!(errors(&code) == 1 && table(&code), "{input}: {code}");
    }
    for input in ["struct T(A, B);", "struct T;", "enum T {}", "enum T { A(i32) }", "union T { a: A }"] {
        let code = derive_column_value(tokens(input));
        assert!(errors(&code) == 1 && code.to_string().contains("ColumnValue for T "), "{input}: {code}");
    }
    // What a field of which nothing is known would need is not asked for.
    let code = derive_table(tokens("struct T { id: Id, #[sync(jsn)] a: Unknown, b: String }")).to_string();
    assert!(!code.contains("CellForm < Unknown >") && code.contains("CellForm < String >"), "{code}");
    assert!(code.contains("a : :: synctable :: __private :: Column < T , Unknown >"), "{code}");
}

#[test]
fn no_input_panics() {
    let attributes = [
        "",
        "#[sync()]",
        "#[sync(,)]",
        "#[sync(=)]",
        "#[sync(crate = crate)]",
        "#[sync(default = {)})]",
        "#[sync(id)]",
        "#[sync(\"x\")]",
        "#[sync(r#crate = a)]",
        "#[serde]",
        "#[serde(rename)]",
        "#[serde(rename_all = \"x\")]",
        "#[serde(rename(serialize))]",
        "#[sync(rename = \"\\u{0}\")]",
        "#[sync(other)]",
        "#[sync(rename_all = \"é\")]",
        "#[sync(of = T)]",
        "#[sync(of = 1)]",
        "#[sync(of = T, of)]",
        "#[sync(on_insert)]",
        "#[sync(on_insert())]",
        "#[sync(on_insert(a))]",
        "#[sync(on_insert(a = b))]",
        "#[sync(on_insert(a = -\"b\", b = 1e999, 3 = 4))]",
        "#[sync(on_insert(a = 99999999999999999999, crate = 1u8))]",
        "#[sync(narrow, on_insert(\"\" = 1), local())]",
    ];
    let shapes = [
        "",
        "fn f() {}",
        "struct T",
        "struct T;",
        "struct T {}",
        "struct T();",
        "struct T(A);",
        "struct T<'a, const N: usize>(A);",
        "struct T { é: A }",
        "struct T { r#id: Id, __: B, _a_: C }",
        "enum T {}",
        "enum T { A, B(String), C { d: E } }",
        "enum T { A = 1 }",
        "union T { a: A }",
        "struct T where { id: Id }",
    ];
    for attribute in attributes.iter().filter_map(|attribute| attribute.parse::<TokenStream>().ok()) {
        for shape in shapes.map(tokens) {
            let mut input = attribute.clone();
            input.extend(shape.clone());
            for derive in [derive_table, derive_column_value, derive_column_subset] {
                assert!(syn::parse2::<syn::File>(derive(input.clone())).is_ok(), "{input}");
            }
        }
        // The same on a field and on a variant.
        for text in [
            "struct T {{ id: Id, {} a: A }}",
            "struct T({} A);",
            "enum T {{ {} A, B }}",
            "enum T {{ {} A(String), B }}",
        ] {
            let input = text.replace("{}", &attribute.to_string()).replace("{{", "{").replace("}}", "}");
            for derive in [derive_table, derive_column_value, derive_column_subset] {
                assert!(syn::parse2::<syn::File>(derive(tokens(&input))).is_ok(), "{input}");
            }
        }
    }
}

#[test]
fn a_table_without_mistakes_has_no_error() {
    assert_eq!(errors(&derive_table(tokens("struct T { id: Id, a: i32 }"))), 0);
    assert_eq!(errors(&derive_column_value(tokens("struct T(i32);"))), 0);
    assert_eq!(errors(&derive_column_subset(tokens("#[sync(of = T)] struct S { a: i32 }"))), 0);
}

/// Mistakes in the constants of inserts, one a constant.
const CONSTANTS: [&str; 10] = [
    "a = 1",
    "A_ = 1",
    "version = 1",
    "\"\" = 1",
    "id = 1",
    "c = 1e999",
    "d = 99999999999999999999",
    "e = b\"bytes\"",
    "f = 1u8",
    "g = -\"text\"",
];

#[test]
fn each_mistake_in_a_constant_is_reported_beside_all_others() {
    for chosen in 0..1_u32 << CONSTANTS.len() {
        let constants: Vec<_> =
            (0..CONSTANTS.len()).filter(|bit| chosen >> bit & 1 == 1).map(|bit| CONSTANTS[bit]).collect();
        let input = format!("#[sync(on_insert(a_ = 1, {}))] struct T {{ id: Id, a: i32 }}", constants.join(", "));
        let code = derive_table(tokens(&input));
        // Three of them name a second place.
        let places = constants.iter().filter(|constant| ["a = 1", "A_ = 1", "id = 1"].contains(constant)).count();
        assert_eq!(errors(&code), constants.len() + places, "{constants:?}: {code}");
    }
}
