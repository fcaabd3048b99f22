//! The log in memory keeps every sentence of the PaymentStore contract, with its callers on several threads.

use epay::MemoryStore;
use epay_testkit::conformance;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_memory_store_keeps_the_contract() {
    conformance::store(async || MemoryStore::default()).await;
}
