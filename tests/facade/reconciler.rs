//! The reconciler: what is due is checked, side by side, as often as it was told, and what is under way
//! is ended when it is told to stop.

use async_trait::async_trait;
use epay::{MemoryStore, Payments};
use epay_domain::{Clock, Source, Timestamp};
use epay_testkit::fakebank::{Endpoint, FaultKind, Misbooking, cards};
use epay_testkit::{FakeBank, ManualClock};
use epay_tests::bench::{Call, DAY, HOUR, Heard, PRICE, Reply, Shop, card, name, stored};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A clock that breaks when it is asked too often: a loop that forgets to pause fails, where it would never end.
#[derive(Debug)]
struct Fragile(ManualClock, AtomicU32);

#[async_trait]
impl Clock for Fragile {
    fn now(&self) -> Timestamp {
        assert!(self.1.fetch_add(1, Ordering::Relaxed) < 10_000, "asked too often");
        self.0.now()
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }

    async fn sleep(&self, wait: Duration) {
        self.0.sleep(wait).await;
    }
}

#[tokio::test]
async fn a_report_counts_what_was_checked_what_is_open_and_what_is_contradicted() {
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
    assert_eq!((report.checked, report.unanswered), (4, 0));
    assert_eq!((report.still_open, report.contradicted), (2, 2));
    shop.bank.disconnect(true);
    shop.wait(2 * HOUR);
    assert_eq!(shop.reconcile().await.unanswered, 4);
    assert!(format!("{:?}", shop.payments).starts_with("Payments {"));
}

#[tokio::test]
async fn terminals_that_share_a_log_look_after_their_own_payments() {
    let shop = Shop::one_stage();
    let two = Payments::with_clock(
        shop.bank.two_stage_gateway(),
        Arc::clone(&shop.store),
        shop.clock.clone(),
    );
    let _ = shop.pay_lost("order", FaultKind::CutBeforeEffect).await;
    shop.wait(10);
    assert_eq!(two.reconcile().await.unwrap().checked, 0);
    assert_eq!(shop.reconcile().await.checked, 1);
}

#[tokio::test]
async fn a_check_that_failed_is_due_again_as_soon_as_the_question_is_twice_as_old() {
    let shop = Shop::one_stage();
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    assert_eq!(name(&shop.pay("order").await), "unknown");
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    for (seconds, checked, still_open) in [(5, 1, 1), (0, 0, 0), (4, 0, 0), (1, 1, 0)] {
        shop.wait(seconds);
        let report = shop.payments.reconcile().await.unwrap();
        assert_eq!((report.checked, report.still_open), (checked, still_open), "{seconds} s later");
    }
}

#[tokio::test]
async fn a_check_that_takes_longer_than_its_lease_is_not_made_again_at_once() {
    let shop = Shop::one_stage();
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    assert_eq!(name(&shop.pay("order").await), "unknown");
    shop.wait(10);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::Delay(100));
    let payments = shop.payments.clone();
    let checking = tokio::spawn(async move { payments.reconcile().await.unwrap() });
    while shop.clock.sleepers() == 0 {
        assert!(!checking.is_finished(), "it is due");
        tokio::task::yield_now().await;
    }
    // As where the machine was suspended meanwhile.
    shop.clock.set_wall(shop.clock.now() + Duration::from_secs(600));
    shop.wait(1);
    assert_eq!(checking.await.unwrap().checked, 1);
    assert_eq!(shop.reconcile().await.checked, 0, "it was just now");
}

