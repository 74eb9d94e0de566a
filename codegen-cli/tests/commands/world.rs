//! A folder of its own for each test, and the program called in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A small table.
pub(crate) const TODO: &str = r#"{
  "title": "TodoItem",
  "type": "object",
  "properties": {
    "id": { "type": "string" },
    "title": { "type": "string", "maxLength": 80 },
    "complete": { "type": "boolean", "default": false },
    "dueAt": { "type": ["string", "null"], "format": "date-time" }
  },
  "required": ["id", "title"],
  "x-sync": { "table": "todo" }
}
"#;

pub(crate) struct World {
    folder: TempDir,
}

/// What a call printed and how it ended.
#[derive(Debug, PartialEq)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With these documents in `schemas`.
    pub(crate) fn with(documents: &[(&str, &str)]) -> Self {
        let world = Self::new();
        for (name, text) in documents {
            world.write(&format!("schemas/{name}"), text);
        }
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// All files below the folder, for tests of what is left behind.
    pub(crate) fn files(&self) -> Vec<String> {
        fn below(folder: &Path, root: &Path, found: &mut Vec<String>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    below(&path, root, found);
                } else {
                    found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        let mut found = Vec::new();
        below(self.folder.path(), self.folder.path(), &mut found);
        found.sort();
        found
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-synctable"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    pub(crate) fn call(&self, arguments: &[&str]) -> Ended {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ended { code: status.code().unwrap(), out: text(stdout), err: text(stderr) }
    }

    /// What a call printed that ended with this code and complained of nothing.
    #[track_caller]
    pub(crate) fn printed(&self, code: i32, arguments: &[&str]) -> String {
        let ended = self.call(arguments);
        assert_eq!((ended.code, ended.err.as_str()), (code, ""), "{}", ended.out);
        ended.out
    }

    /// The object that a call printed for programs.
    #[track_caller]
    pub(crate) fn json(&self, code: i32, arguments: &[&str]) -> Value {
        let mut arguments = arguments.to_vec();
        arguments.push("--json");
        serde_json::from_str(&self.printed(code, &arguments)).unwrap()
    }

    /// What a call complained of that did nothing.
    #[track_caller]
    pub(crate) fn refused(&self, code: i32, arguments: &[&str]) -> String {
        let before = self.files();
        let ended = self.call(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (code, ""), "{}", ended.err);
        assert_eq!(self.files(), before, "files were left behind");
        ended.err
    }
}
