//! May this be asked? Wishes are judged here, and nowhere else; a refused wish changes nothing.

use crate::state::{Rank, State};
use crate::{
    Command, Currency, Event, EventKind, Money, Payment, Question, Refusal, StepId, Timestamp,
    WaitsFor,
};

/// The least sum the bank gives back: 10 tenge (bank page "refund", documented). Other currencies have no stated least.
pub const LEAST_REFUND: Money = Money::kzt(10_00);

impl Payment {
    /// Judges `wish` at the time `at`. Write the event before the call it announces leaves; nothing has changed until it
    /// is [applied](Payment::apply).
    pub fn decide(&self, wish: Command, at: Timestamp) -> Result<Event, Refusal> {
        let kind = match wish {
            Command::Authorize => {
                refuse_if(
                    self.authorize.is_some() || self.closed.is_some(),
                    Refusal::AlreadyAuthorized,
                )?;
                refuse_if(
                    self.known() != Rank::New || self.bank_knows(),
                    Refusal::AlreadyAuthorized,
                )?;
                EventKind::Asked(wish)
            }
            Command::Confirm => {
                let awaited =
                    self.pending().is_some_and(|pending| pending.waits_for == WaitsFor::Payer);
                refuse_if(!awaited, Refusal::NotAwaitingPayer)?;
                EventKind::Asked(wish)
            }
            Command::Capture(ref step, sum) => {
                self.free_for(step)?;
                refuse_if(self.known() != Rank::Authorized, Refusal::NotHeld)?;
                refuse_if(!self.flags().is_empty(), Refusal::Flagged)?;
                refuse_if(
                    sum.is_zero() || self.ordered().covers(sum) != Some(true),
                    Refusal::Amount,
                )?;
                EventKind::Asked(wish)
            }
            Command::Void(ref step) => {
                self.free_for(step)?;
                refuse_if(self.known() != Rank::Authorized, Refusal::NotHeld)?;
                EventKind::Asked(wish)
            }
            Command::Refund(ref step, sum) => {
                self.free_for(step)?;
                refuse_if(!matches!(self.state(), State::Captured { .. }), Refusal::NotCaptured)?;
                let least = sum.currency() == Currency::KZT && sum.minor() < LEAST_REFUND.minor();
                refuse_if(least, Refusal::BelowLeastRefund(LEAST_REFUND))?;
                let left = self.refundable().ok_or(Refusal::SumUnknown)?;
                refuse_if(sum.is_zero() || left.covers(sum) != Some(true), Refusal::Amount)?;
                EventKind::Asked(wish)
            }
            Command::Close(reason) => {
                refuse_if(!self.may_close(reason), Refusal::NotDead)?;
                EventKind::Closed(reason)
            }
            Command::GiveUp(step, note) => {
                let waits = self
                    .pending()
                    .is_some_and(|pending| pending.question == Question::Step(step.clone()));
                refuse_if(!waits, Refusal::NothingToEnd)?;
                EventKind::GivenUp(step, note)
            }
            Command::Acknowledge(note) => {
                refuse_if(self.flags().is_empty(), Refusal::NothingToEnd)?;
                EventKind::Acknowledged(note)
            }
        };
        Ok(Event { at, kind })
    }

    /// A step needs a name of its own and nothing else under way.
    fn free_for(&self, step: &StepId) -> Result<(), Refusal> {
        refuse_if(self.step(step).is_some(), Refusal::StepUsed)?;
        refuse_if(self.pending().is_some(), Refusal::Unanswered)
    }
}

fn refuse_if(bad: bool, refusal: Refusal) -> Result<(), Refusal> {
    if bad { Err(refusal) } else { Ok(()) }
}
