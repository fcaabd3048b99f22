//! How long each wait lasts, and what ends it. All are guesses, so all can be set.

use epay_domain::{
    CloseReason, Command, Fact, Note, Observation, Origin, PayerStep, Payment, Question, StepId,
    StepKind, Timestamp, WaitsFor,
};
use std::time::Duration;

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long to wait before something is given up, or somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// How long a payer may take for the 3-D Secure challenge. After that, and a status that does not
    /// say otherwise, the attempt is closed and never confirmed.
    pub payer: Duration,
    /// How long a capture or void without an answer may have had no effect before it counts as not
    /// done; and how long a status may show nothing of a capture, void or full refund that a reply has
    /// accepted before it is a contradiction.
    pub step: Duration,
    /// How long the bank must have answered that it does not know an invoice before the attempt
    /// counts as dead. Less than 24 hours lets the payer try again sooner, at the risk that the first
    /// attempt surfaces and both are held.
    pub not_found_window: Duration,
    /// How long it must have answered so before a payer who chooses to may pay again by
    /// [`reopen`](crate::Payments::reopen). Until the first attempt surfaces and is given back, both
    /// may be held. `None` holds every order for the whole window.
    pub reopen: Option<Duration>,
    /// Longer than any call takes. Before an ask is so old, a person can't close its attempt nor give
    /// it up. A process counts it from when it made the ask or first looked, unless the log has what
    /// came of another's; so a clock that jumps does not cut it short.
    pub request: Duration,
    /// How long something may stay unknown before the shop is notified that a person has to look.
    pub attention: Duration,
    /// How long one notification may take before its delivery counts as failed.
    pub handler: Duration,
}

/// Thirty minutes for the payer, ten for a step, a day for the window, and nobody pays again before
/// that; two minutes for a request, an hour until a person is told, half a minute for a handler.
impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            payer: 30 * MINUTE,
            step: 10 * MINUTE,
            not_found_window: DAY,
            reopen: None,
            request: 2 * MINUTE,
            attention: HOUR,
            handler: Duration::from_secs(30),
        }
    }
}

impl Timeouts {
    /// What ends the wait for `payment`, of which the bank has just said `fresh`, at the time `now`.
    /// The wish may still be refused.
    pub(crate) fn ends(
        &self,
        payment: &Payment,
        fresh: &Observation,
        now: Timestamp,
    ) -> Option<Command> {
        // An answer about somebody else's payment ends no wait of ours.
        let ours = payment.invoice().as_str();
        let other = fresh.invoice.as_ref().is_some_and(|named| named.as_str() != ours);
        if other || fresh.origin == Origin::Other {
            return None;
        }
        self.ends_question(payment, fresh, now).or_else(|| self.ends_unshown(payment, now))
    }

    fn ends_question(
        &self,
        payment: &Payment,
        fresh: &Observation,
        now: Timestamp,
    ) -> Option<Command> {
        let pending = payment.pending()?;
        let waited = now.since(pending.since);
        match (pending.question, pending.waits_for) {
            // A fingerprint may go on to a hold without us, so time never ends it.
            (Question::Authorize, waits_for) if waited >= self.payer => {
                let page = waits_for == WaitsFor::Payer;
                let still = match fresh.fact {
                    Fact::AwaitingPayer(step) => step == PayerStep::Challenge,
                    Fact::InProgress | Fact::NotFound => page,
                    _ => false,
                };
                if still && (page || payment.payer_step() == Some(PayerStep::Challenge)) {
                    return Some(Command::Close(CloseReason::NeverConfirmed));
                }
                self.abandons()
            }
            (Question::Authorize | Question::Confirm, WaitsFor::Bank) | (Question::HandOver, _) => {
                self.abandons()
            }
            // The bank guards a capture and a void by the state of the hold (assumed, A2): while it
            // still says held, neither has happened. A refund has no such guard, so only a sum or a
            // person ends it.
            (Question::Step(step), _) if fresh.fact == Fact::Authorized && waited >= self.step => {
                let (kind, _) = payment.step(&step)?;
                let guarded = matches!(kind, StepKind::Capture(_) | StepKind::Void);
                let note = Note::new("the bank still says held after the waiting time").ok()?;
                guarded.then_some(Command::GiveUp(step, note))
            }
            _ => None,
        }
    }

    /// Whether it is too early to say that nobody waits any more for a status that shows this step.
    pub(crate) fn awaits(&self, payment: &Payment, step: &StepId, now: Timestamp) -> bool {
        // One that was asked in what is now the future was asked by a clock that has gone back since.
        let young = |since: Timestamp| since <= now && now.since(since) < self.step;
        let awaited = payment.step_awaited().filter(|it| it.id() == step);
        awaited.is_some_and(|it| young(it.since()))
    }

    /// A reply has accepted a step, and the status that has just been heard shows it no more than those
    /// before. From then on a person has to look.
    fn ends_unshown(&self, payment: &Payment, now: Timestamp) -> Option<Command> {
        let awaited = payment.step_awaited().filter(|it| now.since(it.since()) >= self.step)?;
        let note = Note::new("no status has shown it in the waiting time").ok()?;
        Some(Command::GiveUp(awaited.id().clone(), note))
    }

    /// Refused unless the bank has answered "not found" for so long.
    fn abandons(&self) -> Option<Command> {
        let not_found_window = self.not_found_window;
        Some(Command::Close(CloseReason::Abandoned { not_found_window }))
    }

    /// How soon it is looked whether somebody has to be told, when it is unknown for so long, and was
    /// expected to be for some time: daily at least, because nothing is planned beyond
    /// [`Queue::horizon`](epay_domain::Queue::horizon).
    pub(crate) fn attention_after(&self, unknown: Duration, expected: Duration) -> Duration {
        self.attention.saturating_add(expected).saturating_sub(unknown).min(DAY)
    }

    /// Whether a not-found that counts `now`, after `before`, completes a proof that is waited for.
    pub(crate) fn completes(&self, before: Duration, now: Duration) -> bool {
        let between = |window: Duration| before < window && window <= now;
        between(self.not_found_window) || self.reopen.is_some_and(between)
    }
}

#[cfg(test)]
mod tests;
