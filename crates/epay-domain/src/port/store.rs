//! The port of the log: one stream of events for each invoice, one live attempt for each order.

use super::list::{Count, ListFilter, ListQuery, Page};
use crate::{
    AttemptTag, DeadProof, Event, InvoiceId, Money, OrderId, Payment, PaymentStatus, ReplayKey,
    TerminalId, Timestamp,
};
use alloc::boxed::Box;
use alloc::vec::Vec;
use async_trait::async_trait;
use core::error::Error;
use core::fmt::{self, Debug};
use core::time::Duration;

/// The log of all payments.
///
/// # Contract
/// - [`create`](PaymentStore::create) is atomic for each order: of any number of callers one gets `New`, all others the
///   attempt that is there. With a proof that names the order's present attempt, and while that attempt is still
///   [`dead`](Payment::dead), it opens the next one; with any other proof it answers `Existing`.
/// - A replay key belongs for ever to the first attempt that `create` gave it to: one that it opened, or one that is
///   there, is still [`PaymentStatus::New`](crate::PaymentStatus::New), and is for the sum of `new`. For any other such attempt
///   `create` answers `Replayed`, and opens none. Atomic for each key: of any number of callers with different orders one
///   gets it. Another attempt that is there is `Existing`, and leaves the key as it was: it will not be paid with there.
/// - Invoice numbers come from a counter: each is given out once, to one attempt, for ever.
/// - [`append`](PaymentStore::append) writes all events and the schedule, or nothing, and only while `onto` is the newest
///   version; otherwise it answers [`StoreErrorKind::Conflict`] and has written nothing.
/// - What `append` has answered `Ok` for survives whatever the store promises to survive, and is seen by every later read.
///   What only `create` or `claim_due` has answered is seen as well, but may go with the machine, as if nobody had called:
///   act on a number once something is appended to it.
/// - [`history`](PaymentStore::history) is the events in the order of their appends, and [`Stored::payment`] is their fold
///   from [`Payment::open`].
/// - A fresh attempt has an empty [`Schedule`]. Each `append` writes it anew, and ends a lease on the payment.
/// - [`claim_due`](PaymentStore::claim_due) gives one payment to one caller at a time, until the lease has passed, and
///   gives it a new version each time: whoever held it before can write no more without having read. Due, too, is what is
///   planned beyond [`Queue::horizon`], and free is what is leased until more than [`CLOCK_AHEAD`] after a lease that
///   begins now: a clock said so that was ahead and has gone back since.
/// - [`list`](PaymentStore::list) gives the attempts of all terminals that the query
///   [takes](crate::ListFilter::takes), by what their events fold to now and by when `create` opened them: the
///   last opened first, and of one time the highest number as text. Page after page, each but the first
///   `after` the last attempt of the one before, it gives each once; what is opened meanwhile may be
///   missing. After a number that nobody has comes nothing.
#[async_trait]
pub trait PaymentStore: Debug + Send + Sync {
    /// Opens an attempt for the order, or gives the one that is there.
    async fn create(
        &self,
        new: NewPayment,
        at: Timestamp,
        after: Option<DeadProof>,
    ) -> Result<Created, StoreError>;

    /// The attempt of this invoice.
    async fn load(&self, invoice: &InvoiceId) -> Result<Option<Stored>, StoreError>;

    /// The order's present attempt.
    async fn current(&self, order: &OrderId) -> Result<Option<Stored>, StoreError>;

    /// The events of this invoice, oldest first; empty when there is none.
    async fn history(&self, invoice: &InvoiceId) -> Result<Vec<Event>, StoreError>;

