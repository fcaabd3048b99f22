//! One payment as the bank knows it: its sums, its state and its history.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    amount::Amount,
    cards::Verdict,
    cryptogram::{ExpiryForm, Method},
    secret::Secret,
    three_ds::Challenge,
    time::Millis,
};

/// Where an operation stands; the bank's `statusName`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Created.
    New,
    /// Waits for the payer's device to be recognised.
    Fingerprint,
    /// Waits for the payer at the 3-D Secure page.
    #[serde(rename = "3D")]
    ThreeDs,
    /// Held.
    Auth,
    /// Captured, perhaps refunded in part.
    Charge,
    /// The hold was released by the merchant.
    Cancel,
    /// The hold lapsed.
    CancelOld,
    /// Refunded in full.
    Refund,
    /// Refused by the issuer.
    Reject,
    /// Failed on the way, as after a bad 3-D Secure answer.
    Failed,
    /// A card verified with a zero amount.
    Verified,
}

impl Status {
    /// As `statusName` prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Fingerprint => "FINGERPRINT",
            Self::ThreeDs => "3D",
            Self::Auth => "AUTH",
            Self::Charge => "CHARGE",
            Self::Cancel => "CANCEL",
            Self::CancelOld => "CANCEL_OLD",
            Self::Refund => "REFUND",
            Self::Reject => "REJECT",
            Self::Failed => "FAILED",
            Self::Verified => "VERIFIED",
        }
    }
}

/// One refund of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// How much went back.
    pub amount: Amount,
    /// The merchant's own id of this refund.
    pub external_id: Option<String>,
    /// When.
    pub at: Millis,
}

/// What the payer's side of a request said; echoed in answers, never interpreted.
#[derive(Clone, Default)]
pub struct Details {
    /// Holder name.
    pub name: String,
    /// Customer id at the merchant.
    pub account_id: String,
    /// At most 125 bytes.
    pub description: String,
    /// Customer's e-mail.
    pub email: String,
    /// Customer's phone.
    pub phone: String,
    /// `rus`, `RU`, …
    pub language: String,
    /// Second order number.
    pub invoice_alt: String,
    /// JSON text for reports.
    pub data: String,
    /// Where to report success.
    pub post_link: Option<String>,
    /// Where to report failure.
    pub failure_post_link: Option<String>,
    /// Echoed in postLink.
    pub secret_hash: Option<Secret>,
}

impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Details(***)")
    }
}

/// One payment as the bank knows it.
#[derive(Clone)]
pub struct Operation {
    /// UUID.
    pub id: String,
    /// The merchant's order number.
    pub invoice: String,
    /// Terminal UUID.
    pub terminal: String,
    /// ISO code.
    pub currency: String,
    /// What was asked for.
    pub ordered: Amount,
    /// What was held at approval.
    pub held: Amount,
    /// What was captured, refunds not subtracted.
    pub captured: Amount,
    /// What went back, in order.
    pub refunds: Vec<Refund>,
    /// Where it stands.
    pub status: Status,
    /// How it got there.
    pub history: Vec<(Millis, Status)>,
    /// First six and last four, or `AppleToken`.
    pub card_mask: String,
    /// `VISA`, `MasterCard`, …
    pub card_type: &'static str,
    /// How the payer paid.
    pub method: Method,
    /// Which expiry form the client sent.
    pub expiry: ExpiryForm,
    /// RRN, 12 digits; empty until approved.
    pub reference: String,
    /// Six digits; empty until approved.
    pub approval_code: String,
    /// The id of the card, whether or not it is kept (assumed); empty until approved.
    pub card_id: String,
    /// The code of the refusal, 0 without one.
    pub reason_code: u32,
    /// Whether 3-D Secure was passed.
    pub secure: bool,
    /// What the issuer does when this card is asked for money.
    pub(crate) verdict: Verdict,
    /// Whether the card is to be kept.
    pub(crate) save_card: bool,
    pub(crate) details: Details,
    pub(crate) challenge: Option<Challenge>,
    /// Of one that was paid at the pay form.
    pub(crate) way_back: Option<Box<crate::pay_form::WayBack>>,
    /// What status shows instead, and until when.
    pub(crate) delayed_visibility: Option<DelayedVisibility>,
}

/// A delay between the ledger and what status sees.
#[derive(Clone)]
pub(crate) struct DelayedVisibility {
    pub(crate) until: Millis,
    /// The operation as it was, or nothing where it is new.
    pub(crate) before: Option<Box<Operation>>,
}

impl Operation {
    /// What went back in total.
    pub fn refunded(&self) -> Amount {
        self.refunds
            .iter()
            .fold(Amount::ZERO, |sum, refund| sum.checked_add(refund.amount).unwrap_or(sum))
    }

    /// What a refund may still take.
    pub fn refundable(&self) -> Amount {
        self.captured.saturating_sub(self.refunded())
    }

    /// What the payer has to answer at the 3-D Secure page, while the operation waits for it.
    pub fn challenge(&self) -> Option<&Challenge> {
        self.challenge.as_ref().filter(|_| self.status == Status::ThreeDs)
    }

    /// Whether its outcome hangs on the payer.
    pub(crate) fn waits_for_payer(&self) -> bool {
        matches!(self.status, Status::ThreeDs | Status::Fingerprint)
    }

    /// Whether the operation is on this terminal; UUIDs have no casing.
    pub(crate) fn is_on(&self, terminal: &str) -> bool {
        self.terminal.eq_ignore_ascii_case(terminal)
    }

    pub(crate) fn become_(&mut self, status: Status, now: Millis) {
        self.status = status;
        self.history.push((now, status));
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The payer's details and secret_hash stay out of test failures and logs.
        f.debug_struct("Operation")
            .field("id", &self.id)
            .field("invoice", &self.invoice)
            .field("terminal", &self.terminal)
            .field("status", &self.status)
            .field("ordered", &self.ordered)
            .field("held", &self.held)
            .field("captured", &self.captured)
            .field("refunded", &self.refunded())
            .finish_non_exhaustive()
    }
}
