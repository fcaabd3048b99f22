//! A log in memory, for tests and demos.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use epay_domain::{
    CLOCK_AHEAD, Count, CreateRule, Created, DeadProof, Event, InvoiceId, ListFilter, ListQuery,
    Listed, NewPayment, OrderId, Page, Payment, PaymentStore, Queue, ReplayKey, Schedule,
    StoreError, StoreErrorKind, Stored, TerminalId, Timestamp, Version,
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
    opened: ByTime,
    plans: HashMap<TerminalId, Plans>,
}

#[derive(Debug)]
struct Entry {
    opened_at: Timestamp,
    stored: Stored,
    events: Vec<Event>,
}

const QUEUES: [Queue; 3] = [Queue::UnknownChecks, Queue::SettledChecks, Queue::Notifications];

/// Payments by a time of theirs.
type ByTime = BTreeMap<Timestamp, BTreeSet<InvoiceId>>;

/// Where a claim finds the payments of a terminal: one that is leased waits for its lease to end, and
/// all others in the queues, so that a claim passes over none that it can't have.
#[derive(Debug, Default)]
struct Plans {
    due: [ByTime; QUEUES.len()],
    leased: ByTime,
}

impl Plans {
    fn queue(&mut self, stored: &Stored) {
        for (queue, due) in QUEUES.into_iter().zip(&mut self.due) {
            if let Some(at) = stored.schedule.due(queue) {
                due.entry(at).or_default().insert(stored.payment.invoice().clone());
            }
        }
    }

    fn lease(&mut self, stored: &Stored, until: Timestamp) {
        self.leased.entry(until).or_default().insert(stored.payment.invoice().clone());
    }

    /// From wherever it is.
    fn remove(&mut self, stored: &Stored) {
        let due = QUEUES.into_iter().zip(&mut self.due);
        let due = due.map(|(queue, due)| (stored.schedule.due(queue), due));
        for (at, places) in due.chain([(stored.leased_until, &mut self.leased)]) {
            let Some(at) = at else { continue };
            let Some(planned) = places.get_mut(&at) else { continue };
            planned.remove(stored.payment.invoice());
            if planned.is_empty() {
                places.remove(&at);
            }
        }
    }

    /// Whose lease has ended by now, or can't be one that was given by then.
    fn ended(&self, now: Timestamp, longest: Timestamp) -> Vec<InvoiceId> {
        let ahead = (Bound::Excluded(longest), Bound::Unbounded);
        let ended = self.leased.range(..=now).chain(self.leased.range(ahead));
        ended.flat_map(|(_, invoices)| invoices).cloned().collect()
    }
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
        at: Timestamp,
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
        log.opened.entry(at).or_default().insert(invoice.clone());
        let entry = Entry { opened_at: at, stored: stored.clone(), events: Vec::new() };
        log.payments.insert(invoice, entry);
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
        let Log { payments, plans, .. } = &mut *self.log();
        let entry = payments.get_mut(onto.payment.invoice());
        let entry = entry.ok_or(StoreError::new(StoreErrorKind::NoSuchInvoice))?;
        if entry.stored.version != onto.version {
            return Err(StoreError::new(StoreErrorKind::Conflict));
        }
        let plans = plans.entry(onto.payment.terminal().clone()).or_default();
        plans.remove(&entry.stored);
        entry.stored = entry.stored.appended(events, schedule);
        entry.events.extend_from_slice(events);
        plans.queue(&entry.stored);
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
        let Log { payments, plans, .. } = &mut *self.log();
        let Some(plans) = plans.get_mut(terminal) else { return Ok(Vec::new()) };
        for invoice in plans.ended(now, now + lease + CLOCK_AHEAD) {
            if let Some(entry) = payments.get(&invoice) {
                plans.remove(&entry.stored);
                plans.queue(&entry.stored);
            }
        }
        let due = QUEUES.into_iter().zip(&plans.due).filter(|(it, _)| *it == queue);
        let beyond = (Bound::Excluded(now + queue.horizon()), Bound::Unbounded);
        let due = due.flat_map(|(_, due)| due.range(..=now).chain(due.range(beyond)));
        let free = |invoice: &&InvoiceId| {
            payments.get(*invoice).is_some_and(|it| it.stored.is_claimable(queue, now, lease))
        };
        let free = due.flat_map(|(_, invoices)| invoices).filter(free).take(limit);
        let mut claimed = Vec::new();
        for invoice in free.cloned().collect::<Vec<_>>() {
            let Some(Entry { stored, .. }) = payments.get_mut(&invoice) else { continue };
            plans.remove(stored);
            plans.lease(stored, now + lease);
            stored.leased_until = Some(now + lease);
            // Whoever holds the version of before can write no more.
            stored.version = Version(stored.version.0.saturating_add(1));
            claimed.push(stored.clone());
        }
        Ok(claimed)
    }

    /// Goes through all that were opened in the time that is asked for.
    async fn list(&self, query: ListQuery) -> Result<Page, StoreError> {
        let Log { opened, payments, .. } = &*self.log();
        let after = match &query.after {
            None => None,
            Some(after) => match payments.get(after) {
                Some(entry) => Some((entry.opened_at, after)),
                None => return Ok(Page::new()),
            },
        };
        let (first, last) = (*query.opened.start(), *query.opened.end());
        let last = after.map_or(last, |(at, _)| last.min(at));
        if first > last {
            return Ok(Page::new());
        }
        let newest = opened.range(first..=last).rev().flat_map(|(at, invoices)| {
            let below = after.filter(|(after, _)| after == at);
            let below = below.map_or(Bound::Unbounded, |(_, invoice)| Bound::Excluded(invoice));
            let below = invoices.range::<InvoiceId, _>((Bound::Unbounded, below));
            below.rev().map(|invoice| (*at, invoice))
        });
        let found = newest.filter_map(|(opened_at, invoice)| {
            let Entry { stored, events, .. } = payments.get(invoice)?;
            query.filter.takes(stored.payment.list_keys()).then(|| {
                let (stored, events) = (stored.clone(), events.clone());
                (invoice.clone(), Ok(Listed { opened_at, stored, events }))
            })
        });
        Ok(found.take(query.limit).collect())
    }

    async fn count(&self, filter: ListFilter) -> Result<Count, StoreError> {
        let log = self.log();
        let keys = log.payments.values().map(|entry| entry.stored.payment.list_keys());
        Ok(keys.filter(|keys| filter.takes(*keys)).fold(Count::default(), Count::and))
    }
}
