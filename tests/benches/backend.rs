//! The crate behind the backend of this build, called directly: what a seal and an opening cost at the least.

#[cfg(feature = "aws-lc")]
pub(crate) use aws_lc::*;
#[cfg(not(feature = "aws-lc"))]
pub(crate) use pure::*;

pub(crate) const PUBLIC: &str = include_str!("../../crates/epay-fakebank/keys/fixed-public.pem");
const PRIVATE: &str = include_str!("../../crates/epay-fakebank/keys/fixed-private.pem");

/// Tells the rows of one backend from those of the other.
pub(crate) fn named(what: &str) -> String {
    format!("{what} ({NAME})")
}

fn private() -> rsa::PrivateKey {
    use rsa::pkcs8::DecodePrivateKey as _;
    let (_, pem) = PRIVATE.split_once('\n').unwrap();
    rsa::PrivateKey::from_pkcs8_pem(pem.trim_start()).unwrap()
}

fn public() -> rsa::PublicKey {
    use rsa::pkcs8::DecodePublicKey as _;
    rsa::PublicKey::from_public_key_pem(PUBLIC).unwrap()
}

#[cfg(not(feature = "aws-lc"))]
mod pure {
    use ring::signature::{ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, UnparsedPublicKey};
    use std::hint::black_box;

    pub(crate) const NAME: &str = "rsa";

    #[derive(Clone)]
    pub(crate) struct RawSeal(rsa::PublicKey);

    impl RawSeal {
        pub(crate) fn new() -> RawSeal {
            RawSeal(super::public())
        }

        pub(crate) fn seal(&self, plaintext: &[u8]) -> Vec<u8> {
            self.0.pkcs1v15_encrypt(plaintext).unwrap()
        }
    }

    /// Key agreement on P-256 with a kept key.
    pub(crate) struct RawAgreement(p256::SecretKey);

    impl RawAgreement {
        pub(crate) fn new(pkcs8: &[u8]) -> RawAgreement {
            use p256::pkcs8::DecodePrivateKey as _;
            RawAgreement(p256::SecretKey::from_pkcs8_der(pkcs8).unwrap())
        }

        pub(crate) fn agree(&self, point: &[u8]) {
            let public = p256::PublicKey::from_sec1_bytes(point).unwrap();
            black_box(p256::ecdh::diffie_hellman(self.0.to_nonzero_scalar(), public.as_affine()));
        }
    }

    pub(crate) fn verify_p256(key: &[u8], message: &[u8], signature: &[u8]) {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key).verify(message, signature).unwrap();
    }

    pub(crate) fn verify_p384(key: &[u8], message: &[u8], signature: &[u8]) {
        UnparsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, key).verify(message, signature).unwrap();
    }

    pub(crate) struct RawOpen(rsa::PrivateKey);

    impl RawOpen {
        pub(crate) fn new() -> RawOpen {
            RawOpen(super::private())
        }

        pub(crate) fn open(&self, sealed: &[u8]) -> Vec<u8> {
            self.0.pkcs1v15_decrypt(sealed).unwrap()
        }
    }
}

#[cfg(feature = "aws-lc")]
mod aws_lc {
    use std::hint::black_box;
    use std::sync::Arc;

    use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey};
    use aws_lc_rs::rsa::{
        Pkcs1PrivateDecryptingKey, Pkcs1PublicEncryptingKey, PrivateDecryptingKey,
        PublicEncryptingKey,
    };
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, UnparsedPublicKey};
    use rsa::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _};

    pub(crate) const NAME: &str = "aws-lc";

    #[derive(Clone)]
    pub(crate) struct RawSeal(Arc<Pkcs1PublicEncryptingKey>);

    impl RawSeal {
        pub(crate) fn new() -> RawSeal {
            let der = super::public().to_public_key_der().unwrap();
            let key = PublicEncryptingKey::from_der(der.as_bytes()).unwrap();
            RawSeal(Arc::new(Pkcs1PublicEncryptingKey::new(key).unwrap()))
        }

        pub(crate) fn seal(&self, plaintext: &[u8]) -> Vec<u8> {
            let mut sealed = vec![0; self.0.ciphertext_size()];
            self.0.encrypt(plaintext, &mut sealed).unwrap();
            sealed
        }
    }

    /// Key agreement on P-256 with a kept key.
    pub(crate) struct RawAgreement(PrivateKey);

    impl RawAgreement {
        pub(crate) fn new(pkcs8: &[u8]) -> RawAgreement {
            RawAgreement(PrivateKey::from_private_key_der(&ECDH_P256, pkcs8).unwrap())
        }

        pub(crate) fn agree(&self, point: &[u8]) {
            let public = agreement::UnparsedPublicKey::new(&ECDH_P256, point);
            agreement::agree(&self.0, public, (), |secret| Ok(black_box(secret).len())).unwrap();
        }
    }

    pub(crate) fn verify_p256(key: &[u8], message: &[u8], signature: &[u8]) {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key).verify(message, signature).unwrap();
    }

    pub(crate) fn verify_p384(key: &[u8], message: &[u8], signature: &[u8]) {
        UnparsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, key).verify(message, signature).unwrap();
    }

    pub(crate) struct RawOpen(Pkcs1PrivateDecryptingKey);

    impl RawOpen {
        pub(crate) fn new() -> RawOpen {
            let der = super::private().to_pkcs8_der().unwrap();
            let key = PrivateDecryptingKey::from_pkcs8(der.as_bytes()).unwrap();
            RawOpen(Pkcs1PrivateDecryptingKey::new(key).unwrap())
        }

        pub(crate) fn open(&self, sealed: &[u8]) -> Vec<u8> {
            let mut plaintext = vec![0; self.0.min_output_size()];
            let length = self.0.decrypt(sealed, &mut plaintext).unwrap().len();
            plaintext.truncate(length);
            plaintext
        }
    }
}
