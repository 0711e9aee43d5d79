//! libFuzzer's door to the target `case`: see `src/case.rs`.
#![no_main]

#[path = "../src/begin.rs"]
mod begin;

libfuzzer_sys::fuzz_target!(init: begin::begin("case"), |data: &[u8]| noderole_fuzz::case::hold(data));
