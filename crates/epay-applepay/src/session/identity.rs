//! The merchant identity certificate is checked here, before Apple checks it.

use crate::KeyError;
use crate::certificate::Certificate;
use crate::digest::sha256;
use crate::pem;
use crate::token::unhex;
use std::time::{Duration, SystemTime};

/// What the merchant identity certificate says of itself. That a key is its own, TLS finds out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityCertificate {
    merchant_hash: Option<[u8; 32]>,
    merchant_id: Option<String>,
    expires: SystemTime,
}

impl IdentityCertificate {
    /// Reads a certificate, as PEM or as DER. The payment processing certificate in its place is an error:
    /// it is the commonest mistake, and TLS would not say what is wrong.
    pub fn read(certificate: &[u8]) -> Result<IdentityCertificate, KeyError> {
        let certificate = pem::certificate(certificate).ok_or(KeyError::NotACertificate)?;
        let read = Certificate::parse(&certificate).map_err(|_| KeyError::NotACertificate)?;
        if !read.is_for_tls() {
            return Err(KeyError::NotForTls);
        }
        Ok(IdentityCertificate {
            merchant_hash: read.merchant_hash().and_then(unhex),
            merchant_id: read.user_id().map(str::to_owned),
            expires: SystemTime::UNIX_EPOCH + Duration::from_secs(read.validity.until),
        })
    }

    /// Whether it was issued to this merchant, as far as it says to whom.
    pub fn is_for(&self, merchant_id: &str) -> bool {
        let by_hash = self.merchant_hash.is_none_or(|hash| hash == sha256(merchant_id.as_bytes()));
        by_hash && self.merchant_id.as_deref().is_none_or(|id| id == merchant_id)
    }

    /// The last second it is valid: 25 months after Apple issued it. Then there are no more sessions.
    pub fn expires(&self) -> SystemTime {
        self.expires
    }
}
