//! Apple's token goes into a body of ours: whatever it is, the body stays one JSON object, and holds it unchanged.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    epay_fuzz::apple_pay_token(data);
});
