//! libFuzzer's door to the target `inventory`: see `src/inventory.rs`.
#![no_main]

#[path = "../src/begin.rs"]
mod begin;

libfuzzer_sys::fuzz_target!(init: begin::begin("inventory"), |data: &[u8]| noderole_fuzz::inventory::hold(data));
