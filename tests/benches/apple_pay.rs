//! A token costs what its two curve operations cost: one signature checked and one key agreed, once its chain is known.

use std::hint::black_box;
use std::time::{Duration, SystemTime};

use epay_applepay::{EncryptedToken, Keys, ProcessingKey, Root, VerifiedToken, Verifier};
use epay_fakewallet::Wallet;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair,
};

use crate::{
    backend::{RawAgreement, named, verify_p256, verify_p384},
    measure, row,
};

const NOW: u64 = 1_795_521_600;

pub(crate) fn rows() {
    let wallet = Wallet::new(1, NOW);
    let merchant = wallet.merchant("merchant.kz.example.shop");
    let (processing, root) = (merchant.processing(), wallet.root_der());
    let private = processing.key_der();
    let keys = Keys::new([ProcessingKey::read(processing.certificate_der(), &private).unwrap()]);
    let token = wallet.pay(&merchant).mint().json;

    let agreement = RawAgreement::new(&private);
    let (p256, p384) = (Signed::new(), Signed::wide());
    let agree = || agreement.agree(black_box(&p256.key));
    let check_p256 = || verify_p256(black_box(&p256.key), &p256.message, &p256.signature);
    let check_p384 = || verify_p384(black_box(&p384.key), &p384.message, &p384.signature);

    let trusting = || Verifier::trusting(Root::read(&root).unwrap());
    let verifier = trusting();
    let verified = |verifier: &Verifier| -> VerifiedToken {
        let token = EncryptedToken::parse(black_box(token.as_bytes())).unwrap();
        verifier.verify(token, SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)).unwrap()
    };
    let ready = verified(&verifier);
    let open = || drop(black_box(ready.open(&keys).unwrap()));
    row::beside(
        &named("open a verified token"),
        "key agreement",
        &measure::pair(1, open, agree),
        None,
    );

    let known = || drop(black_box(verified(&verifier).open(&keys).unwrap()));
    let floor = || {
        agree();
        check_p256();
    };
    let pair = measure::pair(1, known, floor);
    row::beside(
        &named("read, verify, open"),
        "key agreement and one P-256 check",
        &pair,
        Some(1_200),
    );

    let unknown = || drop(black_box(verified(&trusting()).open(&keys).unwrap()));
    let floor = || {
        agree();
        check_p256();
        check_p256();
        check_p384();
    };
    let pair = measure::pair(1, unknown, floor);
    row::beside(
        &named("the same, new chain"),
        "key agreement, two P-256 checks, one P-384",
        &pair,
        None,
    );
}

/// A message as long as the attributes of a token, and who signed it.
struct Signed {
    key: Vec<u8>,
    message: [u8; 150],
    signature: Vec<u8>,
}

impl Signed {
    fn new() -> Signed {
        Signed::by(&ECDSA_P256_SHA256_ASN1_SIGNING)
    }

    /// On P-384, where this library signs with the longer digest only; it costs the same to check.
    fn wide() -> Signed {
        Signed::by(&ECDSA_P384_SHA384_ASN1_SIGNING)
    }

    fn by(algorithm: &'static ring::signature::EcdsaSigningAlgorithm) -> Signed {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
        let message = [7; 150];
        let signature = pair.sign(&random, &message).unwrap().as_ref().to_vec();
        Signed { key: pair.public_key().as_ref().to_vec(), message, signature }
    }
}
