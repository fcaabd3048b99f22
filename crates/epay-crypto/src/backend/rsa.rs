//! RSA by the pure-Rust crate `rsa`: reading a public key with its bounds, and RSAES-PKCS1-v1_5 encryption.

use crate::{KeyError, SealError};
use rsa::pkcs1::{ALGORITHM_ID, RsaPublicKeyRef};
use rsa::pkcs8::der::Decode;
use rsa::pkcs8::{EncodePublicKey, SubjectPublicKeyInfoRef};
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, Error};
use std::ops::RangeInclusive;

/// Below 2048 bits a key can be factored by those who want to; above 16384 one sealing takes many milliseconds, and
/// only an attacker would serve such a key.
const MODULUS_BITS: RangeInclusive<usize> = 2048..=16384;

pub(crate) struct Key(rsa::PublicKey);

impl Key {
    /// Reads SubjectPublicKeyInfo (RFC 5280) or PKCS#1 (RFC 8017), to the last byte.
    pub(crate) fn from_der(der: &[u8]) -> Result<Key, KeyError> {
        match SubjectPublicKeyInfoRef::from_der(der) {
            // The algorithm must be plain RSA: a key for RSA-PSS is one that may only sign.
            Ok(spki) if spki.algorithm != ALGORITHM_ID => {
                Err(KeyError::malformed("the key is not an rsa key"))
            }
            Ok(spki) => Key::from_pkcs1(spki.subject_public_key.as_bytes().unwrap_or_default()),
            Err(_) => Key::from_pkcs1(der),
        }
    }

    fn from_pkcs1(der: &[u8]) -> Result<Key, KeyError> {
        let malformed = || KeyError::malformed("the bytes are not one rsa public key");
        let key = RsaPublicKeyRef::from_der(der).map_err(|_| malformed())?;
        let number = |bytes: &[u8]| {
            let bits = u32::try_from(bytes.len()).ok()?.checked_mul(8)?;
            BoxedUint::from_be_slice(bytes, bits).ok()
        };
        let modulus = number(key.modulus.as_bytes()).ok_or_else(malformed)?;
        let exponent = number(key.public_exponent.as_bytes()).ok_or_else(malformed)?;
        let key = rsa::PublicKey::new_with_size_limits(modulus, exponent, MODULUS_BITS);
        key.map(Key).map_err(|error| match error {
            Error::ModulusTooSmall => KeyError::too_weak("the key has fewer than 2048 bits"),
            Error::ModulusTooLarge => KeyError::too_weak("the key has more than 16384 bits"),
            Error::InvalidModulus => {
                KeyError::too_weak("the key's modulus is even or not above its exponent")
            }
            // The library's bounds: odd, from 3 to 2^33.
            _ => KeyError::too_weak("the key's exponent is even, below 3 or huge"),
        })
    }

    /// The one way to write this key as SubjectPublicKeyInfo: what pins are computed over.
    pub(crate) fn to_spki_der(&self) -> Result<Vec<u8>, KeyError> {
        self.0
            .to_public_key_der()
            .map(|der| der.into_vec())
            .map_err(|_| KeyError::malformed("the key can't be written"))
    }

    /// The modulus in bytes, which is the length of every cryptogram.
    pub(crate) fn size(&self) -> usize {
        self.0.size()
    }

    /// RSAES-PKCS1-v1_5 (RFC 8017 §7.2.1) with random padding from the operating system.
    pub(crate) fn encrypt(&self, plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        self.0.pkcs1v15_encrypt(plaintext).map_err(|error| match error {
            Error::MessageTooLong => SealError::too_long(),
            other => SealError::backend(other),
        })
    }
}
