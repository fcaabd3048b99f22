//! Readers of Apple Pay: bytes of the payer's device, of a certificate file, and of an opened token.

use base64::{Engine, engine::general_purpose::STANDARD};
use epay_applepay::{
    EncryptedToken, KeyAgreement, KeyUnavailable, ProcessingKey, Root, SharedSecret, Verifier,
    Version,
};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

/// A minted token, into which a signature is put.
const TOKEN: &str = include_str!("../corpus/apple_token/ec-nothing-is-wrong");

/// `paymentData`.
pub fn token(data: &[u8]) {
    let Ok(token) = EncryptedToken::parse(data) else { return };
    // Numbers beyond a float are json, and nothing that the other reader takes.
    let Ok(other) = serde_json::from_slice::<Value>(data) else { return };
    let version = if token.version() == Version::EcV1 { "EC_v1" } else { "RSA_v1" };
    assert_eq!(other["version"], version);
    let hash = STANDARD.encode(token.public_key_hash());
    assert_eq!(other["header"]["publicKeyHash"], hash);
    let id: String = token.transaction_id().iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(
        other["header"]["transactionId"]
            .as_str()
            .is_some_and(|text| text.eq_ignore_ascii_case(&id))
    );
    refuse(token);
}

/// The bytes of `signature`.
pub fn signature(data: &[u8]) {
    let mut token: Value = serde_json::from_str(TOKEN).expect("the corpus holds a token");
    token["signature"] = json!(STANDARD.encode(data));
    if let Ok(token) = EncryptedToken::parse(token.to_string().as_bytes()) {
        refuse(token);
    }
}

/// No token here leads to Apple's root.
fn refuse(token: EncryptedToken) {
    thread_local!(static APPLE: Verifier = Verifier::apple());
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_521_600);
    APPLE.with(|apple| assert!(apple.verify(token, now).is_err()));
}

/// What a verified token opened to. Only a fuzzer comes past the seal.
#[cfg(fuzzing)]
pub fn payload(data: &[u8]) {
    let token = EncryptedToken::parse(TOKEN.as_bytes()).expect("the corpus holds a token");
    let Some(payload) = epay_applepay::fuzzing::payload(data, &token) else { return };
    let Ok(other) = serde_json::from_slice::<Value>(data) else { return };
    assert_eq!(other["transactionAmount"].as_u64(), Some(payload.amount()));
    assert_eq!(other["currencyCode"], format!("{:03}", payload.currency()));
    assert_eq!(other["cardholderName"].as_str(), payload.cardholder_name());
    assert_eq!(payload.expose().as_bytes(), data);
}

/// A certificate, of a root or of a merchant whose key is elsewhere.
pub fn certificate(data: &[u8]) {
    let _ = Root::read(data);
    if let Ok(key) = ProcessingKey::with_agreement(data, NoKey) {
        assert!(key.merchant_id().is_none_or(|id| key.is_for(id)));
    }
    let _ = ProcessingKey::read(data, data);
}

#[derive(Debug)]
struct NoKey;

impl KeyAgreement for NoKey {
    fn agree(&self, _: &[u8; 65]) -> Result<SharedSecret, KeyUnavailable> {
        Err(KeyUnavailable)
    }
}
