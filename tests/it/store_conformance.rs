//! The logs in memory and in SQLite keep every sentence of the PaymentStore contract, with their callers on several
//! threads, and in SQLite also on several connections as different processes have them.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use epay::{InvoiceId, MemoryStore, OrderId, TerminalId};
use epay_domain::{
    Created, DeadProof, Event, NewPayment, PaymentStore, Queue, Schedule, StoreError, Stored,
    Timestamp,
};
use epay_store::{InvoiceNumbers, SqliteStore};
use epay_testkit::conformance;
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_memory_store_keeps_the_contract() {
    conformance::store(async || MemoryStore::default()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_sqlite_store_keeps_the_contract() {
    conformance::store(async || Several::of(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_sqlite_stores_on_one_file_keep_the_contract() {
    conformance::store(async || Several::of(3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_contract_holds_when_the_file_is_opened_anew_for_every_call() {
    let open = |home: &TempDir| SqliteStore::open(home.path().join("log")).unwrap();
    conformance::durable_store(async || home(), open).await;
}

fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let numbers = InvoiceNumbers::starting_at(InvoiceId::new("100000001").unwrap());
    SqliteStore::create(home.path().join("log"), &numbers).unwrap();
    home
}

/// Connections to one file that take turns.
#[derive(Debug)]
struct Several {
    stores: Vec<SqliteStore>,
    turn: AtomicUsize,
    _home: TempDir,
}

impl Several {
    fn of(count: usize) -> Several {
        let home = home();
        let stores =
            (0..count).map(|_| SqliteStore::open(home.path().join("log")).unwrap()).collect();
        Several { stores, turn: AtomicUsize::new(0), _home: home }
    }

    fn next(&self) -> &SqliteStore {
        &self.stores[self.turn.fetch_add(1, Ordering::Relaxed) % self.stores.len()]
    }
}

#[async_trait]
impl PaymentStore for Several {
    async fn create(
        &self,
        new: NewPayment,
        at: Timestamp,
        after: Option<DeadProof>,
    ) -> Result<Created, StoreError> {
        self.next().create(new, at, after).await
    }

    async fn load(&self, invoice: &InvoiceId) -> Result<Option<Stored>, StoreError> {
        self.next().load(invoice).await
    }

    async fn current(&self, order: &OrderId) -> Result<Option<Stored>, StoreError> {
        self.next().current(order).await
    }

    async fn history(&self, invoice: &InvoiceId) -> Result<Vec<Event>, StoreError> {
        self.next().history(invoice).await
    }

    async fn append(
        &self,
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        self.next().append(onto, events, schedule).await
    }

    async fn claim_due(
        &self,
        queue: Queue,
        terminal: &TerminalId,
        now: Timestamp,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Stored>, StoreError> {
        self.next().claim_due(queue, terminal, now, limit, lease).await
    }

    async fn page(
        &self,
        after: Option<InvoiceId>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        self.next().page(after, limit).await
    }
}
