//! Notifications: the current state of a payment for the shop, read from the log and delivered at
//! least once under the same id.

use crate::outcome::Attempt;
use async_trait::async_trait;
use epay_domain::{EventKind, NotificationKind};
use std::error::Error;
use std::fmt::Debug;

/// The shop's handler, which ships, books and informs.
///
/// # Contract
/// - A notification comes at least once: again after a failure, after a crash, when it took longer
///   than [`Timeouts::handler`](crate::Timeouts::handler), and also to another process at the same
///   time, if the payment was written to meanwhile. The same notification has the same
///   [`id`](Notification::id) each time, so whoever has seen the id answers `Ok` and does nothing.
/// - It tells the present: what is not true any more when it could be delivered is not delivered.
///   [`NotificationKind::Captured`] comes once for an attempt, and only while it is paid,
///   uncontradicted and not given back.
/// - One process brings the notifications of one attempt in order, and the next only after `Ok` for
///   the one before. A call that hangs delays no status check; it holds one of 64 places until its
///   deadline.
/// - `Err` leaves it undelivered: it comes again later, for ever, as long as it is true.
#[async_trait]
pub trait NotificationHandler: Debug + Send + Sync {
    /// Takes the notification in, durably. Dropped when it takes too long.
    async fn handle(&self, notification: &Notification)
    -> Result<(), Box<dyn Error + Send + Sync>>;
}

/// Something about a payment that a shop acts on.
#[derive(Clone, Debug)]
pub struct Notification {
    kind: NotificationKind,
    through: u64,
    attempt: Attempt,
    again: bool,
}

impl Notification {
    pub(crate) fn new(kind: NotificationKind, through: u64, attempt: Attempt) -> Notification {
        Notification { kind, through, attempt, again: false }
    }

    pub(crate) fn again(self) -> Notification {
        Notification { again: true, ..self }
    }

    /// That it was taken in.
    pub(crate) fn said(&self) -> EventKind {
        EventKind::Notified { kind: self.kind, through: self.through }
    }

    /// Its kind.
    pub fn kind(&self) -> NotificationKind {
        self.kind
    }

    /// The same for the same notification, however often it is delivered: the invoice number, the
    /// number of the event that it is about, its kind.
    pub fn id(&self) -> String {
        format!("{}-{}-{}", self.attempt.invoice(), self.through, self.kind)
    }

    /// Whether somebody has asked for it once more, by [`notify_again`](crate::Payments::notify_again): it
    /// may have been taken in before.
    pub fn is_repeated(&self) -> bool {
        self.again
    }

    /// The attempt as it stands now.
    pub fn attempt(&self) -> &Attempt {
        &self.attempt
    }
}
