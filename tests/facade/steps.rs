//! Capture, void and refund: each happens once under its name, and a lost answer is never asked for again.

use epay::{Money, PayErrorKind, Payments};
use epay_domain::{Clock, Refusal};
use epay_testkit::ManualClock;
use epay_testkit::fakebank::{Endpoint, FaultKind, RefundReport};
use epay_tests::bench::{Call, PRICE, Reply, Shop, name, step_name};
use std::sync::Arc;
use std::time::Duration;

const PART: Money = Money::tenge(3_000);

async fn paid() -> Shop {
    let shop = Shop::one_stage();
    assert_eq!(name(&shop.pay("order").await), "paid");
    shop
}

async fn held() -> Shop {
    let shop = Shop::two_stage();
    assert_eq!(name(&shop.pay("order").await), "held");
    shop
}

#[tokio::test]
async fn a_hold_is_captured_in_part_and_given_back_in_parts() {
    for report in [
        RefundReport::ChargeOriginal,
        RefundReport::ChargeRemainder,
        RefundReport::RefundTotal,
        RefundReport::RefundNoSum,
    ] {
        let shop = held().await;
        shop.bank.with_bank(|bank| bank.switches_mut().refund_report = report);
        let captured = shop.payments.capture("order", "capture-1", PART).await.unwrap();
        assert_eq!(step_name(&captured), "done");
        for (step, sum, kept) in [("refund-1", 1_000, 2_000), ("refund-2", 500, 1_500)] {
            let refunded = shop.payments.refund("order", step, Money::tenge(sum)).await.unwrap();
            assert_eq!(
                (step_name(&refunded), refunded.attempt().net_captured()),
                ("done", Some(Money::tenge(kept))),
                "{report:?}"
            );
        }
        let looked = shop.payments.check_status("order").await.unwrap();
        assert_eq!(
            (name(&looked), looked.attempt().net_captured()),
            ("paid", Some(Money::tenge(1_500))),
            "{report:?}"
        );
        let rest = shop.payments.refund("order", "refund-3", Money::tenge(1_500)).await.unwrap();
        assert_eq!(step_name(&rest), "done");
        assert_eq!(
            name(&shop.payments.check_status("order").await.unwrap()),
            "refunded",
            "{report:?}"
        );
        assert_eq!(shop.ledger(), [(PART.minor(), PART.minor())]);
    }
}

#[tokio::test]
async fn a_hold_that_is_captured_days_later_is_paid_after_a_look() {
    let shop = held().await;
    shop.wait(3 * 24 * 3_600);
    assert_eq!(
        step_name(&shop.payments.capture("order", "capture-1", PRICE).await.unwrap()),
        "done"
    );
    shop.wait(2);
    assert_eq!(
        shop.payments.reconcile().await.unwrap().checked,
        1,
        "a reply alone is looked after, and soon"
    );
    assert_eq!(name(&shop.payments.status("order").await.unwrap()), "paid");
}

#[tokio::test]
async fn a_hold_is_released() {
    let shop = held().await;
    assert_eq!(step_name(&shop.payments.void("order", "void").await.unwrap()), "done");
    assert_eq!(name(&shop.payments.check_status("order").await.unwrap()), "voided");
    let error = shop.payments.capture("order", "capture-1", PRICE).await.unwrap_err();
    assert_eq!(error.kind(), PayErrorKind::Refused(Refusal::NotHeld));
}

#[tokio::test]
async fn the_same_name_is_the_same_step() {
    let shop = paid().await;
    for _ in 0..3 {
        assert_eq!(
            step_name(&shop.payments.refund("order", "refund-1", PART).await.unwrap()),
            "done"
        );
    }
    shop.asked(Endpoint::Refund, 1);
    let error = shop.payments.refund("order", "refund-1", Money::tenge(10)).await.unwrap_err();
    assert_eq!(error.kind(), PayErrorKind::Refused(Refusal::StepUsed));
    let error = shop.payments.refund("order", "refund-2", PART).await.unwrap_err();
    assert_eq!(error.kind(), PayErrorKind::Refused(Refusal::Amount), "more than is left");
    shop.asked(Endpoint::Refund, 1);
}

