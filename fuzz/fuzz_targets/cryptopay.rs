//! The answer of `payment/cryptopay`: only a 400 is a no, and what can't be read leaves the payment unknown.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    epay_fuzz::cryptopay(data);
});
