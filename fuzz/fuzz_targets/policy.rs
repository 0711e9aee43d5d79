//! libFuzzer's door to the target `policy`: see `src/policy.rs`.
#![no_main]

#[path = "../src/begin.rs"]
mod begin;

libfuzzer_sys::fuzz_target!(init: begin::begin("policy"), |data: &[u8]| noderole_fuzz::policy::hold(data));
