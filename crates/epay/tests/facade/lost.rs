//! Answers get lost: what was asked is never asked again, and asking about it settles it.

use crate::{PRICE, Shop, card, name};
use async_trait::async_trait;
use epay::domain::{Clock, PaymentStatus, PaymentStore, Timestamp};
use epay::{MemoryStore, Outcome, PayerCharged, Payments};
use epay_testkit::fakebank::{Endpoint, FaultKind, Misbooking, cards};
use epay_testkit::{FakeBank, ManualClock};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;
use std::time::Duration;

#[tokio::test]
async fn one_look_settles_what_the_bank_did() {
    for what in [FaultKind::CutAfterEffect, FaultKind::ErrorAfterEffect, FaultKind::Truncate(10)] {
        let shop = Shop::one_stage();
        shop.bank.inject_fault(Endpoint::Cryptopay, what.clone());
        assert_eq!(name(&shop.pay("order").await), "paid", "{what:?}");
        shop.asked(Endpoint::Cryptopay, 1);
        shop.asked(Endpoint::Status, 1);
    }
}

#[tokio::test]
async fn unknown_stays_unknown_until_the_bank_tells() {
    let shop = Shop::one_stage();
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    let outcome = shop.pay("order").await;
    assert_eq!((name(&outcome), outcome.payer_charged()), ("unknown", PayerCharged::NotKnownYet));

    // An impatient payer: the second click asks about the payment, not for it.
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    assert_eq!(name(&shop.pay("order").await), "unknown");

    let reconcile = |shop: &Shop| {
        let payments = shop.payments.clone();
        async move { payments.reconcile().await.unwrap() }
    };
    assert_eq!(reconcile(&shop).await.checked, 0, "it was looked at just now");
    shop.wait(5);
    let settled = reconcile(&shop).await;
    assert_eq!((settled.checked, settled.still_open, settled.flagged), (1, 0, 0));
    assert_eq!(name(&shop.payments.status("order").await.unwrap()), "paid");
    shop.asked(Endpoint::Cryptopay, 1);
    shop.wait(3_600);
    assert_eq!(reconcile(&shop).await.checked, 0, "what a status has settled is left alone");
}

#[tokio::test]
async fn not_found_is_no_proof_until_the_fence_has_passed() {
    let shop = Shop::one_stage();
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutBeforeEffect);
    let first = shop.pay("order").await;
    assert_eq!(name(&first), "unknown");
    for hours in [1, 22] {
        shop.wait(hours * 3_600);
        let _ = shop.payments.reconcile().await.unwrap();
        assert_eq!(name(&shop.pay("order").await), "unknown", "after {hours} more hours");
    }
    shop.wait(2 * 3_600);
    let _ = shop.payments.reconcile().await.unwrap();
    let closed = shop.payments.status("order").await.unwrap();
    assert_eq!(closed.attempt().payment().status(), PaymentStatus::Abandoned);
    let second = shop.pay("order").await;
    assert_eq!(name(&second), "paid");
    assert_ne!(first.attempt().invoice(), second.attempt().invoice());
    shop.asked(Endpoint::Cryptopay, 2);
}

#[tokio::test]
async fn a_payment_that_surfaces_late_is_found() {
    let shop = Shop::one_stage();
    shop.bank.with_bank(|bank| bank.switches_mut().visible_after = 90_000);
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::ErrorAfterEffect);
    assert_eq!(name(&shop.pay("order").await), "unknown");
    shop.wait(60);
    let _ = shop.payments.reconcile().await.unwrap();
    assert_eq!(name(&shop.pay("order").await), "unknown");
    shop.wait(120);
    let _ = shop.payments.reconcile().await.unwrap();
    assert_eq!(name(&shop.payments.status("order").await.unwrap()), "paid");
    shop.asked(Endpoint::Cryptopay, 1);
}