    /// Adds events to the log of the attempt `onto`, as this store gave it, and says when it is to be taken up again.
    async fn append(
        &self,
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError>;

    /// At most `limit` payments of `terminal` that are due in `queue`, the longest overdue first, kept from other callers
    /// of any queue for `lease`.
    async fn claim_due(
        &self,
        queue: Queue,
        terminal: &TerminalId,
        now: Timestamp,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Stored>, StoreError>;

    /// A page of the attempts of all terminals, the newest first, each with its events. One that can't
    /// be read is an error in its place, and holds up no other.
    async fn list(&self, query: ListQuery) -> Result<Page, StoreError>;

    /// How many attempts the list of `filter` has, and since when one of them is open. Unless a store has
    /// an index to count by, it goes through the list; what can't be read is then not counted.
    async fn count(&self, filter: ListFilter) -> Result<Count, StoreError> {
        let (mut query, mut count) =
            (ListQuery { filter, ..ListQuery::newest(COUNTED_AT_ONCE) }, Count::default());
        loop {
            let page = self.list(query.clone()).await?;
            let read = page.iter().filter_map(|(_, listed)| listed.as_ref().ok());
            count = read.fold(count, |count, it| count.and(it.stored.payment.list_keys()));
            match page.into_iter().last() {
                Some((last, _)) => query.after = Some(last),
                None => return Ok(count),
            }
        }
    }
}

/// How many attempts are gone through at once where a store has nothing to count by.
const COUNTED_AT_ONCE: usize = 100;

/// When a payment is to be taken up again. The store keeps it as it was given, and finds by it what is
/// due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// When to ask the bank about it next; `None` for never.
    pub next_check_at: Option<Timestamp>,
    /// In which of the two queues of checks it waits.
    pub check_class: CheckClass,
    /// When to notify the shop about it; `None` when there is nothing to say.
    pub next_notify_at: Option<Timestamp>,
    /// When the bank was asked about it last.
    pub last_check_at: Option<Timestamp>,
}

/// Whose checks come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckClass {
    /// Money that is unknown, watched as a late success, or contradicted.
    #[default]
    Unknown,
    /// Settled: looked at again in case the bank changes its word.
    Settled,
}

/// The reasons for which a payment can be due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// A check of [`CheckClass::Unknown`], by [`Schedule::next_check_at`].
    UnknownChecks,
    /// A check of [`CheckClass::Settled`], by [`Schedule::next_check_at`].
    SettledChecks,
    /// A notification of the shop, by [`Schedule::next_notify_at`].
    Notifications,
}

/// How far ahead of another a clock may be before what it has planned is not believed.
pub const CLOCK_AHEAD: Duration = Duration::from_secs(2 * 60 * 60);

impl Queue {
    /// How far ahead anything of this queue is planned, and [`CLOCK_AHEAD`] more.
    pub const fn horizon(self) -> Duration {
        let hours = match self {
            Queue::UnknownChecks => 1,
            Queue::SettledChecks => 30 * 24,
            Queue::Notifications => 24,
        };
        Duration::from_secs(hours * 60 * 60).saturating_add(CLOCK_AHEAD)
    }
}

impl Schedule {
    /// When the payment is planned in `queue`.
    pub fn due(&self, queue: Queue) -> Option<Timestamp> {
        let check = |class| self.next_check_at.filter(|_| self.check_class == class);
        match queue {
            Queue::UnknownChecks => check(CheckClass::Unknown),
            Queue::SettledChecks => check(CheckClass::Settled),
            Queue::Notifications => self.next_notify_at,
        }
    }
}

/// The data of an attempt to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPayment {
    /// The merchant's order.
    pub order: OrderId,
    /// The ordered sum.
    pub amount: Money,
    /// The terminal it is paid on.
    pub terminal: TerminalId,
    /// The replay key of its method, if that can pay only once.
    pub replay: Option<ReplayKey>,
    /// The tag that will tell its operation from all others. Kept for ever with the attempt.
    pub tag: Option<AttemptTag>,
}

/// An attempt as the store holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The merchant's order.
    pub order: OrderId,
    /// Which of its versions this is.
    pub version: Version,
    /// The fold of its events.
    pub payment: Payment,
    /// When it is to be taken up again.
    pub schedule: Schedule,
    /// Until when a caller has claimed it.
    pub leased_until: Option<Timestamp>,
    /// The order's attempt before this one.
    pub previous: Option<InvoiceId>,
}

impl Stored {
    /// Whether a claim of `queue` takes it at `now`, for `lease`.
    pub fn is_claimable(&self, queue: Queue, now: Timestamp, lease: Duration) -> bool {
        let longest = now + lease + CLOCK_AHEAD;
        let free = self.leased_until.is_none_or(|until| until <= now || until > longest);
        let due = |at: Timestamp| at <= now || at > now + queue.horizon();
        free && self.schedule.due(queue).is_some_and(due)
    }

