//! Halyk ePay payments that cannot be charged twice.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use epay::{Card, CardNumber, Cvc, Expiry, MemoryStore, Money, Outcome, Payments};
//! let bank = epay_testkit::FakeBank::start().gateway(); // in production epay::connect(environment, credentials)?
//! let shop = Payments::new(bank, MemoryStore::default());
//! let (number, expiry) = (CardNumber::new("4405 6397 0401 5096")?, Expiry::parse_mmyy("01/27")?);
//! let card = Card::new(number, expiry, Cvc::new("321")?).with_holder("ARMAN ALI");
//! let outcome = shop.pay("order-17", Money::kzt(5_000_00), card).await?;
//! assert!(matches!(outcome, Outcome::Paid(attempt) if attempt.net_captured() == Money::kzt(5_000_00)));
//! let refunded = shop.refund("order-17", "refund-1", Money::kzt(2_000_00)).await?;
//! assert_eq!(refunded.attempt().net_captured(), Money::kzt(3_000_00));
//! # Ok(()) }
//! ```
//!
//! Before the bank is asked there are errors ([`PayError`]: the payer was not charged); after it, outcomes
//! ([`Outcome`], [`StepOutcome`]). An outcome that is unknown is settled by [`Payments::reconcile`], which looks and never
//! asks again.
//!
//! | feature | adds |
//! |---|---|
//! | `reqwest` (default) | `ReqwestTransport`, the ready transport |
//! | `hyper` | `HyperTransport`, the same over hyper alone |
//! | `applepay` | `apple_pay`: Apple Pay tokens that the merchant verifies and opens |
//! | `pkcs12` | and reads `.p12` files for their keys |
//! | `metrics` | counts and times by the crate `metrics`, listed in `epay::observe` |
//! | `tokio` (default) | `TokioClock` and `Payments::new`; with `reqwest`, `connect` |

#[cfg(feature = "applepay")]
pub mod apple_pay;
#[cfg(all(feature = "reqwest", feature = "tokio"))]
mod connect;
mod error;
mod hints;
mod late;
mod log_writer;
mod memory_store;
mod method;
mod notifications;
#[cfg(not(feature = "metrics"))]
mod observe;
#[cfg(feature = "metrics")]
pub mod observe;
mod operator;
mod outcome;
mod payments;
mod reconcile;
#[cfg(feature = "tokio")]
mod rt;
mod shutdown;
mod steps;
mod timeouts;

#[cfg(all(feature = "reqwest", feature = "tokio"))]
pub use connect::connect;
pub use error::{PayError, PayErrorKind};
pub use hints::HintOutcome;
pub use late::LateSuccess;
pub use memory_store::MemoryStore;
pub use method::Method;
pub use notifications::{Notification, NotificationHandler, NotificationKind};
pub use operator::Operator;
pub use outcome::{
    ActsNext, Attempt, Outcome, PayerChallenge, PayerCharged, StepOutcome, UnknownPayment,
};
pub use payments::{FulfilOn, Payments};
pub use reconcile::ReconcileReport;
#[cfg(feature = "tokio")]
pub use rt::TokioClock;
pub use timeouts::Timeouts;

pub use epay_crypto as crypto;
pub use epay_domain as domain;
pub use epay_http as http;
#[cfg(feature = "hyper")]
pub use epay_hyper::HyperTransport;
#[cfg(feature = "reqwest")]
pub use epay_reqwest::ReqwestTransport;

pub use epay_crypto::{
    ApplePayToken, Card, CardNumber, Cvc, DecryptedApplePay, Eci, Expiry, ExpiryFormat, KeyTrust,
    Secret, SpkiPin, TagKey,
};
pub use epay_domain::{
    Currency, Decline, InvoiceId, Language, Money, OrderId, Payment, PaymentRequest, PaymentStatus,
    PaymentStore, ReplayKey, StepId, TerminalId, ThreeDsAnswer,
};
pub use epay_http::{
    Bank, Credentials, Environment, Hint, HttpGateway, PostLink, ThreeDsForm, Transport,
    read_three_ds_return,
};
