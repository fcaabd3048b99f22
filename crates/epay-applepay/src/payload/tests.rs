//! Which payloads are a payment, and which of their fields are compared with the order.

use super::*;
use crate::{digest::sha256, token::Sealed};

const GOOD: &str = r#"{"applicationPrimaryAccountNumber":"4109370251004320","applicationExpirationDate":"291231","currencyCode":"398","transactionAmount":150000,"deviceManufacturerIdentifier":"040010030273","paymentDataType":"3DSecure","paymentData":{"onlinePaymentCryptogram":"AMC5tLMnV5S3AnLbsGPMAoABFA==","eciIndicator":"7"}}"#;

fn token(application_data: Option<[u8; 32]>) -> EncryptedToken {
    EncryptedToken {
        sealed: Sealed::Rsa { wrapped: Vec::new() },
        data: Vec::new(),
        signature: Vec::new(),
        key_hash: [0; 32],
        transaction_id: [9; 32],
        application_data,
    }
}

fn parse(text: &str) -> Read<Payload> {
    Payload::parse(Zeroizing::new(text.as_bytes().to_vec()), &token(None))
}

#[track_caller]
fn check(replaced: &str, with: &str, expected: Result<(), &str>) {
    assert!(GOOD.contains(replaced), "{replaced}");
    match (parse(&GOOD.replacen(replaced, with, 1)), expected) {
        (Ok(_), Ok(())) => {}
        (Err(reason), Err(expected)) => assert!(reason.contains(expected), "{reason}"),
        (read, expected) => panic!("{read:?} instead of {expected:?}: {with}"),
    }
}

