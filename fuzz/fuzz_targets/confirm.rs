//! The answer of `payment/confirm`, redirects and pages too: they are hints, and nothing else.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    epay_fuzz::confirm(data);
});
