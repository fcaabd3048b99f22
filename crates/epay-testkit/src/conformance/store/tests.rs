//! The suite is worth what it catches: one honest store passes, and each vice is named.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard},
};

use async_trait::async_trait;

use super::*;
use crate::conformance::complaint;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Vice {
    None,
    OpensTwice,
    TakesAnyProof,
    ForgetsReplays,
    ForgetsReplaysOfThePresent,
    GivesReplaysToTheDead,
    GivesReplaysForAnotherSum,
    OpensReplays,
    ReusesInvoices,
    IgnoresTheVersion,
    WritesHalf,
    ForgetsToFold,
    GivesBeforeDue,
    MixesTerminals,
    HasNoLease,
    KeepsTheLease,
    NewestFirst,
    IgnoresTheLimit,
}

#[derive(Debug)]
struct Toy {
    vice: Vice,
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    current: HashMap<OrderId, InvoiceId>,
    replays: HashMap<ReplayKey, InvoiceId>,
    entries: BTreeMap<InvoiceId, Entry>,
    given: u32,
}

#[derive(Debug)]
struct Entry {
    stored: Stored,
    events: Vec<Event>,
    due: Option<Timestamp>,
    leased: Option<Timestamp>,
}

impl Toy {
    fn new(vice: Vice) -> Toy {
        Toy { vice, log: Mutex::default() }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap()
    }

    fn is(&self, vice: Vice) -> bool {
        self.vice == vice
    }
}

impl Log {
    fn claims(&mut self, replay: Option<ReplayKey>, invoice: &InvoiceId) -> bool {
        replay.is_none_or(|key| self.replays.entry(key).or_insert_with(|| invoice.clone()) == invoice)
    }
}

#[async_trait]
impl PaymentStore for Toy {
    async fn create(&self, new: NewPayment, _: Timestamp, after: Option<DeadProof>) -> Result<Created, StoreError> {
        let mut log = self.log();
        if let Some(present) = log.current.get(&new.order).and_then(|invoice| log.entries.get(invoice)) {
            let proven =
                |proof: DeadProof| self.is(Vice::TakesAnyProof) || proof.invoice() == present.stored.payment.invoice();
            if !self.is(Vice::OpensTwice) && !after.is_some_and(proven) {
                let present = present.stored.clone();
                let forgets = self.is(Vice::ForgetsReplays) || self.is(Vice::ForgetsReplaysOfThePresent);
                let is_asked = present.version > Version(0) && !self.is(Vice::GivesReplaysToTheDead);
                let is_other = present.payment.ordered() != new.amount && !self.is(Vice::GivesReplaysForAnotherSum);
                let claims = forgets || is_asked || is_other || log.claims(new.replay, present.payment.invoice());
                return Ok(if claims { Created::Existing(present) } else { Created::Replayed });
            }
        }
        log.given += 1;
        let number = if self.is(Vice::ReusesInvoices) { log.given / 2 } else { log.given };
        let invoice = InvoiceId::new(&format!("{number:09}")).unwrap();
        let claims = log.claims(new.replay, &invoice) || self.is(Vice::ForgetsReplays);
        if !claims && !self.is(Vice::OpensReplays) {
            return Ok(Created::Replayed);
        }
        let payment = Payment::open(invoice.clone(), new.amount, new.terminal);
        let stored = Stored { order: new.order.clone(), version: Version(0), payment };
        log.current.insert(new.order, invoice.clone());
        let entry = Entry { stored: stored.clone(), events: Vec::new(), due: None, leased: None };
        log.entries.insert(invoice, entry);
        Ok(if claims { Created::New(stored) } else { Created::Replayed })
    }

    async fn load(&self, invoice: &InvoiceId) -> Result<Option<Stored>, StoreError> {
        Ok(self.log().entries.get(invoice).map(|entry| entry.stored.clone()))
    }

    async fn current(&self, order: &OrderId) -> Result<Option<Stored>, StoreError> {
        let log = self.log();
        Ok(log.current.get(order).map(|invoice| log.entries[invoice].stored.clone()))
    }

