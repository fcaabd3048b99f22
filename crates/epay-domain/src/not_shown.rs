//! Steps that a reply has accepted and no status shows: after a wait, the status outweighs the
//! reply here too.

use crate::status::Rank;
use crate::step::Unshown;
use crate::{Contradiction, Money, Payment, Source, State, Step, StepId, StepKind, StepStatus};

impl Payment {
    /// The step that a reply has accepted and no status shows: a capture, a void, or the refund by
    /// which all is given back. It is awaited until a status does, or until that wait is
    /// [given up](crate::Command::GiveUp); then it is a
    /// [contradiction](Contradiction::StepNotShown).
    pub fn step_awaited(&self) -> Option<&Step> {
        self.unshown_steps().find(|step| step.unshown == Unshown::Awaited)
    }

    /// Whether it is a contradiction that is open that no status shows this step.
    pub fn is_not_shown(&self, id: &StepId) -> bool {
        self.steps_not_shown().any(|step| step.id == *id && !self.is_looked_into(step))
    }

    /// The steps for which nobody waits any more.
    pub(crate) fn steps_not_shown(&self) -> impl Iterator<Item = &Step> {
        self.unshown_steps().filter(|step| step.unshown == Unshown::WaitOver)
    }

    pub(crate) fn unshown_steps(&self) -> impl Iterator<Item = &Step> {
        self.unshown_hold_step().into_iter().chain(self.unshown_refund())
    }

    /// That no status shows this step.
    pub(crate) fn not_shown(&self, step: &Step) -> Contradiction {
        let zero = Money::zero(self.ordered().currency());
        let (accepted, shown) = match step.kind {
            StepKind::Capture(_) | StepKind::Void => (step.kind, zero),
            StepKind::Refund(_) => {
                let accepted = self.given_back().map_or(zero, |(least, _)| least);
                let shown = self.told_by(Source::Status).filter_map(|facts| facts.refunded).max();
                (StepKind::Refund(accepted), self.sum(shown.unwrap_or_default()))
            }
        };
        Contradiction::StepNotShown { accepted, shown }
    }

    /// A person has looked into that no status shows it, and let the reply stand.
    pub(crate) fn is_looked_into(&self, step: &Step) -> bool {
        step.unshown == Unshown::WaitOver && self.acknowledged.contains(&self.not_shown(step))
    }

    /// The capture or void that alone says what became of the hold.
    pub(crate) fn unshown_hold_step(&self) -> Option<&Step> {
        let decides: fn(StepKind) -> bool = match self.known() {
            Rank::Captured => |kind| matches!(kind, StepKind::Capture(_)),
            Rank::Voided => |kind| kind == StepKind::Void,
            _ => return None,
        };
        let accepted = |step: &&Step| decides(step.kind) && step.said() == StepStatus::Accepted;
        self.steps.iter().rfind(accepted).filter(|_| !self.confirmed_by_status())
    }

    /// The last refund of those by which all is given back. Where a status has told of refunds without
    /// their sum, it may be among them; and of a part it need not show anything.
    pub(crate) fn unshown_refund(&self) -> Option<&Step> {
        let captured = matches!(self.state(), State::Captured { .. });
        if !captured
            || !self.is_given_back()
            || self.refund_untold_by_status()
            || self.total_shown()
        {
            return None;
        }
        let accepted = |step: &&Step| {
            matches!(step.kind, StepKind::Refund(_)) && step.said() == StepStatus::Accepted
        };
        self.steps.iter().rfind(accepted)
    }
}
