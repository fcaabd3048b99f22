//! How much was captured and refunded, and how much still could be.

use crate::source_facts::SourceFacts;
use crate::step::KnownFacts;
use crate::{Money, Payment, Source, State, Step, StepKind, StepStatus};

impl Payment {
    /// How much could still be given back; `None` while a sum is not known or nothing was taken.
    pub fn refundable(&self) -> Option<Money> {
        match self.state() {
            State::Captured { captured, refunded } => captured?.checked_sub(refunded?),
            _ => None,
        }
    }

    pub(crate) fn sum(&self, minor: u64) -> Money {
        Money::new(minor, self.ordered.currency())
    }

    /// Whether this is what was ordered, or what we ever asked to capture.
    pub(crate) fn is_a_sum_of_ours(&self, sum: Money) -> bool {
        sum == self.ordered || self.steps.iter().any(|step| step.kind == StepKind::Capture(sum))
    }

    /// The sums a capture may honestly have: what we asked to capture, or else what was ordered.
    pub(crate) fn captures_asked(&self) -> impl Iterator<Item = Money> {
        let asked = |step: &Step| match step.kind {
            StepKind::Capture(sum) if step.may_count() => Some(sum),
            _ => None,
        };
        let ordered =
            (!self.steps.iter().any(|step| asked(step).is_some())).then_some(self.ordered);
        self.steps.iter().filter_map(asked).chain(ordered)
    }

    /// The steps that were asked, each with its answer.
    pub fn steps(&self) -> impl Iterator<Item = (&Step, StepStatus)> {
        let told = KnownFacts {
            rank: self.known(),
            captured: self.captured_told(),
            refunded: self.told(|facts| facts.refunded).map(|it| self.sum(it)),
        };
        let mut earlier = Some(Money::zero(self.ordered.currency()));
        let mut rest = self.steps.as_slice();
        core::iter::from_fn(move || {
            let (step, later) = rest.split_first()?;
            rest = later;
            let answer = step.answer(told, || self.refund_due(earlier?, step, later));
            if step.may_count() {
                earlier = earlier.and_then(|sum| sum.checked_add(self.refund_of(step)));
            }
            Some((step, answer))
        })
    }

    /// The refund total that proves `step` done: it has to cover the step's sum and
    /// everything else that may be in it, namely what was given back before, and the steps before and
    /// after it that may have happened. So one refund at the bank never answers two steps of ours, and
    /// where it can't be told which of two it answers, it answers neither.
    ///
    /// `earlier` is what the steps before this one may have given back.
    fn refund_due(&self, earlier: Money, step: &Step, later: &[Step]) -> Option<Money> {
        let before =
            if earlier.covers(step.refunded_before)? { earlier } else { step.refunded_before };
        let shown = before.checked_add(self.refund_of(step))?;
        let mut later = later.iter().filter(|later| later.may_count());
        // What was shown when the later one was asked is not that one.
        later.try_fold(shown, |due, later| match later.refunded_before.covers(due)? {
            true => Some(due),
            false => due.checked_add(self.refund_of(later)),
        })
    }

    fn refund_of(&self, step: &Step) -> Money {
        match step.kind {
            StepKind::Refund(sum) => sum,
            StepKind::Capture(_) | StepKind::Void => Money::zero(self.ordered.currency()),
        }
    }

    /// The captured sum the bank has told: the status' word, else the reply's.
    pub(crate) fn captured_told(&self) -> Option<Money> {
        let told = |source| {
            self.told_by(source).filter_map(|facts| facts.captured_sums.last().copied()).max()
        };
        told(Source::Status).or_else(|| told(Source::Reply)).map(|sum| self.sum(sum))
    }

    /// The told sum, else what the bank accepted to capture.
    pub(crate) fn captured(&self) -> Option<Money> {
        self.captured_told().or_else(|| {
            let accepted = self.steps.iter().filter(|step| step.said() == StepStatus::Accepted);
            let sum = |step: &Step| match step.kind {
                StepKind::Capture(sum) => Some(sum),
                _ => None,
            };
            accepted.filter_map(sum).next_back()
        })
    }

    /// What was given back in all; `None` where the bank has spoken of a refund whose sum is not told
    /// and that no refund of ours accounts for.
    pub(crate) fn refunded(&self, given_back: Option<(Money, Money)>) -> Option<Money> {
        let (least, ours) = given_back?;
        let accounted = if self.refunded_elsewhere {
            let all = self.captured().unwrap_or(self.ordered);
            least != ours || !ours.is_zero() && ours.covers(all) == Some(true)
        } else {
            !least.is_zero()
        };
        let untold = self.told(|facts| facts.refund_sum_untold.then_some(())).is_some();
        (accounted || !untold).then_some(least)
    }

    /// What was given back at least, as the bank has told it or accepted it step by step, whichever is
    /// larger; and how much of it we asked for.
    pub(crate) fn given_back(&self) -> Option<(Money, Money)> {
        let zero = Money::zero(self.ordered.currency());
        let (mut ours, mut furthest) = (zero, zero);
        for (step, answer) in self.steps() {
            let (StepKind::Refund(sum), StepStatus::Accepted) = (step.kind, answer) else {
                continue;
            };
            let after = step.refunded_before.checked_add(sum)?;
            ours = ours.checked_add(sum)?;
            furthest = if after.covers(furthest)? { after } else { furthest };
        }
        let told = self.told(|facts| facts.refunded).map_or(zero, |sum| self.sum(sum));
        let least = [ours, furthest, told].into_iter().max_by_key(Money::minor)?;
        Some((least, ours))
    }

    /// Whether a status, and not a reply alone, has said that the money was released or given back; or
    /// a person has looked into that none does.
    pub fn given_back_by_status(&self) -> bool {
        match self.state() {
            State::Voided(_) => self.is_confirmed(),
            State::Captured { .. } => {
                let untold = !self.untold_before && self.refund_untold_by_status();
                let looked_into = |step| self.is_looked_into(step);
                untold || self.total_shown() || self.unshown_refund().is_some_and(looked_into)
            }
            _ => false,
        }
    }

    pub(crate) fn refund_untold_by_status(&self) -> bool {
        self.told_by(Source::Status).any(|facts| facts.refund_sum_untold)
    }

    /// Whether a status has told a sum of refunds that covers what is known to be given back.
    pub(crate) fn total_shown(&self) -> bool {
        let covers = |least: Money, facts: &SourceFacts| {
            facts.refunded.is_some_and(|sum| sum >= least.minor())
        };
        self.given_back().is_some_and(|(least, _)| {
            self.told_by(Source::Status).any(|facts| covers(least, facts))
        })
    }

    /// What a refund of a stated sum may be at most, where the bank does not tell how much it took.
    pub(crate) fn refundable_stated(&self) -> Option<Money> {
        let untold = matches!(
            self.state(),
            State::Captured { captured: None, .. } | State::Captured { refunded: None, .. }
        );
        self.ordered.checked_sub(self.given_back()?.0).filter(|_| untold)
    }
}
