//! Somebody else wrote first, or the log failed: no fact is lost, nothing is asked twice, and a log that fails stops the ask.

use epay::{HintOutcome, Outcome, PayError, PayErrorKind, Payments};
use epay_domain::{Clock, StoreErrorKind};
use epay_http::Authenticity;
use epay_testkit::ManualClock;
use epay_testkit::fakebank::{Endpoint, cards};
use epay_tests::bench::{Call, PRICE, Reply, Shop, card, hint, name};
use std::sync::Arc;
use std::time::Duration;

/// Pays once by a store with this plan: what comes of it, and how often the bank was asked for the payment.
async fn pay(plan: &[Option<StoreErrorKind>]) -> (Result<Outcome, PayError>, usize) {
    let shop = Shop::one_stage();
    shop.store.plan(plan.iter().copied());
    let outcome = shop.payments.pay("order", PRICE, card(cards::VISA_OK)).await;
    (outcome, shop.bank.calls(Endpoint::Cryptopay))
}

#[tokio::test]
async fn who_comes_second_writes_again() {
    const CONFLICT: Option<StoreErrorKind> = Some(StoreErrorKind::Conflict);
    for plan in
        [&[CONFLICT][..], &[CONFLICT, CONFLICT], &[None, CONFLICT], &[None, CONFLICT, CONFLICT]]
    {
        let (outcome, asked) = pay(plan).await;
        assert_eq!((name(&outcome.unwrap()), asked), ("paid", 1), "{plan:?}");
    }
}

#[tokio::test]
async fn a_log_that_fails_stops_the_ask_and_after_it_makes_the_outcome_unknown() {
    const FAILED: Option<StoreErrorKind> = Some(StoreErrorKind::Failed);
    let (refused, asked) = pay(&[FAILED]).await;
    assert_eq!((refused.unwrap_err().kind(), asked), (PayErrorKind::Store, 0));
    let (outcome, asked) = pay(&[None, FAILED]).await;
    assert_eq!((name(&outcome.unwrap()), asked), ("unknown", 1));
}

#[tokio::test]
async fn what_cannot_be_written_down_of_one_payment_holds_up_no_other() {
    let shop = Shop::one_stage();
    for order in ["first", "second", "third"] {
        shop.pay_unknown(order).await;
    }
    shop.wait(2);
    shop.store.plan([Some(StoreErrorKind::Failed)]);
    assert_eq!(shop.reconcile().await.checked, 2);
    shop.wait(120);
    shop.store.plan([Some(StoreErrorKind::Failed)]);
    let failed = shop.payments.reconcile().await.unwrap_err();
    assert_eq!(failed.kind(), PayErrorKind::Store, "the only one that was due");
    shop.wait(120);
    assert_eq!(shop.reconcile().await.checked, 1, "it comes again when its lease has passed");
}

#[tokio::test]
async fn a_hint_is_noted_whoever_writes_meanwhile_and_an_error_says_that_it_is_not() {
    let shop = Shop::one_stage();
    let paid = shop.pay("order").await;
    let told = hint(paid.attempt().invoice(), Authenticity::Proven);
    shop.wait(2);
    shop.store.plan([Some(StoreErrorKind::Failed)]);
    assert_eq!(shop.payments.hint(&told).await.unwrap_err().kind(), PayErrorKind::Store);
    assert_eq!(shop.reconcile().await.checked, 0);
    shop.store.plan([Some(StoreErrorKind::Conflict)]);
    assert_eq!(shop.payments.hint(&told).await.unwrap(), HintOutcome::Due);
    assert_eq!(shop.reconcile().await.checked, 1);
}

#[tokio::test]
async fn a_hint_is_not_silenced_by_a_check_that_a_faster_clock_has_written() {
    let shop = Shop::one_stage();
    let paid = shop.pay("order").await;
    shop.wait(3_600);
    let _ = shop.payments.check_status("order").await.unwrap();
    let slow = ManualClock::default();
    let slow = Payments::with_clock(shop.bank.gateway(), Arc::clone(&shop.store), slow);
    let told = hint(paid.attempt().invoice(), Authenticity::Proven);
    assert_eq!(slow.hint(&told).await.unwrap(), HintOutcome::Due);
    assert_eq!(slow.reconcile().await.unwrap().checked, 1);
}

#[tokio::test]
async fn a_log_that_always_conflicts_is_an_error_and_the_bank_was_asked_nothing() {
    let (refused, asked) = pay(&[Some(StoreErrorKind::Conflict); 64]).await;
    assert_eq!((refused.unwrap_err().kind(), asked), (PayErrorKind::Store, 0));
}

#[tokio::test(start_paused = true)]
async fn a_check_without_an_answer_tells_what_others_have_written_meanwhile() {
    let shop = Shop::virtual_time();
    let held = shop.pay_and("order", Reply::held(), Reply::held()).await;
    assert_eq!(name(&held), "held");
    shop.bank.says(Call::Status, Reply::Hangs).says(Call::Capture, Reply::step_done());
    let captured = async {
        shop.clock.sleep(Duration::from_secs(1)).await;
        shop.another_process().capture("order", "c1", PRICE).await.unwrap()
    };
    let (checked, _) = tokio::join!(shop.payments.check_status("order"), captured);
    assert_eq!(name(&checked.unwrap()), "unknown", "held no more, and no status says taken");
}