#[tokio::test]
async fn a_payer_who_goes_away_in_the_middle_is_asked_about_later() {
    let shop = Shop::one_stage();
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::Delay(60_000));
    let clock = shop.bank.clock();
    {
        let paying = shop.payments.pay("order", PRICE, card(cards::VISA_OK));
        let dropped = tokio::select! {
            biased;
            _ = paying => false,
            () = tokio::task::yield_now() => true,
        };
        assert!(dropped, "the browser closed before the bank answered");
    }
    clock.advance(Duration::from_secs(10));
    let _ = shop.payments.reconcile().await.unwrap();
    assert_eq!(name(&shop.payments.status("order").await.unwrap()), "paid");
    shop.asked(Endpoint::Cryptopay, 1);
}

#[tokio::test]
async fn a_200_alone_ships_nothing_unless_the_shop_says_so() {
    for (fulfil_on, expected) in
        [(epay::FulfilOn::Status, "unknown"), (epay::FulfilOn::Reply, "paid")]
    {
        let bank = FakeBank::start();
        let payments = Payments::with_clock(bank.gateway(), MemoryStore::default(), bank.clock());
        bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
        let outcome = payments
            .with_fulfil_on(fulfil_on)
            .pay("order", PRICE, card(cards::VISA_OK))
            .await
            .unwrap();
        assert_eq!(name(&outcome), expected, "{fulfil_on:?}");
        assert_eq!(
            bank.calls(Endpoint::Status),
            usize::from(fulfil_on == epay::FulfilOn::Status),
            "{fulfil_on:?}"
        );
    }
}

#[tokio::test]
async fn a_hold_is_confirmed_by_one_look_and_a_look_that_teaches_nothing_is_not_logged() {
    let shop = Shop::two_stage();
    let held = shop.pay("order").await;
    shop.asked(Endpoint::Status, 1);
    let logged = shop.payments.history(held.attempt().invoice()).await.unwrap();
    assert_eq!(name(&shop.payments.check_status("order").await.unwrap()), "held");
    assert_eq!(shop.payments.history(held.attempt().invoice()).await.unwrap(), logged);
}

#[tokio::test]
async fn a_report_counts_what_was_checked_what_is_open_and_what_is_flagged() {
    let shop = Shop::one_stage();
    for order in ["lost-1", "lost-2"] {
        shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutBeforeEffect);
        assert_eq!(name(&shop.pay(order).await), "unknown");
    }
    for order in ["wrong-1", "wrong-2"] {
        shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::Misbook(Misbooking::Amount(1_00)));
        assert_eq!(name(&shop.pay(order).await), "unknown");
    }
    shop.wait(2 * 3_600);
    let report = shop.payments.reconcile().await.unwrap();
    assert_eq!((report.checked, report.still_open, report.flagged), (4, 2, 2));
    assert!(format!("{:?}", shop.payments).starts_with("Payments {"));
}

