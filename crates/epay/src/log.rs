//! Writing into the log: a wish is judged anew on what somebody else wrote meanwhile, a fact is never lost.

use crate::error::{PayError, PayErrorKind};
use crate::news::Told;
use crate::{FulfilOn, Patience, Payments, observe, patience};
use epay_domain::{
    Agenda, Clock, Command, Doubt, Event, InvoiceId, OrderId, Payment, PaymentStore, Refusal,
    Source, StoreError, StoreErrorKind, Stored, What,
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
pub(crate) struct Pen<'a> {
    pub(crate) store: &'a dyn PaymentStore,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) fulfil_on: FulfilOn,
    pub(crate) patience: Patience,
}

impl Pen<'_> {
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
            let mut agenda = self.agenda(&stored, &stored.payment.clone().apply(&event), contended);
            // What a person did at the bank before he ruled is seen by a look, and not a day later.
            if matches!(wish, Command::Acknowledge(_)) && stored.payment.asked_at().is_some() {
                agenda.look = Some(self.clock.now());
            }
            match self.store.append(&stored, &[event], agenda).await {
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
        let looked = matches!(&event.what, What::Observed(seen) if seen.source == Source::Status);
        let mut contended = false;
        for _ in 0..WRITE_TRIES {
            let after = stored.payment.clone().apply(&event);
            // A look that teaches nothing moves only the time of the next one: the log hardly grows while we wait.
            let teaches = after != stored.payment && !self.is_old_news(&stored.payment, &after);
            let events = if looked && !teaches { &[][..] } else { std::slice::from_ref(&event) };
            let mut agenda = self.agenda(&stored, &after, contended);
            if looked {
                agenda.looked = Some(self.clock.now());
            }
            match self.store.append(&stored, events, agenda).await {
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
    fn is_old_news(&self, before: &Payment, after: &Payment) -> bool {
        let not_found = |payment: &Payment| match payment.pending().map(|pending| pending.doubt) {
            Some(Doubt::NotFound { since, last }) => Some((since, last)),
            _ => None,
        };
        let (Some((since, last)), Some((same, now))) = (not_found(before), not_found(after)) else {
            return false;
        };
        // What completes the proof that the attempt is dead is written as soon as it is heard.
        let completes = |fence: Duration| last.since(since) < fence && fence <= now.since(since);
        let proves = completes(self.patience.fence) || self.patience.reopen.is_some_and(completes);
        since == same
            && before.flags() == after.flags()
            && !proves
            && now.since(last) < last.since(since) / 30
    }

    /// When the payment is to be taken up again once it has become `after`. `contended` when somebody else wrote
    /// meanwhile: it may have been a hint, about something that we have not seen, and wants a look of its own.
    fn agenda(&self, before: &Stored, after: &Payment, contended: bool) -> Agenda {
        let now = self.clock.now();
        let is_news = Told::of(after, self.fulfil_on)
            .is_news_after(Told::of(&before.payment, self.fulfil_on));
        let wanted = before.agenda.look.filter(|_| contended);
        Agenda {
            look: patience::next_look(after, now).into_iter().chain(wanted).min(),
            tell: if is_news { Some(now) } else { before.agenda.tell },
            looked: before.agenda.looked,
        }
    }

    pub(crate) async fn reload(&self, invoice: &InvoiceId) -> Result<Stored, PayError> {
        let stored = self.store.load(invoice).await.map_err(PayError::store)?;
        stored.ok_or(PayError::store(StoreError::new(StoreErrorKind::NoSuchInvoice)))
    }
}

impl Payments {
    /// See [`Pen::intend`].
    pub(crate) async fn intend(&self, stored: Stored, wish: &Command) -> Result<Intent, PayError> {
        self.pen().intend(stored, wish).await
    }

    /// See [`Pen::record`].
    pub(crate) async fn record(&self, stored: Stored, event: Event) -> Result<Stored, StoreError> {
        self.pen().record(stored, event).await
    }

    pub(crate) async fn current(&self, order: &str) -> Result<Stored, PayError> {
        let order = OrderId::new(order).map_err(PayError::id)?;
        let stored = self.store.current(&order).await.map_err(PayError::store)?;
        stored.ok_or(PayError::new(PayErrorKind::NoSuchOrder))
    }

    fn pen(&self) -> Pen<'_> {
        Pen {
            store: &*self.store,
            clock: &*self.clock,
            fulfil_on: self.fulfil_on,
            patience: self.patience,
        }
    }
}
