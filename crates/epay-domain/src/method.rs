//! A sealed payment method passes through the domain opaque: it can't be cloned, compared, printed
//! or stored here.

use crate::{CardId, Initiator};
use alloc::string::String;
use core::fmt;
use zeroize::Zeroizing;

/// How the payer pays, already sealed for the bank. It is consumed by the one call that uses it and wiped on drop.
pub struct SealedMethod(Sealed);

enum Sealed {
    Card {
        cryptogram: Zeroizing<String>,
    },
    ApplePay {
        cryptogram: Zeroizing<String>,
        payment_cryptogram: Zeroizing<String>,
        eci: Option<Zeroizing<String>>,
    },
    ApplePayToken {
        cryptogram: Zeroizing<String>,
        payment_data: Zeroizing<String>,
    },
    GooglePayToken {
        cryptogram: Zeroizing<String>,
        token: Zeroizing<String>,
    },
    SavedCard {
        card: CardId,
        initiator: Initiator,
    },
}

/// The parts of a method that a gateway writes to the wire. Borrowed, so that they live no longer than the call.
pub enum Exposed<'a> {
    /// A card: the RSA cryptogram of card data.
    Card {
        /// Padded standard base64.
        cryptogram: &'a str,
    },
    /// Apple Pay opened by the merchant (bank page "Apple Pay by API").
    ApplePay {
        /// Padded standard base64 over the device PAN.
        cryptogram: &'a str,
        /// Apple's `onlinePaymentCryptogram`, base64, good for one payment.
        payment_cryptogram: &'a str,
        /// Apple's `eciIndicator`, when the token carried one.
        eci: Option<&'a str>,
    },
    /// Apple Pay opened by the bank (the bank's own iOS SDK).
    ApplePayToken {
        /// Padded standard base64 over the placeholders the bank expects.
        cryptogram: &'a str,
        /// Apple's encrypted `paymentData`, a JSON object as text, passed on byte for byte.
        payment_data: &'a str,
    },
    /// Google Pay opened by the bank (no page tells how, `assumed`).
    GooglePayToken {
        /// Padded standard base64 over placeholders.
        cryptogram: &'a str,
        /// The token as Google gave it.
        token: &'a str,
    },
    /// A card that the bank keeps.
    SavedCard {
        /// The bank's name for it.
        card: &'a CardId,
        /// The party who starts the payment.
        initiator: Initiator,
    },
}

impl SealedMethod {
    /// A card: `cryptogram` is the RSA text in padded standard base64.
    pub fn card(cryptogram: impl Into<Zeroizing<String>>) -> SealedMethod {
        SealedMethod(Sealed::Card { cryptogram: cryptogram.into() })
    }

    /// Apple Pay opened by the merchant: the RSA text over the device PAN, Apple's one-time payment cryptogram, the ECI.
    pub fn apple_pay(
        cryptogram: impl Into<Zeroizing<String>>,
        payment_cryptogram: impl Into<Zeroizing<String>>,
        eci: Option<Zeroizing<String>>,
    ) -> SealedMethod {
        SealedMethod(Sealed::ApplePay {
            cryptogram: cryptogram.into(),
            payment_cryptogram: payment_cryptogram.into(),
            eci,
        })
    }

    /// Apple Pay opened by the bank: the RSA text over its placeholders, and Apple's encrypted `paymentData` as JSON text.
    pub fn apple_pay_token(
        cryptogram: impl Into<Zeroizing<String>>,
        payment_data: impl Into<Zeroizing<String>>,
    ) -> SealedMethod {
        SealedMethod(Sealed::ApplePayToken {
            cryptogram: cryptogram.into(),
            payment_data: payment_data.into(),
        })
    }

    /// Google Pay opened by the bank: the RSA text over placeholders, and the token as Google gave it.
    pub fn google_pay_token(
        cryptogram: impl Into<Zeroizing<String>>,
        token: impl Into<Zeroizing<String>>,
    ) -> SealedMethod {
        SealedMethod(Sealed::GooglePayToken { cryptogram: cryptogram.into(), token: token.into() })
    }

    /// A card that the bank keeps: there is nothing to seal, the bank knows it by name.
    pub fn saved_card(card: CardId, initiator: Initiator) -> SealedMethod {
        SealedMethod(Sealed::SavedCard { card, initiator })
    }

    /// For gateways: the parts to put on the wire. Whoever copies them out has to wipe the copies.
    pub fn expose(&self) -> Exposed<'_> {
        match &self.0 {
            Sealed::Card { cryptogram } => Exposed::Card { cryptogram },
            Sealed::ApplePay { cryptogram, payment_cryptogram, eci } => Exposed::ApplePay {
                cryptogram,
                payment_cryptogram,
                eci: eci.as_ref().map(|eci| eci.as_str()),
            },
            Sealed::ApplePayToken { cryptogram, payment_data } => {
                Exposed::ApplePayToken { cryptogram, payment_data }
            }
            Sealed::GooglePayToken { cryptogram, token } => {
                Exposed::GooglePayToken { cryptogram, token }
            }
            Sealed::SavedCard { card, initiator } => {
                Exposed::SavedCard { card, initiator: *initiator }
            }
        }
    }
}

impl fmt::Debug for SealedMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Sealed::Card { .. } => "SealedMethod(card, redacted)",
            Sealed::ApplePay { .. } => "SealedMethod(apple pay, redacted)",
            Sealed::ApplePayToken { .. } => "SealedMethod(apple pay token, redacted)",
            Sealed::GooglePayToken { .. } => "SealedMethod(google pay token, redacted)",
            Sealed::SavedCard { .. } => "SealedMethod(saved card, redacted)",
        })
    }
}
