//! cargo-fuzz's door to the target `change`: see `src/change.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| noderole_fuzz::change::hold(data));
