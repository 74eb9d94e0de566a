//! The walk as a program: it ends well, and says what it shows.

#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use std::process::Command;

#[test]
fn it_walks_to_its_end() {
    let output = Command::new(env!("CARGO_BIN_EXE_field-notes")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    for shown in [
        "   location: Json, may be null\n",
        "   pending: 3, push: offline\n",
        "   [NeedsReview] Lapwings on the ground (12 animals, birds, spring)\n   at 52.52 north, 13.4 east, ",
        "column `summary` breaks `min_length = 1`",
        " Draft: Tracks at the gate\n",
        "   pending: sites, fieldnotes, fieldnotes\n   sync: complete ",
        "   [Done] Lapwings on the ground (12 animals, birds, spring, confirmed)\n",
        "\nTotals: 1 note on the tablet, 1 on the phone, 0 operations pending\n",
    ] {
        assert!(text.contains(shown), "{shown}\n{text}");
    }
}
