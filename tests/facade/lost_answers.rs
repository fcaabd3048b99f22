//! Answers get lost: what was asked is never asked again, and asking about it settles it.

use epay::{FulfilOn, PayerCharged};
use epay_testkit::fakebank::{Endpoint, FaultKind, cards};
use epay_tests::bench::{PRICE, Shop, card, name};

#[tokio::test]
async fn one_check_settles_what_the_bank_did() {
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

    assert_eq!(shop.reconcile().await.checked, 0, "it was looked at just now");
    shop.wait(5);
    let settled = shop.reconcile().await;
    assert_eq!((settled.checked, settled.still_open, settled.contradicted), (1, 0, 0));
    assert_eq!(name(&shop.payments.status("order").await.unwrap()), "paid");
    shop.asked(Endpoint::Cryptopay, 1);
    shop.wait(3_600);
    assert_eq!(shop.reconcile().await.checked, 0, "what a status has settled is left alone");
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
async fn a_200_alone_ships_nothing_unless_the_shop_says_so() {
    for (fulfil_on, expected, checks) in
        [(FulfilOn::Status, "unknown", 1), (FulfilOn::Reply, "paid", 0)]
    {
        let shop = Shop::one_stage().with(|it| it.with_fulfil_on(fulfil_on));
        shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
        let outcome = shop.payments.pay("order", PRICE, card(cards::VISA_OK)).await.unwrap();
        assert_eq!(name(&outcome), expected, "{fulfil_on:?}");
        shop.asked(Endpoint::Status, checks);
    }
}

#[tokio::test]
async fn a_hold_is_confirmed_by_one_check_and_a_check_that_teaches_nothing_is_not_logged() {
    let shop = Shop::two_stage();
    let held = shop.pay("order").await;
    shop.asked(Endpoint::Status, 1);
    let logged = shop.payments.history(held.attempt().invoice()).await.unwrap();
    assert_eq!(name(&shop.payments.check_status("order").await.unwrap()), "held");
    assert_eq!(shop.payments.history(held.attempt().invoice()).await.unwrap(), logged);
}
