//! The page for the payer: whatever a challenge holds, the page has one form with three inputs and one script.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    epay_fuzz::three_ds_form(data);
});
