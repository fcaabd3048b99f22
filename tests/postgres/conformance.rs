//! The log in PostgreSQL keeps every sentence of the PaymentStore contract, in one process and in
//! several.

use std::sync::atomic::{AtomicUsize, Ordering};

use epay::PostgresStore;
use epay_domain::{PaymentStore, StoreLayer};
use epay_testkit::{PostgresCluster, conformance};
use tokio::{runtime::Handle, task::block_in_place};

use super::place::Place;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_keeps_the_contract() {
    if PostgresCluster::shared().is_some() {
        conformance::store(async || Several::of(1).await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_stores_on_one_database_keep_the_contract() {
    if PostgresCluster::shared().is_some() {
        conformance::store(async || Several::of(3).await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_contract_holds_when_the_database_is_connected_to_anew_for_every_call() {
    if PostgresCluster::shared().is_some() {
        let open = |place: &Place| block_in_place(|| Handle::current().block_on(place.open()));
        conformance::durable_store(async || Place::new().await.unwrap(), open).await;
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn stores_behind_pgbouncer_in_transaction_mode_keep_the_contract() {
    let Some(cluster) = PostgresCluster::shared() else { return };
    let Some(pooler) = super::pooler::PgBouncer::before(cluster) else { return };
    conformance::store(async || {
        let mut place = Place::new().await.unwrap();
        place.url = place.url.replace(&cluster.port().to_string(), &pooler.port.to_string());
        Several::at(&place, 2).await
    })
    .await;
}

/// Stores that take turns.
#[derive(Debug)]
struct Several {
    stores: Vec<PostgresStore>,
    turn: AtomicUsize,
}

impl Several {
    async fn of(count: usize) -> Several {
        Several::at(&Place::new().await.unwrap(), count).await
    }

    async fn at(place: &Place, count: usize) -> Several {
        let mut stores = Vec::new();
        for _ in 0..count {
            stores.push(place.open().await);
        }
        Several { stores, turn: AtomicUsize::new(0) }
    }
}

impl StoreLayer for Several {
    fn inner(&self) -> &dyn PaymentStore {
        &self.stores[self.turn.fetch_add(1, Ordering::Relaxed) % self.stores.len()]
    }
}
