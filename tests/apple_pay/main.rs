//! Tokens that the fake wallet mints, with every fault it knows: each is opened, or refused at the stage it must be.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by failing")]

use epay_applepay::{EncryptedToken, Keys, ProcessingKey, Refused, Root, Verifier};
use epay_testkit::wallet::{self, Case, Credential, Fault, Suite, Wallet};
use std::time::{Duration, SystemTime};

const NOW: u64 = 1_795_521_600;

/// A shop that trusts the suite's root and has its merchant's keys, as far as this backend opens their kind.
struct Shop {
    verifier: Verifier,
    keys: Keys,
}

impl Shop {
    fn of(suite: &Suite) -> Shop {
        let merchant = &suite.merchant;
        let mut credentials = vec![merchant.processing(), merchant.next_processing()];
        if cfg!(feature = "aws-lc") {
            credentials.push(merchant.rsa_processing());
        }
        let verifier = Verifier::trusting(Root::from_der(&suite.root).unwrap());
        Shop { verifier, keys: Keys::new(credentials.into_iter().map(key)) }
    }

    fn open(&self, case: &Case) -> Result<String, Refused> {
        let token = EncryptedToken::parse(case.token.as_bytes())?;
        let payload = self.verifier.verify(token, at(case.now))?.open(&self.keys)?;
        Ok(payload.expose().to_owned())
    }
}

fn key(credential: &Credential) -> ProcessingKey {
    ProcessingKey::from_der(credential.certificate_der(), &credential.key_der()).unwrap()
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn every_case_of_the_suite_ends_where_it_must() {
    let suite = wallet::suite(11, NOW);
    let shop = Shop::of(&suite);
    let mut wrong = Vec::new();
    for case in &suite.cases {
        // Without RSA decryption such a token finds no key, once all that comes before has been checked.
        let without_key = !cfg!(feature = "aws-lc") && case.name.starts_with("RSA");
        let expected = match case.stage {
            None | Some("opening" | "payload") if without_key => Err("key"),
            None => Ok(case.plain.as_str()),
            Some(stage) => Err(stage),
        };
        let opened = shop.open(case);
        let ended = opened.as_deref().map_err(|refused| refused.stage().name());
        if ended != expected {
            let reason = opened.as_ref().err().map(Refused::reason).unwrap_or_default();
            wrong.push(format!("{}: {:?} instead of {:?}: {reason}", case.name, ended.err(), expected.err()));
        }
    }
    assert!(suite.cases.len() > 200, "{}", suite.cases.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), suite.cases.len(), wrong.join("\n"));
}

#[test]
fn a_verified_chain_vouches_for_no_signature() {
    let suite = wallet::suite(12, NOW);
    let shop = Shop::of(&suite);
    let wallet = Wallet::new(12, NOW);
    let minted = |fault: Option<Fault>| {
        let payment = wallet.pay(&suite.merchant);
        fault.into_iter().fold(payment, |payment, fault| payment.fault(fault)).mint()
    };
    let verify = |json: &str| {
        let token = EncryptedToken::parse(json.as_bytes())?;
        shop.verifier.verify(token, at(NOW)).map(|_| ())
    };
    verify(&minted(None).json).unwrap();
    // The same certificates, now known, under a signature that is not by them.
    let refused = verify(&minted(Some(Fault::SIGNED_BY_OTHER_KEY)).json).unwrap_err();
    assert_eq!(refused.stage().name(), "signature");
    verify(&minted(None).json).unwrap();
}

#[test]
fn a_clock_that_goes_backwards_opens_no_old_token() {
    let suite = wallet::suite(13, NOW);
    let shop = Shop::of(&suite);
    let token = Wallet::new(13, NOW).pay(&suite.merchant).mint().json;
    let verify = |now| shop.verifier.verify(EncryptedToken::parse(token.as_bytes()).unwrap(), at(now)).err();
    assert_eq!(verify(NOW), None);
    for now in [NOW - 3_600, NOW + 3_600, 0] {
        assert_eq!(verify(now).map(|refused| refused.stage().name()), Some("time"), "{now}");
    }
}
