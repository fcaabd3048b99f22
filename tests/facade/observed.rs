//! What an operator's numbers say of a bad day, on a recorder that keeps all it is given.

use async_trait::async_trait;
use epay::{InvoiceId, Notification, NotificationHandler};
use epay_http::Authenticity;
use epay_testkit::fakebank::{Endpoint, FaultKind, Misbooking};
use epay_tests::bench::{Shop, hint};
use std::error::Error;
use std::sync::Mutex;

use crate::recorder::Kept;

#[track_caller]
fn check(kept: &Kept, expected: &[(&str, f64)]) {
    let kept = kept.all();
    for (name, value) in expected {
        assert_eq!(kept.get(*name), Some(value), "{name} in {kept:#?}");
    }
}

/// Takes the first notification in and no other.
#[derive(Debug, Default)]
struct Once(Mutex<bool>);

#[async_trait]
impl NotificationHandler for Once {
    async fn handle(&self, _: &Notification) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut taken = self.0.lock().unwrap();
        if std::mem::replace(&mut *taken, true) { Err("full".into()) } else { Ok(()) }
    }
}

#[tokio::test]
async fn asks_status_checks_contradictions_hints_notifications_and_the_log_are_counted() {
    let kept = Kept::default();
    let _here = metrics::set_default_local_recorder(&kept);
    let shop = Shop::one_stage().with(|it| it.with_notification_handler(Once::default()));

    let _ = shop.pay("paid").await;
    check(
        &kept,
        &[
            ("epay_asks_total{outcome=answered}", 1.0),
            ("epay_status_checks_total{outcome=answered}", 1.0),
            ("epay_origins_total{origin=ours}", 1.0),
            ("epay_store_seconds{call=create}", 1.0),
        ],
    );

    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutBeforeEffect);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    let _ = shop.pay("lost").await;
    check(
        &kept,
        &[
            ("epay_asks_total{outcome=connection}", 1.0),
            ("epay_status_checks_total{outcome=connection}", 1.0),
        ],
    );
    shop.wait(600);
    // The reconciler's loop measures, and stops when it has checked.
    let stop = shop.bank.clone();
    let before = stop.calls(Endpoint::Status);
    let stop = std::future::poll_fn(move |context| {
        context.waker().wake_by_ref();
        let done = stop.calls(Endpoint::Status) > before;
        if done { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    });
    shop.payments.keep_reconciling(std::time::Duration::from_secs(60), stop).await;
    check(&kept, &[("epay_oldest_unknown_seconds", 600.0)]);

    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::Misbook(Misbooking::Amount(50_00)));
    let _ = shop.pay("wrong").await;
    // It is checked again, and is counted once.
    shop.wait(7_200);
    let _ = shop.payments.reconcile().await.unwrap();
    check(&kept, &[("epay_contradictions_total{kind=two_captured_sums}", 1.0)]);

    for (invoice, authenticity) in [
        ("100000001", Authenticity::Unproven),
        ("100000001", Authenticity::Unproven),
        ("999999", Authenticity::Forged),
    ] {
        let told = hint(&InvoiceId::new(invoice).unwrap(), authenticity);
        let _ = shop.payments.hint(&told).await.unwrap();
    }
    check(
        &kept,
        &[
            ("epay_hints_total{outcome=due,authenticity=unproven}", 2.0),
            ("epay_hints_total{outcome=not_ours,authenticity=forged}", 1.0),
        ],
    );

    assert_eq!(shop.payments.deliver_notifications().await.unwrap(), 1);
    check(
        &kept,
        &[
            ("epay_notifications_total{outcome=taken_in}", 1.0),
            ("epay_notifications_total{outcome=failed}", 2.0),
        ],
    );

    epay::observe::note_invoices_left(999_997);
    check(&kept, &[("epay_invoices_left", 999_997.0)]);
    let kept = kept.all();
    for call in ["append", "claim_due", "create", "history", "load"] {
        let measured = kept.get(&format!("epay_store_seconds{{call={call}}}"));
        assert!(measured.is_some_and(|count| *count >= 1.0), "{call} in {kept:#?}");
    }
}
