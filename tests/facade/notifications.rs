//! The shop is told what is new: each thing at least once, under one id, in order, and nothing while a flag is up.

use epay::{FulfilOn, Money, NotificationKind, Timeouts};
use epay_testkit::fakebank::{Endpoint, FaultKind, Misbooking, cards};
use epay_tests::bench::{
    Call, DAY, HOUR, Heard, MINUTE, PRICE, Reply, ScriptedBank, Shop, VirtualClock, name, sealed,
    shown, step_name, timeouts,
};
use std::time::Duration;

fn listening(shop: Shop) -> (Shop, Heard) {
    let heard = Heard::default();
    (shop.with(|it| it.with_notification_handler(heard.clone())), heard)
}

fn listening_to(shop: Shop<ScriptedBank>) -> (Shop<ScriptedBank>, Heard) {
    let heard = Heard::default();
    (shop.with(|it| it.with_notification_handler(heard.clone())), heard)
}

#[tokio::test]
async fn a_payment_is_told_once_and_each_refund_after_it() {
    let (shop, heard) = listening(Shop::one_stage());
    assert_eq!(shop.payments.deliver_notifications().await.unwrap(), 0);
    assert_eq!(name(&shop.pay("order").await), "paid");
    assert_eq!(shop.payments.deliver_notifications().await.unwrap(), 1);
    let told = heard.take();
    assert_eq!(told[0].1, NotificationKind::Captured);
    assert_eq!(told[0].2, Some(PRICE));
    assert!(told[0].0.starts_with("100000001-"), "{}", told[0].0);

    assert_eq!(name(&shop.pay("order").await), "paid");
    let _ = shop.payments.check_status("order").await.unwrap();
    assert_eq!(
        shop.payments.deliver_notifications().await.unwrap(),
        0,
        "a second click is nothing new"
    );
    for (step, sum, kept) in [("r-1", 1_000, 4_000), ("r-2", 4_000, 0)] {
        let refunded = shop.payments.refund("order", step, Money::tenge(sum)).await.unwrap();
        assert_eq!(step_name(&refunded), "done");
        assert_eq!(shop.payments.deliver_notifications().await.unwrap(), 1);
        let told = heard.take();
        assert_eq!((told[0].1, told[0].2), (NotificationKind::Refunded, Some(Money::tenge(kept))));
    }
}

#[tokio::test]
async fn a_hold_its_capture_and_its_release_are_told() {
    let (shop, heard) = listening(Shop::two_stage());
    for (order, then) in
        [("captured", NotificationKind::Captured), ("released", NotificationKind::Voided)]
    {
        assert_eq!(name(&shop.pay(order).await), "held");
        shop.payments.deliver_notifications().await.unwrap();
        let done = match then {
            NotificationKind::Captured => {
                shop.payments.capture(order, "step", PRICE).await.unwrap()
            }
            _ => shop.payments.void(order, "step").await.unwrap(),
        };
        assert_eq!(step_name(&done), "done");
        let _ = shop.payments.check_status(order).await.unwrap();
        shop.payments.deliver_notifications().await.unwrap();
        assert_eq!(heard.kinds(), [NotificationKind::Held, then]);
    }
}

#[tokio::test]
async fn a_decline_and_a_payer_who_left_are_told() {
    let (shop, heard) = listening(Shop::one_stage());
    let declined = shop.pay_with("order", cards::INSUFFICIENT_FUNDS).await;
    assert_eq!(name(&declined), "declined");
    assert_eq!(name(&shop.pay_with("order", cards::THREE_DS).await), "ask payer");
    shop.payments.deliver_notifications().await.unwrap();
    assert_eq!(heard.kinds(), [NotificationKind::Declined]);
    shop.wait(Timeouts::default().payer.as_secs() + MINUTE);
    shop.payments.reconcile().await.unwrap();
    shop.payments.deliver_notifications().await.unwrap();
    assert_eq!(heard.kinds(), [NotificationKind::NotExecuted]);
}

#[tokio::test]
async fn what_is_not_known_is_not_notified_until_it_is() {
    let (shop, heard) = listening(Shop::one_stage());
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    assert_eq!(name(&shop.pay("order").await), "unknown");
    shop.payments.deliver_notifications().await.unwrap();
    assert!(!heard.has_some());
    shop.wait(2);
    shop.payments.reconcile().await.unwrap();
    shop.payments.deliver_notifications().await.unwrap();
    assert_eq!(heard.kinds(), [NotificationKind::Captured]);
}

