//! Capture, void and refund: each happens once under its name, and a lost answer is never asked for again.

use crate::{PRICE, Shop, name, step_name};
use epay::domain::Refusal;
use epay::{Money, PayErrorKind};
use epay_testkit::fakebank::{Endpoint, FaultKind, RefundReport};

const PART: Money = Money::kzt(3_000_00);

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
        for (step, sum, kept) in [("refund-1", 1_000_00, 2_000_00), ("refund-2", 500_00, 1_500_00)]
        {
            let refunded = shop.payments.refund("order", step, Money::kzt(sum)).await.unwrap();
            assert_eq!(
                (step_name(&refunded), refunded.attempt().net_captured()),
                ("done", Money::kzt(kept)),
                "{report:?}"
            );
        }
        let looked = shop.payments.check_status("order").await.unwrap();
        assert_eq!(
            (name(&looked), looked.attempt().net_captured()),
            ("paid", Money::kzt(1_500_00)),
            "{report:?}"
        );
        let rest = shop.payments.refund("order", "refund-3", Money::kzt(1_500_00)).await.unwrap();
        assert_eq!(step_name(&rest), "done");
        assert_eq!(
            name(&shop.payments.check_status("order").await.unwrap()),
            "reversed",
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
    assert_eq!(name(&shop.payments.check_status("order").await.unwrap()), "reversed");
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
    let error = shop.payments.refund("order", "refund-1", Money::kzt(10_00)).await.unwrap_err();
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
        let other = shop.payments.refund("order", "refund-2", Money::kzt(10_00)).await;
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
    let ended =
        shop.payments.give_up("order", "refund-1", "not in the bank's cabinet, A.").await.unwrap();
    assert_eq!(step_name(&ended), "not executed");
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
            assert_eq!(step_name(&ask("step-1").await), "not executed");
            assert_eq!(step_name(&ask("step-2").await), "done");
        }
        shop.asked(endpoint, if expected == "unknown" { 2 } else { 1 });
    }
}

#[tokio::test]
async fn a_hold_that_lapses_is_noticed() {
    let shop = held().await;
    let now = shop.bank.clock();
    shop.bank.with_bank(|bank| {
        bank.expire_holds(epay_testkit::fakebank::Millis(
            epay::domain::Clock::now(&now).unix_millis(),
        ))
    });
    shop.wait(25 * 3_600);
    let _ = shop.payments.reconcile().await.unwrap();
    assert_eq!(name(&shop.payments.status("order").await.unwrap()), "reversed");
}

#[tokio::test]
async fn a_step_that_never_left_may_be_asked_again_under_another_name() {
    let shop = paid().await;
    shop.bank.disconnect(true);
    assert_eq!(
        step_name(&shop.payments.refund("order", "refund-1", PART).await.unwrap()),
        "not executed"
    );
    shop.bank.disconnect(false);
    assert_eq!(step_name(&shop.payments.refund("order", "refund-2", PART).await.unwrap()), "done");
    assert_eq!(shop.ledger(), [(PRICE.minor(), PART.minor())]);
}
