//! A crate that is built as apps are: its build script reads documents, its code passes the strictest
//! lints, and what Cargo watches is what the code depends on.

// What is outside a test function here is still only run by one.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;
use std::{env, fs};

/// The crate, in a folder of its own below the target folder.
struct Built {
    folder: PathBuf,
}

impl Built {
    /// Writes the crate anew. It is its own workspace, with the versions of ours, so that nothing is
    /// downloaded and dependencies are built once.
    fn new() -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("built");
        let _ = fs::remove_dir_all(&folder);
        copy(&here.join("tests/built/crate"), &folder);
        for (case, file) in [
            ("shared_attributes", "job.json"),
            ("shared_attributes", "setting.json"),
            ("shared_json", "table.json"),
            ("shared_types", "table.json"),
            ("shared_values", "table.json"),
        ] {
            let to = folder.join(format!("schemas/{case}_{file}"));
            fs::copy(here.join("tests/cases").join(case).join(file), to).unwrap();
        }
        fs::write(folder.join("schemas/wide.json"), wide()).unwrap();
        fs::copy(here.join("../Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        let manifest = format!(
            "[package]\nname = \"built\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[features]\nother-version = []\n\n\
             [dependencies]\nsynctable = {{ path = {:?}, default-features = false }}\n\n\
             [build-dependencies]\nsynctable-codegen = {{ path = {here:?} }}\n\n\
             [profile.dev]\ndebug = \"line-tables-only\"\n\n[workspace]\n",
            here.join("../runtime")
        );
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        Self { folder }
    }

    fn cargo(&self, arguments: &[&str]) -> Output {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(arguments)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_TERM_COLOR", "never")
            .output()
            .unwrap()
    }

    /// Holds the crate to its lints; gives what Cargo says.
    fn clippy(&self, more: &[&str]) -> (bool, String) {
        let lints = ["--", "-D", "warnings"];
        let output = self.cargo(&[&["clippy", "--offline", "--verbose"], more, &lints].concat());
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    }

    fn passes(&self) -> String {
        let (passed, said) = self.clippy(&[]);
        // The lines of commands are long, and say nothing of mistakes.
        let errors: Vec<&str> = said.lines().filter(|line| !line.contains("Running `")).collect();
        assert!(passed, "{}", errors.join("\n"));
        said
    }

    /// The generated file: the newest, as other runs of this test leave theirs.
    fn tables() -> (PathBuf, String) {
        let build = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("debug/build");
        let files = fs::read_dir(build).unwrap().map(|entry| entry.unwrap().path().join("out/tables.rs"));
        let of_ours = files.filter(|path| path.to_str().unwrap().contains("/built-") && path.is_file());
        let newest = of_ours.max_by_key(|path| modified(path)).unwrap();
        (newest.clone(), fs::read_to_string(newest).unwrap())
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap()
    }
}

/// A table of many columns, with an enum of many texts and names that are not of Rust's style.
fn wide() -> String {
    let columns: String = (0..150).map(|index| format!("\"c{index}\": {{ \"type\": \"string\" }}, ")).collect();
    let texts: Vec<_> = (0..150).map(|index| format!("\"text {index}\"")).collect();
    format!(
        "{{ \"title\": \"Wide\", \"description\": \"Turned \\u202eround\\u202c.\", \"properties\": {{ \"id\": {{ \"type\": \"string\" }}, \
         {columns} \"n\": {{ \"type\": \"string\", \"x-sync\": {{ \"name\": \"__Named\" }} }}, \
         \"e\": {{ \"enum\": [{}], \"x-sync\": {{ \"variants\": {{ \"text 0\": \"text_zero\" }}, \"other\": \"rest\" }} }} }}, \
         \"x-sync\": {{ \"subsets\": {{ \"some_of\": [\"id\", \"n\"] }} }} }}",
        texts.join(", ")
    )
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn modified(path: &Path) -> SystemTime {
    fs::metadata(path).unwrap().modified().unwrap()
}

/// Whether Cargo ran the build script.
fn ran_the_script(said: &str) -> bool {
    said.lines().any(|line| line.trim_start().starts_with("Running") && line.contains("build-script-build"))
}

/// One test, as its steps follow on one another and share what is built.
#[test]
fn a_crate_of_documents_is_built_as_apps_build_it() {
    let built = Built::new();

    // Every document passes the lints, and no derive of ours is built for it.
    assert!(ran_the_script(&built.passes()));
    let (file, first) = Built::tables();
    let tree = built.cargo(&["tree", "--offline", "--edges", "normal,build", "--prefix", "none"]);
    let tree = String::from_utf8(tree.stdout).unwrap();
    assert!(tree.contains("synctable v") && tree.contains("synctable-codegen v"), "{tree}");
    assert!(!tree.contains("synctable-macros"), "{tree}");

    // Nothing changed: the script does not run.
    assert!(!ran_the_script(&built.passes()));

    // A document with other bytes of the same meaning: it runs, and touches nothing.
    let written = modified(&file);
    let words = built.read("schemas/words.json");
    built.write("schemas/words.json", &format!("{words}\n"));
    assert!(ran_the_script(&built.passes()));
    assert_eq!((modified(&file), Built::tables()), (written, (file.clone(), first)));

    // What a `$ref` leads to.
    let types = built.read("schemas/shared/types.json");
    built.write("schemas/shared/types.json", &types.replace("[\"low\", \"high\"]", "[\"low\", \"high\", \"higher\"]"));
    assert!(ran_the_script(&built.passes()));
    assert!(Built::tables().1.contains("    Higher,\n"));

    // A file that is new in the folder, with mistakes, beside a mistake in another.
    let new = "{ \"title\": \"New\", \"properties\": { \"id\": { \"type\": \"integer\" } } }";
    built.write("schemas/new.json", new);
    built.write("schemas/shared/types.json", &types.replace("\"enum\": [\"low\"", "\"enum\": [1, \"low\""));
    let before = Built::tables();
    let (passed, said) = built.clippy(&[]);
    assert!(!passed);
    for part in
        ["2 mistakes in 2 table documents", "schemas/new.json:1:41: the id is no string [id-type]", "types.json:3:"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    for path in ["schemas", "schemas/new.json", "schemas/words.json", "schemas/shared/types.json"] {
        assert!(said.contains(&format!("cargo::rerun-if-changed={path}\n")), "{path}: {said}");
    }
    assert_eq!(Built::tables(), before);

    // Mended.
    built.write("schemas/new.json", &new.replace("integer", "string"));
    built.write("schemas/shared/types.json", &types);
    assert!(ran_the_script(&built.passes()));
    assert!(Built::tables().1.contains("pub struct New {"));

    // Descriptions may hold any words: no page is broken by them.
    let output = built.cargo(&["doc", "--offline", "--no-deps"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    // Code that another version made: one error, whatever else the code says.
    let version = env!("CARGO_PKG_VERSION");
    let other = Built::tables().1.replace(&format!("generated_by!(\"{version}\")"), "generated_by!(\"0.0.9\")");
    built.write("src/other_version.rs", &other);
    let (passed, said) = built.clippy(&["--features", "other-version"]);
    assert!(!passed);
    let errors: Vec<&str> = said.lines().filter(|line| line.starts_with("error")).collect();
    let expected = format!("error: this code was generated by synctable 0.0.9, and the app uses synctable {version}: ");
    assert!(errors[0].starts_with(&expected), "{said}");
    assert!(errors.len() == 2 && errors[1].starts_with("error: could not compile"), "{said}");
}
