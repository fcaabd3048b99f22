//! A key file: what is read is a key, and the same one however often.
#![no_main]

use epay_crypto::PublicKey;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(key) = PublicKey::parse(data) {
        assert_eq!(
            PublicKey::parse(data).map(|again| again.spki_sha256()).ok(),
            Some(key.spki_sha256())
        );
    }
});
