//! libFuzzer's door to the target `configuration`: see `src/configuration.rs`.
#![no_main]

#[path = "../src/begin.rs"]
mod begin;

libfuzzer_sys::fuzz_target!(init: begin::begin("configuration"), |data: &[u8]| noderole_fuzz::configuration::hold(data));
