//! What a token opens to: an amount is never another than the one that is written there.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    epay_fuzz::apple_pay::payload(data);
});