    async fn history(&self, invoice: &InvoiceId) -> Result<Vec<Event>, StoreError> {
        Ok(self.log().entries.get(invoice).map(|entry| entry.events.clone()).unwrap_or_default())
    }

    async fn append(
        &self,
        invoice: &InvoiceId,
        expected: Version,
        events: &[Event],
        due: Option<Timestamp>,
    ) -> Result<Stored, StoreError> {
        let mut log = self.log();
        let entry = log.entries.get_mut(invoice).ok_or(StoreError::new(StoreErrorKind::NoSuchInvoice))?;
        if entry.stored.version != expected && !self.is(Vice::IgnoresTheVersion) {
            if self.is(Vice::WritesHalf) {
                entry.events.extend(events.first().cloned());
            }
            return Err(StoreError::new(StoreErrorKind::Conflict));
        }
        entry.events.extend_from_slice(events);
        entry.stored.version = Version(entry.events.len() as u64);
        if !self.is(Vice::ForgetsToFold) {
            entry.stored.payment = events.iter().fold(entry.stored.payment.clone(), Payment::apply);
        }
        (entry.due, entry.leased) = (due, None);
        Ok(entry.stored.clone())
    }

    async fn claim_due(
        &self,
        terminal: &TerminalId,
        now: Timestamp,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Stored>, StoreError> {
        let mut log = self.log();
        let is_due = |due: Timestamp| due <= now || self.is(Vice::GivesBeforeDue);
        let is_free = |leased: Option<Timestamp>| match leased {
            Some(until) => (until <= now && !self.is(Vice::KeepsTheLease)) || self.is(Vice::HasNoLease),
            None => true,
        };
        let is_asked_for = |entry: &Entry| entry.stored.payment.terminal() == terminal || self.is(Vice::MixesTerminals);
        let mut due: Vec<_> = log
            .entries
            .values_mut()
            .filter(|entry| is_asked_for(entry) && entry.due.is_some_and(is_due) && is_free(entry.leased))
            .collect();
        due.sort_by_key(|entry| entry.due);
        if self.is(Vice::NewestFirst) {
            due.reverse();
        }
        due.truncate(if self.is(Vice::IgnoresTheLimit) { usize::MAX } else { limit });
        let give = |entry: &mut Entry| {
            entry.leased = Some(now + lease);
            entry.stored.clone()
        };
        Ok(due.into_iter().map(give).collect())
    }
}

#[tokio::test]
async fn an_honest_store_passes() {
    store(async || Toy::new(Vice::None)).await;
}

#[tokio::test]
async fn each_vice_is_caught() {
    for (vice, words) in [
        (Vice::OpensTwice, "of 16 callers, 16 opened the same order"),
        (Vice::TakesAnyProof, "proof about another order opened an attempt"),
        (Vice::ForgetsReplays, "of 16 orders with one replay key, 16 were opened"),
        (Vice::ForgetsReplaysOfThePresent, "a key given to an attempt that was there"),
        (Vice::GivesReplaysToTheDead, "a key that came to a dead attempt"),
        (Vice::GivesReplaysForAnotherSum, "a key that came for another sum"),
        (Vice::OpensReplays, "a replay has opened an attempt"),
        (Vice::ReusesInvoices, "16 orders share 9 invoices"),
        (Vice::IgnoresTheVersion, "an append onto a version that is not there"),
        (Vice::WritesHalf, "a refused append has written"),
        (Vice::ForgetsToFold, "a declined attempt is dead"),
        (Vice::GivesBeforeDue, "a payment was given before it was due"),
        (Vice::MixesTerminals, "all that is due is given, and nothing else"),
        (Vice::HasNoLease, "two callers were given the same payment"),
        (Vice::KeepsTheLease, "is given again after its lease"),
        (Vice::NewestFirst, "the oldest are not given first"),
        (Vice::IgnoresTheLimit, "a caller was given more than it asked for"),
    ] {
        let said = complaint(store(async move || Toy::new(vice))).await;
        assert!(said.contains(words), "{vice:?}: {said}");
    }
}
