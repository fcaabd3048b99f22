//! A postLink: what is read in it, another JSON reader finds too.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    epay_fuzz::post_link(data);
});
