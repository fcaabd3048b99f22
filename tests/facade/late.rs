//! Money that moved after its attempt was given up: kept or given back when all is certain, else a person decides.

use epay::{InvoiceId, LateSuccess, Outcome, PayErrorKind, PaymentStatus};
use epay_domain::Refusal;
use epay_testkit::fakebank::{Amount, Endpoint, FaultKind, Millis, Misbooking, Status, cards};
use epay_tests::bench::{
    Call, DAY, HOUR, MINUTE, PRICE, Reply, Shop, kinds, name, shown, step_name, timeouts,
};
use std::time::Duration;

const REOPEN: Duration = Duration::from_secs(15 * MINUTE);

/// A shop whose payers may choose to pay again.
fn reopening(shop: Shop) -> Shop {
    shop.with(|it| it.with_timeouts(timeouts(|it| it.reopen = Some(REOPEN))))
}

/// Lets the time pass until a status check has found the hidden attempt.
async fn pass_until_it_surfaces(shop: &Shop) {
    while shown(&shop.payments, "order").await.is_empty() {
        shop.pass(5 * MINUTE).await;
    }
}

/// The order's first attempt was given up and the second is paid.
async fn paid_again(shop: &Shop, hidden: u64) -> InvoiceId {
    let first = shop.pay_hidden("order", hidden).await;
    shop.pass(20 * MINUTE).await;
    assert_eq!(name(&shop.payments.reopen("order").await.unwrap()), "abandoned");
    let second = shop.pay("order").await;
    assert_ne!(second.attempt().invoice(), &first);
    first
}

/// How an older attempt stands.
async fn status_of(shop: &Shop, invoice: &InvoiceId) -> PaymentStatus {
    shop.payment(invoice).await.status()
}

#[tokio::test]
async fn an_order_is_held_for_the_whole_window_unless_the_shop_lets_payers_choose() {
    let shop = Shop::one_stage();
    shop.pay_hidden("order", HOUR).await;
    shop.pass(30 * MINUTE).await;
    let error = shop.payments.reopen("order").await.unwrap_err();
    assert_eq!(error.kind(), PayErrorKind::Refused(Refusal::NotDead));
    assert_eq!(name(&shop.pay("order").await), "unknown");
    shop.asked(Endpoint::Cryptopay, 1);
}

#[tokio::test]
async fn a_payer_chooses_to_pay_again_only_after_an_unbroken_not_found() {
    let shop = reopening(Shop::one_stage());
    shop.pay_hidden("order", HOUR).await;
    shop.pass(10 * MINUTE).await;
    let error = shop.payments.reopen("order").await.unwrap_err();
    assert_eq!(error.kind(), PayErrorKind::Refused(Refusal::NotDead));
    assert_eq!(
        name(&shop.pay("order").await),
        "unknown",
        "without the payer's choice nothing is reopened"
    );
    shop.pass(10 * MINUTE).await;
    assert_eq!(name(&shop.pay("order").await), "unknown", "nor later");
    assert_eq!(name(&shop.payments.reopen("order").await.unwrap()), "abandoned");
    assert_eq!(name(&shop.pay("order").await), "paid");
    shop.asked(Endpoint::Cryptopay, 2);
}

#[tokio::test]
async fn a_reopened_order_whose_first_attempt_shows_up_at_that_moment_stays_paid_once() {
    let shop = reopening(Shop::one_stage());
    shop.pay_hidden("order", 20 * MINUTE).await;
    shop.pass(15 * MINUTE).await;
    shop.wait(6 * MINUTE);
    let error = shop.payments.reopen("order").await.unwrap_err();
    assert!(matches!(error.kind(), PayErrorKind::Refused(_)), "one more status check has found it");
    assert_eq!(name(&shop.pay("order").await), "paid");
    shop.asked(Endpoint::Cryptopay, 1);
}

#[tokio::test]
async fn what_surfaces_beside_another_payment_is_given_back_once() {
    for (shop, undo, undone) in [
        (Shop::one_stage(), Endpoint::Refund, Status::Refund),
        (Shop::two_stage(), Endpoint::Cancel, Status::Cancel),
    ] {
        let shop = reopening(shop);
        let first = paid_again(&shop, 2 * HOUR).await;
        if undo == Endpoint::Cancel {
            let captured = shop.payments.capture("order", "capture-1", PRICE).await.unwrap();
            assert_eq!(step_name(&captured), "done");
        }
        shop.pass(3 * HOUR).await;
        assert_eq!(shop.booked_as(&first), undone);
        shop.asked(undo, 1);
        assert_eq!(name(&shop.payments.status("order").await.unwrap()), "paid");
        assert!(matches!(
            status_of(&shop, &first).await,
            PaymentStatus::Refunded | PaymentStatus::Voided
        ));
    }
}

