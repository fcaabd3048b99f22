//! Reconcile: whatever is not known is asked of the bank's status, again and again, and never of a call that moves money.

use crate::error::PayError;
use crate::log_writer::Intent;
use crate::shutdown::Shutdown;
use crate::timeouts::next_check;
use crate::{Outcome, Payments, observe};
use epay_domain::{
    CloseReason, Command, Fact, Note, Question, Queue, Schedule, StepKind, StoreError, Stored,
    WaitsFor,
};
use std::future::pending;
use std::pin::pin;
use std::time::Duration;

/// How many payments one round takes, and how long nobody else takes them.
const ROUND: usize = 64;
const LEASE: Duration = Duration::from_secs(120);
/// How often at most one process works, so that a round's size is its status checks in a second.
const SECOND: Duration = Duration::from_secs(1);

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReconcileReport {
    /// How many payments were due and looked at.
    pub checked: usize,
    /// How many of these status checks brought no answer of the bank.
    pub unanswered: usize,
    /// How many of them still wait for an answer.
    pub still_open: usize,
    /// How many of them a person has to look at.
    pub flagged: usize,
}

impl Payments {
    /// Asks the bank how the order stands.
    pub async fn check_status(&self, order: &str) -> Result<Outcome, PayError> {
        let stored = self.current(order).await?;
        Ok(self.checked(stored).await)
    }

    /// Looks at what is due on this terminal, the longest overdue first: one round. Call it from a timer; several
    /// processes may, each payment goes to one of them.
    pub async fn reconcile(&self) -> Result<ReconcileReport, PayError> {
        let mut never = pin!(pending());
        self.round(ROUND, &mut Shutdown::when(never.as_mut())).await
    }

    /// Looks and tells for ever, waiting `pause` whenever nothing was due, until `stop` is ready. Then it ends the status check
    /// or the telling it is at and gives back what it had claimed. A handler that never answers holds up all of it, so
    /// give yours a deadline.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) {
    /// let terminated = async { /* tokio::signal::unix::signal(SignalKind::terminate())?.recv().await */ };
    /// shop.keep_reconciling(std::time::Duration::from_secs(5), terminated).await;
    /// # }
    /// ```
    pub async fn keep_reconciling(&self, pause: Duration, stop: impl Future<Output = ()> + Send) {
        let mut stop = pin!(stop);
        let mut stop = Shutdown::when(stop.as_mut());
        while !stop.is_requested().await {
            let checked = self
                .round(self.status_checks_per_second, &mut stop)
                .await
                .map(|report| report.checked);
            let told = self.deliver_round(&mut stop).await;
            for error in [checked.as_ref().err(), told.as_ref().err()].into_iter().flatten() {
                observe::failed(error);
            }
            let wait =
                if checked.unwrap_or(0) > 0 || told.unwrap_or(0) > 0 { SECOND } else { pause };
            stop.or(self.clock.sleep(wait)).await;
        }
    }

    async fn round(
        &self,
        most: usize,
        stop: &mut Shutdown<'_>,
    ) -> Result<ReconcileReport, PayError> {
        let due = self
            .store
            .claim_due(Queue::StatusChecks, self.bank.terminal(), self.now(), most, LEASE)
            .await;
        let (mut report, mut oldest_unknown, mut failed) =
            (ReconcileReport::default(), Duration::ZERO, None);
        for stored in due.map_err(PayError::store)? {
            if stop.is_requested().await {
                self.give_back(&stored).await;
                continue;
            }
            // What can't be written down of one payment, such as one on a damaged page, holds up no other.
            let (checked, answered) = match self.check_once(stored).await {
                Ok(checked) => checked,
                Err(error) => {
                    failed = Some(error);
                    continue;
                }
            };
            report.checked += 1;
            report.unanswered += usize::from(!answered);
            let unknown =
                checked.payment.pending().filter(|pending| pending.waits_for == WaitsFor::Bank);
            oldest_unknown =
                unknown.map_or(oldest_unknown, |it| oldest_unknown.max(self.now().since(it.since)));
            report.still_open += usize::from(checked.payment.pending().is_some());
            report.flagged += usize::from(!checked.payment.flags().is_empty());
        }
        observe::round_ended(oldest_unknown);
        match failed {
            Some(error) if report.checked == 0 => Err(PayError::store(error)),
            _ => Ok(report),
        }
    }

