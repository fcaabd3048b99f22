//! The certificate authorities, as at Apple: a root, an intermediate, the signers of tokens, and
//! beside them the merchants' CA.

use std::sync::{Arc, OnceLock};

use super::{
    certificate::{
        CERT_AND_CRL_SIGN, Certificate, DAY, DIGITAL_SIGNATURE, Extension,
        KEY_ENCIPHERMENT_AND_AGREEMENT, YEAR, merchant_name, name,
    },
    keys::{Hash, Key, RSA_LEAF, Seed, sha256},
    oid,
};

const AUTHORITY_UNIT: &str = "Fake Apple Certification Authority";

/// Every certificate of a wallet, as plans.
#[derive(Clone)]
pub(crate) struct Authority {
    pub(crate) seed: Seed,
    pub(crate) now: u64,
    pub(crate) root: Certificate,
    pub(crate) intermediate: Certificate,
    pub(crate) ec_leaf: Certificate,
    pub(crate) rsa_leaf: Certificate,
    pub(crate) merchant_ca: Certificate,
    /// Intermediate, EC leaf and RSA leaf once they are signed: most tokens carry them as they are.
    issued: Arc<OnceLock<[Vec<u8>; 3]>>,
}

impl Authority {
    pub(crate) fn new(seed: Seed, now: u64) -> Self {
        let today = now - now % DAY;
        let root_key = Key::p384(&seed, "root");
        let valid = (today.saturating_sub(12 * YEAR), today + 12 * YEAR);
        let root_name = name("Fake Apple Root CA - G3", AUTHORITY_UNIT);
        let mut root = Certificate::new(serial(&seed, "root"), root_name, root_key.clone(), valid)
            .with(Extension::subject_key(&root_key))
            .with(Extension::basic_constraints(true))
            .with(Extension::key_usage(CERT_AND_CRL_SIGN));
        root.hash = Hash::Sha384;

        let intermediate =
            authority(&seed, today, "Fake Apple Application Integration CA - G3", &root)
                .with(Extension::marker(oid::INTERMEDIATE_MARKER));
        let merchant_ca =
            authority(&seed, today, "Fake Apple Worldwide Developer Relations CA - G2", &root);

        let ec_leaf =
            leaf(&seed, today, "ecc-fake-broker-sign_UC4", Key::p256(&seed, "leaf"), &intermediate);
        let rsa_leaf =
            leaf(&seed, today, "rsa-fake-broker-sign_UC4", RSA_LEAF.clone(), &intermediate);
        Self {
            seed,
            now,
            root,
            intermediate,
            ec_leaf,
            rsa_leaf,
            merchant_ca,
            issued: Arc::default(),
        }
    }

    /// The intermediate and the leaf of the usual chain, each signed once.
    pub(crate) fn issued(&self, rsa: bool) -> (&[u8], &[u8]) {
        let [intermediate, ec_leaf, rsa_leaf] = self.issued.get_or_init(|| {
            [&self.intermediate, &self.ec_leaf, &self.rsa_leaf].map(Certificate::der)
        });
        (intermediate, if rsa { rsa_leaf } else { ec_leaf })
    }

    /// A payment processing certificate: what Apple encrypts tokens to.
    pub(crate) fn processing(&self, merchant_id: &str, which: &str, key: Key) -> Certificate {
        self.merchant(merchant_id, which, "Fake Apple Pay Payment Processing", key)
            .with(Extension::key_usage(KEY_ENCIPHERMENT_AND_AGREEMENT))
            .with(Extension::merchant_hash(&sha256(merchant_id.as_bytes())))
    }

    /// A merchant identity certificate: what the merchant shows when it asks for a session.
    pub(crate) fn identity(&self, merchant_id: &str, key: Key) -> Certificate {
        self.merchant(merchant_id, "identity", "Fake Apple Pay Merchant Identity", key)
            .with(Extension::key_usage(DIGITAL_SIGNATURE))
            .with(Extension::client_auth())
            .with(Extension::merchant_hash(&sha256(merchant_id.as_bytes())))
    }

    fn merchant(&self, merchant_id: &str, which: &str, common: &str, key: Key) -> Certificate {
        let today = self.now - self.now % DAY;
        let serial = serial(&self.seed, &format!("{merchant_id} {which}"));
        // 25 months is what Apple gives a merchant.
        let valid = (today.saturating_sub(30 * DAY), today + 730 * DAY);
        Certificate::new(serial, merchant_name(common, merchant_id), key, valid)
            .for_end_entity(&self.merchant_ca)
    }
}

