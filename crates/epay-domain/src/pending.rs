//! Is the question answered? What we asked stays open until a fact answers it, or a person gives up waiting.

use crate::state::Rank;
use crate::{Decline, Money, Question, StepId, Timestamp};

/// What we asked the bank and have no answer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// What was asked.
    pub question: Question,
    /// When it was asked.
    pub since: Timestamp,
    /// Whose turn it is.
    pub waits_for: WaitsFor,
    /// How sure we are that the ask arrived.
    pub doubt: Doubt,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitsFor {
    /// The bank has to tell.
    Bank,
    /// The payer has to answer the 3-D Secure challenge.
    Payer,
}

/// How sure we are that the ask arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Doubt {
    /// The call is on its way, or the bank has shown that it knows of it.
    #[default]
    No,
    /// The call brought no answer.
    Unanswered,
    /// The bank has said, from one status check to another and without a break, that it does not know the invoice. What it would
    /// have said after the last status check is not known.
    NotFound {
        /// When it first said so.
        since: Timestamp,
        /// When it last said so.
        last: Timestamp,
    },
}

/// A capture, void or refund that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub(crate) id: StepId,
    pub(crate) kind: StepKind,
    pub(crate) since: Timestamp,
    /// What was known to be refunded when the step was asked: a later total counts only from here.
    pub(crate) refunded_before: Money,
    pub(crate) answer: StepAnswer,
}

/// What a step asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Capture this much of the hold.
    Capture(Money),
    /// Release the hold.
    Void,
    /// Give this much back.
    Refund(Money),
}

/// How a step ended. Ordered so that the later variant wins whatever came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepAnswer {
    /// Not known yet.
    Open,
    /// We stopped waiting; it counts as not done until the bank says otherwise.
    GivenUp,
    /// It never left.
    NotSent,
    /// The payment went another way: a hold that lapsed, or was captured for another sum, cannot be captured.
    Superseded,
    /// The bank refused it.
    Refused(Decline),
    /// The bank did it.
    Accepted,
}

/// What the bank has told of the payment, as far as it can answer a step.
#[derive(Clone, Copy)]
pub(crate) struct KnownFacts {
    pub(crate) rank: Rank,
    pub(crate) captured: Option<Money>,
    pub(crate) refunded: Option<Money>,
}

impl Step {
    /// The merchant's name for it.
    pub fn id(&self) -> &StepId {
        &self.id
    }

    /// What it asked for.
    pub fn kind(&self) -> StepKind {
        self.kind
    }

    /// When it was asked for.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// Whether its money may have moved or may still move: refused and unsent steps are out.
    pub(crate) fn may_count(&self) -> bool {
        !matches!(self.answer, StepAnswer::NotSent | StepAnswer::Refused(_))
    }

    /// The second of the two small functions: the answer, read from what was said about the step itself and from
    /// what is known of the payment. `due` is the refund total that proves a refund done.
    ///
    /// A fact about the payment answers only an open or given-up step: what was said about the step itself stands.
    pub(crate) fn answer(&self, told: KnownFacts, due: Option<Money>) -> StepAnswer {
        if !matches!(self.answer, StepAnswer::Open | StepAnswer::GivenUp) {
            return self.answer;
        }
        match (self.kind, told.rank) {
            (StepKind::Capture(sum), Rank::Captured)
                if told.captured.is_some_and(|captured| captured != sum) =>
            {
                StepAnswer::Superseded
            }
            (StepKind::Capture(_), Rank::Captured) | (StepKind::Void, Rank::Voided) => {
                StepAnswer::Accepted
            }
            (StepKind::Capture(_), Rank::Voided | Rank::Declined)
            | (StepKind::Void, Rank::Captured | Rank::Declined) => StepAnswer::Superseded,
            (StepKind::Refund(_), _) => {
                let covered = told.refunded.zip(due).and_then(|(told, due)| told.covers(due));
                if covered == Some(true) { StepAnswer::Accepted } else { self.answer }
            }
            _ => self.answer,
        }
    }
}
