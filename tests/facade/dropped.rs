//! Nothing is lost by dropping a future under tokio: an ask that has begun ends, and is written down.

use epay::{Outcome, PaymentStatus};
use epay_tests::bench::{
    Call, PRICE, Reply, ScriptedBank, Shop, VirtualClock, name, sealed, three_ds_answer,
};
use std::time::Duration;
use tokio::time::timeout;

async fn slow() -> Shop<ScriptedBank, VirtualClock> {
    let shop = Shop::virtual_time();
    shop.bank.takes(Duration::from_secs(60));
    shop
}

/// Whether the future was dropped in the middle of the call.
async fn dropped(work: impl Future) -> bool {
    timeout(Duration::from_secs(1), work).await.is_err()
}

#[tokio::test(start_paused = true)]
async fn a_payment_whose_caller_has_gone_is_recorded_and_drain_waits_for_it() {
    let shop = slow().await;
    shop.bank.says(Call::Authorize, Reply::charged());
    assert!(dropped(shop.payments.pay("order", PRICE, sealed())).await);
    assert_eq!(name(&shop.status("order").await), "unknown");
    shop.payments.drain().await;
    let status = shop.status("order").await;
    assert_eq!(status.attempt().payment().status(), PaymentStatus::Paid);
    let asked = (shop.bank.calls(Call::Authorize), shop.bank.calls(Call::Status));
    assert_eq!(asked, (1, 0), "drain asks nothing");
    assert_eq!(shop.clock.elapsed(), Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn a_challenge_whose_caller_has_gone_is_shown_to_who_comes_back() {
    let shop = slow().await;
    shop.bank.says(Call::Authorize, Reply::challenge());
    assert!(dropped(shop.payments.pay("order", PRICE, sealed())).await);
    shop.payments.drain().await;
    let again = shop.pay("order").await;
    assert_eq!(name(&again), "ask payer");
    assert_eq!(shop.bank.calls(Call::Authorize), 1);
}

#[tokio::test(start_paused = true)]
async fn a_confirm_and_a_refund_whose_callers_have_gone_are_recorded() {
    let shop = Shop::virtual_time();
    let asks = shop.pay_and("order", Reply::challenge(), Reply::in_progress()).await;
    let Outcome::AskPayer(challenge) = &asks else { panic!("{asks:?}") };
    shop.bank.takes(Duration::from_secs(60)).says(Call::Confirm, Reply::charged());
    let state = challenge.state();
    assert!(dropped(shop.payments.confirm(&state, three_ds_answer())).await);
    shop.payments.drain().await;
    let payment = shop.payment(asks.attempt().invoice()).await;
    assert_eq!(payment.status(), PaymentStatus::Paid);

    shop.bank.says(Call::Refund, Reply::step_done());
    assert!(dropped(shop.payments.refund("order", "refund-1", PRICE)).await);
    shop.payments.drain().await;
    let payment = shop.payment(asks.attempt().invoice()).await;
    assert_eq!(payment.status(), PaymentStatus::Refunded);
    assert_eq!((shop.bank.calls(Call::Confirm), shop.bank.calls(Call::Refund)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn drain_waits_for_nothing_when_nothing_is_under_way() {
    let shop = slow().await;
    shop.payments.drain().await;
    assert_eq!(shop.clock.elapsed(), Duration::ZERO);
    shop.bank.says(Call::Authorize, Reply::charged()).says(Call::Status, Reply::charged());
    assert_eq!(name(&shop.pay("order").await), "paid", "and payments go on after it");
}

#[tokio::test(start_paused = true)]
async fn sixteen_callers_who_go_away_ask_once() {
    let shop = slow().await;
    shop.bank.says(Call::Authorize, Reply::charged()).says(Call::Status, Reply::charged());
    for _ in 0..16 {
        let _ = dropped(shop.payments.pay("order", PRICE, sealed())).await;
    }
    shop.payments.drain().await;
    assert_eq!(shop.bank.calls(Call::Authorize), 1);
}
