//! Cards, sealed once for the whole process: to seal and to open by RSA takes longer than all the rest
//! of a payment, and what happens to it here depends on neither.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use epay::{Card as PayerCard, CardNumber, Cvc, Expiry, Money, PaymentRequest, TerminalId};
use epay_crypto::PublicKey;
use epay_domain::{Exposed, SealedMethod};
use epay_fakebank::{BankKey, cards};

use crate::Card;

/// The key of every bank of this process, which remembers what it has opened.
pub(crate) static BANK_KEY: LazyLock<BankKey> = LazyLock::new(|| BankKey::fixed().with_memory());

type Sealed = BTreeMap<(Card, TerminalId), String>;

fn number(card: Card) -> &'static str {
    match card {
        Card::Good => cards::VISA_OK,
        Card::ThreeDs => cards::THREE_DS,
        Card::Fingerprint => cards::FINGERPRINT,
        Card::Declined => cards::INSUFFICIENT_FUNDS,
        Card::NotFinal => cards::NOT_FINAL,
    }
}

/// The card as the payer's browser has sealed it.
pub(crate) fn method(card: Card, terminal: &TerminalId) -> Option<SealedMethod> {
    static SEALED: LazyLock<Mutex<Sealed>> = LazyLock::new(Mutex::default);
    let mut sealed = SEALED.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (card, terminal.clone());
    if let Some(cryptogram) = sealed.get(&key) {
        return Some(SealedMethod::card(cryptogram.clone()));
    }
    let cryptogram = seal(card, terminal)?;
    sealed.insert(key, cryptogram.clone());
    Some(SealedMethod::card(cryptogram))
}

fn seal(card: Card, terminal: &TerminalId) -> Option<String> {
    let public = PublicKey::parse(BANK_KEY.public_pem().as_bytes()).ok()?;
    let (expiry, cvc) = (Expiry::parse_mmyy("0130").ok()?, Cvc::new("321").ok()?);
    let card = PayerCard::new(CardNumber::new(number(card)).ok()?, expiry, cvc);
    match public.seal_card(card, terminal).ok()?.expose() {
        Exposed::Card { cryptogram } => Some(cryptogram.to_owned()),
        _ => None,
    }
}

pub(crate) fn request(order: &str) -> Option<PaymentRequest> {
    let link = "https://shop.example/callback";
    let request = PaymentRequest::new(order).ok()?.with_payer_name("ARMAN ALI").ok()?;
    request.with_post_links(link, link).ok()
}

/// So many percent of a sum, in whole minor units.
pub(crate) fn percent(amount: u64, percent: u8) -> Money {
    Money::tiyn(amount * u64::from(percent) / 100)
}
