//! Derive macros of synctable.
