//! Tests of the runtime through its public items, a module per topic.

mod futures;
mod histories;
mod search;
mod wire_detect;
mod wire_hostile;
mod wire_reads;

mod wire_recordings;
#[cfg(feature = "reqwest")]
mod wire_reqwest;
mod wire_script;
mod wire_writes;
mod world;
