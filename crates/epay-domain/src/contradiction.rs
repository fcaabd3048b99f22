//! A contradiction is its evidence: the facts that can't both be true, or money that is not where it
//! should be. A person looks.

use crate::{BankText, Currency, Decline, Money, Question, TerminalId, TransactionId};
use alloc::format;
use alloc::vec::Vec;
use core::fmt;

/// What a person has to look at. While one is open it blocks capture and fulfilment, never void,
/// refund or status checks.
///
/// It is a value: to acknowledge one covers that one, and not the next of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contradiction {
    /// An answer named another invoice; it taught us nothing about this one.
    OtherInvoice {
        /// The number it named.
        named: BankText,
    },
    /// An answer named another terminal.
    OtherTerminal {
        /// The terminal it named.
        named: TerminalId,
    },
    /// An answer named another currency; its sums were not read.
    OtherCurrency {
        /// The currency it named.
        named: Currency,
    },
    /// Several operations at the bank under one invoice: no step is sent until one is
    /// [chosen](crate::Command::ChooseTransaction).
    TwoTransactions {
        /// All that were named.
        ids: Vec<TransactionId>,
    },
    /// An operation under our invoice number that says it is another's; it taught us nothing.
    NotOurs {
        /// The operation.
        transaction: Option<TransactionId>,
    },
    /// The bank had an operation under this number, or its last six digits, before we asked.
    NumberTaken,
    /// A sum that is neither what was ordered nor what we asked to capture.
    WrongAmount {
        /// The sum that was told.
        told: Money,
    },
    /// Declined, and yet held, taken or voided.
    DeclinedYetMoved {
        /// The decline.
        decline: Decline,
    },
    /// Voided, and yet taken.
    VoidedYetCaptured,
    /// Two different captured sums.
    TwoCapturedSums {
        /// The smallest that was told.
        low: Money,
        /// The largest.
        high: Money,
    },
    /// More refunded than captured.
    OverRefunded {
        /// What was captured.
        captured: Money,
        /// What was given back in all.
        total: Money,
    },
    /// Closed as dead, and yet approved, held or taken.
    LateSuccess {
        /// The operation.
        transaction: Option<TransactionId>,
    },
    /// Provably not sent, and yet it had an effect.
    SentAfterAll {
        /// What was asked.
        question: Question,
    },
    /// The bank has named the operation, and then said for an hour that it does not know it.
    NotFoundThoughNamed,
}

impl Contradiction {
    /// One word for its kind, for lists, programs and the labels of metrics. It stays the same.
    pub const fn name(&self) -> &'static str {
        match self {
            Contradiction::OtherInvoice { .. } => "other_invoice",
            Contradiction::OtherTerminal { .. } => "other_terminal",
            Contradiction::OtherCurrency { .. } => "other_currency",
            Contradiction::TwoTransactions { .. } => "two_transactions",
            Contradiction::NotOurs { .. } => "not_ours",
            Contradiction::NumberTaken => "number_taken",
            Contradiction::WrongAmount { .. } => "wrong_amount",
            Contradiction::DeclinedYetMoved { .. } => "declined_yet_moved",
            Contradiction::VoidedYetCaptured => "voided_yet_captured",
            Contradiction::TwoCapturedSums { .. } => "two_captured_sums",
            Contradiction::OverRefunded { .. } => "over_refunded",
            Contradiction::LateSuccess { .. } => "late_success",
            Contradiction::SentAfterAll { .. } => "sent_after_all",
            Contradiction::NotFoundThoughNamed => "not_found_though_named",
        }
    }

    /// Whether it leaves open what happened to the payer's money.
    pub(crate) fn is_about_whether(&self) -> bool {
        matches!(
            self,
            Contradiction::DeclinedYetMoved { .. }
                | Contradiction::VoidedYetCaptured
                | Contradiction::TwoTransactions { .. }
                | Contradiction::NumberTaken
                | Contradiction::SentAfterAll { .. }
        )
    }
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Contradiction::OtherInvoice { named } => {
                write!(f, "an answer named another invoice, {named}")
            }
            Contradiction::OtherTerminal { named } => {
                write!(f, "an answer named another terminal, {named}")
            }
            Contradiction::OtherCurrency { named } => {
                write!(f, "an answer named another currency, {named}")
            }
            Contradiction::TwoTransactions { ids } => {
                write!(f, "{} operations under one invoice", ids.len())
            }
            Contradiction::NotOurs { .. } => {
                f.write_str("an operation under this number says that it is another's")
            }
            Contradiction::NumberTaken => f.write_str(
                "the bank had an operation under this number, or its last six digits, before",
            ),
            Contradiction::WrongAmount { told } => {
                write!(f, "{told} was neither ordered nor asked to be captured")
            }
            Contradiction::DeclinedYetMoved { decline } => {
                write!(f, "declined ({decline}), and yet held, taken or voided")
            }
            Contradiction::VoidedYetCaptured => f.write_str("voided, and yet taken"),
            Contradiction::TwoCapturedSums { low, high } => {
                write!(f, "two captured sums, {low} and {high}")
            }
            Contradiction::OverRefunded { captured, total } => {
                write!(f, "{total} refunded of {captured}")
            }
            Contradiction::LateSuccess { .. } => {
                f.write_str("closed as dead, and yet approved, held or taken")
            }
            Contradiction::SentAfterAll { .. } => {
                f.write_str("provably not sent, and yet it had an effect")
            }
            Contradiction::NotFoundThoughNamed => {
                f.write_str("the bank no longer knows an operation that it has named")
            }
        }
    }
}

/// Adds what is new, in an order that does not depend on who came first.
pub(crate) fn insert(into: &mut Vec<Contradiction>, new: Contradiction) {
    if !into.contains(&new) {
        into.push(new);
        into.sort_by_cached_key(|known| format!("{known:?}"));
    }
}
