//! The ledger is what really happened to the money: every booked operation, its sums and its way there.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    amount::Amount,
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
    /// The saved-card id; empty until approved.
    pub card_id: String,
    /// The code of the refusal, 0 without one.
    pub reason_code: u32,
    /// Whether 3-D Secure was passed.
    pub secure: bool,
    pub(crate) details: Details,
    pub(crate) challenge: Option<Challenge>,
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

/// All operations in the order they were booked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Vec<Operation>);

impl Ledger {
    pub(crate) fn all(&self) -> &[Operation] {
        &self.0
    }

    pub(crate) fn all_mut(&mut self) -> &mut [Operation] {
        &mut self.0
    }

    pub(crate) fn book(&mut self, operation: Operation) {
        self.0.push(operation);
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&Operation> {
        self.0.iter().find(|operation| operation.id.eq_ignore_ascii_case(id))
    }

    pub(crate) fn by_id_mut(&mut self, id: &str) -> Option<&mut Operation> {
        self.0.iter_mut().find(|operation| operation.id.eq_ignore_ascii_case(id))
    }

    /// The latest operation of an invoice: with `Dedupe::Off` there may be several.
    pub(crate) fn by_invoice(&self, invoice: &str) -> Option<&Operation> {
        self.0.iter().rev().find(|operation| operation.invoice == invoice)
    }

    /// Hides from status, until `until`, everything that changed since `before` was taken.
    pub(crate) fn veil_changes(&mut self, before: &Self, until: Millis) {
        // Operations are only ever added at the end, so what was there before stands at the same place.
        for (at, operation) in self.0.iter_mut().enumerate() {
            let old = before.0.get(at);
            let unchanged = old.is_some_and(|old| {
                old.history.len() == operation.history.len()
                    && old.refunds.len() == operation.refunds.len()
            });
            if !unchanged {
                operation.delayed_visibility =
                    Some(DelayedVisibility { until, before: old.cloned().map(Box::new) });
            }
        }
    }
}

/// An operation as the admin API and judges read it: sums in minor units, nothing about the payer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerLine {
    /// UUID.
    pub id: String,
    /// The merchant's order number.
    pub invoice: String,
    /// Terminal UUID.
    pub terminal: String,
    /// ISO code.
    pub currency: String,
    /// Where it stands.
    pub status: Status,
    /// What was asked for.
    pub ordered: u64,
    /// What was held at approval.
    pub held: u64,
    /// What was captured, refunds not subtracted.
    pub captured: u64,
    /// What went back, in order.
    pub refunds: Vec<RefundLine>,
    /// What went back in total.
    pub refunded: u64,
    /// First six and last four, or `AppleToken`.
    pub card_mask: String,
    /// How the payer paid.
    pub method: Method,
    /// Which expiry form the client sent.
    pub expiry: ExpiryForm,
    /// The code of the refusal, 0 without one.
    pub reason_code: u32,
    /// How it got there.
    pub history: Vec<(Millis, Status)>,
}

/// A refund as they read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundLine {
    /// How much went back.
    pub amount: u64,
    /// The merchant's own id of this refund.
    pub external_id: Option<String>,
    /// When.
    pub at: Millis,
}

impl From<&Operation> for LedgerLine {
    fn from(operation: &Operation) -> Self {
        let refund = |refund: &Refund| RefundLine {
            amount: refund.amount.minor(),
            external_id: refund.external_id.clone(),
            at: refund.at,
        };
        Self {
            id: operation.id.clone(),
            invoice: operation.invoice.clone(),
            terminal: operation.terminal.clone(),
            currency: operation.currency.clone(),
            status: operation.status,
            ordered: operation.ordered.minor(),
            held: operation.held.minor(),
            captured: operation.captured.minor(),
            refunds: operation.refunds.iter().map(refund).collect(),
            refunded: operation.refunded().minor(),
            card_mask: operation.card_mask.clone(),
            method: operation.method,
            expiry: operation.expiry,
            reason_code: operation.reason_code,
            history: operation.history.clone(),
        }
    }
}
