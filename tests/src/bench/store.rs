//! A log that counts what is written, and fails as planned.

use async_trait::async_trait;
use epay::MemoryStore;
use epay_domain::{Event, PaymentStore, Schedule, StoreError, StoreErrorKind, StoreLayer, Stored};
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A store whose writes are counted and fail as planned, the first by the first entry; after the plan
/// they succeed.
#[derive(Debug)]
pub struct PlannedStore {
    inner: Box<dyn PaymentStore>,
    plan: Mutex<VecDeque<Option<StoreErrorKind>>>,
    writes: AtomicUsize,
    events: AtomicUsize,
}

impl PlannedStore {
    /// Before this store.
    pub fn before(inner: impl PaymentStore + 'static) -> PlannedStore {
        PlannedStore {
            inner: Box::new(inner),
            plan: Mutex::default(),
            writes: AtomicUsize::new(0),
            events: AtomicUsize::new(0),
        }
    }

    /// What becomes of the next writes.
    pub fn plan(&self, plan: impl IntoIterator<Item = Option<StoreErrorKind>>) {
        self.plan.lock().unwrap().extend(plan);
    }

    /// How many writes there were.
    pub fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }

    /// How many events they wrote.
    pub fn events(&self) -> usize {
        self.events.load(Ordering::SeqCst)
    }
}

impl Default for PlannedStore {
    fn default() -> PlannedStore {
        PlannedStore::before(MemoryStore::default())
    }
}

#[async_trait]
impl StoreLayer for PlannedStore {
    fn inner(&self) -> &dyn PaymentStore {
        &*self.inner
    }

    async fn append(
        &self,
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        let planned = self.plan.lock().unwrap().pop_front().flatten();
        if let Some(kind) = planned {
            return Err(StoreError::new(kind));
        }
        self.writes.fetch_add(1, Ordering::SeqCst);
        self.events.fetch_add(events.len(), Ordering::SeqCst);
        self.inner.append(onto, events, schedule).await
    }
}
