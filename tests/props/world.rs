//! The two doors by which a payment is asked for: over the wire, sealed and opened again; or at the bank's own counter.
//!
//! Opening a cryptogram costs a hundred times what all else costs, so most histories use the counter for this one call.

use epay_crypto::PublicKey;
use epay_domain::{
    BankAmount, BankText, Challenge, Decline, Delivery, Exposed, Fact, Money, Observation, Payment,
    Refunds, SealedMethod, TerminalId, TransactionId,
};
use epay_testkit::FakeBank;
use epay_testkit::fakebank::{
    Amount, Bank, Details, End, Endpoint, Instrument, Millis, Operation, Pay, ReplyShape, Status,
};
use epay_tests::bench::card_of;
use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

/// The card sealed for a terminal. Sealing is slow too, so each is sealed once.
pub(crate) fn sealed(bank: &FakeBank, pan: &'static str, terminal: &TerminalId) -> SealedMethod {
    static SEALED: OnceLock<Mutex<BTreeMap<(&'static str, TerminalId), String>>> = OnceLock::new();
    let mut texts = SEALED.get_or_init(Mutex::default).lock().unwrap();
    let text = texts.entry((pan, terminal.clone())).or_insert_with(|| {
        let key =
            bank.with_bank(|bank| PublicKey::parse(bank.public_key_pem().as_bytes())).unwrap();
        let card = card_of(pan, "0139", "321", "ARMAN ALI");
        let sealed = key.seal_card(card, terminal).unwrap();
        let Exposed::Card { cryptogram } = sealed.expose() else {
            panic!("a card is sealed as a card")
        };
        cryptogram.to_owned()
    });
    SealedMethod::card(text.clone())
}

/// Pays at the counter, with the same faults as on the wire, and hears what the wire would have told.
pub(crate) fn pay_at_the_counter(
    bank: &FakeBank,
    pan: &str,
    payment: &Payment,
    now: Millis,
) -> Result<Observation, Delivery> {
    let pay = Pay {
        terminal: payment.terminal().to_string(),
        invoice: payment.invoice().to_string(),
        amount: Amount::from_minor(payment.ordered().minor()),
        currency: "KZT".to_owned(),
        instrument: Instrument::card(pan).unwrap(),
        verify_card: false,
        save_card: false,
        details: Details {
            description: "Order 17".to_owned(),
            data: payment.tag().as_ref().map(ToString::to_string).unwrap_or_default(),
            ..Details::default()
        },
    };
    let invoice = payment.invoice().as_str();
    let performed = bank.with_bank(|bank| {
        bank.perform(Endpoint::Cryptopay, invoice, now, |bank| {
            let paid = bank.pay(pay, now);
            paid.map(|operation| told(&operation, bank)).unwrap_or_else(|refusal| {
                let declined =
                    Observation::reply(Fact::Declined(Decline::from_code(refusal.code().into())));
                Observation { invoice: Some(BankText::new(invoice)), ..declined }
            })
        })
    });
    performed.value.filter(|_| performed.end == End::Answered).ok_or(Delivery::MaybeSent)
}

/// What the answer to a payment says of it.
fn told(operation: &Operation, bank: &Bank) -> Observation {
    let ordered = Money::tiyn(operation.ordered.minor());
    let fact = match (operation.challenge(), operation.status) {
        (Some(challenge), Status::ThreeDs) => Fact::ThreeDsRequired(Challenge {
            action: bank.settings().acs_url.clone(),
            pa_req: challenge.pa_req.clone(),
            md: challenge.md.clone(),
        }),
        _ if bank.settings().switches.reply_shape == ReplyShape::Minimal => Fact::Approved,
        (_, Status::Auth) => Fact::Authorized,
        (_, Status::Charge) => {
            Fact::Captured { captured: Some(ordered), refunded: Refunds::NotTold }
        }
        (_, other) => panic!("a payment is not answered with {other:?}"),
    };
    Observation {
        transaction: TransactionId::new(&operation.id).ok(),
        invoice: Some(BankText::new(&operation.invoice)),
        amount: Some(BankAmount::card_only(ordered)),
        currency: Some(ordered.currency()),
        ..Observation::reply(fact)
    }
}