#[tokio::test]
async fn operators_who_click_at_once_refund_once() {
    let shop = paid().await;
    let clicks = (0..8).map(|_| {
        let payments = shop.payments.clone();
        tokio::spawn(async move { payments.refund("order", "refund-1", PART).await.unwrap() })
    });
    for click in clicks.collect::<Vec<_>>() {
        let _ = click.await.unwrap();
    }
    shop.asked(Endpoint::Refund, 1);
    assert_eq!(shop.ledger(), [(PRICE.minor(), PART.minor())]);
}

#[tokio::test]
async fn a_lost_refund_is_known_only_where_the_bank_tells_its_sum() {
    for (report, expected) in [
        (RefundReport::ChargeRemainder, "done"),
        (RefundReport::RefundTotal, "done"),
        (RefundReport::ChargeOriginal, "unknown"),
        (RefundReport::RefundNoSum, "unknown"),
    ] {
        let shop = paid().await;
        shop.bank.with_bank(|bank| bank.switches_mut().refund_report = report);
        shop.bank.inject_fault(Endpoint::Refund, FaultKind::CutAfterEffect);
        let refunded = shop.payments.refund("order", "refund-1", PART).await.unwrap();
        assert_eq!(step_name(&refunded), expected, "{report:?}");
        for _ in 0..100 {
            shop.wait(3_600);
            let _ = shop.payments.reconcile().await.unwrap();
        }
        let again = shop.payments.refund("order", "refund-1", PART).await.unwrap();
        assert_eq!(
            step_name(&again),
            expected,
            "{report:?}: no waiting time turns a lost refund into none"
        );
        let other = shop.payments.refund("order", "refund-2", Money::tenge(10)).await;
        assert_eq!(
            other.is_ok(),
            expected == "done",
            "{report:?}: nothing else while one is unknown"
        );
        shop.asked(Endpoint::Refund, if expected == "done" { 2 } else { 1 });
    }
}

#[tokio::test]
async fn a_person_ends_the_wait_for_a_refund() {
    let shop = paid().await;
    shop.bank.with_bank(|bank| bank.switches_mut().refund_report = RefundReport::ChargeOriginal);
    shop.bank.inject_fault(Endpoint::Refund, FaultKind::CutBeforeEffect);
    assert_eq!(
        step_name(&shop.payments.refund("order", "refund-1", PART).await.unwrap()),
        "unknown"
    );
    shop.wait(120);
    let ended = shop
        .payments
        .operator()
        .give_up("order", "refund-1", "not in the portal, A.")
        .await
        .unwrap();
    assert_eq!(ended.payment().pending(), None);
    let again = shop.payments.refund("order", "refund-1", PART).await.unwrap();
    assert_eq!(step_name(&again), "given up");
    assert_eq!(step_name(&shop.payments.refund("order", "refund-2", PART).await.unwrap()), "done");
    assert_eq!(shop.ledger(), [(PRICE.minor(), PART.minor())]);
}

#[tokio::test]
async fn a_lost_capture_or_void_is_settled_by_the_state_of_the_hold() {
    for (endpoint, what, expected) in [
        (Endpoint::Charge, FaultKind::CutAfterEffect, "done"),
        (Endpoint::Cancel, FaultKind::CutAfterEffect, "done"),
        (Endpoint::Charge, FaultKind::CutBeforeEffect, "unknown"),
        (Endpoint::Cancel, FaultKind::CutBeforeEffect, "unknown"),
    ] {
        let shop = held().await;
        shop.bank.inject_fault(endpoint, what.clone());
        let ask = |step: &'static str| {
            let payments = shop.payments.clone();
            async move {
                match endpoint {
                    Endpoint::Charge => payments.capture("order", step, PRICE).await.unwrap(),
                    _ => payments.void("order", step).await.unwrap(),
                }
            }
        };
        assert_eq!(step_name(&ask("step-1").await), expected, "{endpoint:?} {what:?}");
        if expected == "unknown" {
            shop.wait(9 * 60);
            let _ = shop.payments.reconcile().await.unwrap();
            assert_eq!(step_name(&ask("step-1").await), "unknown", "too soon to say");
            shop.wait(20 * 60);
            let _ = shop.payments.reconcile().await.unwrap();
            assert_eq!(step_name(&ask("step-1").await), "given up");
            assert_eq!(step_name(&ask("step-2").await), "done");
        }
        shop.asked(endpoint, if expected == "unknown" { 2 } else { 1 });
    }
}

