//! libFuzzer's door to the target `baseline`: see `src/baseline.rs`.
#![no_main]

#[path = "../src/begin.rs"]
mod begin;

libfuzzer_sys::fuzz_target!(init: begin::begin("baseline"), |data: &[u8]| noderole_fuzz::baseline::hold(data));
