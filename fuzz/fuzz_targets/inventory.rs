//! cargo-fuzz's door to the target `inventory`: see `src/inventory.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| noderole_fuzz::inventory::hold(data));
