//! What the bank answered, without a judgement: facts are never refused.

use crate::id::is_seen;
use crate::{CardId, Challenge, Currency, Decline, Money, StepId, TerminalId, TransactionId};
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

/// One answer of the bank about one payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The fact itself.
    pub fact: Fact,
    /// How it was learnt.
    pub source: Source,
    /// The operation it names.
    pub transaction: Option<TransactionId>,
    /// The invoice it names, as it is written there.
    pub invoice: Option<BankText>,
    /// The terminal it names, where that is the merchant's UUID.
    pub terminal: Option<TerminalId>,
    /// The sum it names.
    pub amount: Option<BankAmount>,
    /// The currency it names.
    pub currency: Option<Currency>,
    /// Whether it says whose operation it is.
    pub origin: Origin,
    /// The details by which an accountant finds the operation.
    pub details: Details,
    /// Of a not-found: how long after the one before it, by the monotonic clock of the process that
    /// heard both, if one did.
    pub elapsed: Option<Duration>,
}

/// Whose operation an answer says it is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// It says nothing about that.
    #[default]
    NotTold,
    /// It carries the [`AttemptTag`](crate::AttemptTag) of this attempt.
    Ours,
    /// It carries another's tag, or was made long before we asked: it teaches nothing until chosen.
    Other,
}

/// The details by which an accountant matches a payment, as far as the bank has reported them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The retrieval reference number (RRN, the bank's `reference`).
    pub reference: Option<BankText>,
    /// The issuer's approval code.
    pub approval_code: Option<BankText>,
    /// The card's first and last digits, as the bank masks it.
    pub card_mask: Option<BankText>,
    /// The handle of the card, where the bank has told one.
    pub card_id: Option<CardId>,
}

impl Details {
    /// Of two texts for one thing the greater, whichever came first.
    pub(crate) fn join(&mut self, other: &Details) {
        fn join<T: Ord + Clone>(mine: &mut Option<T>, theirs: &Option<T>) {
            *mine = mine.take().max(theirs.clone());
        }
        join(&mut self.reference, &other.reference);
        join(&mut self.approval_code, &other.approval_code);
        join(&mut self.card_mask, &other.card_mask);
        join(&mut self.card_id, &other.card_id);
    }

    /// These, and where one is missing the other's.
    pub(crate) fn or(&self, other: &Details) -> Details {
        fn or<T: Clone>(mine: &Option<T>, theirs: &Option<T>) -> Option<T> {
            mine.clone().or_else(|| theirs.clone())
        }
        Details {
            reference: or(&self.reference, &other.reference),
            approval_code: or(&self.approval_code, &other.approval_code),
            card_mask: or(&self.card_mask, &other.card_mask),
            card_id: or(&self.card_id, &other.card_id),
        }
    }
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
            origin: Origin::NotTold,
            details: Details::default(),
            elapsed: None,
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

/// A statement of the bank's about the payment or about one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Yes, but not whether the money is held or taken: a 200 without a status.
    Approved,
    /// The payer has to answer a 3-D Secure challenge first.
    ThreeDsRequired(Challenge),
    /// The bank is still working on it.
    InProgress,
    /// The bank waits for the payer.
    AwaitingPayer(PayerStep),
    /// The bank has an operation under this number, or its last six digits, already.
    NumberTaken,
    /// The bank does not know the invoice. That is not yet proof of absence.
    NotFound,
    /// A status name this library does not know, kept.
    Other(BankText),
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
        /// The refunds that the bank reports.
        refunded: Refunds,
    },
    /// The bank accepted this capture, void or refund.
    StepAccepted(StepId),
    /// The bank refused this capture, void or refund. Only a final decline ends the step.
    StepRefused(StepId, Decline),
}

/// The action of the payer that the bank waits for. Ordered: the later outweighs the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PayerStep {
    /// Their device is being recognised (`FINGERPRINT`). The payment may go on without us
    /// (`assumed`), so time alone never ends it.
    Fingerprint,
    /// They answer the 3-D Secure challenge (`3D`). Without our confirm nothing comes of it
    /// (`assumed`).
    Challenge,
}

/// Why a hold is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VoidReason {
    /// The bank let it lapse (`CANCEL_OLD`; observed).
    Lapsed,
    /// It was released on request (`CANCEL`).
    Requested,
}

/// The refunds that the bank reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refunds {
    /// Nothing: there may be some all the same.
    NotTold,
    /// There are some, the sum is not told.
    SumNotTold,
    /// The sum of all refunds so far.
    Total(Money),
}

/// A text as the bank wrote it, at most 64 bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BankText(Arc<str>);

impl BankText {
    /// Keeps the first 64 bytes, on a character's edge: it comes from outside. What could forge a line,
    /// turn one round or hide when it is printed becomes `?`.
    pub fn new(name: &str) -> BankText {
        let end =
            (0..=name.len().min(64)).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
        let text = name.get(..end).unwrap_or_default();
        if text.chars().all(is_seen) {
            return BankText(text.into());
        }
        let harmless = text.chars().map(|c| if is_seen(c) { c } else { '?' });
        BankText(harmless.collect::<String>().into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BankText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_status_name_is_kept_up_to_a_characters_edge() {
        assert_eq!(BankText::new("CHARGE").as_str(), "CHARGE");
        assert_eq!(BankText::new(&"x".repeat(100)).as_str().len(), 64);
        let cyrillic = BankText::new(&alloc::format!("x{}", "я".repeat(40)));
        assert_eq!(cyrillic.as_str().len(), 63);
    }

    #[test]
    fn what_could_forge_a_line_when_it_is_printed_is_harmless() {
        for (text, kept) in [
            ("1\n INFO paid", "1? INFO paid"),
            ("a\u{1b}[1m", "a?[1m"),
            ("a\u{202e}b\u{2066}c\u{200f}", "a?b?c?"),
            ("Қайрат №7", "Қайрат №7"),
        ] {
            assert_eq!(BankText::new(text).as_str(), kept);
        }
    }

    #[test]
    fn a_sum_is_right_with_or_without_its_bonus_part() {
        let split = BankAmount { card: Money::tiyn(90), bonus: Money::tiyn(10) };
        assert!(split.is(Money::tiyn(100)));
        assert!(split.is(Money::tiyn(90)));
        assert!(!split.is(Money::tiyn(95)));
        assert!(!split.is(Money::new(100, Currency::USD)));
    }
}
