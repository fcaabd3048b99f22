//! Halyk ePay payments that cannot be charged twice.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use epay::{Card, CardNumber, Cvc, Expiry, MemoryStore, Money, Outcome, Payments};
//! let bank = epay_testkit::FakeBank::start().gateway(); // in production epay::connect(environment, credentials)?
//! let shop = Payments::new(bank, MemoryStore::default());
//! let (number, expiry) = (CardNumber::new("4405 6397 0401 5096")?, Expiry::parse_mmyy("01/27")?);
//! let card = Card::new(number, expiry, Cvc::new("321")?).with_holder("ARMAN ALI");
//! let outcome = shop.pay("order-17", Money::tenge(5_000), card).await?;
//! assert!(matches!(outcome, Outcome::Paid(attempt) if attempt.net_captured() == Some(Money::tenge(5_000))));
//! let refunded = shop.refund("order-17", "refund-1", Money::tenge(2_000)).await?;
//! assert_eq!(refunded.attempt().net_captured(), Some(Money::tenge(3_000)));
//! # Ok(()) }
//! ```
//!
//! Before the bank is asked there are errors ([`PayError`]: the payer was not charged); after it, outcomes
//! ([`Outcome`], [`StepOutcome`]). An outcome that is unknown is settled by [`Payments::reconcile`], which checks the
//! status and never asks again.
//!
//! | feature | adds |
//! |---|---|
//! | `hyper` (default) | `HyperTransport`, the ready transport |
//! | `reqwest` | `ReqwestTransport`, another over reqwest |
//! | `applepay` | `apple_pay`: Apple Pay tokens that the merchant verifies and opens |
//! | `metrics` | counts and times by the crate `metrics`, listed in `epay::observe` |
//! | `sqlite` | `SqliteStore`, the durable log in one file |
//! | `postgres` | `PostgresStore`, the durable log in PostgreSQL, for several machines |
//! | `tokio` (default) | `TokioClock`, `Payments::new`, asks that outlive their caller; with `hyper`, `connect` |

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "applepay")]
#[cfg_attr(docsrs, doc(cfg(feature = "applepay")))]
pub mod apple_pay;
mod ask;
mod asks;
mod attempt_ref;
mod check;
#[cfg(all(feature = "hyper", feature = "tokio"))]
mod connect;
mod deliver;
mod error;
mod hand_over;
mod hints;
mod late_success;
mod log_writer;
mod method;
mod notification;
mod notification_state;
#[cfg(not(feature = "metrics"))]
mod observe;
#[cfg(feature = "metrics")]
#[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
pub mod observe;
mod operator;
mod orders;
mod outbox;
mod outcome;
mod pace;
mod pay;
mod payments;
mod reconcile;
mod rt;
mod saved_cards;
mod schedule;
mod steps;
pub mod story;
mod timeouts;

pub use attempt_ref::AttemptRef;
#[cfg(all(feature = "hyper", feature = "tokio"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "hyper", feature = "tokio"))))]
pub use connect::connect;
pub use error::{PayError, PayErrorKind, with_causes};
pub use hand_over::{HandOver, PayForm};
pub use late_success::LateSuccess;
pub use method::Method;
pub use notification::{Notification, NotificationHandler};
pub use operator::Operator;
pub use outbox::Repeated;
pub use outcome::{Attempt, HintOutcome, Outcome, PayerChallenge, StepOutcome, UnknownPayment};
pub use payments::Payments;
pub use reconcile::ReconcileReport;
#[cfg(feature = "tokio")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
pub use rt::TokioClock;
pub use timeouts::Timeouts;

#[cfg(feature = "hyper")]
#[cfg_attr(docsrs, doc(cfg(feature = "hyper")))]
pub use epay_hyper::HyperTransport;
#[cfg(feature = "reqwest")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
pub use epay_reqwest::ReqwestTransport;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
#[cfg_attr(docsrs, doc(cfg(any(feature = "postgres", feature = "sqlite"))))]
pub use epay_store::InvoiceNumbers;
pub use epay_store::MemoryStore;
#[cfg(feature = "postgres")]
#[cfg_attr(docsrs, doc(cfg(feature = "postgres")))]
pub use epay_store::PostgresStore;
#[cfg(feature = "sqlite")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqlite")))]
pub use epay_store::SqliteStore;

pub use epay_crypto::{
    ApplePayToken, Card, CardNumber, Cvc, DecryptedApplePay, Eci, Expiry, ExpiryFormat,
    GooglePayToken, KeyTrust, PublicKey, Secret, SpkiPin, TagKey, has_card_number,
};
pub use epay_domain::{
    ActsNext, Answer, CardId, Contradiction, Count, Currency, Decline, FulfilOn, InvoiceId,
    Language, ListFilter, ListQuery, Md, Money, Moved, NextCall, NotificationKind, OrderId, PaRes,
    PayerCharged, Payment, PaymentRequest, PaymentStatus, PaymentStore, ReplayKey, RetryAdvice,
    SavedCard, SealedMethod, StepId, TerminalId, ThreeDsAnswer, TransactionId, WhoActs,
};
pub use epay_http::{
    Bank, Credentials, Environment, Hint, HttpGateway, PayFormParams, PostLink, ThreeDsForm,
    Transport, Wire, read_three_ds_return,
};
