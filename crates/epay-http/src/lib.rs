//! The bank's HTTP API: requests written exactly, answers read tolerantly, over whatever HTTP client you have.
//!
//! ```
//! # use {bytes::Bytes, epay_crypto::*, epay_domain::*, epay_http::*};
//! // Your HTTP client goes in here; this one is a bank that knows nothing.
//! let transport = transport_fn(|request: http::Request<Bytes>| async move {
//!     let is_token = request.uri().path() == "/oauth2/token";
//!     let body = if is_token { r#"{"access_token":"T","expires_in":"1200"}"# } else { r#"{"resultCode":"102"}"# };
//!     Ok(http::Response::new(Bytes::from(body)))
//! });
//! let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d")?;
//! let credentials = Credentials::new("test", Secret::new("the client's secret"), terminal.clone());
//! # #[derive(Debug)] struct StoppedClock;
//! # #[async_trait::async_trait]
//! # impl Clock for StoppedClock {
//! #     fn now(&self) -> Timestamp { Timestamp::default() }
//! #     fn monotonic(&self) -> std::time::Duration { std::time::Duration::ZERO }
//! #     async fn sleep(&self, _: std::time::Duration) { std::future::pending().await }
//! # }
//! let clock = std::sync::Arc::new(StoppedClock); // yours; `epay::TokioClock` is one
//! let gateway = HttpGateway::new(transport, clock, Environment::test(KeyTrust::FirstUse), credentials);
//!
//! let payment = Payment::open(InvoiceId::new("100000017")?, Money::tenge(5_000), terminal);
//! let seen = pollster::block_on(gateway.status(&payment))?;
//! assert_eq!(seen.fact, Fact::NotFound);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// Where to look, for whoever changes this crate:
//
// | question | file |
// |---|---|
// | What must my HTTP client keep? | `transport` (the contract), `transport/func` (a closure), `transport/read_body` |
// | Which requests may arrive twice? | `transport/safe_to_repeat`, said in `endpoint` |
// | What is written and read in one call? | `endpoint`, one file each, whose first line is method and path |
// | How are odd answers read? | `codec/fields` (names), `codec/decimal` (amounts), `codec/reason` (refusals), `codec/summary` |
// | Whose operation is it, and what do accountants find it by? | `codec/origin`, `codec/details` |
// | What do the sums of a status mean? | `codec/sums` |
// | What is doubtful about the wire, and can be switched? | `wire` |
// | Which token goes with which call? | `access` |
// | What is sent again, and what is known when nothing came back? | `retrying_transport`, `deadline` |
// | What is made ready while a token is fetched? | `gateway` |
// | For how long is the bank's key held? | `held_key` |
// | Which hosts, which keys, whose credentials? | `environment`, `credentials`, `address` |
// | What comes to us by itself? | `callback` (the bank's posts, the payer's return) |
// | What is the payer shown? | `three_ds_form`, `pay_form` |

mod access;
mod address;
mod bank;
mod callback;
mod codec;
mod credentials;
mod deadline;
mod endpoint;
mod environment;
mod gateway;
mod held_key;
mod pay_form;
mod retrying_transport;
mod three_ds_form;
mod transport;
mod wire;

#[cfg(test)]
mod fixture;

pub use bank::Bank;
pub use callback::{Authenticity, CallbackError, Claim, Hint, PostLink, read_three_ds_return};
pub use codec::sums::SumsReading;
pub use credentials::Credentials;
pub use environment::{Environment, InvalidEnvironment};
pub use gateway::HttpGateway;
pub use pay_form::PayFormParams;
pub use three_ds_form::{FormError, Nonce, ThreeDsForm};
pub use transport::{
    MAX_RESPONSE_BYTES, ReadBody, SafeToRepeat, Transport, TransportError, TransportErrorKind,
    transport_fn,
};
pub use wire::{
    AmountText, ApplePayType, AttemptTagField, ChargeAmount, CryptogramKey, GooglePayText,
    TokenUse, Wire,
};
