//! Watches the shop's log: each event that is written is also reported, in the order of writing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use epay::MemoryStore;
use epay_domain::{
    Clock, Created, DeadProof, Event, InvoiceId, NewPayment, PaymentStore, Schedule, StoreError,
    StoreLayer, Stored, Timestamp,
};

use super::clock::DemoClock;
use crate::timeline::{Entry, Who};

/// What happened in the present story, by whoever saw it. Clones write to the same page.
#[derive(Clone, Debug)]
pub(crate) struct Diary {
    clock: DemoClock,
    page: Arc<Mutex<Vec<Entry>>>,
}

impl Diary {
    pub(crate) fn new(clock: DemoClock) -> Diary {
        Diary { clock, page: Arc::default() }
    }

    /// Notes what no log holds: what a payer does, what a hint says, which fault was planned.
    pub(crate) fn note(&self, who: Who, text: impl Into<String>) {
        self.add([Entry { at: self.clock.now(), who, text: text.into() }]);
    }

    /// Takes the page and begins an empty one.
    pub(crate) fn turn(&self) -> Vec<Entry> {
        std::mem::take(&mut *self.page())
    }

    fn add(&self, entries: impl IntoIterator<Item = Entry>) {
        self.page().extend(entries);
    }

    fn page(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A [`MemoryStore`] that keeps a diary. Clones share everything.
#[derive(Clone, Debug)]
pub(crate) struct Journal(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: MemoryStore,
    diary: Diary,
}

impl Journal {
    pub(crate) fn new(first: InvoiceId, diary: Diary) -> Journal {
        Journal(Arc::new(Inner { store: MemoryStore::starting_at(first), diary }))
    }
}

#[async_trait]
impl StoreLayer for Journal {
    fn inner(&self) -> &dyn PaymentStore {
        &self.0.store
    }

    async fn create(
        &self,
        new: NewPayment,
        at: Timestamp,
        after: Option<DeadProof>,
    ) -> Result<Created, StoreError> {
        let created = self.0.store.create(new, at, after).await?;
        if let Created::New(stored) = &created {
            let (invoice, ordered) = (stored.payment.invoice(), stored.payment.ordered());
            let what = if ordered.is_zero() {
                "verify a card".to_owned()
            } else {
                format!("pay {ordered}")
            };
            let text = format!("an attempt to {what} under invoice {invoice}");
            self.0.diary.add([Entry { at, who: Who::WeOpened, text }]);
        }
        Ok(created)
    }

    async fn append(
        &self,
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        let stored = self.0.store.append(onto, events, schedule).await?;
        self.0.diary.add(events.iter().map(|event| Entry::of(event, stored.payment.ordered())));
        Ok(stored)
    }
}
