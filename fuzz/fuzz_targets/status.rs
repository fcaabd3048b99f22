//! The answer of a status query: what can't be read teaches nothing.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    epay_fuzz::status(data);
});
