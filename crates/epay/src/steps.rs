//! Capture, void, refund: each under the merchant's own name for it, so that asking twice is asking
//! once.

use crate::ask::{Ask, Asked};
use crate::error::PayError;
use crate::{AttemptRef, Payments, StepOutcome};
use epay_domain::{Money, Note, Refusal, StepId, StepKind, StepStatus, Stored};
use std::error::Error;
use std::fmt;

/// How the names of steps begin that this crate asks for by itself.
const OWN: &str = "epay-";

impl Payments {
    /// Captures `amount` of a hold; the bank releases the rest. `step` is the merchant's name for this
    /// capture: the same name again gives the same capture's outcome, and asks again only what
    /// provably never left. Names that begin with `epay-` are this crate's own, and refused.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// let captured = shop.capture("order-17", "capture-1", epay::Money::tenge(5_000)).await?;
    /// assert_eq!(captured.attempt().net_captured(), Some(epay::Money::tenge(5_000)));
    /// # Ok(()) }
    /// ```
    pub async fn capture(
        &self,
        which: impl Into<AttemptRef>,
        step: &str,
        amount: Money,
    ) -> Result<StepOutcome, PayError> {
        self.step(which.into(), step, StepKind::Capture(amount), None).await
    }

    /// Releases a hold, under the merchant's name `step`. The order is over by it: see
    /// [`pay_again`](Payments::pay_again).
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// let voided = shop.void("order-17", "void-1").await?;
    /// assert!(matches!(voided, epay::StepOutcome::Done(_)));
    /// # Ok(()) }
    /// ```
    pub async fn void(
        &self,
        which: impl Into<AttemptRef>,
        step: &str,
    ) -> Result<StepOutcome, PayError> {
        self.step(which.into(), step, StepKind::Void, None).await
    }

    /// Gives `amount` back, under the merchant's name `step`, which the bank gets as `externalID`.
    ///
    /// A refund whose answer was lost, and whose sum the bank's status does not tell, stays unknown
    /// until a person says [`give_up`](crate::Operator::give_up): nothing here asks for it twice.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// let refunded = shop.refund("order-17", "refund-1", epay::Money::tenge(2_000)).await?;
    /// assert_eq!(refunded.attempt().net_captured(), Some(epay::Money::tenge(3_000)));
    /// # Ok(()) }
    /// ```
    pub async fn refund(
        &self,
        which: impl Into<AttemptRef>,
        step: &str,
        amount: Money,
    ) -> Result<StepOutcome, PayError> {
        self.step(which.into(), step, StepKind::Refund(amount), None).await
    }

    /// Gives back a sum that a person states, at most what was ordered, where the bank does not tell
    /// how much it took. `note` is theirs.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// let all = epay::Money::tenge(5_000);
    /// shop.refund_stated("order-17", "refund-1", all, "the bank's portal shows 5000").await?;
    /// # Ok(()) }
    /// ```
    pub async fn refund_stated(
        &self,
        which: impl Into<AttemptRef>,
        step: &str,
        amount: Money,
        note: &str,
    ) -> Result<StepOutcome, PayError> {
        let note = Note::new(note).map_err(PayError::input)?;
        self.step(which.into(), step, StepKind::Refund(amount), Some(note)).await
    }

    async fn step(
        &self,
        which: AttemptRef,
        step: &str,
        kind: StepKind,
        stated: Option<Note>,
    ) -> Result<StepOutcome, PayError> {
        let step = StepId::new(step).map_err(PayError::input)?;
        if step.as_str().starts_with(OWN) {
            return Err(PayError::input(OwnName));
        }
        let ask = match (stated, kind) {
            (Some(note), StepKind::Refund(sum)) => Ask::RefundStated(step.clone(), sum, note),
            _ => Ask::Step(step.clone(), kind),
        };
        match self.ask(self.find(which).await?, ask).await? {
            Asked::Refused(stored, refusal) => {
                let same = stored.payment.step(&step).is_some_and(|(used, _)| used == kind);
                if refusal != Refusal::StepUsed || !same {
                    return Err(PayError::refused(refusal));
                }
                Ok(self.settled_step(stored, &step, None).await)
            }
            Asked::Heard(stored, cause) => Ok(self.settled_step(stored, &step, cause).await),
            Asked::Silent(stored, cause) => {
                let answer = answer(&stored, &step);
                Ok(StepOutcome::of(self.attempt(stored), answer, Some(cause)))
            }
        }
    }

    /// The step's outcome, after one check where it is not known.
    async fn settled_step(
        &self,
        stored: Stored,
        step: &StepId,
        cause: Option<crate::outcome::Cause>,
    ) -> StepOutcome {
        let known = answer(&stored, step).is_some_and(|answer| answer != StepStatus::Open);
        let stored = if known { stored } else { self.checked(stored).await };
        let answer = answer(&stored, step);
        StepOutcome::of(self.attempt(stored), answer, cause)
    }
}

/// A caller's step is named as one of this crate's own.
#[derive(Debug)]
struct OwnName;

impl fmt::Display for OwnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "names of steps that begin with {OWN} are the library's own")
    }
}

impl Error for OwnName {}

/// What is known of the step; `None` while a person has to look whether what was accepted was done.
fn answer(stored: &Stored, step: &StepId) -> Option<StepStatus> {
    let (_, answer) = stored.payment.step(step)?;
    (!stored.payment.is_not_shown(step)).then_some(answer)
}
