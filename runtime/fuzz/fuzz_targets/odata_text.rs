//! Reads any bytes as OData text; `tests/conformance/corpus.rs` replays the corpus through the same function.

#![no_main]

#[path = "../../tests/support/odata_text.rs"]
mod odata_text;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    odata_text::read(data);
});
