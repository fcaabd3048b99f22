//! The token that a browser or an app gives the merchant, with details for tests.

use super::json::{Object, hex};

/// What a browser or an app would hand to the merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MintedToken {
    /// `paymentData`: version, data, signature, header.
    pub json: String,
    /// What the token opens to.
    pub payload: String,
    /// The header's transaction id.
    pub transaction_id: [u8; 32],
    /// When it arrives at the merchant, in Unix seconds: the wallet's time, unless a fault is about another one.
    pub received_at: u64,
}

impl MintedToken {
    /// `ApplePayPaymentToken` as the browser has it: `paymentData` beside hints that no signature covers.
    pub fn payment_token(&self) -> String {
        let mut token = Object::default();
        token.set("paymentData", self.json.clone());
        let method = token.object("paymentMethod");
        method.text("displayName", "Visa 4320");
        method.text("network", "Visa");
        method.text("type", "debit");
        token.text("transactionIdentifier", &hex(&self.transaction_id).to_uppercase());
        token.to_string()
    }
}
