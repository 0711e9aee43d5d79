//! cargo-fuzz's door to the target `baseline`: see `src/baseline.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| noderole_fuzz::baseline::hold(data));
