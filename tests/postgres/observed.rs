//! What an operator's numbers say of a database whose answers are lost, and that warns.

use epay_domain::{PaymentStore as _, Schedule};

use super::{
    lost_answers::{WARNS_TWICE, Wired, asked, opened, wired},
    proxy::Cut,
    recorder::Kept,
};

/// The store works on a thread of its own, so the recorder is everybody's.
#[tokio::test(flavor = "multi_thread")]
async fn batches_repeats_warnings_and_connections_are_counted() {
    let kept = Kept::default();
    metrics::set_global_recorder(kept.clone()).unwrap();
    let Some(Wired { place, proxy, store }) = wired().await else { return };
    let opened = opened(&store, "order").await;
    proxy.cut([Cut::Answer]).await;
    let written = store.append(&opened, &[asked()], Schedule::default()).await.unwrap();
    place.cluster.sql(place.database(), WARNS_TWICE).unwrap();
    store.append(&written, &[], Schedule::default()).await.unwrap();
    let kept = kept.all();
    // At least, because others count at the same time.
    for (name, least) in [
        ("epay_postgres_batch_writes", 3.0),
        ("epay_postgres_batch_seconds", 3.0),
        ("epay_postgres_repeats_total{why=lost}", 2.0),
        ("epay_postgres_warnings_total", 1.0),
        ("epay_postgres_connections", 1.0),
    ] {
        assert!(kept.get(name).is_some_and(|it| *it >= least), "{name} in {kept:#?}");
    }
}
