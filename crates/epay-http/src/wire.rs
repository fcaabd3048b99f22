//! Every doubt about the format of the bank's requests, and about the meaning of its sums, is one
//! switch here.

use std::time::Duration;

use crate::SumsReading;

/// The switches; the default is our best reading. Change one after the bank, or a declined test payment, has told you.
///
/// ```
/// use epay_http::{CryptogramKey, Wire};
///
/// let mut wire = Wire::default();
/// wire.cryptogram_key = CryptogramKey::Cyrillic;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wire {
    /// How the key of the cryptogram is spelt.
    pub cryptogram_key: CryptogramKey,
    /// How amounts are written, in token form, body and query alike.
    pub amount_text: AmountText,
    /// `paymentType` of Apple Pay opened by the merchant: `ApplePay` (`documented`, bank page "Apple Pay by API").
    pub apple_pay_type: ApplePayType,
    /// `paymentType` of Apple Pay opened by the bank: `applePay` (`observed` in the bank's iOS library).
    pub apple_pay_token_type: ApplePayType,
    /// Whether Apple's `eciIndicator` goes along as `eci`. No page names it; a client that is in production sends it
    /// (`observed`). Sent by default: the liability shift hangs on it, and an unknown key is most likely skipped.
    pub send_eci: bool,
    /// How the Google Pay token is written in `cryptogramGooglePay`.
    pub google_pay_text: GooglePayText,
    /// Whether a Google Pay token has a cryptogram of placeholders beside it, as Apple's has (`assumed`). By default, because
    /// the page calls `cryptogram` required for every payment, and whoever opens the token has no use for it.
    pub send_google_placeholder: bool,
    /// Where the sum of a charge stands.
    pub charge_amount: ChargeAmount,
    /// The token of `confirm`; the page shows none (`assumed`).
    pub confirm_token: TokenUse,
    /// The token of charge, cancel and refund. That they do without payment fields is `documented`; the terminal in it
    /// is `assumed`.
    pub operation_token: TokenUse,
    /// The token of a status query. That it may be shared is `observed`; that it names the terminal `documented`.
    pub status_token: TokenUse,
    /// Where the tag travels by which a status can say whose operation it is.
    pub attempt_tag: AttemptTagField,
    /// Whether an operation that does not echo the tag is another's. Off, because no page promises the
    /// echo; set it once a status of your terminal has shown it. It is about payments sent with a tag.
    pub demand_tag: bool,
    /// An operation without a tag that was made longer than this before we asked is another's: two
    /// hours, because the bank's samples are written in `+05:00` and `+06:00` (`observed`), and whoever
    /// means the one and writes the other is an hour off.
    pub created_before: Duration,
    /// The meaning of the sums of a status.
    pub sums: SumsReading,
}

impl Default for Wire {
    fn default() -> Wire {
        Wire {
            cryptogram_key: CryptogramKey::Latin,
            amount_text: AmountText::WholeIfPossible,
            apple_pay_type: ApplePayType::Capital,
            apple_pay_token_type: ApplePayType::Small,
            send_eci: true,
            google_pay_text: GooglePayText::Base64,
            send_google_placeholder: true,
            charge_amount: ChargeAmount::Query,
            confirm_token: TokenUse::Payment,
            operation_token: TokenUse::Terminal,
            status_token: TokenUse::Shared,
            attempt_tag: AttemptTagField::Data,
            demand_tag: false,
            created_before: Duration::from_secs(2 * 60 * 60),
            sums: SumsReading::default(),
        }
    }
}

/// The key of the cryptogram in the JSON body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CryptogramKey {
    /// `cryptogram` (`documented` on the Apple Pay page, `observed` in most clients).
    Latin,
    /// `сryptogram`, whose first letter is U+0441 (`documented` on the card pages, `observed` in the bank's iOS library).
    Cyrillic,
}

/// Where the tag of an attempt travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttemptTagField {
    /// In `data`, a JSON object as text (`documented` for the text of reports, as `{"statement":{…}}`):
    /// `{"attempt":"…"}`. That other members are taken is `assumed`; that a status has the field again
    /// is `documented`, that it has the same text `assumed`.
    Data,
    /// Nowhere.
    NotSent,
}

/// How an amount is written. The pages show `100`, `10.0` and `12.22` (`documented`), so both should be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AmountText {
    /// `5000`, and `12.50` where it is not whole: good even where the bank reads whole numbers only.
    WholeIfPossible,
    /// `5000.00`.
    AllDecimals,
}

/// How `paymentType` is spelt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApplePayType {
    /// `ApplePay`.
    Capital,
    /// `applePay`.
    Small,
}

impl ApplePayType {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            ApplePayType::Capital => "ApplePay",
            ApplePayType::Small => "applePay",
        }
    }
}

/// How the Google Pay token is written. The name of its field, and `googlePay` as `paymentType`, are `observed` in a mock that
/// was made after a client in production.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GooglePayText {
    /// As base64, as that mock has Apple's (`assumed`).
    Base64,
    /// As Google gave it, a JSON object in a text.
    AsGiven,
}

/// Where the sum of a charge stands; both places are `documented`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChargeAmount {
    /// `?amount=300`.
    Query,
    /// `{"amount":300}`.
    Body,
}

/// Which access token a call carries. `cryptopay` always gets one of its own, bound to its payment (`documented`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenUse {
    /// A fresh one, bound to invoice, amount, currency and terminal.
    Payment,
    /// A fresh one with the terminal only.
    Terminal,
    /// One with the terminal only, kept and used for many calls.
    Shared,
}
