//! When a payment is checked again, and why: one table.

use crate::timeouts::{DAY, MINUTE};
use epay_domain::{
    CheckClass, ClosedAs, Contradiction, PayerStep, Payment, PaymentStatus, Question, State,
    Stored, Timestamp, WaitsFor,
};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// How long the bank is left alone about one payment, however many hints come in.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

/// How soon it is seen what a payer did with a token at the last moment of its life.
const JUST_AFTER: Duration = Duration::from_secs(5);

/// A row of the table: what a payment is checked for, how soon, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    /// The payer types, or has left: nothing comes of it without our confirm, so the one check that
    /// counts is the one after their time.
    Payer,
    /// The payer pays at the bank's form, or has left it: what happened there is seen soon, and most of all
    /// once the token's life is over.
    Form(Duration),
    /// Something asked, taken or given back is not known: asked about for ever.
    Unknown,
    /// Given up or contradicted lately: the sooner the truth is known, the shorter money is held
    /// twice.
    Late,
    /// Facts contradict each other, and a person has not looked yet.
    Contradicted,
    /// Closed as abandoned, or by a person: the bank may have it after all.
    Closed,
    /// Declined by a reply alone: a bank that never booked it has no status to give.
    DeclinedByReply,
    /// Held: a hold lapses by itself.
    Held,
    /// Declined, voided or verified by a status, or not executed: the bank may change its word.
    Over,
    /// Taken: it may be given back in the bank's own portal.
    Captured,
}

impl Row {
    fn of(payment: &Payment, now: Timestamp) -> Option<Row> {
        let asked = payment.asked_at()?;
        if let Some(pending) = payment.pending() {
            let step = payment.payer_step();
            let page = pending.waits_for == WaitsFor::Payer && step != Some(PayerStep::Fingerprint);
            let payer = page || step == Some(PayerStep::Challenge);
            if pending.question == Question::HandOver && pending.waits_for == WaitsFor::Payer {
                let until = payment.handed_over_until().unwrap_or(pending.since);
                return Some(Row::Form(until.since(pending.since)));
            }
            let asks = pending.question == Question::Authorize && pending.not_found_for.is_none();
            return Some(if payer && asks { Row::Payer } else { Row::Unknown });
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
            State::Closed(ClosedAs::Abandoned) => Row::Closed,
            State::Closed(ClosedAs::NotExecuted) => Row::Over,
            State::Declined if !payment.confirmed_by_status() => Row::DeclinedByReply,
            _ if !payment.is_confirmed() => Row::Unknown,
            State::Declined | State::Voided(_) | State::Verified => Row::Over,
            State::Authorized => Row::Held,
            State::Captured { .. } => {
                let known = payment.status() != PaymentStatus::Unknown;
                if known && payment.step_awaited().is_none() { Row::Captured } else { Row::Unknown }
            }
        })
    }

    /// How long the next check waits when the last thing that was asked or closed is so old, and a
    /// payer has so much time; `None` when the story is over.
    fn wait(self, age: Duration, payer: Duration) -> Option<Duration> {
        let growing =
            if age > DAY { 60 * MINUTE } else { age.clamp(Duration::from_secs(2), 15 * MINUTE) };
        // The bank rarely changes its word, and if it does, soon: after 1, 4 and 16 days, then monthly.
        let seldom = (3 * age.min(30 * DAY)).clamp(DAY, 30 * DAY);
        let until = |days: u32, wait: Duration| (age < days * DAY).then_some(wait);
        match self {
            Row::Payer => match payer.checked_sub(age) {
                Some(left) if !left.is_zero() => Some(left.min(DAY)),
                _ => Some((age - payer).clamp(MINUTE, 60 * MINUTE)),
            },
            Row::Form(life) => match life.checked_sub(age) {
                Some(left) if !left.is_zero() => Some(growing.min(left + JUST_AFTER)),
                _ => Some((age - life).clamp(JUST_AFTER, 60 * MINUTE)),
            },
            Row::Unknown => Some(growing),
            Row::Late => Some(15 * MINUTE),
            Row::Contradicted => Some(60 * MINUTE),
            Row::Closed => until(30, DAY),
            Row::DeclinedByReply => until(1, age.max(Duration::from_secs(2))),
            Row::Held => Some(age.clamp(DAY, 7 * DAY)),
            Row::Over => until(30, seldom),
            Row::Captured => until(90, seldom),
        }
    }

    /// Money that is unknown comes first.
    fn class(self) -> CheckClass {
        match self {
            Row::Form(_) | Row::Unknown | Row::Late | Row::Contradicted => CheckClass::Unknown,
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
/// come together. A payer's time is not cut short: their check comes up to a minute later.
pub(crate) fn next_check(
    payment: &Payment,
    now: Timestamp,
    payer: Duration,
) -> Option<(Timestamp, CheckClass)> {
    let row = Row::of(payment, now)?;
    let pending = payment.pending().map(|pending| pending.since);
    let last_step = || payment.steps().map(|(step, _)| step.since()).last();
    let last = pending.or_else(|| last_step().max(payment.closed_at()).or(payment.asked_at()))?;
    // A clock that went back is no reason to hurry: what matters is how far the two are apart.
    let wait = row.wait(now.since(last).max(last.since(now)), payer)?;
    // Nothing here has to be unforeseeable, only different for each payment and each time.
    let mut hasher = DefaultHasher::new();
    (payment.invoice(), now).hash(&mut hasher);
    let part = |of: Duration| of * u32::try_from(hasher.finish() % 1_024).unwrap_or(0) / 1_024;
    let wait = match row {
        Row::Payer => wait + part(MINUTE.min(wait / 5)),
        _ => wait.saturating_sub(part(wait / 5)),
    };
    Some((now + wait, row.class()))
}

/// Whether the answer to its ask may be the first that is heard of it: then that answer plans the next
/// check, and puts off the one that the ask has planned.
pub(crate) fn is_unanswered(stored: &Stored) -> bool {
    stored.payment.heard_at().is_none() && stored.schedule.last_check_at.is_none()
}

/// Whether somebody has claimed it.
pub(crate) fn is_in_hand(stored: &Stored, now: Timestamp) -> bool {
    stored.leased_until.is_some_and(|until| until > now)
}

/// Whether it is to be checked by `when`.
pub(crate) fn is_planned_by(stored: &Stored, when: Timestamp) -> bool {
    stored.schedule.next_check_at.is_some_and(|check| check <= when)
}

/// Now, or when the last check is long enough ago. A clock that went back makes that now: it silences
/// nobody.
pub(crate) fn may_check_at(stored: &Stored, now: Timestamp) -> Timestamp {
    match stored.schedule.last_check_at {
        Some(checked) if checked <= now => now.max(checked + PAUSE),
        _ => now,
    }
}

#[cfg(test)]
mod tests;
