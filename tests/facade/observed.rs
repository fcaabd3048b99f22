//! What an operator's numbers say of a bad day, on a recorder that keeps all it is given.

#![expect(
    clippy::float_arithmetic,
    reason = "a recorder is handed numbers of this kind, and no money is among them"
)]

use async_trait::async_trait;
use epay::{InvoiceId, Notification, NotificationHandler};
use epay_http::Authenticity;
use epay_testkit::fakebank::{Endpoint, FaultKind, Misbooking};
use epay_tests::bench::{Shop, hint};
use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex};

/// The sum of each counter, the value of each gauge, and how many were measured of each histogram.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<BTreeMap<String, f64>>>);

impl Kept {
    #[track_caller]
    fn check(&self, expected: &[(&str, f64)]) {
        let kept = self.0.lock().unwrap();
        for (name, value) in expected {
            assert_eq!(kept.get(*name), Some(value), "{name} in {kept:#?}");
        }
    }

    fn one(&self, key: &Key) -> Arc<One> {
        let labels: Vec<String> =
            key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let name = if labels.is_empty() {
            key.name().to_owned()
        } else {
            format!("{}{{{}}}", key.name(), labels.join(","))
        };
        Arc::new(One { all: self.clone(), name })
    }
}

struct One {
    all: Kept,
    name: String,
}

impl One {
    fn change(&self, change: impl FnOnce(f64) -> f64) {
        let mut all = self.all.0.lock().unwrap();
        let value = all.entry(self.name.clone()).or_default();
        *value = change(*value);
    }
}

impl CounterFn for One {
    fn increment(&self, by: u64) {
        self.change(|value| value + f64::from(u32::try_from(by).unwrap()));
    }

    fn absolute(&self, value: u64) {
        self.change(|_| f64::from(u32::try_from(value).unwrap()));
    }
}

impl GaugeFn for One {
    fn increment(&self, by: f64) {
        self.change(|value| value + by);
    }

    fn decrement(&self, by: f64) {
        self.change(|value| value - by);
    }

    fn set(&self, value: f64) {
        self.change(|_| value);
    }
}

impl HistogramFn for One {
    fn record(&self, value: f64) {
        assert!(value >= 0.0);
        self.change(|count| count + 1.0);
    }
}

impl Recorder for Kept {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.one(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.one(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.one(key))
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
    kept.check(&[
        ("epay_asks_total{outcome=answered}", 1.0),
        ("epay_status_checks_total{outcome=answered}", 1.0),
        ("epay_origins_total{origin=ours}", 1.0),
        ("epay_store_seconds{call=create}", 1.0),
    ]);

    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutBeforeEffect);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    let _ = shop.pay("lost").await;
    kept.check(&[
        ("epay_asks_total{outcome=connection}", 1.0),
        ("epay_status_checks_total{outcome=connection}", 1.0),
    ]);
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
    kept.check(&[("epay_oldest_unknown_seconds", 600.0)]);

    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::Misbook(Misbooking::Amount(50_00)));
    let _ = shop.pay("wrong").await;
    // It is checked again, and is counted once.
    shop.wait(7_200);
    let _ = shop.payments.reconcile().await.unwrap();
    kept.check(&[("epay_contradictions_total{kind=two_captured_sums}", 1.0)]);

    for (invoice, authenticity) in [
        ("100000001", Authenticity::Unproven),
        ("100000001", Authenticity::Unproven),
        ("999999", Authenticity::Forged),
    ] {
        let told = hint(&InvoiceId::new(invoice).unwrap(), authenticity);
        let _ = shop.payments.hint(&told).await.unwrap();
    }
    kept.check(&[
        ("epay_hints_total{outcome=due,authenticity=unproven}", 2.0),
        ("epay_hints_total{outcome=not_ours,authenticity=forged}", 1.0),
    ]);

    assert_eq!(shop.payments.deliver_notifications().await.unwrap(), 1);
    kept.check(&[
        ("epay_notifications_total{outcome=taken_in}", 1.0),
        ("epay_notifications_total{outcome=failed}", 2.0),
    ]);

    epay::observe::note_invoices_left(999_997);
    kept.check(&[("epay_invoices_left", 999_997.0)]);
    let kept = kept.0.lock().unwrap();
    for call in ["append", "claim_due", "create", "history", "load"] {
        let measured = kept.get(&format!("epay_store_seconds{{call={call}}}"));
        assert!(measured.is_some_and(|count| *count >= 1.0), "{call} in {kept:#?}");
    }
}
