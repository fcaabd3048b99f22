//! Tokens that Apple's devices made, with the keys their owners published.

use crate::{data, shared};
use epay_applepay::{EncryptedToken, Keys, Stage, Verifier};
use std::time::Duration;

#[test]
fn genuine_tokens_verify_at_their_time_and_open_to_their_text() {
    let Some(file) = data::genuine() else { return };
    let verifier = Verifier::apple();
    let mut opened = 0;
    for vector in file["vectors"].as_array().unwrap() {
        let token = vector["paymentData"].to_string();
        let now = shared::at(&vector["signing_time"]);
        let verified =
            verifier.verify(EncryptedToken::parse(token.as_bytes()).unwrap(), now).unwrap();
        assert_eq!(verified.signed_at(), now);
        let Some(key) = shared::key(vector) else { continue };
        let payload = verified.open(&Keys::new([key])).unwrap();
        assert_eq!(payload.expose(), vector["plain"].as_str().unwrap());
        opened += 1;
    }
    assert_eq!(opened, if cfg!(feature = "aws-lc") { 3 } else { 2 });
}

#[test]
fn freshness_has_two_edges() {
    let Some(file) = data::genuine() else { return };
    let vector = &file["vectors"][0];
    let (token, signed) = (vector["paymentData"].to_string(), shared::at(&vector["signing_time"]));
    let verifier = Verifier::apple();
    let stage = |verifier: &Verifier, now| {
        let token = EncryptedToken::parse(token.as_bytes()).unwrap();
        verifier.verify(token, now).err().map(|refused| refused.stage())
    };
    let seconds = Duration::from_secs;
    assert_eq!(stage(&verifier, signed + seconds(300)), None);
    assert_eq!(stage(&verifier, signed + seconds(301)), Some(Stage::Time));
    assert_eq!(stage(&verifier, signed - seconds(60)), None);
    assert_eq!(stage(&verifier, signed - seconds(61)), Some(Stage::Time));
    let stricter = Verifier::apple().with_max_age(seconds(10)).with_max_ahead(seconds(0));
    assert_eq!(stage(&stricter, signed + seconds(10)), None);
    assert_eq!(stage(&stricter, signed + seconds(11)), Some(Stage::Time));
    assert_eq!(stage(&stricter, signed - seconds(1)), Some(Stage::Time));
}
