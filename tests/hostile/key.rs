//! Whoever serves a key: what is not one RSA key, or one too weak, seals nothing.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use epay_crypto::{KeyErrorKind, PublicKey};
use epay_http::Bank as _;
use epay_tests::stage::{answer, gateway};
use pollster::block_on;

const PEM: &str = include_str!("../../crates/epay-fakebank/keys/fixed-public.pem");

fn served(body: impl Into<Bytes>) -> Result<(), KeyErrorKind> {
    let (gateway, _) = gateway(&answer(500, ""), &answer(200, body));
    block_on(gateway.bank_key()).map(|_| ()).map_err(|error| error.kind())
}

#[test]
fn a_damaged_key_seals_nothing() {
    // This one is whole, and its private half is published.
    assert_eq!(served(PEM), Err(KeyErrorKind::Published));
    for at in 0..PEM.trim_end().len() {
        assert_eq!(served(&PEM[..at]), Err(KeyErrorKind::Malformed), "cut at byte {at}");
    }
    let html = "<!doctype html><html><body>404</body></html>";
    for (body, what) in [
        (html.into(), "html"),
        (format!("{html}{PEM}"), "html before it"),
        (format!("{PEM}{PEM}"), "twice"),
        (format!("{PEM}{html}"), "something after it"),
        (format!("\u{feff}{PEM}"), "a byte order mark"),
        (PEM.replace("PUBLIC", "PRIVATE"), "called private"),
        (PEM.replace('M', "М"), "Cyrillic letters"),
        (PEM.replace('\n', "\0"), "zero bytes"),
        (format!("{{\"key\":{PEM:?}}}"), "in json"),
        ("-----BEGIN PUBLIC KEY-----".repeat(2_000), "begun without end"),
        ("MIIC".repeat(10_000), "base64 without a frame"),
    ] {
        assert_eq!(served(body), Err(KeyErrorKind::Malformed), "{what}");
    }
    for (part, what) in [
        ("A", "letters"),
        ("\x30\x7f", "nested sequences"),
        ("-----BEGIN PUBLIC KEY-----\n", "frames"),
    ] {
        // Over the limit of an answer, and over that of a key alone.
        assert_eq!(
            served(part.repeat(10 * 1024 * 1024 / part.len())),
            Err(KeyErrorKind::Unavailable),
            "10 MB of {what}"
        );
        assert_eq!(
            served(part.repeat(200 * 1024 / part.len())),
            Err(KeyErrorKind::Malformed),
            "200 kB of {what}"
        );
    }
}

#[test]
fn a_key_with_one_wrong_byte_is_another_or_none() {
    let armoured: String = PEM.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(armoured).unwrap();
    let pin = PublicKey::parse(&der).unwrap().spki_sha256();
    for place in 0..der.len() {
        let mut wrong = der.clone();
        wrong[place] ^= 0x55;
        assert!(
            PublicKey::parse(&wrong).map_or(true, |key| key.spki_sha256() != pin),
            "byte {place}"
        );
        assert!(PublicKey::parse(&der[..place]).is_err(), "cut at byte {place}");
    }
}
