//! Apple Pay for a merchant's server: verify that a token is Apple's, fresh and untouched, then open it.
//!
//! ```
//! use epay_applepay::{EncryptedToken, Expected, Keys, Refused, Verifier};
//! use std::time::SystemTime;
//!
//! fn read(payment_data: &[u8], verifier: &Verifier, keys: &Keys) -> Result<String, Refused> {
//!     let token = EncryptedToken::parse(payment_data)?;
//!     let verified = verifier.verify(token, SystemTime::now())?; // only a verified token can be opened
//!     let payload = verified.open(keys)?;
//!     let order = Expected { amount: 150_000, currency: 398, application_data: None }; // 1500.00 tenge
//!     Ok(payload.expect(&order)?.dpan().to_owned()) // claim its `transaction_id` before it is paid
//! }
//! let refused = read(b"{}", &Verifier::apple(), &Keys::default()).unwrap_err();
//! assert_eq!((refused.stage().name(), refused.reason()), ("token", "version is missing"));
//! ```
//!
//! The crate knows nothing of any bank or of the rest of `epay`, does no I/O and reads no clock.

// Where to look, for whoever changes this crate:
//
// | question | file |
// |---|---|
// | Which bytes count as a token? | `token`, `json` |
// | Which bytes count as a signature? | `cms`, `attributes`, `der` |
// | Whose signature is it? | `chain`, `certificate` |
// | In which order is a token checked, and how old may it be? | `verify` |
// | Which keys can a merchant have, and from which files? | `keys`, `pem` |
// | How is it opened? | `open`, `backend`, `wipe` |
// | What is inside, and is it what was asked for? | `payload`, `expected` |
// | What does a refusal tell, and to whom? | `refused` |
// | How does a web page get a merchant session? | `session` |

mod attributes;
mod backend;
mod certificate;
mod chain;
mod cms;
mod der;
mod digest;
mod expected;
#[cfg(fuzzing)]
pub mod fuzzing;
mod json;
mod keys;
mod open;
mod payload;
mod pem;
mod refused;
pub mod session;
mod token;
mod verify;
mod wipe;
#[cfg(test)]
mod wycheproof;

pub use chain::{InvalidRoot, Root};
pub use expected::Expected;
pub use keys::{KeyAgreement, KeyError, KeyUnavailable, Keys, ProcessingKey, SharedSecret};
pub use payload::{Approved, AuthenticationResponse, Payload, Proof};
pub use refused::{Refused, Stage};
pub use token::{EncryptedToken, Version};
pub use verify::{VerifiedToken, Verifier};
