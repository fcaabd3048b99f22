//! What a payer's browser posts: what was read, written as a form again, is read as the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    epay_fuzz::three_ds_return(data);
});