#[tokio::test]
async fn a_lost_answer_to_giving_it_back_is_not_asked_again() {
    let shop = reopening(Shop::one_stage());
    let first = paid_again(&shop, 2 * HOUR).await;
    shop.bank.inject_fault(Endpoint::Refund, FaultKind::CutAfterEffect);
    shop.pass(4 * HOUR).await;
    assert_eq!(shop.booked_as(&first), Status::Refund);
    shop.asked(Endpoint::Refund, 1);
    assert_eq!(status_of(&shop, &first).await, PaymentStatus::Refunded);
}

#[tokio::test]
async fn what_surfaces_for_an_order_without_another_payment_is_its_payment() {
    let shop = Shop::one_stage();
    let first = shop.pay_hidden("order", 26 * HOUR).await;
    shop.pass(25 * HOUR).await;
    assert_eq!(name(&shop.payments.status("order").await.unwrap()), "abandoned");
    pass_until_it_surfaces(&shop).await;
    assert_eq!(
        name(&shop.payments.status("order").await.unwrap()),
        "unknown",
        "the status has told it once only"
    );
    shop.pass(HOUR).await;
    let kept = shop.payments.status("order").await.unwrap();
    assert!(matches!(&kept, Outcome::Paid(attempt) if attempt.invoice() == &first), "{kept:?}");
    assert_eq!(name(&shop.pay("order").await), "paid");
    shop.asked(Endpoint::Cryptopay, 1);
    shop.asked(Endpoint::Refund, 0);
}

#[tokio::test]
async fn whatever_is_not_certain_is_left_to_a_person() {
    let asks =
        |shop: Shop| shop.with(|payments| payments.with_late_success(LateSuccess::AskPerson));
    let wrong_sum = Misbooking::Amount(50_00);
    for (shop, misbooking, another) in [
        (asks(Shop::one_stage()), None, cards::VISA_OK),
        (Shop::one_stage(), Some(wrong_sum), cards::VISA_OK),
        (Shop::one_stage(), None, cards::THREE_DS),
    ] {
        let shop = reopening(shop);
        let first = shop.pay_hidden("order", 2 * HOUR).await;
        if let Some(misbooking) = misbooking {
            assert!(shop.bank.with_bank(|bank| bank.misbook(first.as_str(), misbooking)));
        }
        shop.pass(20 * MINUTE).await;
        let _ = shop.payments.reopen("order").await.unwrap();
        let _ = shop.pay_with("order", another).await;
        shop.pass(3 * HOUR).await;
        assert_eq!(status_of(&shop, &first).await, PaymentStatus::Disputed);
        shop.asked(Endpoint::Refund, 0);
        assert_eq!(shop.booked_as(&first), Status::Charge);
    }
}

#[tokio::test]
async fn proof_that_an_attempt_is_dead_ends_when_it_comes_to_life() {
    let shop = Shop::one_stage();
    shop.pay_hidden("order", 26 * HOUR).await;
    shop.pass(25 * HOUR).await;
    let dead = shop.payments.status("order").await.unwrap().attempt().payment().dead();
    assert!(dead.is_some());
    pass_until_it_surfaces(&shop).await;
    let late = shop.payments.status("order").await.unwrap();
    assert_eq!(kinds(&late.attempt().payment().contradictions()), ["late_success"]);
    assert_eq!(late.attempt().payment().dead(), None);
    assert_eq!(name(&shop.pay("order").await), "unknown", "no second payment beside it");
    shop.asked(Endpoint::Cryptopay, 1);
}

#[tokio::test]
async fn an_unconfirmed_payment_beside_it_is_no_reason_to_give_it_back() {
    let shop = reopening(Shop::one_stage());
    let first = shop.pay_hidden("order", 2 * HOUR).await;
    shop.pass(20 * MINUTE).await;
    let _ = shop.payments.reopen("order").await.unwrap();
    // The reply says charged, and the status does not know it yet.
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::LateVisible(10 * HOUR * 1_000));
    let _ = shop.pay("order").await;
    shop.pass(3 * HOUR).await;
    assert_eq!(status_of(&shop, &first).await, PaymentStatus::Disputed);
    shop.asked(Endpoint::Refund, 0);
    shop.pass(9 * HOUR).await;
    assert_eq!(shop.booked_as(&first), Status::Refund, "once it is confirmed, it is");
    shop.asked(Endpoint::Refund, 1);
}

