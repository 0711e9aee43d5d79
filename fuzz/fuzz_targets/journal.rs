//! libFuzzer's door to the target `journal`: see `src/journal.rs`.
#![no_main]

#[path = "../src/begin.rs"]
mod begin;

libfuzzer_sys::fuzz_target!(init: begin::begin("journal"), |data: &[u8]| noderole_fuzz::journal::hold(data));
