//! What the tests of foreign tokens have in common.

use base64::{Engine, engine::general_purpose::STANDARD};
use epay_applepay::{EncryptedToken, KeyError, Keys, Payload, ProcessingKey, Refused, Verifier};
use serde_json::Value;
use std::time::{Duration, SystemTime};

pub(crate) fn base64(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().unwrap()).unwrap()
}

pub(crate) fn at(seconds: &Value) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.as_u64().unwrap())
}

/// The processing key of a vector or merchant; `None` if this backend opens none of its kind.
pub(crate) fn key(owner: &Value) -> Option<ProcessingKey> {
    match ProcessingKey::read(&base64(&owner["cert"]), &base64(&owner["key_pkcs8"])) {
        Err(KeyError::RsaNeedsAwsLc) if !cfg!(feature = "aws-lc") => None,
        key => Some(key.unwrap()),
    }
}

pub(crate) fn open(
    verifier: &Verifier,
    token: &str,
    now: SystemTime,
    keys: &Keys,
) -> Result<Payload, Refused> {
    verifier.verify(EncryptedToken::parse(token.as_bytes())?, now)?.open(keys)
}
