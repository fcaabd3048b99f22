//! May this be asked? Wishes are judged here, and nowhere else; a refused wish changes nothing.

use crate::status::{Rank, State};
use crate::{
    Command, Contradiction, Currency, Event, EventKind, Money, Payment, Question, Refusal, StepId,
    StepKind, StepStatus, Timestamp, WaitsFor,
};
use alloc::vec::Vec;

/// The least sum the bank gives back: 10 tenge (bank page "refund", documented). Other currencies
/// have no stated least.
pub const LEAST_REFUND: Money = Money::tenge(10);

/// With so many steps a payment takes no more captures and refunds, so that the work on it stays small
/// however long its log is. A void is never one too many.
pub const MOST_STEPS: usize = 250;

impl Payment {
    /// Judges `wish` at the time `at`. Write the event before the call it announces leaves; nothing
    /// has changed until it is [applied](Payment::apply).
    pub fn decide(&self, wish: Command, at: Timestamp) -> Result<Event, Refusal> {
        let kind = match wish {
            Command::Authorize => {
                let used = self.authorize.is_some() || self.closed().is_some();
                refuse_if(used || self.bank_named_it(), Refusal::AlreadyAuthorized)?;
                EventKind::Asked(wish)
            }
            Command::HandOver { .. } => {
                let again = self.handed_over.is_some();
                let used = !again && (self.authorize.is_some() || self.bank_named_it());
                let over = self.known() != Rank::New || self.closed().is_some();
                refuse_if(used || over, Refusal::AlreadyAuthorized)?;
                refuse_if(self.is_contradicted(), Refusal::Contradicted)?;
                refuse_if(self.ordered().is_zero(), Refusal::Amount)?;
                EventKind::Asked(wish)
            }
            Command::Confirm => {
                let awaited = self.pending().is_some_and(|it| {
                    it.waits_for == WaitsFor::Payer && it.question == Question::Authorize
                });
                refuse_if(!awaited, Refusal::NotAwaitingPayer)?;
                refuse_if(self.is_unclear(), Refusal::TransactionUnclear)?;
                EventKind::Asked(wish)
            }
            Command::Capture(ref step, sum) => {
                self.free_for(step, StepKind::Capture(sum))?;
                refuse_if(self.known() != Rank::Authorized, Refusal::NotHeld)?;
                refuse_if(self.is_contradicted(), Refusal::Contradicted)?;
                let within = self.ordered().covers(sum) == Some(true);
                refuse_if(sum.is_zero() || !within, Refusal::Amount)?;
                EventKind::Asked(wish)
            }
            Command::Void(ref step) => {
                self.free_for(step, StepKind::Void)?;
                refuse_if(self.known() != Rank::Authorized, Refusal::NotHeld)?;
                EventKind::Asked(wish)
            }
            Command::Refund(ref step, sum) => {
                self.free_for(step, StepKind::Refund(sum))?;
                refuse_if(!matches!(self.state(), State::Captured { .. }), Refusal::NotCaptured)?;
                may_refund(sum, self.refundable().ok_or(Refusal::SumUnknown)?)?;
                EventKind::Asked(wish)
            }
            Command::RefundStated(ref step, sum, _) => {
                self.free_for(step, StepKind::Refund(sum))?;
                may_refund(sum, self.refundable_stated().ok_or(Refusal::SumKnown)?)?;
                EventKind::Asked(wish)
            }
            Command::Close(reason) => {
                refuse_if(!self.may_close(&reason), Refusal::NotDead)?;
                EventKind::Closed(reason)
            }
            Command::GiveUp(step, note) => {
                let question = Question::Step(step.clone());
                let waits = self.pending().is_some_and(|pending| pending.question == question)
                    || self.unshown_steps().any(|unshown| unshown.id == step);
                refuse_if(!waits, Refusal::NothingToEnd)?;
                EventKind::GivenUp(step, note)
            }
            Command::Acknowledge(mut seen, note) => {
                let open = self.contradictions();
                seen.retain(|it| {
                    let is_a_choice = matches!(it, Contradiction::TwoTransactions { .. });
                    open.contains(it) && !is_a_choice
                });
                let unclear = seen.is_empty() && self.is_unclear();
                refuse_if(unclear, Refusal::TransactionUnclear)?;
                refuse_if(seen.is_empty(), Refusal::NothingToEnd)?;
                EventKind::Acknowledged(seen, note)
            }
            Command::ChooseTransaction(transaction, note) => {
                // One of several, or one that says it is another's. A person may change their mind.
                let known = self.operations.get(&Some(transaction.clone()));
                let several = self.operations.keys().flatten().count() > 1;
                let in_question = known.is_some_and(|it| several || it.is_foreign());
                refuse_if(!in_question, Refusal::NothingToEnd)?;
                let among: Vec<_> = self.operations.keys().flatten().cloned().collect();
                EventKind::Chosen { transaction, among, note }
            }
            Command::Reopen(note) => {
                let over = self.is_given_back() && self.pending().is_none();
                refuse_if(!over || self.is_contradicted(), Refusal::NotDead)?;
                EventKind::Reopened(note)
            }
        };
        Ok(Event { at, kind })
    }

    /// A step needs a name of its own, one operation it is for, and nothing else under way. What
    /// provably never left keeps its name free for the same kind and sum.
    fn free_for(&self, id: &StepId, kind: StepKind) -> Result<(), Refusal> {
        if let Some((used_for, answer)) = self.step(id) {
            let unsent = used_for == kind && answer == StepStatus::NotSent;
            refuse_if(!unsent, Refusal::StepUsed)?;
            let effect = self.steps.iter().any(|step| step.id == *id && self.has_effect_of(step));
            let of_step = |it: &Contradiction| match it {
                Contradiction::SentAfterAll { question: Question::Step(step), .. } => step == id,
                _ => false,
            };
            let open = self.contradictions().iter().any(of_step);
            refuse_if(effect, if open { Refusal::Contradicted } else { Refusal::StepUsed })?;
        } else if kind != StepKind::Void {
            refuse_if(self.steps.len() >= MOST_STEPS, Refusal::TooManySteps)?;
        }
        refuse_if(self.is_unclear(), Refusal::TransactionUnclear)?;
        refuse_if(self.pending().is_some(), Refusal::Unanswered)
    }
}

fn may_refund(sum: Money, left: Money) -> Result<(), Refusal> {
    let least = sum.currency() == Currency::KZT && sum.minor() < LEAST_REFUND.minor();
    refuse_if(least, Refusal::BelowLeastRefund(LEAST_REFUND))?;
    refuse_if(sum.is_zero() || left.covers(sum) != Some(true), Refusal::Amount)
}

fn refuse_if(bad: bool, refusal: Refusal) -> Result<(), Refusal> {
    if bad { Err(refusal) } else { Ok(()) }
}
