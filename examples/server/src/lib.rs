//! Reference server of synctable.
