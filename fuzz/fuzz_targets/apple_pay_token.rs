//! Apple's token goes into a body of ours: whatever it is, the body stays one JSON object, and holds it unchanged.
#![no_main]

use serde_json::value::RawValue;
use std::collections::BTreeMap;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else { return };
    let Some(body) = epay_fuzz::body_with(text) else { return };
    let body: BTreeMap<&str, &RawValue> = serde_json::from_slice(&body).expect("we write JSON");
    assert_eq!(body["applePay"].get(), text.trim_matches([' ', '\t', '\r', '\n']));
    assert_eq!(
        (body["cryptogram"].get(), body["amount"].get(), body.len()),
        ("\"c2VhbGVk\"", "100", 10)
    );
});