#[test]
fn members_must_be_there_and_of_their_type() {
    check("", "", Ok(()));
    for (member, reason) in [
        ("applicationPrimaryAccountNumber", "account number"),
        ("applicationExpirationDate", "expiry"),
        ("currencyCode", "currency"),
        ("transactionAmount", "amount"),
        ("paymentDataType", "paymentDataType"),
        ("paymentData\"", "paymentData"),
        ("onlinePaymentCryptogram", "cryptogram"),
    ] {
        check(member, &format!("x{member}"), Err(reason));
    }
    for wrong in [
        "\"41093702510\"",
        "\"41093702510043201234\"",
        "\"410937025100432x\"",
        "4109370251004320",
        "null",
    ] {
        check(
            "\"4109370251004320\"",
            wrong,
            Err(if wrong.starts_with('"') { "account number" } else { "json string" }),
        );
    }
    check("4109370251004320", "410937025100", Ok(()));
    check("4109370251004320", "4109370251004320123", Ok(()));
    for wrong in [
        "291331",
        "290229",
        "290031",
        "291200",
        "291232",
        "29123",
        "2912311",
        "29-2-1",
        "2912\u{e9}",
    ] {
        check("291231", wrong, Err("YYMMDD"));
    }
    for wrong in ["39", "3980", "KZT", "-98"] {
        check("398", wrong, Err("three digits"));
    }
    check("\"398\"", "398", Err("json string"));
    check("398", "036", Ok(()));
    for wrong in [
        "\"150000\"",
        "1500.00",
        "150000.0",
        "-150000",
        "15e4",
        "18446744073709551616",
        "null",
        "NaN",
    ] {
        check(
            ":150000",
            &format!(":{wrong}"),
            Err(if wrong == "NaN" { "json" } else { "whole number" }),
        );
    }
    check(":150000", ":0", Ok(()));
    check("3DSecure", "3dsecure", Err("neither"));
    for wrong in ["AMC5tLMnV5S3AnLbsGPMAoABFA", "", "AMC5-LMnV5S3AnLbsGPMAoABFA=="] {
        check("AMC5tLMnV5S3AnLbsGPMAoABFA==", wrong, Err("base64"));
    }
    for wrong in ["", "007", "x", "-7"] {
        check("\"7\"", &format!("\"{wrong}\""), Err("eci"));
    }
    check("\"7\"", "7", Err("json string"));
    check(r#","eciIndicator":"7""#, "", Ok(()));
    check("\"paymentDataType\"", "\"currencyCode\":\"398\",\"paymentDataType\"", Err("twice"));
    check("\"eciIndicator\"", "\"eciIndicator\":\"5\",\"eciIndicator\"", Err("twice"));
    check("{\"online", "[],\"x\":{\"online", Err("json object"));
    check("}}", "}} ", Ok(()));
    check("}}", "}}x", Err("json"));
    assert_eq!(
        Payload::parse(Zeroizing::new(vec![0xff]), &token(None)).unwrap_err(),
        "it is not utf-8"
    );
}

#[test]
fn what_is_inside_comes_out_as_it_was() {
    let more = r#""cardholderName":"Arman \u0410li","merchantTokenIdentifier":"mt-1","merchantTokenMetadata":{"a":1},"new":[1, 2],"authenticationResponses":[{"merchantIdentifier":"m.one","authenticationData":"AAA=","transactionAmount":"70000"}],"paymentDataType""#;
    let payload = parse(&GOOD.replacen("\"paymentDataType\"", more, 1)).unwrap();
    assert_eq!((payload.currency(), payload.amount()), (398, 150_000));
    assert_eq!(payload.cardholder_name(), Some("Arman \u{410}li"));
    assert_eq!(payload.device_manufacturer_id(), Some("040010030273"));
    assert_eq!(payload.merchant_token_id(), Some("mt-1"));
    assert_eq!(payload.merchant_token_metadata(), Some(r#"{"a":1}"#));
    assert_eq!(payload.others().collect::<Vec<_>>(), [("new", "[1, 2]")]);
    let [response] = payload.authentication_responses() else { panic!() };
    assert_eq!((response.merchant_id.as_str(), response.amount.as_str()), ("m.one", "70000"));
    assert_eq!(response.authentication_data.as_str(), "AAA=");
    assert_eq!(format!("{response:?}"), "AuthenticationResponse(m.one, 70000, redacted)");
    assert!(
        parse(&GOOD.replacen("\"paymentDataType\"", &more.replace("\"70000\"", "70000"), 1))
            .is_err()
    );
}

#[test]
fn emv_is_the_other_kind() {
    let text =
        GOOD.replacen("3DSecure", "EMV", 1).replacen("onlinePaymentCryptogram", "emvData", 1);
    let order = Expected { amount: 150_000, currency: 398, application_data: None };
    let approved = parse(&text).unwrap().expect(&order).unwrap();
    let Proof::Emv { data, encrypted_pin: None } = approved.proof() else { panic!() };
    assert_eq!(data.as_str(), "AMC5tLMnV5S3AnLbsGPMAoABFA==");
    assert_eq!(
        (approved.eci_two_digits(), format!("{:?}", approved.proof())),
        (None, "Emv(redacted)".into())
    );
    assert!(parse(&GOOD.replacen("3DSecure", "EMV", 1)).is_err());
}

#[test]
fn only_what_was_asked_for_is_approved() {
    let order = Expected { amount: 150_000, currency: 398, application_data: None };
    let with_data = Expected { application_data: Some(b"order-17"), ..order };
    let hash = Some(sha256(b"order-17"));
    for (expected, signed, reason) in [
        (order, None, None),
        (with_data, hash, None),
        (Expected { amount: 150_001, ..order }, None, Some("another amount")),
        (Expected { currency: 840, ..order }, None, Some("another currency")),
        (with_data, None, Some("another payment request")),
        (order, hash, Some("another payment request")),
        (
            Expected { application_data: Some(b"order-18"), ..order },
            hash,
            Some("another payment request"),
        ),
    ] {
        let payload = Payload::parse(Zeroizing::new(GOOD.into()), &token(signed)).unwrap();
        match (payload.expect(&expected), reason) {
            (Ok(_), None) => {}
            (Err(refused), Some(reason)) => {
                assert_eq!(refused.stage(), Stage::Mismatch);
                assert!(refused.reason().contains(reason), "{}", refused.reason());
            }
            (approved, _) => panic!("{approved:?} for {expected:?}"),
        }
    }
}

#[test]
fn approved_shows_what_the_acquirer_needs_and_debug_nothing() {
    let payload = parse(GOOD).unwrap();
    assert_eq!(format!("{payload:?}"), "Payload(redacted)");
    assert_eq!(payload.expose(), GOOD);
    let approved = payload
        .expect(&Expected { amount: 150_000, currency: 398, application_data: None })
        .unwrap();
    assert_eq!((approved.dpan(), approved.expiry()), ("4109370251004320", "291231"));
    assert_eq!(approved.transaction_id(), &[9; 32]);
    let Proof::ThreeDSecure { cryptogram, eci: Some(eci) } = approved.proof() else { panic!() };
    assert_eq!((cryptogram.as_str(), eci.as_str()), ("AMC5tLMnV5S3AnLbsGPMAoABFA==", "7"));
    assert_eq!(approved.eci_two_digits().as_deref(), Some("07"));
    assert_eq!(
        format!("{approved:?} {:?}", approved.proof()),
        "Approved(redacted) ThreeDSecure(redacted)"
    );
    assert_eq!(approved.payload().amount(), 150_000);
}
