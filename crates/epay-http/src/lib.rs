//! ePay's wire: codec, the Transport seam and HttpGateway.

mod access;
mod bank;
mod callback;
mod codec;
mod credentials;
mod deadline;
mod endpoint;
mod environment;
mod gateway;
mod line;
mod three_ds_form;
mod transport;
mod wire;

pub use bank::Bank;
pub use callback::{Authenticity, CallbackError, CallbackErrorKind, Claim, Hint, PostLink, read_three_ds_return};
pub use codec::sums::SumsReading;
pub use credentials::Credentials;
pub use environment::{Environment, InvalidEnvironment};
pub use gateway::HttpGateway;
pub use three_ds_form::{FormError, FormErrorKind, Nonce, ThreeDsForm};
pub use transport::{MAX_RESPONSE_BYTES, ReadBody, Transport, TransportError, TransportErrorKind, transport_fn};
pub use wire::{AmountText, ApplePayType, ChargeAmount, CryptogramKey, TokenUse, Wire};
