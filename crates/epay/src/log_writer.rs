//! Writing into the log: a wish is judged anew on what somebody else wrote meanwhile, a fact is never lost.

use crate::error::{PayError, PayErrorKind};
use crate::notifications::NotificationState;
use crate::{FulfilOn, Payments, Timeouts, observe, timeouts};
use epay_domain::{
    Clock, Command, Doubt, Event, EventKind, InvoiceId, OrderId, Payment, PaymentStore, Refusal,
    Schedule, Source, StoreError, StoreErrorKind, Stored,
};
use std::time::Duration;

/// How often a write is tried again when somebody else wrote first. Each try that fails means that another one
/// succeeded, so running out of tries takes as many writers at once.
pub(crate) const WRITE_TRIES: usize = 32;

/// What became of a wish.
pub(crate) enum Intent {
    /// It is in the log.
    Written(Stored),
    /// The payment does not allow it.
    Refused(Stored, Refusal),
}

impl Intent {
    pub(crate) fn stored(self) -> Stored {
        match self {
            Intent::Written(stored) | Intent::Refused(stored, _) => stored,
        }
    }
}

/// Who writes, and by which clock. It has no bank: what is written here was asked and heard elsewhere.
pub(crate) struct LogWriter<'a> {
    pub(crate) store: &'a dyn PaymentStore,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) fulfil_on: FulfilOn,
    pub(crate) timeouts: Timeouts,
}

impl LogWriter<'_> {
    /// Writes a wish down, if the payment allows it; tries again on what somebody else wrote meanwhile.
    pub(crate) async fn intend(
        &self,
        mut stored: Stored,
        wish: &Command,
    ) -> Result<Intent, PayError> {
        let mut contended = false;
        for _ in 0..WRITE_TRIES {
            let event = match stored.payment.decide(wish.clone(), self.clock.now()) {
                Ok(event) => event,
                Err(refusal) => return Ok(Intent::Refused(stored, refusal)),
            };
            let mut schedule =
                self.schedule(&stored, &stored.payment.clone().apply(&event), contended);
            // What a person did at the bank before they ruled is seen by a status check, and not a day later.
            if matches!(wish, Command::Acknowledge(_)) && stored.payment.asked_at().is_some() {
                schedule.next_check_at = Some(self.clock.now());
            }
            match self.store.append(&stored, &[event], schedule).await {
                Ok(written) => {
                    observe::moved(&stored.payment, &written.payment);
                    return Ok(Intent::Written(written));
                }
                Err(error) if error.kind() == StoreErrorKind::Conflict => {
                    (stored, contended) = (self.reload(stored.payment.invoice()).await?, true);
                }
                Err(error) => return Err(PayError::store(error)),
            }
        }
        Err(PayError::store(StoreError::new(StoreErrorKind::Conflict)))
    }

    /// Adds a fact to the log; it is applied again to whatever somebody else wrote meanwhile, never lost.
    pub(crate) async fn record(
        &self,
        mut stored: Stored,
        event: Event,
    ) -> Result<Stored, StoreError> {
        let looked =
            matches!(&event.kind, EventKind::Observed(seen) if seen.source == Source::Status);
        let mut contended = false;
        for _ in 0..WRITE_TRIES {
            let after = stored.payment.clone().apply(&event);
            // A status check that teaches nothing moves only the time of the next one: the log hardly grows while we wait.
            let teaches = after != stored.payment && !self.is_nothing_new(&stored.payment, &after);
            let events = if looked && !teaches { &[][..] } else { std::slice::from_ref(&event) };
            let mut schedule = self.schedule(&stored, &after, contended);
            if looked {
                schedule.last_check_at = Some(self.clock.now());
            }
            match self.store.append(&stored, events, schedule).await {
                Err(error) if error.kind() == StoreErrorKind::Conflict => {
                    let fresh = self.store.load(stored.payment.invoice()).await?;
                    (stored, contended) =
                        (fresh.ok_or(StoreError::new(StoreErrorKind::NoSuchInvoice))?, true);
                }
                done => {
                    done.iter()
                        .for_each(|written| observe::moved(&stored.payment, &written.payment));
                    return done;
                }
            }
        }
        Err(StoreError::new(StoreErrorKind::Conflict))
    }

    /// Whether all that is new is that the bank still does not know it, and the log says so of a moment that is a short
    /// part of the whole time ago. So a flood of hints about it writes a few hundred lines a day and not one a second.
    fn is_nothing_new(&self, before: &Payment, after: &Payment) -> bool {
        let not_found = |payment: &Payment| match payment.pending().map(|pending| pending.doubt) {
            Some(Doubt::NotFound { since, last }) => Some((since, last)),
            _ => None,
        };
        let (Some((since, last)), Some((same, now))) = (not_found(before), not_found(after)) else {
            return false;
        };
        // What completes the proof that the attempt is dead is written as soon as it is heard.
        let completes = |not_found_window: Duration| {
            last.since(since) < not_found_window && not_found_window <= now.since(since)
        };
        let proves = completes(self.timeouts.not_found_window)
            || self.timeouts.reopen.is_some_and(completes);
        since == same
            && before.flags() == after.flags()
            && !proves
            && now.since(last) < last.since(since) / 30
    }

    /// When the payment is to be taken up again once it has become `after`. `contended` when somebody else wrote
    /// meanwhile: it may have been a hint, about something that we have not seen, and wants a status check of its own.
    fn schedule(&self, before: &Stored, after: &Payment, contended: bool) -> Schedule {
        let now = self.clock.now();
        let is_new = NotificationState::of(after, self.fulfil_on)
            .is_new_after(NotificationState::of(&before.payment, self.fulfil_on));
        let wanted = before.schedule.next_check_at.filter(|_| contended);
        Schedule {
            next_check_at: timeouts::next_check(after, now).into_iter().chain(wanted).min(),
            next_notify_at: if is_new { Some(now) } else { before.schedule.next_notify_at },
            last_check_at: before.schedule.last_check_at,
        }
    }

    pub(crate) async fn reload(&self, invoice: &InvoiceId) -> Result<Stored, PayError> {
        let stored = self.store.load(invoice).await.map_err(PayError::store)?;
        stored.ok_or(PayError::store(StoreError::new(StoreErrorKind::NoSuchInvoice)))
    }
}

impl Payments {
    /// See [`LogWriter::intend`].
    pub(crate) async fn intend(&self, stored: Stored, wish: &Command) -> Result<Intent, PayError> {
        self.log_writer().intend(stored, wish).await
    }

    /// See [`LogWriter::record`].
    pub(crate) async fn record(&self, stored: Stored, event: Event) -> Result<Stored, StoreError> {
        self.log_writer().record(stored, event).await
    }

    pub(crate) async fn current(&self, order: &str) -> Result<Stored, PayError> {
        let order = OrderId::new(order).map_err(PayError::id)?;
        let stored = self.store.current(&order).await.map_err(PayError::store)?;
        stored.ok_or(PayError::new(PayErrorKind::NoSuchOrder))
    }

    fn log_writer(&self) -> LogWriter<'_> {
        LogWriter {
            store: &*self.store,
            clock: &*self.clock,
            fulfil_on: self.fulfil_on,
            timeouts: self.timeouts,
        }
    }
}
