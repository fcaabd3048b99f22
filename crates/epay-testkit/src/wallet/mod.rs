//! A fake Apple Pay wallet mints tokens of Apple's exact shape, with certificates of its own and every fault to order.
//!
//! What you accept from Apple you can be sent by anybody, so a checkout is tested with tokens that are wrong in one point
//! each. The wallet makes them, and right ones, from a seed and a time: no account with Apple, no network, no clock.
//!
//! ```
//! use epay_testkit::wallet::{Fault, Wallet};
//!
//! let wallet = Wallet::new(7, 1_795_521_600); // any seed; the time that your verifier will be told
//! let merchant = wallet.merchant("merchant.kz.example.shop");
//! // Give your code what a merchant has: keys from the portal, and a root to trust in place of Apple's.
//! let (certificate, key) = (merchant.processing().certificate_pem(), merchant.processing().key_pem());
//! let trusted = wallet.root_der();
//! # let _ = (certificate, key, trusted);
//! // What the browser hands over, and what it opens to:
//! let token = wallet.pay(&merchant).amount(1500_00).currency("398").application_data(b"cart 17").mint();
//! assert!(token.payload.contains(r#""transactionAmount":150000"#));
//! // The same payment with something wrong. `my_checkout(&forged.json)` must refuse it.
//! let forged = wallet.pay(&merchant).amount(1500_00).fault(Fault::MERCHANT_MADE_CA).mint();
//! assert_eq!(Fault::MERCHANT_MADE_CA.refused_at(), Some("chain"));
//! # assert_ne!(token.json, forged.json);
//! ```
//!
//! | question | answer |
//! |---|---|
//! | What can a token be? | the methods of [`Payment`] |
//! | What can be wrong with one? | the constants of [`Fault`], and [`Fault::all`] |
//! | How do I try them all? | [`suite()`]: some hundred cases with the stage that must refuse each |
//! | What does a stage mean? | `token`, `cms`, `marker`, `chain`, `attributes`, `signature`, `digest`, `time`, `key`, `opening`, `payload`: the steps in which a reader comes to believe a token, so the first that can notice the fault |
//! | Where are the faults written down? | one table for a stage in `fault/` |
//!
//! The private keys of a wallet follow from its seed or are published: they protect nothing.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "all it handles is its own: what does not fit is a mistake in the wallet, which a test must see at once"
)]

mod authority;
mod certificate;
mod chain;
mod cms;
mod der;
mod fault;
#[cfg(feature = "apple-gateway")]
mod gateway;
mod json;
mod keys;
mod merchant;
mod mint;
mod oid;
mod payload;
mod payment;
mod seal;
mod suite;

use std::sync::atomic::{AtomicU64, Ordering};

use authority::Authority;

pub use cms::Form;
pub use fault::Fault;
#[cfg(feature = "apple-gateway")]
pub use gateway::{AppleGateway, AskedSession, GatewayAnswer};
pub use keys::Seed;
pub use merchant::{Credential, Merchant};
pub use payment::{MintedToken, Payment};
pub use suite::{Case, Suite, suite};

/// A wallet with a certification authority of its own; everything about it follows from a seed and a time.
pub struct Wallet {
    authority: Authority,
    minted: AtomicU64,
}

impl Wallet {
    /// `now` is in Unix seconds: certificates are valid around it, and tokens are signed five seconds before it.
    pub fn new(seed: impl Into<Seed>, now: u64) -> Self {
        Self { authority: Authority::new(seed.into(), now), minted: AtomicU64::new(0) }
    }

    /// The root certificate that your verifier must trust, for this test, in place of Apple's.
    pub fn root_der(&self) -> Vec<u8> {
        self.authority.root.der()
    }

    /// The same as PEM.
    pub fn root_pem(&self) -> String {
        merchant::pem("CERTIFICATE", &self.root_der())
    }

    /// The authority that signs merchants' certificates: a fake gateway's TLS trusts it for clients.
    pub fn merchant_ca_der(&self) -> Vec<u8> {
        self.authority.merchant_ca.der()
    }

    /// The same as PEM.
    pub fn merchant_ca_pem(&self) -> String {
        merchant::pem("CERTIFICATE", &self.merchant_ca_der())
    }

    /// The merchant of this id, the same one at every call.
    pub fn merchant(&self, id: &str) -> Merchant {
        Merchant::new(&self.authority, id)
    }

    /// Begins a payment to this merchant. The first of two equal wallets is the same for both, and so is the second.
    pub fn pay(&self, merchant: &Merchant) -> Payment<'_> {
        Payment::new(self, merchant, self.minted.fetch_add(1, Ordering::Relaxed))
    }
}
