//! Notifications: what the shop has to be told, read from the log itself and told at least once under the same name.

use crate::log_writer::WRITE_TRIES;
use crate::outcome::Attempt;
use crate::shutdown::Shutdown;
use crate::{FulfilOn, PayError, Payments, observe};
use async_trait::async_trait;
use epay_domain::{
    Event, EventKind, Flags, Money, Payment, PaymentStatus, Queue, Schedule, State, StoreError,
    StoreErrorKind, Stored, Timestamp,
};
use std::error::Error;
use std::fmt::{self, Debug};
use std::future::pending;
use std::pin::pin;
use std::time::Duration;

const AT_ONCE: usize = 16;
const LEASE: Duration = Duration::from_secs(120);
/// How long a handler that failed is left alone at first, and at most.
const PAUSE: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(15 * 60));

/// Whoever ships, books and informs: the shop's side of the log.
///
/// # Contract
/// - A notification comes at least once: again after a failure, after a crash, when it took long, and also to another process at the
///   same time, if the payment was written to meanwhile. The same notification has the same [`id`](Notification::id) each time, so whoever
///   has seen the id answers `Ok` and does nothing.
/// - One process brings the notifications of one attempt in order, and the next only after `Ok` for the one before.
/// - `Err` leaves it untold: it comes again later, for ever.
#[async_trait]
pub trait NotificationHandler: Debug + Send + Sync {
    /// Takes the notification in, durably.
    async fn handle(&self, notification: &Notification)
    -> Result<(), Box<dyn Error + Send + Sync>>;
}

/// Something about a payment that a shop acts on.
#[derive(Clone, Debug)]
pub struct Notification {
    /// What happened.
    pub kind: NotificationKind,
    number: u64,
    attempt: Attempt,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotificationKind {
    /// The money is held: capture it or void it.
    Held,
    /// The money is taken: ship. It comes once for an attempt, and for an older attempt, which a person has kept, only while
    /// the order's present one is not paid.
    Captured,
    /// Some or all of it was given back, by us or in the bank's own portal.
    Refunded,
    /// The hold is gone.
    Voided,
    /// The bank declined; the payer may try again.
    Declined,
    /// The attempt ended without money moving; the payer may try again.
    NotExecuted,
    /// A person has to look; nothing may be shipped until then.
    Flagged,
}

impl Notification {
    /// The same for the same notification, however often it is told: the invoice number, a dash, the number of the event.
    pub fn id(&self) -> String {
        format!("{}-{}", self.attempt.invoice(), self.number)
    }

    /// The attempt, as it stood when this happened.
    pub fn attempt(&self) -> &Attempt {
        &self.attempt
    }
}

impl fmt::Display for NotificationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotificationKind::Held => "held",
            NotificationKind::Captured => "captured",
            NotificationKind::Refunded => "refunded",
            NotificationKind::Voided => "voided",
            NotificationKind::Declined => "declined",
            NotificationKind::NotExecuted => "not executed",
            NotificationKind::Flagged => "flagged",
        })
    }
}

/// What there is to tell of a payment as it stands: a person has to look, or where the money is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NotificationState {
    flags: Flags,
    money: Option<(NotificationKind, Option<Money>)>,
    /// Whether it was ever said that the money is taken.
    captured: bool,
}

impl NotificationState {
    pub(crate) fn of(payment: &Payment, fulfil_on: FulfilOn) -> NotificationState {
        let (captured, refunded) = match payment.state() {
            State::Captured { captured, refunded } => (captured, refunded),
            _ => (None, None),
        };
        let certain = fulfil_on == FulfilOn::Reply || payment.confirmed_by_status();
        let money = match payment.status() {
            PaymentStatus::Held => Some((NotificationKind::Held, None)),
            PaymentStatus::Paid if !certain => None,
            PaymentStatus::Paid if refunded.is_some_and(|sum| !sum.is_zero()) => {
                Some((NotificationKind::Refunded, refunded))
            }
            PaymentStatus::Paid => Some((NotificationKind::Captured, captured)),
            PaymentStatus::Refunded => Some((NotificationKind::Refunded, refunded)),
            PaymentStatus::Voided | PaymentStatus::Verified => {
                Some((NotificationKind::Voided, None))
            }
            PaymentStatus::Declined => Some((NotificationKind::Declined, None)),
            PaymentStatus::NotExecuted | PaymentStatus::Abandoned => {
                Some((NotificationKind::NotExecuted, None))
            }
            PaymentStatus::New
            | PaymentStatus::AwaitingPayer
            | PaymentStatus::Unknown
            | PaymentStatus::Disputed => None,
        };
        NotificationState { flags: payment.flags(), money, captured: false }
    }

    /// Whether anything is to be said that was not the case before.
    pub(crate) fn is_new_after(self, before: NotificationState) -> bool {
        self != before && (!self.flags.is_empty() || self.money.is_some())
    }

