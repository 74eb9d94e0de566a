//! The build script's door: which documents are read, and where code goes.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use proc_macro2::TokenStream;
use quote::quote;

use crate::document::{Documents, code};
use crate::error::Error;
use crate::expand::item::Style;

/// The name of the generated file.
const FILE: &str = "tables.rs";

/// Generates code for all table documents of a folder or a glob, from a build script.
///
/// A folder means `*.json` in it, not in folders below. The code goes to `OUT_DIR`, and the crate
/// takes it in by `synctable::include_tables!()`:
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
        // A name of its own for each process, so that two builds do not write into one file.
        let part = path.with_extension(format!("{}.part", std::process::id()));
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
    /// A folder of the sources makes code that is checked in.
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

    /// Adds attributes to a generated type, by its name; `*` is every one.
    #[must_use]
    pub fn type_attribute(mut self, name: impl Into<String>, attribute: impl Into<String>) -> Self {
        self.types.push((name.into(), attribute.into()));
        self
    }

    /// Adds attributes to fields: `Type.field`, `Type` for each of its fields, `*.field`, or `*`.
    #[must_use]
    pub fn field_attribute(mut self, name: impl Into<String>, attribute: impl Into<String>) -> Self {
        self.fields.push((name.into(), attribute.into()));
        self
    }

    /// Adds a derive to all generated structs, beside `Debug`, `Clone`, `PartialEq` and `Default`.
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
    /// All mistakes of all documents at once; nothing matches; a file cannot be read; an attribute or
    /// path of the configuration is no Rust.
    pub fn generate(&self) -> Result<Generated, Error> {
        let Found { documents, folders } = find(&self.schemas)?;
        let mut read = Documents::read(documents)?;
        for (name, table, columns) in &self.subsets {
            read.add_subset(name, table, columns)?;
        }
        read.replace_types(&self.externs)?;
        let runtime = tokens(&self.runtime)?;
        let text = code::file(&read, &runtime, &self.style()?)?;
        let inputs = folders.into_iter().chain(read.inputs().iter().cloned()).collect();
        Ok(Generated { text, inputs })
    }

    /// Generates the code and writes it, from a build script.
    ///
    /// It tells Cargo every file and folder that the code depends on. A file whose bytes would stay
    /// the same is not touched. No network, no database and no setting of the environment is needed
    /// but the `OUT_DIR` that Cargo gives.
    ///
    /// # Errors
    /// As [`generate`](Self::generate); or the file cannot be written.
    pub fn compile(self, schemas: impl AsRef<Path>) -> Result<(), Error> {
        let config = self.schemas(schemas);
        // Also after a mistake, or its mending would not run the script again.
        let watched = find(&config.schemas);
        if let Ok(Found { documents, folders }) = &watched {
            folders.iter().chain(documents).for_each(|path| println!("cargo::rerun-if-changed={}", path.display()));
        }
        let generated = config.generate()?;
        for path in generated.inputs() {
            println!("cargo::rerun-if-changed={}", path.display());
        }
        let folder = match &config.out_dir {
            Some(folder) => folder.clone(),
            None => env::var_os("OUT_DIR").map(PathBuf::from).ok_or_else(|| {
                Error::other("OUT_DIR is not set: call this from a build script, or give a folder by `out_dir`")
            })?,
        };
        generated.write(folder.join(FILE)).map(drop)
    }

    fn style(&self) -> Result<Style, Error> {
        let parsed = |list: &[(String, String)]| -> Result<Vec<(String, TokenStream)>, Error> {
            list.iter().map(|(pattern, attribute)| Ok((pattern.clone(), tokens(attribute)?))).collect()
        };
        Ok(Style {
            types: parsed(&self.types)?,
            fields: parsed(&self.fields)?,
            derives: self.derives.iter().map(|path| tokens(path)).collect::<Result<_, _>>()?,
        })
    }
}

fn tokens(text: &str) -> Result<TokenStream, Error> {
    let tokens: Result<TokenStream, _> = text.parse();
    let tokens = tokens.map_err(|error| Error::other(format!("`{text}` of the configuration is no Rust: {error}")))?;
    if tokens.is_empty() {
        Err(Error::other("an attribute or path of the configuration is empty"))
    } else {
        Ok(quote!(#tokens))
    }
}

/// The documents that inputs name, sorted, and the folders that were looked into.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) documents: BTreeSet<PathBuf>,
    folders: BTreeSet<PathBuf>,
}

/// Finds the documents of folders, files and globs.
pub(crate) fn find(inputs: &[PathBuf]) -> Result<Found, Error> {
    let mut found = Found::default();
    for input in inputs {
        let text = input.to_string_lossy();
        if input.is_dir() {
            let before = found.documents.len();
            let entries = fs::read_dir(input).map_err(|error| Error::io(input, "read the folder", error))?;
            for entry in entries {
                let path = entry.map_err(|error| Error::io(input, "read the folder", error))?.path();
                if path.extension().is_some_and(|ending| ending == "json") && path.is_file() {
                    found.documents.insert(path);
                }
            }
            if found.documents.len() == before {
                return Err(Error::other(format!("{}: no table document (`*.json`) in this folder", input.display())));
            }
            found.folders.insert(input.clone());
        } else if text.contains(['*', '?', '[']) && !input.exists() {
            let pattern = glob::glob(&text).map_err(|error| Error::other(format!("`{text}` is no glob: {error}")))?;
            let before = found.documents.len();
            for path in pattern {
                let path = path.map_err(|error| Error::other(format!("`{text}` cannot be followed: {error}")))?;
                if path.is_file() {
                    found.documents.insert(path);
                }
            }
            if found.documents.len() == before {
                return Err(Error::other(format!("`{text}` matches no table document")));
            }
            // Cargo looks into folders below too.
            let fixed =
                input.components().take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']));
            let folder: PathBuf = fixed.collect();
            found.folders.insert(if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder });
        } else if input.exists() {
            found.documents.insert(input.clone());
        } else {
            return Err(Error::other(format!("{text}: no such folder, file or glob")));
        }
    }
    Ok(found)
}
