//! Apple's `paymentData`: what is taken for a token says what another reader of JSON finds in it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    epay_fuzz::apple_pay::token(data);
});
