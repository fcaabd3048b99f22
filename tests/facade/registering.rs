//! An order is registered with its sum before anybody pays, and has one sum from then on.

use epay::{Money, PayErrorKind};
use epay_testkit::fakebank::{Endpoint, cards};
use epay_tests::bench::{PRICE, Shop, card, name};

#[tokio::test]
async fn what_is_registered_is_paid_by_the_same_attempt() {
    let shop = Shop::one_stage();
    let registered = shop.payments.register("order", PRICE).await.unwrap();
    assert_eq!(name(&registered), "not asked");
    shop.asked(Endpoint::Cryptopay, 0);
    let paid = shop.pay("order").await;
    assert_eq!(paid.attempt().invoice(), registered.attempt().invoice());
    let again = shop.payments.register("order", PRICE).await.unwrap();
    assert_eq!(name(&again), "paid");
}

#[tokio::test]
async fn another_sum_is_refused_before_and_after_the_payment_and_after_a_decline() {
    let shop = Shop::one_stage();
    let other = Money::tenge(6_000);
    let refused = async |order: &str| {
        let error = shop.payments.register(order, other).await.unwrap_err();
        assert_eq!(error.kind(), PayErrorKind::AmountChanged, "{order}");
    };
    let _ = shop.payments.register("new", PRICE).await.unwrap();
    refused("new").await;
    let _ = shop.pay("paid").await;
    refused("paid").await;
    let _ = shop.pay_with("declined", cards::INSUFFICIENT_FUNDS).await;
    refused("declined").await;
    let again = shop.payments.pay("declined", PRICE, card(cards::VISA_OK)).await.unwrap();
    assert_eq!(name(&again), "paid");
}

#[tokio::test]
async fn an_order_that_was_given_back_is_registered_anew_once_the_shop_lets_it_be_paid_again() {
    let shop = Shop::one_stage();
    let first = shop.pay("order").await.attempt().invoice().clone();
    let _ = shop.payments.refund("order", "all", PRICE).await.unwrap();
    let over = shop.payments.register("order", PRICE).await.unwrap();
    assert_eq!(over.attempt().invoice(), &first, "nobody has said that it is paid again");
    let _ = shop.payments.pay_again("order", "the other card").await.unwrap();
    let other = shop.payments.register("order", Money::tenge(6_000)).await.unwrap_err();
    assert_eq!(other.kind(), PayErrorKind::AmountChanged);
    let anew = shop.payments.register("order", PRICE).await.unwrap();
    assert_eq!((name(&anew), anew.attempt().invoice() == &first), ("not asked", false));
    let again = shop.payments.register("order", PRICE).await.unwrap();
    assert_eq!(again.attempt().invoice(), anew.attempt().invoice());
    let paid = shop.pay("order").await;
    assert_eq!((name(&paid), paid.attempt().invoice()), ("paid", anew.attempt().invoice()));
    shop.asked(Endpoint::Cryptopay, 2);
}

#[tokio::test]
async fn of_many_who_register_at_once_with_different_sums_one_sum_stands() {
    let shop = Shop::one_stage();
    let tries = (1..=16).map(|sum| {
        let payments = shop.payments.clone();
        tokio::spawn(async move { payments.register("order", Money::tenge(sum)).await })
    });
    let mut stands = Vec::new();
    for tried in tries.collect::<Vec<_>>() {
        match tried.await.unwrap() {
            Ok(outcome) => stands.push(outcome.attempt().payment().ordered()),
            Err(error) => assert_eq!(error.kind(), PayErrorKind::AmountChanged),
        }
    }
    assert_eq!(stands.len(), 1);
    assert_eq!(shop.status("order").await.attempt().payment().ordered(), stands[0]);
}

#[tokio::test]
async fn nothing_is_registered_for_no_sum_or_under_no_name() {
    let shop = Shop::one_stage();
    for (order, sum, kind) in
        [("order", Money::tenge(0), PayErrorKind::Amount), ("", PRICE, PayErrorKind::Input)]
    {
        assert_eq!(shop.payments.register(order, sum).await.unwrap_err().kind(), kind);
    }
}
