//! cargo-fuzz's door to the target `event`: see `src/event.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| noderole_fuzz::event::hold(data));
