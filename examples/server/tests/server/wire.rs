//! The server answers what was recorded from real servers as they did.

use synctable_server::{Config, Database, Dialect, wire_tables};

use super::engines::on_each;
use super::peer::recordings::{self, BOTH, Difference, TOOLKIT};
use super::protocol_table::Http;

mod differences;

use differences::{NODE, V3};

#[test]
fn the_toolkit_recording_is_answered_alike() {
    let recording = include_str!("../../../../runtime/tests/data/wire/TK.json");
    on_each("wire::the_toolkit_recording_is_answered_alike", |rows| {
        check(rows, Dialect::Toolkit, recording, &[&BOTH, &TOOLKIT]);
    });
}

#[test]
fn the_v3_recording_is_answered_alike() {
    let recording = include_str!("../../../../runtime/tests/data/wire/V3.json");
    on_each("wire::the_v3_recording_is_answered_alike", |rows| check(rows, Dialect::V3, recording, &[&BOTH, &V3]));
}

#[test]
fn the_node_recording_is_answered_alike() {
    let recording = include_str!("../../../../runtime/tests/data/wire/N2.json");
    on_each("wire::the_node_recording_is_answered_alike", |rows| check(rows, Dialect::NodeV2, recording, &[&NODE]));
}

fn check(rows: &Database, dialect: Dialect, recording: &str, differences: &[&[Difference]]) {
    let config = Config::new(wire_tables()).dialect(dialect).database(rows.clone()).page_size(100).max_top(1000);
    recordings::play(Http::start(config, ()), recording, differences);
}
