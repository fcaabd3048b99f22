//! Keys of the merchant API: shown once, stored as a hash, and limited by their scopes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use epay::Secret;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

/// What a key may do.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scope {
    /// See orders.
    Read,
    /// Create orders, and end what the payer has left.
    Pay,
    /// Give money back.
    Refund,
    /// Capture and void holds.
    Operate,
}

impl Scope {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Pay => "pay",
            Scope::Refund => "refund",
            Scope::Operate => "operate",
        }
    }
}

/// SHA-256 of a key. The key is random and long, so its hash needs no salt, and looking it up tells nobody
/// anything about another.
pub(crate) type KeyHash = [u8; 32];

/// A new key of the merchant API. Only its hash goes into the file.
pub struct ApiKey(Secret);

impl ApiKey {
    /// A key of 32 random bytes; `None` where the system gives none.
    pub fn random() -> Option<ApiKey> {
        let mut bytes = [0; 32];
        SystemRandom::new().fill(&mut bytes).ok()?;
        Some(ApiKey(Secret::new(format!("epay_{}", URL_SAFE_NO_PAD.encode(bytes)))))
    }

    /// What the shop's program sends as `Authorization: Bearer …`.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What the file has as `sha256`.
    pub fn sha256(&self) -> String {
        hash(self.expose()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApiKey(redacted)")
    }
}

pub(crate) fn hash(key: &str) -> KeyHash {
    let mut hash = KeyHash::default();
    // SHA-256 has as many bytes as there is room.
    hash.iter_mut()
        .zip(digest(&SHA256, key.as_bytes()).as_ref())
        .for_each(|(to, from)| *to = *from);
    hash
}

/// The hash as the file has it.
pub(crate) fn read_hash(hex: &str) -> Option<KeyHash> {
    let mut hash = KeyHash::default();
    if hex.len() != 64 {
        return None;
    }
    if !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (index, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(index * 2..index * 2 + 2)?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_by_its_hash_and_not_told_by_debug() {
        let (key, other) = (ApiKey::random().unwrap(), ApiKey::random().unwrap());
        assert_eq!(read_hash(&key.sha256()), Some(hash(key.expose())));
        assert_ne!(read_hash(&other.sha256()), Some(hash(key.expose())));
        assert_eq!(key.expose().len(), 5 + 43);
        assert_eq!(format!("{key:?}"), "ApiKey(redacted)");
    }

    #[test]
    fn what_is_no_hash_is_none() {
        for hex in ["", "00", &"g".repeat(64), &"é".repeat(32), &"+0".repeat(32)] {
            assert_eq!(read_hash(hex), None, "{hex}");
        }
    }
}