    /// An attempt that was just opened.
    pub fn opened(order: OrderId, payment: Payment, previous: Option<InvoiceId>) -> Stored {
        Stored {
            order,
            version: Version(0),
            payment,
            schedule: Schedule::default(),
            leased_until: None,
            previous,
        }
    }

    /// What an append onto this makes of it. A store that has made sure that nobody wrote since answers with it.
    pub fn appended(&self, events: &[Event], schedule: Schedule) -> Stored {
        let payment = events.iter().fold(self.payment.clone(), Payment::apply);
        let version = Version(self.version.0.saturating_add(1));
        let (order, previous) = (self.order.clone(), self.previous.clone());
        Stored { order, version, payment, schedule, leased_until: None, previous }
    }
}

/// Counts what was written about a payment: each append and each claim makes a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u64);

/// The result of [`PaymentStore::create`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// A fresh attempt.
    New(Stored),
    /// The order's present attempt: this is a second click, or the proof was about an older attempt.
    Existing(Stored),
    /// Nothing was opened: another attempt, of this or of another order, has the replay key.
    Replayed,
}

/// What [`PaymentStore::create`] does. A store asks [`CreateRule::judge`] within the transaction that
/// opens the attempt, and does what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateRule {
    /// Open a new attempt under the next invoice number, and give it the replay key.
    Open,
    /// Answer with the present attempt. With `claims`, give it the replay key.
    Existing {
        /// Whether the replay key of the new payment becomes the present attempt's.
        claims: bool,
    },
    /// Open nothing: another attempt has the replay key.
    Replayed,
}

impl CreateRule {
    /// What to do for `new`, where `present` is the order's present attempt, `after` the proof that
    /// was handed in, and `owner` the invoice that has the replay key of `new`.
    pub fn judge(
        new: &NewPayment,
        present: Option<&Payment>,
        after: Option<&DeadProof>,
        owner: Option<&InvoiceId>,
    ) -> CreateRule {
        let Some(present) = present else {
            return if owner.is_some() { CreateRule::Replayed } else { CreateRule::Open };
        };
        // Asked again here, because what was dead may have come to life since the proof was made.
        if after.is_some() && after == present.dead().as_ref() {
            return if owner.is_some() { CreateRule::Replayed } else { CreateRule::Open };
        }
        let is_meant = present.status() == PaymentStatus::New && present.ordered() == new.amount;
        match (is_meant, owner) {
            (true, Some(owner)) if owner != present.invoice() => CreateRule::Replayed,
            (true, None) => CreateRule::Existing { claims: new.replay.is_some() },
            _ => CreateRule::Existing { claims: false },
        }
    }
}

/// Why the store did not do it.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The kind of failure, which says who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Somebody else wrote or claimed it first: load, apply again, append again.
    Conflict,
    /// There is no such invoice.
    NoSuchInvoice,
    /// The counter of invoice numbers has run out: the merchant sets a new range.
    OutOfInvoices,
    /// The store itself failed; whether the write happened is not known.
    Failed,
}

impl StoreError {
    /// An error of `kind`.
    pub fn new(kind: StoreErrorKind) -> StoreError {
        StoreError { kind, source: None }
    }

    /// With its cause.
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
        self.source = Some(source.into());
        self
    }

    /// The party who acts.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            StoreErrorKind::Conflict => "somebody else wrote first",
            StoreErrorKind::NoSuchInvoice => "there is no such invoice",
            StoreErrorKind::OutOfInvoices => "the invoice numbers have run out",
            StoreErrorKind::Failed => "the store failed",
        })
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn an_error_says_what_went_wrong_and_why() {
        for (kind, text) in [
            (StoreErrorKind::Conflict, "somebody else wrote first"),
            (StoreErrorKind::NoSuchInvoice, "there is no such invoice"),
            (StoreErrorKind::OutOfInvoices, "the invoice numbers have run out"),
            (StoreErrorKind::Failed, "the store failed"),
        ] {
            let error = StoreError::new(kind);
            assert_eq!((error.to_string().as_str(), error.source().is_none()), (text, true));
            assert_eq!(
                error.with_source("why").source().map(ToString::to_string).as_deref(),
                Some("why")
            );
        }
    }
}
