//! Delivery of notifications: what is due of each payment is judged by its current state, handed
//! over, and recorded.

use crate::error::PayError;
use crate::log_writer::Plan;
use crate::notification_state::{Due, Standing};
use crate::outcome::Attempt;
use crate::rt::Shutdown;
use crate::timeouts::{HOUR, MINUTE};
use crate::{Notification, Payments, observe};
use epay_domain::{
    Event, EventKind, NotificationKind, Payment, PaymentStatus, Queue, Schedule, StoreError,
    Stored, Timestamp,
};
use futures_util::future::{Either, FutureExt, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;

const AT_ONCE: usize = 64;
/// How soon what is withheld for another attempt of the order is judged anew.
const JUDGED_ANEW: Duration = HOUR;
/// Beyond what the handler may take for all that is due of one payment.
const LEASE: Duration = MINUTE.saturating_mul(2);
/// How long a handler that failed is left alone at first, and at most.
const PAUSE: (Duration, Duration) = (Duration::from_secs(2), MINUTE.saturating_mul(15));

impl Payments {
    /// Delivers what is due: one round. Answers how many notifications were taken in.
    ///
    /// Where there is no handler it tells nobody and keeps them.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// let delivered = shop.deliver_notifications().await?;
    /// # let _ = delivered; Ok(()) }
    /// ```
    pub async fn deliver_notifications(&self) -> Result<usize, PayError> {
        let (mut delivered, mut failed) = (0, None);
        let mut running = FuturesUnordered::new();
        for stored in self.claim_notifications(AT_ONCE).await.map_err(PayError::store)? {
            running.push(Box::pin(self.notify(stored)));
        }
        while let Some(done) = running.next().await {
            match done {
                Ok(taken) => delivered += taken,
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            Some(error) if delivered == 0 => Err(PayError::store(error)),
            _ => Ok(delivered),
        }
    }

    pub(crate) async fn keep_notifying(&self, pause: Duration, stop: Shutdown<'_>) {
        let mut running = FuturesUnordered::new();
        while stop.peek().is_none() && stop.clone().now_or_never().is_none() {
            let free = AT_ONCE.saturating_sub(running.len());
            let claimed = self.claim_notifications(free).await.unwrap_or_else(|error| {
                observe::failed("claim notifications", &error);
                Vec::new()
            });
            let wait = if claimed.is_empty() { pause } else { PAUSE.0 / 2 };
            for stored in claimed {
                running.push(Box::pin(self.notify(stored)));
            }
            let sleep = pin!(self.log.clock.sleep(wait));
            let ended = async {
                match running.next().await {
                    Some(done) => done,
                    None => std::future::pending().await,
                }
            };
            let ended = pin!(ended);
            if let Either::Left((Err(error), _)) = select(ended, select(sleep, stop.clone())).await
            {
                observe::failed("deliver a notification", &error);
            }
        }
        while running.next().await.is_some() {}
    }

    async fn claim_notifications(&self, most: usize) -> Result<Vec<Stored>, StoreError> {
        if self.handler.is_none() || most == 0 {
            return Ok(Vec::new());
        }
        let (store, now) = (&self.log.store, self.log.now());
        store.claim_due(Queue::Notifications, self.bank.terminal(), now, most, LEASE).await
    }

    /// Delivers what is due of one payment, as it stands now, and writes down what was taken in.
    async fn notify(&self, stored: Stored) -> Result<usize, StoreError> {
        let judged = self.judged(stored).await?;
        let (mut taken_in, mut retry) = (Vec::new(), None);
        for notification in self.notifications(&judged, |it| !it.said) {
            let taken = self.handled(&notification).await;
            observe::notified(&notification, taken.as_ref().err().map(|error| &**error));
            if taken.is_err() {
                retry = Some(self.log.now() + pause(&judged.history, self.log.now()));
                break;
            }
            taken_in.push(Event { at: self.log.now(), kind: notification.said() });
        }
        let delivered = taken_in.len();
        let again = retry.or(judged.later);
        self.write_taken_in(judged, taken_in, again).await.map(|()| delivered)
    }

    /// The notifications that a payment's current state calls for.
    pub(crate) async fn judged(&self, stored: Stored) -> Result<Judged, StoreError> {
        let history = self.log.store.history(stored.payment.invoice()).await?;
        // Somebody may have written since the claim: what is said and the attempt are of one moment.
        let payment = history.iter().fold(opened(&stored), Payment::apply);
        let stored = Stored { payment, ..stored };
        let (fulfil_on, timeouts, now) = (self.log.fulfil_on, &self.log.timeouts, self.log.now());
        let due = Due::of(opened(&stored), &history, fulfil_on, timeouts, now);
        let (mut standing, mut later) = (due.standing, due.later);
        for it in &mut standing {
            let ships = it.kind == NotificationKind::Captured && !it.said;
            if ships && self.is_paid_by_another(&stored).await? {
                // Two attempts of one order have money: nothing is shipped twice, and a person looks.
                later = Some(now + JUDGED_ANEW);
                it.kind = NotificationKind::NeedsAttention;
                let said = EventKind::Notified { kind: it.kind, through: it.number };
                it.said = history.iter().any(|event| event.kind == said);
            }
        }
        Ok(Judged { stored, history, standing, later })
    }

    /// Those of them that `which` takes.
    pub(crate) fn notifications(
        &self,
        judged: &Judged,
        which: impl Fn(&Standing) -> bool,
    ) -> Vec<Notification> {
        let attempt = Attempt::of(judged.stored.clone(), self.log.fulfil_on);
        let standing = judged.standing.iter().filter(|it| which(it));
        standing.map(|it| Notification::new(it.kind, it.number, attempt.clone())).collect()
    }

    /// Writes down what was taken in, and judges the payment anew at `again`.
    pub(crate) async fn write_taken_in(
        &self,
        judged: Judged,
        taken_in: Vec<Event>,
        again: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let payment = judged.stored.payment.clone();
        let written = self.log.write(judged.stored, |stored, _| {
            // Whoever wrote meanwhile may have brought something new, which the next round will see.
            // One that has only claimed it, too, has brought nothing: two that put it off for each other
            // would claim it for ever.
            let news = stored.payment != payment;
            let planned = stored.schedule.next_notify_at.filter(|_| news);
            let next_notify_at = planned.into_iter().chain(again).min();
            Plan::Write(taken_in.clone(), Schedule { next_notify_at, ..stored.schedule })
        });
        written.await.map(drop)
    }

    pub(crate) async fn handled(
        &self,
        notification: &Notification,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let Some(handler) = &self.handler else { return Ok(()) };
        let deadline = pin!(self.log.clock.sleep(self.log.timeouts.handler));
        // What panics in there is the shop's, and stops nothing here.
        let handled = AssertUnwindSafe(handler.handle(notification)).catch_unwind();
        match select(handled, deadline).await {
            Either::Left((Ok(taken), _)) => taken,
            Either::Left((Err(_), _)) => Err("the handler panicked".into()),
            Either::Right(_) => Err("the handler took too long".into()),
        }
    }

    /// Whether a newer attempt of the order is paid, or was, or an older one is and the shop has heard
    /// of it: then it is shipped already, or will be.
    async fn is_paid_by_another(&self, stored: &Stored) -> Result<bool, StoreError> {
        let Some(present) = self.log.store.current(&stored.order).await? else { return Ok(false) };
        let newer = present.payment.invoice() != stored.payment.invoice();
        let status = present.payment.status();
        let was = matches!(status, PaymentStatus::Refunded | PaymentStatus::Disputed);
        if newer && (was || status == PaymentStatus::Paid) {
            return Ok(true);
        }
        for older in self.log.before(stored).await? {
            if older.payment.status() == PaymentStatus::Paid {
                let history = self.log.store.history(older.payment.invoice()).await?;
                let told = |event: &Event| {
                    let captured = NotificationKind::Captured;
                    matches!(event.kind, EventKind::Notified { kind, .. } if kind == captured)
                };
                if history.iter().any(told) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

/// A payment and what there is to say of it, of one moment.
pub(crate) struct Judged {
    pub(crate) stored: Stored,
    history: Vec<Event>,
    pub(crate) standing: Vec<Standing>,
    /// When to look again.
    pub(crate) later: Option<Timestamp>,
}

/// The payment before its first event.
fn opened(stored: &Stored) -> Payment {
    let payment = &stored.payment;
    let (invoice, terminal) = (payment.invoice().clone(), payment.terminal().clone());
    Payment::open(invoice, payment.ordered(), terminal).with_tag(payment.tag())
}

/// As long again as the last event has waited already.
fn pause(history: &[Event], now: Timestamp) -> Duration {
    let waited = history.last().map(|event| now.since(event.at)).unwrap_or_default();
    waited.clamp(PAUSE.0, PAUSE.1)
}
