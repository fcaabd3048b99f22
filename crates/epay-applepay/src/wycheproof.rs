//! Project Wycheproof's vectors through this crate's own code, on the backend of this build. Every vector is counted;
//! `tests/data/wycheproof/README.md` says which are not for us.

use pki_types::SignatureVerificationAlgorithm;
use serde_json::Value;

use crate::backend::{ECDSA_P384_SHA256, EcKey, RSA_PKCS1_SHA256};
use crate::certificate::Certificate;
use crate::chain::is_signed_by;
use crate::cms::Algorithm;
use crate::token::p256_point;

pub(crate) fn groups(set: &str) -> Vec<Value> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/wycheproof");
    let file = std::fs::read(format!("{directory}/{set}.json")).unwrap();
    serde_json::from_slice::<Value>(&file).unwrap()["testGroups"].as_array().unwrap().clone()
}

pub(crate) fn tests(group: &Value) -> &[Value] {
    group["tests"].as_array().unwrap()
}

pub(crate) fn unhex(value: &Value) -> Vec<u8> {
    let (pairs, []) = value.as_str().unwrap().as_bytes().as_chunks::<2>() else {
        panic!("{value}")
    };
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.iter().map(byte).collect()
}

/// How many a set has of each kind: taken, refused though a reader may take them, refused because one must.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) taken: usize,
    pub(crate) refused_acceptable: usize,
    pub(crate) refused: usize,
}

impl Tally {
    #[track_caller]
    pub(crate) fn count(&mut self, test: &Value, was_taken: bool) {
        match (test["result"].as_str().unwrap(), was_taken) {
            ("valid" | "acceptable", true) => self.taken += 1,
            ("acceptable", false) => self.refused_acceptable += 1,
            ("invalid", false) => self.refused += 1,
            _ => panic!("taken: {was_taken}, {test}"),
        }
    }
}

#[test]
fn ecdh_takes_named_p256_points_on_the_curve_and_nothing_else() {
    let mut tally = Tally::default();
    for test in groups("ecdh_secp256r1").iter().flat_map(tests) {
        let private = unhex(&test["private"]);
        let digits = private.iter().skip_while(|byte| **byte == 0).count();
        let mut sec1 = b"\x30\x31\x02\x01\x01\x04\x20".to_vec();
        sec1.resize(sec1.len() + 32 - digits, 0);
        sec1.extend(&private[private.len() - digits..]);
        sec1.extend(b"\xa0\x0a\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07");
        let key = EcKey::from_der(&sec1).unwrap();
        let spki = unhex(&test["public"]);
        let shared = p256_point(&spki).and_then(|point| key.agree(point));
        if let Some(shared) = &shared {
            assert_eq!(shared.bytes().as_slice(), unhex(&test["shared"]), "{test}");
        }
        tally.count(test, shared.is_some());
    }
    assert_eq!(tally, Tally { taken: 330, refused_acceptable: 230, refused: 52 });
}

#[test]
fn ecdsa_p256_is_checked_as_a_leafs_signature() {
    let leaf = include_bytes!("../../../fuzz/corpus/apple_certificate/ec-leaf");
    let own = Certificate::parse(leaf).unwrap().spki;
    let at = leaf.windows(own.len()).position(|window| window == own).unwrap();
    let mut tally = Tally::default();
    for group in groups("ecdsa_secp256r1_sha256") {
        let mut leaf = leaf.to_vec();
        leaf[at..at + own.len()].copy_from_slice(&unhex(&group["publicKeyDer"]));
        let leaf = Certificate::parse(&leaf).unwrap();
        for test in tests(&group) {
            let (message, signature) = (unhex(&test["msg"]), unhex(&test["sig"]));
            tally.count(test, is_signed_by(&leaf, Algorithm::Ecdsa, &message, &signature));
        }
    }
    assert_eq!(tally, Tally { taken: 174, refused_acceptable: 0, refused: 310 });
}

#[test]
fn ecdsa_p384_and_rsa_are_checked_as_in_a_chain() {
    let check =
        |set, algorithm: &dyn SignatureVerificationAlgorithm, key: fn(&Value) -> Vec<u8>| {
            let mut tally = Tally::default();
            for group in groups(set) {
                for test in tests(&group) {
                    let (message, signature) = (unhex(&test["msg"]), unhex(&test["sig"]));
                    let verified = algorithm.verify_signature(&key(&group), &message, &signature);
                    tally.count(test, verified.is_ok());
                }
            }
            tally
        };
    let point = |group: &Value| unhex(&group["publicKey"]["uncompressed"]);
    let p384 = check("ecdsa_secp384r1_sha256", ECDSA_P384_SHA256, point);
    assert_eq!(p384, Tally { taken: 162, refused_acceptable: 0, refused: 310 });
    let pkcs1 = |group: &Value| unhex(&group["publicKeyAsn"]);
    let rsa = check("rsa_signature_2048_sha256", RSA_PKCS1_SHA256, pkcs1);
    assert_eq!(rsa, Tally { taken: 9, refused_acceptable: 1, refused: 249 });
}

#[cfg(feature = "aws-lc")]
#[test]
fn oaep_unwraps_without_a_label_and_refuses_one() {
    use crate::backend::RsaKey;
    let (mut tally, mut labelled) = (Tally::default(), 0);
    for group in groups("rsa_oaep_2048_sha256_mgf1sha256") {
        let key = RsaKey::from_der(&unhex(&group["privateKeyPkcs8"])).unwrap();
        for test in tests(&group) {
            let opened = key.unwrap(&unhex(&test["ct"]));
            if test["label"] != "" {
                assert!(opened.is_none(), "{test}");
                labelled += 1;
                continue;
            }
            if let Some(opened) = &opened {
                assert_eq!(**opened, unhex(&test["msg"]), "{test}");
            }
            tally.count(test, opened.is_some());
        }
    }
    assert_eq!((tally, labelled), (Tally { taken: 10, refused_acceptable: 0, refused: 19 }, 8));
}