#[tokio::test]
async fn terminals_that_share_a_store_look_after_their_own_payments() {
    let bank = FakeBank::start();
    let store = Arc::new(MemoryStore::default());
    let one = Payments::with_clock(bank.gateway(), store.clone(), bank.clock());
    let two = Payments::with_clock(bank.two_stage_gateway(), store.clone(), bank.clock());
    bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutBeforeEffect);
    let Outcome::Unknown(watch) = one.pay("order", PRICE, card(cards::VISA_OK)).await.unwrap()
    else {
        panic!()
    };
    bank.clock().advance(Duration::from_secs(10));
    assert_eq!(two.reconcile().await.unwrap().checked, 0);
    assert_eq!(one.reconcile().await.unwrap().checked, 1);
    assert!(store.load(watch.attempt().invoice()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_look_that_failed_is_due_again_as_soon_as_the_question_is_twice_as_old() {
    let shop = Shop::one_stage();
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    assert_eq!(name(&shop.pay("order").await), "unknown");
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    for (seconds, looked, still_open) in [(5, 1, 1), (0, 0, 0), (4, 0, 0), (1, 1, 0)] {
        shop.wait(seconds);
        let report = shop.payments.reconcile().await.unwrap();
        assert_eq!((report.checked, report.still_open), (looked, still_open), "{seconds} s later");
    }
}

/// A clock that breaks when it is asked too often: a loop that forgets to pause fails, where it would never end.
#[derive(Debug)]
struct Fragile(ManualClock, AtomicU32);

#[async_trait]
impl Clock for Fragile {
    fn now(&self) -> Timestamp {
        assert!(self.1.fetch_add(1, Ordering::Relaxed) < 10_000, "asked too often");
        self.0.now()
    }

    async fn sleep(&self, wait: Duration) {
        self.0.sleep(wait).await;
    }
}

#[tokio::test]
async fn the_reconciler_keeps_to_its_looks_a_second_and_then_pauses() {
    let bank = FakeBank::start();
    let clock = Fragile(bank.clock(), AtomicU32::new(0));
    let payments = Payments::with_clock(bank.gateway(), MemoryStore::default(), clock)
        .with_status_checks_per_second(7);
    for order in 0..40 {
        bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutBeforeEffect);
        let outcome = payments.pay(&order.to_string(), PRICE, card(cards::VISA_OK)).await.unwrap();
        assert_eq!(name(&outcome), "unknown");
    }
    bank.clock().advance(Duration::from_secs(2));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let reconciler = tokio::spawn({
        let payments = payments.clone();
        async move {
            payments
                .keep_reconciling(Duration::from_secs(60), async { stopped.await.unwrap() })
                .await
        }
    });
    let mut before = bank.calls(Endpoint::Status);
    for _ in 0..5 {
        asleep(&bank).await;
        assert_eq!(bank.calls(Endpoint::Status) - before, 7);
        before = bank.calls(Endpoint::Status);
        bank.clock().advance(Duration::from_millis(999));
        tokio::task::yield_now().await;
        assert_eq!(bank.calls(Endpoint::Status), before, "it waits for the second to be over");
        bank.clock().advance(Duration::from_millis(1));
        while bank.calls(Endpoint::Status) < before + 7 {
            tokio::task::yield_now().await;
        }
    }
    stop.send(()).unwrap();
    reconciler.await.unwrap();
}

/// Waits until somebody waits by the bank's clock.
async fn asleep(bank: &FakeBank) {
    while bank.clock().sleepers() == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_reconciler_with_nothing_to_do_pauses_as_long_as_it_was_told() {
    let bank = FakeBank::start();
    let payments = Payments::with_clock(bank.gateway(), MemoryStore::default(), bank.clock());
    let reconciler = tokio::spawn({
        let payments = payments.clone();
        async move { payments.keep_reconciling(Duration::from_secs(60), std::future::pending()).await }
    });
    asleep(&bank).await;
    bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutBeforeEffect);
    assert_eq!(name(&payments.pay("order", PRICE, card(cards::VISA_OK)).await.unwrap()), "unknown");
    let before = bank.calls(Endpoint::Status);
    bank.clock().advance(Duration::from_millis(59_999));
    tokio::task::yield_now().await;
    assert_eq!(bank.calls(Endpoint::Status), before);
    bank.clock().advance(Duration::from_millis(1));
    while bank.calls(Endpoint::Status) == before {
        tokio::task::yield_now().await;
    }
    reconciler.abort();
}

#[tokio::test]
async fn a_reconciler_that_is_told_to_stop_gives_back_what_it_had_claimed() {
    let bank = FakeBank::start();
    let payments = Payments::with_clock(bank.gateway(), MemoryStore::default(), bank.clock());
    for order in 0..3 {
        bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutBeforeEffect);
        let outcome = payments.pay(&order.to_string(), PRICE, card(cards::VISA_OK)).await.unwrap();
        assert_eq!(name(&outcome), "unknown");
    }
    bank.clock().advance(Duration::from_secs(2));
    let before = bank.calls(Endpoint::Status);
    // Said as soon as the first status check has begun.
    let counting = bank.clone();
    let stop = std::future::poll_fn(move |context| {
        context.waker().wake_by_ref();
        if counting.calls(Endpoint::Status) > before { Poll::Ready(()) } else { Poll::Pending }
    });
    payments.keep_reconciling(Duration::from_secs(60), stop).await;
    assert_eq!(bank.calls(Endpoint::Status), before + 1, "the status check it was at is the last");
    assert_eq!(
        payments.reconcile().await.unwrap().checked,
        2,
        "nobody has to wait for a lease to pass"
    );
}
