//! Object identifiers, dotted as one finds them in Apple's pages and in RFCs.

/// In an intermediate that issues to Apple Pay's signers.
pub(crate) const INTERMEDIATE_MARKER: &str = "1.2.840.113635.100.6.2.14";
/// In a certificate that signs payment tokens.
pub(crate) const LEAF_MARKER: &str = "1.2.840.113635.100.6.29";
/// In a merchant's certificates: SHA-256 of the merchant id, as upper-case hex in a UTF8String.
pub(crate) const MERCHANT_HASH: &str = "1.2.840.113635.100.6.32";
pub(crate) const APPLE_POLICY: &str = "1.2.840.113635.100.5.1";

pub(crate) const USER_ID: &str = "0.9.2342.19200300.100.1.1";
pub(crate) const COMMON_NAME: &str = "2.5.4.3";
pub(crate) const COUNTRY: &str = "2.5.4.6";
pub(crate) const ORGANIZATION: &str = "2.5.4.10";
pub(crate) const UNIT: &str = "2.5.4.11";

pub(crate) const SUBJECT_KEY_ID: &str = "2.5.29.14";
pub(crate) const KEY_USAGE: &str = "2.5.29.15";
pub(crate) const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub(crate) const CRL_POINTS: &str = "2.5.29.31";
pub(crate) const POLICIES: &str = "2.5.29.32";
pub(crate) const AUTHORITY_KEY_ID: &str = "2.5.29.35";
pub(crate) const EXTENDED_USAGE: &str = "2.5.29.37";
pub(crate) const AUTHORITY_ACCESS: &str = "1.3.6.1.5.5.7.1.1";
pub(crate) const OCSP: &str = "1.3.6.1.5.5.7.48.1";
pub(crate) const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";

pub(crate) const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
pub(crate) const P256: &str = "1.2.840.10045.3.1.7";
pub(crate) const P384: &str = "1.3.132.0.34";
pub(crate) const RSA: &str = "1.2.840.113549.1.1.1";
pub(crate) const PRIME_FIELD: &str = "1.2.840.10045.1.1";

pub(crate) const SHA1: &str = "1.3.14.3.2.26";
pub(crate) const SHA256: &str = "2.16.840.1.101.3.4.2.1";
pub(crate) const SHA384: &str = "2.16.840.1.101.3.4.2.2";
pub(crate) const SHA512: &str = "2.16.840.1.101.3.4.2.3";

pub(crate) const DATA: &str = "1.2.840.113549.1.7.1";
pub(crate) const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
pub(crate) const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
pub(crate) const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
pub(crate) const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";
pub(crate) const ALGORITHM_PROTECTION: &str = "1.2.840.113549.1.9.52";
