//! The seam to the library that does the RSA arithmetic: one type, four functions, no trait, nothing public.
//!
//! A backend is a module with a `Key` that has `from_der`, `to_spki_der`, `size` and `encrypt`; its tests are those of
//! `public_key` and `cryptogram`. Only public-key operations pass here: `rsa`'s private-key operations leak by timing
//! (RUSTSEC-2023-0071), and a merchant has no private key of the bank.

#[cfg(feature = "aws-lc")]
mod aws_lc;
mod rsa;

#[cfg(feature = "aws-lc")]
pub(crate) use self::aws_lc::Key;
#[cfg(not(feature = "aws-lc"))]
pub(crate) use self::rsa::Key;
