//! A wish: what the merchant or a person wants done. It may be refused.

use crate::id::is_seen;
use crate::{Contradiction, InvalidId, Money, StepId, Timestamp, TransactionId};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

/// A wish that [`Payment::decide`](crate::Payment::decide) judges. It never carries a payment method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Ask the bank to take the payment: once in the life of an invoice. Of a payment of zero it is asked
    /// to verify the card, and takes nothing.
    Authorize,
    /// Hand the payer over to the bank's pay form, where they pay by themselves. Again while the attempt
    /// is live: always the same invoice.
    HandOver {
        /// When the token that goes with it ends, by our clock: until then the payer can pay with it.
        until: Timestamp,
    },
    /// Hand the payer's 3-D Secure answer to the bank: again only if it provably never left.
    Confirm,
    /// Capture a hold, in full or in part; the rest is released by the bank.
    Capture(StepId, Money),
    /// Release a hold.
    Void(StepId),
    /// Give money back, in full or in part.
    Refund(StepId, Money),
    /// Give back a sum that a person states, where the bank does not tell how much it took. At most
    /// what was ordered.
    RefundStated(StepId, Money, Note),
    /// Stop waiting for a payment.
    Close(CloseReason),
    /// Stop waiting for the answer to a step: it counts as not done until the bank says otherwise. Or
    /// for a status that shows a [step](crate::Payment::step_awaited) that a reply has accepted: then
    /// that is a contradiction; and while it is, this says that the step was not done.
    GiveUp(StepId, Note),
    /// A person has looked into these contradictions; they no longer block. Others stay up, and so
    /// does [`Contradiction::TwoTransactions`], which only [`Command::ChooseTransaction`] ends.
    Acknowledge(Vec<Contradiction>, Note),
    /// A person says which of the operations that the bank has named is ours.
    ChooseTransaction(TransactionId, Note),
    /// The shop allows a new payment of the order after its money went back.
    Reopen(Note),
}

/// Why an attempt may be closed without the bank's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The bank was never asked, and from now on never will be.
    NeverAsked,
    /// It awaits the payer and we never confirmed; from now on we never will.
    NeverConfirmed,
    /// The bank has answered that it does not know the invoice for at least this long.
    Abandoned {
        /// How long not-found must have been answered. A guess about how late the bank may show an
        /// operation: 24 hours is careful, less lets the payer try again sooner at the risk of a
        /// double hold.
        not_found_window: Duration,
    },
    /// A person has looked at the bank and ends it. What surfaces all the same is a late success.
    ByPerson(Note),
}

/// A person's words for the log: at most 500 bytes, of the characters an order's name may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note(String);

impl Note {
    /// Checks `text`.
    pub fn new(text: &str) -> Result<Note, InvalidId> {
        let fits = text.len() <= 500 && text.chars().all(is_seen);
        if fits { Ok(Note(text.into())) } else { Err(InvalidId::Note) }
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
