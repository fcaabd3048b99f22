//! The certificates of a root and of a merchant.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    epay_fuzz::apple_pay::certificate(data);
});
