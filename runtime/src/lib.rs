//! Typed tables that work offline.
