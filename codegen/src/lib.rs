//! The code generator of synctable.