#[tokio::test]
async fn a_wall_clock_that_jumps_gives_no_step_up() {
    let shop = held().await;
    shop.bank.inject_fault(Endpoint::Cancel, FaultKind::CutBeforeEffect);
    let void = shop.payments.void("order", "void-1");
    assert_eq!(step_name(&void.await.unwrap()), "unknown");
    shop.clock.set_wall(shop.clock.now() + Duration::from_secs(3_600));
    for (waited, expected) in [(1, "unknown"), (9 * 60, "unknown"), (60, "given up")] {
        shop.wait(waited);
        let _ = shop.payments.check_status("order").await.unwrap();
        let void = shop.payments.void("order", "void-1").await.unwrap();
        assert_eq!(step_name(&void), expected, "{waited} s later");
    }
}

/// Another process of the shop, whose wall clock is so far ahead.
fn another(shop: &Shop, ahead: Duration) -> (Payments, ManualClock) {
    let clock = ManualClock::at(shop.clock.now() + ahead);
    let gateway = shop.bank.two_stage_gateway();
    (Payments::with_clock(gateway, Arc::clone(&shop.store), clock.clone()), clock)
}

#[tokio::test]
async fn a_process_whose_clock_is_ahead_gives_up_no_step_of_another() {
    let shop = held().await;
    shop.bank.inject_fault(Endpoint::Charge, FaultKind::CutBeforeEffect);
    let capture = shop.payments.capture("order", "capture-1", PRICE);
    assert_eq!(step_name(&capture.await.unwrap()), "unknown");
    let (other, clock) = another(&shop, Duration::from_secs(3_600));
    for (waited, expected) in [(0, "unknown"), (9 * 60, "unknown"), (60, "given up")] {
        clock.advance(Duration::from_secs(waited));
        let _ = other.check_status("order").await.unwrap();
        let capture = other.capture("order", "capture-1", PRICE).await.unwrap();
        assert_eq!(step_name(&capture), expected, "{waited} s later");
    }
}

#[tokio::test]
async fn a_process_that_has_just_begun_gives_up_a_step_that_is_old_by_any_clock() {
    let shop = held().await;
    shop.bank.inject_fault(Endpoint::Charge, FaultKind::CutBeforeEffect);
    let _ = shop.payments.capture("order", "capture-1", PRICE).await.unwrap();
    for (age, expected) in [(3_600, "unknown"), (2 * 3_600 + 10 * 60, "given up")] {
        let (other, _) = another(&shop, Duration::from_secs(age));
        let _ = other.check_status("order").await.unwrap();
        let capture = other.capture("order", "capture-1", PRICE).await.unwrap();
        assert_eq!(step_name(&capture), expected, "{age} s old");
    }
}

#[tokio::test]
async fn a_hold_that_lapses_is_noticed() {
    let shop = held().await;
    let now = shop.bank.clock();
    shop.bank.with_bank(|bank| {
        bank.expire_holds(epay_testkit::fakebank::Millis(
            epay_domain::Clock::now(&now).unix_millis(),
        ))
    });
    shop.wait(25 * 3_600);
    let _ = shop.payments.reconcile().await.unwrap();
    assert_eq!(name(&shop.payments.status("order").await.unwrap()), "voided");
}

