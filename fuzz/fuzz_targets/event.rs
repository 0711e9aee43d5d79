//! libFuzzer's door to the target `event`: see `src/event.rs`.
#![no_main]

#[path = "../src/begin.rs"]
mod begin;

libfuzzer_sys::fuzz_target!(init: begin::begin("event"), |data: &[u8]| noderole_fuzz::event::hold(data));
