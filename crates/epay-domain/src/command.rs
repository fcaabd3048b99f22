//! A wish: what the merchant or a person wants done. It may be refused.

use crate::{Money, StepId};
use alloc::string::String;
use core::fmt;
use core::time::Duration;

/// What [`Payment::decide`](crate::Payment::decide) judges. It never carries a payment method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Ask the bank to take the payment: once in the life of an invoice.
    Authorize,
    /// Hand the payer's 3-D Secure answer to the bank: once in the life of an invoice.
    Confirm,
    /// Capture a hold, in full or in part; the rest is released by the bank.
    Capture(StepId, Money),
    /// Release a hold.
    Void(StepId),
    /// Give money back, in full or in part.
    Refund(StepId, Money),
    /// Stop waiting for a payment that can no longer happen by us.
    Close(CloseReason),
    /// Stop waiting for the answer to a step: it counts as not done until the bank says otherwise.
    GiveUp(StepId, Note),
    /// A person has seen the flags; they no longer block.
    Acknowledge(Note),
}

/// Why an attempt may be closed without the bank's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The bank was never asked, and from now on never will be.
    NeverAsked,
    /// It awaits the payer and we never confirmed; from now on we never will.
    NeverConfirmed,
    /// The bank has not known the invoice for at least `not_found_window`, without a break.
    Abandoned {
        /// How long not-found must have lasted. A guess about how late the bank may show an operation: 24 hours is
        /// careful, less lets the payer try again sooner at the risk of a double hold.
        not_found_window: Duration,
    },
}

/// A person's words for the log, at most 500 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note(String);

impl Note {
    /// Takes at most 500 bytes; longer text is refused.
    pub fn new(text: &str) -> Option<Note> {
        (text.len() <= 500).then(|| Note(text.into()))
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
