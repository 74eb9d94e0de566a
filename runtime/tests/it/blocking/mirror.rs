//! Every async method has its blocking form: held against the text of both.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Methods by type.
type Methods = BTreeMap<String, BTreeSet<String>>;

#[derive(Debug, Default)]
struct Found {
    /// Public methods, async ones among them.
    public: Methods,
    /// Public async methods, and `send` of what is sent by awaiting it.
    waiting: Methods,
    /// Methods of every kind, those of traits too.
    all: Methods,
}

/// The name of the type of an impl block, and of the trait if it is one of a trait.
fn head(line: &str) -> Option<(String, Option<String>)> {
    let line = line.strip_prefix("impl")?;
    let rest = match line.strip_prefix('<') {
        Some(rest) => {
            let mut depth = 1;
            let end = rest.find(|next| {
                depth += i32::from(next == '<') - i32::from(next == '>');
                depth == 0
            })?;
            &rest[end + 1..]
        }
        None => line,
    };
    let name = |text: &str| {
        let path = text.trim_start().split(['<', ' ', '{']).next().unwrap_or_default();
        path.rsplit("::").next().unwrap_or_default().to_owned()
    };
    Some(match rest.split_once(" for ") {
        Some((of, on)) => (name(on), Some(name(of))),
        None => (name(rest), None),
    })
}

/// The lines of product code; those in a macro as they stand where it is used.
fn lines(text: &str) -> Vec<&str> {
    let mut is_macro = false;
    let mut lines = Vec::new();
    for line in text.split("#[cfg(test)]").next().unwrap_or_default().lines() {
        is_macro = (is_macro || line.starts_with("macro_rules!")) && line != "}";
        lines.push(if is_macro { line.strip_prefix("        ").unwrap_or_default() } else { line });
    }
    lines
}

fn read(text: &str, found: &mut Found) {
    let used = |line: &&str| line.starts_with("write!(");
    let written: Vec<String> =
        text.lines().filter(used).map(|line| line["write!(".len()..].split(',').next().unwrap().to_owned()).collect();
    let mut within: Option<(Vec<String>, bool)> = None;
    for line in lines(text) {
        if let Some((on, of)) = head(line) {
            let types = if on == "$name" { written.clone() } else { vec![on] };
            if of.as_deref() == Some("IntoFuture") {
                for name in &types {
                    found.waiting.entry(name.clone()).or_default().insert("send".to_owned());
                }
            }
            within = Some((types, of.is_none()));
        }
        let Some((types, is_own)) = &within else { continue };
        let Some(line) = line.strip_prefix("    ") else {
            if line == "}" {
                within = None;
            }
            continue;
        };
        let (is_public, rest) = line.strip_prefix("pub ").map_or((false, line), |rest| (true, rest));
        let rest = rest.strip_prefix("const ").unwrap_or(rest);
        let (is_async, rest) = rest.strip_prefix("async ").map_or((false, rest), |rest| (true, rest));
        let Some(rest) = rest.strip_prefix("fn ") else { continue };
        let method: String = rest.chars().take_while(|next| next.is_alphanumeric() || *next == '_').collect();
        for name in types {
            let add = |methods: &mut Methods| methods.entry(name.clone()).or_default().insert(method.clone());
            add(&mut found.all);
            if is_public && *is_own {
                add(&mut found.public);
                if is_async {
                    add(&mut found.waiting);
                }
            }
        }
    }
}

fn read_all(paths: &[PathBuf]) -> Found {
    let mut found = Found::default();
    for path in paths {
        read(&fs::read_to_string(path).unwrap(), &mut found);
    }
    found
}

fn files(source: &Path, names: &[&str]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for name in names {
        files.push(source.join(format!("{name}.rs")));
        let mut folders = vec![source.join(name)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
    }
    files
}

#[test]
fn every_async_method_has_its_blocking_form() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let modules = ["context", "remote", "watch"].map(|name| (name, source.join(format!("{name}.rs")).exists()));
    let modules: Vec<&str> = modules.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name).collect();
    let asynchronous = read_all(&files(&source, &modules));
    let blocking = read_all(&files(&source, &["blocking"]));
    let mut missing = Vec::new();
    let mut checked = 0;
    let mut needs = |name: &str, method: &str| {
        checked += 1;
        if !blocking.all.get(name).is_some_and(|methods| methods.contains(method)) {
            missing.push(format!("{name}::{method}"));
        }
    };
    let handles: BTreeSet<&String> = asynchronous.waiting.keys().collect();
    for name in &handles {
        // The builders are shared: they end in another method.
        if let Some(builder) = name.strip_suffix("Builder") {
            for method in &asynchronous.waiting[*name] {
                needs(&format!("{builder}Builder"), &format!("{method}_blocking"));
            }
            continue;
        }
        for method in asynchronous.public.get(*name).into_iter().flatten().chain(&asynchronous.waiting[*name]) {
            needs(name, method);
        }
    }
    for method in &asynchronous.public["RemoteClient"] {
        needs("RemoteClient", method);
    }
    let names: Vec<&str> = handles.into_iter().map(String::as_str).collect();
    for name in
        ["SyncContext", "SyncContextBuilder", "Table", "RemoteTable", "RemoteStream", "RemoteUpdate", "RemoteDelete"]
    {
        assert!(names.contains(&name), "the reading of the source has not found {name}: {names:?}");
    }
    assert!(missing.is_empty(), "without a blocking form: {missing:#?}");
    assert!(checked > 60, "only {checked} methods were found");
}

#[test]
fn the_reading_finds_methods() {
    let text = "impl<T: A<B>, R> crate::x::Some<'a, T>\nwhere\n    T: Clone,\n{\n    pub async fn one(&self) {\n        let x = || {};\n    }\n\n    \
                pub const fn two() {}\n    fn three() {}\n    pub(crate) async fn four() {}\n}\n\
                impl<T> std::future::IntoFuture for Other<T> {\n    fn into_future(self) {}\n}\n\
                macro_rules! write {\n    () => {\n        impl<T> $name<'_, T> {\n            pub fn send(self) {}\n        }\n    };\n}\n\
                write!(First, x);\nimpl Plain {\n    pub fn five() {}\n}\n#[cfg(test)]\nimpl Late {\n    pub fn six() {}\n}\n";
    let mut found = Found::default();
    read(text, &mut found);
    let listed = |methods: &Methods| -> String {
        let each =
            methods.iter().flat_map(|(name, methods)| methods.iter().map(move |method| format!("{name}.{method} ")));
        each.collect()
    };
    assert_eq!(listed(&found.waiting), "Other.send Some.one ");
    assert_eq!(listed(&found.public), "First.send Plain.five Some.one Some.two ");
    assert_eq!(listed(&found.all), "First.send Other.into_future Plain.five Some.one Some.three Some.two ");
}
