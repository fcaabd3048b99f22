//! The answer of charge, cancel and refund: what can't be read leaves the step open.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    epay_fuzz::step(data);
});
