//! `[shop.apple_pay]`: the shop's identity at Apple, and the keys that open its tokens.

use super::SecretSource;
use epay::ExpiryFormat;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// Apple Pay on the checkout. Certificates and keys are PEM.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplePayConfig {
    /// As in Apple's portal: `merchant.kz.example.shop`.
    pub(crate) merchant_id: String,
    /// As registered and verified there: the host of `public_url`.
    pub(crate) domain: String,
    pub(crate) identity_certificate: String,
    pub(crate) identity_key: SecretSource,
    /// How the bank wants the expiry of a token that is opened here; nobody has confirmed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expiry: Option<ExpiryWords>,
    /// Opens tokens here. Without any the bank opens them.
    #[serde(default, rename = "processing_key", skip_serializing_if = "Vec::is_empty")]
    pub(crate) processing_keys: Vec<ProcessingConfig>,
    /// In Apple's place, where the bank is a fake one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fake_wallet: Option<FakeWalletConfig>,
}

/// One, or two while one replaces the other.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProcessingConfig {
    pub(crate) certificate: String,
    pub(crate) key: SecretSource,
}

/// A wallet of `epay_fakewallet`, and its gateway for merchant sessions.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FakeWalletConfig {
    /// Whom tokens lead to.
    pub(crate) root: String,
    pub(crate) gateway: SocketAddr,
    /// Whom the gateway's TLS leads to.
    pub(crate) gateway_root: String,
}

/// `ExpiryFormat`, as the file writes it.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ExpiryWords {
    Mmyy,
    Yymmdd,
    Ddmmyy,
}

impl ExpiryWords {
    pub(crate) fn format(self) -> ExpiryFormat {
        match self {
            ExpiryWords::Mmyy => ExpiryFormat::Mmyy,
            ExpiryWords::Yymmdd => ExpiryFormat::Yymmdd,
            ExpiryWords::Ddmmyy => ExpiryFormat::Ddmmyy,
        }
    }
}
