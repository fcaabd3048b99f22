//! Halyk ePay payments that cannot be charged twice.
//!
//! | feature | adds |
//! |---|---|
//! | `reqwest` (default) | `ReqwestTransport`, the ready transport |
//! | `tokio` (default) | `TokioClock` and `Payments::new` |

mod error;
mod memory_store;
mod method;
mod outcome;
mod patience;
mod payments;
mod probe_limit;
mod reconcile;
#[cfg(feature = "tokio")]
mod rt;
mod steps;

pub use error::{PayError, PayErrorKind};
pub use memory_store::MemoryStore;
pub use method::Method;
pub use outcome::{ActsNext, Outcome, PayerChallenge, PayerCharged, Receipt, StepOutcome, Watch};
pub use patience::Patience;
pub use payments::{FulfilOn, Payments};
pub use reconcile::{FollowUp, Sweep};
#[cfg(feature = "tokio")]
pub use rt::TokioClock;

pub use epay_crypto as crypto;
pub use epay_domain as domain;
pub use epay_http as http;
#[cfg(feature = "reqwest")]
pub use epay_reqwest::ReqwestTransport;

pub use epay_crypto::{
    ApplePayToken, Card, CardNumber, Cvc, DecryptedApplePay, Eci, Expiry, ExpiryFormat, KeyTrust, Secret, SpkiPin,
    TagKey,
};
pub use epay_domain::{
    Currency, Decline, InvoiceId, Language, Money, OrderId, Payment, PaymentRequest, PaymentStore, Standing, StepId,
    TerminalId, ThreeDsAnswer,
};
pub use epay_http::{
    Bank, Credentials, Environment, Hint, HttpGateway, PostLink, ThreeDsForm, Transport, read_three_ds_return,
};
