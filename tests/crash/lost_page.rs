//! When the answer that named the page of 3-D Secure is lost, the order is paid anew once the payer's time is over.

use std::time::Duration;

use epay::{Outcome, PayErrorKind};
use epay_testkit::fakebank::{Endpoint, FaultKind};

use crate::crash_points::CrashPoints;
use crate::flows::{FLOWS, Means, PRICE};
use crate::world::{World, request};

#[tokio::test]
async fn an_order_whose_page_was_lost_is_paid_anew_after_the_payers_time() {
    let flow = FLOWS.iter().find(|flow| flow.name == "3-D Secure, answered").unwrap();
    let world = World::new(flow, None);
    let payments = world.started(&CrashPoints::undisturbed()).payments;
    let pay = || {
        let card = world.method(Means::Card(epay_testkit::fakebank::cards::THREE_DS));
        async { payments.pay_with("order-17", PRICE, card, &request("order-17")).await.unwrap() }
    };
    world.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
    assert!(matches!(pay().await, Outcome::Unknown(_)));
    // The bank says that it waits for the payer, and nobody can be sent to the page.
    world.clock.timer.advance(Duration::from_secs(29 * 60));
    let _ = payments.reconcile().await.unwrap();
    let refused = payments.reopen("order-17").await.unwrap_err();
    assert!(matches!(refused.kind(), PayErrorKind::Refused(_)));
    assert!(matches!(pay().await, Outcome::Unknown(_)));
    assert_eq!(world.bank.calls(Endpoint::Cryptopay), 1);

    world.clock.timer.advance(Duration::from_secs(60));
    assert!(matches!(pay().await, Outcome::AskPayer(_)));
    assert_eq!(world.bank.calls(Endpoint::Cryptopay), 2);
}

#[tokio::test]
async fn the_shop_may_give_such_an_order_up_before_that() {
    let flow = FLOWS.iter().find(|flow| flow.name == "3-D Secure, answered").unwrap();
    let world = World::new(flow, None);
    let payments = world.started(&CrashPoints::undisturbed()).payments;
    let card = world.method(Means::Card(epay_testkit::fakebank::cards::THREE_DS));
    world.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
    let lost = payments.pay_with("order-17", PRICE, card, &request("order-17")).await.unwrap();
    assert!(matches!(lost, Outcome::Unknown(_)));
    let given_up = payments.abandon("order-17").await.unwrap();
    assert!(matches!(given_up, Outcome::NotExecuted(_)), "{given_up:?}");
}
