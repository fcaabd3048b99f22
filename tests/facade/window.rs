//! "Not found" counts only while somebody checks, and never against what the bank has named.

use epay::{Contradiction, Outcome, PaymentStatus};
use epay_domain::{Clock, EventKind};
use epay_testkit::fakebank::{Endpoint, FaultKind};
use epay_tests::bench::{Call, DAY, HOUR, MINUTE, Reply, Shop, name, three_ds_answer, timeouts};
use std::time::Duration;

#[tokio::test]
async fn not_found_is_no_proof_until_the_window_is_complete() {
    let shop = Shop::one_stage();
    let first = shop.pay_lost("order", FaultKind::CutBeforeEffect).await;
    assert_eq!(name(&first), "unknown");
    for hours in [1, 22] {
        shop.pass(hours * HOUR).await;
        assert_eq!(name(&shop.pay("order").await), "unknown", "after {hours} more hours");
    }
    shop.pass(3 * HOUR).await;
    let closed = shop.status("order").await;
    assert_eq!(closed.attempt().payment().status(), PaymentStatus::Abandoned);
    let second = shop.pay("order").await;
    assert_eq!(name(&second), "paid");
    assert_ne!(first.attempt().invoice(), second.attempt().invoice());
    shop.asked(Endpoint::Cryptopay, 2);
}

#[tokio::test]
async fn downtime_counts_for_two_hours_at_most() {
    let shop = Shop::one_stage();
    let _ = shop.pay_lost("order", FaultKind::CutBeforeEffect).await;
    for _ in 0..2 {
        shop.wait(10 * DAY);
        // A process that was started anew: it has no monotonic time of the check before.
        shop.another_process().reconcile().await.unwrap();
        assert_eq!(name(&shop.pay("order").await), "unknown");
    }
    shop.asked(Endpoint::Cryptopay, 1);
}

#[tokio::test]
async fn a_clock_that_jumps_a_day_between_two_checks_proves_nothing() {
    let shop = Shop::one_stage();
    let _ = shop.pay_lost("order", FaultKind::CutBeforeEffect).await;
    shop.wait(2);
    shop.reconcile().await;
    shop.clock.set_wall(shop.clock.now() + Duration::from_secs(DAY + HOUR));
    shop.wait(2);
    shop.reconcile().await;
    let waited = shop.status("order").await.attempt().payment().pending().unwrap().not_found_for;
    assert!(waited < Some(Duration::from_secs(MINUTE)), "{waited:?} after four seconds");
    assert_eq!(name(&shop.pay("order").await), "unknown");
    shop.asked(Endpoint::Cryptopay, 1);
}

#[tokio::test]
async fn many_jumps_seen_by_many_processes_count_two_hours_each_at_most() {
    let shop = Shop::one_stage();
    let _ = shop.pay_lost("order", FaultKind::CutBeforeEffect).await;
    for _ in 0..4 {
        shop.clock.set_wall(shop.clock.now() + Duration::from_secs(DAY));
        shop.another_process().reconcile().await.unwrap();
    }
    let waited = shop.status("order").await.attempt().payment().pending().unwrap().not_found_for;
    assert!(waited <= Some(Duration::from_secs(8 * HOUR)), "{waited:?}");
    assert_eq!(name(&shop.pay("order").await), "unknown");
}

#[tokio::test]
async fn a_confirm_that_was_lost_is_not_closed_because_the_bank_forgets_what_it_has_named() {
    let shop = Shop::scripted();
    let asks = shop.pay_and("order", Reply::challenge(), Reply::in_progress()).await;
    let Outcome::AskPayer(challenge) = &asks else { panic!("{asks:?}") };
    shop.bank.says(Call::Confirm, Reply::Lost).says(Call::Status, Reply::not_found());
    let lost = shop.payments.confirm(&challenge.state(), three_ds_answer()).await.unwrap();
    assert_eq!(name(&lost), "unknown");
    shop.wait(DAY);
    shop.reconcile().await;
    shop.wait(DAY);
    shop.reconcile().await;
    shop.pass(3 * DAY).await;
    shop.bank.says(Call::Authorize, Reply::charged());
    assert_eq!(name(&shop.pay("order").await), "unknown");
    assert_eq!(shop.bank.calls(Call::Authorize), 1, "no second authorize");
    // It is a person's, and says so.
    let payment = shop.payment(asks.attempt().invoice()).await;
    assert_eq!(payment.contradictions(), [Contradiction::NotFoundThoughNamed]);
    let closed = shop.payments.close("order", "the bank has no such payment").await.unwrap();
    assert_eq!(closed.payment().pending(), None);
}

#[tokio::test]
async fn a_check_without_an_answer_adds_nothing_and_resets_nothing() {
    let shop = Shop::scripted();
    let unknown = shop.pay_and("order", Reply::Lost, Reply::not_found()).await;
    shop.pass(HOUR).await;
    let waited = |shop: &Shop<_>| {
        let payment = shop.payments.clone();
        async move {
            let status = payment.status("order").await.unwrap();
            status.attempt().payment().pending().unwrap().not_found_for
        }
    };
    let before = waited(&shop).await.unwrap();
    assert!(before >= Duration::from_secs(50 * MINUTE), "{before:?}");
    shop.bank.says(Call::Status, Reply::Lost);
    shop.pass(HOUR).await;
    assert_eq!(waited(&shop).await, Some(before));
    // Only an answer that knows the invoice starts it anew, and that is written.
    shop.bank.says(Call::Status, Reply::in_progress());
    shop.pass(HOUR).await;
    assert_eq!(waited(&shop).await, None);
    let history = shop.payments.history(unknown.attempt().invoice()).await.unwrap();
    assert!(matches!(history.last().unwrap().kind, EventKind::Observed(_)));
    shop.bank.says(Call::Status, Reply::not_found());
    shop.pass(HOUR).await;
    let after = waited(&shop).await.unwrap();
    assert!(after <= Duration::from_secs(HOUR), "{after:?}");
}

#[tokio::test]
async fn the_window_holds_after_a_restart_because_it_is_written_at_least_hourly() {
    let shop = Shop::scripted();
    let unknown = shop.pay_and("order", Reply::Lost, Reply::not_found()).await;
    shop.pass(20 * HOUR).await;
    let payment = shop.payment(unknown.attempt().invoice()).await;
    let counted = payment.pending().unwrap().not_found_for.unwrap();
    assert!(counted >= Duration::from_secs(18 * HOUR), "{counted:?}");
    let events = shop.logged(unknown.attempt().invoice()).await;
    assert!((20..60).contains(&events), "{events} events");
    let reopen = Some(Duration::from_secs(15 * MINUTE));
    let restarted = shop.another_process().with_timeouts(timeouts(|it| it.reopen = reopen));
    assert_eq!(name(&restarted.reopen("order").await.unwrap()), "abandoned");
}
