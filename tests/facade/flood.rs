//! Money that is unknown comes first, whatever pours in, and an outage is settled in minutes.

use epay::{HintOutcome, Outcome};
use epay_domain::{Clock, EventKind, ListQuery, PayerStep, PaymentStore, Timestamp};
use epay_http::Authenticity;
use epay_tests::bench::{
    Call, DAY, HOUR, MINUTE, Reply, ScriptedBank, Shop, VirtualClock, hint, name, timeouts,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn start(payments: epay::Payments) {
    tokio::spawn(async move {
        payments.keep_reconciling(5 * SECOND, std::future::pending()).await;
    });
}

/// What so many hints about settled payments cost.
#[derive(Debug)]
struct Cost {
    /// Until a payment whose answer is lost in the middle of the flood is settled.
    settled_after: Duration,
    checks: usize,
    writes: usize,
}

async fn flood(hints: usize, authenticity: Authenticity) -> Cost {
    const SETTLED: usize = 1_000;
    let shop = Shop::virtual_time();
    // What the bank has not told yet it tells as soon as it is back.
    let back = Arc::new(AtomicBool::new(false));
    let knows = Arc::clone(&back);
    let (charged, not_yet) = (Reply::charged(), Reply::in_progress());
    let status = Reply::Says(Arc::new(move |payment, step| {
        let settled = payment.status() == epay::PaymentStatus::Paid;
        let told = settled || payment.confirmed_by_status() || knows.load(Ordering::SeqCst);
        let Reply::Says(says) = (if told { &charged } else { &not_yet }) else { unreachable!() };
        says(payment, step)
    }));
    shop.bank.says(Call::Authorize, Reply::charged()).says(Call::Status, status);
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
    // The flood comes within twenty seconds, and in the middle of it a payment whose answer is lost.
    let mut lost = None;
    for second in 0..20 {
        for number in 0..hints / 20 {
            let invoice = &invoices[(second * hints / 20 + number) * 7 % SETTLED];
            shop.payments.hint(&hint(invoice, authenticity)).await.unwrap();
        }
        shop.clock.pass(1).await;
        if second == 10 {
            shop.bank.next(Call::Authorize, [Reply::Lost]);
            let unknown = shop.pay("fresh").await;
            assert_eq!(name(&unknown), "unknown");
            back.store(true, Ordering::SeqCst);
            lost = Some((unknown.attempt().invoice().clone(), shop.clock.now()));
        }
    }
    shop.clock.pass(30).await;
    assert_eq!(name(&shop.status("fresh").await), "paid");
    let (lost, since) = lost.unwrap();
    let settled_after = checked_at(&shop, &lost, since).await.since(since);
    let (checks, writes) = (shop.bank.calls(Call::Status), shop.store.writes() - writes);
    Cost { settled_after, checks, writes }
}

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_forged_hints_about_settled_payments_delay_nobody() {
    for authenticity in [Authenticity::Forged, Authenticity::Unproven, Authenticity::Proven] {
        let (calm, flooded) = (flood(0, authenticity).await, flood(100_000, authenticity).await);
        println!("{authenticity:?} hints: {flooded:?}; without: {calm:?}");
        let delay = flooded.settled_after.saturating_sub(calm.settled_after);
        assert!(delay < 5 * SECOND, "{delay:?}");
        // A right tag was seen by somebody who can post it again: five a second.
        let a_second = if authenticity == Authenticity::Proven { 5 } else { 1 };
        let most = 25 * a_second + 10;
        assert!(flooded.checks <= most && flooded.writes <= 2 * most + 10, "{flooded:?}");
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
    let (other, third) = (shop.pay("other").await, shop.pay("third").await);
    shop.clock.pass(HOUR).await;
    let (paid, other) = (paid.attempt().invoice(), other.attempt().invoice());
    let third = third.attempt().invoice();
    let unproven = |invoice| hint(invoice, Authenticity::Unproven);
    assert_eq!(shop.payments.hint(&unproven(other)).await.unwrap(), HintOutcome::Due);
    for _ in 0..1_000 {
        let noted = shop.payments.hint(&unproven(third)).await.unwrap();
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
    let page = shop.store.list(ListQuery::newest(payments)).await.unwrap();
    let mut left: Vec<_> = page.into_iter().map(|(invoice, _)| invoice).collect();
    while !left.is_empty() {
        shop.clock.pass(5).await;
        let mut still = Vec::new();
        for invoice in left {
            let stored = shop.store.load(&invoice).await.unwrap().unwrap();
            if stored.payment.status() != epay::PaymentStatus::Paid {
                still.push(invoice);
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
async fn settled_payments_have_the_whole_pace_while_nothing_is_unknown() {
    const PAYMENTS: usize = 1_200;
    let shop = Shop::virtual_time();
    shop.bank.says(Call::Authorize, Reply::charged()).says(Call::Status, Reply::charged());
    for order in 0..PAYMENTS {
        let _ = shop.pay(&order.to_string()).await;
    }
    shop.clock.pass(2 * DAY).await;
    shop.bank.takes(Duration::from_millis(200)).forget();
    start(shop.payments.clone());
    shop.clock.pass(MINUTE + 5).await;
    assert_eq!(shop.bank.calls_by_invoice(Call::Status).len(), PAYMENTS, "twenty a second");
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

#[tokio::test(start_paused = true)]
async fn twenty_payers_a_second_who_leave_their_page_are_carried() {
    const PAYER: u64 = 60;
    for reply in [Reply::challenge(), Reply::Lost] {
        let timeouts = timeouts(|it| it.payer = Duration::from_secs(PAYER));
        let shop = Shop::virtual_time().with(|it| it.with_timeouts(timeouts));
        shop.bank.says(Call::Status, Reply::waits_for(PayerStep::Challenge));
        start(shop.payments.clone());
        let mut invoices = Vec::new();
        for second in 0..PAYER + 30 {
            shop.bank.says(Call::Authorize, reply.clone());
            for number in 0..20 {
                let left = shop.pay(&format!("{second}-{number}")).await;
                invoices.push(left.attempt().invoice().clone());
            }
            shop.clock.pass(1).await;
        }
        shop.clock.pass(PAYER + 30).await;
        let calls = shop.bank.calls_by_invoice(Call::Status);
        for invoice in &invoices {
            let payment = shop.payment(invoice).await;
            assert_eq!(payment.status(), epay::PaymentStatus::NotExecuted);
            let took = payment.closed_at().unwrap().since(payment.asked_at().unwrap());
            assert!(took < Duration::from_secs(PAYER + 30), "{took:?}");
            // The lost answer is looked for at once.
            let looked = usize::from(matches!(reply, Reply::Lost));
            assert_eq!(calls.get(invoice), Some(&(1 + looked)));
        }
    }
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

#[tokio::test(start_paused = true)]
async fn a_flood_about_what_is_unknown_asks_the_bank_once_a_second_and_writes_as_often() {
    let shop = Shop::virtual_time();
    let unknown = shop.pay_and("order", Reply::Lost, Reply::in_progress()).await;
    let other = shop.pay("other").await;
    shop.clock.pass(HOUR).await;
    start(shop.payments.clone());
    shop.clock.pass(10).await;
    shop.bank.forget();
    let writes = shop.store.writes();
    for _ in 0..60 {
        for _ in 0..500 {
            let told = hint(unknown.attempt().invoice(), Authenticity::Forged);
            assert_eq!(shop.payments.hint(&told).await.unwrap(), HintOutcome::Due);
        }
        shop.clock.pass(1).await;
    }
    let (calls, writes) = (shop.bank.calls(Call::Status), shop.store.writes() - writes);
    println!("30,000 hints in a minute about an unknown: {calls} checks, {writes} writes");
    assert!(calls <= 62 && writes <= 190, "{calls} {writes}");
    let events = shop.logged(unknown.attempt().invoice()).await;
    assert!(events <= 20, "{events} events");
    let _ = other;
}
