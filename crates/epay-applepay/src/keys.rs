//! The merchant's payment processing keys: checked when they are loaded, found by the hash a token names.

use crate::backend::EcKey;
use crate::certificate::{Certificate, KeyKind};
use crate::digest::sha256;
use crate::pem;
use crate::token::{p256_point, unhex};
use std::{
    fmt,
    time::{Duration, SystemTime},
};
use zeroize::Zeroizing;

/// ECDH with a private key that may live elsewhere: in a hardware security module, say.
///
/// # Contract
/// - It computes plain ECDH on P-256 (NIST SP 800-56A): the x coordinate of the product, 32 bytes from the left.
/// - The point is on the curve: that was checked before.
/// - It may block. Whoever opens tokens on an async runtime does so on a thread for blocking work then.
pub trait KeyAgreement: fmt::Debug + Send + Sync {
    /// Multiplies the private key with the device's `point`: 04 and the two coordinates.
    fn agree(&self, point: &[u8; 65]) -> Result<SharedSecret, KeyUnavailable>;
}

/// The key can't be used at the moment. The token is none the worse for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUnavailable;

impl fmt::Display for KeyUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the key can't be used at the moment")
    }
}

impl std::error::Error for KeyUnavailable {}

/// The result of an ECDH, wiped on drop. It stays in one place of the heap.
pub struct SharedSecret(Box<Zeroizing<[u8; 32]>>);

impl SharedSecret {
    /// Copies the 32 bytes; `None` for any other number. The original stays the caller's to wipe.
    pub fn from_slice(bytes: &[u8]) -> Option<SharedSecret> {
        let mut secret = Box::new(Zeroizing::new([0; 32]));
        if bytes.len() != secret.len() {
            return None;
        }
        secret.copy_from_slice(bytes);
        Some(SharedSecret(secret))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(redacted)")
    }
}

/// A payment processing key with what its certificate says.
pub struct ProcessingKey {
    pub(crate) public_key_hash: [u8; 32],
    pub(crate) merchant_hash: [u8; 32],
    pub(crate) private: Private,
    merchant_id: Option<String>,
    expires: SystemTime,
}

pub(crate) enum Private {
    Ec(Box<dyn KeyAgreement>),
    #[cfg(feature = "aws-lc")]
    Rsa(crate::backend::RsaKey),
}

impl ProcessingKey {
    /// Reads the payment processing certificate that Apple issued and the private key that its request was made from,
    /// each as PEM or as DER. The key may be PKCS#8 or SEC 1, and not encrypted; out of
    /// a `.p12` file of Keychain Access it comes by `openssl pkcs12 -legacy -in FILE -nocerts -nodes`.
    ///
    /// Checks that the key belongs to the certificate, that the certificate is of this kind, and that the two places
    /// where it names the merchant agree. An expired one is read, as tokens for it may still be under way: see
    /// [`expires`](ProcessingKey::expires).
    pub fn read(certificate: &[u8], private_key: &[u8]) -> Result<ProcessingKey, KeyError> {
        let certificate = pem::certificate(certificate).ok_or(KeyError::NotACertificate)?;
        let certificate = issued(&certificate)?;
        let private_key = &pem::private_key(private_key).ok_or(KeyError::NotAKey)?;
        let private = match certificate.key_kind() {
            KeyKind::P256 => {
                let key = EcKey::from_der(private_key).ok_or(KeyError::NotAKey)?;
                let point = p256_point(certificate.spki).map(<[u8; 65]>::as_slice);
                if point != key.public_point().as_deref() {
                    return Err(KeyError::NotItsKey);
                }
                Private::Ec(Box::new(LocalKey(key)))
            }
            KeyKind::Rsa => rsa(certificate.spki, private_key)?,
            KeyKind::Other => return Err(KeyError::NotForProcessing),
        };
        ProcessingKey::new(&certificate, private)
    }

    /// A P-256 certificate, as PEM or as DER, whose private key is elsewhere.
    pub fn with_agreement(
        certificate: &[u8],
        key: impl KeyAgreement + 'static,
    ) -> Result<ProcessingKey, KeyError> {
        let certificate = pem::certificate(certificate).ok_or(KeyError::NotACertificate)?;
        let certificate = issued(&certificate)?;
        match certificate.key_kind() {
            KeyKind::P256 => ProcessingKey::new(&certificate, Private::Ec(Box::new(key))),
            KeyKind::Rsa | KeyKind::Other => Err(KeyError::NotForProcessing),
        }
    }

    fn new(certificate: &Certificate<'_>, private: Private) -> Result<ProcessingKey, KeyError> {
        let merchant_hash =
            certificate.merchant_hash().and_then(unhex).ok_or(KeyError::NotForProcessing)?;
        let merchant_id = certificate.user_id();
        if merchant_id.is_some_and(|id| sha256(id.as_bytes()) != merchant_hash) {
            return Err(KeyError::TwoMerchants);
        }
        Ok(ProcessingKey {
            public_key_hash: sha256(certificate.spki),
            merchant_hash,
            private,
            merchant_id: merchant_id.map(str::to_owned),
            expires: SystemTime::UNIX_EPOCH + Duration::from_secs(certificate.validity.until),
        })
    }

