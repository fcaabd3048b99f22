//! The signature of a token: nothing that is not by Apple is ever verified.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    epay_fuzz::apple_pay::signature(data);
});
