//! Signatures, ECDH and RSA by `aws-lc-rs`.

use crate::keys::SharedSecret;
use aws_lc_rs::{
    agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey},
    encoding::{AsDer, PublicKeyX509Der},
    rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey},
};
use zeroize::Zeroizing;

pub(crate) use webpki::aws_lc_rs::{
    ECDSA_P256_SHA256, ECDSA_P384_SHA256, RSA_PKCS1_2048_8192_SHA256 as RSA_PKCS1_SHA256,
};

/// A P-256 key; wiped on drop by aws-lc.
pub(crate) struct EcKey(PrivateKey);

impl EcKey {
    /// Reads PKCS#8 or SEC 1.
    pub(crate) fn from_der(der: &[u8]) -> Option<EcKey> {
        PrivateKey::from_private_key_der(&ECDH_P256, der).ok().map(EcKey)
    }

    /// 04 and the two coordinates.
    pub(crate) fn public_point(&self) -> Option<Vec<u8>> {
        Some(self.0.compute_public_key().ok()?.as_ref().to_vec())
    }

    /// `None` if the point is not on the curve.
    pub(crate) fn agree(&self, point: &[u8; 65]) -> Option<SharedSecret> {
        let public = UnparsedPublicKey::new(&ECDH_P256, point);
        agreement::agree(&self.0, public, (), |secret| SharedSecret::from_slice(secret).ok_or(()))
            .ok()
    }
}

/// An RSA key; wiped on drop by aws-lc.
pub(crate) struct RsaKey {
    key: OaepPrivateDecryptingKey,
    spki: Vec<u8>,
}

impl RsaKey {
    /// Reads PKCS#8.
    pub(crate) fn from_der(der: &[u8]) -> Option<RsaKey> {
        let key = PrivateDecryptingKey::from_pkcs8(der).ok()?;
        let public: PublicKeyX509Der<'_> = key.public_key().as_der().ok()?;
        let spki = public.as_ref().to_vec();
        Some(RsaKey { key: OaepPrivateDecryptingKey::new(key).ok()?, spki })
    }

    /// SubjectPublicKeyInfo.
    pub(crate) fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// RSAES-OAEP with SHA-256 for the digest and for the mask, and no label.
    pub(crate) fn unwrap(&self, wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        if wrapped.len() != self.key.key_size_bytes() {
            return None;
        }
        let mut key = Zeroizing::new(vec![0; self.key.min_output_size()]);
        let length = self.key.decrypt(&OAEP_SHA256_MGF1SHA256, wrapped, &mut key, None).ok()?.len();
        // Shortened in place, so that all of the buffer is still wiped.
        key.truncate(length);
        Some(key)
    }
}
