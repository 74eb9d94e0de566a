//! The tables of documents: the public result of reading them.

use std::fs;
use std::path::{Path, PathBuf};

use super::disk::normal;
use super::load::Library;
use super::table::{Table, TypeCode, TypeItem, TypeShape};
use crate::error::Error;

/// The tables of one or more documents that were read together: all rules hold for them.
#[derive(Debug)]
pub struct Documents {
    pub(super) tables: Vec<Table>,
    pub(super) types: Vec<TypeItem>,
    pub(super) inputs: Vec<PathBuf>,
}

impl Documents {
    /// Reads documents, one table a file. The order of the tables is that of the paths.
    ///
    /// # Errors
    /// All mistakes of all files at once, files that cannot be read among them.
    pub fn read<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Result<Self, Error> {
        Self::load(paths).1
    }

    /// As [`read`](Self::read), with every file that was looked at, also when there are mistakes.
    pub(crate) fn load<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> (Vec<PathBuf>, Result<Self, Error>) {
        let mut library = Library::default();
        let mut roots = Vec::new();
        for path in paths {
            let root = library.root(path.as_ref());
            // A file may be named in two ways.
            if !roots.contains(&root) {
                roots.push(root);
            }
        }
        library.documents(&roots)
    }

    /// Reads the text of one document; the name stands in for a path in messages and for `$ref`.
    ///
    /// # Errors
    /// All mistakes of the document at once.
    pub fn parse(name: impl AsRef<Path>, text: impl Into<String>) -> Result<Self, Error> {
        let mut library = Library::default();
        let name = name.as_ref().to_owned();
        let root = library.add(normal(&name), name, text.into());
        library.documents(&[root]).1
    }

    /// Reads the texts of several documents with their names; `$ref` finds them by these names too.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), with all mistakes of all documents.
    pub fn parse_all<N: AsRef<Path>, T: Into<String>>(
        documents: impl IntoIterator<Item = (N, T)>,
    ) -> Result<Self, Error> {
        let mut library = Library::default();
        let mut roots = Vec::new();
        for (name, text) in documents {
            let name = name.as_ref().to_owned();
            // As a `$ref` to a file of that name finds it.
            let identity = fs::canonicalize(&name).unwrap_or_else(|_| normal(&name));
            roots.push(library.add(identity, name, text.into()));
        }
        library.documents(&roots).1
    }

    /// Reads the documents of folders, files and globs; a folder means `*.json` in it, not below.
    ///
    /// # Errors
    /// As [`read`](Self::read); or nothing matches.
    pub fn find<P: AsRef<Path>>(inputs: impl IntoIterator<Item = P>) -> Result<Self, Error> {
        let inputs: Vec<_> = inputs.into_iter().map(|input| input.as_ref().to_owned()).collect();
        Self::read(crate::config::find(&inputs)?.documents)
    }

    /// A table that refers to one which was not read, and that one's name.
    pub(super) fn unknown_reference(&self) -> Option<(&str, &str)> {
        let references = self.tables.iter().flat_map(|table| {
            let columns = table.columns.iter();
            columns.filter_map(|column| column.references.as_deref()).map(|name| (table.name.as_str(), name))
        });
        let mut unknown =
            references.filter(|(_, name)| !name.contains("::") && !self.tables.iter().any(|table| table.name == *name));
        unknown.next()
    }

    /// The tables, in the order of their documents.
    #[must_use]
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The texts that a column may hold, if it is of an enum that takes no others.
    #[must_use]
    pub fn texts_of(&self, column: &super::Column) -> Option<Vec<&str>> {
        let TypeCode::Named(name) = &column.code else { return None };
        match &self.types.iter().find(|item| item.rust_name == *name)?.shape {
            TypeShape::Texts { variants, other: None } => {
                Some(variants.iter().map(|variant| variant.text.as_str()).collect())
            }
            _ => None,
        }
    }

    /// The file that describes a table.
    #[must_use]
    pub fn path_of(&self, table: &Table) -> &Path {
        self.inputs.get(table.at.file).map_or(Path::new(""), PathBuf::as_path)
    }

    /// Every file that was read, those included that a `$ref` names.
    #[must_use]
    pub fn inputs(&self) -> &[PathBuf] {
        &self.inputs
    }
}
