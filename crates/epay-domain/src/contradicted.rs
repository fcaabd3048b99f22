//! Which of the facts can't both be true.

use crate::contradiction::Contradictions;
use crate::source_facts::SourceFacts;
use crate::{
    Contradiction, Moved, PayerCharged, Payment, Question, State, Step, StepKind, StepStatus,
    TransactionId,
};
use alloc::vec::Vec;
use core::time::Duration;

/// After so long of "not found" an operation that the bank has named is a person's to look into.
const FORGOTTEN: Duration = Duration::from_secs(60 * 60);

impl Payment {
    /// The contradictions that are open: seen, and not yet acknowledged or settled by a choice.
    pub fn contradictions(&self) -> Vec<Contradiction> {
        let mut open = self.all_contradictions().into_vec();
        open.retain(|it| !self.acknowledged.contains(it));
        if let Some(two) = self.unjudged_transactions() {
            open.push(Contradiction::TwoTransactions { ids: two });
        }
        open
    }

    /// Whether a contradiction is open.
    pub fn is_contradicted(&self) -> bool {
        !self.contradictions().is_empty()
    }

    /// Whether several operations are known and only a choice of one settles which is ours.
    pub(crate) fn is_unclear(&self) -> bool {
        self.unjudged_transactions().is_some()
    }

    fn unjudged_transactions(&self) -> Option<Vec<TransactionId>> {
        if self.operations.len() < 2 {
            return None;
        }
        let mut ids = self.transactions();
        ids.extend(self.chosen.iter().map(|(chosen, _)| chosen.clone()));
        let judged = self.chosen.as_ref().is_some_and(|(chosen, among)| {
            ids.iter().all(|id| match (among.get(id), self.operations.get(&Some(id.clone()))) {
                (Some(then), Some(now)) => id == chosen || now.money() == *then,
                (judged, _) => judged.is_some(),
            })
        });
        (ids.len() > 1 && !judged).then(|| ids.into_iter().collect())
    }

    fn all_contradictions(&self) -> Contradictions {
        let (facts, moved) = (self.facts(), self.moved());
        let mut all = Contradictions::default();
        let mut raise = |when: bool, it: Contradiction| {
            if when {
                all.insert(it);
            }
        };
        self.raised.iter().for_each(|it| raise(true, it.clone().when(moved)));
        let any = facts.verified || facts.authorized || facts.voided.is_some() || facts.captured;
        if let Some(decline) = facts.declined.or_else(|| self.declined_try()) {
            raise(any, Contradiction::DeclinedYetMoved { decline, moved });
        }
        raise(facts.voided.is_some() && facts.captured, Contradiction::VoidedYetCaptured);
        let success = facts.approved || facts.authorized || facts.captured;
        let late = self.closed().is_some() && success;
        if late {
            let transaction = self.transaction().cloned();
            raise(true, Contradiction::LateSuccess { transaction, moved });
        }
        for told in facts.captured_sums.iter().map(|sum| self.sum(*sum)) {
            let ours = self.captures_asked().any(|sum| sum == told);
            raise(!ours, Contradiction::WrongAmount { told, moved });
        }
        if let (Some(low), Some(high)) = (facts.captured_sums.first(), facts.captured_sums.last()) {
            let (low, high) = (self.sum(*low), self.sum(*high));
            raise(low != high, Contradiction::TwoCapturedSums { low, high });
        }
        if let State::Captured { captured, refunded: Some(total) } = self.state() {
            let captured = captured.unwrap_or(self.ordered);
            let over = captured.covers(total) != Some(true);
            raise(over, Contradiction::OverRefunded { captured, total });
        }
        self.steps_not_shown().for_each(|step| raise(true, self.not_shown(step)));
        let sent = self.authorize_unsent && self.bank_named_it();
        let sent_after_all = |question| Contradiction::SentAfterAll { question, moved };
        raise(sent, sent_after_all(Question::Authorize));
        let sent = self.confirms > 0 && !self.awaits_confirm() && success;
        raise(sent, sent_after_all(Question::Confirm));
        for step in self.steps.iter().filter(|step| step.is_unsent()) {
            let question = Question::Step(step.id.clone());
            raise(self.has_effect_of(step), sent_after_all(question));
        }
        let ours = self.operations.values().any(|operation| operation.told_ours);
        raise(self.number_taken && !ours, Contradiction::NumberTaken { moved });
        raise(self.is_forgotten(), Contradiction::NotFoundThoughNamed);
        if let Some((chosen, _)) = &self.chosen {
            all.remove(&Contradiction::NotOurs { transaction: Some(chosen.clone()) });
        }
        all
    }

    pub(crate) fn moved(&self) -> Moved {
        let told = |what: fn(&SourceFacts) -> bool| self.told(|it| Some(what(it))) == Some(true);
        let charged = if told(|it| it.captured) {
            PayerCharged::Yes
        } else if told(|it| it.authorized) {
            PayerCharged::Held
        } else if told(|it| it.verified || it.voided.is_some()) && !self.is_approved() {
            PayerCharged::No
        } else {
            PayerCharged::NotKnownYet
        };
        let sum = if charged == PayerCharged::Yes { self.captured() } else { None };
        Moved { charged, sum }
    }

    /// Whether what a step asked for has happened, although no ask of it ever left.
    pub(crate) fn has_effect_of(&self, step: &Step) -> bool {
        if step.answer == StepStatus::Accepted {
            return true;
        }
        let facts = self.facts();
        match step.kind {
            StepKind::Capture(sum) => {
                facts.captured_sums.iter().eq([&sum.minor()])
                    && !self.steps.iter().any(|other| {
                        matches!(other.kind, StepKind::Capture(_)) && other.may_count()
                    })
            }
            StepKind::Void => {
                let asked = |other: &Step| other.kind == StepKind::Void && other.may_count();
                facts.voided == Some(crate::VoidReason::Requested) && !self.steps.iter().any(asked)
            }
            StepKind::Refund(sum) => {
                // More was given back than all that may have left accounts for. What was accepted
                // before the ask is in what was given back before, and counts once.
                let add = |total: u64, other: &Step| match other.kind {
                    StepKind::Refund(sum) => total.saturating_add(sum.minor()),
                    _ => total,
                };
                let counted = |other: &&Step| other.may_count();
                let all = self.steps.iter().filter(counted).fold(0, add);
                let at = self.steps.iter().take_while(|other| other.id != step.id).count();
                let (earlier, since) = self.steps.split_at(at);
                let new = earlier.iter().filter(|other| other.said() != StepStatus::Accepted);
                let new = new.chain(since).filter(counted).fold(step.refunded_before.minor(), add);
                let due = all.max(new).saturating_add(sum.minor());
                facts.refunded.unwrap_or_default() >= due
            }
        }
    }

    /// The bank has named it, nothing is known of money, and for an hour the bank has not known it.
    fn is_forgotten(&self) -> bool {
        self.window.counted >= FORGOTTEN
            && self.bank_named_it()
            && self.pending().is_some_and(|it| !matches!(it.question, Question::Step(_)))
    }
}
