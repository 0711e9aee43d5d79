//! cargo-fuzz's door to the target `policy`: see `src/policy.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| noderole_fuzz::policy::hold(data));