#[tokio::test]
async fn nothing_is_fulfilled_while_a_contradiction_is_open() {
    let (shop, heard) = listening(Shop::one_stage());
    let wrong = Misbooking::Amount(50_00);
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::Misbook(wrong));
    assert_eq!(name(&shop.pay("order").await), "unknown");
    shop.payments.deliver_notifications().await.unwrap();
    assert_eq!(heard.kinds(), [NotificationKind::NeedsAttention]);
    let _ = shop.payments.check_status("order").await.unwrap();
    shop.payments.deliver_notifications().await.unwrap();
    assert!(!heard.has_some());
    let open = shown(&shop.payments, "order").await;
    let _ = shop.payments.operator().acknowledge("order", &open, "looked into").await.unwrap();
    shop.payments.deliver_notifications().await.unwrap();
    assert_eq!(heard.kinds(), [NotificationKind::Captured]);
}

#[tokio::test]
async fn what_was_not_taken_in_comes_again_under_the_same_id_and_holds_up_what_follows() {
    let (shop, heard) = listening(Shop::one_stage());
    assert_eq!(name(&shop.pay("order").await), "paid");
    let refunded = shop.payments.refund("order", "r-1", Money::tenge(1_000)).await.unwrap();
    assert_eq!(step_name(&refunded), "done");
    heard.fails(2);
    let mut ids = Vec::new();
    for (taken, kinds) in [(0, 1), (0, 1), (2, 2)] {
        assert_eq!(shop.payments.deliver_notifications().await.unwrap(), taken);
        let told = heard.take();
        assert_eq!(told.len(), kinds);
        assert_eq!(told[0].1, NotificationKind::Captured);
        ids.push(told[0].0.clone());
        assert_eq!(
            shop.payments.deliver_notifications().await.unwrap(),
            0,
            "a handler that failed is left alone for a while"
        );
        shop.wait(15 * 60);
    }
    assert_eq!(ids, [ids[0].clone(), ids[0].clone(), ids[0].clone()]);
    assert_eq!(shop.payments.deliver_notifications().await.unwrap(), 0);
}

#[tokio::test]
async fn a_process_without_a_handler_keeps_the_notifications_for_one_that_has_one() {
    let (deaf, heard) = (Shop::one_stage(), Heard::default());
    let hears = deaf.another_process().with_notification_handler(heard.clone());
    assert_eq!(name(&deaf.pay("order").await), "paid");
    assert_eq!(deaf.deliver().await, 0);
    assert_eq!(hears.deliver_notifications().await.unwrap(), 1);
    assert_eq!(heard.kinds(), [NotificationKind::Captured]);
}

#[tokio::test]
async fn the_reconciler_tells_what_it_has_found() {
    let (shop, heard) = listening(Shop::one_stage());
    assert_eq!(name(&shop.pay("order").await), "paid");
    let watched = heard.clone();
    let told = std::future::poll_fn(move |context| {
        context.waker().wake_by_ref();
        if watched.has_some() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    });
    shop.payments.keep_reconciling(Duration::from_secs(60), told).await;
    assert_eq!(heard.kinds(), [NotificationKind::Captured]);
}

#[tokio::test]
async fn an_order_is_shipped_once_whatever_a_person_keeps() {
    let (shop, heard) = listening(Shop::one_stage());
    let reopen = Some(Duration::from_secs(15 * MINUTE));
    let shop = shop.with(|it| it.with_timeouts(timeouts(|it| it.reopen = reopen)));
    let first = shop.pay_hidden("order", HOUR).await;
    shop.pass(20 * MINUTE).await;
    let _ = shop.payments.reopen("order").await.unwrap();
    assert_eq!(name(&shop.pay("order").await), "paid");
    let mut ruled = false;
    for _ in 0..24 {
        shop.pass(5 * MINUTE).await;
        let open = shown(&shop.payments, &first).await;
        ruled |= shop
            .payments
            .operator()
            .acknowledge(&first, &open, "the bank gave it back")
            .await
            .is_ok();
    }
    assert!(ruled);
    while shop.deliver().await > 0 {}
    let captured = heard.kinds();
    let captured = captured.iter().filter(|kind| **kind == NotificationKind::Captured).count();
    assert_eq!(captured, 1);
}

