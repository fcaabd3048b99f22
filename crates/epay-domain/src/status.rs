//! The status of a payment: the furthest fact reported; and if a reply and a status cannot both be
//! true, the status.

use crate::{Money, VoidReason};
use core::fmt;

/// The state that the bank has confirmed. Exhaustive on purpose: a new state is a new question for every caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing yet.
    New,
    /// Declined for good.
    Declined,
    /// A zero-amount card verification went through.
    Verified,
    /// The money is held.
    Authorized,
    /// The hold is gone.
    Voided(VoidReason),
    /// The money is taken.
    Captured {
        /// The captured sum; `None` while the bank has not told it.
        captured: Option<Money>,
        /// The sum given back; `None` when the bank speaks of a refund whose sum nobody told.
        refunded: Option<Money>,
    },
    /// We stopped waiting, with proof or without; nothing was heard of money.
    Closed(ClosedAs),
}

/// How a closed attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedAs {
    /// It provably never reached the point of taking money.
    NotExecuted,
    /// The bank did not know it for the whole window, or a person ended it. Kept under watch.
    Abandoned,
}

/// The status of a payment, which says what a shop does with it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentStatus {
    /// Nothing was asked yet.
    New,
    /// The payer has to answer the 3-D Secure challenge, or to pay at the bank's pay form.
    AwaitingPayer,
    /// Nobody knows yet: check again, do not pay again.
    Unknown,
    /// Held: capture it or void it.
    Held,
    /// Taken: ship.
    Paid,
    /// Taken and given back in full.
    Refunded,
    /// The hold is gone.
    Voided,
    /// Declined: the payer was not charged.
    Declined,
    /// A card verification without money went through.
    Verified,
    /// The payer was not charged, and by this attempt never will be.
    NotExecuted,
    /// Given up: not charged as far as the bank knows.
    Abandoned,
    /// A contradiction is open: a person looks, nothing is shipped.
    Disputed,
}

impl PaymentStatus {
    /// All of them.
    pub const ALL: [PaymentStatus; 12] = [
        PaymentStatus::New,
        PaymentStatus::AwaitingPayer,
        PaymentStatus::Unknown,
        PaymentStatus::Held,
        PaymentStatus::Paid,
        PaymentStatus::Refunded,
        PaymentStatus::Voided,
        PaymentStatus::Declined,
        PaymentStatus::Verified,
        PaymentStatus::NotExecuted,
        PaymentStatus::Abandoned,
        PaymentStatus::Disputed,
    ];

    /// In a word or two, for people and programs. Stores write it, so it stays the same.
    pub const fn name(self) -> &'static str {
        match self {
            PaymentStatus::New => "new",
            PaymentStatus::AwaitingPayer => "awaiting payer",
            PaymentStatus::Unknown => "unknown",
            PaymentStatus::Held => "held",
            PaymentStatus::Paid => "paid",
            PaymentStatus::Refunded => "refunded",
            PaymentStatus::Voided => "voided",
            PaymentStatus::Declined => "declined",
            PaymentStatus::Verified => "verified",
            PaymentStatus::NotExecuted => "not executed",
            PaymentStatus::Abandoned => "abandoned",
            PaymentStatus::Disputed => "disputed",
        }
    }
}

impl fmt::Display for PaymentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How far the facts of one source go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    New,
    Declined,
    Verified,
    Authorized,
    Voided,
    Captured,
}

impl Rank {
    /// Whether both cannot be true of one payment. A hold that came before a charge is no clash, it is history.
    pub(crate) fn clashes(self, other: Rank) -> bool {
        match (self.min(other), self.max(other)) {
            (Rank::Declined, high) => high != Rank::Declined,
            (Rank::Voided, high) => high == Rank::Captured,
            _ => false,
        }
    }
}

/// The first of the two small functions: the furthest fact, or the status where the two clash.
pub(crate) fn prevailing(reply: Rank, status: Rank) -> Rank {
    if reply.clashes(status) { status } else { reply.max(status) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Rank::{Authorized, Captured, Declined, New, Verified, Voided};

    #[test]
    fn the_furthest_fact_wins_and_a_status_settles_a_clash() {
        for (reply, status, expected) in [
            (New, New, New),
            (Declined, New, Declined),
            (New, Declined, Declined),
            (Authorized, New, Authorized),
            (Captured, Authorized, Captured),
            (Authorized, Voided, Voided),
            (Declined, Authorized, Authorized),
            (Declined, Captured, Captured),
            (Captured, Declined, Declined),
            (Authorized, Declined, Declined),
            (Voided, Captured, Captured),
            (Captured, Voided, Voided),
            (Voided, Authorized, Voided),
            (Verified, Declined, Declined),
        ] {
            assert_eq!(prevailing(reply, status), expected, "{reply:?} {status:?}");
        }
    }
}
