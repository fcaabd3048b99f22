//! When a payment is checked again and why: one table.

use epay_domain::{
    CheckClass, ClosedAs, Contradiction, Payment, PaymentStatus, State, Timestamp, WaitsFor,
};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A row of the table: what a payment is checked for, how soon, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    /// The payer types; the check is there to notice that they left.
    Payer,
    /// Something asked, taken or given back is not known: asked about for ever.
    Unknown,
    /// Given up or contradicted lately: the sooner the truth is known, the shorter money is held
    /// twice.
    Late,
    /// Facts contradict each other, and a person has not looked yet.
    Contradicted,
    /// Closed: the bank may have it after all.
    Closed,
    /// Declined by a reply alone: a bank that never booked it has no status to give.
    DeclinedByReply,
    /// Held: a hold lapses by itself.
    Held,
    /// Declined, voided or verified by a status: the bank may change its word.
    Over,
    /// Taken: it may be given back in the bank's own portal.
    Captured,
}

impl Row {
    fn of(payment: &Payment, now: Timestamp) -> Option<Row> {
        let asked = payment.asked_at()?;
        if let Some(pending) = payment.pending() {
            let payer = pending.waits_for == WaitsFor::Payer && pending.not_found_for.is_none();
            return Some(if payer { Row::Payer } else { Row::Unknown });
        }
        let contradictions = payment.contradictions();
        if !contradictions.is_empty() {
            let late = |it: &Contradiction| matches!(it, Contradiction::LateSuccess { .. });
            return Some(if contradictions.iter().any(late) {
                Row::Late
            } else {
                Row::Contradicted
            });
        }
        Some(match payment.state() {
            State::New => Row::Unknown,
            State::Closed(ClosedAs::Abandoned)
                if now.since(payment.closed_at().unwrap_or(asked)) < 2 * DAY =>
            {
                Row::Unknown
            }
            State::Closed(_) => Row::Closed,
            State::Declined if !payment.confirmed_by_status() => Row::DeclinedByReply,
            _ if !payment.confirmed_by_status() => Row::Unknown,
            State::Declined | State::Voided(_) | State::Verified => Row::Over,
            State::Authorized => Row::Held,
            State::Captured { .. } if payment.status() == PaymentStatus::Unknown => Row::Unknown,
            State::Captured { .. } => Row::Captured,
        })
    }

    /// How long the next check waits when the last thing that was asked or closed is so old; `None`
    /// when the story is over.
    fn wait(self, age: Duration) -> Option<Duration> {
        let growing =
            if age > DAY { 60 * MINUTE } else { age.clamp(Duration::from_secs(2), 15 * MINUTE) };
        let until = |days: u32, wait: Duration| (age < days * DAY).then_some(wait);
        match self {
            Row::Payer => Some(5 * MINUTE),
            Row::Unknown => Some(growing),
            Row::Late => Some(15 * MINUTE),
            Row::Contradicted => Some(60 * MINUTE),
            Row::Closed => until(30, DAY),
            Row::DeclinedByReply => until(1, growing),
            Row::Held => Some(DAY),
            Row::Over => until(30, age.clamp(DAY, 30 * DAY)),
            Row::Captured => until(90, age.clamp(DAY, 30 * DAY)),
        }
    }

    /// Money that is unknown comes first.
    fn class(self) -> CheckClass {
        match self {
            Row::Unknown | Row::Late | Row::Contradicted => CheckClass::Unknown,
            Row::Payer
            | Row::DeclinedByReply
            | Row::Closed
            | Row::Held
            | Row::Over
            | Row::Captured => CheckClass::Settled,
        }
    }
}

/// When the payment wants to be checked next, and in which queue; `None` when its story is over.
///
/// Up to a fifth earlier than the wait says, so that payments that were interrupted together do not
/// come together.
pub(crate) fn next_check(payment: &Payment, now: Timestamp) -> Option<(Timestamp, CheckClass)> {
    let row = Row::of(payment, now)?;
    let pending = payment.pending().map(|pending| pending.since);
    let last_step = || payment.steps().map(|(step, _)| step.since()).last();
    let last = pending.or_else(|| last_step().max(payment.closed_at()).or(payment.asked_at()))?;
    // A clock that went back is no reason to hurry: what matters is how far the two are apart.
    let wait = row.wait(now.since(last).max(last.since(now)))?;
    // Nothing here has to be unforeseeable, only different for each payment and each time.
    let mut hasher = DefaultHasher::new();
    (payment.invoice(), now).hash(&mut hasher);
    let earlier = wait / 5 * u32::try_from(hasher.finish() % 1_024).unwrap_or(0) / 1_024;
    Some((now + wait.saturating_sub(earlier), row.class()))
}

#[cfg(test)]
mod tests;
