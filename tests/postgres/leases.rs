//! A lease goes by the database's clock, whatever the clocks of the processes say.

use std::time::Duration;

use epay::PostgresStore;
use epay_domain::{PaymentStore, Queue, Schedule, Stored, Timestamp};

use super::{
    lost_answers::{NOW, asked, new, opened},
    place::Place,
};

const LEASE: Duration = Duration::from_secs(60);

async fn claim(store: &PostgresStore, now: Timestamp) -> Vec<Stored> {
    let terminal = new("order").terminal;
    store.claim_due(Queue::UnknownChecks, &terminal, now, 10, LEASE).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_whose_clock_is_ahead_takes_nothing_that_is_leased() {
    let Some(place) = Place::new().await else { return };
    let store = PostgresStore::connect(&place.url).await.unwrap();
    let ahead = PostgresStore::connect(&place.url).await.unwrap();
    let opened = opened(&store, "order").await;
    let due = Schedule { next_check_at: Some(NOW), ..Schedule::default() };
    store.append(&opened, &[asked()], due).await.unwrap();
    let held = claim(&store, NOW).await;
    assert_eq!(held.len(), 1);
    assert_eq!(claim(&ahead, NOW + LEASE * 2).await, [], "leases go by the client's clock");
    // The database's time passes.
    let passes = "UPDATE epay.attempts SET leased_until = leased_until - 60000";
    place.cluster.sql(place.database(), passes).unwrap();
    let taken = claim(&ahead, NOW).await;
    assert_eq!(taken.len(), 1, "a lease that has passed holds");
    let late = store.append(&held[0], &[], Schedule::default()).await;
    assert!(late.is_err(), "whoever let a lease pass still writes");
}
