//! Card data goes in, an opaque [`SealedMethod`] comes out, and nothing in between can be cloned, compared or printed.
//!
//! ```
//! use epay_crypto::{Card, CardNumber, Cvc, Expiry, PublicKey};
//! use epay_domain::TerminalId;
//!
//! # let pem = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys/bank.public.pem"));
//! let key = PublicKey::parse(pem)?; // what the bank serves as `/public.rsa`
//! let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d")?;
//! let number = CardNumber::new("4405 6397 0401 5096")?; // the bank's published test card
//! assert_eq!(number.masked(), "440563...5096");
//!
//! let card = Card::new(number, Expiry::parse_mmyy("0127")?, Cvc::new("321")?);
//! let sealed = key.seal_card(card, &terminal)?;
//! assert_eq!(format!("{sealed:?}"), "SealedMethod(card, redacted)");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// Where to look, for whoever changes this crate:
//
// | question | file |
// |---|---|
// | How are card data held? | `card`, `expiry`, `apple_pay`, `google_pay`, `secret` |
// | How is a card number in somebody's words found? | `card_scan` |
// | What exactly is encrypted? | `cryptogram` |
// | Which bytes count as a bank key, and which key may be used? | `public_key`, `key_trust` |
// | How is a browser return tied to its payment, and a payment to its operation at the bank? | `tag` |
// | Who does the arithmetic? | `backend` |

/// `Debug` with the type's name and nothing of what it holds.
macro_rules! redacted {
    ($name:ident) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}

mod apple_pay;
mod backend;
mod card;
mod card_scan;
mod cryptogram;
mod error;
mod expiry;
mod google_pay;
mod key_trust;
mod public_key;
mod secret;
mod tag;

pub use apple_pay::{ApplePayToken, DecryptedApplePay, Eci};
pub use card::{Card, CardNumber, Cvc};
pub use card_scan::has_card_number;
#[doc(no_inline)]
pub use epay_domain::SealedMethod;
pub use error::{InvalidCard, KeyError, KeyErrorKind, SealError, SealErrorKind};
pub use expiry::{Expiry, ExpiryFormat};
pub use google_pay::GooglePayToken;
pub use key_trust::{InvalidPin, KeyTrust, PUBLISHED_TEST_KEYS, SpkiPin};
pub use public_key::PublicKey;
pub use secret::Secret;
pub use tag::{Purpose, TagKey, TagKeyError, random_tag};