/// The root signs by P-384 over SHA-256, which few libraries do and Apple does.
fn authority(seed: &Seed, today: u64, common: &str, root: &Certificate) -> Certificate {
    let valid = (today.saturating_sub(11 * YEAR), today + 4 * YEAR);
    let key = Key::p256(seed, common);
    Certificate::new(serial(seed, common), name(common, AUTHORITY_UNIT), key.clone(), valid)
        .issued_by(root)
        .with(Extension::authority_access("http://ocsp.fake-apple.invalid/ocsp04-fakerootcag3"))
        .with(Extension::subject_key(&key))
        .with(Extension::basic_constraints(true))
        .with(Extension::authority_key(&root.key))
        .with(Extension::crl_points("http://crl.fake-apple.invalid/fakerootcag3.crl"))
        .with(Extension::key_usage(CERT_AND_CRL_SIGN))
}

impl Certificate {
    /// What Apple's certificates for others than authorities say first, in Apple's order.
    fn for_end_entity(self, issuer: &Self) -> Self {
        let key = self.key.clone();
        self.issued_by(issuer)
            .with(Extension::basic_constraints(false))
            .with(Extension::authority_key(&issuer.key))
            .with(Extension::authority_access("http://ocsp.fake-apple.invalid/ocsp04-fakeaica302"))
            .with(Extension::policies())
            .with(Extension::crl_points("http://crl.fake-apple.invalid/fakeaica3.crl"))
            .with(Extension::subject_key(&key))
    }
}

fn leaf(
    seed: &Seed,
    today: u64,
    common: &str,
    key: Key,
    intermediate: &Certificate,
) -> Certificate {
    let valid = (today.saturating_sub(2 * YEAR), today + 3 * YEAR);
    Certificate::new(serial(seed, common), name(common, "Fake iOS Systems"), key, valid)
        .for_end_entity(intermediate)
        .with(Extension::key_usage(DIGITAL_SIGNATURE))
        .with(Extension::marker(oid::LEAF_MARKER))
}

pub(crate) fn serial(seed: &Seed, owner: &str) -> [u8; 16] {
    let mut serial = [0; 16];
    serial.copy_from_slice(&seed.bytes(&format!("serial {owner}"))[..16]);
    serial
}

#[cfg(test)]
mod tests {
    use ring::signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, UnparsedPublicKey,
        VerificationAlgorithm,
    };

    use super::*;
    use crate::der;

    #[track_caller]
    fn check(
        certificate: &Certificate,
        issuer: &Certificate,
        algorithm: &'static dyn VerificationAlgorithm,
    ) {
        let der = certificate.der();
        let outer = der::nodes(der::nodes(&der)[0].2);
        let [(_, signed, _), (_, named, _), (_, _, signature)] = outer[..] else {
            panic!("three parts")
        };
        UnparsedPublicKey::new(algorithm, issuer.key.public_bytes())
            .verify(signed, &signature[1..])
            .unwrap();
        let inner = der::nodes(der::nodes(signed)[0].2);
        assert_eq!(inner[2].1, named, "the algorithm inside and outside");
        assert_eq!(inner[3].1, issuer.subject);
        assert_eq!(
            (inner[1].0, inner[1].2.len()),
            (der::tag::INTEGER, 16),
            "a positive serial of 16 bytes"
        );
    }

    #[test]
    fn every_certificate_is_signed_as_apple_signs_its_own() {
        let a = Authority::new(Seed::from(1), 1_795_521_600);
        check(&a.root, &a.root, &ECDSA_P384_SHA384_ASN1);
        check(&a.intermediate, &a.root, &ECDSA_P384_SHA256_ASN1);
        check(&a.merchant_ca, &a.root, &ECDSA_P384_SHA256_ASN1);
        check(&a.ec_leaf, &a.intermediate, &ECDSA_P256_SHA256_ASN1);
        check(&a.rsa_leaf, &a.intermediate, &ECDSA_P256_SHA256_ASN1);
        check(
            &a.processing("merchant.x", "p", Key::p256(&a.seed, "p")),
            &a.merchant_ca,
            &ECDSA_P256_SHA256_ASN1,
        );
        check(&a.identity("merchant.x", RSA_LEAF.clone()), &a.merchant_ca, &ECDSA_P256_SHA256_ASN1);
    }

    #[test]
    fn a_wallet_can_live_long_ago() {
        let first = Authority::new(Seed::from(1), 0);
        assert_eq!(first.root.valid, (0, 12 * YEAR));
        assert!(!first.root.der().is_empty());
    }
}
