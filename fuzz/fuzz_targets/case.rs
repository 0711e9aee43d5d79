//! cargo-fuzz's door to the target `case`: see `src/case.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| noderole_fuzz::case::hold(data));
