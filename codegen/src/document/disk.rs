//! Files of documents: their text and their one name.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// The most bytes of a document.
const MAX_BYTES: u64 = 10 * 1024 * 1024;

/// Why a file is no document at all.
pub(super) struct Unreadable {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// Reads the text of a document.
pub(super) fn read_text(path: &Path) -> Result<String, Unreadable> {
    let io = |error: io::Error| Unreadable {
        code: "unreadable",
        message: format!("cannot read the document: {error}"),
        help: "name a file that can be read",
    };
    let file = fs::File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > MAX_BYTES {
        let message = format!("the document is larger than {} MiB", MAX_BYTES / 1024 / 1024);
        return Err(Unreadable { code: "too-large", message, help: "a document describes one table" });
    }
    String::from_utf8(bytes).map_err(|error| {
        let message = format!("no UTF-8 text: byte {} is no character", error.utf8_error().valid_up_to());
        Unreadable { code: "utf-8", message, help: "save the document as UTF-8" }
    })
}

/// The path without `.` and `..`, so that a file has one name however it is referred to.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir if normal.file_name().is_some() => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}
