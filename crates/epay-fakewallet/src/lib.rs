//! A fake Apple Pay wallet mints tokens of Apple's exact shape, with certificates of its own and every fault to order.
//!
//! What you accept from Apple you can be sent by anybody, so a checkout is tested with tokens that are wrong in one
//! point each. The wallet makes them, and right ones, from a seed and a time: no account with Apple, no network, no clock.
//!
//! ```
//! use epay_fakewallet::{Fault, Wallet};
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
//! let fault = Fault::named("a merchant made itself a CA with the intermediate's marker").unwrap();
//! let forged = wallet.pay(&merchant).amount(1500_00).fault(fault).mint();
//! assert_eq!(fault.refused_at(), Some("chain"));
//! # assert_ne!(token.json, forged.json);
//! ```
//!
//! | question | answer |
//! |---|---|
//! | What can a token be? | the methods of [`Payment`] |
//! | What can be wrong with one? | [`Fault::named`], and [`Fault::all`] with their names |
//! | How do I try them all? | [`suite()`]: some hundred cases with the stage that must refuse each |
//! | What does a stage mean? | the step at which a reader must notice the fault: `token`, `cms`, `marker`, `chain`, `attributes`, `signature`, `digest`, `time`, `key`, `opening`, `payload` |
//! | Who gives merchant sessions? | `AppleGateway`, on loopback and over mutual TLS, with the feature `gateway` |
//! | Where are the faults written down? | one table for a stage in `fault/` |
//!
//! The private keys of a wallet follow from its seed or are published: they protect nothing.
//!
//! In a debug build elliptic curves are slow: `opt-level = 2` under `[profile.dev.package."*"]` of your manifest makes
//! minting several times as fast.

#![cfg_attr(docsrs, feature(doc_cfg))]
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
#[cfg(feature = "gateway")]
mod gateway;
mod json;
mod keys;
mod merchant;
mod mint;
mod oid;
mod order;
mod payload;
mod payment;
mod seal;
mod suite;
mod token;

use std::sync::atomic::{AtomicU64, Ordering};

use authority::Authority;

pub use cms::Form;
pub use fault::Fault;
#[cfg(feature = "gateway")]
pub use gateway::{AppleGateway, AskedSession, GatewayAnswer};
pub use keys::Seed;
pub use merchant::{Credential, Merchant};
pub use payment::Payment;
pub use suite::{Case, Suite, suite};
pub use token::MintedToken;

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
        Payment::new(&self.authority, merchant, self.minted.fetch_add(1, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_795_521_600;

    /// Two tokens of each kind and what the merchant has, as one text.
    fn everything(seed: impl Into<Seed>, now: u64) -> Vec<String> {
        let wallet = Wallet::new(seed, now);
        let merchant = wallet.merchant("merchant.x");
        let pay = || wallet.pay(&merchant);
        vec![
            wallet.root_pem(),
            wallet.merchant_ca_pem(),
            merchant.processing().key_pem(),
            merchant.next_processing().certificate_pem(),
            merchant.rsa_processing().certificate_pem(),
            merchant.identity().certificate_pem(),
            pay().mint().json,
            pay().mint().json,
            pay().rsa().mint().json,
            pay().rsa().mint().json,
        ]
    }

    #[test]
    fn the_same_seed_and_time_make_the_same_bytes() {
        assert_eq!(everything(7, NOW), everything(7, NOW));
    }

    #[test]
    fn another_seed_makes_everything_another() {
        let (some, others) = (everything([7; 32], NOW), everything([8; 32], NOW));
        assert!(some.iter().zip(&others).all(|(one, other)| one != other));
    }

    #[test]
    fn payments_differ_unless_the_same_id_is_asked_for() {
        let wallet = Wallet::new(7, NOW);
        let merchant = wallet.merchant("merchant.x");
        let first = wallet.pay(&merchant).mint();
        let second = wallet.pay(&merchant).mint();
        let again = wallet.pay(&merchant).transaction_id(first.transaction_id).mint();
        assert_ne!(first.transaction_id, second.transaction_id);
        assert_eq!(first.transaction_id, again.transaction_id);
        assert_ne!(first.json, again.json);
    }

    #[test]
    fn every_knob_is_seen_in_the_payload() {
        let wallet = Wallet::new(7, NOW);
        let merchant = wallet.merchant("merchant.x");
        let token = wallet
            .pay(&merchant)
            .amount(1)
            .currency("008")
            .card("4000000000000002")
            .expiry("300228")
            .device("AB");
        let token = token.cardholder("A \"B\"").cryptogram(&[0; 19]).eci(None).merchant_token("T1");
        let token = token
            .authentication_response("merchant.y", "100", b"x")
            .field("newIn2027", "[1]")
            .mint();
        assert_eq!(
            token.payload,
            r#"{"applicationPrimaryAccountNumber":"4000000000000002","applicationExpirationDate":"300228",
            "currencyCode":"008","transactionAmount":1,"deviceManufacturerIdentifier":"AB","paymentDataType":"3DSecure",
            "paymentData":{"onlinePaymentCryptogram":"AAAAAAAAAAAAAAAAAAAAAAAAAA=="},"cardholderName":"A \"B\"",
            "merchantTokenIdentifier":"T1","merchantTokenMetadata":{"cardMetadata":{"expirationDate":"2030-12",
            "fpanSuffix":"4320"},"cardArt":[{"name":"background","type":"image/png",
            "url":"https://fake-apple.invalid/art.png"}]},"authenticationResponses":[{"merchantIdentifier":"merchant.y",
            "authenticationData":"eA==","transactionAmount":"100"}],"newIn2027":[1]}"#
                .replace("\n            ", "")
        );
        let raw = wallet.pay(&merchant).raw_payload("not json").mint();
        assert_eq!(raw.payload, "not json");
        let emv = wallet.pay(&merchant).emv(b"chip", Some(b"pin")).mint();
        assert!(
            emv.payload
                .contains(r#""paymentData":{"emvData":"Y2hpcA==","encryptedPINData":"70696e"}"#)
        );
    }

    #[test]
    fn debug_shows_no_key() {
        let merchant = Wallet::new(7, NOW).merchant("merchant.x");
        let shown = format!("{merchant:?}");
        assert!(shown.contains("merchant.x") && shown.len() < 600, "{shown}");
    }
}
