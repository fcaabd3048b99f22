//! A key file: what is read is a key, and the same one however often.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    epay_fuzz::public_key(data);
});
