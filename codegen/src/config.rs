//! The build script's door: which documents are read, and where code goes.

mod find;
mod settings;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use indexmap::IndexMap;

use crate::document::{Documents, code};
use crate::error::Error;

use find::Found;
pub(crate) use find::find;
pub(crate) use settings::Settings;

/// The name of the generated file.
const FILE: &str = "tables.rs";

/// Generates code for all table documents of a folder or a glob, from a build script.
///
/// A folder means `*.json` in it, not in folders below; a glob has `*`, `?`, `[..]` and `**`. Files
/// whose names start with a dot are not looked at. The code goes to `OUT_DIR`, and the crate takes it
/// in by `synctable::include_tables!()`:
///
/// ```no_run
/// // build.rs; the crate then says `pub mod tables { synctable::include_tables!(); }`
/// fn main() -> Result<(), synctable_codegen::Error> {
///     synctable_codegen::compile("schemas")
/// }
/// ```
///
/// # Errors
/// All mistakes of all documents at once; nothing matches; a file cannot be read or written.
pub fn compile(schemas: impl AsRef<Path>) -> Result<(), Error> {
    configure().compile(schemas)
}

/// Begins a configuration with the usual settings.
#[must_use]
pub fn configure() -> Config {
    Config {
        schemas: Vec::new(),
        out_dir: None,
        runtime: "::synctable".to_owned(),
        types: Vec::new(),
        fields: Vec::new(),
        derives: Vec::new(),
        externs: IndexMap::new(),
        subsets: Vec::new(),
    }
}

/// What code is made of which documents.
///
/// ```no_run
/// fn main() -> Result<(), synctable_codegen::Error> {
///     synctable_codegen::configure()
///         .derive("serde::Serialize")
///         .type_attribute("Rating", "#[non_exhaustive]")
///         .extern_type("Point", "crate::geo::Point")
///         .subset("TodoTitle", "TodoItem", ["id", "title"])
///         .compile("schemas/*.json")
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    schemas: Vec<PathBuf>,
    out_dir: Option<PathBuf>,
    runtime: String,
    types: Vec<(String, String)>,
    fields: Vec<(String, String)>,
    derives: Vec<String>,
    externs: IndexMap<String, String>,
    subsets: Vec<(String, String, Vec<String>)>,
}

/// Code that was made and not yet written.
#[derive(Debug)]
pub struct Generated {
    text: String,
    inputs: Vec<PathBuf>,
}

impl Generated {
    /// The text of the Rust file.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every file and folder whose change can change the text.
    #[must_use]
    pub fn inputs(&self) -> &[PathBuf] {
        &self.inputs
    }

    /// Writes the text to a file, whole or not at all; tells whether its bytes were others before.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<Written, Error> {
        let path = path.as_ref();
        if fs::read(path).is_ok_and(|before| before == self.text.as_bytes()) {
            return Ok(Written::Unchanged);
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| Error::io(folder, "make the folder", error))?;
        }
        // A name of its own for each write, so that no two write into one file.
        static WRITES: AtomicU64 = AtomicU64::new(0);
        let number = WRITES.fetch_add(1, Ordering::Relaxed);
        let part = path.with_extension(format!("{}-{number}.part", std::process::id()));
        fs::write(&part, &self.text).and_then(|()| fs::rename(&part, path)).map_err(|error| {
            let _ = fs::remove_file(&part);
            Error::io(path, "write the generated code", error)
        })?;
        Ok(Written::Changed)
    }
}

/// What a write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// The file has other bytes now.
    Changed,
    /// The file had these bytes and was not touched.
    Unchanged,
}

impl Config {
    /// Adds a folder, a file or a glob of documents.
    #[must_use]
    pub fn schemas(mut self, schemas: impl AsRef<Path>) -> Self {
        self.schemas.push(schemas.as_ref().to_owned());
        self
    }

    /// Sets the folder that `tables.rs` is written to; `OUT_DIR` without it.
    ///
    /// A folder of the sources makes code that is checked in; `#[rustfmt::skip]` on its module keeps
    /// formatters from changing it.
    #[must_use]
    pub fn out_dir(mut self, folder: impl AsRef<Path>) -> Self {
        self.out_dir = Some(folder.as_ref().to_owned());
        self
    }

