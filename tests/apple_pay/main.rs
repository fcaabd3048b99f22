//! Tokens that the fake wallet mints, with every fault it knows: each is opened, or refused at the stage it must be.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by failing")]

mod keys;

use epay_applepay::{EncryptedToken, Keys, ProcessingKey, Refused, Root, Verifier};
use epay_fakewallet::{Case, Credential, Fault, MintedToken, Suite, Wallet};
use std::time::{Duration, SystemTime};

/// When the wallet pays, in Unix seconds.
const NOW: u64 = 1_790_000_000;

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

/// Mints a token, with these faults.
fn minted(wallet: &Wallet, faults: &[&str]) -> MintedToken {
    let merchant = wallet.merchant("merchant.kz.example.shop");
    let payment = wallet.pay(&merchant).transaction_id([0xab; 32]);
    let faults = faults.iter().map(|name| Fault::named(name).unwrap());
    faults.fold(payment, |payment, fault| payment.fault(fault)).mint()
}

/// Where one verifier refuses these tokens at these times, one after the other.
fn stages<const N: usize>(
    wallet: &Wallet,
    tokens: [(&MintedToken, u64); N],
) -> [Option<&'static str>; N] {
    let verifier = Verifier::trusting(Root::read(&wallet.root_der()).unwrap());
    tokens.map(|(token, now)| {
        let token = EncryptedToken::parse(token.json.as_bytes()).unwrap();
        verifier.verify(token, at(now)).err().map(|refused| refused.stage().name())
    })
}

#[test]
fn a_verified_chain_vouches_for_no_signature() {
    let wallet = Wallet::new(1, NOW);
    let whole = minted(&wallet, &[]);
    // The same certificates, by then known, under a signature that is not by them.
    let forged = minted(&wallet, &["somebody else's key of the same kind signed"]);
    let stages = stages(&wallet, [(&whole, NOW), (&forged, NOW), (&whole, NOW)]);
    assert_eq!(stages, [None, Some("signature"), None]);
}

#[test]
fn a_clock_that_goes_backwards_verifies_no_old_token() {
    let wallet = Wallet::new(1, NOW);
    let token = minted(&wallet, &[]);
    let day = 86_400;
    let times = [NOW, NOW - 3_600, NOW, NOW + 3_600, NOW + 365 * day, 0, NOW];
    let stages = stages(&wallet, times.map(|now| (&token, now)));
    assert_eq!(stages, [None, Some("time"), None, Some("time"), Some("time"), Some("time"), None]);
}

#[test]
fn the_same_token_has_one_id_however_it_is_written() {
    let wallet = Wallet::new(1, NOW);
    for faults in [&[][..], &["the transaction id is in upper case"]] {
        let token = minted(&wallet, faults);
        let token = EncryptedToken::parse(token.json.as_bytes()).unwrap();
        assert_eq!(token.transaction_id(), &[0xab; 32]);
    }
}
