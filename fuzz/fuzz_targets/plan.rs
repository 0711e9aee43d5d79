//! cargo-fuzz's door to the target `plan`: see `src/plan.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| noderole_fuzz::plan::hold(data));
