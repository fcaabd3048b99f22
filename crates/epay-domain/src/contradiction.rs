//! A contradiction is its evidence: the facts that can't both be true, or money that is not where it
//! should be. A person looks.

use crate::{
    BankText, Currency, Decline, Money, PayerCharged, Question, StepKind, TerminalId, TransactionId,
};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// How far the money went at most: what was voided or given back since plays no part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Not told, held, or taken.
    pub charged: PayerCharged,
    /// The captured sum, if it is known.
    pub sum: Option<Money>,
}

impl Moved {
    pub(crate) const UNTOLD: Moved = Moved { charged: PayerCharged::NotKnownYet, sum: None };
}

/// Nothing where it is not told, else ` (held)` or ` (5000.00 KZT taken)`.
impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.charged, self.sum) {
            (PayerCharged::NotKnownYet, _) => Ok(()),
            (PayerCharged::No, _) => f.write_str(" (nothing taken)"),
            (PayerCharged::Held, _) => f.write_str(" (held)"),
            (PayerCharged::Yes, None) => f.write_str(" (taken)"),
            (PayerCharged::Yes, Some(sum)) => write!(f, " ({sum} taken)"),
        }
    }
}

/// What a person has to look at. While one is open it blocks capture and fulfilment, never void,
/// refund or status checks.
///
/// It is a value: to acknowledge one covers that one, and not the next of its kind. So one of them
/// says how far the money had gone ([`Moved`]), where it may go further.
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
        /// How far the money went.
        moved: Moved,
    },
    /// An answer named another currency; no sum in it counts. What was taken is a wrong amount, too.
    OtherCurrency {
        /// The currency it named.
        named: Currency,
        /// How far the money went.
        moved: Moved,
    },
    /// Several operations at the bank under one invoice: no step is sent until one is
    /// [chosen](crate::Command::ChooseTransaction).
    TwoTransactions {
        /// All that were named.
        ids: Vec<TransactionId>,
    },
    /// An operation under our invoice number that says it is another's, by its tag or by a time of
    /// creation long before our ask; it taught us nothing. Where that is said of every payment,
    /// compare our clock with the bank's.
    NotOurs {
        /// The operation.
        transaction: Option<TransactionId>,
    },
    /// The bank had an operation under this number, or its last six digits, before we asked.
    NumberTaken {
        /// How far the money went.
        moved: Moved,
    },
    /// A sum that is neither what was ordered nor what we asked to capture.
    WrongAmount {
        /// The sum that was told.
        told: Money,
        /// How far the money went.
        moved: Moved,
    },
    /// Declined, and yet held, taken or voided.
    DeclinedYetMoved {
        /// The decline.
        decline: Decline,
        /// How far the money went.
        moved: Moved,
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
        /// The captured sum.
        captured: Money,
        /// The total of the refunds.
        total: Money,
    },
    /// A reply said that a hold was captured or released, or that all is given back, and no status has
    /// shown it for as long as was waited. To acknowledge it lets the reply stand; to
    /// [give the step up](crate::Command::GiveUp) says that it was not done.
    StepNotShown {
        /// What was done by the replies: of refunds, all that was given back.
        accepted: StepKind,
        /// How much was taken, or given back, by the statuses.
        shown: Money,
    },
    /// Closed as dead, and yet approved, held or taken.
    LateSuccess {
        /// The operation.
        transaction: Option<TransactionId>,
        /// How far the money went.
        moved: Moved,
    },
    /// Provably not sent, and yet it had an effect.
    SentAfterAll {
        /// The ask.
        question: Question,
        /// How far the money went.
        moved: Moved,
    },
    /// The bank has named the operation, and then said for an hour that it does not know it.
    NotFoundThoughNamed,
}