    /// Writing its schedule as it was ends the lease on it. If that fails, the lease ends by itself.
    pub(crate) async fn give_back(&self, claimed: &Stored) {
        let _ = self.store.append(claimed, &[], claimed.schedule).await;
    }

    pub(crate) async fn checked(&self, stored: Stored) -> Outcome {
        let looked = self.check(stored.clone()).await.unwrap_or(stored);
        self.outcome(looked)
    }

    pub(crate) async fn check(&self, stored: Stored) -> Result<Stored, StoreError> {
        Ok(self.check_once(stored).await?.0)
    }

    /// One status query, its answer written down, and what follows from waiting too long; and whether there was an
    /// answer.
    pub(crate) async fn check_once(&self, stored: Stored) -> Result<(Stored, bool), StoreError> {
        if stored.payment.asked_at().is_none() {
            return Ok((stored, true));
        }
        let answer = self.bank.status(&stored.payment).await;
        observe::checked(&stored.payment, &answer);
        let Ok(seen) = answer else {
            self.postpone(&stored).await;
            return Ok((self.after_waiting(stored, false).await, false));
        };
        let still_held = seen.fact == Fact::Authorized;
        let heard = stored.payment.record_reply(Ok(seen.clone()), self.now());
        let before = stored.clone();
        let stored = self.record(stored, heard).await?;
        let stored = self.after_a_late_success(&before, &seen, stored).await;
        Ok((self.after_waiting(stored, still_held).await, true))
    }

    /// A failed status check teaches nothing; it only has to be tried again later. Whoever wrote meanwhile has said when.
    async fn postpone(&self, stored: &Stored) {
        let now = self.now();
        let schedule = Schedule {
            next_check_at: next_check(&stored.payment, now),
            last_check_at: Some(now),
            ..stored.schedule
        };
        let _ = self.store.append(stored, &[], schedule).await;
    }

    /// Ends what has been waited for long enough. A wish that is refused, or lost to another writer, comes again with
    /// the next status check.
    async fn after_waiting(&self, stored: Stored, still_held: bool) -> Stored {
        let Some(wish) = self.end_of_patience(&stored, still_held) else { return stored };
        match self.intend(stored.clone(), &wish).await {
            Ok(Intent::Written(stored) | Intent::Refused(stored, _)) => stored,
            Err(_) => stored,
        }
    }

    fn end_of_patience(&self, stored: &Stored, still_held: bool) -> Option<Command> {
        let pending = stored.payment.pending()?;
        let waited = self.now().since(pending.since);
        match (pending.question, pending.waits_for) {
            (Question::Authorize, WaitsFor::Payer) if waited >= self.timeouts.payer => {
                Some(Command::Close(CloseReason::NeverConfirmed))
            }
            // Refused unless the bank has said "not found" for so long, from one status check to another.
            (Question::Authorize | Question::Confirm, WaitsFor::Bank) => {
                Some(Command::Close(CloseReason::Abandoned {
                    not_found_window: self.timeouts.not_found_window,
                }))
            }
            // The bank guards a capture and a void by the state of the hold (assumed, A2): while it still says held,
            // neither has happened. A refund has no such guard, so only a sum or a person ends it.
            (Question::Step(step), _) if still_held && waited >= self.timeouts.step => {
                let (kind, _) = stored.payment.step(&step)?;
                let guarded = matches!(kind, StepKind::Capture(_) | StepKind::Void);
                let note = Note::new("the bank still says held after the waiting time")?;
                guarded.then_some(Command::GiveUp(step, note))
            }
            _ => None,
        }
    }
}
