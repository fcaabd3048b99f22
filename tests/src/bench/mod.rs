//! The one bench of fixtures: a shop, its payer's card, a bank that says what a list says, a store
//! that counts and fails as planned, a handler that keeps what it is told, and virtual time.
//!
//! | I need | take |
//! |---|---|
//! | a shop on the fake bank, one-stage or two-stage | [`Shop::one_stage`], [`Shop::two_stage`] |
//! | a bank that says what I want, in the order I want | [`Shop::scripted`], [`ScriptedBank`] |
//! | the number of calls and writes | [`Shop::asked`], [`ScriptedBank::calls`], [`PlannedStore::writes`] |
//! | a log that fails, or that somebody else writes | [`PlannedStore::plan`] |
//! | hours in a second | [`VirtualClock`], under `#[tokio::test(start_paused = true)]` |
//! | what the shop was notified of | [`Heard`] |
//! | a payer's card | [`card`], [`card_of`] |
//! | the real gateway over a transport of my own | [`gateway_over`], with an [`Alarm`] for its clock |
//! | an Apple Pay token, and whoever opens it | [`Counter`] |
//! | a Google Pay token | [`google_pay_token`] |

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod counter;
mod gateway;
mod handler;
mod names;
mod script;
mod shop;
mod store;
mod time;

pub use counter::{Counter, NOW};
pub use gateway::{Alarm, gateway_over};
pub use handler::Heard;
pub use names::{name, step_name};
pub use script::{Call, Reply, ScriptedBank, TOKEN_LIFE};
pub use shop::Shop;
pub use store::PlannedStore;
pub use time::VirtualClock;

use epay::{
    Card, CardNumber, Contradiction, Cvc, Expiry, GooglePayToken, Hint, InvoiceId, Money, OrderId,
    ThreeDsAnswer, Timeouts,
};
use epay_domain::{Event, Payment, PaymentStore, SealedMethod};
use epay_http::Authenticity;

/// What everything here costs.
pub const PRICE: Money = Money::tenge(5_000);
/// Seconds.
pub const MINUTE: u64 = 60;
/// Seconds.
pub const HOUR: u64 = 60 * MINUTE;
/// Seconds.
pub const DAY: u64 = 24 * HOUR;

/// The payer's card of this number.
pub fn card(number: &str) -> Card {
    card_of(number, "01/27", "321", "ARMAN ALI")
}

/// A card with all that is printed on it.
pub fn card_of(number: &str, expiry: &str, cvc: &str, holder: &str) -> Card {
    let (number, expiry) = (CardNumber::new(number).unwrap(), Expiry::parse_mmyy(expiry).unwrap());
    Card::new(number, expiry, Cvc::new(cvc).unwrap()).with_holder(holder)
}

/// A Google Pay token as the sheet gives it, with this in place of what only the bank can open.
pub fn google_pay_token(sealed: &str) -> GooglePayToken {
    let form = r#"{"signature":"c2ln","protocolVersion":"ECv2","signedMessage":""#;
    GooglePayToken::new(format!("{form}{sealed}\"}}"))
}

/// A card that was sealed elsewhere, for banks that open none.
pub fn sealed() -> SealedMethod {
    SealedMethod::card("sealed".to_owned())
}

/// The defaults, changed.
pub fn timeouts(change: impl FnOnce(&mut Timeouts)) -> Timeouts {
    let mut timeouts = Timeouts::default();
    change(&mut timeouts);
    timeouts
}

/// A payer's answer to a scripted challenge.
pub fn three_ds_answer() -> ThreeDsAnswer {
    ThreeDsAnswer::new("cGFyZXM=".into(), "bWQ=".into())
}

/// The kinds of these contradictions, by a word each.
pub fn kinds(contradictions: &[Contradiction]) -> Vec<&'static str> {
    contradictions.iter().map(Contradiction::name).collect()
}

/// A callback about this invoice.
pub fn hint(invoice: &InvoiceId, authenticity: Authenticity) -> Hint {
    Hint { invoice: Some(invoice.clone()), authenticity }
}

/// A person's list of what they were shown of an attempt.
pub async fn shown(
    payments: &epay::Payments,
    which: impl Into<epay::AttemptRef>,
) -> Vec<epay::Contradiction> {
    payments.status(which).await.unwrap().attempt().payment().contradictions()
}

/// What a history makes of a payment that was opened like this one.
pub fn fold(like: &Payment, history: &[Event]) -> Payment {
    let (invoice, terminal) = (like.invoice().clone(), like.terminal().clone());
    let opened = Payment::open(invoice, like.ordered(), terminal).with_tag(like.tag());
    history.iter().fold(opened, Payment::apply)
}

/// How an order's present attempt is stored.
pub async fn stored(store: &dyn PaymentStore, order: &str) -> epay_domain::Stored {
    store.current(&OrderId::new(order).unwrap()).await.unwrap().unwrap()
}
