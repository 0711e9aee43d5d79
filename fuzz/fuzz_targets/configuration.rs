//! cargo-fuzz's door to the target `configuration`: see `src/configuration.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| noderole_fuzz::configuration::hold(data));
