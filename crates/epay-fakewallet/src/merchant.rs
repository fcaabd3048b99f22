//! A merchant as Apple's developer portal makes one: one id, processing certificates, an identity certificate.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    authority::Authority,
    keys::{Key, RSA_IDENTITY, RSA_PROCESSING, sha256},
};

/// Everything a merchant downloads from Apple and everything it keeps secret.
#[derive(Debug, Clone)]
pub struct Merchant {
    id: String,
    ec: Credential,
    next: Credential,
    rsa: Credential,
    identity: Credential,
}

impl Merchant {
    pub(crate) fn new(authority: &Authority, id: &str) -> Self {
        let processing = |which: &str, key: Key| {
            Credential::new(&authority.processing(id, which, key.clone()).der(), key)
        };
        let made =
            |which: &str| processing(which, Key::p256(&authority.seed, &format!("{id} {which}")));
        Self {
            ec: made("processing"),
            next: made("next processing"),
            rsa: processing("rsa processing", RSA_PROCESSING.clone()),
            identity: Credential::new(
                &authority.identity(id, RSA_IDENTITY.clone()).der(),
                RSA_IDENTITY.clone(),
            ),
            id: id.to_owned(),
        }
    }

    /// `merchant.…`, as registered with Apple.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The Payment Processing certificate that `EC_v1` tokens are encrypted to.
    pub fn processing(&self) -> &Credential {
        &self.ec
    }

    /// The one after it: around the day of a rotation, tokens for both arrive.
    pub fn next_processing(&self) -> &Credential {
        &self.next
    }

    /// The one that `RSA_v1` tokens are encrypted to. Its key pair is fixed and published, the same for every merchant.
    pub fn rsa_processing(&self) -> &Credential {
        &self.rsa
    }

    /// The Merchant Identity certificate: RSA, for TLS with Apple's gateway, and of no use for opening tokens.
    pub fn identity(&self) -> &Credential {
        &self.identity
    }
}

/// A certificate and its private key.
#[derive(Clone)]
pub struct Credential {
    certificate: Vec<u8>,
    key: Key,
}

impl Credential {
    pub(crate) fn new(certificate: &[u8], key: Key) -> Self {
        Self { certificate: certificate.to_vec(), key }
    }

    pub(crate) const fn key(&self) -> &Key {
        &self.key
    }

    /// The certificate as DER.
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }

    /// The certificate as PEM.
    pub fn certificate_pem(&self) -> String {
        pem("CERTIFICATE", &self.certificate)
    }

    /// The private key as PKCS#8.
    pub fn key_der(&self) -> Vec<u8> {
        self.key.pkcs8()
    }

    /// The private key as PKCS#8 in PEM.
    pub fn key_pem(&self) -> String {
        pem("PRIVATE KEY", &self.key_der())
    }

    /// What a token's `publicKeyHash` says when it is encrypted to this certificate.
    pub fn public_key_hash(&self) -> [u8; 32] {
        sha256(&self.key.spki())
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("certificate", &format_args!("{} bytes", self.certificate.len()))
            .finish_non_exhaustive()
    }
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.extend(line.iter().copied().map(char::from));
        pem.push('\n');
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}
