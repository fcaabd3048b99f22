//! A fake Apple Pay wallet mints tokens of Apple's exact shape, with certificates of its own and every fault to order.

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
mod seal;

use std::sync::atomic::{AtomicU64, Ordering};

use authority::Authority;

pub use cms::Form;
pub use fault::Fault;
#[cfg(feature = "apple-gateway")]
pub use gateway::{AppleGateway, AskedSession, GatewayAnswer};
pub use keys::Seed;
pub use merchant::{Credential, Merchant};
pub use mint::{MintedToken, Payment};

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