#[tokio::test(start_paused = true)]
async fn at_most_so_many_checks_are_begun_in_a_second_and_so_many_run_side_by_side() {
    for (per_second, at_once, takes, expected) in [(7, 16, 0, 7), (20, 4, 1, 4), (20, 16, 1, 16)] {
        let shop = Shop::virtual_time().with(|it| {
            it.with_status_checks_per_second(per_second).with_status_checks_at_once(at_once)
        });
        shop.bank.says(Call::Authorize, Reply::Lost).says(Call::Status, Reply::Lost);
        for order in 0..200 {
            let _ = shop.pay(&order.to_string()).await;
        }
        shop.clock.pass(10).await;
        shop.bank.takes(Duration::from_secs(takes)).says(Call::Status, Reply::charged());
        tokio::spawn({
            let payments = shop.payments.clone();
            async move {
                payments.keep_reconciling(Duration::from_secs(60), std::future::pending()).await
            }
        });
        shop.clock.pass(1).await;
        shop.bank.forget();
        shop.clock.pass(5).await;
        let (begun, most) = (shop.bank.calls(Call::Status), expected * 5 + expected);
        let fewest = expected * 5 - expected;
        assert!((fewest..=most).contains(&begun), "{per_second} {at_once}: {begun} in 5 s");
    }
}

#[tokio::test]
async fn a_loop_that_has_work_does_not_spin() {
    let bank = FakeBank::start();
    let clock = Fragile(bank.clock(), AtomicU32::new(0));
    let payments = Payments::with_clock(bank.gateway(), MemoryStore::default(), clock)
        .with_status_checks_per_second(7);
    for order in 0..20 {
        bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutBeforeEffect);
        let _ = payments.pay(&order.to_string(), PRICE, card(cards::VISA_OK)).await.unwrap();
    }
    bank.clock().advance(Duration::from_secs(2));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let reconciler = tokio::spawn({
        let payments = payments.clone();
        async move {
            let stopped = async { stopped.await.unwrap() };
            payments.keep_reconciling(Duration::from_secs(60), stopped).await;
        }
    });
    for _ in 0..30 {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        bank.clock().advance(Duration::from_millis(200));
    }
    stop.send(()).unwrap();
    reconciler.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_reconciler_with_nothing_to_do_pauses_as_long_as_it_was_told() {
    let shop = Shop::virtual_time();
    tokio::spawn({
        let payments = shop.payments.clone();
        async move { payments.keep_reconciling(Duration::from_secs(60), std::future::pending()).await }
    });
    shop.clock.pass(1).await;
    let _ = shop.pay_and("order", Reply::Lost, Reply::Lost).await;
    shop.clock.pass(58).await;
    assert_eq!(shop.bank.calls(Call::Status), 1);
    shop.clock.pass(2).await;
    assert_eq!(shop.bank.calls(Call::Status), 2);
}

#[tokio::test(start_paused = true)]
async fn a_reconciler_that_is_told_to_stop_ends_the_checks_it_has_begun_and_claims_no_more() {
    let shop = Shop::virtual_time().with(|it| it.with_status_checks_at_once(2));
    shop.bank.says(Call::Authorize, Reply::Lost).says(Call::Status, Reply::Lost);
    for order in 0..5 {
        let _ = shop.pay(&order.to_string()).await;
    }
    shop.clock.pass(10).await;
    shop.bank.takes(Duration::from_secs(3)).says(Call::Status, Reply::charged()).forget();
    let clock = shop.clock.clone();
    shop.payments
        .keep_reconciling(Duration::from_secs(60), async move { clock.pass(1).await })
        .await;
    assert_eq!(shop.bank.calls(Call::Status), 2);
    assert_eq!(shop.clock.elapsed(), Duration::from_secs(13));
    assert_eq!(shop.reconcile().await.checked, 3, "nobody has to wait for a lease to pass");
}

#[tokio::test]
async fn declined_and_voided_by_a_status_are_looked_at_again_with_an_end() {
    for (reply, status, next, expected) in [
        (Reply::Lost, Reply::declined(484), Reply::charged(), "unknown"),
        (
            Reply::held(),
            Reply::fact(epay_domain::Fact::Voided(epay_domain::VoidReason::Lapsed)),
            Reply::charged(),
            "unknown",
        ),
    ] {
        for changes in [true, false] {
            let shop = Shop::scripted();
            let _ = shop.pay_and("order", reply.clone(), status.clone()).await;
            shop.bank.forget();
            if changes {
                shop.bank.says(Call::Status, next.clone());
            }
            for _ in 0..46 {
                shop.wait(DAY);
                shop.reconcile().await;
            }
            let now = name(&shop.status("order").await);
            if changes {
                assert_eq!(now, expected, "the bank has changed its word, and a person is told");
                continue;
            }
            let checks = shop.bank.calls(Call::Status);
            assert!((3..=5).contains(&checks), "{checks} checks in the thirty days and a last one");
            for _ in 0..60 {
                shop.wait(DAY);
                shop.reconcile().await;
            }
            assert_eq!(shop.bank.calls(Call::Status), checks, "thirty days, and no more");
        }
    }
}

