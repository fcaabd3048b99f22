//! Signatures by `ring`, ECDH by the pure-Rust `p256`. No RSA decryption: in pure Rust its timing tells the key.

use crate::keys::SharedSecret;
use p256::{PublicKey, SecretKey, ecdh, pkcs8::DecodePrivateKey};

pub(crate) use webpki::ring::{
    ECDSA_P256_SHA256, ECDSA_P384_SHA256, RSA_PKCS1_2048_8192_SHA256 as RSA_PKCS1_SHA256,
};

/// A P-256 key; wiped on drop by `p256`.
pub(crate) struct EcKey(SecretKey);

impl EcKey {
    /// Reads PKCS#8 or SEC 1.
    pub(crate) fn from_der(der: &[u8]) -> Option<EcKey> {
        SecretKey::from_pkcs8_der(der)
            .ok()
            .or_else(|| SecretKey::from_sec1_der(der).ok())
            .map(EcKey)
    }

    /// 04 and the two coordinates.
    pub(crate) fn public_point(&self) -> Option<Vec<u8>> {
        Some(self.0.public_key().to_sec1_bytes().into_vec())
    }

    /// `None` if the point is not on the curve.
    pub(crate) fn agree(&self, point: &[u8; 65]) -> Option<SharedSecret> {
        let public = PublicKey::from_sec1_bytes(point).ok()?;
        let secret = ecdh::diffie_hellman(self.0.to_nonzero_scalar(), public.as_affine());
        SharedSecret::from_slice(secret.raw_secret_bytes())
    }
}
