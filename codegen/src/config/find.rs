//! Which files folders, globs and paths mean.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use glob::MatchOptions;

use crate::error::Error;

/// What makes a path a glob.
const WILD: [char; 3] = ['*', '?', '['];

/// The documents that inputs name, sorted, and the folders that were looked into.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) documents: BTreeSet<PathBuf>,
    pub(super) folders: BTreeSet<PathBuf>,
}

/// Finds the documents of folders, files and globs.
pub(crate) fn find(inputs: &[PathBuf]) -> Result<Found, Error> {
    let mut found = Found::default();
    found.add(inputs)?;
    Ok(found)
}

impl Found {
    /// Adds what inputs name. Also after an error it has what the others name.
    pub(super) fn add(&mut self, inputs: &[PathBuf]) -> Result<(), Error> {
        let wrong: Vec<String> = inputs.iter().filter_map(|input| self.add_one(input).err()).collect();
        if inputs.is_empty() {
            return Err(Error::other("no folder, file or glob of table documents is named"));
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::other(wrong.join("\n"))) }
    }

    fn add_one(&mut self, input: &Path) -> Result<(), String> {
        if input.is_dir() {
            self.add_folder(input)
        } else if input.exists() {
            self.documents.insert(input.to_owned());
            Ok(())
        } else if input.to_string_lossy().contains(WILD) {
            self.add_glob(input)
        } else {
            // It may come to be.
            self.folders.extend(existing(input));
            Err(format!("{}: no such folder, file or glob of table documents", input.display()))
        }
    }

    fn add_folder(&mut self, folder: &Path) -> Result<(), String> {
        self.folders.insert(folder.to_owned());
        let mut is_empty = true;
        let unreadable = |error| format!("{}: cannot read the folder: {error}", folder.display());
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            // Names with a dot in front are those of editors and systems.
            let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            if path.extension() == Some(OsStr::new("json")) && !is_hidden && path.is_file() {
                is_empty = false;
                self.documents.insert(path);
            }
        }
        if is_empty {
            return Err(format!("{}: no table document (`*.json`) in this folder", folder.display()));
        }
        Ok(())
    }

    fn add_glob(&mut self, glob: &Path) -> Result<(), String> {
        let text = glob.to_string_lossy();
        let is_fixed = |part: &std::path::Component<'_>| !part.as_os_str().to_string_lossy().contains(WILD);
        self.folders.extend(existing(&glob.components().take_while(is_fixed).collect::<PathBuf>()));
        let options = MatchOptions { require_literal_leading_dot: true, ..MatchOptions::new() };
        let paths = glob::glob_with(&text, options).map_err(|error| format!("`{text}` is no glob: {error}"))?;
        let mut is_empty = true;
        for path in paths {
            let path = path.map_err(|error| format!("`{text}`: {error}"))?;
            if path.is_file() {
                is_empty = false;
                self.documents.insert(path);
            }
        }
        if is_empty {
            return Err(format!("`{text}` matches no table document"));
        }
        Ok(())
    }
}

/// The path, or the nearest folder above it that is there.
fn existing(path: &Path) -> Option<PathBuf> {
    path.ancestors()
        .map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
        .find(|folder| folder.exists())
        .map(Path::to_owned)
}
