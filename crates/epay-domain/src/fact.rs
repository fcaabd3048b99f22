//! What the bank said, without a judgement: facts are never refused.

use crate::{Challenge, Currency, Decline, InvoiceId, Money, StepId, TerminalId, TransactionId};
use alloc::string::String;

/// One answer of the bank about one payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// What it says.
    pub fact: Fact,
    /// How it was learnt.
    pub source: Source,
    /// The operation it names.
    pub transaction: Option<TransactionId>,
    /// The invoice it names.
    pub invoice: Option<InvoiceId>,
    /// The terminal it names, where that is the merchant's UUID.
    pub terminal: Option<TerminalId>,
    /// The sum it names.
    pub amount: Option<BankAmount>,
    /// The currency it names.
    pub currency: Option<Currency>,
}

impl Observation {
    /// The answer to a call that asked for something.
    pub fn reply(fact: Fact) -> Observation {
        Observation::of(fact, Source::Reply)
    }

    /// The answer to a status query.
    pub fn status(fact: Fact) -> Observation {
        Observation::of(fact, Source::Status)
    }

    /// Every currency the answer speaks of.
    pub(crate) fn currencies(&self) -> impl Iterator<Item = Currency> {
        let (captured, refunded) = match self.fact {
            Fact::Captured { captured, refunded: Refunds::Total(total) } => (captured, Some(total)),
            Fact::Captured { captured, .. } => (captured, None),
            _ => (None, None),
        };
        let card = self.amount.map(|amount| amount.card);
        let sums = [card, captured, refunded].into_iter().flatten();
        self.currency.into_iter().chain(sums.map(|sum| sum.currency()))
    }

    fn of(fact: Fact, source: Source) -> Observation {
        Observation {
            fact,
            source,
            transaction: None,
            invoice: None,
            terminal: None,
            amount: None,
            currency: None,
        }
    }
}

/// How a fact was learnt. Where two clash, a status outweighs a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The answer to a call that asked for something.
    Reply,
    /// The answer to a status query.
    Status,
}

/// A sum as the bank tells it: the card's part, and the loyalty bonus that paid the rest (documented).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BankAmount {
    /// Paid by card.
    pub card: Money,
    /// Paid by bonus; zero where the bank told none.
    pub bonus: Money,
}

impl BankAmount {
    /// A sum without a bonus part.
    pub fn card_only(card: Money) -> BankAmount {
        BankAmount { card, bonus: Money::zero(card.currency()) }
    }

    /// Whether this is `expected`, with or without the bonus part.
    pub fn is(&self, expected: Money) -> bool {
        self.card == expected || self.card.checked_add(self.bonus) == Some(expected)
    }
}

/// What the bank said about the payment or about one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Yes, but not whether the money is held or taken: a 200 without a status.
    Approved,
    /// The payer has to answer a 3-D Secure challenge first.
    ThreeDsRequired(Challenge),
    /// The bank is still working on it.
    InProgress,
    /// The bank does not know the invoice. That is not yet proof of absence.
    NotFound,
    /// A status name this library does not know, kept.
    Other(StatusName),
    /// Declined. Only a final decline answers anything.
    Declined(Decline),
    /// A zero-amount card verification went through; no money moved.
    Verified,
    /// The money is held.
    Authorized,
    /// The hold is gone.
    Voided(VoidReason),
    /// The money is taken.
    Captured {
        /// The captured sum, where told.
        captured: Option<Money>,
        /// What the bank says about refunds.
        refunded: Refunds,
    },
    /// The bank accepted this capture, void or refund.
    StepAccepted(StepId),
    /// The bank refused this capture, void or refund. Only a final decline ends the step.
    StepRefused(StepId, Decline),
}

/// Why a hold is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VoidReason {
    /// The bank let it lapse (`CANCEL_OLD`; observed).
    Lapsed,
    /// It was released on request (`CANCEL`).
    Requested,
}

/// What the bank says about refunds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refunds {
    /// Nothing: there may be some all the same.
    NotTold,
    /// There are some, the sum is not told.
    SumNotTold,
    /// The sum of all refunds so far.
    Total(Money),
}

/// A status name as the bank wrote it, at most 64 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusName(String);

impl StatusName {
    /// Keeps the first 64 bytes, on a character's edge: it comes from outside.
    pub fn new(name: &str) -> StatusName {
        let end =
            (0..=name.len().min(64)).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
        StatusName(name.get(..end).unwrap_or_default().into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_status_name_is_kept_up_to_a_characters_edge() {
        assert_eq!(StatusName::new("CHARGE").as_str(), "CHARGE");
        assert_eq!(StatusName::new(&"x".repeat(100)).as_str().len(), 64);
        let cyrillic = StatusName::new(&alloc::format!("x{}", "я".repeat(40)));
        assert_eq!(cyrillic.as_str().len(), 63);
    }

    #[test]
    fn a_sum_is_right_with_or_without_its_bonus_part() {
        let split = BankAmount { card: Money::kzt(90), bonus: Money::kzt(10) };
        assert!(split.is(Money::kzt(100)));
        assert!(split.is(Money::kzt(90)));
        assert!(!split.is(Money::kzt(95)));
        assert!(!split.is(Money::new(100, Currency::USD)));
    }
}
