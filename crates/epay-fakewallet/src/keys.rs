//! One seed makes every key and every random number, so the same seed makes the same bytes on every machine.

use std::sync::{Arc, LazyLock};

use chacha20::{ChaCha20Rng, rand_core::SeedableRng as _};
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use ring::digest;
use rsa::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};

use super::{der, oid};

/// What everything of a wallet follows from: a small number will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl From<[u8; 32]> for Seed {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl From<u64> for Seed {
    fn from(number: u64) -> Self {
        Self(sha256(&number.to_be_bytes()))
    }
}

impl Seed {
    /// 32 bytes that belong to this name.
    pub(crate) fn bytes(&self, name: &str) -> [u8; 32] {
        sha256(&[&self.0, name.as_bytes()].concat())
    }

    pub(crate) fn rng(&self, name: &str) -> ChaCha20Rng {
        ChaCha20Rng::from_seed(self.bytes(name))
    }
}

/// A digest algorithm, with those among them that a reader must refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub(crate) fn of(self, message: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, message).as_ref().to_vec()
    }

    pub(crate) const fn oid(self) -> &'static str {
        match self {
            Self::Sha1 => oid::SHA1,
            Self::Sha256 => oid::SHA256,
            Self::Sha384 => oid::SHA384,
            Self::Sha512 => oid::SHA512,
        }
    }
}

pub(crate) fn sha256(message: &[u8]) -> [u8; 32] {
    Hash::Sha256.of(message).try_into().expect("SHA-256 has 32 bytes")
}

/// Making RSA keys takes seconds in a debug build, so these are fixed, labelled and published.
pub(crate) static RSA_LEAF: LazyLock<Key> =
    LazyLock::new(|| Key::rsa(include_str!("../keys/leaf.pem")));
pub(crate) static RSA_STRANGER: LazyLock<Key> =
    LazyLock::new(|| Key::rsa(include_str!("../keys/stranger.pem")));
pub(crate) static RSA_PROCESSING: LazyLock<Key> =
    LazyLock::new(|| Key::rsa(include_str!("../keys/processing.pem")));
pub(crate) static RSA_IDENTITY: LazyLock<Key> =
    LazyLock::new(|| Key::rsa(include_str!("../keys/identity.pem")));

/// A key pair that signs certificates, tokens or both.
#[derive(Clone)]
pub(crate) enum Key {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    Rsa(Arc<rsa::PrivateKey>),
}

impl Key {
    pub(crate) fn p256(seed: &Seed, name: &str) -> Self {
        Self::P256(Self::p256_secret(seed, name).into())
    }

    /// The secret half alone, of which a search makes many.
    pub(crate) fn p256_secret(seed: &Seed, name: &str) -> p256::SecretKey {
        // One hash in 2^32 is no scalar of P-256, and the next number is.
        let made = (0..4).find_map(|n| {
            p256::SecretKey::from_slice(&seed.bytes(&format!("P-256 {name} {n}"))).ok()
        });
        made.expect("one of four numbers is a scalar")
    }

    pub(crate) fn p384(seed: &Seed, name: &str) -> Self {
        let made = (0..4).find_map(|n| {
            let bytes = sha384(&seed.bytes(&format!("P-384 {name} {n}")));
            p384::ecdsa::SigningKey::from_slice(&bytes).ok()
        });
        Self::P384(made.expect("one of four numbers is a scalar"))
    }

    fn rsa(labelled: &str) -> Self {
        let start = labelled.find("-----BEGIN").unwrap_or_default();
        Self::Rsa(Arc::new(
            rsa::PrivateKey::from_pkcs8_pem(&labelled[start..]).expect("a fixed key is PKCS#8"),
        ))
    }

    pub(crate) const fn is_rsa(&self) -> bool {
        matches!(self, Self::Rsa(_))
    }

