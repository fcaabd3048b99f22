//! Money that moved after its attempt was given up: kept when the order has no other payment, given back when it has.

use crate::Payments;
use crate::log_writer::Intent;
use crate::steps::Asked;
use epay_domain::{
    Command, Fact, Flag, Note, Observation, PaymentStatus, State, StepAnswer, StepId, StepKind,
    Stored,
};

/// The name of the step that gives a late success back: one for each attempt, so it is asked once.
const STEP: &str = "epay-late-success";
const GIVEN_BACK: &str = "taken late, and given back";

/// What is done about money that moved after its attempt was given up.
///
/// Either way the attempt is flagged first, and nothing is shipped for it meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LateSuccess {
    /// When the status has told it twice, with the same transaction and the sum that was ordered, and nothing else is
    /// wrong with it: it is the order's payment if the order has had no other attempt, and it is voided or refunded if
    /// another attempt is confirmed as captured. In every other case a person decides.
    #[default]
    Settle,
    /// A person decides.
    Flag,
}

impl Payments {
    /// What follows from a status check that has `seen` this, after which the payment, `before` it as it was, stands as `stored`.
    pub(crate) async fn after_a_late_success(
        &self,
        before: &Stored,
        seen: &Observation,
        stored: Stored,
    ) -> Stored {
        if self.late_success == LateSuccess::Flag || !only_late(&stored) {
            return stored;
        }
        let Ok(step) = StepId::new(STEP) else { return stored };
        match stored.payment.step(&step) {
            Some((_, StepAnswer::Accepted)) => return self.acknowledged(stored, GIVEN_BACK).await,
            Some(_) => return stored,
            None => {}
        }
        let twice = told(before).is_some() && says_so(seen, before);
        let Some(undo) = told(&stored).filter(|_| twice) else { return stored };
        let Ok(Some(present)) = self.store.current(&stored.order).await else { return stored };
        if present.payment.invoice() == stored.payment.invoice() {
            // Who has settled an attempt before it, and how, is a person's to know.
            if stored.previous.is_some() {
                return stored;
            }
            return self
                .acknowledged(stored, "taken late, and kept: the order has had no other attempt")
                .await;
        }
        let paid = present.payment.status() == PaymentStatus::Paid
            && present.payment.confirmed_by_status();
        if !paid {
            return stored;
        }
        match self.ask(stored.clone(), &step, undo).await {
            Ok(Asked::Heard(stored))
                if matches!(stored.payment.step(&step), Some((_, StepAnswer::Accepted))) =>
            {
                self.acknowledged(stored, GIVEN_BACK).await
            }
            Ok(Asked::Heard(stored) | Asked::Silent(stored) | Asked::Refused(stored, _)) => stored,
            Err(_) => stored,
        }
    }

    async fn acknowledged(&self, stored: Stored, note: &str) -> Stored {
        let Some(note) = Note::new(note) else { return stored };
        match self.intend(stored.clone(), &Command::Acknowledge(note)).await {
            Ok(Intent::Written(stored) | Intent::Refused(stored, _)) => stored,
            Err(_) => stored,
        }
    }
}

/// That it came late is all that is wrong with it.
fn only_late(stored: &Stored) -> bool {
    stored.payment.flags().iter().eq([Flag::LateSuccess])
}

/// What the status has told, and what would undo it; `None` where something was given back already. Another sum than the
/// order's has a flag of its own.
fn told(stored: &Stored) -> Option<StepKind> {
    let payment = &stored.payment;
    if !only_late(stored) || !payment.confirmed_by_status() {
        return None;
    }
    match payment.state() {
        State::Authorized => Some(StepKind::Void),
        State::Captured { captured: Some(sum), refunded: Some(refunded) } if refunded.is_zero() => {
            Some(StepKind::Refund(sum))
        }
        _ => None,
    }
}

/// That this status check says so, too: the transaction that was told before, and the sum that was ordered.
fn says_so(seen: &Observation, before: &Stored) -> bool {
    let ordered = before.payment.ordered();
    let sum = match &seen.fact {
        Fact::Authorized => seen.amount.is_some_and(|amount| amount.is(ordered)),
        Fact::Captured { captured, .. } => *captured == Some(ordered),
        _ => false,
    };
    sum && seen.transaction.is_some() && seen.transaction.as_ref() == before.payment.transaction()
}
