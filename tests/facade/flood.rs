//! Money that is unknown comes first, whatever pours in, and an outage is settled in minutes.

use epay::{HintOutcome, Outcome};
use epay_domain::{Clock, EventKind, PaymentStore, Timestamp};
use epay_http::Authenticity;
use epay_tests::bench::{
    Call, HOUR, MINUTE, Reply, ScriptedBank, Shop, VirtualClock, hint, name,
};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn start(payments: epay::Payments) {
    tokio::spawn(async move {
        payments.keep_reconciling(5 * SECOND, std::future::pending()).await;
    });
}

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_forged_hints_about_settled_payments_delay_nobody() {
    const SETTLED: usize = 1_000;
    const HINTS: usize = 100_000;
    for authenticity in [Authenticity::Forged, Authenticity::Unproven] {
        let shop = Shop::virtual_time();
        shop.bank.says(Call::Authorize, Reply::charged()).says(Call::Status, Reply::charged());
        let mut invoices = Vec::new();
        for order in 0..SETTLED {
            invoices.push(shop.pay(&format!("paid-{order}")).await.attempt().invoice().clone());
        }
        shop.clock.pass(HOUR).await;
        shop.bank.takes(SECOND);
        start(shop.payments.clone());
        shop.clock.pass(10).await;
        shop.bank.forget();
        let writes = shop.store.writes();

        // The flood comes within ten seconds, and in the middle of it a payment whose answer is lost.
        let mut due = 0;
        let mut lost = None;
        for number in 0..HINTS {
            let invoice = &invoices[number * 7 % SETTLED];
            let noted = shop.payments.hint(&hint(invoice, authenticity)).await.unwrap();
            due += usize::from(noted == HintOutcome::Due);
            if number % (HINTS / 10) == 0 {
                shop.clock.pass(1).await;
            }
            if number == HINTS / 2 {
                shop.bank.next(Call::Authorize, [Reply::Lost]).next(Call::Status, [Reply::Lost]);
                let unknown = shop.pay("fresh").await;
                assert_eq!(name(&unknown), "unknown");
                lost = Some((unknown.attempt().invoice().clone(), shop.clock.now()));
            }
        }
        let (lost, since) = lost.unwrap();
        shop.clock.pass(30).await;
        let fresh = shop.status("fresh").await;
        assert_eq!(name(&fresh), "paid");
        let checked = checked_at(&shop, &lost, since).await;
        let delay = checked.since(since);
        let (calls, writes) = (shop.bank.calls(Call::Status), shop.store.writes() - writes);
        println!("{authenticity:?}: {due} of {HINTS} hints due, {calls} checks, {writes} writes, delay {delay:?}");
        // The check is due two seconds after the one that failed.
        assert!(delay <= 7 * SECOND, "{delay:?}");
        assert!(due <= 40 && calls <= 60 && writes <= 120, "{due} {calls} {writes}");
    }
}

/// When the answer that settled it was written.
async fn checked_at(
    shop: &Shop<ScriptedBank, VirtualClock>,
    invoice: &epay::InvoiceId,
    after: Timestamp,
) -> Timestamp {
    let history = shop.payments.history(invoice).await.unwrap();
    let mut observed = history
        .iter()
        .filter(|event| event.at > after && matches!(event.kind, EventKind::Observed(_)));
    observed.next().unwrap().at
}

#[tokio::test(start_paused = true)]
async fn a_proven_hint_goes_before_those_that_prove_nothing() {
    let shop = Shop::virtual_time();
    let paid = shop.pay_and("order", Reply::charged(), Reply::charged()).await;
    let other = shop.pay("other").await;
    shop.clock.pass(HOUR).await;
    let (paid, other) = (paid.attempt().invoice(), other.attempt().invoice());
    let unproven = || hint(other, Authenticity::Unproven);
    assert_eq!(shop.payments.hint(&unproven()).await.unwrap(), HintOutcome::Due);
    for _ in 0..1_000 {
        let noted = shop.payments.hint(&unproven()).await.unwrap();
        assert_eq!(noted, HintOutcome::Postponed);
    }
    let proven = hint(paid, Authenticity::Proven);
    assert_eq!(shop.payments.hint(&proven).await.unwrap(), HintOutcome::Due);
    shop.bank.forget();
    shop.payments.reconcile().await.unwrap();
    assert_eq!(shop.bank.calls_by_invoice(Call::Status).keys().collect::<Vec<_>>(), [paid]);
}

