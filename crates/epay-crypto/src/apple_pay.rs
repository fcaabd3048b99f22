//! Apple Pay opened by the merchant and Apple Pay opened by the bank are two types, and neither is a card.

use crate::card::is_digits;
use crate::{CardNumber, Expiry, InvalidCard, Secret};
use epay_domain::{Money, ReplayKey};
use std::fmt;

/// An Apple Pay token that the **merchant** has verified and decrypted (bank page "Apple Pay by API").
///
/// Field names are Apple's ("Payment token format reference"): the device number is `applicationPrimaryAccountNumber`,
/// the payment cryptogram `paymentData.onlinePaymentCryptogram`, good for one payment.
pub struct DecryptedApplePay {
    pub(crate) dpan: CardNumber,
    pub(crate) expiry: Expiry,
    pub(crate) payment_cryptogram: Secret,
    pub(crate) eci: Option<Eci>,
    transaction: ReplayKey,
    agreed: Money,
}

impl DecryptedApplePay {
    /// Joins what the token held. `payment_cryptogram` stays the base64 text that Apple gave; `eci` is absent for some
    /// networks; `transaction` is the `transactionId` of the token's header in bytes, by which a replay is known;
    /// `agreed` is what the token says is to be paid.
    pub fn new(
        dpan: CardNumber,
        expiry: Expiry,
        payment_cryptogram: Secret,
        eci: Option<Eci>,
        transaction: ReplayKey,
        agreed: Money,
    ) -> DecryptedApplePay {
        DecryptedApplePay { dpan, expiry, payment_cryptogram, eci, transaction, agreed }
    }

    /// The sum that the payer saw and agreed to: no other may be paid with it.
    pub fn agreed(&self) -> Money {
        self.agreed
    }

    /// The replay key to claim before the token pays.
    pub fn replay_key(&self) -> ReplayKey {
        self.transaction
    }
}

impl fmt::Debug for DecryptedApplePay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecryptedApplePay({})", self.dpan)
    }
}

/// The electronic commerce indicator, Apple's `eciIndicator`: how the card network rates the payer's proof. One or two
/// digits, no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eci(String);

impl Eci {
    /// Checks the digits; they are passed on as they are, so `5` and `05` differ.
    pub fn new(digits: &str) -> Result<Eci, InvalidCard> {
        if is_digits(digits, 1..=2) { Ok(Eci(digits.to_owned())) } else { Err(InvalidCard::Eci) }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An Apple Pay token still encrypted, for the **bank** to open, as the bank's own iOS library sends it (`observed`).
pub struct ApplePayToken(pub(crate) Secret);

impl ApplePayToken {
    /// Takes the JSON object `token.paymentData` that Apple's sheet returned. It is passed on byte for byte and not
    /// looked into here; the gateway refuses what isn't one JSON object.
    pub fn new(payment_data_json: String) -> ApplePayToken {
        ApplePayToken(Secret::new(payment_data_json))
    }

    /// The JSON, for whoever verifies the token before the bank has it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

redacted!(ApplePayToken);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_eci_is_one_or_two_digits() {
        for (digits, fits) in
            [("05", true), ("7", true), ("", false), ("005", false), ("5a", false), ("-5", false)]
        {
            assert_eq!(
                Eci::new(digits).map(|eci| eci.as_str() == digits),
                fits.then_some(true).ok_or(InvalidCard::Eci)
            );
        }
    }

    #[test]
    fn debug_shows_the_mask_at_most() {
        let opened = DecryptedApplePay::new(
            CardNumber::new("4405639704015096").unwrap(),
            Expiry::parse_yymmdd("270131").unwrap(),
            Secret::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            Eci::new("05").ok(),
            ReplayKey::new([7; 32]),
            Money::tenge(5_000),
        );
        assert_eq!(format!("{opened:?}"), "DecryptedApplePay(440563...5096)");
        assert_eq!(format!("{:?}", ApplePayToken::new("{}".into())), "ApplePayToken(redacted)");
    }
}