/// How often the bank is asked about a payment in a hundred days.
async fn check_number_of_checks(reply: Reply, status: Reply, checks: RangeInclusive<usize>) {
    let shop = Shop::scripted();
    let _ = shop.pay_and("order", reply, status).await;
    let end = shop.clock.now() + Duration::from_secs(100 * DAY);
    while let Some(next) = stored(&*shop.store, "order").await.schedule.next_check_at
        && next < end
    {
        shop.clock.advance(next.since(shop.clock.now()));
        shop.reconcile().await;
    }
    let asked = shop.bank.calls(Call::Status);
    assert!(checks.contains(&asked), "{asked} checks, not {checks:?}");
}

#[tokio::test]
async fn what_is_settled_is_checked_a_few_times_in_all() {
    let by_reply = |reply: Reply| reply.changed(|seen| seen.source = Source::Reply);
    let (paid, declined) = (Reply::charged(), Reply::declined(484));
    check_number_of_checks(by_reply(paid.clone()), paid, 7..=7).await;
    check_number_of_checks(by_reply(declined.clone()), declined.clone(), 5..=5).await;
    check_number_of_checks(by_reply(declined), Reply::not_found(), 17..=19).await;
    check_number_of_checks(Reply::held(), Reply::held(), 18..=20).await;
    check_number_of_checks(Reply::Lost, Reply::not_found(), 280..=300).await;
}

#[tokio::test]
async fn one_payment_whose_check_hangs_holds_up_no_other() {
    let shop = Shop::scripted();
    shop.bank.says(Call::Authorize, Reply::Lost).says(Call::Status, Reply::Lost);
    for order in 0..10 {
        let _ = shop.pay(&order.to_string()).await;
    }
    shop.wait(10);
    shop.bank.next(Call::Status, [Reply::Hangs]).says(Call::Status, Reply::charged());
    tokio::select! {
        report = shop.payments.reconcile() => panic!("{report:?}"),
        () = async { for _ in 0..1_000 { tokio::task::yield_now().await } } => {}
    }
    let mut paid = 0;
    for order in 0..10 {
        paid += usize::from(name(&shop.status(&order.to_string()).await) == "paid");
    }
    assert_eq!(paid, 9);
}

#[tokio::test]
async fn a_clock_that_was_far_ahead_puts_off_no_check_and_no_notification() {
    let heard = Heard::default();
    let shop = Shop::scripted().with(|it| it.with_notification_handler(heard.clone()));
    let right = shop.clock.now();
    shop.clock.set_wall(right + Duration::from_secs(400 * DAY));
    let _ = shop.pay_and("unknown", Reply::Lost, Reply::in_progress()).await;
    let _ = shop.pay_and("paid", Reply::charged(), Reply::charged()).await;
    assert_eq!(shop.deliver().await, 1);
    shop.bank.says(Call::Authorize, Reply::Lost).says(Call::Status, Reply::in_progress());
    let _ = shop.pay("checked again").await;
    shop.wait(HOUR);
    shop.reconcile().await;
    shop.clock.set_wall(right + Duration::from_secs(HOUR));
    assert_eq!(shop.reconcile().await.checked, 3, "all that was planned ahead");
    assert_eq!(shop.reconcile().await.checked, 0, "and planned anew");
    // It is told that they are not known, and once.
    assert_eq!(shop.deliver().await, 2);
    assert_eq!(heard.kinds().len(), 3);
    assert_eq!(shop.deliver().await, 0);
    shop.bank.says(Call::Status, Reply::charged());
    shop.wait(HOUR);
    shop.reconcile().await;
    assert_eq!(name(&shop.status("unknown").await), "paid");
}
