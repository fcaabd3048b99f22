//! Fixtures of the unit tests: a client that seals a card for the fixed key.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rsa::{PublicKey, pkcs8::DecodePublicKey as _};

use crate::keys::BankKey;

pub(crate) fn seal(plain: &str) -> String {
    let public = PublicKey::from_public_key_pem(BankKey::fixed().public_pem()).unwrap();
    STANDARD.encode(public.pkcs1v15_encrypt(plain.as_bytes()).unwrap())
}
