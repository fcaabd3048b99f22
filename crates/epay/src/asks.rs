//! How old a request is, by this process's monotonic clock: whether the bank may still be processing it.

use crate::error::{PayError, PayErrorKind};
use crate::log_writer::LogWriter;
use epay_domain::{
    CLOCK_AHEAD, Command, Event, EventKind, InvoiceId, Payment, Source, Stored, Timestamp,
};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many asks a process remembers.
const MOST: usize = 100_000;

/// The asks of this process, and those of others that it has found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asks(Arc<Mutex<HashMap<InvoiceId, Seen>>>);

/// One ask, which its time in the log names.
#[derive(Clone, Copy, Debug)]
struct Seen {
    since: Timestamp,
    /// By the monotonic clock.
    at: Duration,
    /// This process has made it, so its age is known and not only at least so much.
    made_here: bool,
}

impl Asks {
    /// This process is about to make the call that `payment` now waits for.
    pub(crate) fn made(&self, payment: &Payment, now: Duration) {
        self.remember(payment, now, true);
    }

    pub(crate) fn forget(&self, invoice: &InvoiceId) {
        self.lock().remove(invoice);
    }

    fn remember(&self, payment: &Payment, at: Duration, made_here: bool) -> Option<Seen> {
        let seen = Seen { since: payment.pending()?.since, at, made_here };
        let mut all = self.lock();
        if all.len() >= MOST {
            // What is seen anew counts as young.
            all.clear();
        }
        all.insert(payment.invoice().clone(), seen);
        Some(seen)
    }

    /// What was seen of the ask that `payment` waits for; it is seen from now on if it was not.
    fn seen(&self, payment: &Payment, now: Duration) -> Option<Seen> {
        let since = payment.pending()?.since;
        let known = self.lock().get(payment.invoice()).copied().filter(|it| it.since == since);
        known.or_else(|| self.remember(payment, now, false))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<InvoiceId, Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LogWriter {
    /// Whether what `payment` waits for may have been asked more lately than the wall clock says, so
    /// that no step is given up yet. This process has to have seen the time pass; or, if another has
    /// made the ask, the clocks of the two would have to differ by more than they may.
    pub(crate) fn may_be_young(&self, payment: &Payment) -> bool {
        let monotonic = self.clock.monotonic();
        let Some(seen) = self.asks.seen(payment, monotonic) else { return false };
        let step = self.timeouts.step;
        let far_apart = || self.now().since(seen.since) >= step.saturating_add(CLOCK_AHEAD);
        monotonic.saturating_sub(seen.at) < step && (seen.made_here || !far_apart())
    }

    /// Whether a payer who was handed over may still pay at the bank's form: the token's life has not
    /// passed, as far as this process has seen. Of another's hand-over the clocks may differ.
    pub(crate) fn may_be_payable(&self, payment: &Payment) -> bool {
        let Some(until) = payment.handed_over_until() else { return false };
        let monotonic = self.clock.monotonic();
        let Some(seen) = self.asks.seen(payment, monotonic) else { return false };
        let far_apart = || self.now().since(until) >= CLOCK_AHEAD;
        monotonic.saturating_sub(seen.at) < until.since(seen.since)
            && (seen.made_here || !far_apart())
    }

    /// Whether no request about it can still be on its way: this process has seen the ask for long
    /// enough; or, if another has made it, the log has that the call has ended, and calls it old. The
    /// wall clock alone proves nothing, because it may have jumped.
    pub(crate) async fn is_old_enough(&self, stored: &Stored) -> Result<(), PayError> {
        let monotonic = self.clock.monotonic();
        let Some(seen) = self.asks.seen(&stored.payment, monotonic) else { return Ok(()) };
        // A payer who was handed over can pay until the token ends.
        let payable = stored.payment.handed_over_until().map(|until| until.since(seen.since));
        let needed = payable.unwrap_or_default().saturating_add(self.timeouts.request);
        let enough = |age: Duration| age >= needed;
        // One that was asked in what is now the future was asked by a clock that has gone back since.
        let now = self.now();
        let by_the_log = seen.since > now || enough(now.since(seen.since));
        let old = enough(monotonic.saturating_sub(seen.at))
            || !seen.made_here && by_the_log && self.has_ended(stored).await?;
        if old { Ok(()) } else { Err(PayError::new(PayErrorKind::TooEarly)) }
    }

    /// Whether the log has what came of the last call: an answer, a silence, or that nothing left.
    async fn has_ended(&self, stored: &Stored) -> Result<bool, PayError> {
        let history =
            self.store.history(stored.payment.invoice()).await.map_err(PayError::store)?;
        let came = |event: &Event| match &event.kind {
            EventKind::Asked(Command::HandOver { until }) => {
                Some(self.now().since(*until) >= CLOCK_AHEAD)
            }
            EventKind::Asked(_) => Some(false),
            EventKind::NotSent { .. } | EventKind::Unanswered(_) => Some(true),
            EventKind::Observed(seen) if seen.source == Source::Reply => Some(true),
            _ => None,
        };
        Ok(history.iter().rev().find_map(came).unwrap_or_default())
    }
}