#[tokio::test]
async fn it_counts_as_given_back_when_the_bank_has_said_so() {
    for (lost, status) in [(false, PaymentStatus::Refunded), (true, PaymentStatus::Disputed)] {
        let shop = reopening(Shop::one_stage());
        let first = paid_again(&shop, 2 * HOUR).await;
        if lost {
            shop.bank.inject_fault(Endpoint::Refund, FaultKind::CutBeforeEffect);
        }
        while shop.bank.calls(Endpoint::Refund) == 0 {
            shop.pass(5 * MINUTE).await;
        }
        assert_eq!(status_of(&shop, &first).await, status, "lost: {lost}");
    }
}

#[tokio::test]
async fn another_transaction_at_the_second_check_is_left_to_a_person() {
    let shop = reopening(Shop::one_stage());
    let first = paid_again(&shop, 2 * HOUR).await;
    while status_of(&shop, &first).await != PaymentStatus::Disputed {
        shop.pass(5 * MINUTE).await;
    }
    assert!(shop.bank.with_bank(|bank| bank.misbook(first.as_str(), Misbooking::Twice)));
    shop.pass(3 * HOUR).await;
    assert_eq!(status_of(&shop, &first).await, PaymentStatus::Disputed);
    shop.asked(Endpoint::Refund, 0);
}

#[tokio::test]
async fn what_was_given_back_in_part_already_is_left_to_a_person() {
    let shop = Shop::one_stage();
    let first = shop.pay_hidden("order", 26 * HOUR).await;
    shop.pass(25 * HOUR).await;
    let id = shop.bank.with_bank(|bank| bank.operation(first.as_str()).unwrap().id.clone());
    let now = Millis(epay_domain::Clock::now(&shop.clock).unix_millis());
    let part = Amount::parse("1000.00");
    shop.bank.with_bank(|bank| bank.refund(None, &id, part, None, now)).unwrap();
    shop.pass(5 * HOUR).await;
    assert_eq!(status_of(&shop, &first).await, PaymentStatus::Disputed);
    shop.asked(Endpoint::Refund, 0);
}

#[tokio::test]
async fn a_check_that_failed_reopens_nothing() {
    let shop = reopening(Shop::one_stage());
    shop.pay_hidden("order", 25 * MINUTE).await;
    shop.pass(20 * MINUTE).await;
    shop.wait(30 * MINUTE);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    assert_eq!(
        name(&shop.payments.reopen("order").await.unwrap()),
        "unknown",
        "by now the bank may know it"
    );
    assert_eq!(name(&shop.pay("order").await), "paid");
    shop.asked(Endpoint::Cryptopay, 1);
}

#[tokio::test]
async fn what_the_second_check_does_not_find_is_not_given_back() {
    let shop = reopening(Shop::one_stage());
    let first = paid_again(&shop, 2 * HOUR).await;
    while status_of(&shop, &first).await != PaymentStatus::Disputed {
        shop.pass(5 * MINUTE).await;
    }
    let elsewhere = Misbooking::Invoice("999999999".to_owned());
    assert!(shop.bank.with_bank(|bank| bank.misbook(first.as_str(), elsewhere)));
    shop.pass(2 * HOUR).await;
    shop.asked(Endpoint::Refund, 0);
    let back = Misbooking::Invoice(first.as_str().to_owned());
    assert!(shop.bank.with_bank(|bank| bank.misbook("999999999", back)));
    shop.pass(2 * HOUR).await;
    assert_eq!(shop.booked_as(&first), Status::Refund, "once it is found again, it is");
}

#[tokio::test]
async fn an_order_that_has_had_two_attempts_is_nobodys_to_settle_but_a_persons() {
    let shop = reopening(Shop::one_stage());
    let first = shop.pay_hidden("order", 2 * HOUR).await;
    shop.pass(20 * MINUTE).await;
    let _ = shop.payments.reopen("order").await.unwrap();
    let second = shop.pay_hidden("order", 30 * HOUR).await;
    shop.pass(3 * HOUR).await;
    let open = shown(&shop.payments, &first).await;
    let _ =
        shop.payments.operator().acknowledge(&first, &open, "this is the order's").await.unwrap();
    shop.pass(30 * HOUR).await;
    assert_eq!(status_of(&shop, &second).await, PaymentStatus::Disputed);
    shop.asked(Endpoint::Refund, 0);
}

#[tokio::test]
async fn what_surfaces_after_the_payer_left_is_a_late_success_too() {
    let shop = Shop::scripted();
    let asks = shop.pay_and("order", Reply::challenge(), Reply::in_progress()).await;
    let _ = shop.payments.abandon("order").await.unwrap();
    shop.bank.says(Call::Status, Reply::held());
    for _ in 0..3 {
        shop.wait(DAY);
        shop.reconcile().await;
    }
    let invoice = asks.attempt().invoice();
    assert_eq!(shop.payment(invoice).await.status(), PaymentStatus::Held, "told twice, and kept");
}
