//! libFuzzer's door to the target `change`: see `src/change.rs`.
#![no_main]

#[path = "../src/begin.rs"]
mod begin;

libfuzzer_sys::fuzz_target!(init: begin::begin("change"), |data: &[u8]| noderole_fuzz::change::hold(data));
