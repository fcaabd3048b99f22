//! A postLink: what is read in it, another JSON reader finds too.
#![no_main]

use epay_http::PostLink;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if PostLink::read(data).is_ok() {
        let json = data.strip_prefix("\u{feff}".as_bytes()).unwrap_or(data);
        let other: BTreeMap<String, IgnoredAny> = serde_json::from_slice(json).expect("it is JSON");
        assert!(other.keys().any(|key| key.eq_ignore_ascii_case("invoiceId")));
    }
});
