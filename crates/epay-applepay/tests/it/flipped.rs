//! No bit of a token that matters, and no character of its base64, can be changed without a refusal.

use crate::{data, shared};
use base64::{Engine, engine::general_purpose::STANDARD};
use epay_applepay::{EncryptedToken, Verifier};
use serde_json::Value;
use std::time::SystemTime;

/// Where the bytes of a token are, and whether they are written in base64 or in hex.
const PLACES: [(&str, bool); 5] = [
    ("/data", true),
    ("/signature", true),
    ("/header/ephemeralPublicKey", true),
    ("/header/wrappedKey", true),
    ("/header/transactionId", false),
];

#[test]
fn every_changed_bit_and_character_is_refused() {
    let Some(file) = data::genuine() else { return };
    for vector in file["vectors"].as_array().unwrap() {
        let (token, now) = (&vector["paymentData"], shared::at(&vector["signing_time"]));
        let changed: Vec<(&str, String)> =
            PLACES.into_iter().flat_map(|place| changes(token, place)).collect();
        assert!(changed.len() > 25_000, "{}", changed.len());
        // Verifying is most of a token's work, so the cores share it.
        let verifier = Verifier::apple();
        let half = changed.len() / 2;
        std::thread::scope(|scope| {
            for part in [&changed[..half], &changed[half..]] {
                scope.spawn(|| {
                    part.iter()
                        .for_each(|(place, text)| refused(&verifier, token, place, text, now))
                });
            }
        });
    }
}

/// Every version of one member with one bit or one character changed.
fn changes(token: &Value, (place, is_base64): (&'static str, bool)) -> Vec<(&'static str, String)> {
    let Some(text) = token.pointer(place).map(|value| value.as_str().unwrap()) else {
        return Vec::new();
    };
    let decode = |text: &str| if is_base64 { STANDARD.decode(text).unwrap() } else { unhex(text) };
    let encode = |bytes: &[u8]| if is_base64 { STANDARD.encode(bytes) } else { hex(bytes) };
    let bytes = decode(text);
    let bits = (0..bytes.len() * 8).map(|bit| {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        encode(&bytes)
    });
    // To the next one of the alphabet, and to one of the alphabet for URLs.
    let characters = (0..text.len()).flat_map(|index| {
        let next = match text.as_bytes()[index] {
            b'z' => b'0',
            b'9' => b'+',
            b'Z' => b'a',
            b'/' | b'=' => b'A',
            other => other + 1,
        };
        [next, b'_'].map(|with| {
            let mut text = text.as_bytes().to_vec();
            text[index] = with;
            String::from_utf8(text).unwrap()
        })
    });
    bits.chain(characters).map(|text| (place, text)).collect()
}

fn refused(verifier: &Verifier, token: &Value, place: &str, text: &str, now: SystemTime) {
    let mut changed = token.clone();
    *changed.pointer_mut(place).unwrap() = text.into();
    let parsed = EncryptedToken::parse(changed.to_string().as_bytes());
    let verified = parsed.and_then(|token| verifier.verify(token, now));
    assert!(verified.is_err(), "{place}: {text}");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|index| u8::from_str_radix(&text[index * 2..][..2], 16).unwrap())
        .collect()
}
