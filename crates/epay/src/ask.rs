//! The one ask: the intent is written before the call leaves, the answer after it, and both happen
//! although the caller has gone.

use crate::error::{PayError, PayErrorKind};
use crate::log_writer::Intent;
use crate::outcome::Cause;
use crate::{Payments, observe};
use epay_domain::{
    Command, GatewayError, Money, Note, PaymentRequest, Refusal, SealedMethod, StepId, StepKind,
    Stored, ThreeDsAnswer,
};
use std::sync::Arc;

/// An ask, with the data that its call needs.
pub(crate) enum Ask {
    Authorize(SealedMethod, Box<PaymentRequest>),
    Confirm(ThreeDsAnswer),
    Step(StepId, StepKind),
    /// A refund of a sum that a person states.
    RefundStated(StepId, Money, Note),
}

/// The result of an ask.
pub(crate) enum Asked {
    /// It left, or it may have; what is known of it is in the log.
    Heard(Stored, Option<Cause>),
    /// It was asked, and what came back could not be written: the log does not know it, so neither do
    /// we. A check will tell.
    Silent(Stored, Cause),
    /// Nothing was asked.
    Refused(Stored, Refusal),
}

impl Asked {
    pub(crate) fn into_stored(self) -> Stored {
        match self {
            Asked::Heard(stored, _) | Asked::Silent(stored, _) | Asked::Refused(stored, _) => {
                stored
            }
        }
    }
}

impl Ask {
    fn wish(&self) -> Command {
        match self {
            Ask::Authorize(..) => Command::Authorize,
            Ask::Confirm(_) => Command::Confirm,
            Ask::Step(step, StepKind::Capture(sum)) => Command::Capture(step.clone(), *sum),
            Ask::Step(step, StepKind::Void) => Command::Void(step.clone()),
            Ask::Step(step, StepKind::Refund(sum)) => Command::Refund(step.clone(), *sum),
            Ask::RefundStated(step, sum, note) => {
                Command::RefundStated(step.clone(), *sum, note.clone())
            }
        }
    }
}

impl Payments {
    /// Asks the bank once, if the payment allows it, and writes down what came back.
    ///
    /// Under tokio it runs to its end also when this future is dropped. Elsewhere a caller that is
    /// dropped after the intent was written leaves a payment that the reconciler finds out.
    pub(crate) async fn ask(&self, stored: Stored, ask: Ask) -> Result<Asked, PayError> {
        if stored.payment.terminal() != self.bank.terminal() {
            return Err(PayError::new(PayErrorKind::OtherTerminal));
        }
        let this = self.clone();
        self.tasks.finish(async move { this.ask_here(stored, ask).await }).await
    }

    async fn ask_here(&self, stored: Stored, ask: Ask) -> Result<Asked, PayError> {
        let asked = match self.log.intend(stored, &ask.wish()).await? {
            Intent::Written(asked) => asked,
            Intent::Refused(stored, refusal) => return Ok(Asked::Refused(stored, refusal)),
        };
        let payment = &asked.payment;
        let reply = match ask {
            Ask::Authorize(method, request) => self.bank.authorize(payment, method, &request).await,
            Ask::Confirm(answer) => self.bank.confirm(payment, answer).await,
            Ask::Step(step, StepKind::Capture(sum)) => self.bank.capture(payment, &step, sum).await,
            Ask::Step(step, StepKind::Void) => self.bank.void(payment, &step).await,
            Ask::Step(step, StepKind::Refund(sum)) | Ask::RefundStated(step, sum, _) => {
                self.bank.refund(payment, &step, sum).await
            }
        };
        observe::asked(payment, &reply);
        let delivery = reply.as_ref().map_err(GatewayError::delivery).cloned();
        let event = payment.record_reply(delivery, self.log.now());
        let cause = reply.err().map(|error| Arc::new(error) as Cause);
        Ok(match self.log.record(asked.clone(), event).await {
            Ok(stored) => Asked::Heard(stored, cause),
            Err(error) => {
                observe::failed("write down what the bank said", &error);
                Asked::Silent(asked, cause.unwrap_or_else(|| Arc::new(error)))
            }
        })
    }
}
