//! The secrets of one shop, its payers and its bank, each like nothing else that is ever printed.

use crate::scan::Needle;
use epay::{
    ApplePayToken, Card, CardNumber, Credentials, DecryptedApplePay, Eci, Environment, Expiry,
    GooglePayToken, HttpGateway, PaymentRequest, ReplayKey, Secret, TagKey, TerminalId, TokioClock,
    Transport,
};
use epay_crypto::ExpiryFormat;
use epay_tests::bench::card_of;
use std::sync::Arc;

pub(crate) const PAN: &str = "4444333322221111";
pub(crate) const DPAN: &str = "5204248234567897";
pub(crate) const CVC: &str = "7391";
const EXPIRY: &str = "1138";
const APPLE_EXPIRY: &str = "371129";
pub(crate) const HOLDER: &str = "PLANTED HOLDER";
pub(crate) const EMAIL: &str = "planted.payer@mail.example";
pub(crate) const PHONE: &str = "+77019876543";
const ACCOUNT: &str = "planted-account-in-the-shop";
pub(crate) const APPLE_CRYPTOGRAM: &str = "qOf8Ag0G/+as3y6qltkyK893Ivw=";
const APPLE_DATA: &str = "VGhlIHRva2VuIHRoYXQgdGhlIGJhbmsgb3BlbnM+";
const GOOGLE_DATA: &str = "QW5vdGhlciB0b2tlbiB0aGF0IHRoZSBiYW5rIG9wZW5z";
pub(crate) const CLIENT_SECRET: &str = "pl4nted/cl1ent+s3cret&of=the\"shop";
pub(crate) const WRONG_CLIENT_SECRET: &str = "an0ther/cl1ent+s3cret, a mistyped one";
pub(crate) const TAG_KEY: &[u8; 32] = b"planted key of tags, 32 bytes ok";
pub(crate) const PA_RES: &str = "eJzPlantedPaRes+of/the/issuer==";
pub(crate) const MD: &str = "UGxhbnRlZE1k+of/the/issuer==";

/// All of them. What is made of them on the way is added by whoever sees it made.
pub(crate) fn needles() -> Vec<Needle> {
    let plaintext =
        |pan, expiry, cvc| format!(r#"{{"hpan":"{pan}","expDate":"{expiry}","cvc":"{cvc}","#);
    let tag_key = str::from_utf8(TAG_KEY).unwrap();
    vec![
        Needle::new("card number", PAN),
        Needle::new("device number", DPAN),
        Needle::new("card code", CVC),
        Needle::new("expiry", EXPIRY),
        Needle::new("expiry as printed", "11/38"),
        Needle::new("expiry of the device number", APPLE_EXPIRY),
        Needle::new("plaintext of a cryptogram", &plaintext(PAN, EXPIRY, CVC)),
        Needle::new("plaintext of Apple's cryptogram", &plaintext(DPAN, APPLE_EXPIRY, "")),
        Needle::new("holder", HOLDER),
        Needle::new("email", EMAIL),
        Needle::new("phone", PHONE),
        Needle::new("account", ACCOUNT),
        Needle::new("payment cryptogram", APPLE_CRYPTOGRAM),
        Needle::new("Apple Pay token", APPLE_DATA),
        Needle::new("Google Pay token", GOOGLE_DATA),
        Needle::new("client secret", CLIENT_SECRET),
        Needle::new("mistyped client secret", WRONG_CLIENT_SECRET),
        Needle::new("key of tags", tag_key),
        Needle::new("PaRes", PA_RES),
        Needle::new("MD", MD),
    ]
}

/// The real gateway of this shop.
pub(crate) fn gateway(
    transport: impl Transport + 'static,
    environment: Environment,
    terminal: &str,
) -> HttpGateway {
    HttpGateway::new(transport, Arc::new(TokioClock), environment, credentials(terminal))
}

/// The card with this number; ours, or one that makes the fake bank say no.
pub(crate) fn card(number: &str) -> Card {
    card_of(number, EXPIRY, CVC, HOLDER)
}

pub(crate) const APPLE_FORMAT: ExpiryFormat = ExpiryFormat::Yymmdd;

pub(crate) fn apple_pay() -> DecryptedApplePay {
    let (number, expiry) =
        (CardNumber::new(DPAN).unwrap(), Expiry::parse_yymmdd(APPLE_EXPIRY).unwrap());
    let (cryptogram, eci) = (Secret::new(APPLE_CRYPTOGRAM), Eci::new("05").ok());
    DecryptedApplePay::new(
        number,
        expiry,
        cryptogram,
        eci,
        ReplayKey::new([5; 32]),
        crate::flow::PRICE,
    )
}

pub(crate) fn apple_pay_token() -> ApplePayToken {
    ApplePayToken::new(format!(
        r#"{{"version":"EC_v1","data":"{APPLE_DATA}","signature":"c2ln","header":{{}}}}"#
    ))
}

pub(crate) fn google_pay_token() -> GooglePayToken {
    GooglePayToken::new(format!(
        r#"{{"signature":"c2ln","protocolVersion":"ECv2","signedMessage":"{GOOGLE_DATA}"}}"#
    ))
}

pub(crate) fn request() -> PaymentRequest {
    PaymentRequest::new("Order 17")
        .and_then(|request| request.with_payer_name(HOLDER))
        .and_then(|request| request.with_email(EMAIL))
        .and_then(|request| request.with_phone(PHONE))
        .and_then(|request| request.with_account(ACCOUNT))
        .and_then(|request| {
            request.with_post_links("http://127.0.0.1:9/post", "http://127.0.0.1:9/fail")
        })
        .unwrap()
}

pub(crate) fn credentials(terminal: &str) -> Credentials {
    Credentials::new("test", Secret::new(CLIENT_SECRET), TerminalId::new(terminal).unwrap())
}

pub(crate) fn tags() -> TagKey {
    TagKey::new(*TAG_KEY).unwrap()
}
