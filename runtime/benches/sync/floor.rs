//! The floors: what the parts of a sync cost with no sync logic around them.

pub(crate) mod pull;
pub(crate) mod push;
pub(crate) mod write;
