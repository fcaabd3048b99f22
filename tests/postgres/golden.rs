//! Programs of two versions share one log while a shop deploys: the new one reads and writes what the old
//! one has written, and the old one what the new one has.

use std::fs;

use epay::PostgresStore;
use epay_domain::{ListQuery, Listed, PaymentStore, Schedule};
use epay_store::SqliteStore;
use epay_testkit::PostgresCluster;

use super::{
    lost_answers::{asked, opened},
    place::{Place, options},
};

/// All that can be read, the newest first.
async fn listed(store: &dyn PaymentStore) -> Vec<Listed> {
    let page = store.list(ListQuery::newest(100)).await.unwrap();
    page.into_iter().filter_map(|(_, listed)| listed.ok()).collect()
}

/// It goes on with the log.
async fn writes(store: &PostgresStore, order: &str) {
    let opened = opened(store, order).await;
    let written = store.append(&opened, &[asked()], Schedule::default()).await.unwrap();
    assert_eq!(store.load(written.payment.invoice()).await.unwrap(), Some(written));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_version_1_is_read_and_gone_on_with() {
    let Some(cluster) = PostgresCluster::shared() else { return };
    let url = cluster.database().unwrap();
    let database = url.rsplit_once('/').and_then(|(_, it)| it.split_once('?')).unwrap().0;
    cluster.sql(database, include_str!("golden/v1.sql")).unwrap();
    let store = PostgresStore::connect_with(&url, options()).await.unwrap();

    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("log");
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/epay-store/tests/golden/v1.sql");
    let file = rusqlite::Connection::open(&path).unwrap();
    file.execute_batch(&fs::read_to_string(golden).unwrap()).unwrap();
    let in_the_file = listed(&SqliteStore::open(&path).unwrap()).await;
    let in_the_database = listed(&store).await;
    assert_eq!(in_the_database.len(), 15);
    for (of_file, of_database) in in_the_file.iter().zip(&in_the_database) {
        assert_eq!(format!("{of_file:?}"), format!("{of_database:?}"));
    }
    assert_eq!(store.invoices_left().await.unwrap(), 999_984);
    writes(&store, "the next").await;
}

/// A version may add a column, as long as it says that programs of the version before may write.
#[tokio::test(flavor = "multi_thread")]
async fn tables_that_a_later_version_has_added_to_are_written_by_this_one() {
    let Some(place) = Place::new().await else { return };
    let before = place.open().await;
    writes(&before, "before").await;
    let later = "ALTER TABLE epay.attempts ADD COLUMN later text; \
         ALTER TABLE epay.events ADD COLUMN later bigint NOT NULL DEFAULT 7; \
         UPDATE epay.tables SET version = 2, readable = 1";
    place.cluster.sql(place.database(), later).unwrap();
    writes(&before, "meanwhile").await;
    writes(&place.open().await, "after").await;
    assert_eq!(listed(&before).await.len(), 3);
}
