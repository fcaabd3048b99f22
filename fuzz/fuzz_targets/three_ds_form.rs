//! The page for the payer: whatever a challenge holds, the page has one form with three inputs and one script.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some(html) = epay_fuzz::page(data) else { return };
    let count = |part: &str| html.matches(part).count();
    assert_eq!(["<form", "<input", "<script", "\""].map(count), epay_fuzz::PARTS_OF_A_PAGE);
});
