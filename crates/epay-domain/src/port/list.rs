//! The query of a list of attempts, and the keys by which a store finds them.

use crate::{
    Event, FulfilOn, InvoiceId, Payment, PaymentStatus, StoreError, Stored, Timestamp, WaitsFor,
};
use alloc::vec::Vec;
use core::ops::RangeInclusive;
use core::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A part of a list of attempts, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// Which attempts it has.
    pub filter: ListFilter,
    /// When they were opened.
    pub opened: RangeInclusive<Timestamp>,
    /// Only what comes after this one in the list, whether it is in the list itself or not.
    pub after: Option<InvoiceId>,
    /// How many at most.
    pub limit: usize,
}

/// Which attempts a list has. By time and amount of work a store answers with what it has in columns,
/// so this asks for nothing but [`ListKeys`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListFilter {
    /// All.
    All,
    /// Attempts with this status.
    Status(PaymentStatus),
    /// Attempts that wait for the bank or for the payer.
    Open,
    /// Attempts that need a person: disputed, or open for too long.
    NeedsAttention {
        /// An attempt that has been open since then, or longer, is overdue.
        open_since: Timestamp,
    },
}

/// The keys by which a list finds an attempt: read from the fold of its events, and never set otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListKeys {
    /// As it is told to a shop that ships on a status.
    pub status: PaymentStatus,
    /// Since when it waits for the bank or for the payer, if it does. That a payer has left the bank's
    /// pay form is no news: there it is a day after they could pay last.
    pub open_since: Option<Timestamp>,
}

/// An attempt as a list has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The attempt.
    pub stored: Stored,
    /// Its events, oldest first.
    pub events: Vec<Event>,
}

/// How many attempts a list has, and since when the one that has waited longest does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How many there are.
    pub attempts: u64,
    /// The earliest [`ListKeys::open_since`] of them, if any has one.
    pub open_since: Option<Timestamp>,
}

impl Count {
    /// With one more.
    pub fn and(self, keys: ListKeys) -> Count {
        let attempts = self.attempts.saturating_add(1);
        Count { attempts, open_since: self.open_since.into_iter().chain(keys.open_since).min() }
    }
}

/// Attempts in the order of a list, each read or not.
pub type Page = Vec<(InvoiceId, Result<Listed, StoreError>)>;

impl ListQuery {
    /// The newest of all attempts.
    pub fn newest(limit: usize) -> ListQuery {
        let opened = Timestamp::from_unix_millis(0)..=Timestamp::from_unix_millis(u64::MAX);
        ListQuery { filter: ListFilter::All, opened, after: None, limit }
    }

    /// Only attempts after the one with this number.
    pub fn after(self, invoice: InvoiceId) -> ListQuery {
        ListQuery { after: Some(invoice), ..self }
    }
}

impl ListFilter {
    /// The statuses that it takes, and since when at the latest they are so; `None` for all. Each is
    /// one search of an index, and no attempt is found by two of them.
    pub fn searches(self) -> Option<Vec<(PaymentStatus, Option<Timestamp>)>> {
        let open =
            |since| [PaymentStatus::AwaitingPayer, PaymentStatus::Unknown].map(|it| (it, since));
        match self {
            ListFilter::All => None,
            ListFilter::Status(status) => Some([(status, None)].into()),
            ListFilter::Open => Some(open(None).into()),
            ListFilter::NeedsAttention { open_since } => {
                let disputed = [(PaymentStatus::Disputed, None)];
                Some(disputed.into_iter().chain(open(Some(open_since))).collect())
            }
        }
    }

    /// Whether the list has an attempt with these keys.
    pub fn takes(self, keys: ListKeys) -> bool {
        self.searches().is_none_or(|searches| {
            searches.into_iter().any(|(status, since)| {
                let overdue = |since| keys.open_since.is_some_and(|open| open <= since);
                status == keys.status && since.is_none_or(overdue)
            })
        })
    }
}

impl Payment {
    /// The keys by which a list finds it.
    pub fn list_keys(&self) -> ListKeys {
        let status = self.status_on(FulfilOn::Status);
        let open = matches!(status, PaymentStatus::Unknown | PaymentStatus::AwaitingPayer);
        let pending = self.pending();
        let left = pending.as_ref().filter(|it| it.waits_for == WaitsFor::Payer);
        let left = left.and_then(|_| self.handed_over_until()).map(|until| until + DAY);
        let since = left.or(pending.map(|pending| pending.since)).or(self.heard_at());
        ListKeys { status, open_since: since.or(self.asked_at()).filter(|_| open) }
    }
}