    /// The uncompressed point, or the PKCS#1 public key.
    pub(crate) fn public_bytes(&self) -> Vec<u8> {
        match self {
            Self::P256(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            Self::P384(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            Self::Rsa(key) => {
                use rsa::pkcs1::EncodeRsaPublicKey as _;
                key.as_public_key()
                    .to_pkcs1_der()
                    .expect("a fixed key can be written")
                    .as_bytes()
                    .to_vec()
            }
        }
    }

    pub(crate) fn spki(&self) -> Vec<u8> {
        let algorithm = match self {
            Self::P256(_) => der::sequence([der::oid(oid::EC_PUBLIC_KEY), der::oid(oid::P256)]),
            Self::P384(_) => der::sequence([der::oid(oid::EC_PUBLIC_KEY), der::oid(oid::P384)]),
            Self::Rsa(_) => der::algorithm(oid::RSA, true),
        };
        der::sequence([algorithm, der::bits(&self.public_bytes())])
    }

    /// The private half as PKCS#8, for an elliptic curve with its public half inside as openssl writes it.
    pub(crate) fn pkcs8(&self) -> Vec<u8> {
        let (curve, secret) = match self {
            Self::Rsa(key) => {
                return key.to_pkcs8_der().expect("a fixed key can be written").as_bytes().to_vec();
            }
            Self::P256(key) => (oid::P256, key.to_bytes().to_vec()),
            Self::P384(key) => (oid::P384, key.to_bytes().to_vec()),
        };
        let public = der::node(der::tag::CONTEXT_1, &der::bits(&self.public_bytes()));
        let inner = der::sequence([der::integer(&[1]), der::octets(&secret), public]);
        let algorithm = der::sequence([der::oid(oid::EC_PUBLIC_KEY), der::oid(curve)]);
        der::sequence([der::integer(&[0]), algorithm, der::octets(&inner)])
    }

    /// SHA-1 of the public key, which is how certificates refer to each other's keys.
    pub(crate) fn identifier(&self) -> Vec<u8> {
        Hash::Sha1.of(&self.public_bytes())
    }

    /// The algorithm that `sign` signs by.
    pub(crate) fn signature_algorithm(&self, hash: Hash) -> Vec<u8> {
        let (ec, rsa) = match hash {
            Hash::Sha1 => ("1.2.840.10045.4.1", "1.2.840.113549.1.1.5"),
            Hash::Sha256 => ("1.2.840.10045.4.3.2", "1.2.840.113549.1.1.11"),
            Hash::Sha384 => ("1.2.840.10045.4.3.3", "1.2.840.113549.1.1.12"),
            Hash::Sha512 => ("1.2.840.10045.4.3.4", "1.2.840.113549.1.1.13"),
        };
        if self.is_rsa() { der::algorithm(rsa, true) } else { der::algorithm(ec, false) }
    }

    /// ECDSA by RFC 6979, in DER, or RSASSA-PKCS1-v1_5: neither needs a random number.
    pub(crate) fn sign(&self, hash: Hash, message: &[u8]) -> Vec<u8> {
        let digest = hash.of(message);
        match self {
            Self::P256(key) => {
                let made: Result<p256::ecdsa::DerSignature, _> = key.sign_prehash(&digest);
                made.expect("a digest can be signed").as_bytes().to_vec()
            }
            Self::P384(key) => {
                let made: Result<p384::ecdsa::DerSignature, _> = key.sign_prehash(&digest);
                made.expect("a digest can be signed").as_bytes().to_vec()
            }
            Self::Rsa(key) => {
                let made = match hash {
                    Hash::Sha512 => key.pkcs1v15_sign_prehash::<sha2::Sha512>(&digest),
                    Hash::Sha384 => key.pkcs1v15_sign_prehash::<sha2::Sha384>(&digest),
                    // No library here signs by RSA over SHA-1; what is wanted of it is the refusal.
                    Hash::Sha256 | Hash::Sha1 => {
                        key.pkcs1v15_sign_prehash::<sha2::Sha256>(&sha256(message))
                    }
                };
                made.expect("a digest can be signed")
            }
        }
    }
}

fn sha384(message: &[u8]) -> Vec<u8> {
    Hash::Sha384.of(message)
}
