//! The logs in memory and in SQLite keep every sentence of the PaymentStore contract, with their callers on several
//! threads, and in SQLite also on several connections as different processes have them.

use std::sync::atomic::{AtomicUsize, Ordering};

use epay::{InvoiceId, MemoryStore};
use epay_domain::{PaymentStore, StoreLayer};
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
}

impl StoreLayer for Several {
    fn inner(&self) -> &dyn PaymentStore {
        &self.stores[self.turn.fetch_add(1, Ordering::Relaxed) % self.stores.len()]
    }
}