#[tokio::test]
async fn a_step_that_never_left_may_be_asked_again_under_its_own_name_or_another() {
    for second in ["refund-1", "refund-2"] {
        let shop = paid().await;
        shop.bank.disconnect(true);
        let unsent = shop.payments.refund("order", "refund-1", PART).await.unwrap();
        assert_eq!(step_name(&unsent), "not sent");
        shop.bank.disconnect(false);
        let other_sum = shop.payments.refund("order", "refund-1", PRICE).await.unwrap_err();
        assert_eq!(
            other_sum.kind(),
            PayErrorKind::Refused(Refusal::StepUsed),
            "not for another sum"
        );
        let sent = shop.payments.refund("order", second, PART).await.unwrap();
        assert_eq!(step_name(&sent), "done", "{second}");
        let _ = shop.payments.refund("order", second, PART).await.unwrap();
        shop.asked(Endpoint::Refund, 1);
        assert_eq!(shop.ledger(), [(PRICE.minor(), PART.minor())]);
    }
}

#[tokio::test]
async fn a_step_that_never_left_and_has_an_effect_all_the_same_is_a_contradiction() {
    let shop = Shop::scripted();
    let _ = shop.pay_and("order", Reply::held(), Reply::held()).await;
    shop.bank.says(Call::Void, Reply::NotSent);
    let unsent = shop.payments.void("order", "void-1").await.unwrap();
    assert_eq!(step_name(&unsent), "not sent");
    let voided = Reply::fact(epay_domain::Fact::Voided(epay_domain::VoidReason::Requested));
    shop.bank.says(Call::Status, voided);
    let _ = shop.payments.check_status("order").await.unwrap();
    let open = epay_tests::bench::shown(&shop.payments, "order").await;
    assert_eq!(epay_tests::bench::kinds(&open), ["sent_after_all"]);
}

#[tokio::test]
async fn a_step_through_another_terminal_is_refused_before_anything_is_written() {
    let shop = paid().await;
    let invoice = shop.status("order").await.attempt().invoice().clone();
    let logged = shop.logged(&invoice).await;
    let other = epay::Payments::with_clock(
        shop.bank.two_stage_gateway(),
        std::sync::Arc::clone(&shop.store),
        shop.clock.clone(),
    );
    let refused = other.refund("order", "refund-1", PART).await.unwrap_err();
    assert_eq!(refused.kind(), PayErrorKind::OtherTerminal);
    assert_eq!(shop.logged(&invoice).await, logged);
    let done = shop.payments.refund("order", "refund-1", PART).await.unwrap();
    assert_eq!(step_name(&done), "done", "its name was not burnt");
}

#[tokio::test]
async fn an_older_attempt_is_given_back_and_released_by_its_invoice_number() {
    let shop = Shop::scripted();
    let first = shop.pay_and("order", Reply::Lost, Reply::refunded(PRICE)).await;
    let _ = shop.payments.pay_again("order", "again").await.unwrap();
    let second = shop.pay_and("order", Reply::charged(), Reply::charged()).await;
    assert_eq!(name(&second), "paid");
    let (first, second) = (first.attempt().invoice(), second.attempt().invoice());
    assert_ne!(first, second);
    let refused = shop.payments.refund(first, "refund-1", PART).await.unwrap_err();
    assert!(matches!(refused.kind(), PayErrorKind::Refused(_)), "nothing is left of the first");
    shop.bank.says(Call::Refund, Reply::step_done());
    let done = shop.payments.refund(second, "refund-1", PART).await.unwrap();
    assert_eq!((step_name(&done), done.attempt().invoice()), ("done", second));
}

#[tokio::test]
async fn a_hold_that_surfaces_in_an_older_attempt_is_released_by_its_invoice_number() {
    let shop = Shop::scripted();
    let first = shop.pay_and("order", Reply::Lost, Reply::unknown_name("LIMBO")).await;
    shop.wait(3_600);
    let _ = shop.payments.close("order", "nothing there").await.unwrap();
    let second = shop.pay_and("order", Reply::charged(), Reply::charged()).await;
    let first = first.attempt().invoice();
    assert_ne!(first, second.attempt().invoice());
    shop.bank.says(Call::Status, Reply::held());
    let _ = shop.payments.check_status(first).await.unwrap();
    shop.bank.says(Call::Void, Reply::step_done());
    let done = shop.payments.void(first, "void-1").await.unwrap();
    assert_eq!((step_name(&done), done.attempt().invoice()), ("done", first));
}
