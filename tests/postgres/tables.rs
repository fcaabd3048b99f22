//! The tables are made once, whoever comes at once; what they hold is what was written, or damage;
//! and what is due or listed is found by an index.

use std::{error::Error as _, fs, sync::Arc};

use epay::{InvoiceId, PostgresStore};
use epay_domain::{
    Created, ListFilter, ListQuery, PaymentStatus, PaymentStore, Queue, Schedule, StoreErrorKind,
    Stored,
};
use epay_store::{InvoiceNumbers, PostgresError, PostgresErrorKind};
use epay_testkit::PostgresCluster;
use tokio::task::JoinSet;

use super::{
    lost_answers::{NOW, asked, new, opened},
    place::{Place, numbers},
};

fn kind(made: Result<PostgresStore, PostgresError>) -> Result<(), PostgresErrorKind> {
    made.map(|_| ()).map_err(|error| error.kind())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_made_once_and_never_by_connecting() {
    let Some(cluster) = PostgresCluster::shared() else { return };
    let url = cluster.database().unwrap();
    let missing = PostgresStore::connect(&url).await;
    assert_eq!(kind(missing), Err(PostgresErrorKind::Missing));
    let mut makers = JoinSet::new();
    for _ in 0..8 {
        let url = url.clone();
        makers.spawn(async move { kind(PostgresStore::create(&url, &numbers()).await) });
    }
    let made = makers.join_all().await;
    let count = made.iter().filter(|made| made.is_ok()).count();
    assert_eq!(count, 1, "{made:?}");
    assert!(made.iter().all(|made| matches!(made, Ok(()) | Err(PostgresErrorKind::AlreadyThere))));
    PostgresStore::connect_or_create(&url, &numbers()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_program_s_tables_are_left_alone_unless_it_says_that_they_may_be_written() {
    let Some(place) = Place::new().await else { return };
    let newer = |readable| format!("UPDATE epay.tables SET version = 9, readable = {readable}");
    place.cluster.sql(place.database(), &newer(1)).unwrap();
    place.open().await;
    place.cluster.sql(place.database(), &newer(9)).unwrap();
    let refused = PostgresStore::connect(&place.url).await;
    assert_eq!(kind(refused), Err(PostgresErrorKind::NewerSchema));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_changed_in_a_row_is_damage() {
    let Some(place) = Place::new().await else { return };
    let store = place.open().await;
    let opened = opened(&store, "order").await;
    store.append(&opened, &[asked()], Schedule::default()).await.unwrap();
    for change in [
        "UPDATE epay.attempts SET ordered = '600000'",
        "UPDATE epay.attempts SET order_name = 'another'",
        "UPDATE epay.attempts SET events = 2",
        "UPDATE epay.attempts SET exponent = 300",
        "UPDATE epay.events SET record = replace(record, '179', '178')",
        "UPDATE epay.events SET checksum = -1",
        "UPDATE epay.events SET place = 1",
        "DELETE FROM epay.events",
    ] {
        let columns =
            "SELECT array_agg(a) FROM epay.attempts a; SELECT array_agg(e) FROM epay.events e";
        let before = place.cluster.sql(place.database(), columns).unwrap();
        let keep = "CREATE TABLE epay.a AS SELECT * FROM epay.attempts; \
             CREATE TABLE epay.e AS SELECT * FROM epay.events";
        place.cluster.sql(place.database(), &format!("{keep}; {change}")).unwrap();
        let error = store.load(opened.payment.invoice()).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Failed);
        let source = error.source().and_then(|source| source.downcast_ref());
        assert_eq!(source.map(PostgresError::kind), Some(PostgresErrorKind::Damaged), "{change}");
        let back = "DELETE FROM epay.attempts; DELETE FROM epay.events; \
             INSERT INTO epay.attempts SELECT * FROM epay.a; \
             INSERT INTO epay.events SELECT * FROM epay.e; DROP TABLE epay.a; DROP TABLE epay.e";
        place.cluster.sql(place.database(), back).unwrap();
        assert_eq!(place.cluster.sql(place.database(), columns).unwrap(), before);
    }
    store.load(opened.payment.invoice()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_taken_by_blocks_and_end_where_they_should() {
    let Some(cluster) = PostgresCluster::shared() else { return };
    let url = cluster.database().unwrap();
    let last = InvoiceNumbers::starting_at(InvoiceId::new("999997").unwrap());
    let store = PostgresStore::create(&url, &last).await.unwrap();
    for left in [3, 2, 1] {
        assert_eq!(store.invoices_left().await.unwrap(), left);
        opened(&store, &format!("order-{left}")).await;
    }
    let error = store.create(new("one more"), NOW, None).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::OutOfInvoices);
    let again = store.renumber(last).await.unwrap_err();
    let source = again.source().and_then(|source| source.downcast_ref());
    assert_eq!(source.map(PostgresError::kind), Some(PostgresErrorKind::NumbersInUse));
    store.renumber(numbers()).await.unwrap();
    assert_eq!(opened(&store, "one more").await.payment.invoice().as_str(), "100000001");
    // The last six digits of the old range must not come again.
    assert_eq!(store.invoices_left().await.unwrap(), 999_995);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_again_uses_up_no_number() {
    let Some(cluster) = PostgresCluster::shared() else { return };
    let url = cluster.database().unwrap();
    let last = InvoiceNumbers::starting_at(InvoiceId::new("999998").unwrap());
    let store = Arc::new(PostgresStore::create(&url, &last).await.unwrap());
    let first = opened(&store, "order").await;
    let mut clicks = JoinSet::new();
    for _ in 0..20 {
        let store = Arc::clone(&store);
        clicks.spawn(async move { store.create(new("order"), NOW, None).await.unwrap() });
    }
    for created in clicks.join_all().await {
        assert_eq!(created, Created::Existing(first.clone()));
    }
    opened(&store, "another").await;
    // With no number left, too.
    let again = store.create(new("order"), NOW, None).await.unwrap();
    assert_eq!(again, Created::Existing(first));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_and_what_is_listed_is_found_by_an_index() {
    let Some(place) = Place::new().await else { return };
    let many = "INSERT INTO epay.attempts SELECT 200000000 + n, n, \
         '67e34d63-102f-4bd1-898e-370781d0074d', '1', 'KZT', 2, 1790000000000 + n, NULL, NULL, 0, 0, \
         0, n % 2, CASE WHEN n % 3 = 0 THEN 1790000000000 + n END, \
         CASE WHEN n % 5 = 0 THEN 1790000000000 + n END, NULL, NULL, \
         CASE n % 1000 WHEN 0 THEN 'disputed' WHEN 1 THEN 'unknown' WHEN 2 THEN 'awaiting_payer' \
         ELSE 'paid' END, 1790000000000 + n, 0 \
         FROM generate_series(1, 60000) n; INSERT INTO epay.events \
         SELECT invoice, 1, 0, '{}', 0, 0 FROM epay.attempts; ANALYZE epay.attempts; ANALYZE epay.events";
    place.cluster.sql(place.database(), many).unwrap();
    let explained = "&options=-c%20session_preload_libraries%3Dauto_explain\
         %20-c%20auto_explain.log_min_duration%3D0";
    let store = PostgresStore::connect(&format!("{}{explained}", place.url)).await.unwrap();
    let terminal = new("order").terminal;
    let log = place.cluster.directory().join("log");
    let plans = |from: usize| fs::read_to_string(&log).unwrap()[from..].to_owned();
    let written = || fs::metadata(&log).unwrap().len().try_into().unwrap();
    for (queue, index) in [
        (Queue::UnknownChecks, "attempts_next_check"),
        (Queue::SettledChecks, "attempts_next_check"),
        (Queue::Notifications, "attempts_next_notify"),
    ] {
        let from = written();
        // These attempts are damaged, so that the claim says so.
        let _ = store.claim_due(queue, &terminal, NOW, 16, std::time::Duration::ZERO).await;
        assert_indexed(&plans(from), index);
    }
    let from = written();
    let due = store.notification_due_since(&terminal).await.unwrap();
    assert_eq!(due.map(|at| at.unix_millis()), Some(1_790_000_000_005));
    assert_indexed(&plans(from), "attempts_next_notify");
    for (filter, index) in [
        (ListFilter::All, "attempts_opened"),
        (ListFilter::Open, "attempts_status"),
        (ListFilter::Status(PaymentStatus::Disputed), "attempts_status"),
        (ListFilter::NeedsAttention { open_since: NOW }, "attempts_status"),
    ] {
        let from = written();
        store.list(ListQuery { filter, ..ListQuery::newest(20) }).await.unwrap();
        assert_indexed(&plans(from), index);
    }
}

#[track_caller]
fn assert_indexed(plans: &str, index: &str) {
    assert!(plans.contains(index), "{plans}");
    assert!(!plans.contains("Seq Scan on attempts"), "{plans}");
    assert!(!plans.contains("Seq Scan on events"), "{plans}");
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_tell_how_far_each_attempt_has_come() {
    let Some(place) = Place::new().await else { return };
    let store = PostgresStore::connect(&place.url).await.unwrap();
    let first = opened(&store, "first").await;
    let second = opened(&store, "second").await;
    let asked = store.append(&second, &[asked()], Schedule::default()).await.unwrap();
    let all = store.versions(None, 10).await.unwrap();
    let told: Vec<_> = all.iter().map(|it| (&it.invoice, it.version, it.events)).collect();
    let of = |it: &Stored, events| (it.payment.invoice().clone(), it.version, events);
    let expected = [of(&first, 0), of(&asked, 1)];
    assert_eq!(
        told,
        expected.each_ref().map(|(invoice, version, events)| (invoice, *version, *events))
    );
    let rest = store.versions(Some(first.payment.invoice()), 1).await.unwrap();
    assert_eq!(rest, all[1..]);
}
