//! A log in memory, for tests and demos.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use epay_domain::{
    CreateRule, Created, DeadProof, Event, InvoiceId, NewPayment, OrderId, Page, Payment,
    PaymentStore, Queue, ReplayKey, Schedule, StoreError, StoreErrorKind, Stored, TerminalId,
    Timestamp, Version,
};

/// A [`PaymentStore`] in memory, for tests and demos: it forgets everything when the process ends,
/// invoice numbers included.
///
/// Numbers start where [`starting_at`](MemoryStore::starting_at) says. A bank takes each once, so
/// against a real one start beyond the last that was used; a durable store keeps count by itself.
#[derive(Debug)]
pub struct MemoryStore {
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    next: Option<InvoiceId>,
    current: HashMap<OrderId, InvoiceId>,
    replays: HashMap<ReplayKey, InvoiceId>,
    payments: BTreeMap<InvoiceId, Entry>,
    due: HashMap<TerminalId, [Due; QUEUES.len()]>,
}

const QUEUES: [Queue; 3] = [Queue::UnknownChecks, Queue::SettledChecks, Queue::Notifications];

/// When they are planned in a queue.
type Due = BTreeMap<Timestamp, BTreeSet<InvoiceId>>;

#[derive(Debug)]
struct Entry {
    stored: Stored,
    events: Vec<Event>,
}

impl MemoryStore {
    /// A store whose first invoice number is `first`.
    pub fn starting_at(first: InvoiceId) -> MemoryStore {
        MemoryStore { log: Mutex::new(Log { next: Some(first), ..Log::default() }) }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        // Every change below is made of steps that cannot panic half-way, so a poisoned lock still
        // guards a whole log.
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts at invoice 100000001.
impl Default for MemoryStore {
    fn default() -> MemoryStore {
        let next = InvoiceId::new("100000001").ok();
        MemoryStore { log: Mutex::new(Log { next, ..Log::default() }) }
    }
}

#[async_trait]
impl PaymentStore for MemoryStore {
    async fn create(
        &self,
        new: NewPayment,
        _at: Timestamp,
        after: Option<DeadProof>,
    ) -> Result<Created, StoreError> {
        let mut log = self.log();
        let present = log.current.get(&new.order).and_then(|invoice| log.payments.get(invoice));
        let present = present.map(|entry| entry.stored.clone());
        let owner = new.replay.and_then(|key| log.replays.get(&key));
        let payment = present.as_ref().map(|present| &present.payment);
        let previous = match (CreateRule::judge(&new, payment, after.as_ref(), owner), present) {
            (CreateRule::Replayed, _) => return Ok(Created::Replayed),
            (CreateRule::Existing { claims }, Some(present)) => {
                if let Some(key) = new.replay.filter(|_| claims) {
                    log.replays.insert(key, present.payment.invoice().clone());
                }
                return Ok(Created::Existing(present));
            }
            (_, present) => present.map(|present| present.payment.invoice().clone()),
        };
        let invoice = log.next.clone().ok_or(StoreError::new(StoreErrorKind::OutOfInvoices))?;
        log.next = invoice.next();
        if let Some(key) = new.replay {
            log.replays.insert(key, invoice.clone());
        }
        let payment = Payment::open(invoice.clone(), new.amount, new.terminal).with_tag(new.tag);
        let stored = Stored::opened(new.order.clone(), payment, previous);
        log.current.insert(new.order, invoice.clone());
        log.payments.insert(invoice, Entry { stored: stored.clone(), events: Vec::new() });
        Ok(Created::New(stored))
    }

    async fn load(&self, invoice: &InvoiceId) -> Result<Option<Stored>, StoreError> {
        Ok(self.log().payments.get(invoice).map(|entry| entry.stored.clone()))
    }

    async fn current(&self, order: &OrderId) -> Result<Option<Stored>, StoreError> {
        let log = self.log();
        let invoice = log.current.get(order);
        Ok(invoice.and_then(|invoice| log.payments.get(invoice)).map(|entry| entry.stored.clone()))
    }

    async fn history(&self, invoice: &InvoiceId) -> Result<Vec<Event>, StoreError> {
        Ok(self.log().payments.get(invoice).map(|entry| entry.events.clone()).unwrap_or_default())
    }

    async fn append(
        &self,
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        let Log { payments, due, .. } = &mut *self.log();
        let entry = payments.get_mut(onto.payment.invoice());
        let entry = entry.ok_or(StoreError::new(StoreErrorKind::NoSuchInvoice))?;
        if entry.stored.version != onto.version {
            return Err(StoreError::new(StoreErrorKind::Conflict));
        }
        let invoice = onto.payment.invoice();
        let due = due.entry(onto.payment.terminal().clone()).or_default();
        for (queue, due) in QUEUES.into_iter().zip(due) {
            if let Some(at) = entry.stored.schedule.due(queue) {
                let planned = due.entry(at).or_default();
                planned.remove(invoice);
                if planned.is_empty() {
                    due.remove(&at);
                }
            }
            if let Some(at) = schedule.due(queue) {
                due.entry(at).or_default().insert(invoice.clone());
            }
        }
        entry.stored = entry.stored.appended(events, schedule);
        entry.events.extend_from_slice(events);
        Ok(entry.stored.clone())
    }

    async fn claim_due(
        &self,
        queue: Queue,
        terminal: &TerminalId,
        now: Timestamp,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Stored>, StoreError> {
        let Log { payments, due, .. } = &mut *self.log();
        let due = due.get(terminal).into_iter().flat_map(|due| QUEUES.into_iter().zip(due));
        let due = due.filter(|(it, _)| *it == queue).map(|(_, due)| due);
        let beyond = (Bound::Excluded(now + queue.horizon()), Bound::Unbounded);
        let due = due.flat_map(|due| due.range(..=now).chain(due.range(beyond)));
        let mut claimed = Vec::new();
        for invoice in due.flat_map(|(_, invoices)| invoices) {
            if claimed.len() == limit {
                break;
            }
            let Some(Entry { stored, .. }) = payments.get_mut(invoice) else { continue };
            if stored.is_claimable(queue, now, lease) {
                stored.leased_until = Some(now + lease);
                // Whoever holds the version of before can write no more.
                stored.version = Version(stored.version.0.saturating_add(1));
                claimed.push(stored.clone());
            }
        }
        Ok(claimed)
    }

    async fn page(&self, after: Option<InvoiceId>, limit: usize) -> Result<Page, StoreError> {
        let log = self.log();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let page = log.payments.range((from, Bound::Unbounded)).take(limit);
        Ok(page.map(|(invoice, entry)| (invoice.clone(), Ok(entry.stored.clone()))).collect())
    }
}