#[tokio::test]
async fn a_capture_is_told_once_also_when_a_person_has_kept_another_sum() {
    let (shop, heard) = listening(Shop::one_stage());
    let paid = shop.pay("order").await;
    shop.payments.deliver_notifications().await.unwrap();
    assert_eq!(heard.kinds(), [NotificationKind::Captured]);
    let other = Misbooking::Amount(6_000_00);
    assert!(shop.bank.with_bank(|bank| bank.misbook(paid.attempt().invoice().as_str(), other)));
    assert_eq!(name(&shop.payments.check_status("order").await.unwrap()), "unknown");
    shop.payments.deliver_notifications().await.unwrap();
    assert_eq!(heard.kinds(), [NotificationKind::NeedsAttention]);
    let open = shown(&shop.payments, "order").await;
    let _ = shop.payments.operator().acknowledge("order", &open, "looked into").await.unwrap();
    shop.payments.deliver_notifications().await.unwrap();
    assert!(!heard.has_some());
}

#[tokio::test]
async fn what_a_person_did_before_they_ruled_is_seen_at_once() {
    let (shop, _heard) = listening(Shop::one_stage());
    let wrong = Misbooking::Amount(50_00);
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::Misbook(wrong));
    assert_eq!(name(&shop.pay("order").await), "unknown");
    let open = shown(&shop.payments, "order").await;
    let _ = shop.payments.operator().acknowledge("order", &open, "looked into").await.unwrap();
    assert_eq!(shop.payments.reconcile().await.unwrap().checked, 1);
}

#[tokio::test]
async fn deliveries_that_are_told_to_stop_end_what_they_have_begun_and_claim_no_more() {
    let (shop, heard) = listening(Shop::one_stage());
    for order in 0..70 {
        assert_eq!(name(&shop.pay(&order.to_string()).await), "paid");
    }
    let watched = heard.clone();
    let stop = std::future::poll_fn(move |context| {
        context.waker().wake_by_ref();
        if watched.has_some() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    });
    shop.payments.keep_reconciling(Duration::from_secs(60), stop).await;
    assert_eq!(heard.kinds(), [NotificationKind::Captured; 64]);
    assert_eq!(shop.deliver().await, 6, "nobody has to wait for a lease to pass");
}

#[tokio::test]
async fn nothing_is_shipped_from_the_backlog_that_is_contradicted_or_given_back_by_now() {
    for (now, expected) in [
        (Reply::refunded(PRICE), vec![NotificationKind::Refunded]),
        (Reply::charged_of(Money::tenge(9_000)), vec![NotificationKind::NeedsAttention]),
        (Reply::charged().named("another"), vec![NotificationKind::NeedsAttention]),
    ] {
        let (shop, heard) = listening_to(Shop::scripted());
        let paid = shop.pay_and("order", Reply::charged(), Reply::charged()).await;
        assert_eq!(name(&paid), "paid", "and nobody was there to hear it");
        shop.bank.says(Call::Status, now);
        shop.wait(HOUR);
        let _ = shop.payments.check_status("order").await.unwrap();
        while shop.deliver().await > 0 {}
        assert_eq!(heard.kinds(), expected);
    }
}

#[tokio::test]
async fn what_was_withheld_is_judged_anew_after_an_acknowledgement() {
    let (shop, heard) = listening_to(Shop::scripted());
    let _ = shop.pay_and("order", Reply::charged(), Reply::charged_of(Money::tenge(9_000))).await;
    while shop.deliver().await > 0 {}
    assert_eq!(heard.kinds(), [NotificationKind::NeedsAttention]);
    let open = shown(&shop.payments, "order").await;
    shop.bank.says(Call::Status, Reply::refunded(Money::tenge(9_000)));
    let _ = shop.payments.operator().acknowledge("order", &open, "agreed").await.unwrap();
    let _ = shop.payments.check_status("order").await.unwrap();
    while shop.deliver().await > 0 {}
    assert!(!heard.kinds().contains(&NotificationKind::Captured), "it was given back meanwhile");
}