impl Contradiction {
    /// One word for its kind, which stays the same.
    pub const fn name(&self) -> &'static str {
        match self {
            Contradiction::OtherInvoice { .. } => "other_invoice",
            Contradiction::OtherTerminal { .. } => "other_terminal",
            Contradiction::OtherCurrency { .. } => "other_currency",
            Contradiction::TwoTransactions { .. } => "two_transactions",
            Contradiction::NotOurs { .. } => "not_ours",
            Contradiction::NumberTaken { .. } => "number_taken",
            Contradiction::WrongAmount { .. } => "wrong_amount",
            Contradiction::DeclinedYetMoved { .. } => "declined_yet_moved",
            Contradiction::VoidedYetCaptured => "voided_yet_captured",
            Contradiction::TwoCapturedSums { .. } => "two_captured_sums",
            Contradiction::OverRefunded { .. } => "over_refunded",
            Contradiction::StepNotShown { accepted, .. } => match accepted {
                StepKind::Capture(_) => "capture_not_shown",
                StepKind::Void => "void_not_shown",
                StepKind::Refund(_) => "refund_not_shown",
            },
            Contradiction::LateSuccess { .. } => "late_success",
            Contradiction::SentAfterAll { .. } => "sent_after_all",
            Contradiction::NotFoundThoughNamed => "not_found_though_named",
        }
    }

    /// What it becomes when the hold that it speaks of is captured, which is operation `of`; `None`
    /// where it speaks of no hold, or of another operation's.
    pub(crate) fn after_capture(
        &self,
        of: Option<&TransactionId>,
        sum: Option<Money>,
    ) -> Option<Contradiction> {
        if matches!(self, Contradiction::LateSuccess { transaction, .. } if transaction.as_ref() != of)
        {
            return None;
        }
        let mut after = self.clone();
        let held = after.moved_mut().filter(|moved| moved.charged == PayerCharged::Held)?;
        *held = Moved { charged: PayerCharged::Yes, sum };
        Some(after)
    }

    /// The same while the money has gone so far, where it says how far.
    pub(crate) fn when(mut self, now: Moved) -> Contradiction {
        if let Some(moved) = self.moved_mut() {
            *moved = now;
        }
        self
    }

    /// What it covers when it is acknowledged while the money has gone so far. Some records of before
    /// don't say how far it had gone, and mean as far as it had gone then.
    pub(crate) fn shown_while(mut self, now: Moved) -> Contradiction {
        if let Some(untold) = self.moved_mut().filter(|moved| **moved == Moved::UNTOLD) {
            *untold = now;
        }
        self
    }

    fn moved_mut(&mut self) -> Option<&mut Moved> {
        match self {
            Contradiction::OtherTerminal { moved, .. }
            | Contradiction::OtherCurrency { moved, .. }
            | Contradiction::NumberTaken { moved }
            | Contradiction::WrongAmount { moved, .. }
            | Contradiction::DeclinedYetMoved { moved, .. }
            | Contradiction::LateSuccess { moved, .. }
            | Contradiction::SentAfterAll { moved, .. } => Some(moved),
            Contradiction::OtherInvoice { .. }
            | Contradiction::TwoTransactions { .. }
            | Contradiction::NotOurs { .. }
            | Contradiction::VoidedYetCaptured
            | Contradiction::TwoCapturedSums { .. }
            | Contradiction::OverRefunded { .. }
            | Contradiction::StepNotShown { .. }
            | Contradiction::NotFoundThoughNamed => None,
        }
    }

    /// Whether it leaves open what happened to the payer's money.
    pub(crate) fn is_about_whether(&self) -> bool {
        matches!(
            self,
            Contradiction::DeclinedYetMoved { .. }
                | Contradiction::VoidedYetCaptured
                | Contradiction::TwoTransactions { .. }
                | Contradiction::NumberTaken { .. }
                | Contradiction::StepNotShown { .. }
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
            Contradiction::OtherTerminal { named, moved } => {
                write!(f, "an answer named another terminal, {named}{moved}")
            }
            Contradiction::OtherCurrency { named, moved } => {
                write!(f, "an answer named another currency, {named}{moved}")
            }
            Contradiction::TwoTransactions { ids } => {
                write!(f, "{} operations under one invoice", ids.len())
            }
            Contradiction::NotOurs { .. } => f.write_str(
                "an operation under this number says that it is another's, or a clock is wrong",
            ),
            Contradiction::NumberTaken { moved } => write!(
                f,
                "the bank had an operation under this number, or its last six digits, before{moved}",
            ),
            Contradiction::WrongAmount { told, moved } => {
                write!(f, "{told} was neither ordered nor asked to be captured{moved}")
            }
            Contradiction::DeclinedYetMoved { decline, moved } => {
                write!(f, "declined ({decline}), and yet it had an effect{moved}")
            }
            Contradiction::VoidedYetCaptured => f.write_str("voided, and yet taken"),
            Contradiction::TwoCapturedSums { low, high } => {
                write!(f, "two captured sums, {low} and {high}")
            }
            Contradiction::OverRefunded { captured, total } => {
                write!(f, "{total} refunded of {captured}")
            }
            Contradiction::StepNotShown { accepted, shown } => match accepted {
                StepKind::Capture(sum) => {
                    write!(f, "{sum} captured by its reply, {shown} by its status")
                }
                StepKind::Void => f.write_str("voided by its reply, and not by its status"),
                StepKind::Refund(sum) => {
                    write!(f, "{sum} given back by its reply, {shown} by its status")
                }
            },
            Contradiction::LateSuccess { moved, .. } => {
                write!(f, "closed as dead, and yet it had an effect{moved}")
            }
            Contradiction::SentAfterAll { moved, .. } => {
                write!(f, "provably not sent, and yet it had an effect{moved}")
            }
            Contradiction::NotFoundThoughNamed => {
                f.write_str("the bank no longer knows an operation that it has named")
            }
        }
    }
}

/// Each once, by how it reads, so that their order does not depend on who came first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contradictions(BTreeMap<String, Contradiction>);

impl Contradictions {
    pub(crate) fn insert(&mut self, new: Contradiction) {
        self.0.insert(format!("{new:?}"), new);
    }

    pub(crate) fn remove(&mut self, it: &Contradiction) {
        self.0.remove(&format!("{it:?}"));
    }

    pub(crate) fn contains(&self, it: &Contradiction) -> bool {
        self.0.contains_key(&format!("{it:?}"))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Contradiction> {
        self.0.values()
    }

    pub(crate) fn into_vec(self) -> Vec<Contradiction> {
        self.0.into_values().collect()
    }
}
