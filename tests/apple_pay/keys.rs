//! A processing key is what Apple issued and nothing that looks like it: each wrong pair of files is named.

use crate::NOW;
use epay_applepay::{
    EncryptedToken, KeyAgreement, KeyError, KeyUnavailable, Keys, ProcessingKey, Root,
    SharedSecret, Verifier,
};
use epay_fakewallet::{Credential, Merchant, Wallet};
use std::time::{Duration, SystemTime};

const MERCHANT: &str = "merchant.kz.example.shop";

fn merchant() -> Merchant {
    Wallet::new(3, NOW).merchant(MERCHANT)
}

fn from_pem(certificate: &Credential, key: &Credential) -> Result<ProcessingKey, KeyError> {
    ProcessingKey::read(certificate.certificate_pem().as_bytes(), key.key_pem().as_bytes())
}

#[track_caller]
fn refused(key: Result<ProcessingKey, KeyError>, expected: KeyError) {
    assert_eq!(key.err(), Some(expected));
}

#[test]
fn a_pair_of_files_is_a_key_with_a_merchant_and_a_date() {
    let merchant = merchant();
    let key = from_pem(merchant.processing(), merchant.processing()).unwrap();
    assert_eq!(
        (key.merchant_id(), key.is_for(MERCHANT), key.is_for("merchant.kz.other")),
        (Some(MERCHANT), true, false)
    );
    assert_eq!(key.public_key_hash(), &merchant.processing().public_key_hash());
    assert!(key.expires() > SystemTime::UNIX_EPOCH + Duration::from_secs(NOW));
    let keys =
        Keys::new([key, from_pem(merchant.next_processing(), merchant.next_processing()).unwrap()]);
    for credential in [merchant.processing(), merchant.next_processing()] {
        let hash = credential.public_key_hash();
        assert_eq!(keys.find(&hash).map(ProcessingKey::public_key_hash), Some(&hash));
    }
    assert!(keys.find(&[0; 32]).is_none());
}

#[test]
fn each_wrong_pair_is_named() {
    let (merchant, other) = (merchant(), Wallet::new(4, NOW).merchant("merchant.kz.other"));
    let own = merchant.processing();
    refused(from_pem(own, merchant.next_processing()), KeyError::NotItsKey);
    refused(from_pem(own, other.processing()), KeyError::NotItsKey);
    refused(from_pem(own, merchant.identity()), KeyError::NotAKey);
    let (certificate, key) = (own.certificate_pem(), own.key_pem());
    refused(ProcessingKey::read(key.as_bytes(), certificate.as_bytes()), KeyError::NotACertificate);
    refused(ProcessingKey::read(certificate.as_bytes(), certificate.as_bytes()), KeyError::NotAKey);
    refused(
        ProcessingKey::read(certificate.as_bytes(), b"-----BEGIN ENCRYPTED PRIVATE KEY-----"),
        KeyError::NotAKey,
    );
    refused(ProcessingKey::read(b"", &own.key_der()), KeyError::NotACertificate);
    refused(ProcessingKey::read(own.certificate_der(), b""), KeyError::NotAKey);
    // Another kind of certificate that leads to a merchant or to Apple.
    let wallet = Wallet::new(3, NOW);
    refused(
        ProcessingKey::with_agreement(&wallet.merchant_ca_der(), Elsewhere),
        KeyError::NotForProcessing,
    );
    refused(
        ProcessingKey::with_agreement(&wallet.root_der(), Elsewhere),
        KeyError::NotForProcessing,
    );
    refused(
        ProcessingKey::with_agreement(merchant.rsa_processing().certificate_der(), Elsewhere),
        KeyError::NotForProcessing,
    );
    let rsa = from_pem(merchant.rsa_processing(), merchant.rsa_processing());
    if cfg!(feature = "aws-lc") {
        assert!(rsa.is_ok());
        refused(from_pem(merchant.rsa_processing(), merchant.identity()), KeyError::NotItsKey);
        refused(from_pem(merchant.rsa_processing(), own), KeyError::NotAKey);
    } else {
        refused(rsa, KeyError::RsaNeedsAwsLc);
    }
    refused(from_pem(merchant.identity(), merchant.identity()), KeyError::IdentityCertificate);
}

/// Hardware that is switched off.
#[derive(Debug)]
struct Elsewhere;

impl KeyAgreement for Elsewhere {
    fn agree(&self, _: &[u8; 65]) -> Result<SharedSecret, KeyUnavailable> {
        Err(KeyUnavailable)
    }
}

#[test]
fn hardware_that_is_away_is_not_the_tokens_fault() {
    let wallet = Wallet::new(3, NOW);
    let merchant = wallet.merchant(MERCHANT);
    let key =
        ProcessingKey::with_agreement(merchant.processing().certificate_der(), Elsewhere).unwrap();
    let token = EncryptedToken::parse(wallet.pay(&merchant).mint().json.as_bytes()).unwrap();
    let verifier = Verifier::trusting(Root::read(&wallet.root_der()).unwrap());
    let verified =
        verifier.verify(token, SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)).unwrap();
    let refused = verified.open(&Keys::new([key])).unwrap_err();
    assert_eq!(
        (refused.stage().name(), refused.reason()),
        ("key", "the key can't be used at the moment")
    );
}
