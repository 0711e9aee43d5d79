//! libFuzzer's door to the target `plan`: see `src/plan.rs`.
#![no_main]

#[path = "../src/begin.rs"]
mod begin;

libfuzzer_sys::fuzz_target!(init: begin::begin("plan"), |data: &[u8]| noderole_fuzz::plan::hold(data));
