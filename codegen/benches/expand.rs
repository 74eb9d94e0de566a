//! What the generator costs: expansion at 1, 10 and 200 columns, and a folder of 100 documents.
//!
//! `cargo bench -p synctable-codegen` prints the figures.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use proc_macro2::TokenStream;
use synctable_codegen::{configure, derive_table};

/// The columns of both doors, over and over: field, type, schema.
const KINDS: [(&str, &str, &str); 10] = [
    ("title", "String", r#"{ "type": "string", "maxLength": 200 }"#),
    ("note", "Option<String>", r#"{ "type": ["string", "null"] }"#),
    ("complete", "bool", r#"{ "type": "boolean", "default": false }"#),
    ("amount", "i32", r#"{ "type": "integer", "format": "int32", "minimum": 0 }"#),
    ("size", "i64", r#"{ "type": "integer" }"#),
    ("ratio", "f64", r#"{ "type": "number" }"#),
    (
        "due",
        "Option<Timestamp>",
        r#"{ "type": ["string", "null"], "format": "date-time", "x-sync": { "index": true } }"#,
    ),
    ("price", "Decimal", r#"{ "type": "number", "format": "decimal" }"#),
    ("day", "Date", r#"{ "type": "string", "format": "date" }"#),
    ("tags", "Vec<String>", r#"{ "type": "array", "items": { "type": "string" }, "default": [] }"#),
];

fn columns(count: usize) -> impl Iterator<Item = (String, &'static str, &'static str)> {
    (0..count).map(|place| {
        let (name, ty, schema) = KINDS[place % KINDS.len()];
        (format!("{name}{place}"), ty, schema)
    })
}

fn item(count: usize) -> String {
    let mut text = "struct Table { id: Id,".to_owned();
    for (name, ty, _) in columns(count) {
        let json = if ty.starts_with("Vec") { "#[sync(json)] " } else { "" };
        let _ = write!(text, "{json}{name}: {ty},");
    }
    text + "}"
}

fn document(title: &str, count: usize) -> String {
    let mut text = format!(r#"{{ "title": "{title}", "type": "object", "properties": {{ "id": {{ "type": "string" }}"#);
    let mut required = String::new();
    for (name, ty, schema) in columns(count) {
        let _ = write!(text, r#", "{name}": {schema}"#);
        if !ty.starts_with("Option") {
            let _ = write!(required, r#", "{name}""#);
        }
    }
    text + &format!(r#" }}, "required": ["id"{required}] }}"#)
}

/// The median of the times of a few runs.
fn median(runs: usize, mut run: impl FnMut()) -> Duration {
    let mut times: Vec<_> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[runs / 2]
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("| what | median |\n|---|---|");
    for count in [1, 10, 200] {
        let tokens: TokenStream = item(count).parse()?;
        let time = median(51, || drop(black_box(derive_table(tokens.clone()))));
        println!("| derive of {count} columns | {time:.1?} |");
    }
    let folder = tempfile::tempdir()?;
    for count in [1, 10, 200] {
        let path = folder.path().join("table.json");
        fs::write(&path, document("Table", count))?;
        let config = configure().schemas(&path);
        let time = median(21, || drop(black_box(config.generate())));
        config.generate()?;
        println!("| document of {count} columns to the text of its file | {time:.1?} |");
        fs::remove_file(path)?;
    }
    for number in 0..100 {
        fs::write(folder.path().join(format!("table{number}.json")), document(&format!("Table{number}"), 50))?;
    }
    let out = folder.path().join("out");
    let compile = || configure().schemas(folder.path()).generate()?.write(out.join("tables.rs"));
    let start = Instant::now();
    let first = compile()?;
    println!("| 100 documents of 50 columns, first run ({first:?}) | {:.0?} |", start.elapsed());
    let modified = |path: &Path| fs::metadata(path).and_then(|file| file.modified());
    let before = modified(&out.join("tables.rs"))?;
    let mut written = None;
    let time = median(5, || written = Some(compile()));
    let written = written.ok_or("no run")??;
    let is_touched = before != modified(&out.join("tables.rs"))?;
    println!("| the same unchanged ({written:?}, file touched: {is_touched}) | {time:.0?} |");
    println!("\nThe generated file has {} kB.", fs::metadata(out.join("tables.rs"))?.len() / 1000);
    Ok(())
}
