//! The seam to the library that does the arithmetic: which one is a feature, what is accepted is the same.
//!
//! A backend is a module with the signature algorithms as `webpki` takes them, an [`EcKey`] and, if it can decrypt RSA
//! without telling the key by its timing, an `RsaKey`.

#[cfg(feature = "aws-lc")]
mod aws_lc;
#[cfg(not(feature = "aws-lc"))]
mod pure;

#[cfg(feature = "aws-lc")]
pub(crate) use self::aws_lc::{
    ECDSA_P256_SHA256, ECDSA_P384_SHA256, EcKey, RSA_PKCS1_SHA256, RsaKey,
};
#[cfg(not(feature = "aws-lc"))]
pub(crate) use self::pure::{ECDSA_P256_SHA256, ECDSA_P384_SHA256, EcKey, RSA_PKCS1_SHA256};
