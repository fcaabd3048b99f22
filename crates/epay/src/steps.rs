//! Capture, void, refund: each under a name of the merchant's own, so that asking twice is asking once.

use crate::error::PayError;
use crate::log_writer::Intent;
use crate::operator::note_of;
use crate::{Payments, StepOutcome};
use epay_domain::{Command, Money, Refusal, StepAnswer, StepId, StepKind, Stored};

impl Payments {
    /// Captures `amount` of the order's hold; the bank releases the rest. `step` is the merchant's name for this
    /// capture: the same name again gives the same capture's outcome.
    pub async fn capture(
        &self,
        order: &str,
        step: &str,
        amount: Money,
    ) -> Result<StepOutcome, PayError> {
        self.step(order, step, StepKind::Capture(amount)).await
    }

    /// Releases the order's hold, under the merchant's name `step`.
    pub async fn void(&self, order: &str, step: &str) -> Result<StepOutcome, PayError> {
        self.step(order, step, StepKind::Void).await
    }

    /// Gives `amount` back, under the merchant's name `step`, which the bank gets as `externalID`.
    ///
    /// A refund whose answer was lost, and whose sum the bank's status does not tell, stays unknown until a person says
    /// [`give_up`](Payments::give_up): nothing here asks for it twice.
    pub async fn refund(
        &self,
        order: &str,
        step: &str,
        amount: Money,
    ) -> Result<StepOutcome, PayError> {
        self.step(order, step, StepKind::Refund(amount)).await
    }

    /// A person's word that the step `step` did not happen. If it did after all, the bank's next word counts it.
    pub async fn give_up(
        &self,
        order: &str,
        step: &str,
        note: &str,
    ) -> Result<StepOutcome, PayError> {
        let step = StepId::new(step).map_err(PayError::id)?;
        let wish = Command::GiveUp(step.clone(), note_of(note)?);
        match self.intend(self.current(order).await?, &wish).await? {
            Intent::Written(stored) => Ok(step_outcome(stored, &step)),
            Intent::Refused(_, refusal) => Err(PayError::refused(refusal)),
        }
    }

    /// A person's word that the flags raised so far were looked into: they block no more. The money stays as it is.
    /// An older attempt of the order is reached by [`operator`](Payments::operator).
    pub async fn acknowledge(&self, order: &str, note: &str) -> Result<crate::Outcome, PayError> {
        match self.intend(self.current(order).await?, &Command::Acknowledge(note_of(note)?)).await?
        {
            Intent::Written(stored) => Ok(self.outcome(stored)),
            Intent::Refused(_, refusal) => Err(PayError::refused(refusal)),
        }
    }

    async fn step(&self, order: &str, step: &str, kind: StepKind) -> Result<StepOutcome, PayError> {
        let step = StepId::new(step).map_err(PayError::id)?;
        match self.ask(self.current(order).await?, &step, kind).await? {
            Asked::Heard(stored) => Ok(self.settled_step(stored, &step).await),
            Asked::Silent(stored) => Ok(step_outcome(stored, &step)),
            Asked::Refused(stored, Refusal::StepUsed)
                if stored.payment.step(&step).is_some_and(|s| s.0 == kind) =>
            {
                Ok(self.settled_step(stored, &step).await)
            }
            Asked::Refused(_, refusal) => Err(PayError::refused(refusal)),
        }
    }

    /// Asks the bank once for the step, if the payment allows it, and writes down what came back.
    pub(crate) async fn ask(
        &self,
        stored: Stored,
        step: &StepId,
        kind: StepKind,
    ) -> Result<Asked, PayError> {
        let wish = match kind {
            StepKind::Capture(amount) => Command::Capture(step.clone(), amount),
            StepKind::Void => Command::Void(step.clone()),
            StepKind::Refund(amount) => Command::Refund(step.clone(), amount),
        };
        let asked = match self.intend(stored, &wish).await? {
            Intent::Written(asked) => asked,
            Intent::Refused(stored, refusal) => return Ok(Asked::Refused(stored, refusal)),
        };
        let reply = match kind {
            StepKind::Capture(amount) => self.bank.capture(&asked.payment, step, amount).await,
            StepKind::Void => self.bank.void(&asked.payment, step).await,
            StepKind::Refund(amount) => self.bank.refund(&asked.payment, step, amount).await,
        };
        let heard = asked.payment.record_reply(reply.map_err(Into::into), self.now());
        // Where the log does not know what we heard, neither do we: the ask is in the log, and a status check will tell.
        Ok(self.record(asked.clone(), heard).await.map_or(Asked::Silent(asked), Asked::Heard))
    }

    /// The step's outcome, after one status check where it is still open.
    async fn settled_step(&self, stored: Stored, step: &StepId) -> StepOutcome {
        let open = stored.payment.step(step).is_some_and(|(_, answer)| answer == StepAnswer::Open);
        if !open {
            return step_outcome(stored, step);
        }
        let looked = self.check(stored.clone()).await.unwrap_or(stored);
        step_outcome(looked, step)
    }
}

/// What became of an ask for a step.
pub(crate) enum Asked {
    /// What came back is in the log.
    Heard(Stored),
    /// It is not.
    Silent(Stored),
    /// Nothing was asked.
    Refused(Stored, Refusal),
}

fn step_outcome(stored: Stored, step: &StepId) -> StepOutcome {
    let answer = stored.payment.step(step).map(|(_, answer)| answer);
    StepOutcome::of(stored, answer)
}
