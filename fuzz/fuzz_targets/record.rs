//! Lines of the log: what is read is written again, and folds.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    epay_fuzz::record(data);
});
