//! Was the payer charged, who acts next, what to call next: answered here and nowhere else.

use crate::status::{ClosedAs, State};
use crate::{Contradiction, PayerStep, Payment, PaymentStatus};
use core::fmt;

/// How far a reply is trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FulfilOn {
    /// A payment is paid only when a status has confirmed it: one more call, and a bank that says
    /// yes and then no costs no goods.
    #[default]
    Status,
    /// The reply that names the captured sum is enough.
    Reply,
}

/// The answer to the questions that everybody asks about an attempt; the facade, the command line and every page print
/// this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// How it stands. Unknown, too, where [`FulfilOn::Status`] waits for a status.
    pub status: PaymentStatus,
    /// Whether the payer was charged.
    pub payer_charged: PayerCharged,
    /// The party who acts next.
    pub acts_next: ActsNext,
    /// Their action, or the call of the shop's program.
    pub next_call: NextCall,
}

/// Whether the payer was charged, as far as the bank has told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayerCharged {
    /// No money was taken, or it was given back.
    No,
    /// The money is taken.
    Yes,
    /// The money is held, not taken.
    Held,
    /// Nobody knows, or it is not told how much was given back.
    NotKnownYet,
}

/// The party who acts next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActsNext {
    /// The payer.
    Payer,
    /// The shop's program.
    Shop,
    /// A person at the merchant.
    Person,
    /// Nobody: time will tell, and the reconciler asks; or the story is over.
    Nobody,
}

/// The next call or action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NextCall {
    /// `pay`, if the payer wants to.
    Pay,
    /// Show the form, then `confirm`; `abandon` if the payer left.
    ShowForm,
    /// `hand_over` again, if the payer comes back; the bank's status tells whether they have paid.
    HandOver,
    /// `check_status`, or let the reconciler do it. Do not pay again.
    CheckStatus,
    /// `capture` or `void`.
    CaptureOrVoid,
    /// Ship; `refund` gives money back, from [`LEAST_REFUND`](crate::LEAST_REFUND) on.
    Ship,
    /// A person compares with the bank and says which operation is ours: `choose_transaction`.
    ChooseTransaction,
    /// A person compares with the bank, then `acknowledge`.
    Acknowledge,
    /// Nothing; `pay_again`, to allow a new payment of the order.
    PayAgain,
}

impl Payment {
    /// The answer for a shop that ships on this.
    pub fn answer(&self, fulfil_on: FulfilOn) -> Answer {
        let status = self.status_on(fulfil_on);
        let (acts_next, next_call) = match status {
            PaymentStatus::New => (ActsNext::Shop, NextCall::Pay),
            PaymentStatus::AwaitingPayer if self.handed_over.is_some() => {
                (ActsNext::Payer, NextCall::HandOver)
            }
            PaymentStatus::AwaitingPayer => (ActsNext::Payer, NextCall::ShowForm),
            PaymentStatus::Unknown => (ActsNext::Nobody, NextCall::CheckStatus),
            PaymentStatus::Held => (ActsNext::Shop, NextCall::CaptureOrVoid),
            PaymentStatus::Paid => (ActsNext::Shop, NextCall::Ship),
            PaymentStatus::Refunded | PaymentStatus::Voided | PaymentStatus::Verified => {
                (ActsNext::Nobody, NextCall::PayAgain)
            }
            PaymentStatus::Declined | PaymentStatus::NotExecuted | PaymentStatus::Abandoned => {
                (ActsNext::Payer, NextCall::Pay)
            }
            PaymentStatus::Disputed if self.is_unclear() => {
                (ActsNext::Person, NextCall::ChooseTransaction)
            }
            PaymentStatus::Disputed => (ActsNext::Person, NextCall::Acknowledge),
        };
        Answer { status, payer_charged: self.payer_charged(), acts_next, next_call }
    }

    pub(crate) fn status_on(&self, fulfil_on: FulfilOn) -> PaymentStatus {
        match self.status() {
            PaymentStatus::Paid if fulfil_on == FulfilOn::Status && !self.is_confirmed() => {
                PaymentStatus::Unknown
            }
            status => status,
        }
    }

    /// Whether the payer was charged, as far as the bank has told.
    pub fn payer_charged(&self) -> PayerCharged {
        if self.contradictions().iter().any(Contradiction::is_about_whether) {
            return PayerCharged::NotKnownYet;
        }
        match self.state() {
            State::New | State::Closed(_) if self.is_approved() => PayerCharged::NotKnownYet,
            State::New if self.challenge().is_some() => match self.payer_step() {
                // It may go on to a hold without us.
                Some(PayerStep::Fingerprint) => PayerCharged::NotKnownYet,
                _ => PayerCharged::No,
            },
            State::New if self.asked_at().is_none() && !self.bank_named_it() => PayerCharged::No,
            State::New | State::Closed(ClosedAs::Abandoned) => PayerCharged::NotKnownYet,
            State::Authorized => PayerCharged::Held,
            State::Captured { refunded: None, .. } => PayerCharged::NotKnownYet,
            State::Captured { .. } if !self.is_given_back() => PayerCharged::Yes,
            State::Closed(ClosedAs::NotExecuted)
            | State::Declined
            | State::Verified
            | State::Voided(_)
            | State::Captured { .. } => PayerCharged::No,
        }
    }
}

impl PayerCharged {
    /// In a word or two, for people and programs.
    pub const fn name(self) -> &'static str {
        match self {
            PayerCharged::No => "no",
            PayerCharged::Yes => "yes",
            PayerCharged::Held => "held",
            PayerCharged::NotKnownYet => "not known yet",
        }
    }
}

impl ActsNext {
    /// In a word, for people and programs.
    pub const fn name(self) -> &'static str {
        match self {
            ActsNext::Payer => "payer",
            ActsNext::Shop => "shop",
            ActsNext::Person => "person",
            ActsNext::Nobody => "nobody",
        }
    }
}

impl fmt::Display for PayerCharged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for ActsNext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for NextCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NextCall::Pay => "pay, if the payer wants to",
            NextCall::ShowForm => "show the form, then confirm; abandon if the payer left",
            NextCall::HandOver => "hand the payer over again, if they come back",
            NextCall::CheckStatus => "check_status, or let reconcile do it; do not pay again",
            NextCall::CaptureOrVoid => "capture or void",
            NextCall::Ship => "ship; refund gives money back",
            NextCall::ChooseTransaction => {
                "a person compares with the bank, then choose_transaction"
            }
            NextCall::Acknowledge => "a person compares with the bank, then acknowledge",
            NextCall::PayAgain => "nothing; pay_again, to allow a new payment of the order",
        })
    }
}
