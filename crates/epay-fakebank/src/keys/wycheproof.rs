//! Project Wycheproof's vectors through the opening of cryptograms; their source is told in `tests/data/wycheproof`.

use rsa::{PrivateKey, pkcs8::DecodePrivateKey as _};
use serde_json::Value;

use super::Opener;

fn unhex(value: &Value) -> Vec<u8> {
    let (pairs, []) = value.as_str().unwrap().as_bytes().as_chunks::<2>() else {
        panic!("{value}")
    };
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.iter().map(byte).collect()
}

/// How many opened to their text, and how many did not; `by_rsa` leaves aws-lc aside.
fn check(set: &str, by_rsa: bool) -> (usize, usize) {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/wycheproof");
    let file = std::fs::read(format!("{directory}/{set}.json")).unwrap();
    let file: Value = serde_json::from_slice(&file).unwrap();
    let (mut opened, mut refused) = (0, 0);
    for group in file["testGroups"].as_array().unwrap() {
        let key = PrivateKey::from_pkcs8_der(&unhex(&group["privateKeyPkcs8"])).unwrap();
        let opener = if by_rsa { Opener::by_rsa(key) } else { Opener::new(key) };
        for test in group["tests"].as_array().unwrap() {
            // Bad padding may open to junk, and never to the text.
            let is_text =
                opener.open(&unhex(&test["ct"])).is_some_and(|text| *text == unhex(&test["msg"]));
            assert_eq!(is_text, test["result"] == "valid", "{test}");
            if is_text { opened += 1 } else { refused += 1 }
        }
    }
    (opened, refused)
}

#[test]
fn what_is_rightly_padded_opens_to_its_text_and_nothing_else_does() {
    for by_rsa in [true, false] {
        assert_eq!(check("rsa_pkcs1_2048", by_rsa), (42, 25));
        assert_eq!(check("rsa_pkcs1_4096", by_rsa), (41, 26));
    }
}