    /// The merchant id that Apple issued the certificate to, such as `merchant.kz.example.shop`, if the subject has it.
    pub fn merchant_id(&self) -> Option<&str> {
        self.merchant_id.as_deref()
    }

    /// Whether the certificate was issued to this merchant. A key of another merchant opens nothing.
    pub fn is_for(&self, merchant_id: &str) -> bool {
        sha256(merchant_id.as_bytes()) == self.merchant_hash
    }

    /// SHA-256 of the public key, as tokens name it.
    pub fn public_key_hash(&self) -> &[u8; 32] {
        &self.public_key_hash
    }

    /// The last second the certificate is valid: 25 months after Apple issued it. Apple stops encrypting to it then, so
    /// make the next one, load both, and activate it in the portal in good time.
    pub fn expires(&self) -> SystemTime {
        self.expires
    }
}

/// The merchant identity certificate names the merchant in the same way, and whoever confuses the two has a key that fits.
fn issued(certificate: &[u8]) -> Result<Certificate<'_>, KeyError> {
    let certificate = Certificate::parse(certificate).map_err(|_| KeyError::NotACertificate)?;
    if certificate.is_for_tls() { Err(KeyError::IdentityCertificate) } else { Ok(certificate) }
}

impl fmt::Debug for ProcessingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProcessingKey(redacted)")
    }
}

struct LocalKey(EcKey);

impl KeyAgreement for LocalKey {
    fn agree(&self, point: &[u8; 65]) -> Result<SharedSecret, KeyUnavailable> {
        self.0.agree(point).ok_or(KeyUnavailable)
    }
}

impl fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalKey(redacted)")
    }
}

#[cfg(feature = "aws-lc")]
fn rsa(spki: &[u8], private_key: &[u8]) -> Result<Private, KeyError> {
    let key = crate::backend::RsaKey::from_der(private_key).ok_or(KeyError::NotAKey)?;
    if key.spki() == spki { Ok(Private::Rsa(key)) } else { Err(KeyError::NotItsKey) }
}

#[cfg(not(feature = "aws-lc"))]
fn rsa(_: &[u8], _: &[u8]) -> Result<Private, KeyError> {
    Err(KeyError::RsaNeedsAwsLc)
}

/// The keys a merchant opens tokens with. Two at once while one replaces the other.
#[derive(Debug, Default)]
pub struct Keys(Vec<ProcessingKey>);

impl Keys {
    /// Joins them; the order means nothing.
    pub fn new(keys: impl IntoIterator<Item = ProcessingKey>) -> Keys {
        Keys(keys.into_iter().collect())
    }

    /// The key with that hash of its public key. Worth asking before a token is verified: it costs nothing.
    pub fn find(&self, public_key_hash: &[u8; 32]) -> Option<&ProcessingKey> {
        self.0.iter().find(|key| key.public_key_hash == *public_key_hash)
    }
}

/// Why a certificate and a key can't be used as a payment processing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The certificate is not one X.509 certificate.
    NotACertificate,
    /// The private key is not an unencrypted PKCS#8 key (or SEC 1, for elliptic curves) of the certificate's kind.
    NotAKey,
    /// The private key is another's.
    NotItsKey,
    /// The certificate is not one that Apple issued to a merchant for payment processing.
    NotForProcessing,
    /// It is the merchant identity certificate, which is for TLS with Apple.
    IdentityCertificate,
    /// The certificate is not the merchant identity certificate, which is for TLS with Apple.
    NotForTls,
    /// The merchant id in the subject is not the one in the extension.
    TwoMerchants,
    /// An RSA key, which only the feature `aws-lc` can use.
    RsaNeedsAwsLc,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyError::NotACertificate => "the certificate is not one x.509 certificate",
            KeyError::NotAKey => {
                "the private key can't be read: it must be unencrypted pkcs#8 (openssl pkcs8 -topk8 -nocrypt) of the \
                 certificate's kind"
            }
            KeyError::NotItsKey => {
                "the private key is not the certificate's: take the one its signing request was made with"
            }
            KeyError::NotForProcessing => "the certificate is not an apple pay payment processing certificate",
            KeyError::IdentityCertificate => {
                "this is the merchant identity certificate, for tls with apple: take the payment processing certificate"
            }
            KeyError::NotForTls => {
                "the certificate is not a merchant identity certificate, for tls with apple"
            }
            KeyError::TwoMerchants => "the certificate names two merchants",
            KeyError::RsaNeedsAwsLc => "an rsa key (RSA_v1) needs the feature aws-lc",
        })
    }
}

impl std::error::Error for KeyError {}
