//! Who certifies whom, as at Apple: a root, an intermediate, the signers of tokens, and beside them the merchants' CA.

use super::{
    certificate::{
        CERT_AND_CRL_SIGN, Certificate, DAY, DIGITAL_SIGNATURE, Extension, KEY_ENCIPHERMENT_AND_AGREEMENT, YEAR,
        merchant_name, name,
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
}

impl Authority {
    pub(crate) fn new(seed: Seed, now: u64) -> Self {
        let today = now - now % DAY;
        let root_key = Key::p384(&seed, "root");
        let root_id = root_key.identifier();
        let mut root = Certificate::new(
            serial(&seed, "root"),
            name("Fake Apple Root CA - G3", AUTHORITY_UNIT),
            root_key,
            (today.saturating_sub(12 * YEAR), today + 12 * YEAR),
        )
        .with(Extension::new(oid::SUBJECT_KEY_ID, false, super::der::octets(&root_id)))
        .with(Extension::basic_constraints(true))
        .with(Extension::key_usage(CERT_AND_CRL_SIGN));
        root.hash = Hash::Sha384;

        let intermediate = authority(&seed, today, "Fake Apple Application Integration CA - G3")
            .issued_by(&root)
            .with_addresses(false)
            .with(Extension::basic_constraints(true))
            .with(Extension::key_usage(CERT_AND_CRL_SIGN))
            .with(Extension::marker(oid::INTERMEDIATE_MARKER));
        let merchant_ca = authority(&seed, today, "Fake Apple Worldwide Developer Relations CA - G2")
            .issued_by(&root)
            .with_addresses(false)
            .with(Extension::basic_constraints(true))
            .with(Extension::key_usage(CERT_AND_CRL_SIGN));

        let ec_leaf = leaf(&seed, today, "ecc-fake-broker-sign_UC4", Key::p256(&seed, "leaf"), &intermediate);
        let rsa_leaf = leaf(&seed, today, "rsa-fake-broker-sign_UC4", RSA_LEAF.clone(), &intermediate);
        Self { seed, now, root, intermediate, ec_leaf, rsa_leaf, merchant_ca }
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
            .issued_by(&self.merchant_ca)
            .with(Extension::basic_constraints(false))
            .with_addresses(true)
    }
}

fn authority(seed: &Seed, today: u64, common: &str) -> Certificate {
    let valid = (today.saturating_sub(11 * YEAR), today + 4 * YEAR);
    Certificate::new(serial(seed, common), name(common, AUTHORITY_UNIT), Key::p256(seed, common), valid)
}

fn leaf(seed: &Seed, today: u64, common: &str, key: Key, intermediate: &Certificate) -> Certificate {
    let valid = (today.saturating_sub(2 * YEAR), today + 3 * YEAR);
    Certificate::new(serial(seed, common), name(common, "Fake iOS Systems"), key, valid)
        .issued_by(intermediate)
        .with(Extension::basic_constraints(false))
        .with_addresses(true)
        .with(Extension::key_usage(DIGITAL_SIGNATURE))
        .with(Extension::marker(oid::LEAF_MARKER))
}

pub(crate) fn serial(seed: &Seed, owner: &str) -> [u8; 16] {
    let mut serial = [0; 16];
    serial.copy_from_slice(&seed.bytes(&format!("serial {owner}"))[..16]);
    serial
}
