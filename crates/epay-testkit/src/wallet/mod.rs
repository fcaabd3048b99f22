//! A fake Apple Pay wallet mints tokens of Apple's exact shape, with certificates of its own and every fault to order.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "all it handles is its own: what does not fit is a mistake in the wallet, which a test must see at once"
)]

mod authority;
mod certificate;
mod der;
#[cfg(feature = "apple-gateway")]
mod gateway;
mod keys;
mod merchant;
mod oid;

use authority::Authority;

#[cfg(feature = "apple-gateway")]
pub use gateway::{AppleGateway, AskedSession, GatewayAnswer};
pub use keys::Seed;
pub use merchant::{Credential, Merchant};

/// A wallet with a certification authority of its own; everything about it follows from a seed and a time.
pub struct Wallet {
    authority: Authority,
}

impl Wallet {
    /// `now` is in Unix seconds: certificates are valid around it, and tokens are signed five seconds before it.
    pub fn new(seed: impl Into<Seed>, now: u64) -> Self {
        Self { authority: Authority::new(seed.into(), now) }
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
}