#[tokio::test]
async fn no_setting_makes_a_capture_come_twice() {
    for (first, then) in [(FulfilOn::Reply, FulfilOn::Status), (FulfilOn::Status, FulfilOn::Reply)]
    {
        let heard = Heard::default();
        let shop = Shop::scripted();
        let process = |fulfil_on| {
            shop.another_process()
                .with_fulfil_on(fulfil_on)
                .with_notification_handler(heard.clone())
        };
        shop.bank.says(Call::Authorize, Reply::charged()).says(Call::Status, Reply::charged());
        let payments = process(first);
        let _ = payments.pay("order", PRICE, sealed()).await.unwrap();
        payments.deliver_notifications().await.unwrap();
        assert_eq!(heard.kinds(), [NotificationKind::Captured]);
        let payments = process(then);
        shop.wait(DAY);
        let _ = payments.check_status("order").await.unwrap();
        payments.reconcile().await.unwrap();
        payments.deliver_notifications().await.unwrap();
        assert!(!heard.has_some(), "{first:?}, then {then:?}");
    }
}

/// What only a reply has told is shipped by one setting and not by the other.
#[tokio::test]
async fn a_capture_that_is_told_before_and_after_a_change_of_the_setting_has_one_id() {
    for fails in [0, 1] {
        let (heard, shop) = (Heard::default(), Shop::scripted());
        let process = |fulfil_on| {
            shop.another_process()
                .with_fulfil_on(fulfil_on)
                .with_notification_handler(heard.clone())
        };
        shop.bank.says(Call::Authorize, Reply::charged()).says(Call::Status, Reply::Lost);
        let by_reply = process(FulfilOn::Reply);
        let _ = by_reply.pay("order", PRICE, sealed()).await.unwrap();
        heard.fails(fails);
        by_reply.deliver_notifications().await.unwrap();
        shop.bank.says(Call::Status, Reply::charged());
        let by_status = process(FulfilOn::Status);
        for payments in [&by_status, &by_reply, &by_status] {
            shop.wait(HOUR);
            payments.reconcile().await.unwrap();
            payments.deliver_notifications().await.unwrap();
        }
        let told: Vec<_> = heard.take().into_iter().map(|(id, kind, _)| (id, kind)).collect();
        let captured = ("100000001-2-captured".to_owned(), NotificationKind::Captured);
        assert_eq!(told, vec![captured; 1 + fails]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_hangs_delays_neither_the_checks_nor_other_notifications() {
    let heard = Heard::default();
    heard.hangs_on("stuck");
    let shop: Shop<ScriptedBank, VirtualClock> =
        Shop::virtual_time().with(|it| it.with_notification_handler(heard.clone()));
    let _ = shop.pay_and("stuck", Reply::charged(), Reply::charged()).await;
    tokio::spawn({
        let payments = shop.payments.clone();
        async move { payments.keep_reconciling(Duration::from_secs(5), std::future::pending()).await }
    });
    shop.clock.pass(6).await;
    assert_eq!(heard.take().len(), 1, "it hangs");
    for order in 0..20 {
        let order = format!("other-{order}");
        shop.bank.next(Call::Status, [Reply::Lost]).says(Call::Authorize, Reply::Lost);
        assert_eq!(name(&shop.pay(&order).await), "unknown");
        shop.clock.pass(20).await;
        assert_eq!(name(&shop.status(&order).await), "paid", "{order}");
        let told = heard.take();
        let captured = told.iter().filter(|(id, ..)| !id.starts_with("100000001")).count();
        assert_eq!(captured, 1, "{told:?}");
    }
    // It comes again and again, each time until its deadline.
    shop.clock.pass(3 * HOUR).await;
    let again = heard.take();
    assert!((2..=40).contains(&again.len()), "{} times", again.len());
    assert!(again.iter().all(|(id, ..)| *id == again[0].0), "under one id");
}

#[tokio::test(start_paused = true)]
async fn two_deliveries_of_one_payment_do_not_make_it_due_again_for_each_other() {
    let heard = Heard::default();
    heard.hangs_on("stuck");
    let shop: Shop<ScriptedBank, VirtualClock> =
        Shop::virtual_time().with(|it| it.with_notification_handler(heard.clone()));
    let _ = shop.pay_and("stuck", Reply::charged(), Reply::charged()).await;
    let delivers = || {
        let payments = shop.payments.clone();
        tokio::spawn(async move { payments.deliver_notifications().await })
    };
    let one = delivers();
    shop.clock.pass(1).await;
    // A check is written down, which ends the claim of the first.
    shop.bank.next(Call::Status, [Reply::refunded(Money::tenge(1_000)), Reply::charged()]);
    let _ = shop.payments.check_status("stuck").await.unwrap();
    let two = delivers();
    shop.clock.pass(40).await;
    one.await.unwrap().unwrap();
    two.await.unwrap().unwrap();
    assert_eq!(heard.take().len(), 2, "both have hung");
    let three = delivers();
    shop.clock.pass(1).await;
    assert_eq!(heard.take().len(), 0, "a handler that has failed is left alone for a while");
    three.await.unwrap().unwrap();
}

#[tokio::test]
async fn two_processes_that_ship_on_other_evidence_lose_no_notification() {
    let (shop, heard) = listening(Shop::two_stage());
    let on_reply = shop.payments.clone().with_fulfil_on(FulfilOn::Reply);
    assert_eq!(name(&shop.pay("order").await), "held");
    shop.payments.deliver_notifications().await.unwrap();
    assert_eq!(step_name(&on_reply.void("order", "void").await.unwrap()), "done");
    // A reply alone is not enough for the one that delivers, and no news to the other that checks.
    shop.payments.deliver_notifications().await.unwrap();
    let _ = on_reply.check_status("order").await.unwrap();
    shop.payments.deliver_notifications().await.unwrap();
    assert_eq!(heard.kinds(), [NotificationKind::Held, NotificationKind::Voided]);
}

#[tokio::test]
async fn a_refund_has_one_name_whatever_evidence_is_shipped_on() {
    let (shop, heard) = listening(Shop::two_stage());
    let on_reply = shop.payments.clone().with_fulfil_on(FulfilOn::Reply);
    assert_eq!(name(&shop.pay("order").await), "held");
    let _ = on_reply.capture("order", "capture", PRICE).await.unwrap();
    let _ = on_reply.refund("order", "refund", Money::tenge(1_000)).await.unwrap();
    on_reply.deliver_notifications().await.unwrap();
    let told = [NotificationKind::Captured, NotificationKind::Refunded];
    assert_eq!(heard.kinds(), told);
    let _ = shop.payments.check_status("order").await.unwrap();
    shop.payments.deliver_notifications().await.unwrap();
    assert_eq!(heard.kinds(), [], "a status brings no news to what a reply has told");
}

#[tokio::test]
async fn what_stays_unknown_is_said_once() {
    let (shop, heard) = listening_to(Shop::scripted());
    let _ = shop.pay_and("order", Reply::Lost, Reply::in_progress()).await;
    let attention = Timeouts::default().attention.as_secs();
    shop.pass(attention - 10 * MINUTE).await;
    while shop.deliver().await > 0 {}
    assert!(!heard.has_some());
    for _ in 0..200 {
        shop.wait(HOUR);
        shop.reconcile().await;
        while shop.deliver().await > 0 {}
    }
    assert_eq!(heard.kinds(), [NotificationKind::NeedsAttention]);
    shop.bank.says(Call::Status, Reply::charged());
    shop.wait(2 * HOUR);
    shop.reconcile().await;
    while shop.deliver().await > 0 {}
    assert_eq!(heard.kinds(), [NotificationKind::Captured]);
}

#[tokio::test]
async fn a_refund_that_stays_unknown_is_said_once_too() {
    let (shop, heard) = listening_to(Shop::scripted());
    let _ = shop.pay_and("order", Reply::charged(), Reply::charged()).await;
    while shop.deliver().await > 0 {}
    let _ = heard.kinds();
    shop.bank.says(Call::Refund, Reply::Lost);
    let _ = shop.payments.refund("order", "refund-1", PRICE).await.unwrap();
    for _ in 0..100 {
        shop.wait(HOUR);
        shop.reconcile().await;
        while shop.deliver().await > 0 {}
    }
    assert_eq!(heard.kinds(), [NotificationKind::NeedsAttention]);
}