    /// What to say when the payment has come to `next`, and what is then known to have been said. Between two answers
    /// there is nothing to say, and coming back to what was said before is not new.
    fn moved_to(self, next: NotificationState) -> (NotificationState, Option<NotificationKind>) {
        if !next.flags.is_empty() {
            let kind = (next.flags != self.flags).then_some(NotificationKind::Flagged);
            return (NotificationState { flags: next.flags, ..self }, kind);
        }
        match next.money {
            Some((kind, _)) if next.money != self.money => {
                let captured = self.captured || kind == NotificationKind::Captured;
                let again = self.captured && kind == NotificationKind::Captured;
                (NotificationState { captured, ..next }, (!again).then_some(kind))
            }
            _ => (NotificationState { flags: next.flags, ..self }, None),
        }
    }
}

/// The notifications of a payment that nobody was told yet, oldest first.
fn untold(stored: &Stored, history: &[Event], fulfil_on: FulfilOn) -> Vec<Notification> {
    let payment = &stored.payment;
    let mut payment =
        Payment::open(payment.invoice().clone(), payment.ordered(), payment.terminal().clone());
    let (mut told, mut notifications, mut upto) =
        (NotificationState::of(&payment, fulfil_on), Vec::new(), 0);
    for (event, number) in history.iter().zip(1..) {
        payment = payment.apply(event);
        if let EventKind::Notified(number) = event.kind {
            upto = upto.max(number);
        }
        let (next, kind) = told.moved_to(NotificationState::of(&payment, fulfil_on));
        told = next;
        if let Some(kind) = kind {
            let then = Stored { payment: payment.clone(), ..stored.clone() };
            notifications.push(Notification { kind, number, attempt: Attempt::of(then) });
        }
    }
    notifications.retain(|notification| notification.number > upto);
    notifications
}

impl Payments {
    /// Tells the handler what is new: one round. Answers how much of it was taken in.
    ///
    /// Where there is no handler it tells nobody and keeps the notifications.
    pub async fn deliver_notifications(&self) -> Result<usize, PayError> {
        let mut never = pin!(pending());
        self.deliver_round(&mut Shutdown::when(never.as_mut())).await
    }

    pub(crate) async fn deliver_round(&self, stop: &mut Shutdown<'_>) -> Result<usize, PayError> {
        let Some(handler) = &self.handler else { return Ok(0) };
        let terminal = self.bank.terminal();
        let due =
            self.store.claim_due(Queue::Notifications, terminal, self.now(), AT_ONCE, LEASE).await;
        let (mut taken_in, mut failed) = (0, None);
        for stored in due.map_err(PayError::store)? {
            if stop.is_requested().await {
                self.give_back(&stored).await;
                continue;
            }
            // What can't be read or written of one payment holds up the notifications of no other.
            match self.deliver_of(&**handler, stored).await {
                Ok(taken) => taken_in += taken,
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            Some(error) if taken_in == 0 => Err(PayError::store(error)),
            _ => Ok(taken_in),
        }
    }

    /// Whether the order's present attempt is another one, and paid: then it is shipped already.
    async fn is_paid_by_another(&self, stored: &Stored) -> Result<bool, StoreError> {
        let present = self.store.current(&stored.order).await?;
        Ok(present.is_some_and(|present| {
            let shipped = matches!(
                present.payment.status(),
                PaymentStatus::Paid | PaymentStatus::Refunded | PaymentStatus::Disputed
            );
            present.payment.invoice() != stored.payment.invoice() && shipped
        }))
    }

    async fn deliver_of(
        &self,
        handler: &dyn NotificationHandler,
        mut stored: Stored,
    ) -> Result<usize, StoreError> {
        let history = self.store.history(stored.payment.invoice()).await?;
        let (mut taken_in, mut upto, mut failed) = (0, None, false);
        for notification in untold(&stored, &history, self.fulfil_on) {
            if notification.kind == NotificationKind::Captured
                && self.is_paid_by_another(&stored).await?
            {
                upto = Some(notification.number);
                continue;
            }
            failed = handler.handle(&notification).await.is_err();
            observe::told(&notification, !failed);
            if failed {
                break;
            }
            (taken_in, upto) = (taken_in + 1, Some(notification.number));
        }
        let told: Vec<Event> = upto
            .map(|upto| Event { at: self.now(), kind: EventKind::Notified(upto) })
            .into_iter()
            .collect();
        let mut tell = failed.then(|| self.now() + pause(&history, self.now()));
        for _ in 0..WRITE_TRIES {
            match self
                .store
                .append(&stored, &told, Schedule { next_notify_at: tell, ..stored.schedule })
                .await
            {
                Err(error) if error.kind() == StoreErrorKind::Conflict => {
                    let fresh = self.store.load(stored.payment.invoice()).await?;
                    stored = fresh.ok_or(StoreError::new(StoreErrorKind::NoSuchInvoice))?;
                    // Whoever wrote may have brought something new, which the next round will see.
                    tell = stored.schedule.next_notify_at;
                }
                done => return done.map(|_| taken_in),
            }
        }
        Err(StoreError::new(StoreErrorKind::Conflict))
    }
}

/// As long again as the notification has waited already.
fn pause(history: &[Event], now: Timestamp) -> Duration {
    let waited = history.last().map(|event| now.since(event.at)).unwrap_or_default();
    waited.clamp(PAUSE.0, PAUSE.1)
}
