//! Captures, voids and refunds: what we asked stays open until a fact answers it, or a person gives
//! up waiting.

use crate::status::Rank;
use crate::{Decline, Money, StepId, Timestamp};

/// A capture, void or refund that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub(crate) id: StepId,
    pub(crate) kind: StepKind,
    pub(crate) since: Timestamp,
    /// How often it was asked, and the last of these asks that provably never left. What was not
    /// sent is as if it was never asked.
    pub(crate) asks: u32,
    pub(crate) unsent: u32,
    /// What was known to be refunded when the step was asked: a later total counts only from here.
    pub(crate) refunded_before: Money,
    /// What was said of the step itself.
    pub(crate) answer: StepStatus,
    pub(crate) unshown: Unshown,
}

/// How far the wait for a status has come that shows what a reply has accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unshown {
    /// A status may show it yet.
    Awaited,
    /// Nobody waits any more: a person has to look.
    WaitOver,
    /// A person has looked: whatever the reply said, it was not done.
    NotDone,
}

/// The kind of a step, with its sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Capture this much of the hold.
    Capture(Money),
    /// Release the hold.
    Void,
    /// Give this much back.
    Refund(Money),
}

/// How a step ended. Ordered so that the later variant wins whatever came
/// first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepStatus {
    /// Not known yet.
    Open,
    /// We stopped waiting; it counts as not done until the bank says otherwise.
    GivenUp,
    /// It never left.
    NotSent,
    /// The payment went another way: a hold that lapsed, or was captured for
    /// another sum, can't be captured.
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

    /// The kind of step, with its sum.
    pub fn kind(&self) -> StepKind {
        self.kind
    }

    /// When it was asked for.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// What was said of the step itself, as far as a person has not ruled otherwise.
    pub(crate) fn said(&self) -> StepStatus {
        match self.unshown {
            Unshown::NotDone => StepStatus::GivenUp,
            Unshown::Awaited | Unshown::WaitOver => self.answer,
        }
    }

    /// Nobody waits for it any more, or a person says that it was not done.
    pub(crate) fn give_up(&mut self) {
        if self.answer != StepStatus::Accepted {
            self.answer = self.answer.max(StepStatus::GivenUp);
            return;
        }
        self.unshown = match self.unshown {
            Unshown::Awaited => Unshown::WaitOver,
            Unshown::WaitOver | Unshown::NotDone => Unshown::NotDone,
        };
    }

    /// Whether giving it up takes back what a reply has accepted. Done again it takes back nothing.
    pub(crate) fn is_taken_back_next(&self) -> bool {
        self.answer == StepStatus::Accepted && self.unshown == Unshown::WaitOver
    }

    /// Whether its last ask provably never left.
    pub(crate) fn is_unsent(&self) -> bool {
        self.unsent >= self.asks
    }

    /// Whether its money may have moved or may still move: refused and unsent steps are out.
    pub(crate) fn may_count(&self) -> bool {
        match self.said() {
            StepStatus::Refused(_) => false,
            StepStatus::Accepted => true,
            _ => !self.is_unsent(),
        }
    }

    /// The second of the two small functions: the answer, read from what was said about the step itself and from
    /// what is known of the payment. `due` is the refund total that proves a refund done; it is worked out for a
    /// refund alone that waits for one.
    ///
    /// A fact about the payment answers only an open or given-up step: what was said about the step itself stands.
    pub(crate) fn answer(
        &self,
        told: KnownFacts,
        due: impl FnOnce() -> Option<Money>,
    ) -> StepStatus {
        let said = self.said();
        if !matches!(said, StepStatus::Open | StepStatus::GivenUp) {
            return said;
        }
        if self.is_unsent() {
            return StepStatus::NotSent;
        }
        match (self.kind, told.rank) {
            (StepKind::Capture(sum), Rank::Captured)
                if told.captured.is_some_and(|captured| captured != sum) =>
            {
                StepStatus::Superseded
            }
            (StepKind::Capture(_), Rank::Captured) | (StepKind::Void, Rank::Voided) => {
                StepStatus::Accepted
            }
            (StepKind::Capture(_), Rank::Voided | Rank::Declined)
            | (StepKind::Void, Rank::Captured | Rank::Declined) => StepStatus::Superseded,
            (StepKind::Refund(_), _) => {
                let covered = told.refunded.and_then(|told| told.covers(due()?));
                if covered == Some(true) { StepStatus::Accepted } else { said }
            }
            _ => said,
        }
    }
}