/// Ten thousand payments whose answers were lost while the bank was away.
async fn outage(payments: usize) -> Shop<ScriptedBank, VirtualClock> {
    let shop = Shop::virtual_time();
    shop.bank.says(Call::Authorize, Reply::Lost).says(Call::Status, Reply::Lost);
    for order in 0..payments {
        // Fifty a second.
        if order % 50 == 0 {
            shop.clock.pass(1).await;
        }
        assert!(matches!(shop.pay(&order.to_string()).await, Outcome::Unknown(_)));
    }
    shop.bank.says(Call::Status, Reply::charged()).takes(SECOND);
    shop.bank.forget();
    shop
}

async fn until_all_are_paid(shop: &Shop<ScriptedBank, VirtualClock>, payments: usize) -> Duration {
    let back = shop.clock.elapsed();
    let mut left: Vec<_> = shop.store.page(None, payments).await.unwrap();
    while !left.is_empty() {
        shop.clock.pass(5).await;
        let mut still = Vec::new();
        for (invoice, _) in left {
            let stored = shop.store.load(&invoice).await.unwrap().unwrap();
            if stored.payment.status() != epay::PaymentStatus::Paid {
                still.push((invoice, Ok(stored)));
            }
        }
        left = still;
        assert!(shop.clock.elapsed() - back < Duration::from_secs(HOUR), "{} left", left.len());
    }
    shop.clock.elapsed() - back
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_unknown_payments_are_settled_in_twelve_minutes() {
    const PAYMENTS: usize = 10_000;
    let shop = outage(PAYMENTS).await;
    start(shop.payments.clone());
    let took = until_all_are_paid(&shop, PAYMENTS).await;
    let calls = shop.bank.calls(Call::Status);
    println!("one process: {took:?}, {calls} checks");
    assert!(took < Duration::from_secs(12 * MINUTE), "{took:?}");
    assert_eq!(calls, PAYMENTS);
}

#[tokio::test(start_paused = true)]
async fn two_processes_check_no_payment_more_than_once_more() {
    const PAYMENTS: usize = 4_000;
    let shop = outage(PAYMENTS).await;
    start(shop.payments.clone());
    start(shop.another_process());
    let took = until_all_are_paid(&shop, PAYMENTS).await;
    let calls = shop.bank.calls_by_invoice(Call::Status);
    let most = calls.values().max().unwrap();
    let all: usize = calls.values().sum();
    println!("two processes: {took:?} for {PAYMENTS}, {all} checks, at most {most} of one payment");
    assert!(*most <= 2, "{most}");
    assert!(took < Duration::from_secs(4 * MINUTE), "{took:?}");
}

#[tokio::test]
async fn a_bank_that_flaps_and_a_hint_a_second_hardly_grow_the_log() {
    let shop = Shop::scripted();
    let unknown = shop.pay_and("order", Reply::Lost, Reply::not_found()).await;
    let invoice = unknown.attempt().invoice().clone();
    shop.wait(HOUR);
    let mut before = shop.logged(&invoice).await;
    for hour in 0..3 {
        for second in 0..HOUR {
            let flaps = if second % 2 == 0 { Reply::not_found() } else { Reply::in_progress() };
            shop.bank.says(Call::Status, flaps);
            shop.wait(1);
            shop.payments.hint(&hint(&invoice, Authenticity::Forged)).await.unwrap();
            shop.reconcile().await;
        }
        let events = shop.logged(&invoice).await;
        println!("hour {hour}: {} events", events - before);
        assert!(events - before <= 60, "{} events in an hour", events - before);
        before = events;
    }
}
