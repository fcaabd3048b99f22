//! What payers pay with. To seal and to open takes longer than all the rest of a payment, and what happens to it here
//! depends on neither: so it is done once for the whole process, unless each payment is to do it.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use epay::{Card as PayerCard, CardNumber, Cvc, Expiry, ExpiryFormat, Method, Money, TerminalId};
use epay_crypto::{ApplePayToken, DecryptedApplePay, GooglePayToken, PublicKey, Secret};
use epay_domain::{Exposed, ReplayKey, SealedMethod, Timestamp};
use epay_fakebank::{BankKey, cards};

use crate::world::World;
use crate::{Card, phone};

/// How the bank of these worlds wants the expiry of an Apple Pay token that the shop opened.
pub(crate) const APPLE_EXPIRY: ExpiryFormat = ExpiryFormat::Yymmdd;

/// Apple's one-time proof, of no meaning where nothing is opened.
const PROOF: &str = "AMC5tLMnV5S3AnLbsGPMAoABFA==";

/// The key of a bank. Where nothing is sealed anew, it remembers what it has opened.
pub(crate) fn bank_key(real_crypto: bool) -> BankKey {
    static REMEMBERS: LazyLock<BankKey> = LazyLock::new(|| BankKey::fixed().with_memory());
    if real_crypto { BankKey::fixed() } else { REMEMBERS.clone() }
}

/// What the payer of an order hands in, for so much, to a shop by whose clock it is so late.
pub(crate) fn method(
    world: &World,
    order: usize,
    card: Card,
    amount: Money,
    now: Timestamp,
) -> Option<Method> {
    let terminal = world.terminal(order);
    match card {
        Card::Saved => return world.saved_card(terminal).map(Method::SavedCard),
        Card::Recurrent => return world.saved_card(terminal).map(Method::Recurrent),
        _ => {}
    }
    if !world.real_crypto {
        return remembered(card, terminal).map(Method::Sealed);
    }
    match card {
        Card::ApplePay => phone::opened(world, order, amount, now),
        Card::ApplePayToken => phone::token(world, order, amount).map(Method::ApplePayToken),
        Card::GooglePayToken => Some(Method::GooglePayToken(phone::taps_google_pay(world, order))),
        card => seal(card, terminal).map(Method::Sealed),
    }
}

fn remembered(card: Card, terminal: &TerminalId) -> Option<SealedMethod> {
    type Sealed = BTreeMap<(Card, TerminalId), String>;
    static SEALED: LazyLock<Mutex<Sealed>> = LazyLock::new(Mutex::default);
    let mut all = SEALED.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (card, terminal.clone());
    if !all.contains_key(&key) {
        let sealed = seal(card, terminal)?;
        let (Exposed::Card { cryptogram }
        | Exposed::ApplePay { cryptogram, .. }
        | Exposed::ApplePayToken { cryptogram, .. }
        | Exposed::GooglePayToken { cryptogram, .. }) = sealed.expose()
        else {
            return None;
        };
        all.insert(key.clone(), cryptogram.to_owned());
    }
    let cryptogram = all.get(&key)?.clone();
    Some(match card {
        Card::ApplePay => SealedMethod::apple_pay(cryptogram, PROOF.to_owned(), None),
        Card::ApplePayToken => SealedMethod::apple_pay_token(cryptogram, "{}".to_owned()),
        Card::GooglePayToken => SealedMethod::google_pay_token(cryptogram, phone::google_token("")),
        _ => SealedMethod::card(cryptogram),
    })
}

/// As the payer's browser seals a card, and the shop's server a token of Apple Pay.
fn seal(card: Card, terminal: &TerminalId) -> Option<SealedMethod> {
    static KEY: LazyLock<Option<PublicKey>> =
        LazyLock::new(|| PublicKey::parse(BankKey::fixed().public_pem().as_bytes()).ok());
    let (key, expiry) = (KEY.as_ref()?, Expiry::parse_yymmdd("300131").ok()?);
    let sealed = match card {
        Card::ApplePay => {
            let (number, proof) = (CardNumber::new(cards::VISA_OK).ok()?, Secret::new(PROOF));
            let (once, agreed) = (ReplayKey::new([0; 32]), Money::tiyn(0));
            let opened = DecryptedApplePay::new(number, expiry, proof, None, once, agreed);
            key.seal_apple_pay(opened, terminal, APPLE_EXPIRY)
        }
        Card::ApplePayToken => {
            key.seal_apple_pay_token(ApplePayToken::new("{}".to_owned()), terminal)
        }
        Card::GooglePayToken => {
            key.seal_google_pay_token(GooglePayToken::new(phone::google_token("")), terminal)
        }
        card => {
            let (number, cvc) = (CardNumber::new(number(card)).ok()?, Cvc::new("321").ok()?);
            key.seal_card(PayerCard::new(number, expiry, cvc), terminal)
        }
    };
    sealed.ok()
}

pub(crate) fn number(card: Card) -> &'static str {
    match card {
        Card::Good
        | Card::ApplePay
        | Card::ApplePayToken
        | Card::GooglePayToken
        | Card::Saved
        | Card::Recurrent => cards::VISA_OK,
        Card::ThreeDs => cards::THREE_DS,
        Card::Fingerprint => cards::FINGERPRINT,
        Card::Declined => cards::INSUFFICIENT_FUNDS,
        Card::NotFinal => cards::NOT_FINAL,
    }
}
