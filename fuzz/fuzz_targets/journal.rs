//! cargo-fuzz's door to the target `journal`: see `src/journal.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| noderole_fuzz::journal::hold(data));
