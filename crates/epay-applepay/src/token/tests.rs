//! Every way in which bytes are not a token is refused by name.

use super::*;

/// A well-formed token whose parts mean nothing, with some text of it replaced.
fn token(replaced: &str, with: &str) -> String {
    let key = STANDARD.encode([&P256_SPKI_PREFIX[..], &[7; 64]].concat());
    let (hash, id) = (STANDARD.encode([1; 32]), "ab".repeat(32));
    let text = format!(
        r#"{{"version":"EC_v1","data":"{}","signature":"AAAA","header":{{"ephemeralPublicKey":"{key}","publicKeyHash":"{hash}","transactionId":"{id}"}}}}"#,
        STANDARD.encode([2; 17]),
    );
    assert!(text.contains(replaced), "{replaced}");
    text.replacen(replaced, with, 1)
}

#[track_caller]
fn check(text: &str, expected: Result<Version, &str>) {
    let read = EncryptedToken::parse(text.as_bytes());
    if let Err(refused) = &read {
        assert_eq!(refused.stage(), Stage::Token);
    }
    let read = read.as_ref().map(EncryptedToken::version).map_err(Refused::reason);
    match (read, expected) {
        (Ok(read), Ok(expected)) => assert_eq!(read, expected),
        (Err(read), Err(expected)) => assert!(read.contains(expected), "{read}"),
        (read, expected) => panic!("{read:?} instead of {expected:?}: {text:.120}"),
    }
}

#[test]
fn what_is_a_token() {
    check(&token("", ""), Ok(Version::EcV1));
    check(&token("{", r#"{"newFromApple":{"a":[1]},"#), Ok(Version::EcV1));
    check(&token("\"header\":{", r#""header":{"newFromApple":null,"#), Ok(Version::EcV1));
    check(&token("abab", "ABab"), Ok(Version::EcV1));
    let spki = token("", "");
    let key = spki.split("ephemeralPublicKey\":\"").nth(1).unwrap().split('"').next().unwrap();
    let wrapped = |version| token("EC_v1", version).replace("ephemeralPublicKey", "wrappedKey");
    check(&wrapped("RSA_v1"), Ok(Version::RsaV1));
    check(&wrapped("EC_v1"), Err("not those of the version"));
    check(&token("EC_v1", "RSA_v1"), Err("not those of the version"));
    let both = format!(r#""wrappedKey":"{key}","ephemeralPublicKey""#);
    check(&token("\"ephemeralPublicKey\"", &both), Err("not those of the version"));
    check(
        &token("\"ephemeralPublicKey\"", &both).replace("EC_v1", "RSA_v1"),
        Err("not those of the version"),
    );
}

#[test]
fn what_is_something_else() {
    check(r#"{"paymentData":{"version":"EC_v1"}}"#, Err("take paymentData out"));
    check(r#"{"token":{}}"#, Err("take paymentData out"));
    check(r#"{"signedTransactionInfo":"e30.e30.e30"}"#, Err("StoreKit"));
    check(r#"{"validationURL":"https://apple-pay-gateway.apple.com/"}"#, Err("merchant session"));
    check("{}", Err("version is missing"));
    check("e30.e30.e30", Err("not well-formed json"));
    check("[]", Err("not a json object"));
    check("\"EC_v1\"", Err("not a json object"));
    check("", Err("not well-formed json"));
}

#[test]
fn what_is_not_quite_a_token() {
    for member in ["data", "signature", "header", "publicKeyHash", "transactionId"] {
        let missing = format!("{member} is missing");
        check(&token(&format!("\"{member}\""), "\"other\""), Err(&missing));
        check(
            &token(&format!("\"{member}\":"), &format!("\"{member}\":[],\"x\":")),
            Err("not a json"),
        );
    }
    check(&token("EC_v1", "EC_v2"), Err("neither"));
    check(&token("\"EC_v1\"", "1"), Err("not a json string"));
    check(&token("\"version\":", "\"version\":\"EC_v1\",\"version\":"), Err("names a key twice"));
    check(&token("\"header\":{", "\"header\":{\"a\":1,\"a\":2,"), Err("names a key twice"));
    for (key, respelt) in [
        ("data", "Data"),
        ("data", "\\u0044ata"),
        ("signature", "\u{17f}ignature"),
        ("header", "HEADER"),
        ("publicKeyHash", "public\u{212a}eyHash"),
        ("transactionId", "transactionID"),
        ("transactionId", "WrappedKey"),
        ("transactionId", "applicationdata"),
    ] {
        let both = format!("\"{respelt}\":\"\",\"{key}\":");
        check(&token(&format!("\"{key}\":"), &both), Err("in another case"));
    }
    check(&(token("", "") + "x"), Err("not well-formed json"));
    check(&token("AAAA", "AA=="), Ok(Version::EcV1));
    for wrong in ["AAA", "AAB=", "AA=", "AA", "A-AA", "AA\\nAA", "AAAA=", " AAAA", "AAAA "] {
        check(&token("AAAA", wrong), Err("base64"));
    }
    let id = "ab".repeat(32);
    for wrong in [
        "ab".repeat(31),
        "ab".repeat(33),
        "ab".repeat(31) + "a",
        "ab".repeat(31) + "0x",
        "ab".repeat(31) + "ag",
    ] {
        check(&token(&id, &wrong), Err("32 bytes of hex"));
        let application_data = format!("\"applicationData\":\"{wrong}\",\"transactionId\"");
        check(&token("\"transactionId\"", &application_data), Err("32 bytes of hex"));
    }
    check(
        &token(&STANDARD.encode([1; 32]), &STANDARD.encode([1; 31])),
        Err("publicKeyHash is not 32 bytes"),
    );
    check(&token(&STANDARD.encode([2; 17]), &STANDARD.encode([2; 16])), Err("too short"));
}

#[test]
fn the_device_key_has_one_form() {
    let good = [&P256_SPKI_PREFIX[..], &[7; 64]].concat();
    let with = |spki: &[u8]| token(&STANDARD.encode(&good), &STANDARD.encode(spki));
    check(&with(&good), Ok(Version::EcV1));
    check(&with(&good[..90]), Err("uncompressed point"));
    check(&with(&[&good[..], &[0]].concat()), Err("uncompressed point"));
    check(&with(&[7; 91]), Err("uncompressed point"));
    check(&with(&[&good[..26], &[2], &[7; 32]].concat()), Err("uncompressed point"));
    check(&with(&[&good[..26], &[2], &good[27..]].concat()), Err("uncompressed point"));
}

#[test]
fn sizes_end_somewhere() {
    let padded = |size: usize| {
        let text = token("", "");
        " ".repeat(size - text.len()) + &text
    };
    check(&padded(64 * 1024), Ok(Version::EcV1));
    check(&padded(64 * 1024 + 1), Err("64 KiB"));
    let signed = |size: usize| token("AAAA", &STANDARD.encode(vec![0; size]));
    check(&signed(16 * 1024), Ok(Version::EcV1));
    check(&signed(16 * 1024 + 1), Err("16 KiB"));
    let refused = EncryptedToken::parse(b"{\"version\":\"\xff\"}").unwrap_err();
    assert_eq!(refused.reason(), "it is not utf-8");
}

#[test]
fn debug_shows_the_version_alone() {
    let read = EncryptedToken::parse(token("", "").as_bytes()).unwrap();
    assert_eq!(format!("{read:?}"), "EncryptedToken(EcV1, redacted)");
    assert_eq!((read.transaction_id(), read.public_key_hash()), (&[0xab; 32], &[1; 32]));
    assert_eq!(read.application_data_hash(), None);
}
