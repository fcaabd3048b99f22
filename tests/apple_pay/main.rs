//! Tokens that the fake wallet mints, with every fault it knows: each is opened, or refused at the stage it must be.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by failing")]

mod keys;

use epay_applepay::{EncryptedToken, Keys, ProcessingKey, Refused, Root, Verifier};
use epay_fakewallet::{Case, Credential, Fault, MintedToken, Suite};
use epay_tests::bench::{Counter, NOW, PRICE};
use std::time::{Duration, SystemTime};

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
        let verifier = Verifier::trusting(Root::read(&suite.root).unwrap());
        Shop { verifier, keys: Keys::new(credentials.into_iter().map(key)) }
    }

    fn open(&self, case: &Case) -> Result<String, Refused> {
        let token = EncryptedToken::parse(case.token.as_bytes())?;
        let payload = self.verifier.verify(token, at(case.now))?.open(&self.keys)?;
        Ok(payload.expose().to_owned())
    }
}

fn key(credential: &Credential) -> ProcessingKey {
    ProcessingKey::read(credential.certificate_der(), &credential.key_der()).unwrap()
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn every_case_of_the_suite_ends_where_it_must() {
    let suite = epay_fakewallet::suite(11, NOW);
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
            wrong.push(format!(
                "{}: {:?} instead of {:?}: {reason}",
                case.name,
                ended.err(),
                expected.err()
            ));
        }
    }
    assert!(suite.cases.len() > 200, "{}", suite.cases.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), suite.cases.len(), wrong.join("\n"));
}

fn stage(counter: &Counter, token: &MintedToken, now: u64) -> Option<&'static str> {
    counter.verify(token, now).err().map(|refused| refused.stage().name())
}

#[test]
fn a_verified_chain_vouches_for_no_signature() {
    let counter = Counter::default();
    let whole = || counter.sheet(PRICE).mint();
    assert_eq!(stage(&counter, &whole(), NOW), None);
    // The same certificates, now known, under a signature that is not by them.
    let fault = Fault::named("somebody else's key of the same kind signed").unwrap();
    let forged = counter.sheet(PRICE).fault(fault).mint();
    assert_eq!(stage(&counter, &forged, NOW), Some("signature"));
    assert_eq!(stage(&counter, &whole(), NOW), None);
}

#[test]
fn a_clock_that_goes_backwards_verifies_no_old_token() {
    let counter = Counter::default();
    let token = counter.sheet(PRICE).mint();
    let day = 86_400;
    let times = [NOW, NOW - 3_600, NOW, NOW + 3_600, NOW + 365 * day, 0, NOW];
    let stages = times.map(|now| stage(&counter, &token, now));
    assert_eq!(stages, [None, Some("time"), None, Some("time"), Some("time"), Some("time"), None]);
}

#[test]
fn the_same_token_has_one_id_however_it_is_written() {
    let counter = Counter::default();
    let id = |fault: Option<Fault>| {
        let payment = counter.sheet(PRICE).transaction_id([0xab; 32]);
        let minted = fault.into_iter().fold(payment, |payment, fault| payment.fault(fault)).mint();
        *EncryptedToken::parse(minted.json.as_bytes()).unwrap().transaction_id()
    };
    assert_eq!(id(None), [0xab; 32]);
    assert_eq!(id(Fault::named("the transaction id is in upper case")), [0xab; 32]);
}
