//! What becomes of money that moved after its attempt was given up: kept when the order has no other
//! payment, given back when it has.

use epay_domain::{
    Contradiction, Fact, Observation, Payment, PaymentStatus, State, StepId, StepKind, StepStatus,
    Stored,
};

/// The name of the step that gives a late success back: one for each attempt, so it is asked once. No caller's
/// step is named so.
const STEP: &str = "epay-late-success";

/// What is done about money that moved after its attempt was given up.
///
/// Either way it is a contradiction first, and nothing is shipped for it meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LateSuccess {
    /// When the status has told it twice, with the same transaction and the sum that was ordered, and
    /// nothing else is wrong with it: it is the order's payment if the order has had no other
    /// attempt, and it is voided or refunded if another attempt is confirmed as captured. In every
    /// other case a person decides.
    #[default]
    Settle,
    /// A person decides.
    AskPerson,
}

/// What a check makes of a late success.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A person decides, or time.
    Wait,
    /// It is the order's payment, or it was given back: these contradictions are settled.
    Settled(Vec<Contradiction>, &'static str),
    /// It is to be given back under this name.
    GiveBack(StepId, StepKind),
}

/// Judges `stored`, which was `before` until the bank has just said `seen`; `present` is the order's
/// present attempt. What the verdict settles is what it was judged by, and nothing later.
pub(crate) fn judge(
    before: &Stored,
    seen: &Observation,
    stored: &Stored,
    present: &Stored,
) -> Verdict {
    let contradictions = stored.payment.contradictions();
    let Ok(step) = StepId::new(STEP) else { return Verdict::Wait };
    if !are_only_late(&contradictions) {
        return Verdict::Wait;
    }
    match stored.payment.step(&step) {
        Some((kind, StepStatus::Accepted)) if is_all_of(kind, &stored.payment) => {
            return Verdict::Settled(contradictions, "taken late, and given back");
        }
        Some((_, StepStatus::NotSent)) | None => {}
        Some(_) => return Verdict::Wait,
    }
    let twice = undo_of(&before.payment).is_some() && says_so(seen, &before.payment);
    let Some(undo) = undo_of(&stored.payment).filter(|_| twice) else { return Verdict::Wait };
    if present.payment.invoice() != stored.payment.invoice() {
        let paid = present.payment.status() == PaymentStatus::Paid
            && present.payment.confirmed_by_status();
        return if paid { Verdict::GiveBack(step, undo) } else { Verdict::Wait };
    }
    // Who has settled an attempt before it, and how, is a person's to know.
    match stored.previous {
        Some(_) => Verdict::Wait,
        None => {
            let note = "taken late, and kept: the order has had no other attempt";
            Verdict::Settled(contradictions, note)
        }
    }
}

/// That it came late is all that is wrong with it.
fn are_only_late(contradictions: &[Contradiction]) -> bool {
    let late = |it: &Contradiction| matches!(it, Contradiction::LateSuccess { .. });
    !contradictions.is_empty() && contradictions.iter().all(late)
}

/// Whether `kind` gives back all that was taken.
fn is_all_of(kind: StepKind, payment: &Payment) -> bool {
    match (kind, payment.state()) {
        (StepKind::Void, _) => true,
        (StepKind::Refund(sum), State::Captured { captured, .. }) => captured == Some(sum),
        _ => false,
    }
}

/// What would undo what the status has told; `None` where something was given back already. Another
/// sum than the order's is another contradiction.
fn undo_of(payment: &Payment) -> Option<StepKind> {
    if !are_only_late(&payment.contradictions()) || !payment.confirmed_by_status() {
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

/// That this status says so, too: the transaction that was told before, and the sum that was ordered.
fn says_so(seen: &Observation, before: &Payment) -> bool {
    let sum = match &seen.fact {
        Fact::Authorized => seen.amount.is_some_and(|amount| amount.is(before.ordered())),
        Fact::Captured { captured, .. } => *captured == Some(before.ordered()),
        _ => false,
    };
    sum && seen.transaction.is_some() && seen.transaction.as_ref() == before.transaction()
}

#[cfg(test)]
mod tests;
