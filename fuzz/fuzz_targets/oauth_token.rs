//! The answer of `oauth2/token`: without a token nothing is asked.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    epay_fuzz::oauth_token(data);
});