    /// Sets the path of the runtime crate, for a renamed dependency; `::synctable` without it.
    #[must_use]
    pub fn runtime_path(mut self, path: impl Into<String>) -> Self {
        self.runtime = path.into();
        self
    }

    /// Adds attributes to a generated type, by its name; `*` is every one. A name that no type has is
    /// an error.
    #[must_use]
    pub fn type_attribute(mut self, name: impl Into<String>, attribute: impl Into<String>) -> Self {
        self.types.push((name.into(), attribute.into()));
        self
    }

    /// Adds attributes to fields: `Type.field`, `Type` for each of its fields, `*.field`, or `*`; to a
    /// variant of an enum by `Type.Variant` alone. A name that nothing has is an error.
    #[must_use]
    pub fn field_attribute(mut self, name: impl Into<String>, attribute: impl Into<String>) -> Self {
        self.fields.push((name.into(), attribute.into()));
        self
    }

    /// Adds a derive to all generated structs and enums, beside `Debug`, `Clone`, `PartialEq` and
    /// `Default`. A type that has a derive of that name already keeps its own.
    #[must_use]
    pub fn derive(mut self, path: impl Into<String>) -> Self {
        self.derives.push(path.into());
        self
    }

    /// Uses a type of the app in place of the type that a document names so.
    ///
    /// In place of an enum or a newtype it has the trait `ColumnValue`, in place of an object serde's.
    #[must_use]
    pub fn extern_type(mut self, name: impl Into<String>, path: impl Into<String>) -> Self {
        self.externs.insert(name.into(), path.into());
        self
    }

    /// Adds a narrow struct over a table: its name, the table's struct, the wire names of its columns.
    #[must_use]
    pub fn subset<C: Into<String>>(
        mut self,
        name: impl Into<String>,
        table: impl Into<String>,
        columns: impl IntoIterator<Item = C>,
    ) -> Self {
        self.subsets.push((name.into(), table.into(), columns.into_iter().map(Into::into).collect()));
        self
    }

    /// Makes the code without writing it.
    ///
    /// # Errors
    /// All mistakes of all documents at once; nothing matches; a name, attribute or path of the
    /// configuration is wrong.
    pub fn generate(&self) -> Result<Generated, Error> {
        let mut inputs = BTreeSet::new();
        let text = self.text(&mut inputs)?;
        Ok(Generated { text, inputs: inputs.into_iter().collect() })
    }

    /// Generates the code and writes it, from a build script.
    ///
    /// It tells Cargo every file and folder that the code depends on, also when there are mistakes.
    /// Cargo looks into all folders below one, so documents have a folder of their own. A file whose
    /// bytes would stay the same is not touched. No network, no database and no setting of the
    /// environment is needed but the `OUT_DIR` that Cargo gives.
    ///
    /// # Errors
    /// As [`generate`](Self::generate); or the file cannot be written.
    pub fn compile(self, schemas: impl AsRef<Path>) -> Result<(), Error> {
        let config = self.schemas(schemas);
        let mut inputs = BTreeSet::new();
        let text = config.text(&mut inputs);
        for path in &inputs {
            println!("cargo::rerun-if-changed={}", path.display());
        }
        let generated = Generated { text: text?, inputs: inputs.into_iter().collect() };
        let folder = match config.out_dir {
            Some(folder) => folder,
            None => env::var_os("OUT_DIR").map(PathBuf::from).ok_or_else(|| {
                Error::other("OUT_DIR is not set: call this from a build script, or give a folder by `out_dir`")
            })?,
        };
        generated.write(folder.join(FILE)).map(drop)
    }

    /// Makes the code, and notes on the way what it depends on.
    fn text(&self, inputs: &mut BTreeSet<PathBuf>) -> Result<String, Error> {
        let mut found = Found::default();
        let is_found = found.add(&self.schemas);
        inputs.extend(found.folders);
        inputs.extend(found.documents.iter().cloned());
        is_found?;
        let (read, documents) = Documents::load(found.documents);
        inputs.extend(read);
        let mut documents = documents?;
        self.apply(&mut documents)?;
        // What is wrong in the settings has been told.
        code::file(&documents, || self.settings(&mut Vec::new()))
    }
}
